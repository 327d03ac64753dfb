"""What the tests inside the throwaway machine share: commands, units, users, the journal. They run as root there."""

import json
import os
import subprocess
import sys

import wire

SOCKET = "/run/gild/gild.sock"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def require_guest():
    """These tests add users and replace units: never outside of with-systemd."""
    if os.environ.get("container") != "with-systemd" or os.path.realpath("/proc/1/exe") != os.path.realpath("/lib/systemd/systemd"):
        sys.exit("%s: run it through scripts/with-systemd" % sys.argv[0])


class Done:
    def __init__(self, command, process):
        self.command, self.status, self.output = command, process.returncode, process.stdout

    def __str__(self):
        return "$ %s\nstatus %d\n%s" % (" ".join(self.command), self.status, self.output)


def run(*command, user=None, timeout=60, stdin=None):
    """A command with its output and standard error in one text; `user` with the groups that the user has."""
    if user:
        command = ("setpriv", "--reuid", user, "--regid", user, "--init-groups", "--") + command
    return Done(command, subprocess.run(command, stdin=subprocess.DEVNULL if stdin is None else None, input=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout))


def must(*command, **options):
    done = run(*command, **options)
    if done.status:
        raise RuntimeError(str(done))
    return done.output


def shown(unit, name):
    """A property of a unit, as text."""
    return must("systemctl", "show", "--property", name, "--value", unit).strip()


def main_pid(unit="gild.service"):
    return int(shown(unit, "MainPID"))


def call(method, parameters=None, socket=SOCKET, timeout=20):
    return wire.call(socket, method, parameters, timeout)


def workloads(socket=SOCKET):
    return {entry["name"]: entry for entry in call("io.gild.Workload.List", socket=socket)["workloads"]}


def journal(*matches):
    """Records of the journal with these fields (FIELD=value), oldest first."""
    must("journalctl", "--sync")
    return [json.loads(line) for line in must("journalctl", "--output=json", "--quiet", "--no-pager", "--all", *matches).splitlines()]


def journal_tail(unit="gild.service"):
    return run("journalctl", "--unit", unit, "--no-pager", "--lines=40").output


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def drop_in(unit, text):
    write("/etc/systemd/system/%s.d/test.conf" % unit, text)
    must("systemctl", "daemon-reload")


def no_drop_in(unit):
    try:
        os.remove("/etc/systemd/system/%s.d/test.conf" % unit)
    except FileNotFoundError:
        pass
    must("systemctl", "daemon-reload")
