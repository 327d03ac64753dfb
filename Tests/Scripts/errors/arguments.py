# args: one two 'three four' --flag
# sys.argv holds the script and its arguments.
import sys
print(len(sys.argv), sys.argv[1:])
print(sys.argv[0].split("/")[-1])
sys.exit(len(sys.argv))
