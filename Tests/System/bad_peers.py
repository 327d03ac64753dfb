#!/usr/bin/env python3
"""Peers that break the protocol, are slow, do not read, or are too many; a healthy client beside them all the time.

usage: bad_peers.py BUILD [--frames 10000] [--seed N] [--json FILE]

Promises: each bad peer gets an error or is closed; memory stays bounded; the daemon goes on and its state is what it was;
the healthy client is answered all the time (its 99th percentile is printed, and judged by `make bench` only).
"""

import argparse
import collections
import json
import os
import random
import select
import socket
import statistics
import struct
import tempfile
import threading
import time

import wire
from daemon import Daemon, percentile
from tap import Suite, eventually

MIB = 1 << 20
CONFIGURATION = """
daemon:
  socket: SOCKET
  log: {format: json, level: notice, metrics_interval: 0s}
  limits: {clients: %d, clients_per_uid: %d, frame: 1MiB, output_buffer: 1MiB, idle_timeout: %s}
workloads:
  - name: counter
    source: |
      import time
      n = 0
      while True:
          n += 1
          time.sleep(0.001)
"""


class Healthy(threading.Thread):
    """A client that calls Ping on one connection, a hundred times a second, and keeps how long each answer took."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.connection = wire.Connection(path, timeout=30)
        self.times = []
        self.failure = None
        self.running = True

    def run(self):
        try:
            while self.running:
                started = time.perf_counter()
                self.connection.call("io.gild.Daemon.Ping")
                self.times.append(time.perf_counter() - started)
                time.sleep(0.01)
        except Exception as error:
            self.failure = repr(error)

    def cut(self):
        """The times since the last cut."""
        times, self.times = self.times, []
        return times


# ---------------------------------------------------------------- malformed frames

def deep(chance, levels):
    kind = chance.randrange(4)
    if kind == 0:
        body = b"[" * levels + b"]" * levels
    elif kind == 1:
        body = b'{"a":' * levels + b"1" + b"}" * levels
    elif kind == 2:
        body = b"[" * levels
    else:
        body = b'[{"a":' * (levels // 2)
    if chance.random() < 0.5:
        return b'{"method":"io.gild.Daemon.Ping","parameters":{"x":' + body + b"}}\0"
    return body + b"\0"


def wrong_type(chance):
    method = chance.choice(["io.gild.Daemon.SetLogLevel", "io.gild.Workload.Show", "io.gild.Runtime.Lock", "io.gild.Heap.Top",
                            "org.varlink.service.GetInterfaceDescription", "io.gild.Workload.Start", "io.gild.Script.Run"])
    value = chance.choice([1, -1, 1.5, 1e308, None, True, [], {}, "", "\u0000", "x" * 3000, [[]], {"level": "x"}, 2 ** 63, -2 ** 70])
    parameters = chance.choice([value, {"level": value}, {"name": value, "arguments": value}, {"runtime": value},
                                {"interface": value}, {"timeout_ns": value}, {"limit": value, "by": value}])
    return json.dumps({"method": method, "parameters": parameters, "more": True} if chance.random() < 0.2
                      else {"method": method, "parameters": parameters}).encode() + b"\0"


def unknown(chance):
    return json.dumps({"method": chance.choice([
        "io.gild.Daemon.Nothing", "io.gild.Nothing.Ping", "Ping", "", ".", "io.gild.Daemon.", "io..gild", "io.gild.Daemon.ping",
        "org.varlink.service.GetNothing", "x" * 5000, "io.gild.Daemon.Ping\n", "\u202eio.gild.Daemon.Ping", "io.gild.Dæmon.Ping"])}).encode() + b"\0"


def not_a_call(chance):
    return chance.choice([
        b"\0", b"\0\0\0", b"null\0", b"true\0", b"[]\0", b"{}\0", b"1\0", b'"io.gild.Daemon.Ping"\0', b'{"method":1}\0', b'{"method":null}\0',
        b'{"method":["io.gild.Daemon.Ping"]}\0', b'{"method":"io.gild.Daemon.Ping","parameters":[]}\0',
        b'{"method":"io.gild.Daemon.Ping","more":1}\0', b'{"method":"io.gild.Daemon.Ping","oneway":"yes"}\0',
        b'{"method":"io.gild.Daemon.Ping","more":true,"oneway":true}\0', b'{"method":"io.gild.Metrics.Subscribe"}\0',
        b'{"parameters":{}}\0', b'{"error":"io.gild.Daemon.Busy"}\0', b'{"method":"io.gild.Daemon.Ping"}}\0',
        b'{"method":"io.gild.Daemon.Ping"} {"method":"io.gild.Daemon.Ping"}\0', b"{'method':'io.gild.Daemon.Ping'}\0",
        b'{"method":"io.gild.Daemon.Ping",}\0', b'{"method":"io.gild.Daemon.Ping","method":"io.gild.Daemon.Status"}\0',
        b"\xff\xfe{\0", b'{"method":"\xc3\x28"}\0', b'{"method":"\\ud800"}\0', b'{"method":"io.gild.Daemon.Ping","parameters":{"a":1e999999}}\0',
        b'{"method":"io.gild.Daemon.Ping","parameters":{"a":' + b"9" * 5000 + b"}}\0", b"GET / HTTP/1.1\r\n\r\n\0"])


def noise(chance):
    return bytes(chance.randrange(256) for _ in range(chance.randrange(1, 200))).replace(b"\0", b"\1") + b"\0"


def truncated(chance):
    frame = b'{"method":"io.gild.Daemon.Status","parameters":{}}\0'
    return frame[:chance.randrange(1, len(frame) - 1)]


def mutated(chance):
    frame = bytearray(chance.choice([wrong_type, unknown])(chance))
    for _ in range(chance.randrange(1, 6)):
        frame[chance.randrange(len(frame) - 1)] = chance.randrange(1, 256)
    return bytes(frame)


def large(chance):
    return b'{"method":"io.gild.Daemon.Ping","parameters":{"a":"' + b"x" * (2 * MIB) + b'"}}\0'


def endless(chance):
    return b"x" * (2 * MIB)


KINDS = [(truncated, 25), (not_a_call, 25), (wrong_type, 20), (unknown, 15), (mutated, 10), (noise, 4.3)]


def frame(chance, number):
    """(kind, bytes, whether it ends without NUL). A few of the costly kinds, chance for the others."""
    if number % 500 == 0:
        return "deep", deep(chance, 10000), False
    if number % 500 == 1:
        return "nested", deep(chance, chance.randrange(30, 3000)), False
    if number % 1000 == 2:
        return "2 MiB", large(chance), False
    if number % 1000 == 3:
        return "2 MiB without NUL", endless(chance), True
    make = chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return make.__name__.replace("_", " "), make(chance), make is truncated


def send_frame(path, data, is_unended):
    """What becomes of it: the name of the error, "closed", "answered", or "nothing within 10 s"."""
    with wire.Connection(path, timeout=10) as connection:
        try:
            connection.send_bytes(data)
            if is_unended:
                connection.socket.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            return "closed"
        try:
            reply = connection.receive()
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return "closed"
        except TimeoutError:
            return "nothing within 10 s"
        return reply.get("error", "answered")


def malformed(suite, daemon, options, chance):
    """Two threads send a half each; what is allowed depends on the frame, silence is not."""
    outcomes = collections.Counter()
    silent = []
    lock = threading.Lock()
    cases = [frame(chance, number) for number in range(options.frames)]

    def work(part):
        for kind, data, is_unended in part:
            try:
                outcome = send_frame(daemon.socket, data, is_unended)
            except OSError as error:
                outcome = "not connected: %s" % error
            with lock:
                outcomes[kind, outcome] += 1
                if outcome.startswith(("nothing", "not connected")):
                    silent.append((kind, data[:100], outcome))
    threads = [threading.Thread(target=work, args=(cases[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kind in sorted({kind for kind, _ in outcomes}):
        suite.note("%6d %-18s %s" % (
            sum(count for (other, _), count in outcomes.items() if other == kind), kind,
            ", ".join("%s %d" % (outcome.rsplit(".", 1)[-1], count)
                      for (other, outcome), count in outcomes.most_common() if other == kind)))
    suite.equal("each of %d malformed frames got an answer or was closed" % len(cases), silent[:3], [])
    for kind in ("deep", "2 MiB", "2 MiB without NUL", "truncated", "noise", "unknown"):
        accepted = outcomes[kind, "answered"]
        suite.equal("no frame of kind '%s' was taken for a call that succeeds" % kind, accepted, 0)


# ---------------------------------------------------------------- slow, deaf, many

def dribble(suite, daemon, seconds):
    """A byte a second: never a whole call. With a limit of 2 s for an idle connection it must be closed."""
    frame_bytes = b'{"method":"io.gild.Daemon.Ping"}\0'
    with daemon.connect(timeout=seconds) as connection:
        started = time.monotonic()
        closed = None
        for byte in frame_bytes:
            try:
                connection.send_bytes(bytes([byte]))
            except (BrokenPipeError, ConnectionResetError):
                closed = time.monotonic() - started
                break
            readable, _, _ = select.select([connection.socket], [], [], 1.0)
            if readable:
                closed = time.monotonic() - started
                break
            if time.monotonic() - started > seconds:
                break
        suite.check("a client that sends a byte a second is closed", closed is not None, "still open after %g s" % seconds)


def deaf_subscriber(suite, daemon, seconds):
    """Subscribes and never reads. With a limit of 2 s it must be closed once the kernel's buffer is full and stays so."""
    with daemon.connect() as connection:
        connection.send("io.gild.Metrics.Subscribe", {"interval_ns": 10000000}, more=True)
        poll = select.poll()
        poll.register(connection.socket, select.POLLHUP)
        closed = eventually(lambda: any(events & select.POLLHUP for _, events in poll.poll(0)), seconds, 0.1)
        suite.check("a client that subscribes and never reads is closed", closed, "still open after %g s" % seconds)


