# NameError with a suggestion.
import math
counter = 5
def show():
    print("counter is", counter)
    print("again", countr)
show()
