# Threads started in threads; trees of threads; names and counts.
import threading
log, lock = [], threading.Lock()
def tree(name, depth):
    children = []
    if depth:
        for i in range(2):
            t = threading.Thread(target=tree, args=(name + str(i), depth - 1), name="t" + name + str(i))
            t.start()
            children.append(t)
    for t in children:
        t.join()
    with lock:
        log.append(name)
tree("", 4)
print(len(log), sorted(log, key=lambda s: (len(s), s))[:7], log[-1] == "")
def parallel_sum(items, result, index):
    if len(items) <= 10:
        result[index] = sum(items)
        return
    half = len(items) // 2
    parts = [0, 0]
    t = threading.Thread(target=parallel_sum, args=(items[:half], parts, 0))
    t.start()
    parallel_sum(items[half:], parts, 1)
    t.join()
    result[index] = sum(parts)
out = [0]
parallel_sum(list(range(200)), out, 0)
print(out)  # expect: [19900]
daemon_seen = []
def parent():
    child = threading.Thread(target=lambda: daemon_seen.append(threading.current_thread().daemon))
    child.start()
    child.join()
for flag in (False, True):
    t = threading.Thread(target=parent, daemon=flag)
    t.start()
    t.join()
print(daemon_seen)  # expect: [False, True]
started_by_child = []
def spawn():
    t = threading.Thread(target=lambda: started_by_child.append("grandchild"))
    t.start()
    started_by_child.append(t)
t = threading.Thread(target=spawn)
t.start()
t.join()
for x in list(started_by_child):
    if not isinstance(x, str):
        x.join()
print("grandchild" in started_by_child)
def merge_sort(items):
    if len(items) < 2:
        return items
    half = len(items) // 2
    box = []
    t = threading.Thread(target=lambda: box.append(merge_sort(items[:half])))
    t.start()
    right = merge_sort(items[half:])
    t.join()
    left, out = box[0], []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i]); i += 1
        else:
            out.append(right[j]); j += 1
    return out + left[i:] + right[j:]
print(merge_sort([(i * 37) % 64 for i in range(32)]))
print(threading.active_count())
