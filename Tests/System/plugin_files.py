#!/usr/bin/env python3
"""Which files gild loads as plugins: every owner, group and mode of the file and of each folder above it, links, other kinds of files, and
files and folders that change places while they are loaded.

usage: plugin_files.py BUILD | --can

It runs in a user namespace of its own, where it is root and can make files of any owner, and there in a small root file system (tmpfs) with
the machine's folders bound into it, so that the root directory, too, is as the cases want it. That takes root, or newuidmap with a range of
subordinate numbers: --can says whether it can run here (status 0), and what is missing otherwise.

What must come of a case is computed here from the rule in docs/plugins.md, not by asking gild: the file is regular, nothing on the way is
a link, and it and every folder above belong to root or to the user who runs gild, and can be written by nobody else.
"""

import ctypes
import itertools
import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Suite

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
AT_FDCWD, RENAME_EXCHANGE = -100, 2
SUPER, RUNNER, OTHER = 0, 1000, 1001
NAMES = {SUPER: "root", RUNNER: "the user", OTHER: "somebody else"}

EVIL = r"""
#include <unistd.h>
__attribute__((constructor)) static void begin(void) { (void)!write(1, "EVIL\n", 5); }
int gild_plugin_init(void) { return -1; }
"""


def call(name, *arguments):
    if getattr(LIBC, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))


# ---- The namespace ----

def map_numbers(process):
    """Let numbers 0 to 65535 of the child's namespace be numbers of this one. Raises OSError with what is missing."""
    if os.geteuid() == 0:
        for kind in ("uid", "gid"):
            with open("/proc/%d/%s_map" % (process, kind), "w") as out:
                out.write("0 100000 65536\n")
        return
    for kind in ("uid", "gid"):
        own = os.getuid() if kind == "uid" else os.getgid()
        name = os.environ.get("USER", str(own))
        with open("/etc/sub" + kind) as source:
            ranges = [line.strip().split(":") for line in source if line.split(":")[0] in (name, str(own))]
        if not ranges or int(ranges[0][2]) < 2000:
            raise OSError("no range for %s in /etc/sub%s" % (name, kind))
        subprocess.run(["new%smap" % kind, str(process), "0", str(own), "1", "1", ranges[0][1], ranges[0][2]], check=True, stderr=subprocess.PIPE)


def in_namespace(body):
    """Run body() as root of a new user namespace with a mount namespace, in a child. Its status. Nothing may be imported there: Python's own
    modules may be out of reach."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        os.close(ready[0])
        os.close(go[1])
        try:
            call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
            os.write(ready[1], b"x")
            if os.read(go[0], 1) != b"x":
                os._exit(1)
            os.setgroups([])
            os.setresgid(0, 0, 0)
            os.setresuid(0, 0, 0)
            status = body() or 0
        except SystemExit as leaving:
            status = leaving.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    os.close(ready[1])
    os.close(go[0])
    try:
        if os.read(ready[0], 1) != b"x":
            raise OSError("a user namespace cannot be made")
        map_numbers(child)
        os.write(go[1], b"x")
    except (OSError, subprocess.CalledProcessError):
        os.close(go[1])
        os.waitpid(child, 0)
        raise
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def enter_root(place):
    """Make a tmpfs at `place` the root directory, with the machine's folders bound into it."""
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"none", place.encode(), b"tmpfs", 0, b"mode=0755")
    for name in os.listdir("/"):
        path, inside = "/" + name, os.path.join(place, name)
        if os.path.islink(path):
            os.symlink(os.readlink(path), inside)
        elif os.path.isdir(path):
            os.mkdir(inside)
            try:
                call("mount", path.encode(), inside.encode(), None, MS_BIND | MS_REC, None)
            except OSError:
                pass  # not for us: what is needed was copied
    os.chroot(place)
    os.chdir("/")


# ---- Cases ----

class Case:
    """/case/folder/plugin.so, as trustworthy as can be, in a fresh place each time."""

    numbers = itertools.count()

    def __init__(self, library):
        self.top = "/case-%d" % next(self.numbers)
        self.folder = self.top + "/folder"
        self.file = self.folder + "/plugin.so"
        os.mkdir(self.top)
        os.mkdir(self.folder)
        shutil.copyfile(library, self.file)
        for path in (self.top, self.folder):
            os.chmod(path, 0o755)
        os.chmod(self.file, 0o644)

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        shutil.rmtree(self.top)


