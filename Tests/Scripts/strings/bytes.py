# bytes: literals, repr, len, index, slice, iteration, in, comparison, hash, operators, methods, errors.
print(b"abc", b'', b"\x00\x7f\x80\xff", b"it's", b'say "hi"', b'both \' and "', b"\t\n\r\\", rb"\x00\n", b"a" b"b", Br"\d")
print(repr(b"abc"), str(b"abc"), f"{b'x'!r}", f"{b'x'}", [b"1", (b"2",), {b"k": b"v"}])
data = b"hello world"
print(len(data), len(b""), bool(b""), bool(b"\0"), data[0], data[-1], type(data[0]), type(data), type(data).__name__)
print(data[:5], data[6:], data[::-1], data[::2], data[-5:-1], data[3:3], data[100:], data[:], data[5:1:-2])
print([byte for byte in b"\x01\x02\xff"], list(b"abc"), tuple(b"ab"), list(reversed(b"abc")), sum(b"abc"), max(b"abc"), sorted(b"cab"))
print(104 in data, 0 in data, b"wor" in data, b"" in data, b"xyz" in data, data == b"hello world", data != b"x", b"a" == "a", b"a" != "a")
print(b"a" < b"b", b"a" < b"aa", b"b" > b"aa", b"" <= b"", b"\xff" > b"\x7f", b"abc" >= b"abd", sorted([b"b", b"", b"ab", b"a"]))
print(hash(b"abc") == hash(b"abc"), {b"a": 1, b"b": 2}[b"b"], {b"a", b"a", "a"} == {"a", b"a"}, b"k" in {b"k": 0}, hash(bytes()) == hash(b""))
print(b"ab" + b"cd", b"ab" * 3, 2 * b"xy", b"ab" * 0, b"ab" * -1, b"" + b"a", b"x" * 5)
joined = b"a"
joined += b"b"
joined *= 2
print(joined)
print(bytes(), bytes(3), bytes(b"copy"), bytes([1, 2, 255]), bytes((65, 66)), bytes(range(5)), bytes("é", "utf-8"), bytes("abc", encoding="ascii"), bytes({65: 0}))
print(b"\xde\xad".hex(), bytes.fromhex("dead BEEF 00"), bytes.fromhex(""), b"".hex())
print("é日😀".encode(), "é".encode("latin-1"), "abc".encode("ascii"), "é日😀".encode().decode(), b"\xe9".decode("latin-1"), b"abc".decode("ascii"), str(b"\xc3\xa9", "utf-8"))
print(b"abc".startswith(b"ab"), b"abc".endswith(b"bc"), b"abc".startswith((b"x", b"a")), b"abc".endswith(b""), b"abc".startswith(b"abcd"))
print(b"abcabc".find(b"c"), b"abcabc".find(b"c", 3), b"abc".find(b"x"), b"abc".find(98), b"abc".find(b"", 1), b"abc".find(b"a", 1, 3), b"abc".find(b"c", -1))
print(b", ".join([b"a", b"b", b"c"]), b"".join([]), b"-".join((b"x",)))
iterator = iter(b"ab")
print(type(iterator).__name__, next(iterator), next(iterator), next(iterator, "end"))
first, *rest = b"xyz"
print(first, rest, dict(enumerate(b"ab")), list(zip(b"ab", b"cd")), [*b"hi"])
print(isinstance(b"", bytes), isinstance("", bytes), bytes is type(b""), bytes)
for constant in (b"", b"q", (b"x", 1)):
    print(constant, b"1" if constant else b"0")

failures = [
    lambda: b"abc"[3],
    lambda: b"abc"["x"],
    lambda: b"abc" + "d",
    lambda: "d" + b"abc",
    lambda: b"abc" + 1,
    lambda: b"a" * 1.5,
    lambda: b"a" * b"b",
    lambda: b"a" < "a",
    lambda: "a" in b"abc",
    lambda: 256 in b"abc",
    lambda: bytes(-1),
    lambda: bytes([256]),
    lambda: bytes(["a"]),
    lambda: bytes("abc"),
    lambda: bytes(1.5),
    lambda: bytes(b"a", "utf-8"),
    lambda: bytes(encoding="utf-8"),
    lambda: b"\xff".decode(),
    lambda: b"\xc3".decode(),
    lambda: b"a\xed\xa0\x80".decode(),
    lambda: b"\xe4\xb8x".decode(),
    lambda: b"\xff".decode("ascii"),
    lambda: "é".encode("ascii"),
    lambda: "日本".encode("latin-1"),
    lambda: "\ud800".encode(),
    lambda: b"a".decode("no-such"),
    lambda: b"a".startswith("a"),
    lambda: b"a".startswith((b"b", "a")),
    lambda: b"a".find("a"),
    lambda: b"a".find(300),
    lambda: b"".join(["a"]),
    lambda: b"".join(3),
    lambda: bytes.fromhex("0g"),
    lambda: bytes.fromhex("0"),
    lambda: b"a".nothing,
    lambda: len(b"a", 1),
    lambda: -b"a",
    lambda: b"a" - b"a",
    lambda: int(b"a"[0:1] == b"a") / 0,
]
for failure in failures:
    try:
        print(failure())
    except Exception as error:
        print(type(error).__name__, error)


def change(value):
    value[0] = 1


def delete(value):
    del value[0]


for function in (change, delete):
    try:
        function(b"abc")
    except TypeError as error:
        print(error)
try:
    b"\xff\xfe".decode("utf-8")
except UnicodeDecodeError as error:
    print(error.encoding, error.object, error.start, error.end, error.reason, error.args)
