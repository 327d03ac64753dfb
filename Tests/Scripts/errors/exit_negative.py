# sys.exit(-1) is status 255.
import sys
print("minus one")
raise SystemExit(-1)
