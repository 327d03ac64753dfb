import abi1

print(abi1.exercise([3, 4], lambda items: items + [0]))
