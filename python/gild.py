"""The module `gild` for CPython: what scripts get from it under `gild serve`, in a process of their own.

A script that does `import gild` runs unchanged with

    PYTHONPATH=/usr/share/gild/python python3 script.py

shared    a dict. The daemon gives all workloads of one runtime the same dict, and it outlives their runs; here it is empty
          at the start and ends with the process.
workload  the workload's name, a str: the environment's GILD_WORKLOAD, else the script's file name without its suffix.
log()     one record of the log. Here, as under `gild run`, it is a line `level: message` on standard error.
runtime   in which of `runtimes` runtimes the script runs that were started together: here always 0 of 1.
channel() a queue by name, between the runtimes of a process: here between the threads of the script. What it raises when a
          message exceeds gild's limits in bytes it does not raise here.
"""

import collections as _collections
import copy as _copy
import os as _os
import sys as _sys
import threading as _threading
import time as _time
import weakref as _weakref

__all__ = ["shared", "workload", "log", "runtime", "runtimes", "channel", "Channel", "ChannelClosed"]

_LEVELS = ("debug", "info", "warning", "error")


def _workload_name():
    name = _os.environ.get("GILD_WORKLOAD")
    if name:
        return name
    script = _os.path.basename(_sys.argv[0]) if _sys.argv else ""
    name = _os.path.splitext(script)[0]
    return name if name and not name.startswith("-") else "main"


shared = {}
runtime = 0
runtimes = 1
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


class ChannelClosed(Exception):
    """send() to a closed channel, or recv() from one that is closed and empty."""


_ATOMS = frozenset((type(None), bool, int, float, str, bytes))
_channels = _weakref.WeakValueDictionary()
_channels_lock = _threading.Lock()
# Channels in which messages wait live without a handle.
_kept = set()


def _check(root):
    """Raise TypeError for what no message can hold, with its type and its place."""
    seen = set()
    pending = [(root, "")]
    while pending:
        value, path = pending.pop()
        kind = type(value)
        if kind in _ATOMS or kind is Channel or id(value) in seen:
            continue
        seen.add(id(value))
        if kind is list or kind is tuple:
            children = [(item, f"{path}[{i}]") for i, item in enumerate(value)]
        elif kind is dict:
            children = []
            for i, (key, item) in enumerate(value.items()):
                shown = repr(key) if type(key) in _ATOMS and (type(key) is not str or len(key) <= 40) else "\u2026"
                children += [(key, f"{path}{{key {i}}}"), (item, f"{path}[{shown}]")]
        elif kind is set or kind is frozenset:
            children = [(item, f"{path}{{element}}") for item in value]
        else:
            where = f": value{path}" if path else ""
            raise TypeError(f"cannot send '{kind.__name__}' object over a channel{where}")
        pending += reversed(children)


class Channel:
    """A queue of copies. Made by channel()."""

    def __init__(self, name, capacity):
        self.__name = name
        self.__capacity = capacity
        self.__messages = _collections.deque()
        self.__closed = False
        self.__changed = _threading.Condition()

    name = property(lambda self: self.__name)
    capacity = property(lambda self: self.__capacity)
    closed = property(lambda self: self.__closed)

    def __deepcopy__(self, memo):
        return self

    def __len__(self):
        return len(self.__messages)

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<gild.Channel {self.__name!r}: {len(self)} waiting{', closed' if self.__closed else ''}>"

    def __wait(self, is_over, timeout):
        """Wait, with the condition taken, until is_over(). False: the time is over."""
        deadline = None if timeout is None else _time.monotonic() + timeout
        while not is_over():
            rest = None if deadline is None else deadline - _time.monotonic()
            if rest is not None and rest <= 0:
                return False
            self.__changed.wait(rest)
        return True

    def send(self, value, timeout=None):
        """Append a copy of value; wait for room for at most timeout seconds.

        Raises TimeoutError, ChannelClosed, and TypeError for a value that is not made of None, bool, int, float, str, bytes,
        list, tuple, dict, set, frozenset and Channel.
        """
        _check_timeout(timeout)
        _check(value)
        message = _copy.deepcopy(value)
        with self.__changed:
            has_room = lambda: self.__closed or not self.__capacity or len(self.__messages) < self.__capacity
            if not self.__wait(has_room, timeout):
                raise TimeoutError(f"channel {self.__name!r} had no room in time")
            if self.__closed:
                raise ChannelClosed(f"channel {self.__name!r} is closed")
            self.__messages.append(message)
            _kept.add(self)
            self.__changed.notify_all()

    def recv(self, timeout=None):
        """Take the first message; wait for one for at most timeout seconds. Raises TimeoutError and ChannelClosed."""
        _check_timeout(timeout)
        with self.__changed:
            if not self.__wait(lambda: self.__messages or self.__closed, timeout):
                raise TimeoutError(f"no message in channel {self.__name!r} in time")
            if not self.__messages:
                raise ChannelClosed(f"channel {self.__name!r} is closed and empty")
            message = self.__messages.popleft()
            if not self.__messages:
                _kept.discard(self)
            self.__changed.notify_all()
            return message

    def close(self):
        """Nothing can be sent any more; what waits can still be received."""
        with self.__changed:
            self.__closed = True
            self.__changed.notify_all()

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return self.recv()
        except ChannelClosed:
            raise StopIteration from None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _check_timeout(timeout):
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be a non-negative number")


def channel(name, capacity=None):
    """The channel of this name; capacity: how many messages may wait, 0: no limit.

    Raises ValueError when the channel is open with another capacity.
    """
    if not isinstance(name, str):
        raise TypeError(f"channel() name must be str, not {type(name).__name__}")
    if capacity is not None and capacity < 0:
        raise ValueError("channel() capacity must be 0 (no limit but the bytes) or more")
    with _channels_lock:
        found = _channels.get(name)
        if found is None:
            found = _channels[name] = Channel(name, capacity or 0)
        elif capacity is not None and capacity != found.capacity:
            raise ValueError(f"channel {name!r} is open with capacity {found.capacity}, not {capacity}")
        return found
