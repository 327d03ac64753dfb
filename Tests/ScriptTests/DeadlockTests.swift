// Deadlocks: what is printed and reported, and how an aborted run ends. What is found, and what must not be, stands in
// Tests/Scripts/deadlocks; here the same programs run under stress too.

import Foundation
import GildReport
import Testing

private func run(_ source: String, _ options: [String] = []) throws -> Completed {
    try Slots.shared.occupy { try Gild.run(["run"] + options + ["-"], input: source) }
}

/// Two named threads take two locks in opposite order; the lines are counted from 1.
private let opposite = """
    import threading
    a = threading.Lock()
    b = threading.RLock()
    gate = threading.Barrier(2)
    def body(first, second):
        with first:
            gate.wait()
            with second:
                print("both")
    threads = [threading.Thread(target=body, args=x, name=n) for n, x in [("Ann", (a, b)), ("Bob", (b, a))]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("joined")

    """

@Suite struct DeadlockTests {
    @Test func theCycleIsPrintedWithThreadsLocksAndLines() throws {
        let result = try run(opposite)
        #expect(result.status == 0)
        #expect(result.outputText.split(separator: "\n").sorted() == ["both", "joined"])
        let lines = result.errorText.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex(of: "gild: deadlock: 2 threads wait for each other"))
        let told = Array(lines[(start + 1)..<(start + 8)])
        for (name, own, other) in [("Ann", "Lock made at <stdin>:2", "RLock made at <stdin>:3"), ("Bob", "RLock made at <stdin>:3", "Lock made at <stdin>:2")] {
            let index = try #require(told.firstIndex(of: "  " + name))
            #expect(told[index + 1].contains(try Regex("^    holds  \(own), taken [0-9.]+ (ns|µs|ms|s) ago at <stdin>:6$")), "\(told[index + 1])")
            #expect(told[index + 2] == "    wants  \(other), at <stdin>:8")
        }
        #expect(["Ann", "Bob"].contains { told[6] == "  \($0) gets DeadlockError" })
        // The message is one line, and it is what the traceback ends with.
        let message = try #require(lines.first { $0.hasPrefix("DeadlockError: ") })
        #expect(message.contains("Ann wants RLock made at <stdin>:3, held by Bob since <stdin>:6"))
        #expect(message.contains("Bob wants Lock made at <stdin>:2, held by Ann since <stdin>:6"))
    }

    @Test func theReportHasTheCycle() throws {
        let result = try run(opposite, ["--report-json", "/dev/stdout", "--report"])
        let start = try #require(result.outputText.range(of: "{\n  \"gild\""))
        let report = try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[start.lowerBound...].utf8))
        #expect(report.consistency() == [])
        #expect(report.deadlocks.count == 1)
        let deadlock = try #require(report.deadlocks.list.first)
        #expect(deadlock.isCycle && ["Ann", "Bob"].contains(deadlock.victim))
        let ann = try #require(deadlock.threads.first { $0.thread == "Ann" })
        #expect(ann.wants == .init(what: "RLock made at <stdin>:3", at: "<stdin>:8"))
        let holds = try #require(ann.holds)
        #expect(holds.what == "Lock made at <stdin>:2" && holds.takenAt == "<stdin>:6")
        // Held since before the end of the run, and no longer than the run.
        #expect(holds.sinceNanoseconds > 0 && holds.sinceNanoseconds < report.wallNanoseconds)
        #expect(result.errorText.contains("\nDeadlocks\n"))
    }

    @Test func anAbortedRunEndsWithStatus3AndItsReport() throws {
        let result = try run(opposite, ["--on-deadlock", "abort", "--report-json", "/dev/stdout"])
        #expect(result.status == 3)
        #expect(!result.outputText.contains("joined") && !result.errorText.contains("DeadlockError"))
        #expect(result.errorText.contains("  the run is aborted\n"))
        let start = try #require(result.outputText.range(of: "{\n  \"gild\""))
        let report = try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[start.lowerBound...].utf8))
        #expect(report.exitStatus == 3 && report.deadlocks.count == 1 && report.deadlocks.list[0].victim == nil)
        #expect(report.notes.contains { $0.contains("aborted") })
    }

    /// Handlers and finally clauses of the main thread do not run, whatever it waits in.
    @Test(arguments: ["time.sleep(1000)", "threads[0].join(1000)", "spin()", "threads[1].join()"])
    func anAbortEndsTheMainThread(wait: String) throws {
        let source = opposite.replacing("thread.join()", with: "try: \(wait)\n    finally: print('handler')")
            .replacing("import threading", with: "import threading, time\ndef spin():\n    while True: pass")
        let result = try run(source, ["--on-deadlock", "abort"])
        #expect(result.status == 3, "\(result.errorText)")
        #expect(result.outputText == "")
    }

    @Test func aSelfMadeDeadlockOfTheMainThreadIsAnExceptionLikeOthers() throws {
        let result = try run("import threading\nlock = threading.Lock()\nwith lock:\n    with lock: pass\n")
        #expect(result.status == 1)
        #expect(result.errorText.contains("gild: deadlock: a thread waits for itself\n"))
        #expect(result.errorText.contains("DeadlockError: threads wait for each other: MainThread wants Lock made at <stdin>:2, held by MainThread since <stdin>:3\n"))
    }

    /// The end of the program waits for its threads, and runs no code that could get an exception.
    @Test func atTheEndTheOtherThreadIsTheVictim() throws {
        let result = try run("""
            import threading
            lock = threading.Lock()
            lock.acquire()
            threading.Thread(target=lock.acquire, name="Tom").start()

            """)
        #expect(result.status == 0)
        #expect(result.errorText.contains("    wants  the end of Tom, at the end of the program\n"))
        #expect(result.errorText.contains("  Tom gets DeadlockError\n"))
    }

    @Test(arguments: Corpus.programs.filter { $0.path.hasPrefix("Tests/Scripts/deadlocks/") }, ["switch", "switch,collect"])
    func underStress(program: Program, stress: String) throws {
        let result = try Slots.shared.occupy { try Gild.run(["run", "--stress", stress, program.path] + program.arguments) }
        #expect(!result.isTimedOut && result.status == 0, "\(result.errorText.suffix(600))")
        #expect(program.missingExpectation(in: result.outputText) == nil, "\(result.outputText)\(result.errorText.suffix(600))")
    }

    /// No program of the corpus but those that mean to has a deadlock.
    @Test(arguments: Corpus.programs.filter { $0.path.contains("thread") && !$0.path.contains("deadlocks/") })
    func noFalseAlarm(program: Program) throws {
        let result = try Slots.shared.occupy {
            try Gild.run(["run"] + program.options + [program.path] + program.arguments, input: String(decoding: program.input, as: UTF8.self))
        }
        #expect(!result.errorText.contains("gild: deadlock"), "\(result.errorText.suffix(600))")
    }
}

