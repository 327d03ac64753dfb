"""Says how often it has run, and what the workload `counter` has counted to.

Workloads of one runtime share one heap: gild.shared is the same dict in all of them. CPython starts a process for each
run, so that there it always says 1.
"""

import gild

beats = gild.shared.get("beats", 0) + 1
gild.shared["beats"] = beats
gild.log(f"beat {beats}, counter at {gild.shared.get('counter', 'none')}")
