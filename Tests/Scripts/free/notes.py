"""No note is lost, whichever thread makes the list."""
import threading

barrier = threading.Barrier(4)
errors = [Exception(i) for i in range(50)]


def work(me):
    barrier.wait()
    for e in errors:
        e.add_note(f"from {me}")


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print({len(e.__notes__) for e in errors})  # expect: {4}
print(sorted(errors[0].__notes__))  # expect: ['from 0', 'from 1', 'from 2', 'from 3']
