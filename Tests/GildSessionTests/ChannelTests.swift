import GildReport
import GildSession
import Testing

import class Foundation.NSLock

/// Channels between hosted runtimes, as the daemon has them. Names of channels are the process's: every test has its own.
@Suite struct HostedChannelTests {
    private final class Output: @unchecked Sendable {
        private let lock = NSLock()
        private var bytes: [UInt8] = []
        func add(_ more: [UInt8]) { lock.withLock { bytes += more } }
        var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }
    }

    private let minute: UInt64 = 60_000_000_000

    private func makeRuntime(_ name: String, heapLimit: Int = 512 << 20, regime: RegimeName = .gil) throws -> HostedRuntime {
        var options = HostOptions(name: name)
        options.regime = regime
        options.heapLimitBytes = heapLimit
        return try HostedRuntime(options)
    }

    private func start(_ source: String, in runtime: HostedRuntime, _ output: Output = Output()) throws -> HostedRun {
        var request = RunRequest(workload: "test", input: .source(text: Array(source.utf8), name: "test.py"))
        request.onOutput = { _, bytes in output.add(bytes) }
        return try runtime.start(request)
    }

    private func end(_ run: HostedRun) throws -> RunOutcome { try #require(run.outcome(timeoutNanoseconds: minute, script: "test.py")) }

    @Test func aMessageGoesFromOneRuntimeToTheOther() throws {
        let output = Output()
        let receiver = try start(
            "import gild\nprint(gild.channel('between').recv(timeout=60), gild.runtime, gild.runtimes)", in: try makeRuntime("b"), output)
        let sender = try start("import gild\ngild.channel('between').send(['héllo', {1: 2 ** 70}])", in: try makeRuntime("a"))
        for run in [sender, receiver] {
            let outcome = try end(run)
            #expect(outcome.exitStatus == 0)
            #expect(outcome.report.consistency() == [] && outcome.report.isFreeOfLeaks && outcome.report.notes == [])
        }
        #expect(output.text == "['héllo', {1: 1180591620717411303424}] 0 1\n")
    }

    @Test func messagesOutliveTheRunThatSentThem() throws {
        let output = Output()
        #expect(try end(try start("import gild\nc = gild.channel('outlive')\nc.send(1)\nc.send(2)\nc.close()", in: try makeRuntime("a"))).exitStatus == 0)
        #expect(try end(try start("import gild\nprint(list(gild.channel('outlive')))", in: try makeRuntime("b"), output)).exitStatus == 0)
        #expect(output.text == "[1, 2]\n")
        // All of it was received and nobody holds it: the name begins anew.
        #expect(try end(try start("import gild\nassert not gild.channel('outlive', 5).closed", in: try makeRuntime("c"))).exitStatus == 0)
    }

    @Test(.serialized, arguments: [
        "c.recv()", "for message in c: pass", "c.recv(timeout=1000)",
        "full = gild.channel('stopped full', 1)\nfull.send(1, timeout=0)\nfull.send(2)",
        "import threading\nfor i in range(4): threading.Thread(target=c.recv).start()",
    ])
    func aStoppedRunLeavesItsWaitAndTakesNothing(_ wait: String) throws {
        let output = Output()
        let runtime = try makeRuntime("a")
        let run = try start("import gild\nc = gild.channel('stopped')\nprint('go')\n" + wait, in: runtime, output)
        while !output.text.contains("go") {}
        run.stop()
        let outcome = try end(run)
        #expect(outcome.exitStatus == 143)
        #expect(outcome.report.consistency() == [])
        #expect(try runtime.leaks(timeoutNanoseconds: minute).isEmpty)
        // The dict gild.shared is the runtime's.
        #expect(runtime.snapshot(timeoutNanoseconds: minute).liveObjects == 1)
        let after = try start(
            "import gild\nc = gild.channel('stopped')\nc.send('kept')\nassert c.recv(timeout=60) == 'kept'\nfull = gild.channel('stopped full')\nwhile len(full): full.recv()",
            in: try makeRuntime("b"))
        #expect(try end(after).exitStatus == 0)
    }

    @Test func aWaitingThreadSaysSo() throws {
        let output = Output()
        let runtime = try makeRuntime("a")
        let run = try start("import gild\nprint('go')\ngild.channel('says so').recv()", in: runtime, output)
        while !output.text.contains("go") {}
        var threads: [ThreadActivity] = []
        repeat { threads = try runtime.threads(timeoutNanoseconds: minute) } while threads.contains { $0.state != .blocked }
        #expect(threads.first?.blockedIn == "channel" && threads.first?.place == "test.py:3")
        run.stop()
        _ = try end(run)
    }

    @Test func aMessageThatDoesNotFitTheHeapStaysInTheChannel() throws {
        let output = Output()
        let small = try makeRuntime("small", heapLimit: 8 << 20)
        let source = """
            import gild
            c = gild.channel('too large for some')
            c.send(['x' * (1 << 20) for i in range(16)])
            """
        #expect(try end(try start(source, in: try makeRuntime("large"))).exitStatus == 0)
        let refused = try start(
            "import gild\nc = gild.channel('too large for some')\ntry:\n    c.recv()\nexcept MemoryError:\n    print('full', len(c))", in: small, output)
        let outcome = try end(refused)
        #expect(outcome.exitStatus == 0 && outcome.report.consistency() == [] && outcome.report.isFreeOfLeaks)
        #expect(try end(try start("import gild\nprint(len(gild.channel('too large for some').recv()))", in: try makeRuntime("other"), output)).exitStatus == 0)
        #expect(output.text == "full 1\n16\n")
    }

    /// What is moved leaves the sender's report and comes into the receiver's, whatever their regimes; each adds up, and the peaks say where it was.
    @Test(arguments: RegimeName.allCases) func movedBytesAreInTheReportOfWhoHasThem(_ regime: RegimeName) throws {
        let megabyte = 1 << 20
        let name = "moved \(regime.rawValue)"
        let other = regime == .biased ? RegimeName.gil32 : .biased
        let sent = try end(try start(
            "import gild\nc = gild.channel('\(name)')\nfor i in range(8):\n    c.send(bytes([i]) * \(megabyte))", in: try makeRuntime("sender", regime: regime)))
        let output = Output()
        let received = try end(try start(
            "import gild\nc = gild.channel('\(name)')\nprint([(len(m), m[0], m[-1]) for m in [c.recv(timeout=60) for i in range(8)]] == [(\(megabyte), i, i) for i in range(8)])",
            in: try makeRuntime("receiver", regime: other), output))
        #expect(output.text == "True\n")
        for outcome in [sent, received] {
            #expect(outcome.exitStatus == 0)
            #expect(outcome.report.consistency() == [] && outcome.report.isFreeOfLeaks)
            #expect(outcome.report.heap.allocatedBytes >= 8 * megabyte && outcome.report.heap.allocatedBytes < 9 * megabyte)
            #expect(outcome.report.heap.freedBytes == outcome.report.heap.allocatedBytes)
        }
        // One at a time here, all together there.
        #expect(sent.report.heap.peakBytes < 2 * megabyte && received.report.heap.peakBytes >= 8 * megabyte)
    }

    /// The receiver's heap limit counts what it is given. What it refuses goes back to the front of the channel, as it was.
    @Test(arguments: RegimeName.allCases) func movedBytesThatDoNotFitTheHeapStayInTheChannel(_ regime: RegimeName) throws {
        let output = Output()
        let name = "too large to move \(regime.rawValue)"
        let source = """
            import gild
            def make():
                message = {'parts': [bytes([i]) * (1 << 20) for i in range(16)], 'again': []}
                message['again'].append(message)
                return message
            c = gild.channel('\(name)')
            c.send(make())
            c.send(bytes(100000))
            """
        #expect(try end(try start(source, in: try makeRuntime("large"))).exitStatus == 0)
        let refused = try end(try start(
            """
            import gild
            c = gild.channel('\(name)')
            for i in range(3):
                try:
                    c.recv()
                except MemoryError:
                    print('full', len(c))
            """, in: try makeRuntime("small", heapLimit: 8 << 20, regime: regime), output))
        #expect(refused.exitStatus == 0 && refused.report.consistency() == [] && refused.report.isFreeOfLeaks)
        #expect(refused.report.heap.cyclesCollected == 0)
        let taken = try end(try start(
            """
            import gild
            c = gild.channel('\(name)')
            message = c.recv()
            print([(len(part), part[0], part[-1]) for part in message['parts']] == [(1 << 20, i, i) for i in range(16)], message['again'][0] is message, len(c.recv()))
            message['again'].clear()
            """, in: try makeRuntime("other", regime: regime), output))
        #expect(taken.exitStatus == 0 && taken.report.consistency() == [] && taken.report.isFreeOfLeaks)
        #expect(output.text == "full 2\nfull 2\nfull 2\nTrue True 100000\n")
    }
}
