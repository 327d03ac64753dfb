# Small text programs: caesar, palindromes, run-length coding, wrapping, a tokenizer, an alignment table.
def caesar(text, shift):
    out = []
    for c in text:
        if c.isalpha() and c.isascii():
            base = ord("a") if c.islower() else ord("A")
            out.append(chr((ord(c) - base + shift) % 26 + base))
        else:
            out.append(c)
    return "".join(out)

def encode_runs(text):
    out, i = "", 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == text[i]:
            j += 1
        out += text[i] + (str(j - i) if j - i > 1 else "")
        i = j
    return out

def wrap(text, width):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = line + " " + word if line else word
    if line:
        lines.append(line)
    return lines

def tokenize(source):
    tokens, i = [], 0
    while i < len(source):
        c = source[i]
        if c.isspace():
            i += 1
        elif c.isdigit():
            j = i
            while j < len(source) and (source[j].isdigit() or source[j] == "."):
                j += 1
            tokens.append(("number", source[i:j]))
            i = j
        elif c.isidentifier():
            j = i
            while j < len(source) and (source[j].isalnum() or source[j] == "_"):
                j += 1
            tokens.append(("name", source[i:j]))
            i = j
        else:
            tokens.append(("operator", c))
            i += 1
    return tokens

secret = caesar("Hello, World!", 3)
print(secret, caesar(secret, -3))
print(encode_runs("aaabccddddde"), encode_runs(""), encode_runs("abc"))
for line in wrap("the quick brown fox jumps over the lazy dog and runs away from the very big bear", 20):
    print("|" + line.ljust(20) + "|" + line.rjust(20) + "|" + line.center(20) + "|")
for token in tokenize("x1 = 3.14*(y_2 + 42) / foo"):
    print(*token, sep=": ", end="; ")
print()
for text in ("A man, a plan, a canal: Panama", "not a palindrome", ""):
    letters = [c.lower() for c in text if c.isalnum()]
    print(repr(text), letters == letters[::-1])
rows = [("name", "qty", "price"), ("apple", 3, 1.5), ("banana", 12, 0.25), ("kiwi", 100, 10.0)]
for name, qty, price in rows:
    print(f"{name:<10}{qty:>6}{price:>10}")
counts = {}
for c in "mississippi":
    counts[c] = counts.get(c, 0) + 1
print(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])))
