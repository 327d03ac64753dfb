# A chain of methods, lambdas and comprehensions in the traceback.
class Tree:
    def __init__(self, value, *children):
        self.value = value
        self.children = children
    def total(self):
        return self.value + sum([c.total() for c in self.children])
    def __repr__(self):
        return "Tree(%r)" % self.value
t = Tree(1, Tree(2), Tree(3, Tree(4)))
print(t.total(), t)
apply = lambda f, x: f(x)
apply(lambda x: x.total(), Tree(1, Tree(2, Tree("three"))))
