#!/usr/bin/env python3
"""A client that nobody of gild wrote talks to the daemon: the package `varlink` of PyPI.

usage: varlink_client.py BUILD

It lists the interfaces, reads and parses every description, calls every method that a description names, and reads
streams. The package checks parameters and replies against the descriptions. A method that is described and was not called
fails the test, so that a new one cannot be forgotten here.
"""

import os
import sys
import tempfile

import varlink

from daemon import Daemon
from tap import Suite

CONFIGURATION = """
daemon:
  socket: SOCKET
  log: {format: json, metrics_interval: 0s}
workloads:
  - name: ticker
    source: |
      import time
      for i in range(100000):
          print("tick", i, flush=True)
          time.sleep(0.01)
  - name: short
    autostart: false
    source: |
      print("short")
"""

SUBMITTED = """
name: submitted
autostart: false
source: |
  import time
  time.sleep(1000)
"""


class Recorder:
    """The methods of one interface on one connection; notes which were called."""

    def __init__(self, client, interface, called):
        self.proxy = client.open(interface)
        # The package waits for ever; a test must not.
        self.proxy._connection.settimeout(30)
        self.interface = interface
        self.called = called

    def __getattr__(self, name):
        method = getattr(self.proxy, name)
        self.called.add(self.interface + "." + name)
        return method

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.close()


def methods(interface):
    """The names of an interface's methods, from its description as the package parsed it."""
    return [name for name, member in interface.members.items() if type(member).__name__ == "_Method"]


def refusal(call):
    """The name of the error that a call is refused with; None where it is not."""
    try:
        call()
    except varlink.VarlinkError as error:
        return error.error()
    return None


