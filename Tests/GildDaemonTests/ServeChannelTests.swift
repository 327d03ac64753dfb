import CGild
import Foundation
import GildControl
import GildReport
import GildVarlink
import Testing

@testable import GildDaemon

/// Channels between the runtimes of a running daemon, whose regimes differ: the configuration starts it, the control socket tells what happened.
@Suite struct ServeChannelTests {
    /// A daemon with a runtime for each side of a channel.
    private struct Pair {
        let folder: TestFolder
        let process: GildProcess
        let client: VarlinkClient

        /// Workloads by name, in runtime `a` or `b`; none of them starts by itself.
        init(_ a: String, _ b: String, workloads: [(name: String, runtime: String, source: String)]) throws {
            folder = try TestFolder()
            var yaml = "runtimes:\n  a: {regime: \(a)}\n  b: {regime: \(b)}\nworkloads:\n"
            for workload in workloads {
                yaml += "  - name: \(workload.name)\n    runtime: \(workload.runtime)\n    autostart: false\n    source: |\n"
                for line in workload.source.split(separator: "\n", omittingEmptySubsequences: false) { yaml += "      \(line)\n" }
            }
            process = try folder.serve(yaml)
            client = try folder.client()
        }

        func start(_ name: String) throws {
            _ = try client.call(WorkloadInterface.Start.name, encoding: WorkloadInterface.Start.Parameters(name: name), as: WorkloadInterface.Start.Reply.self)
        }

        /// Exit status and report of a run, once it has ended.
        func end(_ name: String) throws -> WorkloadInterface.Wait.Reply {
            try client.call(
                WorkloadInterface.Wait.name, encoding: WorkloadInterface.Wait.Parameters(name: name, timeoutNanoseconds: 60_000_000_000),
                as: WorkloadInterface.Wait.Reply.self)
        }

        /// Start, and check the end: status 0, books that add up, nothing left.
        func run(_ name: String) throws {
            try start(name)
            try check(name)
        }

        func check(_ name: String) throws {
            let outcome = try end(name)
            let shown = try output(name)
            #expect(outcome.exitStatus == 0, "\(name): \(shown)")
            let report = try #require(outcome.report)
            #expect(report.consistency() == [], "\(name)")
            #expect(report.isFreeOfLeaks, "\(name)")
        }

        func stop(_ name: String) throws -> Int? {
            try client.call(
                WorkloadInterface.Stop.name, encoding: WorkloadInterface.Stop.Parameters(name: name), as: WorkloadInterface.Stop.Reply.self
            ).exitStatus
        }

        func output(_ name: String) throws -> [String] {
            try client.call(
                WorkloadInterface.Logs.name, encoding: WorkloadInterface.Logs.Parameters(name: name), as: WorkloadInterface.Logs.Reply.self
            ).lines.map { $0.text ?? "" }
        }

        /// Returns when all threads of a workload wait for a channel.
        func waitUntilBlocked(_ name: String, in runtime: String) throws {
            let deadline = deadlineFromNow(seconds: 60)
            while gild_monotonic_ns() < deadline {
                let threads = try client.call(
                    RuntimeInterface.Threads.name, encoding: RuntimeInterface.Threads.Parameters(runtime: runtime), as: RuntimeInterface.Threads.Reply.self
                ).threads.filter { $0.workload == name }
                if !threads.isEmpty && threads.allSatisfy({ $0.state == .blocked && $0.blockedIn == "channel" }) { return }
                usleep(2000)
            }
            throw TestFailure(description: "\(name) does not wait for a channel")
        }
    }

    /// Every regime is on one side once, beside another one on the other side.
    private static let pairs = [("gil", "biased"), ("biased", "gil-3.2"), ("atomic", "gil-ticks"), ("gil", "object-lock"), ("unsynchronized", "atomic")]

    /// One message at a time: the sender waits for the receiver, and the receiver for the sender, until the channel is closed.
    @Test(arguments: pairs) func valuesGoFromRuntimeToRuntime(_ sender: String, _ receiver: String) throws {
        let pair = try Pair(
            sender, receiver,
            workloads: [
                (
                    "produce", "a",
                    """
                    import gild
                    with gild.channel("work", 1) as work:
                        for i in range(40):
                            work.send({"number": i, "text": "é" * i, "data": bytes([i]) * (i * 1000), "nested": [(i, 2 ** 80 + i)], "back": gild.channel("back")})
                    print(gild.channel("back").recv())
                    """
                ),
                (
                    "consume", "b",
                    """
                    import gild
                    size = 0
                    for i, message in enumerate(gild.channel("work", 1)):
                        assert message["number"] == i and message["text"] == "é" * i and message["nested"] == [(i, 2 ** 80 + i)]
                        assert message["data"] == bytes([i]) * (i * 1000)
                        size += len(message["data"])
                    print("received", i + 1, "messages and", size, "bytes")
                    message["back"].send("all " + str(i + 1))
                    """
                ),
            ])
        defer { pair.process.kill() }
        try pair.start("consume")
        try pair.waitUntilBlocked("consume", in: "b")
        try pair.start("produce")
        for name in ["produce", "consume"] { try pair.check(name) }
        #expect(try pair.output("consume") == ["received 40 messages and 780000 bytes"])
        #expect(try pair.output("produce") == ["all 40"])
    }

