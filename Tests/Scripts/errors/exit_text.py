# sys.exit with text: written to stderr, status 1.
import sys
print("about to leave")
sys.exit("fatal: something happened")
