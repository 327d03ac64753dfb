# KeyError shows the repr of its key.
d = {1: 2}
try:
    d["a'b"]
except KeyError as e:
    print(e, str(e), e.args)
d[("tuple", 1)]
