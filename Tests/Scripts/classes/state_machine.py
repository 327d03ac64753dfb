# A bank, an event system, a parser and an interpreter written with classes.
class InsufficientFunds(Exception):
    def __init__(self, needed, available):
        super().__init__("need %d, have %d" % (needed, available))
        self.needed, self.available = needed, available
class Account:
    next_number = 1
    def __init__(self, owner, balance=0):
        self.owner, self.balance, self.history = owner, balance, []
        self.number = Account.next_number
        Account.next_number += 1
    def withdraw(self, n):
        if n > self.balance:
            raise InsufficientFunds(n, self.balance)
        self.balance -= n
        self.history.append(-n)
    def deposit(self, n):
        assert n > 0, "deposit must be positive"
        self.balance += n
        self.history.append(n)
    def __repr__(self): return "%d:%s=%d" % (self.number, self.owner, self.balance)
class Savings(Account):
    rate = 5
    def add_interest(self): self.deposit(self.balance * self.rate // 100)
a, b = Account("ann", 100), Savings("bob", 200)
b.add_interest()
a.withdraw(30)
for action in (lambda: a.withdraw(500), lambda: a.deposit(-1), lambda: a.add_interest(), lambda: b.withdraw(10)):
    try:
        print(action())
    except (InsufficientFunds, AssertionError, AttributeError) as e:
        print(type(e).__name__, e)
print(a, b, a.history, b.history)
class Emitter:
    def __init__(self): self.handlers = {}
    def on(self, name, f): self.handlers.setdefault(name, []).append(f); return self
    def emit(self, name, *args): return [f(*args) for f in self.handlers.get(name, [])]
e = Emitter().on("add", lambda x, y: x + y).on("add", max).on("hi", "hello {}".format)
print(e.emit("add", 3, 4), e.emit("hi", "bob"), e.emit("none"))
class Parser:
    def __init__(self, text): self.text, self.i = text.replace(" ", ""), 0
    def peek(self): return self.text[self.i] if self.i < len(self.text) else ""
    def take(self):
        c = self.peek()
        self.i += 1
        return c
    def expression(self):
        value = self.term()
        while self.peek() in ("+", "-"):
            value = value + self.term() if self.take() == "+" else value - self.term()
        return value
    def term(self):
        value = self.factor()
        while self.peek() and self.peek() in "*/":
            value = value * self.factor() if self.take() == "*" else value / self.factor()
        return value
    def factor(self):
        if self.peek() == "(":
            self.take()
            value = self.expression()
            if self.take() != ")":
                raise SyntaxError("expected )")
            return value
        if self.peek() == "-":
            self.take()
            return -self.factor()
        digits = ""
        while self.peek().isdigit():
            digits += self.take()
        if not digits:
            raise SyntaxError("unexpected %r at %d" % (self.peek(), self.i))
        return int(digits)
for text in ("1 + 2 * 3", "(1 + 2) * 3", "-4 * (2 - 5)", "2 * (3", "7 / 0", "1 + *", "10 / 4 - 1"):
    try:
        print(text, "=", Parser(text).expression())
    except (SyntaxError, ZeroDivisionError) as error:
        print(text, type(error).__name__, error)
class Machine:
    def __init__(self, program): self.program, self.stack, self.pc, self.steps = program, [], 0, 0
    def run(self):
        while self.pc < len(self.program):
            op, *args = self.program[self.pc]
            self.pc += 1
            self.steps += 1
            getattr(self, "op_" + op)(*args)
        return self.stack
    def op_push(self, x): self.stack.append(x)
    def op_add(self): b, a = self.stack.pop(), self.stack.pop(); self.stack.append(a + b)
    def op_dup(self): self.stack.append(self.stack[-1])
    def op_jump_if_less(self, limit, target):
        if self.stack[-1] < limit: self.pc = target
m = Machine([("push", 1), ("dup",), ("add",), ("jump_if_less", 1000, 1)])
print(m.run(), m.steps)
try:
    Machine([("pop",)]).run()
except AttributeError as error:
    print(error)