/// Cycles through objects: the regime object-lock, in the order of access.
@Suite struct ObjectMutexTests {
    private static let access = ["--regime", "object-lock", "--lock-order", "access"]
    private static let study = "examples/study/deadlock.py"
    private static let scenes = "Tests/Scripts/deadlocks/object_mutexes.py"

    private func report(_ options: [String], _ program: String) throws -> (result: Completed, report: RunReport) {
        try withTemporaryPath(".json") { json in
            let result = try Slots.shared.occupy { try Gild.run(["run", "--report-json", json] + options + [program]) }
            return (result, try JSONDecoder().decode(RunReport.self, from: Data(contentsOf: URL(fileURLWithPath: json))))
        }
    }

    @Test func twoListsExtendedIntoEachOtherAreFoundAndNamed() throws {
        let (result, report) = try report(Self.access, Self.study)
        #expect(result.status == 0, "\(result.errorText)")
        #expect(result.outputText == "nothing is half done: True\nboth are longer: True\ndeadlocks: ['DeadlockError']\n")
        #expect(report.regime == "object-lock" && report.lockOrder == "access")
        #expect(report.isFreeOfLeaks && report.consistency() == [])
        #expect(report.deadlocks.count == 1)
        let deadlock = try #require(report.deadlocks.list.first)
        #expect(deadlock.isCycle && deadlock.threads.count == 2)
        // Promised are 100 ms; it is found where the wait that closes it begins.
        #expect(deadlock.foundAfterNanoseconds < 100_000_000)
        func list(_ line: String) throws -> String {
            let lines = try String(contentsOfFile: Corpus.root + "/" + Self.study, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            return "\(Self.study):\(try #require(lines.firstIndex { $0.contains(line) }) + 1)"
        }
        let (left, right) = (try list("left = [1"), try list("right = [10"))
        for (name, own, other) in [("Ann", left, right), ("Bob", right, left)] {
            let member = try #require(deadlock.threads.first { $0.thread == name })
            #expect(member.holds?.what == "list made at \(own)")
            #expect(try member.holds?.takenAt == list("changed.extend(Items(read))"))
            #expect(try #require(member.holds).sinceNanoseconds > 0)
            #expect(try member.wants == .init(what: "list made at \(other)", at: list("return iter(self.items[:])")))
        }
        #expect(["Ann", "Bob"].contains(deadlock.victim))
        #expect(result.errorText.hasPrefix("gild: deadlock: 2 threads wait for each other\n"))
    }

    @Test(arguments: [[], ["--regime", "object-lock"], ["--regime", "object-lock", "--lock-order", "address"], ["--regime", "atomic"], ["--regime", "biased"]])
    func nowhereElseIsThereADeadlock(_ options: [String]) throws {
        for program in [Self.study, Self.scenes] {
            let (result, report) = try report(options, program)
            #expect(result.status == 0 && report.deadlocks.count == 0 && report.isFreeOfLeaks, "\(result.errorText)")
            #expect(report.lockOrder == (options.contains("object-lock") ? "address" : nil))
        }
    }

    @Test func anAbortEndsTheRunWithStatus3() throws {
        let (result, report) = try report(Self.access + ["--on-deadlock", "abort"], Self.study)
        #expect(result.status == 3 && result.outputText == "")
        #expect(report.deadlocks.count == 1 && report.deadlocks.list[0].victim == nil)
    }

    /// The main thread wants the length of a list that is never unlocked again: a step that has no exception to raise.
    @Test func anAbortEndsAMainThreadThatCannotFail() throws {
        let source = """
            import threading
            lists = [[1], [2]]
            gate = threading.Barrier(3)
            class Items:
                def __init__(self, items): self.items = items
                def __iter__(self):
                    gate.wait()
                    return iter(self.items[:])
            for i in range(2):
                threading.Thread(target=lists[i].extend, args=(Items(lists[1 - i]),)).start()
            gate.wait()
            while True: len(lists[0])

            """
        let result = try Slots.shared.occupy { try Gild.run(["run"] + Self.access + ["--on-deadlock", "abort", "--report", "-"], input: source) }
        #expect(!result.isTimedOut && result.status == 3, "\(result.errorText)")
        #expect(result.errorText.contains("lock order access"))
    }

    /// Two threads, three, and mixed with Lock and RLock; and waits that only take long, which are none.
    @Test(arguments: ["", "switch"]) func everyCrossingIsFoundAndNothingElse(stress: String) throws {
        let (result, report) = try report(Self.access + (stress.isEmpty ? [] : ["--stress", stress]), Self.scenes)
        #expect(result.status == 0, "\(result.errorText)")
        #expect(report.isFreeOfLeaks && report.consistency() == [])
        let kinds = report.deadlocks.list.map { deadlock in
            "\(deadlock.threads.count) " + Set(deadlock.threads.compactMap { $0.holds?.what.prefix { $0 != " " } }).sorted().joined(separator: " ")
        }
        #expect(kinds == ["2 list", "2 set", "2 dict", "3 list", "2 Lock list", "2 RLock list", "2 Lock list"])
        let step = try #require(report.deadlocks.list.last)
        #expect(step.victim == step.threads.first { $0.holds?.what.hasPrefix("list") == true }?.thread)
        #expect(report.deadlocks.list.allSatisfy { $0.isCycle && $0.foundAfterNanoseconds < 100_000_000 })
    }

    /// Operands in the order in which an operation names them, without any callback: the crossing is a few instructions wide, so it is tried again and again.
    @Test func twoObjectsAreLockedInTheOrderOfTheOperation() throws {
        let source = """
            import sys, threading
            a, b = [1] * 50, [2] * 50
            found = []
            gate = threading.Barrier(2)
            def work(one, other):
                while not found:
                    gate.wait()
                    for i in range(2000):
                        try:
                            one == other
                        except RuntimeError as error:
                            found.append(str(error))
                            break
                    gate.wait()
            threads = [threading.Thread(target=work, args=x) for x in ((a, b), (b, a))]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(found[0].count("wants list made at"))

            """
        let result = try Slots.shared.occupy { try Gild.run(["run"] + Self.access + ["--time-limit", "60s", "-"], input: source) }
        #expect(result.status == 0, "\(result.errorText.suffix(600))")
        #expect(result.outputText == "2\n")
    }
}
