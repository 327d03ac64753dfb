# sys.exit with another object prints its str on stderr.
import sys
class Reason:
    def __str__(self):
        return "the reason"
print("leaving with an object")
sys.exit(Reason())
