#!/usr/bin/env python3
"""Calls a second and latency of the control socket, beside redis-server and the varlink package's own server.

usage: ping.py BUILD [--seconds 1] [--rounds 5] [--varlink-python PYTHON] [--json FILE]

Throughput: one connection, one call at a time, an idle server. The client is the same loop for all three, so that its own
cost is in every figure: send the request, read until the reply's last byte. The rounds go in turn, the best one counts.
Latency: Ping while four workloads burn the processor under the GIL, 500 calls a second, beside the same on an idle daemon.

JSON: {"calls_per_second": {server: n}, "ratio": {server: gild's / its}, "latency_seconds": {"idle": {"p50", "p99", "max"},
"four burning workloads": {…}}}.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "System"))

from daemon import Daemon, percentile  # noqa: E402

CONFIGURATION = """
daemon:
  socket: SOCKET
  log: {format: json, level: warning, metrics_interval: 0s, hold_threshold: 0s}
workloads: [%s]
"""
BURNER = '{name: burner-%d, source: "while True: pass\\n"}'

SERVER = """
import os, sys, varlink
open(os.path.join(sys.argv[1], "io.gild.bench.varlink"), "w").write("interface io.gild.bench\\nmethod Ping() -> ()\\n")
service = varlink.Service(vendor="gild", product="bench", version="1", url="", interface_dir=sys.argv[1])

@service.interface("io.gild.bench")
class Bench:
    def Ping(self):
        return {}

class Handler(varlink.RequestHandler):
    service = service

with varlink.ThreadingServer("unix:" + sys.argv[2], Handler) as server:
    server.serve_forever()
"""


def connect(path, within=20.0):
    deadline = time.monotonic() + within
    while True:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            peer.connect(path)
            return peer
        except OSError:
            peer.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def rate(path, request, end, seconds):
    """Calls a second of one connection, one at a time."""
    peer = connect(path)
    calls = 0
    started = time.perf_counter()
    deadline = started + seconds
    while True:
        for _ in range(100):
            peer.sendall(request)
            while not peer.recv(4096).endswith(end):
                pass
        calls += 100
        now = time.perf_counter()
        if now > deadline:
            peer.close()
            return calls / (now - started)


def latencies(path, request, end, seconds, pause):
    """Seconds of each call, with a pause between two."""
    peer = connect(path)
    times = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        peer.sendall(request)
        while not peer.recv(4096).endswith(end):
            pass
        times.append(time.perf_counter() - started)
        time.sleep(pause)
    peer.close()
    return times


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--varlink-python", help="a Python that has the package varlink")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    ping = b'{"method":"io.gild.Daemon.Ping"}\0'
    others = []
    figures = {"calls_per_second": {}, "ratio": {}, "latency_seconds": {}}
    with tempfile.TemporaryDirectory() as folder:
        idle = Daemon(options.build, os.path.join(folder, "idle"), CONFIGURATION % "")
        servers = {"gild": (idle.socket, ping, b"\0")}
        try:
            idle.start()
            if shutil.which("redis-server"):
                path = os.path.join(folder, "redis.sock")
                others.append(subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder],
                                               stdout=subprocess.DEVNULL))
                servers["redis-server"] = (path, b"PING\r\n", b"\r\n")
            else:
                print("redis-server is not there: left out (apt: redis-server)")
            if options.varlink_python:
                path = os.path.join(folder, "varlink.sock")
                others.append(subprocess.Popen([options.varlink_python, "-c", SERVER, folder, path], stderr=subprocess.DEVNULL))
                servers["varlink (Python)"] = (path, b'{"method":"io.gild.bench.Ping"}\0', b"\0")
            else:
                print("no Python with the package varlink was named: left out")
            best = dict.fromkeys(servers, 0.0)
            for server in servers.values():
                rate(*server, 0.2)
            for _ in range(options.rounds):
                for name, server in servers.items():
                    best[name] = max(best[name], rate(*server, options.seconds))
            print("\nOne connection, one call at a time, idle server; the best of %d rounds of %g s; the same client loop." % (
                options.rounds, options.seconds))
            for name, calls in best.items():
                figures["calls_per_second"][name] = calls
                ratio = ""
                if name != "gild":
                    figures["ratio"][name] = best["gild"] / calls
                    ratio = "   gild makes %.2f times as many" % (best["gild"] / calls)
                print("  %-18s %8.0f calls/s%s" % (name, calls, ratio))
            print("  at least 10,000 calls/s: %s" % ("yes" if best["gild"] >= 10000 else "NO"))

            burning = Daemon(options.build, os.path.join(folder, "burning"), CONFIGURATION % ", ".join(BURNER % i for i in range(4)))
            with burning:
                print("\nPing, 500 calls a second      median        99 %     longest")
                for name, daemon in (("idle", idle), ("four burning workloads", burning)):
                    times = latencies(daemon.socket, ping, b"\0", max(5 * options.seconds, 2), 0.002)
                    found = {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "max": max(times)}
                    figures["latency_seconds"][name] = found
                    print("  %-24s %7.3f ms  %7.3f ms  %7.3f ms" % (name, found["p50"] * 1e3, found["p99"] * 1e3, found["max"] * 1e3))
                p99 = figures["latency_seconds"]["four burning workloads"]["p99"]
                print("  99 %% at most 5 ms under four burning workloads: %s" % ("yes" if p99 <= 0.005 else "NO"))
        finally:
            for process in others:
                process.terminate()
                process.wait()
            if idle.is_alive():
                idle.stop()
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
