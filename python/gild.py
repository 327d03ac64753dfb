"""The module `gild` for CPython: what scripts get from it under `gild serve`, in a process of their own.

A script that does `import gild` runs unchanged with

    PYTHONPATH=/usr/share/gild/python python3 script.py

shared    a dict. The daemon gives all workloads of one runtime the same dict, and it outlives their runs; here it is empty
          at the start and ends with the process.
workload  the workload's name, a str: the environment's GILD_WORKLOAD, else the script's file name without its suffix.
log()     one record of the log. Here it is one line on standard error.
"""

import os as _os
import sys as _sys
import threading as _threading

__all__ = ["shared", "workload", "log"]

_LEVELS = ("debug", "info", "notice", "warning", "error")


def _workload_name():
    name = _os.environ.get("GILD_WORKLOAD")
    if name:
        return name
    script = _os.path.basename(_sys.argv[0]) if _sys.argv else ""
    name = _os.path.splitext(script)[0]
    return name if name and not name.startswith("-") else "main"


def _escaped(text):
    # As in the daemon: what a script logs is one line, and cannot look like another record.
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text)


shared = {}
workload = _workload_name()
_lock = _threading.Lock()


def log(message, level="info"):
    """Write one record: message, any object, as str() shows it; level, one of debug, info, notice, warning and error.

    Raises ValueError for another level.
    """
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(_LEVELS)}, not {level!r}")
    line = f"{level}: {workload}: {_escaped(str(message))}\n"
    with _lock:
        _sys.stderr.write(line)
        _sys.stderr.flush()
