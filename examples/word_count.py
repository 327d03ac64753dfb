# Count words with several threads; each fills a dict of its own, and the results are merged.
import threading

TEXT = """
the lock passes from hand to hand and the hand that holds it may touch the heap
the count of an object falls and rises and when it falls to zero the object is gone
a thread that waits for the lock asks for it and the holder drops it at the next checkpoint
"""


def count(words, result):
    for word in words:
        result[word] = result.get(word, 0) + 1


words = TEXT.split() * 50
parts = [{} for _ in range(4)]
threads = [threading.Thread(target=count, args=(words[i::4], parts[i])) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
merged = {}
for part in parts:
    for word, number in part.items():
        merged[word] = merged.get(word, 0) + number
for word, number in sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:6]:
    print(f"{number:5} {word}")
print("words:", sum(merged.values()), "different:", len(merged))