def steps(path):
    """The root directory, every folder on the way, and the path itself."""
    found = ["/"]
    for name in path.strip("/").split("/"):
        found.append(found[-1].rstrip("/") + "/" + name)
    return found


def may_load(path, user, group):
    """(whether the rule lets `user` load the file, why not) - and whether the user can get at it at all."""
    for step in steps(path):
        information = os.lstat(step)
        is_last = step == path
        if not (stat.S_ISREG if is_last else stat.S_ISDIR)(information.st_mode):
            return False, "%s is of another kind" % step
        if information.st_uid not in (0, user):
            return False, "%s belongs to somebody else" % step
        if information.st_mode & 0o022:
            return False, "%s is writable for others" % step
        bits = information.st_mode >> (6 if information.st_uid == user else 3 if information.st_gid == group else 0)
        if user != 0 and not bits & (4 if is_last else 1):
            return False, "%s is out of reach" % step
    return True, ""


class Gild:
    def __init__(self, program, script):
        self.program, self.script = program, script

    def load(self, path, user=RUNNER):
        """"loaded", "refused", or what else happened."""
        done = subprocess.run([self.program, "run", "--plugin", path, self.script], capture_output=True, text=True, timeout=120,
                              user=user, group=user, extra_groups=[], env={"PATH": "/usr/bin:/bin", "HOME": "/", "SWIFT_BACKTRACE": "enable=no"}, cwd="/")
        if "EVIL" in done.stdout:
            return "EVIL CODE RAN"
        if done.returncode == 0 and done.stdout == "ran\n":
            return "loaded"
        if done.returncode == 2 and done.stdout == "" and done.stderr.startswith("gild: plugin %s: " % path):
            return "refused"
        return "status %d, %r, %r" % (done.returncode, done.stdout, done.stderr)


def matrix(suite, gild, library, pool):
    """Owner, group and mode of the file, its folder, the folder above and the root directory."""
    every_mode = [user | group << 3 | other for user in (0o600, 0o700) for group in range(8) for other in range(8)]
    some_modes = [0o755, 0o711, 0o700, 0o750, 0o775, 0o757, 0o777, 0o1777, 0o2755, 0o2775, 0o722, 0o720, 0o702, 0o555, 0o500]

    def one(case):
        which, owner, group, mode, user = case
        with Case(library) as made:
            path = {"file": made.file, "folder": made.folder, "folder above": made.top}[which]
            os.chown(path, owner, group)
            os.chmod(path, mode)
            should, why = may_load(made.file, user, user)
            outcome = gild.load(made.file, user)
        shown = "%s of %s, group %d, mode %o, run by %s" % (which, NAMES[owner], group, mode, NAMES[user])
        return None if outcome == ("loaded" if should else "refused") else "%s: %s, but the rule says %s (%s)" % (shown, outcome, should, why), should

    for which in ("file", "folder", "folder above"):
        modes = every_mode if which == "file" else [0o700 | mode & 0o77 for mode in every_mode[:64]] + some_modes if which == "folder" else some_modes
        cases = [(which, owner, owner, mode, user) for owner in NAMES for mode in modes for user in (RUNNER, SUPER)]
        cases += [(which, owner, group, mode, RUNNER) for owner in (SUPER, RUNNER) for group in NAMES for mode in some_modes if group != owner]
        outcomes = list(pool.map(one, cases))
        wrong = [text for text, _ in outcomes if text]
        good = sum(should for _, should in outcomes)
        suite.check("the %s: %d cases, of which %d may be loaded, are as the rule says" % (which, len(cases), good), not wrong and 0 < good < len(cases),
                    "\n".join(wrong[:20]))

    with Case(library) as made:
        wrong = []
        for mode, owner in [(0o755, 0), (0o775, 0), (0o757, 0), (0o1777, 0), (0o755, OTHER), (0o755, RUNNER)]:
            os.chown("/", owner, owner)
            os.chmod("/", mode)
            should, why = may_load(made.file, RUNNER, RUNNER)
            outcome = gild.load(made.file)
            if outcome != ("loaded" if should else "refused"):
                wrong.append("root directory of %s, mode %o: %s (%s)" % (NAMES[owner], mode, outcome, why))
        os.chown("/", 0, 0)
        os.chmod("/", 0o755)
        suite.check("the root directory itself is one of the folders", not wrong, "\n".join(wrong))