def main():
    suite = Suite("the varlink package of PyPI as a client")
    build = sys.argv[1]
    called = set()
    with tempfile.TemporaryDirectory() as folder, Daemon(build, folder, CONFIGURATION) as daemon:
        client = varlink.Client("unix:" + daemon.socket)

        def interface(name):
            return Recorder(client, name, called)

        described = set()
        with suite.section("descriptions"), interface("org.varlink.service") as service:
            info = service.GetInfo()
            suite.check("GetInfo names the product", info["product"] == "gild", info)
            names = sorted(info["interfaces"])
            suite.equal("the interfaces are listed", names, [
                "io.gild.Daemon", "io.gild.Heap", "io.gild.Metrics", "io.gild.Plugin", "io.gild.Runtime", "io.gild.Script",
                "io.gild.Workload", "org.varlink.service"])
            suite.equal("the package lists the same", sorted(client.get_interfaces()), names)
            for name in names:
                text = service.GetInterfaceDescription(interface=name)["description"]
                parsed = varlink.Interface(text)
                suite.equal("the description of %s parses" % name, parsed.name, name)
                described |= {"%s.%s" % (name, method) for method in methods(parsed)}
            suite.equal("an unknown interface is refused",
                        refusal(lambda: service.GetInterfaceDescription(interface="io.gild.Nothing")),
                        "org.varlink.service.InterfaceNotFound")

        with suite.section("io.gild.Daemon"), interface("io.gild.Daemon") as control:
            suite.equal("Ping answers with nothing", control.Ping(), {})
            status = control.Status()
            suite.equal("Status knows the process", status["pid"], daemon.process.pid)
            suite.equal("Status says that it runs", status["state"], "running")
            suite.equal("SetLogLevel gives the level before", control.SetLogLevel(level="debug")["previous"], "info")
            suite.equal("SetLogLevel has set it", control.Status()["log_level"], "debug")
            suite.equal("a level that does not exist is refused", refusal(lambda: control.SetLogLevel(level="loud")),
                        "org.varlink.service.InvalidParameter")
            reloaded = control.Reload()
            suite.equal("Reload of the same configuration changes nothing",
                        (reloaded["added"], reloaded["changed"], reloaded["removed"]), ([], [], []))

        with suite.section("io.gild.Workload"), interface("io.gild.Workload") as workloads:
            listed = {entry["name"]: entry for entry in workloads.List()["workloads"]}
            suite.equal("List has both workloads", sorted(listed), ["short", "ticker"])
            suite.equal("List says what they do", (listed["short"]["state"], listed["ticker"]["state"]), ("stopped", "running"))
            run = workloads.Start(name="short")["run"]
            waited = workloads.Wait(name="short")
            suite.equal("Wait gives the run and its status", (waited["run"], waited["exit_status"]), (run, 0))
            suite.check("Wait gives the report", isinstance(waited["report"], dict), waited)
            shown = workloads.Show(name="short")
            suite.equal("Show knows the definition", shown["definition"]["source"], 'print("short")\n')
            lines = workloads.Logs(name="short")["lines"]
            suite.equal("Logs has what was printed", [(line["text"], line["stream"]) for line in lines], [("short", "stdout")])
            suite.equal("Submit names what it defines", workloads.Submit(text=SUBMITTED, file="submitted.yaml")["names"], ["submitted"])
            first = workloads.Start(name="submitted")["run"]
            second = workloads.Restart(name="submitted")["run"]
            suite.check("Restart begins a new run", second > first, (first, second))
            suite.equal("a second start is refused", refusal(lambda: workloads.Start(name="submitted")),
                        "io.gild.Workload.AlreadyRunning")
            suite.equal("Stop ends a sleeping run with 143", workloads.Stop(name="submitted")["exit_status"], 143)
            workloads.Remove(name="submitted")
            suite.equal("what was removed is not found", refusal(lambda: workloads.Show(name="submitted")),
                        "io.gild.Workload.NotFound")
        with suite.section("a stream of output"), interface("io.gild.Workload") as workloads:
            seen = []
            for reply in workloads.Logs(name="ticker", follow=True, _more=True):
                seen += [line["text"] for line in reply["lines"]]
                if len(seen) >= 30:
                    break
            numbers = [int(line.split()[1]) for line in seen]
            suite.equal("Logs with follow gives each line once, in order", numbers, list(range(numbers[0], numbers[0] + len(numbers))))

        with suite.section("io.gild.Runtime"), interface("io.gild.Runtime") as runtimes:
            listed = runtimes.List()["runtimes"]
            suite.equal("List has the runtime", [entry["name"] for entry in listed], ["main"])
            lock = runtimes.Lock()
            suite.check("Lock counts acquisitions", lock["lock"]["acquisitions"] > 0, lock)
            threads = runtimes.Threads()["threads"]
            suite.check("Threads shows the ticker", any(entry["workload"] == "ticker" for entry in threads), threads)
            before = runtimes.SetSwitchInterval(interval_ns=1000000)["previous_ns"]
            suite.equal("SetSwitchInterval gives the interval before", before, 5000000)
            suite.equal("SetSwitchInterval has set it", runtimes.List()["runtimes"][0]["switch_interval_ns"], 1000000)

        with suite.section("io.gild.Heap"), interface("io.gild.Heap") as heap:
            stats = heap.Stats(timeout_ns=2000000000)
            suite.check("Stats counts live objects", stats["live_objects"] > 0, stats)
            suite.equal("made less freed is alive", stats["allocations"] - stats["frees"], stats["live_objects"])
            groups = heap.Top(by="type", limit=5)["groups"]
            suite.check("Top has at most the groups asked for", 0 < len(groups) <= 5, groups)
            example = next((group["example"] for group in groups if group.get("example")), None)
            found = heap.Inspect(address=example)["object"]
            suite.equal("Inspect shows the object of that address", found["address"], example)
            heap.Leaks()
            suite.check("Collect says how long it took", heap.Collect()["duration_ns"] > 0)

        with suite.section("io.gild.Metrics"), interface("io.gild.Metrics") as metrics:
            snapshot = metrics.Snapshot()
            suite.equal("Snapshot has the runtime", [entry["runtime"] for entry in snapshot["runtimes"]], ["main"])
            text = metrics.OpenMetrics()["text"]
            suite.check("OpenMetrics ends as the format says", text.endswith("# EOF\n"), text[-200:])
            samples = []
            for sample in metrics.Subscribe(interval_ns=20000000, _more=True):
                samples.append(sample)
                if len(samples) == 3:
                    break
            suite.equal("Subscribe gives samples", len(samples), 3)
            moments = [sample["at_realtime_ns"] for sample in samples]
            suite.check("samples are in order", moments == sorted(moments), moments)

        with suite.section("io.gild.Script"), interface("io.gild.Script") as scripts:
            replies = list(scripts.Run(source="import sys\nprint(sys.argv)\n", name="given.py", arguments=["a", "b"], _more=True))
            written = "".join(piece["text"] for reply in replies for piece in reply["output"])
            suite.equal("Run streams the output", written, "['given.py', 'a', 'b']\n")
            suite.equal("Run ends with the outcome", replies[-1]["outcome"]["exit_status"], 0)
            suite.check("Run gives the report", isinstance(replies[-1]["outcome"]["report"], dict))
            endless = scripts.Run(source="while True: pass\n", name="endless.py", arguments=[], _more=True)
            number = next(reply["run"] for reply in endless if reply.get("run") is not None)
            with interface("io.gild.Script") as other:
                other.Stop(run=number)
            outcome = [reply for reply in endless][-1]["outcome"]
            suite.equal("Stop ends a run with 143", outcome["exit_status"], 143)
            session = scripts.Open()["session"]
            pieces = list(scripts.Evaluate(session=session, source="6 * 7", _more=True))
            suite.equal("Evaluate shows a value", "".join(piece["text"] for reply in pieces for piece in reply["output"]), "42\n")
            suite.equal("Evaluate says how it ended", pieces[-1]["evaluation"], "complete")
            evaluation = scripts.Evaluate(session=session, source="while True: print('on', flush=True)\n", _more=True)
            next(reply for reply in evaluation if reply["output"])
            with interface("io.gild.Script") as other:
                other.Interrupt(session=session)
            suite.equal("Interrupt ends an evaluation", list(evaluation)[-1]["evaluation"], "failed")
            scripts.Close(session=session)

        with suite.section("io.gild.Plugin"), interface("io.gild.Plugin") as plugins:
            suite.equal("no plugin is loaded", plugins.List()["plugins"], [])
            suite.equal("a file that is not there is refused",
                        refusal(lambda: plugins.Load(path="/nonexistent/plugin.so")), "io.gild.Plugin.Invalid")
            suite.equal("an unknown plugin cannot be unloaded",
                        refusal(lambda: plugins.Unload(name="no_such")), "io.gild.Plugin.NotFound")

        with suite.section("the end"), interface("io.gild.Daemon") as control:
            control.Shutdown()
            try:
                status = daemon.process.wait(10)
            except Exception as error:
                status = error
            suite.equal("Shutdown ends the daemon", status, 0)
            suite.check("the socket is gone", not os.path.exists(daemon.socket))
            suite.equal("every method of every description was called", sorted(described - called), [])
    suite.end()


if __name__ == "__main__":
    main()
