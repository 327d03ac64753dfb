#!/usr/bin/env python3
"""gild under systemd as process 1: every promise of the units, one after the other.

usage (inside scripts/with-systemd): unit.py BUILD
"""

import os
import re
import signal
import stat
import subprocess
import sys
import time

import wire
from guest import (ROOT, SOCKET, call, drop_in, journal, journal_tail, main_pid, must, no_drop_in, require_guest, run, shown,
                   workloads, write)
from tap import Suite, eventually

# Arithmetic on numbers of this size is one step of the interpreter: minutes without a checkpoint.
HANG = "x = pow(7 ** 300000, 3 ** 300000, 11 ** 300000 + 1)"

STEADY = """
  - name: steady
    source: |
      import time
      n = 0
      while True:
          n += 1
          time.sleep(0.001)
"""
CHANGING = """
  - name: changing
    args: ["%s"]
    source: |
      import sys, time
      print("changing", sys.argv[1], flush=True)
      time.sleep(100000)
"""
ON_DEMAND = """
  - name: hang
    autostart: false
    source: |
      %s
  - name: burn
    autostart: false
    source: |
      while True: pass
  - name: speaker
    autostart: false
    source: |
      print("first\\nPRIORITY=0\\nMESSAGE_ID=00000000000000000000000000000000\\n\\x1b[31mred\\u202eabc", flush=True)
  - name: logger
    autostart: false
    source: |
      import gild
      gild.log("said by the script", level="warning")
  - name: failing
    autostart: false
    source: |
      raise ValueError("on purpose")
""" % HANG


def configuration(changing="one", more="", daemon=""):
    return "daemon:\n  log: {metrics_interval: 200ms}\n%sworkloads:\n" % daemon + STEADY + CHANGING % changing + ON_DEMAND + more


def configure(text, path="/etc/gild/gild.yaml"):
    write(path, text)


def is_active(unit="gild.service"):
    return shown(unit, "ActiveState") == "active"


def activation(suite):
    configure(configuration())
    must("systemctl", "start", "gild.socket")
    suite.equal("the socket listens and the service does not run", (shown("gild.socket", "SubState"), shown("gild.service", "ActiveState")),
                ("listening", "inactive"))
    status = os.stat(SOCKET)
    import grp
    suite.equal("the socket is 0660 and belongs to group gild",
                ("%o" % (status.st_mode & 0o777), grp.getgrgid(status.st_gid).gr_name, stat.S_ISSOCK(status.st_mode)), ("660", "gild", True))
    ping = run("gilctl", "ping")
    suite.check("the first gilctl ping is answered", ping.status == 0, lambda: str(ping) + journal_tail())
    suite.equal("and has started the service", shown("gild.service", "ActiveState"), "active")


def readiness(suite):
    suite.check("systemctl knows the state in words", shown("gild.service", "StatusText") != "", lambda: str(run("systemctl", "status", "gild")))
    suite.note("StatusText: " + shown("gild.service", "StatusText"))
    status = call("io.gild.Daemon.Status")
    suite.equal("the daemon is the main process", status["pid"], main_pid())
    uid = os.stat("/proc/%d" % main_pid()).st_uid
    suite.check("it runs as a user of its own", uid >= 61184, uid)
    with open("/proc/%d/status" % main_pid()) as file:
        fields = dict(line.split(":", 1) for line in file)
    suite.equal("it has no capability", fields["CapEff"].strip(), "0" * 16)
    suite.equal("it cannot gain privileges", fields["NoNewPrivs"].strip(), "1")
    started = eventually(lambda: workloads()["steady"]["state"] == "running", 10)
    suite.check("its workloads run", started, workloads())
    suite.equal("the memory is not executable and writable at once",
                [line for line in open("/proc/%d/maps" % main_pid()) if re.match(r"\S+ .wx", line)], [])


