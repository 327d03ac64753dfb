# Transfers between accounts: a lock for each account, always taken in the order of their numbers.
import threading


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.Lock()


class NotEnough(Exception):
    pass


def transfer(source, target, amount):
    first, second = (source, target) if source.number < target.number else (target, source)
    with first.lock, second.lock:
        if source.balance < amount:
            raise NotEnough(f"account {source.number} has {source.balance}, not {amount}")
        source.balance -= amount
        target.balance += amount


accounts = [Account(number, 1000) for number in range(8)]
refused = []


def customer(seed):
    for _ in range(1000):
        seed = (seed * 1103515245 + 12345) % 2147483648
        source = accounts[seed // 65536 % 8]
        target = accounts[(source.number + 1 + seed // 1048576 % 7) % 8]
        try:
            transfer(source, target, seed // 4096 % 400)
        except NotEnough as error:
            refused.append(error)


customers = [threading.Thread(target=customer, args=(seed,)) for seed in range(4)]
for thread in customers:
    thread.start()
for thread in customers:
    thread.join()
print("money in the bank:", sum([account.balance for account in accounts]))  # expect: money in the bank: 8000
print("no account below zero:", min([account.balance for account in accounts]) >= 0)
print("some transfers were refused:", len(refused) > 0)
