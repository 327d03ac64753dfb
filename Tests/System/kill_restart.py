#!/usr/bin/env python3
"""kill -9 at random moments under load, and what the next start finds.

usage: kill_restart.py BUILD [--count 50] [--seed N]

Four workloads burn the processor and two clients call all the time. The daemon is killed, up to half a second later than
it was ready (chance decides, now and then before it is ready at all), and started again on the same socket path. Each
start must replace the stale socket, answer, and have every workload running; a second daemon on the live socket must be
refused. The time from the start of the process to the first answer is measured.
"""

import argparse
import os
import random
import subprocess
import tempfile
import threading
import time

import wire
from daemon import Daemon, percentile
from tap import Suite, eventually

CONFIGURATION = """
daemon:
  socket: SOCKET
  log: {format: json, level: info, metrics_interval: 100ms}
  metrics: {textfile: FOLDER/gild.prom}
workloads:
""" + "".join("""
  - name: burner-%d
    source: |
      n = 0
      while True:
          n += 1
""" % i for i in range(4))


class Load(threading.Thread):
    """Calls, and connects again whenever the daemon is away, until told to stop. Counts what it was answered."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.answers = 0
        self.wrong = []
        self.running = True

    def run(self):
        methods = ["io.gild.Daemon.Ping", "io.gild.Daemon.Status", "io.gild.Workload.List", "io.gild.Metrics.Snapshot"]
        while self.running:
            try:
                with wire.Connection(self.path) as connection:
                    while self.running:
                        connection.call(methods[self.answers % len(methods)])
                        self.answers += 1
            except (OSError, EOFError):
                time.sleep(0.001)
            except (wire.Refused, ValueError) as error:
                self.wrong.append(repr(error))
                time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    suite = Suite("killed %d times under load" % options.count)
    suite.note("seed %d" % options.seed)
    chance = random.Random(options.seed)
    times, unsound = [], []
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(options.build, folder, CONFIGURATION)
        loads = [Load(daemon.socket) for _ in range(2)]
        for load in loads:
            load.start()
        with suite.section("kill and restart"):
            for number in range(options.count):
                if chance.random() < 0.2:
                    # Killed while it starts: whatever it left must not stop the next one.
                    daemon.launch()
                    time.sleep(chance.uniform(0, 0.1))
                    daemon.kill()
                times.append(daemon.start())
                problem = soundness(daemon)
                if problem:
                    unsound.append("after kill %d: %s" % (number, problem))
                time.sleep(chance.uniform(0, 0.5))
                daemon.kill()
            suite.equal("each start found and left everything in order", unsound, [])
            suite.note("ready after %.0f ms (median), %.0f ms (90 %%), %.0f ms (longest)" % (
                percentile(times, 0.5) * 1e3, percentile(times, 0.9) * 1e3, max(times) * 1e3))
            suite.check("each of %d starts was ready within a second" % len(times), max(times) < allowed(),
                        "longest: %.3f s" % max(times))
        for load in loads:
            load.running = False
        for load in loads:
            load.join(15)
        suite.note("%d calls were answered meanwhile" % sum(load.answers for load in loads))
        suite.check("clients were answered between the kills", sum(load.answers for load in loads) > 0)
        suite.equal("no answer was wrong", [text for load in loads for text in load.wrong][:5], [])
        with suite.section("the last one"):
            daemon.start()
            second = subprocess.run([os.path.join(daemon.build, "gild"), "serve", "--config", daemon.configuration],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
            suite.equal("a second daemon on the same socket fails", second.returncode, 1)
            suite.check("and says why", "already running" in second.stdout, second.stdout)
            suite.equal("the first one goes on", daemon.call("io.gild.Daemon.Ping"), {})
            seconds, status = daemon.stop()
            suite.equal("SIGTERM ends it with status 0", status, 0)
            suite.check("within 5 s", seconds < 5, "%.1f s" % seconds)
            suite.check("its socket is gone", not os.path.exists(daemon.socket))
            left = [name for name in os.listdir(folder) if name not in ("gild.yaml", "log", "gild.prom", "gild.sock")]
            suite.equal("no temporary file of 50 kills is left", [name for name in left if not name.endswith(".lock")], [])
    suite.end()


def allowed():
    """Seconds that a start may take: 1, more where the machine is known to be shared (GILD_TIME_FACTOR)."""
    return 1.0 * float(os.environ.get("GILD_TIME_FACTOR", "1"))


def soundness(daemon):
    """What is wrong with a daemon that has just started; None for nothing."""
    mode = os.stat(daemon.socket).st_mode & 0o777
    if mode != 0o660:
        return "the socket's mode is %o" % mode
    status = daemon.call("io.gild.Daemon.Status")
    if status["pid"] != daemon.process.pid:
        return "process %r answers instead of %r" % (status["pid"], daemon.process.pid)
    if not eventually(lambda: daemon.call("io.gild.Daemon.Status")["workloads"]["running"] == 4, 10):
        return "not every workload runs: %r" % daemon.call("io.gild.Daemon.Status")["workloads"]
    return None


if __name__ == "__main__":
    main()
