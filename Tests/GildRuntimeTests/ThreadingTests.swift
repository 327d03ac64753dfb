import GildScript
import XCTest

@testable import GildRuntime

/// Runs of threaded scripts: the result does not depend on the schedule, and nothing is left over.
final class ThreadingTests: XCTestCase {
    private func run(_ text: String, _ configure: (inout RuntimeOptions) -> Void = { _ in }) throws -> RunFigures {
        let source = SourceFile(name: "test.py", text: text)
        var options = RuntimeOptions()
        options.arguments = ["test.py"]
        configure(&options)
        return execute(try compile(try parse(source), source: source), options: options)
    }

    /// Exit status 0, no live object, and books that balance.
    private func assertClean(_ figures: RunFigures, threads: Int, file: StaticString = #filePath, line: UInt = #line) {
        XCTAssertEqual(figures.exitStatus, 0, file: file, line: line)
        XCTAssertEqual(figures.liveObjects, 0, "\(figures.leaks)", file: file, line: line)
        XCTAssertEqual(figures.liveReferences, 0, file: file, line: line)
        XCTAssertEqual(figures.liveBytes, 0, file: file, line: line)
        XCTAssertEqual(figures.threads.count, threads, file: file, line: line)
        XCTAssertEqual(figures.threads.reduce(0) { $0 &+ $1.increfs }, figures.threads.reduce(0) { $0 &+ $1.decrefs }, file: file, line: line)
        XCTAssertEqual(figures.threads.reduce(0) { $0 &+ $1.allocations }, figures.threads.reduce(0) { $0 &+ $1.frees }, file: file, line: line)
        XCTAssertEqual(figures.notes, [], file: file, line: line)
    }

    private let counter = """
        import threading
        lock = threading.Lock()
        total = 0
        def work():
            global total
            for i in range(300):
                with lock:
                    total += int(1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert total == 1200, total
        """

    func testLockGuardsACounter() throws { assertClean(try run(counter), threads: 5) }

    func testLockGuardsACounterWhenTheLockAlwaysChangesHands() throws {
        let figures = try run(counter) { $0.switchAtEveryCheckpoint = true }
        assertClean(figures, threads: 5)
        XCTAssertGreaterThanOrEqual(figures.lock.drops.interval, 1200, "one at the end of every iteration")
    }

    func testCollectionAtEveryCheckpoint() throws {
        assertClean(try run(counter.replacingOccurrences(of: "300", with: "5").replacingOccurrences(of: "1200", with: "20")) { $0.collectAtEveryAllocation = true }, threads: 5)
    }

    func testImportAloneIsNotOnTheBooks() throws {
        let figures = try run("import threading\n")
        assertClean(figures, threads: 1)
        XCTAssertLessThan(figures.threads[0].allocations, 40)
    }

    func testThreadThatNobodyJoinsIsWaitedFor() throws {
        assertClean(try run("import threading\nthreading.Thread(target=lambda: [i for i in range(100)]).start()\n"), threads: 2)
    }

    func testThreadLocalsGoWithTheirThread() throws {
        let figures = try run(
            """
            import threading
            freed = []
            class Value:
                def __init__(self, n): self.n = n
                def __del__(self): freed.append(self.n)
            data = threading.local()
            def work(n):
                data.value = Value(n)
            for n in range(3):
                t = threading.Thread(target=work, args=(n,))
                t.start()
                t.join()
                assert freed == list(range(n + 1)), freed
            assert not hasattr(data, "value")
            """)
        assertClean(figures, threads: 4)
    }

    func testDaemonIsParkedAndNamedInTheNotes() throws {
        let figures = try run("import threading\nlock = threading.Lock()\nlock.acquire()\nthreading.Thread(target=lock.acquire, daemon=True).start()\n")
        XCTAssertEqual(figures.exitStatus, 0)
        XCTAssertEqual(figures.notes.count, 1)
    }
}
