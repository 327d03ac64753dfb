// The part of `threading` that is written in the language itself: class Thread and what belongs to it.
//
// Private globals of one underscore that are not defined here are natives (ThreadingModule.swift).

/// The module's whole text.
let threadingSource = threadSource + synchronizationSource

private let threadSource = #"""
ThreadError = RuntimeError
TIMEOUT_MAX = 9223372036.0
excepthook = __excepthook__ = _excepthook
get_ident, get_native_id, stack_size, Lock, local

_threads_named = 0
_dummies_named = 0

class ExceptHookArgs:
    def __init__(self, args):
        self.exc_type, self.exc_value, self.exc_traceback, self.thread = args

    def __repr__(self):
        return f"_thread._ExceptHookArgs(exc_type={self.exc_type!r}, exc_value={self.exc_value!r}, exc_traceback={self.exc_traceback!r}, thread={self.thread!r})"

class Thread:
    _initialized = False

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        global _threads_named
        assert group is None, "group argument must be None for now"
        if kwargs is None:
            kwargs = {}
        if name:
            name = str(name)
        else:
            _threads_named += 1
            name = f"Thread-{_threads_named}"
            if target is not None:
                try:
                    name = f"{name} ({target.__name__})"
                except AttributeError:
                    pass
        self._target = target
        self._name = name
        self._args = args
        self._kwargs = kwargs
        self._daemonic = current_thread().daemon if daemon is None else daemon
        self._handle = _new_handle()
        self._initialized = True

    def __repr__(self):
        assert self._initialized, "Thread.__init__() was not called"
        status = "stopped" if _has_ended(self._handle) else "started" if _has_begun(self._handle) else "initial"
        if self._daemonic:
            status += " daemon"
        ident = _ident(self._handle)
        if ident is not None:
            status += f" {ident}"
        return f"<{self.__class__.__name__}({self._name}, {status})>"

    def start(self):
        if not self._initialized:
            raise RuntimeError("thread.__init__() not called")
        if _has_begun(self._handle):
            raise RuntimeError("threads can only be started once")
        _start(self._handle, self, self._name, self._daemonic)

    def run(self):
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            del self._target, self._args, self._kwargs

    def join(self, timeout=None):
        if not self._initialized:
            raise RuntimeError("Thread.__init__() not called")
        if not _has_begun(self._handle):
            raise RuntimeError("cannot join thread before it is started")
        if self is current_thread():
            raise RuntimeError("cannot join current thread")
        if timeout is not None:
            timeout = max(timeout, 0)
        _join(self._handle, timeout)

    def is_alive(self):
        assert self._initialized, "Thread.__init__() not called"
        return _has_begun(self._handle) and not _has_ended(self._handle)

    def _get_name(self):
        assert self._initialized, "Thread.__init__() not called"
        return self._name

    def _set_name(self, name):
        assert self._initialized, "Thread.__init__() not called"
        self._name = str(name)
        _rename(self._handle, self._name)

    name = _property(_get_name, _set_name)

    def _get_ident(self):
        assert self._initialized, "Thread.__init__() not called"
        return _ident(self._handle)

    ident = _property(_get_ident)

    def _get_native_id(self):
        assert self._initialized, "Thread.__init__() not called"
        return _native_id(self._handle)

    native_id = _property(_get_native_id)

    def _get_daemon(self):
        assert self._initialized, "Thread.__init__() not called"
        return self._daemonic

    def _set_daemon(self, daemonic):
        if not self._initialized:
            raise RuntimeError("Thread.__init__() not called")
        if _has_begun(self._handle):
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemonic = daemonic

    daemon = _property(_get_daemon, _set_daemon)

    def isDaemon(self):
        return self.daemon

    def setDaemon(self, daemonic):
        self.daemon = daemonic

    def getName(self):
        return self.name

    def setName(self, name):
        self.name = name

class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = args if args is not None else []
        self.kwargs = kwargs if kwargs is not None else {}
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()

class _MainThread(Thread):
    def __init__(self):
        Thread.__init__(self, name="MainThread", daemon=False)
        self._handle = _own_handle()
        _become(self, self._handle)

class _DummyThread(Thread):
    def __init__(self):
        global _dummies_named
        _dummies_named += 1
        Thread.__init__(self, name=f"Dummy-{_dummies_named}", daemon=True)
        self._handle = _own_handle()

    def is_alive(self):
        return True

    def join(self, timeout=None):
        raise RuntimeError("cannot join a dummy thread")

def current_thread():
    current = _current()
    return _DummyThread() if current is None else current

def currentThread():
    return current_thread()

def main_thread():
    return _main_thread

def enumerate():
    return _threads()

def active_count():
    return len(_threads())

def activeCount():
    return active_count()

"""#
