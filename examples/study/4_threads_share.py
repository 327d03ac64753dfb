# Statement 4: threads share objects.
#
# There is one heap. A thread that is given an object gets a reference, not a copy: what one thread
# changes, every other thread sees, and the object lives until the last of them lets go.
import sys
import threading


class Board:
    def __init__(self):
        self.notes = []

    def __del__(self):
        print("the board is freed")


board = Board()
turn = [threading.Event() for _ in range(4)]


def write(i, board):
    turn[i].wait()
    board.notes.append("thread %d saw %d notes" % (i, len(board.notes)))
    if i < 3:
        turn[i + 1].set()


print("references before:", sys.getrefcount(board))
threads = [threading.Thread(target=write, args=(i, board)) for i in range(4)]
print("each thread adds one:", sys.getrefcount(board))
for thread in threads:
    thread.start()
turn[0].set()
for thread in threads:
    thread.join()
for note in board.notes:
    print(note)  # expect: thread 3 saw 3 notes

same = []
thread = threading.Thread(target=lambda: same.append(board))
thread.start()
thread.join()
print("the very same object:", same[0] is board)  # expect: the very same object: True
same.clear()
del board
print("the name is gone")
