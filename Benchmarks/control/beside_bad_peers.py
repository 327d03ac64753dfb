#!/usr/bin/env python3
"""What a healthy client notices of bad peers: the 99th percentile of its calls with and without them.

usage: beside_bad_peers.py BUILD [--seconds 3] [--rounds 9] [--seed N] [--json FILE]

Bad peers use the processor themselves, and a machine of two cores feels that whatever they talk to. So two daemons run,
and the same crowd (malformed frames, subscribers that never read, clients that stop in the middle of a frame) goes to the
one or to the other; the healthy client stays with the first. What differs between the two is what the daemon lets its
bad peers do to others. The phases go in turn; each figure is the median of the rounds' percentiles.

JSON: {"seconds": {"nobody else": {"p50": s, "p99": s}, "bad peers elsewhere": …, "bad peers here": …}, "ratio": here /
elsewhere, of the 99th percentiles}.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "System"))

import bad_peers  # noqa: E402
import wire  # noqa: E402
from daemon import Daemon, percentile  # noqa: E402
from ping import latencies  # noqa: E402

CONFIGURATION = """
daemon:
  socket: SOCKET
  log: {format: json, level: error, metrics_interval: 0s, hold_threshold: 0s}
  limits: {clients: 512, clients_per_uid: 512}
"""


def crowd(path, seed):
    """Runs until it is killed: 16 deaf subscribers, 16 half frames, and malformed frames, 200 a second."""
    chance = random.Random(seed)
    kept = []
    for _ in range(16):
        deaf = wire.Connection(path)
        deaf.send("io.gild.Metrics.Subscribe", {"interval_ns": 10000000}, more=True)
        half = wire.Connection(path)
        half.send_bytes(b'{"method":')
        kept += [deaf, half]
    # Until their buffers are full, the subscribers are served like anybody else.
    time.sleep(2)
    print("ready", flush=True)
    number = 10
    while True:
        number += 1
        _, data, is_unended = bad_peers.frame(chance, number)
        try:
            bad_peers.send_frame(path, data, is_unended)
        except OSError:
            pass
        time.sleep(0.005)


def main():
    if sys.argv[1] == "--crowd":
        crowd(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    found = {"nobody else": [], "bad peers elsewhere": [], "bad peers here": []}
    with tempfile.TemporaryDirectory() as folder, \
            Daemon(options.build, os.path.join(folder, "here"), CONFIGURATION) as here, \
            Daemon(options.build, os.path.join(folder, "elsewhere"), CONFIGURATION) as elsewhere:
        for number in range(options.rounds):
            for phase, target in (("nobody else", None), ("bad peers elsewhere", elsewhere), ("bad peers here", here)):
                peers = None
                if target:
                    peers = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--crowd", target.socket, str(options.seed + number)],
                                             stdout=subprocess.PIPE)
                    peers.stdout.readline()
                try:
                    times = latencies(here.socket, b'{"method":"io.gild.Daemon.Ping"}\0', b"\0", options.seconds, 0.001)
                finally:
                    if peers:
                        peers.kill()
                        peers.wait()
                        peers.stdout.close()
                found[phase].append((percentile(times, 0.5), percentile(times, 0.99)))
    figures = {phase: {"p50": statistics.median(p50 for p50, _ in values), "p99": statistics.median(p99 for _, p99 in values)}
               for phase, values in found.items()}
    ratio = figures["bad peers here"]["p99"] / figures["bad peers elsewhere"]["p99"]
    print("\nA healthy client beside bad peers, median of %d rounds     median        99 %%" % options.rounds)
    for phase, seconds in figures.items():
        print("  %-48s %7.3f ms  %7.3f ms" % (phase, seconds["p50"] * 1e3, seconds["p99"] * 1e3))
    print("  here / elsewhere: %.2f (at most 1.10: %s)" % (ratio, "yes" if ratio <= 1.1 else "NO"))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"seconds": figures, "ratio": ratio}, file, indent=2)


if __name__ == "__main__":
    main()