def deaf(suite, daemon, count):
    """Subscribers that never read: closed when what waits for them passes the limit, at the latest."""
    before = daemon.resident_bytes()
    connections = [daemon.connect() for _ in range(count)]
    try:
        for connection in connections:
            # A burst of large replies, and a stream that does not end.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.send("io.gild.Metrics.Subscribe", {"interval_ns": 10000000}, more=True)
        flood = [daemon.connect() for _ in range(count)]
        connections += flood
        request = json.dumps({"method": "org.varlink.service.GetInterfaceDescription",
                              "parameters": {"interface": "io.gild.Workload"}}).encode() + b"\0"
        for connection in flood:
            connection.socket.setblocking(False)
        peak = before
        deadline = time.monotonic() + 10
        pending = {connection: 0 for connection in flood}
        while pending and time.monotonic() < deadline:
            for connection in list(pending):
                try:
                    # A frame that was cut short is finished by what is sent next.
                    offset = pending[connection]
                    sent = connection.socket.send((request * 64)[offset:])
                    pending[connection] = (offset + sent) % len(request)
                except BlockingIOError:
                    pass
                except OSError:
                    del pending[connection]
            peak = max(peak, daemon.resident_bytes())
            time.sleep(0.001)
        peak = max(peak, daemon.resident_bytes())
        growth = (peak - before) / (2 * count)
        poll = select.poll()
        for connection in connections:
            poll.register(connection.socket, select.POLLHUP)
        closed = {descriptor for descriptor, _ in poll.poll(0)}
        suite.note("%d subscribers that never read: %d closed; %d who ask and never read: %d closed, the others held back" % (
            count, len([c for c in connections[:count] if c.socket.fileno() in closed]), count,
            len([c for c in flood if c.socket.fileno() in closed])))
        suite.note("%.2f MiB for each connection" % (growth / MIB))
        suite.check("a peer that never reads costs at most 2 MiB", growth <= 2 * MIB, "%.2f MiB" % (growth / MIB))
        suite.check("the others are answered", daemon.call("io.gild.Daemon.Ping") == {})
    finally:
        for connection in connections:
            connection.close()


