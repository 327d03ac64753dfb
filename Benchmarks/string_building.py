# Strings: concatenation, join, formatting, splitting, searching, slicing.
import sys


def work(n):
    text = ""
    for i in range(n):
        text += "abc"
    parts = []
    for i in range(n):
        parts.append(str(i))
        parts.append("%d-%s" % (i, "x"))
        parts.append(f"{i:05d}|{i}")
    joined = ",".join(parts)
    pieces = joined.split(",")
    total = len(text) + len(joined) + len(pieces)
    for piece in pieces:
        if piece.startswith("1"):
            total += 1
        if "-" in piece:
            total += piece.find("-")
        total += len(piece[1:-1].upper())
    for character in text:
        if character == "b":
            total += 1
    return total + joined.replace("-", "+-").count("+")


N = int(sys.argv[1]) if len(sys.argv) > 1 else 20
checksum = 0
for _ in range(N):
    checksum += work(8000)
print("string_building", checksum)
