# Objects that only a cycle keeps alive: counting never frees them, the collector does.
#
# Run with `gild run --report examples/leak_cycle.py`: the report lists what was collected.
import gc


class Node:
    alive = 0

    def __init__(self, parent=None):
        Node.alive += 1
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)

    def __del__(self):
        Node.alive -= 1


def build(parent, depth):
    node = Node(parent)
    if depth:
        build(node, depth - 1)
        build(node, depth - 1)
    return node


gc.disable()
build(None, 7)
print("alive after the last reference is gone:", Node.alive)  # expect: alive after the last reference is gone: 255
gc.collect()
print("alive after the collector ran:", Node.alive)  # expect: alive after the collector ran: 0

leaf = Node()
leaf.parent = leaf
leaf.parent = None
del leaf
print("a cycle cut by hand needs no collector:", Node.alive)  # expect: a cycle cut by hand needs no collector: 0
