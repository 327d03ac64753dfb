"""A `gild serve` of a test's own: its folder, its configuration, its socket, its log."""

import os
import resource
import signal
import subprocess
import time

import wire


class Daemon:
    """`configuration` is YAML, in which SOCKET stands for the socket's path and FOLDER for the daemon's folder."""

    def __init__(self, build, folder, configuration, descriptors=None):
        self.build = os.path.abspath(build)
        self.folder = folder
        self.socket = os.path.join(folder, "gild.sock")
        self.descriptors = descriptors
        self.process = None
        os.makedirs(folder, exist_ok=True)
        self.configuration = os.path.join(folder, "gild.yaml")
        self.log = os.path.join(folder, "log")
        self.configure(configuration)

    def configure(self, text):
        with open(self.configuration, "w") as file:
            file.write(text.replace("SOCKET", self.socket).replace("FOLDER", self.folder))

    def launch(self):
        """Starts the process and waits for nothing."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "JOURNAL_STREAM", "WATCHDOG_USEC")}
        environment.setdefault("SWIFT_BACKTRACE", "enable=no")

        def limit():
            if self.descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))
        self.started = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.build, "gild"), "serve", "--config", self.configuration], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=environment, preexec_fn=limit, start_new_session=True)

    def start(self, ready_within=30.0):
        """Seconds from the start of the process to its first answer."""
        self.launch()
        started = self.started
        while True:
            try:
                wire.call(self.socket, "io.gild.Daemon.Ping", timeout=ready_within)
                return time.monotonic() - started
            except (OSError, EOFError):
                pass
            if self.process.poll() is not None:
                raise RuntimeError("gild serve ended with status %s:\n%s" % (self.process.returncode, self.tail()))
            if time.monotonic() - started > ready_within:
                raise RuntimeError("gild serve is not ready after %g s:\n%s" % (ready_within, self.tail()))
            time.sleep(0.002)

    def connect(self, timeout=10.0):
        return wire.Connection(self.socket, timeout)

    def call(self, method, parameters=None, timeout=10.0):
        return wire.call(self.socket, method, parameters, timeout)

    def tail(self, characters=3000):
        with open(self.log, errors="replace") as file:
            return file.read()[-characters:]

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def resident_bytes(self):
        with open("/proc/%d/statm" % self.process.pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors_open(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks it to end; (seconds that it took, exit status). Killed after 15 s."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        return time.monotonic() - started, self.process.returncode

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.is_alive():
            self.stop()


def percentile(values, fraction):
    """The value below which so large a part of them lies; None for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] if ordered else None
