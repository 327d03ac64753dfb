import GildReport
import GildRuntime
import GildSession
import Testing

import class Foundation.NSLock

/// Runtimes whose threads run at the same time: questions from outside and the ends of runs stop the world, and start it again.
@Suite struct FreeHostingTests {
    private let minute: UInt64 = 60_000_000_000

    private func makeRuntime() throws -> HostedRuntime {
        var options = HostOptions(name: "free")
        options.regime = .atomic
        return try HostedRuntime(options)
    }

    private func request(_ source: String, workload: String, onLog: @escaping @Sendable (String) -> Void = { _ in }) -> RunRequest {
        var request = RunRequest(workload: workload, input: .source(text: Array(source.utf8), name: "test.py"), arguments: [])
        request.onLog = { onLog($1) }
        return request
    }

    /// Messages that can be waited for.
    private final class Messages: @unchecked Sendable {
        private let lock = NSLock()
        private var all: Set<String> = []
        func add(_ message: String) { lock.withLock { _ = all.insert(message) } }
        func has(_ message: String) -> Bool { lock.withLock { all.contains(message) } }
    }

    private let spinning = """
        import gild, threading
        def spin(n):
            kept = []
            while True:
                kept = [n, kept[:1]]
        for i in range(3):
            threading.Thread(target=spin, args=(i,), daemon=True).start()
        gild.log("spins")
        spin(3)
        """

    @Test func threadsGoOnAfterQuestions() throws {
        let runtime = try makeRuntime()
        let messages = Messages()
        let run = try runtime.start(request(spinning, workload: "spins", onLog: messages.add))
        while !messages.has("spins") {}
        var instructions = 0
        for _ in 0..<5 {
            let snapshot = runtime.snapshot(timeoutNanoseconds: minute)
            #expect(snapshot.isExact && snapshot.threadCount == 4)
            #expect(snapshot.increfs - snapshot.decrefs == snapshot.liveReferences)
            #expect(snapshot.lock.stops != nil && snapshot.lock.attachedNanoseconds != nil)
            let threads = try runtime.threads(timeoutNanoseconds: minute)
            #expect(threads.filter { $0.workload == "spins" }.count == 4)
            _ = try runtime.heapTop(by: .type, limit: 3, timeoutNanoseconds: minute)
            _ = try runtime.collect(timeoutNanoseconds: minute)
            // Between two looks they have run.
            while runtime.snapshot(timeoutNanoseconds: minute).instructions == instructions {}
            instructions = runtime.snapshot(timeoutNanoseconds: minute).instructions
        }
        run.stop()
        let outcome = try #require(run.outcome(timeoutNanoseconds: minute, script: "test.py"))
        #expect(outcome.exitStatus == 143)
        #expect(outcome.report.consistency() == [])
        #expect(runtime.close(deadlineNanoseconds: .max))
    }

    @Test func aRunEndsWhileAnotherGoesOn() throws {
        let runtime = try makeRuntime()
        let messages = Messages()
        let long = try runtime.start(request(spinning, workload: "long", onLog: messages.add))
        while !messages.has("spins") {}
        let short = """
            import threading
            def work(n):
                kept = {}
                for i in range(100):
                    kept[i % 7] = [i, str(i)]
            threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            loop = []
            loop.append(loop)
            """
        for _ in 0..<3 {
            let outcome = try #require(
                try runtime.start(request(short, workload: "short")).outcome(timeoutNanoseconds: minute, script: "test.py"))
            #expect(outcome.exitStatus == 0)
            #expect(outcome.report.threads.count == 4)
            #expect(outcome.report.heap.leaked == [] && outcome.report.refcounts.liveReferences == 0)
            #expect(outcome.report.lock.handoffs.total == 0 && outcome.report.lock.stops != nil)
        }
        long.stop()
        let outcome = try #require(long.outcome(timeoutNanoseconds: minute, script: "test.py"))
        #expect(outcome.exitStatus == 143)
        #expect(runtime.close(deadlineNanoseconds: .max))
    }
}