def crowd(suite, daemon, count):
    """So many at once: each is answered, or closed because there are too many."""
    before = daemon.resident_bytes()
    sockets, refused = [], 0
    for _ in range(count):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A blocking connect waits where the queue of the listener is full; Python's own timeouts would make it fail.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 10, 0))
        try:
            peer.connect(daemon.socket)
            peer.settimeout(10)
            sockets.append(peer)
        except OSError:
            refused += 1
            peer.close()
    answered = closed = silent = 0
    for peer in sockets:
        try:
            peer.sendall(b'{"method":"io.gild.Daemon.Ping"}\0')
        except OSError:
            pass
    growth = daemon.resident_bytes() - before
    for peer in sockets:
        try:
            data = peer.recv(4096)
            if data and b'"error"' not in data:
                answered += 1
            else:
                closed += 1
        except TimeoutError:
            silent += 1
        except OSError:
            closed += 1
    for peer in sockets:
        peer.close()
    suite.note("%d at once: %d answered, %d closed, %d could not connect; %.0f KiB for each" % (
        count, answered, closed, refused, growth / count / 1024))
    suite.equal("none of %d clients at once is left without an answer" % count, silent, 0)
    suite.check("the limit's number of clients is served", answered >= 64 - 8, answered)
    suite.check("memory of %d clients is bounded" % count, growth <= 2 * MIB * count, growth)