    /// A full channel holds its sender until another runtime makes room.
    @Test func aSenderWaitsUntilTheOtherRuntimeMakesRoom() throws {
        let pair = try Pair(
            "biased", "gil",
            workloads: [
                ("fill", "a", "import gild\nc = gild.channel('full', 2)\nfor i in range(5):\n    c.send(i)\nprint('sent')\nc.close()"),
                ("take", "b", "import gild\nprint(list(gild.channel('full')))"),
            ])
        defer { pair.process.kill() }
        try pair.start("fill")
        try pair.waitUntilBlocked("fill", in: "a")
        #expect(try pair.output("fill") == [])
        try pair.run("take")
        try pair.check("fill")
        #expect(try pair.output("take") == ["[0, 1, 2, 3, 4]"])
        #expect(try pair.output("fill") == ["sent"])
    }

    /// Closing in one runtime ends the waits of the other.
    @Test func closingEndsTheWaitsOfTheOtherRuntime() throws {
        let pair = try Pair(
            "gil", "atomic",
            workloads: [
                (
                    "wait", "b",
                    """
                    import gild, threading
                    c = gild.channel("closed", 1)
                    full = gild.channel("closed and full", 1)
                    full.send(0)
                    def receive():
                        try:
                            c.recv()
                        except gild.ChannelClosed:
                            print("nothing comes any more")
                    def send():
                        try:
                            full.send(bytes(100000))
                        except gild.ChannelClosed:
                            print("nothing goes any more")
                    threads = [threading.Thread(target=receive), threading.Thread(target=send)]
                    for thread in threads: thread.start()
                    for message in c: assert False
                    for thread in threads: thread.join()
                    print(list(full))
                    """
                ),
                ("close", "a", "import gild\ngild.channel('closed and full').close()\ngild.channel('closed').close()"),
            ])
        defer { pair.process.kill() }
        try pair.start("wait")
        let deadline = deadlineFromNow(seconds: 60)
        while try pair.client.call(
            RuntimeInterface.Threads.name, encoding: RuntimeInterface.Threads.Parameters(runtime: "b"), as: RuntimeInterface.Threads.Reply.self
        ).threads.filter({ $0.blockedIn == "channel" }).count < 3 {
            try #require(gild_monotonic_ns() < deadline)
            usleep(2000)
        }
        try pair.run("close")
        try pair.check("wait")
        #expect(try pair.output("wait").sorted() == ["[0]", "nothing comes any more", "nothing goes any more"])
    }

    /// `gilctl stop` of a workload that waits: it ends with 143, has taken no message, and sends none.
    @Test(arguments: ["gil", "object-lock", "biased"]) func aWorkloadThatWaitsIsStoppedAndTakesNothing(_ regime: String) throws {
        let pair = try Pair(
            regime, "gil",
            workloads: [
                ("receiver", "a", "import gild, threading\njobs = gild.channel('jobs')\nfor i in range(3):\n    threading.Thread(target=jobs.recv).start()\njobs.recv()"),
                ("sender", "a", "import gild\nresults = gild.channel('results', 1)\nresults.send('first')\nresults.send(bytes(100000))"),
                (
                    "after", "b",
                    "import gild\njobs = gild.channel('jobs')\njobs.send('kept')\nprint(jobs.recv(timeout=60), len(jobs))\n"
                        + "results = gild.channel('results')\nprint(results.recv(timeout=60), len(results))"
                ),
            ])
        defer { pair.process.kill() }
        for name in ["receiver", "sender"] {
            try pair.start(name)
            try pair.waitUntilBlocked(name, in: "a")
            #expect(try pair.stop(name) == 143)
            let report = try #require(try pair.end(name).report)
            #expect(report.consistency() == [])
        }
        try pair.run("after")
        #expect(try pair.output("after") == ["kept 0", "first 0"])
        let runtimes = try pair.client.call(RuntimeInterface.List.name, as: RuntimeInterface.List.Reply.self).runtimes
        // The dict gild.shared is the runtime's.
        #expect(runtimes.filter { ["a", "b"].contains($0.name) }.allSatisfy { $0.threads == 0 && $0.liveObjects == 1 })
    }
}
