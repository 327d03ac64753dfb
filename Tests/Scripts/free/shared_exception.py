"""One exception object raised, linked and looked at by four threads at once."""
import threading

SHARED = ValueError("shared")
OTHER = KeyError("other")
barrier = threading.Barrier(4)
wrong = []


def deep(n):
    local = [n]
    if n == 0:
        raise SHARED
    deep(n - 1)
    return local


def work(me):
    barrier.wait()
    for i in range(150):
        try:
            deep(3)
        except ValueError as e:
            if e is not SHARED or str(e) != "shared":
                wrong.append(e)
            if i % 3 == 0:
                SHARED.__traceback__ = None
            try:
                raise OTHER
            except KeyError as k:
                if k is not OTHER:
                    wrong.append(k)
            if i % 5 == 0:
                OTHER.__context__ = None
        try:
            try:
                raise OTHER from SHARED
            finally:
                local = [me, i]
        except KeyError as e:
            if e.__cause__ is not SHARED and e.__cause__ is not None:
                wrong.append(e.__cause__)


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
SHARED.__traceback__ = None
OTHER.__traceback__ = None
OTHER.__context__ = SHARED.__context__ = OTHER.__cause__ = None
print(wrong)  # expect: []
