import GildReport
import GildSession
import Testing

import class Foundation.NSLock

/// Output and end of a hosted run.
private final class Recorder: @unchecked Sendable {
    private let lock = NSLock()
    private var bytes: [UInt8] = []
    private var messages: [String] = []
    func add(_ more: [UInt8]) { lock.withLock { bytes += more } }
    func note(_ level: String, _ message: String) { lock.withLock { messages.append("\(level): \(message)") } }
    var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }
    var logged: [String] { lock.withLock { messages } }
}

private func makeRuntime(_ name: String = "main", _ change: (inout HostOptions) -> Void = { _ in }) throws -> HostedRuntime {
    var options = HostOptions(name: name)
    change(&options)
    return try HostedRuntime(options)
}

private func request(_ source: String, workload: String = "test", arguments: [String] = [], _ recorder: Recorder? = nil) -> RunRequest {
    var request = RunRequest(workload: workload, input: .source(text: Array(source.utf8), name: "test.py"), arguments: arguments)
    if let recorder {
        request.onOutput = { _, bytes in recorder.add(bytes) }
        request.onLog = { recorder.note($0, $1) }
    }
    return request
}

private let minute: UInt64 = 60_000_000_000

extension HostedRuntime {
    fileprivate func run(_ request: RunRequest) throws -> RunOutcome {
        try #require(try start(request).outcome(timeoutNanoseconds: minute, script: "test.py"))
    }
}

extension RefcountReport {
    /// A thread that finds another one at its end, or has to let it run first, asks immortal objects a few times more or less.
    fileprivate var withoutImmortals: RefcountReport {
        var result = self
        result.paths?.immortal = nil
        return result
    }
}

private let worker = """
    import threading
    class Node:
        def __init__(self, i):
            self.items = [i, str(i)]
    def work(n):
        kept = {}
        for i in range(200):
            kept[i % 7] = Node(i)
        print(n, len(kept))
    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for t in threads:
        t.start()
        t.join()
    loop = []
    loop.append(loop)
    """

@Suite struct HostingTests {
    @Test func aHostedRunHasTheFiguresOfARunAlone() throws {
        let alone = try runScript(.source(text: Array(worker.utf8), name: "test.py"), options: RunOptions())
        let runtime = try makeRuntime()
        for _ in 0..<3 {
            let recorder = Recorder()
            let hosted = try runtime.run(request(worker, recorder))
            #expect(recorder.text == "0 7\n1 7\n2 7\n")
            let report = hosted.report
            #expect(report.consistency() == [])
            #expect(report.refcounts.withoutImmortals == alone.report.refcounts.withoutImmortals)
            #expect(report.heap == alone.report.heap)
            #expect(report.threads.map(\.name) == alone.report.threads.map(\.name))
            #expect(report.threads.map(\.instructions) == alone.report.threads.map(\.instructions))
            #expect(report.notes == alone.report.notes)
            #expect(report.exitStatus == 0)
        }
        #expect(runtime.close(deadlineNanoseconds: .max))
    }

