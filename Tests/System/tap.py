"""Checks that print one line each, in the words of the Test Anything Protocol.

A suite counts its checks and ends with one exit status. A section that raises is one failed check, with the traceback
below it, and the next section goes on: one broken promise does not hide the others.
"""

import contextlib
import sys
import time
import traceback

import wire


class Suite:
    def __init__(self, name):
        self.name = name
        self.passed = self.failed = 0
        self.started = time.monotonic()
        print("# %s" % name, flush=True)

    def check(self, promise, kept, detail=""):
        """One line; `detail` is printed below a promise that was not kept, or a function that gives it."""
        number = self.passed + self.failed + 1
        if kept:
            self.passed += 1
            print("ok %d - %s" % (number, promise), flush=True)
            return True
        self.failed += 1
        print("not ok %d - %s" % (number, promise))
        text = detail() if callable(detail) else detail
        for line in str(text).splitlines():
            print("  # " + line)
        sys.stdout.flush()
        return False

    def equal(self, promise, found, expected):
        return self.check(promise, found == expected, "found %r, expected %r" % (found, expected))

    def note(self, text):
        """A figure that is not judged."""
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    @contextlib.contextmanager
    def section(self, name):
        """Checks that depend on one another."""
        started = time.monotonic()
        print("# -- %s" % name, flush=True)
        try:
            yield
        except Exception:
            self.check(name + " ran to its end", False, traceback.format_exc())
        finally:
            print("#    %.1f s" % (time.monotonic() - started), flush=True)

    def end(self):
        """Prints the plan and the total; leaves with status 0 when every promise was kept."""
        print("1..%d" % (self.passed + self.failed))
        print("# %s: %d passed, %d failed, %.1f s" % (
            self.name, self.passed, self.failed, time.monotonic() - self.started), flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def eventually(condition, seconds, pause=0.02):
    """The first true value of `condition()` within so many seconds, else the last one. An exception counts as false."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except (OSError, KeyError, ValueError, EOFError, wire.Refused):
            value = None
        if value or time.monotonic() > deadline:
            return value
        time.sleep(pause)
