# Programs over nested containers: graphs, matrices, grouping, memo tables.
graph = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": ["f"], "e": ["f"], "f": []}
def paths(start, end, path=()):
    path = path + (start,)
    if start == end:
        return [path]
    found = []
    for node in graph[start]:
        found += paths(node, end, path)
    return found
for p in paths("a", "f"):
    print(" -> ".join(p))
def breadth_first(start):
    seen, queue, order = {start}, [start], []
    while queue:
        node = queue.pop(0)
        order.append(node)
        for following in graph[node]:
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return order
print(breadth_first("a"))
def topological():
    indegree = {n: 0 for n in graph}
    for targets in graph.values():
        for t in targets:
            indegree[t] += 1
    ready, out = [n for n in graph if indegree[n] == 0], []
    while ready:
        n = ready.pop()
        out.append(n)
        for t in graph[n]:
            indegree[t] -= 1
            if not indegree[t]:
                ready.append(t)
    return out
print(topological())
def multiply(a, b):
    return [[sum([x * y for x, y in zip(row, col)]) for col in zip(*b)] for row in a]
m = [[1, 1], [1, 0]]
r = [[1, 0], [0, 1]]
for _ in range(30):
    r = multiply(r, m)
print(r)
words = "apple bat bar atom book cat apricot".split()
groups = {}
for w in words:
    groups.setdefault(w[0], []).append(w)
print(groups, {k: len(v) for k, v in groups.items()})
memo = {}
def ways(n, coins):
    if n == 0:
        return 1
    if n < 0 or not coins:
        return 0
    if (n, coins) not in memo:
        memo[n, coins] = ways(n - coins[0], coins) + ways(n, coins[1:])
    return memo[n, coins]
print(ways(200, (200, 100, 50, 20, 10, 5, 2, 1)), len(memo))
def permutations(items):
    if len(items) <= 1:
        return [items]
    return [[x] + rest for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1:])]
print(permutations([1, 2, 3]), len(permutations(list(range(6)))))
def subsets(items):
    out = [[]]
    for x in items:
        out += [s + [x] for s in out]
    return out
print(subsets([1, 2, 3]), {frozenset(s) for s in subsets([1, 2])} == {frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2})})
tree = {"value": 1, "children": [{"value": 2, "children": []}, {"value": 3, "children": [{"value": 4, "children": []}]}]}
def total(node):
    return node["value"] + sum([total(c) for c in node["children"]])
def depth(node):
    return 1 + max([depth(c) for c in node["children"]], default=0)
print(total(tree), depth(tree), tree["children"][1]["children"][0]["value"])
board = [["."] * 5 for _ in range(5)]
for i in range(5):
    board[i][i] = "\\"
    board[i][4 - i] = "/" if i != 2 else "X"
print("\n".join(["".join(row) for row in board]))
life = {(1, 0), (1, 1), (1, 2)}
for generation in range(3):
    counts = {}
    for x, y in life:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    counts[x + dx, y + dy] = counts.get((x + dx, y + dy), 0) + 1
    life = {c for c, n in counts.items() if n == 3 or n == 2 and c in life}
    print(sorted(life))
