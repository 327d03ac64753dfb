"""The module `gild` for CPython: what scripts get from it under `gild serve`, in a process of their own.

A script that does `import gild` runs unchanged with

    PYTHONPATH=/usr/share/gild/python python3 script.py

shared    a dict. The daemon gives all workloads of one runtime the same dict, and it outlives their runs; here it is empty
          at the start and ends with the process.
workload  the workload's name, a str: the environment's GILD_WORKLOAD, else the script's file name without its suffix.
log()     one record of the log. Here, as under `gild run`, it is a line `level: message` on standard error.
"""

import os as _os
import sys as _sys
import threading as _threading

__all__ = ["shared", "workload", "log"]

_LEVELS = ("debug", "info", "warning", "error")


def _workload_name():
    name = _os.environ.get("GILD_WORKLOAD")
    if name:
        return name
    script = _os.path.basename(_sys.argv[0]) if _sys.argv else ""
    name = _os.path.splitext(script)[0]
    return name if name and not name.startswith("-") else "main"


shared = {}
workload = _workload_name()
_lock = _threading.Lock()


def log(message, level="info"):
    """Write one record: message, any object, as str() shows it; level, one of debug, info, warning and error.

    Raises ValueError for another level, and TypeError for one that is no str.
    """
    if not isinstance(level, str):
        raise TypeError(f"log() level must be str, not {type(level).__name__}")
    if level not in _LEVELS:
        raise ValueError(f"log() level must be one of {', '.join(map(repr, _LEVELS))}, not '{level}'")
    line = f"{level}: {message}\n"
    with _lock:
        _sys.stderr.write(line)
        _sys.stderr.flush()