def acl(entries):
    """The bytes of a POSIX access list: (tag, rights, number)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def access_lists(suite, gild, library):
    """A right that an access list gives shows as the group's right, unless its mask takes it away."""
    nobody = 0xFFFFFFFF

    def entries(mask):
        return acl([(1, 6, nobody), (2, 6, OTHER), (4, 4, nobody), (0x10, mask, nobody), (0x20, 4, nobody)])

    with Case(library) as made:
        try:
            os.setxattr(made.file, "system.posix_acl_access", entries(6))
        except OSError as error:
            suite.note("access lists cannot be tried here: %s" % error)
            return
        suite.equal("a file that an access list makes writable is refused", gild.load(made.file), "refused")
        os.setxattr(made.file, "system.posix_acl_access", entries(4))
        suite.equal("one whose mask takes that right away is loaded", gild.load(made.file), "loaded")
    with Case(library) as made:
        os.setxattr(made.folder, "system.posix_acl_access",
                    acl([(1, 7, nobody), (2, 7, OTHER), (4, 5, nobody), (0x10, 7, nobody), (0x20, 5, nobody)]))
        suite.equal("so is a folder refused that an access list makes writable", gild.load(made.file), "refused")


def links_and_kinds(suite, gild, library):
    with Case(library) as made:
        link = made.folder + "/link.so"
        os.symlink(made.file, link)
        suite.equal("a symbolic link to a good file is refused", gild.load(link), "refused")
        os.symlink(made.folder, made.top + "/way")
        suite.equal("so is one among the folders", gild.load(made.top + "/way/plugin.so"), "refused")
        os.symlink(made.top, "/way")
        suite.equal("so is one at the top", gild.load("/way/folder/plugin.so"), "refused")
        os.unlink("/way")
        suite.equal("so is the link of a process to its root directory", gild.load("/proc/self/root" + made.file), "refused")
        os.symlink("link-2", made.folder + "/link-1")
        os.symlink("link-1", made.folder + "/link-2")
        suite.equal("so is a ring of links", gild.load(made.folder + "/link-1"), "refused")
        suite.equal("a path with .. is refused", gild.load(made.folder + "/../folder/plugin.so"), "refused")
        suite.equal("a path with . and // is not", gild.load(made.top + "/./folder//plugin.so"), "loaded")

        os.mkdir("/open")
        os.chmod("/open", 0o1777)
        os.link(made.file, "/open/plugin.so")
        suite.equal("a hard link to a good file in a folder that everybody can write to is refused", gild.load("/open/plugin.so"), "refused")
        suite.equal("the file itself is loaded as before", gild.load(made.file), "loaded")
        shutil.rmtree("/open")
        own = made.top + "/own.so"
        shutil.copyfile(library, own)
        os.chown(own, OTHER, OTHER)
        os.chmod(own, 0o644)
        os.link(own, made.folder + "/hard.so")
        suite.equal("a hard link to somebody else's file in a good folder is refused", gild.load(made.folder + "/hard.so"), "refused")

        os.mkfifo(made.folder + "/fifo.so", 0o600)
        os.chown(made.folder + "/fifo.so", RUNNER, RUNNER)
        suite.equal("a FIFO is refused, and nobody waits for its writer", gild.load(made.folder + "/fifo.so"), "refused")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(made.folder + "/socket.so")
        suite.equal("a socket is refused", gild.load(made.folder + "/socket.so"), "refused")
        listening.close()
        suite.equal("a directory is refused", gild.load(made.folder), "refused")
        for device in ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty"):
            suite.equal("the device %s is refused" % device, gild.load(device), "refused")
        suite.equal("a path below a file is refused", gild.load(made.file + "/plugin.so"), "refused")
        suite.equal("a file that is not there is refused", gild.load(made.folder + "/none.so"), "refused")
        suite.equal("the root directory is refused", gild.load("/"), "refused")


def exchange(one, other):
    call("renameat2", AT_FDCWD, one.encode(), AT_FDCWD, other.encode(), RENAME_EXCHANGE)


