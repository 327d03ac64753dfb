"""Fails until it was started N times (the argument), then works.

The attempts are counted in gild.shared, which outlives a run. In CPython it does not, so there every start is the first.
"""

import sys

import gild

needed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
attempt = gild.shared.get("attempts", 0) + 1
gild.shared["attempts"] = attempt

if attempt < needed:
    gild.log(f"attempt {attempt} of {needed}", level="warning")
    raise RuntimeError("not yet")
gild.log(f"worked at attempt {attempt}")
gild.shared["attempts"] = 0