    @Test func runsOfOneRuntimeShareADictAndNothingElse() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let first = try runtime.run(request("import gild, sys\ngild.shared['n'] = [1, 2]\nsys.path_of_mine = 1\nx = 5", workload: "first", recorder))
        #expect(first.report.heap.leaked == [.init(type: "list", count: 1, refcount: 1, site: "test.py:2", shared: 1)])
        let outcome = try runtime.run(
            request(
                "import gild, sys\nprint(gild.shared['n'], gild.workload, hasattr(sys, 'path_of_mine'))\ngild.log('done', level='warning')",
                workload: "second", recorder))
        #expect(recorder.text == "[1, 2] second False\n")
        #expect(recorder.logged == ["warning: done"])
        #expect(outcome.report.consistency() == [])
        let leaks = try runtime.leaks(timeoutNanoseconds: minute)
        #expect(leaks.map(\.workload) == ["first"] && leaks.map(\.type) == ["list"] && leaks.map(\.isShared) == [true])
        #expect(leaks.first?.site == "test.py:2")
    }

    @Test func aDeadlockBetweenRunsIsFoundAndToldWithTheLockHeld() throws {
        let found = Recorder()
        let runtime = try makeRuntime { $0.onDeadlock = { found.note($0.workload, $0.sentence) } }
        // The first run makes the locks; each then takes one and, when both have, wants the other.
        let source = """
            import gild, threading, time
            mine, other = int(gild.workload), 1 - int(gild.workload)
            gild.shared[f'lock {mine}'] = threading.Lock()
            while f'lock {other}' not in gild.shared:
                time.sleep(0.001)
            with gild.shared[f'lock {mine}']:
                gild.shared[f'has {mine}'] = True
                while f'has {other}' not in gild.shared:
                    time.sleep(0.001)
                try:
                    with gild.shared[f'lock {other}']:
                        print('both')
                except DeadlockError:
                    print('victim')
            """
        let recorder = Recorder()
        let runs = try (0..<2).map { try runtime.start(request(source, workload: "\($0)", recorder)) }
        let outcomes = try runs.map { try #require($0.outcome(timeoutNanoseconds: minute, script: "test.py")) }
        #expect(recorder.text.split(separator: "\n").filter { $0 == "both" || $0 == "victim" }.sorted() == ["both", "victim"])
        #expect(found.logged.count == 1 && found.logged[0].contains("MainThread wants Lock made at test.py:3, held by MainThread since test.py:6"))
        #expect(outcomes.map(\.report.deadlocks.count).sorted() == [0, 1])
        #expect(outcomes.map(\.exitStatus) == [0, 0])
        #expect(outcomes.map { $0.report.consistency() } == [[], []])
        #expect(runtime.close(deadlineNanoseconds: .max))
    }

    /// Whether a wait that any thread could end is hopeless is never known here: another run may come.
    @Test func aRunThatWaitsForAnotherIsNoDeadlock() throws {
        let runtime = try makeRuntime()
        let waiting = try runtime.start(request("""
            import gild, threading
            gild.shared['lock'] = lock = threading.Lock()
            lock.acquire()
            lock.acquire()
            """, workload: "waits"))
        let helper = try runtime.run(request("""
            import gild, time
            while 'lock' not in gild.shared or not gild.shared['lock'].locked():
                time.sleep(0.001)
            time.sleep(0.02)
            gild.shared['lock'].release()
            """, workload: "helps"))
        let outcome = try #require(waiting.outcome(timeoutNanoseconds: minute, script: "test.py"))
        #expect(helper.exitStatus == 0 && outcome.exitStatus == 0)
        #expect(outcome.report.deadlocks == DeadlockReport())
        #expect(runtime.close(deadlineNanoseconds: .max))
    }

    @Test func aRunAloneHasASharedDictOfItsOwn() throws {
        let source = "import gild\ngild.shared['me'] = gild.shared\ngild.shared[1] = [2.5, 'x']\nassert gild.workload == 'alone.py'"
        let outcome = try runScript(.source(text: Array(source.utf8), name: "alone.py"), options: RunOptions())
        #expect(outcome.exitStatus == 0)
        #expect(outcome.report.consistency() == [] && outcome.report.isFreeOfLeaks)
    }

    @Test func theSharedDictIsInNoRunsBooks() throws {
        let runtime = try makeRuntime()
        let plain = try runtime.run(request("import gild")).report
        let again = try runtime.run(request("import gild")).report
        #expect(plain.refcounts == again.refcounts && plain.heap == again.heap && plain.isFreeOfLeaks)
        #expect(plain.notes == [] && plain.consistency() == [])
        #expect(runtime.snapshot(timeoutNanoseconds: minute).liveObjects == 1)
    }

    @Test(arguments: [
        "while True: pass",
        "import time\nprint('here')\ntime.sleep(1000)",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
        "import threading, time\ndef f():\n    while True: time.sleep(0.001)\nfor i in range(4): threading.Thread(target=f).start()",
        "import threading\nthreading.Thread(target=lambda: threading.Event().wait()).start()",
        "class A:\n    def __del__(self):\n        while True: pass\na = A()\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass\n    finally:\n        while True: pass",
    ])
    func aStoppedRunLeavesNothingBehind(_ source: String) throws {
        let runtime = try makeRuntime()
        let run = try runtime.start(request(source))
        // Long enough for most to be inside the loop or the wait; right after the start is a case, too.
        _ = run.wait(timeoutNanoseconds: 30_000_000)
        run.stop()
        let outcome = try #require(run.outcome(timeoutNanoseconds: minute, script: "test.py"))
        #expect(outcome.exitStatus == 143)
        #expect(outcome.report.consistency() == [])
        let left = try runtime.leaks(timeoutNanoseconds: minute)
        #expect(left.isEmpty, "\(left)")
        #expect(runtime.snapshot(timeoutNanoseconds: minute).liveObjects == 0)
        #expect(try runtime.threads(timeoutNanoseconds: minute).isEmpty)
    }

    @Test func aRunThatNeverStartedToRunCanBeStopped() throws {
        let runtime = try makeRuntime()
        for _ in 0..<50 {
            let run = try runtime.start(request("while True: pass"))
            run.stop()
            #expect(run.outcome(timeoutNanoseconds: minute, script: "test.py")?.exitStatus == 143)
        }
    }

    @Test func theTimeLimitEndsARunWithStatus124() throws {
        let runtime = try makeRuntime()
        var request = request("while True: pass")
        request.timeLimitNanoseconds = 30_000_000
        #expect(try runtime.run(request).exitStatus == 124)
    }

    @Test func aLockOfAStoppedRunIsReleased() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let holder = try runtime.start(
            request("import gild, threading, time\ngild.shared['lock'] = threading.Lock()\ngild.shared['lock'].acquire()\nprint('held')\ntime.sleep(1000)", recorder))
        while !recorder.text.contains("held") {}
        let waiter = try runtime.start(request("import gild\nwith gild.shared['lock']: print('mine')", recorder))
        holder.stop()
        let outcome = try #require(holder.outcome(timeoutNanoseconds: minute, script: "test.py"))
        #expect(outcome.report.notes.contains { $0.contains("released") } || outcome.report.heap.liveObjects == 1)
        #expect(waiter.outcome(timeoutNanoseconds: minute, script: "test.py")?.exitStatus == 0)
        #expect(recorder.text.hasSuffix("mine\n"))
    }

    @Test func oneRunsFailureIsItsOwn() throws {
        let runtime = try makeRuntime()
        let steady = Recorder()
        let other = try runtime.start(request("import time\nfor i in range(20): time.sleep(0.002)\nprint('steady')", steady))
        let failing = Recorder()
        let outcome = try runtime.run(request("x = []\nx.append(x)\nraise ValueError('mine')", failing))
        #expect(outcome.exitStatus == 1)
        #expect(failing.text.hasSuffix("ValueError: mine\n"))
        #expect(other.outcome(timeoutNanoseconds: minute, script: "test.py")?.exitStatus == 0)
        #expect(steady.text == "steady\n")
        #expect(runtime.snapshot(timeoutNanoseconds: minute).liveObjects == 0)
    }

    @Test func theEntryRunsOnSoManyThreads() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        var request = request("seen = []\ndef worker(index):\n    seen.append(index)\n    if len(seen) == 4: print(sorted(seen))", recorder)
        request.entry = "worker"
        request.threads = 4
        let outcome = try runtime.run(request)
        #expect(recorder.text == "[0, 1, 2, 3]\n")
        #expect(outcome.exitStatus == 0)
        #expect(outcome.report.threads.map(\.name) == ["MainThread", "worker-0", "worker-1", "worker-2", "worker-3"])
        #expect(outcome.report.isFreeOfLeaks)
    }

    @Test func anExceptionInAnEntryThreadFailsTheRun() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        var failing = request("def worker(index):\n    if index == 1: raise KeyError(index)", recorder)
        failing.entry = "worker"
        failing.threads = 2
        #expect(try runtime.run(failing).exitStatus == 1)
        #expect(recorder.text.hasPrefix("Exception in thread worker-1:\nTraceback"))
        failing.entry = "absent"
        #expect(try runtime.run(failing).exitStatus == 1)
        #expect(recorder.text.contains("the script defines no function 'absent'"))
    }

    @Test func countersOfASnapshotAreOfOneMoment() throws {
        let runtime = try makeRuntime()
        let runs = try (0..<3).map { try runtime.start(request(worker.replacing("range(200)", with: "range(2000000)"), workload: "w\($0)")) }
        var last = runtime.snapshot(timeoutNanoseconds: minute)
        for _ in 0..<20 {
            let now = runtime.snapshot(timeoutNanoseconds: minute)
            #expect(now.isExact)
            #expect(now.increfs - now.decrefs == now.liveReferences)
            #expect(now.allocations - now.frees == now.liveObjects)
            #expect(now.lock.unaccountedNanoseconds == 0)
            let interval = now.interval(since: last)
            #expect(interval.lock.hold.count >= 0 && interval.increfs == now.increfs - last.increfs)
            last = now
        }
        let groups = try runtime.heapTop(by: .type, limit: 100, timeoutNanoseconds: minute)
        #expect(groups.contains { $0.key == "Node" })
        for run in runs { run.stop() }
        for run in runs {
            let outcome = try #require(run.outcome(timeoutNanoseconds: minute, script: "test.py"))
            #expect(outcome.report.consistency() == [])
            #expect(outcome.report.lock.heldByOthersNanoseconds > 0)
        }
        let end = runtime.snapshot(timeoutNanoseconds: minute)
        #expect(end.liveObjects == 0 && end.liveReferences == 0 && end.liveBytes == 0)
    }

    @Test func threadsSayWhatTheyDoAndWhere() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let run = try runtime.start(
            request(
                "import threading, time\nlock = threading.Lock()\nlock.acquire()\ndef f():\n    lock.acquire()\nthreading.Thread(target=f, name='stuck').start()\nprint('go')\ntime.sleep(1000)",
                workload: "w", recorder))
        while !recorder.text.contains("go") {}
        var threads: [ThreadActivity] = []
        repeat {
            threads = try runtime.threads(timeoutNanoseconds: minute)
        } while threads.contains { $0.state != .blocked }
        let main = try #require(threads.first { $0.name == "MainThread" })
        #expect(main.blockedIn == "sleep" && main.place == "test.py:8" && main.workload == "w" && main.function == "<module>")
        let stuck = try #require(threads.first { $0.name == "stuck" })
        #expect(stuck.blockedIn == "lock" && stuck.place == "test.py:5" && stuck.function == "f")
        run.stop()
        _ = run.wait(timeoutNanoseconds: minute)
    }

    @Test func anObjectIsFoundWithItsReferrers() throws {
        let runtime = try makeRuntime()
        _ = try runtime.run(request("import gild\ninner = ['text']\ngild.shared['key'] = [inner, inner]"))
        let lists = try runtime.heapTop(by: .type, limit: 10, timeoutNanoseconds: minute)
        let group = try #require(lists.first { $0.key == "list" })
        #expect(group.count == 2)
        let inner = try runtime.inspect(address: group.exampleAddress, timeoutNanoseconds: minute)
        #expect(inner.type == "list" && inner.refcount == 2 && inner.site == "test.py:2")
        #expect(inner.referrers.map(\.representation) == ["list of 2"] && inner.referents.map(\.representation) == ["'text'"])
        #expect(throws: HostError.self) { try runtime.inspect(address: group.exampleAddress + 8, timeoutNanoseconds: minute) }
        #expect(try runtime.collect(timeoutNanoseconds: minute).collectedObjects == 0)
    }

    @Test func aHolderWithoutCheckpointsIsNoticed() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let run = try runtime.start(request("print('go')\nx = 7 ** 400000\nprint('end')", recorder))
        while !recorder.text.contains("go") {}
        var timedOut = false
        do { _ = try runtime.threads(timeoutNanoseconds: 20_000_000) } catch { timedOut = error.code == .timedOut }
        #expect(timedOut || recorder.text.contains("end"))
        #expect(!runtime.snapshot(timeoutNanoseconds: 1_000_000).isExact || recorder.text.contains("end"))
        run.stop()
        _ = run.wait(timeoutNanoseconds: 10 * minute)
    }

    @Test func manyRunsLeaveTheRuntimeAsItWas() throws {
        let runtime = try makeRuntime()
        let source = "import threading, sys, time\nclass A: pass\na = A()\na.x = 1.5\nt = threading.Thread(target=lambda: A())\nt.start(); t.join()"
        for _ in 0..<100 {
            let outcome = try runtime.run(request(source))
            #expect(outcome.report.isFreeOfLeaks && outcome.report.consistency() == [])
        }
        let snapshot = runtime.snapshot(timeoutNanoseconds: minute)
        #expect(snapshot.liveObjects == 0 && snapshot.liveBytes == 0)
        #expect(snapshot.lock.unaccountedNanoseconds == 0)
    }
}