def races(suite, gild, library, evil, rounds):
    """Good and evil change places all the time while gild loads: what runs is what was checked."""

    def race(name, prepare):
        with Case(library) as made:
            one, other = prepare(made)
            is_over = threading.Event()

            def swap():
                while not is_over.is_set():
                    exchange(one, other)

            swapper = threading.Thread(target=swap)
            swapper.start()
            try:
                outcomes = [gild.load(made.file) for _ in range(rounds)]
            finally:
                is_over.set()
                swapper.join()
        counts = {outcome: outcomes.count(outcome) for outcome in set(outcomes)}
        suite.check("%s: only what was checked runs (%s)" % (name, ", ".join("%s %d" % item for item in sorted(counts.items()))),
                    set(counts) <= {"loaded", "refused"}, counts)
        return counts

    def evil_file(made, owner=OTHER, mode=0o644):
        path = made.top + "/evil.so"
        shutil.copyfile(evil, path)
        os.chown(path, owner, owner)
        os.chmod(path, mode)
        return path

    def evil_folder(made):
        path = made.top + "/evil"
        os.mkdir(path)
        shutil.copyfile(evil, path + "/plugin.so")
        os.chmod(path + "/plugin.so", 0o644)
        os.chmod(path, 0o777)
        return path

    def linked(path, to):
        os.symlink(to, path)
        return path

    def linked_folder(made):
        # As good as can be but for the link that leads there.
        folder = evil_folder(made)
        os.chmod(folder, 0o755)
        os.chown(folder, OTHER, OTHER)
        return linked(made.top + "/way", folder)

    totals = {}
    for name, prepare in [
        ("the file and somebody else's file", lambda made: (made.file, evil_file(made))),
        ("the file and one that everybody can write", lambda made: (made.file, evil_file(made, 0, 0o666))),
        ("the file and a link to an evil one", lambda made: (made.file, linked(made.top + "/link", evil_file(made)))),
        ("the file and a folder", lambda made: (made.file, evil_folder(made))),
        ("its folder and one that everybody can write", lambda made: (made.folder, evil_folder(made))),
        ("its folder and a link to an evil one", lambda made: (made.folder, linked_folder(made))),
    ]:
        for outcome, count in race(name, prepare).items():
            totals[outcome] = totals.get(outcome, 0) + count
    suite.check("both outcomes came about, so there were races", totals.get("loaded", 0) > 0 and totals.get("refused", 0) > 0, totals)


# ---- Running ----

def compiled(folder, name, source, *options):
    path = os.path.join(folder, name)
    subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-fPIC", "-shared", "-o", path, *options, source], check=True)
    os.chmod(path, 0o644)
    return path


def tests(place, build_is_release):
    enter_root(place + "/root")
    suite = Suite("plugin files")
    os.mkdir("/program")
    for name in ("gild", "script.py", "good.so", "evil.so"):
        shutil.copyfile(os.path.join(place, name), "/program/" + name)
    os.chmod("/program/gild", 0o755)
    gild = Gild("/program/gild", "/program/script.py")
    library = "/program/good.so"
    with suite.section("the ground"):
        with Case(library) as made:
            suite.equal("a file of root's is loaded by root", gild.load(made.file, SUPER), "loaded")
            suite.equal("and by a user", gild.load(made.file), "loaded")
            suite.equal("the evil library, which a user trusts who owns it, does run", (shutil.copyfile("/program/evil.so", made.file), gild.load(made.file))[1],
                        "EVIL CODE RAN")
    with ThreadPoolExecutor(os.cpu_count()) as pool, suite.section("owner, group and mode"):
        matrix(suite, gild, library, pool)
    with suite.section("access lists"):
        access_lists(suite, gild, library)
    with suite.section("links and kinds of files"):
        links_and_kinds(suite, gild, library)
    with suite.section("races by rename"):
        races(suite, gild, library, "/program/evil.so", 60 if build_is_release else 20)
    suite.end()


def can_run():
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        os.mkdir(place + "/root")

        def attempt():
            enter_root(place + "/root")
            os.mkdir("/here")
            os.chown("/here", OTHER, OTHER)

        return in_namespace(attempt)


def main():
    if sys.argv[1:] == ["--can"]:
        try:
            status = can_run()
        except (OSError, subprocess.CalledProcessError) as error:
            status = 1
            print("no user namespace with several users: %s" % error)
        sys.exit(status)
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        os.mkdir(place + "/root")
        shutil.copyfile(os.path.join(build, "gild"), place + "/gild")
        with open(place + "/script.py", "w") as out:
            out.write("print('ran')\n")
        with open(place + "/evil.c", "w") as out:
            out.write(EVIL)
        compiled(place, "good.so", os.path.join(ROOT, "plugins/hash/hash.c"), "-I", os.path.join(ROOT, "Sources/CGildPlugin/include"))
        compiled(place, "evil.so", place + "/evil.c")
        for name in os.listdir(place):
            os.chmod(os.path.join(place, name), 0o755)
        status = in_namespace(lambda: tests(place, "release" in os.path.realpath(build)))
    sys.exit(status)


if __name__ == "__main__":
    main()
