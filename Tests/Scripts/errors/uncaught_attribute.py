# A missing attribute on an instance, with a name close to an existing one.
class Account:
    def __init__(self):
        self.balance = 10
    def show(self):
        return self.balanse
print("balance", Account().balance)
Account().show()