@Suite struct InteractiveTests {
    /// Evaluates the inputs one after another; returns the output and the outcomes.
    private func evaluate(_ inputs: [String]) throws -> (String, [EvaluationOutcome]) {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let session = try runtime.openInteractive(request("", workload: "repl", recorder))
        var outcomes: [EvaluationOutcome] = []
        for input in inputs { outcomes.append(wait { session.evaluate(input, $0) }) }
        session.close()
        let outcome = try #require(session.run.outcome(timeoutNanoseconds: minute, script: "<stdin>"))
        #expect(outcome.report.consistency() == [])
        #expect(outcome.report.heap.liveObjects == 0)
        return (recorder.text, outcomes)
    }

    private func wait(_ body: (@escaping @Sendable (EvaluationOutcome) -> Void) -> Void) -> EvaluationOutcome {
        final class Box: @unchecked Sendable {
            private let lock = NSLock()
            private var value: EvaluationOutcome?
            func set(_ outcome: EvaluationOutcome) { lock.withLock { value = outcome } }
            var outcome: EvaluationOutcome? { lock.withLock { value } }
        }
        let box = Box()
        body { box.set($0) }
        while true { if let outcome = box.outcome { return outcome } }
    }

    @Test func valuesAreShownAndNamesStay() throws {
        let (text, outcomes) = try evaluate(["x = 20", "x + 1", "None", "'s'", "_", "def f(y):\n    return x + y\n\n", "f(2)", "x = 1; f(2)", "z"])
        #expect(text.hasPrefix("21\n's'\n's'\n22\n3\nTraceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n"))
        #expect(text.hasSuffix("NameError: name 'z' is not defined\n"))
        #expect(outcomes == [.complete, .complete, .complete, .complete, .complete, .complete, .complete, .complete, .failed])
    }

