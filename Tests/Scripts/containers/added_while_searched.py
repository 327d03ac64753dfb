# A key that is added while the search for it compares, at a place that the search has passed already, is found. CPython's search
# does not look back: there the key comes to be in the table twice.
# oracle: none


class Key:
    def __init__(self, name, during=None):
        self.name = name
        self.during = during

    def __hash__(self):
        return 1

    def __eq__(self, other):
        if self.during and other.name != self.name:
            during, self.during = self.during, None
            during()
        return self.name == other.name


def dict_search(change):
    table = {}
    gone = Key("gone")
    table[gone] = 0
    table[Key("other", lambda: change(table))] = 1
    del table[gone]
    table[Key("wanted")] = "second"
    print([(key.name, value) for key, value in table.items()])


def add(table):
    table[Key("wanted")] = "first"


def add_by_setdefault(table):
    table.setdefault(Key("wanted"), "first")


def take_last_and_add(table):
    table[Key("more")] = 2
    table.popitem()
    table[Key("wanted")] = "first"


def grow(table):
    for i in range(20):
        table[Key(i)] = i
    table[Key("wanted")] = "first"
    for i in range(20):
        del table[Key(i)]


dict_search(add)  # expect: [('other', 1), ('wanted', 'second')]
dict_search(add_by_setdefault)  # expect: [('other', 1), ('wanted', 'second')]
dict_search(take_last_and_add)  # expect: [('other', 1), ('wanted', 'second')]
dict_search(grow)  # expect: [('other', 1), ('wanted', 'second')]

# What is found is found for reading and removing, too.
table = {}
gone = Key("gone")
table[gone] = 0
table[Key("other", lambda: add(table))] = 1
del table[gone]
print(table.pop(Key("wanted"), "not found"), len(table))  # expect: first 1


def set_search(change):
    elements = set()
    gone = Key("gone")
    elements.add(gone)
    elements.add(Key("other", lambda: change(elements)))
    elements.discard(gone)
    elements.add(Key("wanted"))
    print(sorted([element.name for element in elements]))


set_search(lambda elements: elements.add(Key("wanted")))  # expect: ['other', 'wanted']
set_search(lambda elements: elements.update([Key("wanted")]))  # expect: ['other', 'wanted']


# A comparison that adds others each time comes to an end.
class Adding(Key):
    __hash__ = Key.__hash__

    def __eq__(self, other):
        if other.name == "wanted" and len(endless) < 1000:
            endless.add(Key(len(endless)))
        return self.name == other.name


endless = set()
gone = Key("gone")
endless.add(gone)
endless.add(Adding("other"))
endless.discard(gone)
endless.add(Key("wanted"))
print(len([element for element in endless if element.name == "wanted"]))  # expect: 1
