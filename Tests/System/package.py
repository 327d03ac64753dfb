#!/usr/bin/env python3
"""The Debian package: install, start, run, upgrade over itself, remove, install again, purge.

usage (inside scripts/with-systemd): package.py BUILD
"""

import os
import subprocess
import sys

from guest import ROOT, SOCKET, call, journal_tail, main_pid, must, require_guest, run, shown, workloads, write
from tap import Suite, eventually

WORKLOAD = "workloads:\n  - name: mine\n    source: |\n      import time\n      time.sleep(100000)\n"


def is_gone():
    """What of the package is left outside of /etc and dpkg's own lists."""
    found = must("find", "/usr", "/lib/systemd", "/run", "/var/lib", "(", "-path", "/usr/src", "-o", "-path", "/run/systemd", "-o", "-path", "/var/lib/dpkg/info", ")", "-prune", "-o",
                 "(", "-name", "*gild*", "-o", "-name", "*gilctl*", ")", "-print")
    return set(found.split())


def main():
    require_guest()
    suite = Suite("the Debian package")
    build = sys.argv[1]
    before = is_gone()
    # Container images forbid every service with this file; the machine that is tested here is a whole one.
    if os.path.exists("/usr/sbin/policy-rc.d"):
        os.remove("/usr/sbin/policy-rc.d")
    # Without this file dpkg does not index every manual page of the machine after each step.
    if os.path.exists("/var/lib/man-db/auto-update"):
        os.remove("/var/lib/man-db/auto-update")
    with suite.section("making it"):
        made = subprocess.run([os.path.join(ROOT, "scripts", "make-deb"), build, "/tmp/package"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not suite.check("make-deb makes a package", made.returncode == 0, made.stderr):
            suite.end()
        package = made.stdout.strip()
        suite.note("%s, %.1f MiB" % (os.path.basename(package), os.path.getsize(package) / (1 << 20)))
        if run("which", "lintian").status == 0:
            lint = run("lintian", "--allow-root", "--fail-on", "error,warning", package, timeout=300)
            suite.check("lintian finds no error and no warning", lint.status == 0, str(lint))
        else:
            suite.note("lintian is not installed: not asked")
    with suite.section("install"):
        done = run("dpkg", "--install", package, timeout=300)
        suite.check("dpkg installs it", done.status == 0, str(done))
        suite.equal("the socket listens and is enabled", (shown("gild.socket", "ActiveState"), shown("gild.socket", "UnitFileState")), ("active", "enabled"))
        suite.equal("the service runs and is enabled", (shown("gild.service", "ActiveState"), shown("gild.service", "UnitFileState")), ("active", "enabled"))
        suite.check("gilctl ping", run("gilctl", "ping").status == 0, journal_tail)
        suite.equal("there is a group", run("getent", "group", "gild").status, 0)
        suite.check("the manual pages are found", run("man", "--path", "gild", "gilctl").status == 0, str(run("man", "--path", "gild", "gilctl")))
        suite.equal("what is installed is what was packed", run("dpkg", "--verify", "gild").output, "")
        verify = run("systemd-analyze", "verify", "gild.service", "gild.socket", "gild@test.service", "gild@test.socket")
        suite.check("systemd-analyze verify prints nothing", verify.status == 0 and verify.output == "", str(verify))
        suite.check("the shipped configuration is valid", run("gild", "check", "/etc/gild/gild.yaml").status == 0, str(run("gild", "check", "/etc/gild/gild.yaml")))
    with suite.section("run"):
        write("/etc/gild/conf.d/mine.yaml", WORKLOAD)
        must("systemctl", "reload", "gild.service")
        suite.check("a workload of conf.d runs", eventually(lambda: workloads()["mine"]["state"] == "running", 10), journal_tail)
        done = run("gilctl", "run", "/usr/share/doc/gild/examples/hello.py")
        suite.check("gilctl run runs an example", done.status == 0, str(done))
        done = run("gild", "run", "/usr/share/doc/gild/examples/hello.py")
        suite.check("gild run runs it too", done.status == 0, str(done))
    with suite.section("upgrade over itself"):
        pid = main_pid()
        with open("/etc/gild/gild.yaml", "a") as file:
            file.write("# a line of the administrator\n")
        done = run("dpkg", "--install", package, timeout=300)
        suite.check("dpkg upgrades it", done.status == 0, str(done))
        suite.check("the new version runs", shown("gild.service", "ActiveState") == "active" and main_pid() != pid, journal_tail)
        suite.check("with its workloads", eventually(lambda: workloads()["mine"]["state"] == "running", 10), journal_tail)
        suite.check("the administrator's configuration is kept", "administrator" in open("/etc/gild/gild.yaml").read())
    with suite.section("an upgrade leaves a disabled service alone"):
        must("systemctl", "disable", "--now", "gild.service")
        must("dpkg", "--install", package, timeout=300)
        suite.equal("it stays disabled and down", (shown("gild.service", "UnitFileState"), shown("gild.service", "ActiveState")), ("disabled", "inactive"))
        must("systemctl", "enable", "--now", "gild.service")
    with suite.section("remove"):
        done = run("dpkg", "--remove", "gild", timeout=300)
        suite.check("dpkg removes it", done.status == 0, str(done))
        suite.equal("nothing of it runs", run("pgrep", "-x", "gild").status, 1)
        suite.check("the socket is gone", not os.path.exists(SOCKET))
        suite.check("the configuration is kept", os.path.exists("/etc/gild/gild.yaml") and os.path.exists("/etc/gild/conf.d/mine.yaml"))
        suite.equal("systemd has no failed unit", run("systemctl", "--failed", "--no-legend", "--plain").output.strip(), "")
    with suite.section("install again, purge"):
        must("dpkg", "--install", package, timeout=300)
        suite.check("it runs again", call("io.gild.Daemon.Ping") == {} and eventually(lambda: workloads()["mine"]["state"] == "running", 10), journal_tail)
        os.remove("/etc/gild/conf.d/mine.yaml")
        done = run("dpkg", "--purge", "gild", timeout=300)
        suite.check("dpkg purges it", done.status == 0, str(done))
        suite.check("the configuration is gone", not os.path.exists("/etc/gild"), lambda: run("find", "/etc/gild").output)
        suite.equal("nothing is left", sorted(is_gone() - before), [])
        links = must("find", "/etc/systemd", "-name", "*gild*").split()
        suite.equal("nor a link of an enabled unit", links, [])
        status = run("dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}", "gild")
        suite.check("dpkg does not know it any more", status.status != 0 or status.output.strip() == "un", str(status))
    suite.end()


if __name__ == "__main__":
    main()
