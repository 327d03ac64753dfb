# A failing subscript inside a longer line.
data = {"users": [{"name": "ann"}]}
def age(i):
    return "age: " + str(data["users"][i]["age"] + 1)
print(data["users"][0]["name"])
print(age(0))