def reload(suite):
    eventually(lambda: workloads()["changing"]["state"] == "running", 10)
    pid, before = main_pid(), workloads()
    configure(configuration(changing="two", more="""
  - name: added
    source: |
      print("added")
"""))
    done = run("systemctl", "reload", "gild.service")
    suite.check("systemctl reload succeeds", done.status == 0, lambda: str(done) + journal_tail())
    after = workloads()
    suite.equal("the process is the same", main_pid(), pid)
    suite.equal("the service is active again", shown("gild.service", "ActiveState"), "active")
    suite.check("a new workload is there", "added" in after, sorted(after))
    suite.check("a changed workload has a new run", eventually(lambda: workloads()["changing"]["run"] > before["changing"]["run"], 10),
                lambda: (before["changing"], workloads()["changing"]))
    suite.equal("an unchanged one keeps its run", after["steady"]["run"], before["steady"]["run"])
    printed = eventually(lambda: [line["text"] for line in call("io.gild.Workload.Logs", {"name": "changing"})["lines"]][-1:] == ["changing two"], 10)
    suite.check("the new definition is what runs", printed, lambda: str(call("io.gild.Workload.Logs", {"name": "changing"})))

    configure(configuration(changing="three"))
    os.kill(pid, signal.SIGHUP)
    suite.check("SIGHUP does the same", eventually(lambda: "added" not in workloads(), 10), lambda: journal_tail())
    suite.check("and the service is active, not reloading, after it", eventually(is_active, 10), shown("gild.service", "ActiveState"))
    suite.equal("with the process that it had", main_pid(), pid)


def invalid_reload(suite):
    pid, before = main_pid(), workloads()
    text = configuration(changing="four") + "  - nmae: misspelt\n    source: pass\n"
    line = text[:text.index("nmae")].count("\n") + 1
    configure(text)
    done = run("systemctl", "reload", "gild.service")
    suite.check("systemctl reload fails", done.status != 0, str(done))
    suite.equal("the service goes on with the same process", (shown("gild.service", "ActiveState"), main_pid()), ("active", pid))
    after = workloads()
    suite.equal("nothing was changed", {name: (entry["run"] if "run" in entry else None) for name, entry in after.items()},
                {name: (entry["run"] if "run" in entry else None) for name, entry in before.items()})
    where = "gild.yaml:%d:" % line
    status = run("systemctl", "status", "--no-pager", "--full", "--lines=30", "gild.service").output
    suite.check("systemctl status says where", where in status, status)
    records = journal("GILD_EVENT=reload-failed")
    suite.check("the journal has the refusal as one record", records and where in records[-1]["MESSAGE"] and "name" in records[-1]["MESSAGE"], records)
    suite.equal("with the priority of an error", records[-1]["PRIORITY"], "3")
    last = call("io.gild.Daemon.Status")["last_reload"]
    suite.equal("the daemon's status says so too", last["is_applied"], False)
    os.kill(pid, signal.SIGHUP)
    suite.check("SIGHUP is refused too and leaves it active",
                eventually(lambda: len(journal("GILD_EVENT=reload-failed")) > len(records), 10) and eventually(is_active, 10), journal_tail)
    configure(configuration(changing="three"))
    must("systemctl", "reload", "gild.service")


