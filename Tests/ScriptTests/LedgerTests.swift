// `gild run --ledger`: the stories are what the script did, and following objects changes nothing that can be measured.

import Foundation
import GildReport
import GildSession
import Testing

/// Runs `source` as `x.py` in a folder of its own, so that its lines are `x.py:N`.
private func report(_ source: String, _ options: [String]) throws -> (report: RunReport, result: Completed) {
    try Slots.shared.occupy {
        try withTemporaryPath("-x.py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            let name = String(path.split(separator: "/").last!)
            let result = try Gild.run(["run", "--report-json", "-"] + options.map { $0.replacing("x.py", with: name) } + [path])
            let text = try #require(result.outputText.range(of: "{\n  \"gild\""), "\(result.errorText)")
            let report = try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[text.lowerBound...].utf8))
            #expect(report.consistency() == [])
            return (report, result)
        }
    }
}

/// `operation line before>after`, one for each entry.
private func lines(_ story: LedgerReport.Story) -> [String] {
    story.entries.map { "\($0.operation.rawValue) \($0.site.split(separator: ":").last ?? "") \($0.before)>\($0.after)" }
}

@Suite struct LedgerTests {
    @Test(arguments: RegimeName.allCases)
    func aStoryNamesEveryOperationWithItsLineAndCounts(regime: RegimeName) throws {
        let source = """
            a = []
            b = a
            del b
            c = [a, a]
            del c
            def f(x):
                y = x
                return 1
            f(a)
            del a
            """
        let (report, _) = try report(source, ["--ledger-site", "x.py:1", "--regime", regime.rawValue])
        let ledger = try #require(report.ledger)
        #expect(ledger.objects == 1)
        let story = try #require(ledger.stories.first)
        #expect(story.type == "list" && story.object == 1 && story.thread == "MainThread" && story.references == 0)
        #expect(story.site.hasSuffix("-x.py:1"))
        // Line 8 ends the frame, which held two references: x, which the call took from line 9, and y.
        #expect(
            lines(story) == [
                "allocation 1 0>1", "incref 2 1>2", "decref 3 2>1", "incref 4 1>2", "incref 4 2>3", "decref 5 3>2", "decref 5 2>1",
                "incref 9 1>2", "incref 7 2>3", "decref 8 3>2", "decref 8 2>1", "decref 10 1>0",
            ])
        #expect(ledger.operations == story.entries.count)
    }

    @Test(arguments: RegimeName.allCases) func aStoryNamesTheThreads(regime: RegimeName) throws {
        let source = """
            import threading
            shared = []
            kept = []
            def work():
                kept.append(shared)
            t = threading.Thread(target=work, name="worker")
            t.start()
            t.join()
            kept.clear()
            """
        let (report, _) = try report(source, ["--ledger-site", "x.py:2", "--regime", regime.rawValue])
        let story = try #require(report.ledger?.stories.first)
        let taken = story.entries.filter { $0.operation == .incref && $0.thread == "worker" }
        #expect(taken.contains { $0.site.hasSuffix(":5") && $0.after == taken.map(\.after).max() })
        #expect(story.entries.contains { $0.operation == .decref && $0.thread == "MainThread" && $0.site.hasSuffix(":9") })
    }

    @Test func siteAndTypeChooseTogether() throws {
        let source = "class A: pass\nclass B(A): pass\nx = [A(), B()]\ny = A()\n"
        func chosen(_ options: [String]) throws -> [String] {
            try #require(report(source, options).report.ledger).stories.map { "\($0.type) \($0.site.split(separator: ":").last!)" }.sorted()
        }
        #expect(try chosen(["--ledger-type", "A"]) == ["A 3", "A 4"])
        #expect(try chosen(["--ledger-type", "A", "--ledger-type", "B"]) == ["A 3", "A 4", "B 3"])
        #expect(try chosen(["--ledger-site", "x.py:3"]) == ["A 3", "B 3", "list 3"])
        #expect(try chosen(["--ledger-site", "x.py:3", "--ledger-site", "x.py:4", "--ledger-type", "A"]) == ["A 3", "A 4"])
        #expect(try chosen(["--ledger-site", "y.py:3"]).isEmpty)
        #expect(try report(source, ["--ledger-type", "C"]).report.notes.contains { $0.contains("ledger is empty") })
    }

    /// The finaliser's reference, and the one that brings the object back, belong to the same story.
    @Test(arguments: RegimeName.allCases) func aResurrectedObjectKeepsItsStory(regime: RegimeName) throws {
        let source = """
            saved = None
            class C:
                def __del__(self):
                    global saved
                    saved = self
            c = C()
            del c
            saved = None
            """
        let (report, _) = try report(source, ["--ledger-type", "C", "--regime", regime.rawValue])
        #expect(report.ledger?.objects == 1)
        let story = try #require(report.ledger?.stories.first)
        let counts = story.entries.map(\.after)
        #expect(counts.count { $0 == 0 } >= 2, "it fell to zero twice: \(counts)")
        #expect(story.references == 0 && counts.last == 0)
        #expect(story.entries.contains { $0.operation == .incref && $0.before == 0 })
        #expect(story.entries.contains { $0.operation == .incref && $0.site.hasSuffix(":5") })
        #expect(story.entries.last?.site.hasSuffix(":8") == true)
    }

    @Test(arguments: RegimeName.allCases) func theCollectorIsNamed(regime: RegimeName) throws {
        let source = "import gc\na = []\na.append(a)\ndel a\ngc.collect()\n"
        let (report, _) = try report(source, ["--ledger-site", "x.py:2", "--regime", regime.rawValue])
        let story = try #require(report.ledger?.stories.first)
        #expect(story.references == 0)
        #expect(story.entries.last?.collector == true && story.entries.last?.site.hasSuffix(":5") == true)
        #expect(story.entries.first { $0.site.hasSuffix(":4") }?.collector == nil)
    }

    @Test func whatIsAliveAtTheEndIsToldFirst() throws {
        let source = """
            import threading, time
            for i in range(20):
                a = []
            def hold(x):
                time.sleep(1000)
            threading.Thread(target=hold, args=([],), daemon=True).start()
            """
        let (report, _) = try report(source, ["--ledger-type", "list", "--ledger-objects", "2"])
        let ledger = try #require(report.ledger)
        #expect(ledger.objects >= 21 && ledger.stories.count == 2)
        let first = try #require(ledger.stories.first)
        #expect(first.references > 0 && first.site.hasSuffix(":6"))
        #expect(report.heap.leaked.contains { $0.type == "list" && $0.refcount == first.references })
    }

    @Test(arguments: RegimeName.allCases) func aFullLedgerSaysSoAndTheCountsAreStillRight(regime: RegimeName) throws {
        let source = "import sys\na = []\nfor i in range(2000):\n    b = a\nprint(sys.getrefcount(a))\n"
        let (report, result) = try report(source, ["--ledger-site", "x.py:2", "--ledger-limit", "4KiB", "--regime", regime.rawValue])
        #expect(result.outputText.hasPrefix("3\n"))
        let ledger = try #require(report.ledger)
        #expect(ledger.droppedOperations > 3000)
        #expect(report.notes.contains { $0.contains("ledger is full") && $0.contains("\(ledger.droppedOperations)") })
        #expect(ledger.stories.first?.references == 0)
    }

    @Test func aLongStoryIsToldByItsEnds() throws {
        let source = "a = []\nfor i in range(2000):\n    b = a\n    b = None\n"
        let (report, _) = try report(source, ["--ledger-site", "x.py:1"])
        let story = try #require(report.ledger?.stories.first)
        #expect(story.entries.count == 1000 && story.omittedAfter == 500)
        #expect(story.omitted + story.entries.count == report.ledger?.operations)
        #expect(story.entries.last?.after == 0)
        let table = report.table()
        #expect(table.contains("list #1 allocated at") && table.contains("freed"))
    }

    private static let fourThreads = """
        import threading
        class Foo: pass
        def work(foo):
            start.wait()
            for _ in range(40):
                one = foo
                two = one
                one = None
                two = None
        start = threading.Barrier(4)
        foo = Foo()
        threads = [threading.Thread(target=work, args=(foo,)) for _ in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        threads = t = None
        foo = None
        """

    /// Each line begins with the count that the one before it left (`consistency`, in `report`), and every operation of every thread is there.
    @Test(arguments: [RegimeName.objectLock, .atomic, .biased])
    func theStoryOfFourThreadsIsInTheOrderOfTheCounts(regime: RegimeName) throws {
        let (report, _) = try report(Self.fourThreads, ["--ledger-type", "Foo", "--regime", regime.rawValue])
        let ledger = try #require(report.ledger)
        #expect(ledger.order == nil && ledger.droppedOperations == 0)
        let story = try #require(ledger.stories.first)
        #expect(story.omitted == 0 && story.entries.first?.operation == .allocation && story.references == 0 && story.trueReferences == nil)
        let workers = Set(story.entries.map(\.thread)).subtracting(["MainThread"])
        #expect(workers.count == 4)
        for (line, operation) in [(6, LedgerReport.Operation.incref), (7, .incref), (8, .decref), (9, .decref)] {
            for worker in workers {
                let own = story.entries.filter { $0.thread == worker && $0.site.hasSuffix(":\(line)") }
                // A stranger's decref hands the object over when all that strangers counted is dropped.
                let isRight = own.allSatisfy { $0.operation == operation || regime == .biased && operation == .decref && $0.operation == .handOver }
                #expect(own.count == 40 && isRight, "\(worker), line \(line): \(own.count)")
                #expect(own.allSatisfy { $0.path == (regime == .biased ? .shared : nil) && $0.overwrote == nil })
            }
        }
        if regime == .biased {
            #expect(story.entries.contains { $0.thread == "MainThread" && $0.path == .owner && $0.operation == .incref })
        }
    }

    /// biased: the reference that a stranger drops last goes to the owner's queue, and the owner drops it after the merge.
    @Test func aHandedOverReferenceIsTold() throws {
        let source = """
            import threading
            class Foo: pass
            box = [Foo()]
            def work():
                box.pop()
            t = threading.Thread(target=work, name="worker")
            t.start()
            t.join()
            print(t)
            """
        let (report, _) = try report(source, ["--ledger-type", "Foo", "--regime", "biased"])
        let story = try #require(report.ledger?.stories.first)
        let end = story.entries.suffix(3)
        #expect(end.map(\.operation) == [.handOver, .merge, .decref], "\(story.entries)")
        #expect(end.map(\.thread) == ["worker", "MainThread", "MainThread"])
        #expect(end.map(\.path) == [.shared, nil, .queue])
        #expect(end.map(\.before) == [1, 1, 1] && story.references == 0)
        #expect(report.refcounts.paths?.handedOver ?? 0 >= 1)
    }

    /// The stores of racing threads add up to the count that the object has (`consistency`), and those that hit another thread's store are the losses
    /// in the race book.
    @Test func theStoryOfARaceAgreesWithTheRaceBook() throws {
        struct Loss: Hashable, CustomStringConvertible {
            var thread: String, site: String, operation: String, actual: Int
            var description: String { "\(thread) \(site) \(operation) \(actual)" }
        }
        func add(_ losses: [Loss]) -> [Loss: Int] { losses.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
        var wasSeen = false
        for _ in 0..<20 where !wasSeen {
            let source = Self.fourThreads.replacing("range(40)", with: "range(2000)")
            let (report, _) = try report(source, ["--ledger-type", "Foo", "--regime", "unsynchronized"])
            let ledger = try #require(report.ledger)
            #expect(ledger.order == .recording && ledger.droppedOperations == 0)
            let story = try #require(ledger.stories.first)
            let races = try #require(report.heap.lostUpdates)
            let overwrites = try #require(story.overwrites)
            #expect(overwrites <= races.count)
            if races.count > 100 || overwrites == 0 { continue }
            wasSeen = true
            let told = story.entries.filter { $0.overwrote != nil }.map {
                Loss(thread: $0.thread, site: $0.site, operation: $0.operation.rawValue, actual: $0.after)
            }
            let booked = races.first.filter { $0.type == "Foo" }.map {
                Loss(thread: $0.winner.thread, site: $0.winner.site, operation: $0.winner.operation, actual: $0.actual)
            }
            #expect(told.count == overwrites)
            #expect(add(told) == add(booked))
            #expect(report.table().contains(" over "))
        }
        #expect(wasSeen, "no update was lost in twenty runs of 32,000 operations")
    }

    /// Following everything changes no count, no output and no status. Where threads run at the same time it is programs with one thread whose counts
    /// are the same in every run.
    @Test(
        arguments: ["examples/leak_cycle.py", "examples/word_count.py", "examples/study/3_freed_at_zero.py", "examples/study/2_getrefcount.py"]
            .map { ($0, RegimeName.gil) }
            + [RegimeName.objectLock, .atomic, .biased, .unsynchronized].flatMap { regime in
                ["Tests/Scripts/refcounts/resurrection.py", "Tests/Scripts/gc/cycle_del.py", "examples/study/2_getrefcount.py"].map { ($0, regime) }
            })
    func followingChangesNothing(path: String, regime: RegimeName) throws {
        func run(_ options: [String]) throws -> (RunReport, String) {
            try withTemporaryPath(".json") { file in
                let result = try Slots.shared.occupy { try Gild.run(["run", "--report-json", file, "--regime", regime.rawValue] + options + [path]) }
                return (try JSONDecoder().decode(RunReport.self, from: try Data(contentsOf: URL(fileURLWithPath: file))), result.outputText)
            }
        }
        let plain = try run([])
        let types = ["list", "str", "tuple", "dict", "set", "function", "type", "cell", "namespace", "Node", "float", "list_iterator", "traceback"]
        let followed = try run(types.flatMap { ["--ledger-type", $0] })
        #expect(followed.1 == plain.1)
        // Where there are threads, who runs first decides how much is alive at one time, and how often a join asks immortal objects.
        var refcounts = followed.0.refcounts
        refcounts.paths?.immortal = plain.0.refcounts.paths?.immortal
        #expect(refcounts == plain.0.refcounts)
        var heap = followed.0.heap
        heap.peakBytes = plain.0.heap.peakBytes
        #expect(heap == plain.0.heap)
        #expect(followed.0.exitStatus == plain.0.exitStatus)
        #expect(try #require(followed.0.ledger).operations > 0)
        #expect(plain.0.ledger == nil)
    }

    @Test(arguments: [
        (["--ledger"], "--ledger-site FILE:LINE or --ledger-type TYPE"), (["--ledger-site", "12", "--report"], "FILE:LINE"),
        (["--ledger-site", "x.py:0", "--report"], "FILE:LINE"), (["--ledger-type", "list"], "--report"),
        (["--ledger-type", "list", "--report", "--ledger-objects", "0"], "between 1 and"),
        (["--ledger-type", "list", "--report", "--ledger-limit", "1B"], "at least 4KiB"), (["--ledger-objects", "3"], "which objects"),
    ])
    func wrongUseIsExplained(options: [String], part: String) throws {
        let result = try Gild.run(["run"] + options + ["x.py"])
        #expect(result.status == 2)
        #expect(result.errorText.contains(part), "\(result.errorText)")
    }
}
