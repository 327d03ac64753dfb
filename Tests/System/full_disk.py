#!/usr/bin/env python3
"""A full disk and a stopped journal never stall a workload.

usage (inside scripts/with-systemd): full_disk.py BUILD

A workload prints without end, which fills the log; another one only counts. The log then goes nowhere: to a full file
system, to a pipe that nobody reads, to a journal that is stopped. The workloads must go on, at a rate of the same order,
and the daemon must answer; when the log works again, it must say how many records were lost.
"""

import json
import os
import signal
import subprocess
import sys
import time

import wire
from daemon import Daemon
from guest import journal, main_pid, must, require_guest, run, write
from tap import Suite, eventually

WORKLOADS = """
workloads:
  - name: printer
    limits: {output: 256MiB}
    source: |
      import time
      i = 0
      while True:
          i += 1
          print("line", i, "x" * 100)
          if i % 50 == 0:
              time.sleep(0.002)
  - name: counter
    source: |
      import time
      n = 0
      while True:
          n += 1
          if n % 100 == 0:
              time.sleep(0.001)
"""


def references_taken(socket):
    """So far, by workload: a measure of what it has done."""
    sample = wire.call(socket, "io.gild.Metrics.Snapshot")
    return {run["workload"]: run["increfs"] for runtime in sample["runtimes"] for run in runtime["runs"]}


def rate(socket, seconds=2.0):
    """References taken a second, by workload."""
    before, started = references_taken(socket), time.monotonic()
    time.sleep(seconds)
    after, elapsed = references_taken(socket), time.monotonic() - started
    return {name: (after[name] - before.get(name, 0)) / elapsed for name in after}


def judge(suite, where, usual, found, socket):
    suite.note("%s: %s" % (where, ", ".join("%s %.0f %%" % (name, 100 * found.get(name, 0) / usual[name]) for name in sorted(usual))))
    for name in sorted(usual):
        # Stalled means next to nothing; a shared machine's noise is not what this is about.
        suite.check("%s: %s goes on" % (where, name), found.get(name, 0) > 0.1 * usual[name], (usual, found))
    suite.equal("%s: the daemon answers" % where, wire.call(socket, "io.gild.Daemon.Ping"), {})


def full_file_system(suite, build):
    disk = "/run/full"
    os.makedirs(disk)
    must("mount", "-t", "tmpfs", "-o", "size=8m", "full", disk)
    daemon = Daemon(build, "/run/full-test", """
daemon:
  socket: SOCKET
  log: {format: json, metrics_interval: 100ms}
  metrics: {textfile: /run/full/gild.prom}
""" + WORKLOADS)
    daemon.log = disk + "/log"
    with daemon:
        eventually(lambda: len(references_taken(daemon.socket)) == 2, 10)
        usual = rate(daemon.socket)
        filler = open(disk + "/filler", "wb", buffering=0)
        try:
            while filler.write(b"x" * 4096):
                pass
        except OSError:
            pass
        suite.equal("the file system is full", os.statvfs(disk).f_bavail, 0)
        found = rate(daemon.socket, 4)
        judge(suite, "full disk", usual, found, daemon.socket)
        dropped = daemon.call("io.gild.Daemon.Status")["log"]["dropped"]
        suite.check("what could not be written is counted", dropped > 0, daemon.call("io.gild.Daemon.Status")["log"])
        daemon.call("io.gild.Workload.Stop", {"name": "printer"})
        filler.close()
        os.remove(disk + "/filler")
        os.truncate(daemon.log, 0)

        def said():
            # The log is appended to: after the cut, every line is a record again but perhaps the first.
            kinds = []
            for line in open(daemon.log, errors="replace").read().replace("\0", "").splitlines():
                try:
                    kinds.append(json.loads(line).get("event"))
                except ValueError:
                    pass
            return "records-dropped" in kinds
        suite.check("with room again, the log says what was lost", eventually(said, 15), lambda: daemon.tail(600))
        suite.check("and the metrics' file is written", eventually(lambda: os.path.getsize(disk + "/gild.prom") > 0, 10))
        suite.equal("it ends with status 0", daemon.stop()[1], 0)
    must("umount", disk)


def pipe_without_reader(suite, build):
    """A log that nobody reads: the pipe is full and stays so."""
    folder = "/run/pipe-test"
    daemon = Daemon(build, folder, "daemon:\n  socket: SOCKET\n  log: {format: json, metrics_interval: 100ms}\n" + WORKLOADS)
    os.mkfifo(daemon.log)
    reader = os.open(daemon.log, os.O_RDWR | os.O_NONBLOCK)
    with daemon:
        eventually(lambda: len(references_taken(daemon.socket)) == 2, 10)
        time.sleep(1)
        found = rate(daemon.socket, 3)
        suite.check("a log that nobody reads: the counter goes on", found.get("counter", 0) > 0, found)
        suite.check("a log that nobody reads: the printer goes on", found.get("printer", 0) > 0, found)
        seconds, status = daemon.stop()
        suite.check("and it still stops within 5 s", seconds < 5.5 and status == 0, (seconds, status))
    os.close(reader)


def stopped_journal(suite, build):
    write("/etc/gild/gild.yaml", "daemon:\n  log: {metrics_interval: 200ms}\n" + WORKLOADS)
    must("systemctl", "start", "gild.service")
    socket = "/run/gild/gild.sock"
    eventually(lambda: len(references_taken(socket)) == 2, 10)
    usual = rate(socket)
    journald = int(must("systemctl", "show", "--property", "MainPID", "--value", "systemd-journald.service"))
    os.kill(journald, signal.SIGSTOP)
    try:
        time.sleep(1)
        found = rate(socket, 4)
        judge(suite, "stopped journal", usual, found, socket)
        started = time.monotonic()
        suite.equal("stopped journal: gilctl works", run("gilctl", "list").status, 0)
        suite.note("gilctl list took %.2f s" % (time.monotonic() - started))
        wire.call(socket, "io.gild.Workload.Stop", {"name": "printer"})
    finally:
        os.kill(journald, signal.SIGCONT)
    suite.check("when it goes on, the journal is told what was lost",
                eventually(lambda: journal("GILD_EVENT=records-dropped"), 20), lambda: run("journalctl", "-u", "gild", "-n", "5", "--no-pager").output)
    pid = main_pid()
    must("systemctl", "restart", "systemd-journald.service")
    count = len(journal("GILD_EVENT=runtime-metrics"))
    suite.check("after a restart of the journal, records arrive again", eventually(lambda: len(journal("GILD_EVENT=runtime-metrics")) > count, 10))
    suite.equal("the daemon has not been disturbed", main_pid(), pid)
    must("systemctl", "stop", "gild.service", "gild.socket")


def main():
    require_guest()
    suite = Suite("full disk and stopped journal")
    build = sys.argv[1]
    environment = dict(os.environ, PREFIX="/usr", STRIP="")
    subprocess.run(["scripts/install-tree", "install", build], env=environment, check=True, stdout=subprocess.DEVNULL)
    must("systemd-sysusers")
    must("systemctl", "daemon-reload")
    for name, test in (("full file system", full_file_system), ("pipe without a reader", pipe_without_reader), ("stopped journal", stopped_journal)):
        with suite.section(name):
            test(suite, build)
    suite.end()


if __name__ == "__main__":
    main()