def records(suite):
    call("io.gild.Workload.Start", {"name": "speaker"})
    call("io.gild.Workload.Wait", {"name": "speaker"})
    call("io.gild.Workload.Start", {"name": "failing"})
    call("io.gild.Workload.Wait", {"name": "failing"})
    ready = eventually(lambda: journal("GILD_EVENT=ready"), 10)
    suite.check("a ready daemon writes one record", ready and re.fullmatch("[0-9a-f]{32}", ready[-1].get("MESSAGE_ID", "")), ready)
    same = journal("MESSAGE_ID=" + ready[-1]["MESSAGE_ID"])
    suite.check("its MESSAGE_ID finds this kind of event only", same and {entry["GILD_EVENT"] for entry in same} == {"ready"}, same)
    suite.equal("it came from the daemon over the native protocol", (ready[-1]["_TRANSPORT"], ready[-1]["_SYSTEMD_UNIT"], ready[-1]["SYSLOG_IDENTIFIER"]),
                ("journal", "gild.service", "gild"))
    identifiers = {}
    for entry in journal("_SYSTEMD_UNIT=gild.service"):
        if "GILD_EVENT" in entry:
            identifiers.setdefault(entry["GILD_EVENT"], set()).add(entry.get("MESSAGE_ID"))
    suite.note("kinds of events: " + ", ".join(sorted(identifiers)))
    suite.check("every kind of event has one MESSAGE_ID of its own",
                all(len(found) == 1 for found in identifiers.values()) and len({next(iter(found)) for found in identifiers.values()}) == len(identifiers),
                identifiers)

    output = eventually(lambda: [entry for entry in journal("GILD_EVENT=output", "GILD_WORKLOAD=speaker")], 10)
    suite.check("what a script prints cannot forge a record or a field",
                output and all(entry["PRIORITY"] != "0" and entry["MESSAGE_ID"] == output[0]["MESSAGE_ID"] for entry in output), output)
    messages = [entry["MESSAGE"] for entry in output or []]
    suite.check("control characters and direction marks are escaped",
                messages and not any(re.search("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text) for text in messages if isinstance(text, str))
                and all(isinstance(text, str) for text in messages), messages)
    failed = eventually(lambda: journal("GILD_EVENT=workload-failed", "GILD_WORKLOAD=failing"), 10)
    suite.check("a failed run is an error with its status", failed and failed[-1]["PRIORITY"] == "3", failed)
    suite.check("a run leaves its report", eventually(lambda: journal("GILD_EVENT=report", "GILD_WORKLOAD=failing"), 10), journal_tail)
    metrics = eventually(lambda: journal("GILD_EVENT=runtime-metrics", "GILD_RUNTIME=main"), 10)
    suite.check("each interval has a record of the runtime's figures", metrics and metrics[-1].get("GILD_REGIME") == "gil", metrics[-1:] if metrics else "none")
    if metrics:
        suite.note("fields of runtime-metrics: " + ", ".join(sorted(name for name in metrics[-1] if name.startswith("GILD_"))))
    call("io.gild.Workload.Start", {"name": "logger"})
    said = eventually(lambda: journal("GILD_EVENT=script-log", "GILD_WORKLOAD=logger"), 10)
    suite.check("gild.log has the script's level", said and said[-1]["PRIORITY"] == "4" and said[-1]["MESSAGE"].endswith("said by the script"), said)


def peers(suite):
    run("groupadd", "operators")
    for user, groups in (("member", "gild"), ("changer", "gild,operators"), ("outsider", "users")):
        must("useradd", "--user-group", "--groups", groups, user)

    def status(user, *arguments):
        return run("gilctl", *arguments, user=user)
    suite.equal("root reads", status("root", "ping").status, 0)
    suite.equal("root changes", status("root", "restart", "changing").status, 0)
    suite.equal("a member of gild reads", status("member", "ping").status, 0)
    done = status("member", "restart", "changing")
    suite.check("a member of gild changes, as the default says", done.status == 0, str(done))
    done = status("outsider", "ping")
    suite.check("an outsider cannot connect: status 3", done.status == 3, str(done))
    suite.check("and is told why", "ermission denied" in done.output, done.output)

    configure(configuration(changing="three", daemon="  group: operators\n"))
    must("systemctl", "restart", "gild.service")
    eventually(lambda: workloads()["changing"]["state"] == "running", 10)
    done = status("member", "ping")
    suite.check("with another group for changes, a member of gild still reads", done.status == 0, str(done))
    run_before = workloads()["changing"]["run"]
    done = status("member", "restart", "changing")
    suite.check("but is refused a change: status 1", done.status == 1, str(done))
    suite.check("and is told which group may", "operators" in done.output, done.output)
    suite.equal("and nothing was changed", workloads()["changing"]["run"], run_before)
    for arguments in (("stop", "changing"), ("remove", "changing"), ("reload",), ("shutdown",), ("lock", "set-interval", "1ms"), ("heap", "collect"),
                      ("exec", "-c", "print(1)")):
        done = status("member", *arguments)
        suite.check("a reader's `gilctl %s` is refused" % " ".join(arguments), done.status == 1, str(done))
    done = status("changer", "restart", "changing")
    suite.check("a member of that group changes", done.status == 0, str(done))
    done = status("root", "restart", "changing")
    suite.check("root changes: the daemon sees uids as they are", done.status == 0, str(done))
    configure(configuration(changing="three"))
    must("systemctl", "restart", "gild.service")


def crash(suite):
    pid, restarts = main_pid(), int(shown("gild.service", "NRestarts"))
    os.kill(pid, signal.SIGKILL)
    started = time.monotonic()
    suite.check("after kill -9 a client that comes at once is answered", run("gilctl", "ping").status == 0, journal_tail)
    suite.note("answered %.2f s after the kill" % (time.monotonic() - started))
    suite.equal("by a new process", (main_pid() not in (0, pid), int(shown("gild.service", "NRestarts"))), (True, restarts + 1))
    suite.check("its workloads run again", eventually(lambda: workloads()["steady"]["state"] == "running", 10), workloads())


def plugin_crash(suite):
    """A plugin shares the daemon's memory, and its crash is the daemon's."""
    plugin = "/usr/lib/test-plugins/crash.so"
    os.makedirs(os.path.dirname(plugin), mode=0o755, exist_ok=True)
    must("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-fPIC", "-shared", "-pthread", "-I", os.path.join(ROOT, "Sources/CGildPlugin/include"),
         "-o", plugin, os.path.join(ROOT, "Tests/Plugins/crash.c"))
    os.chmod(plugin, 0o644)
    crasher = "  - name: crasher\n    autostart: false\n    source: |\n      import crash\n      crash.null()\n"
    configure("plugins:\n  - path: %s\n" % plugin + configuration(more=crasher))
    must("systemctl", "restart", "gild.service")
    pid, restarts = main_pid(), int(shown("gild.service", "NRestarts"))
    try:
        call("io.gild.Workload.Start", {"name": "crasher"})
    except (OSError, EOFError):
        pass  # The crash may come before the answer.
    again = eventually(lambda: int(shown("gild.service", "NRestarts")) == restarts + 1 and main_pid() not in (0, pid), 10)
    suite.check("a plugin that crashes ends the daemon, and systemd starts it again", again, journal_tail)
    told = [record for record in journal("GILD_EVENT=crashed") if record["_PID"] == str(pid)]
    suite.equal("its last record names signal, plugin and function",
                [(record["GILD_SIGNAL"], record["GILD_PLUGIN"], record["GILD_FUNCTION"], record["PRIORITY"]) for record in told],
                [("SIGSEGV", "crash", "null", "2")])
    suite.check("and the place in its file", told and told[0]["GILD_PLACE"].startswith("crash.so+0x"), told)
    suite.check("the new daemon's workloads run", eventually(lambda: workloads()["steady"]["state"] == "running", 10), workloads())
    configure(configuration())
    must("systemctl", "restart", "gild.service")


def watchdog(suite):
    drop_in("gild.service", "[Service]\nWatchdogSec=2s\n")
    must("systemctl", "restart", "gild.service")
    pid = main_pid()
    call("io.gild.Workload.Start", {"name": "burn"})
    time.sleep(5)
    suite.equal("a runtime that is only busy keeps the watchdog fed", main_pid(), pid)
    call("io.gild.Workload.Stop", {"name": "burn"})
    restarts = int(shown("gild.service", "NRestarts"))
    call("io.gild.Workload.Start", {"name": "hang"})
    answered = call("io.gild.Daemon.Ping")
    suite.equal("a hanging runtime does not keep the daemon from answering", answered, {})
    killed = eventually(lambda: int(shown("gild.service", "NRestarts")) > restarts, 20, 0.2)
    suite.check("a runtime that hangs gets the daemon killed and started again", killed, journal_tail)
    suite.check("because of the watchdog", "watchdog" in journal_tail().lower(), journal_tail)
    suite.check("the journal says which runtime hung", journal("GILD_EVENT=runtime-hung"), journal_tail)
    suite.check("the new one is ready", eventually(lambda: run("gilctl", "ping").status == 0, 10) and main_pid() not in (0, pid), journal_tail)
    no_drop_in("gild.service")
    must("systemctl", "restart", "gild.service")


def stop(suite, hanging):
    what = " while a runtime hangs" if hanging else " with workloads that burn and sleep"
    call("io.gild.Daemon.Ping")
    call("io.gild.Workload.Start", {"name": "hang" if hanging else "burn"})
    with wire.Connection(SOCKET) as idle:
        idle.call("io.gild.Daemon.Ping")
        started = time.monotonic()
        must("systemctl", "stop", "gild.service")
        seconds = time.monotonic() - started
    suite.check("it stops within 5 s" + what, seconds < 5.5, "%.2f s" % seconds)
    suite.equal("by itself" + what, (shown("gild.service", "Result"), shown("gild.service", "ExecMainStatus")), ("success", "0"))
    suite.note("%.2f s" % seconds)
    suite.check("the socket outlives the service", os.path.exists(SOCKET))
    suite.check("and starts it again", run("gilctl", "ping").status == 0, journal_tail)


def shutdown(suite):
    done = run("gilctl", "shutdown")
    suite.check("gilctl shutdown ends it", done.status == 0 and eventually(lambda: shown("gild.service", "ActiveState") == "inactive", 10), str(done))
    suite.equal("and it stays down: that was no failure", shown("gild.service", "Result"), "success")
    suite.check("until somebody calls", run("gilctl", "ping").status == 0, journal_tail)


def bad_start(suite):
    must("systemctl", "stop", "gild.service", "gild.socket")
    configure("workloads: [{name: a, sorce: x}]\n")
    must("systemctl", "start", "gild.socket")
    run("systemctl", "start", "gild.service")
    suite.check("an invalid configuration fails the start", eventually(lambda: shown("gild.service", "ActiveState") == "failed", 20), shown("gild.service", "ActiveState"))
    suite.equal("with EX_CONFIG", shown("gild.service", "ExecMainStatus"), "78")
    suite.check("and says what is wrong", "gild.yaml:1:" in journal_tail() and "source" in journal_tail(), journal_tail)
    suite.equal("and is not tried again", int(shown("gild.service", "NRestarts")), 0)
    configure(configuration())
    run("systemctl", "reset-failed", "gild.service", "gild.socket")
    must("systemctl", "restart", "gild.socket")
    suite.check("a repaired one starts", run("gilctl", "ping").status == 0, journal_tail)


def instances(suite):
    for name in ("blue", "green-2"):
        configure("workloads:\n  - name: %s\n    source: |\n      import time\n      time.sleep(100000)\n" % name, "/etc/gild/%s.yaml" % name)
        must("systemctl", "start", "gild@%s.socket" % name)
        socket = "/run/gild-%s/gild.sock" % name
        done = run("gilctl", "--socket", socket, "ping")
        suite.check("gilctl reaches instance %s" % name, done.status == 0, lambda: str(done) + journal_tail("gild@%s.service" % name))
        suite.equal("which has its own workloads", sorted(workloads(socket)), [name])
        done = run("systemctl", "reload", "gild@%s.service" % name)
        suite.check("and reloads", done.status == 0, lambda: str(done) + journal_tail("gild@%s.service" % name))
    users = {os.stat("/proc/%d" % main_pid(unit)).st_uid for unit in ("gild.service", "gild@blue.service", "gild@green-2.service")}
    suite.equal("three instances are three users", len(users), 3)
    must("systemctl", "stop", "gild@blue.socket", "gild@blue.service")
    suite.check("one stops alone", run("gilctl", "ping").status == 0 and run("gilctl", "--socket", "/run/gild-green-2/gild.sock", "ping").status == 0)
    suite.equal("and is gone: status 3", run("gilctl", "--socket", "/run/gild-blue/gild.sock", "ping").status, 3)
    must("systemctl", "stop", "gild@green-2.socket", "gild@green-2.service")


def textfile(suite):
    configure(configuration(daemon="  metrics: {textfile: /run/gild.metrics/gild.prom}\n"))
    must("systemctl", "restart", "gild.service")
    path = "/run/gild.metrics/gild.prom"
    suite.check("the metrics' file is written", eventually(lambda: os.path.getsize(path) > 0, 10), journal_tail)
    done = run("cat", path, user="outsider")
    suite.check("and readable by another service's user", done.status == 0 and "gild_gil_hold_seconds" in done.output, str(done))
    configure(configuration())
    must("systemctl", "restart", "gild.service")


def units(suite):
    names = ["gild.service", "gild.socket", "gild@test.service", "gild@test.socket"]
    verify = run("systemd-analyze", "verify", *names)
    suite.check("systemd-analyze verify prints nothing", verify.status == 0 and verify.output == "", str(verify))
    folder = os.path.dirname(shown("gild.service", "FragmentPath"))
    for unit in ("gild.service", "gild@.service"):
        done = run("systemd-analyze", "security", "--offline=true", "--threshold=10", os.path.join(folder, unit))
        exposure = re.search(r"Overall exposure level[^:]*: ([0-9.]+)", done.output)
        suite.check("%s: exposure at most 1.0" % unit, exposure and float(exposure.group(1)) <= 1.0, str(done))
        suite.note("%s: %s" % (unit, exposure.group(1) if exposure else "?"))
        suite.equal("%s leaves peers' uids as they are" % unit, shown(unit.replace("@.", "@test."), "PrivateUsers"), "no")
    sandboxes = [open(os.path.join(folder, unit)).read().split("# The sandbox")[1].split("[Install]")[0] for unit in ("gild.service", "gild@.service")]
    suite.equal("an instance has the same sandbox", sandboxes[1], sandboxes[0])
    enable = run("systemctl", "enable", "gild.service", "gild@test.service")
    suite.check("the units can be enabled", enable.status == 0 and shown("gild.socket", "UnitFileState") == "enabled"
                and shown("gild@test.socket", "UnitFileState") == "enabled", str(enable))
    disable = run("systemctl", "disable", "gild.service", "gild@test.service")
    suite.check("and disabled", disable.status == 0 and shown("gild.socket", "UnitFileState") == "disabled", str(disable))


def named_gild():
    return set(must("find", "/usr", "-name", "*gild*", "-o", "-name", "*gilctl*").split())


def main():
    require_guest()
    suite = Suite("gild under systemd")
    build = sys.argv[1]
    with suite.section("make install"):
        environment = dict(os.environ, PREFIX="/usr", STRIP="")
        before = named_gild()
        subprocess.run([os.path.join(ROOT, "scripts", "install-tree"), "install", build], env=environment, check=True, stdout=subprocess.DEVNULL)
        must("systemd-sysusers")
        must("systemctl", "daemon-reload")
        suite.check("it installs the programs", os.path.exists("/usr/bin/gild") and os.path.exists("/usr/bin/gilctl"))
    for name, test in (
            ("units", units), ("socket activation", activation), ("readiness", readiness), ("reload", reload), ("an invalid reload", invalid_reload),
            ("the journal", records), ("peers", peers), ("kill -9", crash), ("a plugin that crashes", plugin_crash), ("textfile", textfile), ("shutdown", shutdown), ("watchdog", watchdog),
            ("stop", lambda suite: stop(suite, False)), ("stop of a hanging runtime", lambda suite: stop(suite, True)),
            ("a start with an invalid configuration", bad_start), ("instances", instances)):
        with suite.section(name):
            # One test's deaths are not counted against the next one's starts.
            run("systemctl", "reset-failed", "gild.service", "gild.socket")
            test(suite)
    with suite.section("make uninstall"):
        must("systemctl", "stop", "gild.socket", "gild.service")
        subprocess.run([os.path.join(ROOT, "scripts", "install-tree"), "uninstall", build], env=environment, check=True, stderr=subprocess.DEVNULL)
        suite.equal("it leaves nothing under its prefix", sorted(named_gild() - before), [])
        suite.check("and keeps the configuration", os.path.exists("/etc/gild/gild.yaml"))
    suite.end()


if __name__ == "__main__":
    main()
