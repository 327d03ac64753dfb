# Building long strings by +=, join, formatting and repetition; aliasing must not show the change.
s = ""
for i in range(1000):
    s += str(i)
print(len(s), s[:20], s[-20:])
alias = s
s += "tail"
print(len(alias), len(s), alias is s)
parts = []
for i in range(1000):
    parts.append("%d:%s" % (i, chr(97 + i % 26)))
joined = ",".join(parts)
print(len(joined), joined[:30], joined[-15:])
t = "ab" * 10000
print(len(t), t.count("ba"), t.find("bb"), t.replace("ab", "x").count("x"))
u = ""
for c in "hello":
    u = c + u
print(u)  # expect: olleh
class Buffer:
    def __init__(self):
        self.text = ""
    def add(self, s):
        self.text += s
        return self
print(Buffer().add("a").add("b").add("c").text)
d = {"k": ""}
for i in range(5):
    d["k"] += str(i)
print(d)
l = [""]
for i in range(5):
    l[0] += "x"
print(l)
n = 0
for ch in "x" * 5000:
    n += ord(ch)
print(n)
big = "line\n" * 3
print(big, end="")
print(big.strip().split("\n"), len(big.splitlines()))
x = "é" * 3000
x += "a"
print(len(x), x[2999:], x.index("a"))