    @Test func incompleteInputWantsMore() throws {
        let inputs = ["if 1:", "if 1:\n    2", "if 1:\n    2\n", "if 1:\n    2\n\n", "(1,", "'''a", "try:\n  pass\n", "x = 1 +", "x = 1 + \\", "pass", "1 1"]
        let (_, outcomes) = try evaluate(inputs)
        #expect(outcomes == [.incomplete, .incomplete, .complete, .complete, .incomplete, .incomplete, .incomplete, .failed, .incomplete, .complete, .failed])
    }

    @Test func systemExitEndsTheSession() throws {
        let (_, outcomes) = try evaluate(["import sys", "sys.exit(3)", "1"])
        #expect(outcomes == [.complete, .ended, .ended])
    }

    @Test func anEvaluationCanBeInterrupted() throws {
        let runtime = try makeRuntime()
        let recorder = Recorder()
        let session = try runtime.openInteractive(request("", recorder))
        let outcome = wait { done in
            session.evaluate("print('go')\nwhile True: pass\n\n", done)
            while !recorder.text.contains("go") {}
            session.interrupt()
        }
        #expect(outcome == .failed)
        #expect(recorder.text.hasSuffix("KeyboardInterrupt\n"))
        #expect(wait { session.evaluate("1 + 1", $0) } == .complete)
        session.run.stop()
        #expect(session.run.outcome(timeoutNanoseconds: minute, script: "")?.exitStatus == 143)
    }
}