def few_descriptors(suite, build, folder):
    """With 64 file descriptors: what cannot be served is refused, and it goes on when others leave."""
    daemon = Daemon(build, folder, CONFIGURATION % (256, 256, "10m"), descriptors=64)
    with daemon:
        peers = []
        try:
            for _ in range(200):
                peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                peer.settimeout(1)
                try:
                    peer.connect(daemon.socket)
                except OSError:
                    peer.close()
                    break
                peers.append(peer)
            time.sleep(0.5)
            used = processor_seconds(daemon)
            time.sleep(1)
            suite.check("out of descriptors it does not spin", processor_seconds(daemon) - used < 0.7,
                        "%.2f s of processor time in a second" % (processor_seconds(daemon) - used))
            suite.check("out of descriptors it is alive", daemon.is_alive(), daemon.tail)
            suite.check("and within its 64", daemon.descriptors_open() <= 64, daemon.descriptors_open())
        finally:
            for peer in peers:
                peer.close()
        suite.check("when they have gone, it answers", eventually(lambda: daemon.call("io.gild.Daemon.Ping") == {}, 10), daemon.tail)
        suite.check("and its workload went on", is_counting(daemon))


# ---------------------------------------------------------------- state

def processor_seconds(daemon):
    with open("/proc/%d/stat" % daemon.process.pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def references_taken(daemon):
    """Every pass of the workload's loop takes some."""
    sample = daemon.call("io.gild.Metrics.Snapshot")
    return sum(run["increfs"] for runtime in sample["runtimes"] for run in runtime["runs"])


def is_counting(daemon):
    before = references_taken(daemon)
    return eventually(lambda: references_taken(daemon) > before, 10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--frames", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--json", metavar="FILE", help="write the healthy client's times")
    options = parser.parse_args()
    suite = Suite("bad peers")
    suite.note("seed %d" % options.seed)
    chance = random.Random(options.seed)
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        # The user of this test is one; its limit must not be in the way where another limit is tested.
        daemon = Daemon(options.build, os.path.join(folder, "a"), CONFIGURATION % (256, 256, "10m"))
        with daemon:
            runs = eventually(lambda: daemon.call("io.gild.Workload.List")["workloads"][0]["run"], 10)
            healthy = Healthy(daemon.socket)
            healthy.start()

            def phase(name, action, *arguments):
                with suite.section(name):
                    healthy.cut()
                    action(suite, daemon, *arguments)
                    times = healthy.cut()
                    if times:
                        figures[name] = {"p50": statistics.median(times), "p99": percentile(times, 0.99), "max": max(times)}
                        suite.note("healthy client: median %.2f ms, 99 %% %.2f ms, longest %.2f ms, %d calls" % (
                            figures[name]["p50"] * 1e3, figures[name]["p99"] * 1e3, figures[name]["max"] * 1e3, len(times)))
                    suite.equal("the healthy client was answered all the time", healthy.failure, None)
                    suite.check("the daemon is alive", daemon.is_alive(), daemon.tail)

            phase("quiet", lambda *_: time.sleep(2))
            resident = daemon.resident_bytes()
            phase("malformed frames", malformed, options, chance)
            grown = daemon.resident_bytes() - resident
            suite.check("%d malformed frames leave no memory behind" % options.frames, grown < 64 * MIB, "%.1f MiB" % (grown / MIB))
            phase("peers that never read", deaf, 16)
            phase("1,000 at once", crowd, 1000)
            healthy.running = False
            healthy.join(15)
            with suite.section("afterwards"):
                clients = eventually(lambda: daemon.call("io.gild.Daemon.Status")["clients"] <= 2, 10)
                suite.check("every connection has been given up", clients, daemon.call("io.gild.Daemon.Status")["clients"])
                workload = daemon.call("io.gild.Workload.List")["workloads"][0]
                suite.equal("the workload runs its first run", (workload["state"], workload["run"]), ("running", runs))
                suite.check("and counts on", is_counting(daemon))
                suite.equal("it ends with status 0", daemon.stop()[1], 0)
        with suite.section("a byte a second, a stream that is not read"):
            with Daemon(options.build, os.path.join(folder, "b"), CONFIGURATION % (256, 256, "2s")) as daemon:
                dribble(suite, daemon, 25)
                deaf_subscriber(suite, daemon, 60)
                suite.check("the daemon answers others", daemon.call("io.gild.Daemon.Ping") == {})
        with suite.section("too many of one user"):
            with Daemon(options.build, os.path.join(folder, "c"), CONFIGURATION % (256, 64, "10m")) as daemon:
                crowd(suite, daemon, 1000)
        with suite.section("64 file descriptors"):
            few_descriptors(suite, options.build, os.path.join(folder, "d"))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file)
    suite.end()


if __name__ == "__main__":
    main()
