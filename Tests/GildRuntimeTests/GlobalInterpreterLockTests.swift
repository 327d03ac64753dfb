import CGild
import Foundation
import XCTest

@testable import GildRuntime

/// Where the calling thread may run; it is on the last of them then.
private func usableProcessors() -> [Int32] { (0..<8192).filter { gild_move_to_processor($0) } }

final class GlobalInterpreterLockTests: XCTestCase {
    /// Asserts what holds in every report, whatever happened.
    private func assertBooksBalance(
        _ report: LockReport, held: UInt64 = 0, file: StaticString = #filePath, line: UInt = #line
    ) {
        XCTAssertEqual(report.unaccountedNanoseconds, 0, file: file, line: line)
        XCTAssertEqual(
            report.hold.sum + report.idleNanoseconds, report.wallNanoseconds, file: file, line: line)
        XCTAssertEqual(report.acquisitions, report.drops.total + held, file: file, line: line)
        XCTAssertEqual(
            report.acquisitions, report.handoffs.total + report.retaken + (report.acquisitions > 0 ? 1 : 0),
            file: file, line: line)
        XCTAssertEqual(report.hold.count, report.acquisitions, file: file, line: line)
        var pairs = report.handoffsBeyondPairs
        for pair in report.pairs { pairs += pair.counts }
        XCTAssertEqual(pairs, report.handoffs, file: file, line: line)
        XCTAssertEqual(report.threads.reduce(0) { $0 + $1.hold.sum }, report.hold.sum, file: file, line: line)
        XCTAssertEqual(report.threads.reduce(0) { $0 + $1.wait.sum }, report.wait.sum, file: file, line: line)
    }

    func testOneThreadAtATime() { countTogether(.interval) }
    func testOneThreadAtATimeWithPriority() { countTogether(.priority) }
    func testOneThreadAtATimeWithTicks() { countTogether(.ticks) }

    /// A plain counter, guarded by nothing but the lock: ThreadSanitizer and the sum both tell.
    private func countTogether(_ policy: GlobalInterpreterLock.Policy) {
        let gil = GlobalInterpreterLock(policy: policy)
        gil.switchInterval = 50_000
        let counter = makeWords(1)
        onThreads(4) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            gil.take(thread)
            for step in 0..<20_000 {
                counter[0].pointee += 1
                if gild_load_relaxed_32(thread.pointee.evalBreaker) != 0 {
                    gil.yield(thread)
                } else if policy == .ticks && step % 50 == 0 {
                    gil.yield(thread)
                } else if step % 100 == 1 {
                    gil.drop(thread, .blocking)
                    gil.take(thread)
                }
            }
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        XCTAssertEqual(counter[0].pointee, 80_000)
        let report = gil.stopMeasuring()
        assertBooksBalance(report)
        XCTAssertEqual(report.drops.finish, 4)
        XCTAssertEqual(report.threads.map(\.number), [1, 2, 3, 4])
        XCTAssertTrue(gil.destroy())
    }

    /// Returning from a blocking call asks at once and is next, whoever else waits. With an interval of an hour nothing else asks.
    ///
    ///     0: holds ………… asked, yields
    ///     1, 2:   wait ……………………………………… take
    ///     3:             back from blocking: take
    func testAnUrgentThreadIsNext() {
        let gil = GlobalInterpreterLock(policy: .priority)
        gil.switchInterval = 3_600_000_000_000
        let order = makeWords(5)
        let step = makeWords(1)
        @Sendable func note(_ index: Int) {
            order[Int(order[4].pointee)].pointee = UInt32(index)
            order[4].pointee += 1
        }
        @Sendable func waitFor(_ value: UInt32) { while gild_load_acquire_32(step[0]) != value { usleep(100) } }
        onThreads(4) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            if index == 3 {
                gil.take(thread)
                gil.drop(thread, .blocking)
                gild_store_release_32(step[0], 1)
                while gil.progress().waiting < 2 { usleep(100) }
                gil.take(thread)
                XCTAssertGreaterThan(thread.pointee.urgentSince, 0)
                XCTAssertTrue(gil.state.pointee.turnHadUrgentHolds)
                note(3)
            } else if index == 0 {
                waitFor(1)
                gil.take(thread)
                note(0)
                gild_store_release_32(step[0], 2)
                while gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest == 0 { usleep(100) }
                gil.yield(thread)
            } else {
                waitFor(2)
                gil.take(thread)
                note(index)
            }
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        XCTAssertEqual(order[0].pointee, 0)
        XCTAssertEqual(order[1].pointee, 3)
        assertBooksBalance(gil.stopMeasuring())
        XCTAssertTrue(gil.destroy())
    }

    /// A turn after one with urgent holds runs on that one's processor; any other begins where its thread is.
    func testATurnAfterUrgentHoldsStaysOnItsProcessor() throws {
        let processors = usableProcessors()
        try XCTSkipIf(processors.count < 2, "a single processor")
        let gil = GlobalInterpreterLock(policy: .priority)
        let threads = (0..<2).map { gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\($0)") }
        var moved = 0
        var followed = 0
        for round in 0..<40 {
            let here = gild_current_processor()
            let other = processors.first { $0 != here }!
            gil.state.pointee.turnProcessor = other
            gil.state.pointee.turnHadUrgentHolds = round % 2 == 0
            gil.take(threads[round / 2 % 2])
            if round % 2 == 0 { XCTAssertEqual(gil.state.pointee.holderProcessor, other) }
            XCTAssertFalse(gil.state.pointee.turnHadUrgentHolds)
            // The kernel, too, may move the thread, but hardly ever does in between.
            if round % 2 == 0 && gild_current_processor() == other { moved += 1 }
            if round % 2 == 1 && gild_current_processor() == here { moved += 1 }
            gil.drop(threads[round / 2 % 2], .blocking)
            if gil.state.pointee.turnProcessor == gil.state.pointee.holderProcessor { followed += 1 }
            // The other rounds are new turns, too.
            gil.state.pointee.turnHolder = 0
        }
        XCTAssertGreaterThan(moved, 30)
        XCTAssertGreaterThan(followed, 30)
        // Where the thread may not run the turn is not moved, and the next one follows it.
        gil.state.pointee.turnProcessor = 8191
        gil.state.pointee.turnHadUrgentHolds = true
        gil.take(threads[0])
        XCTAssertTrue(processors.contains(gil.state.pointee.holderProcessor))
        gil.drop(threads[0], .finish)
        XCTAssertTrue(processors.contains(gil.state.pointee.turnProcessor))
        for thread in threads { gil.retire(thread) }
        assertBooksBalance(gil.stopMeasuring())
        XCTAssertTrue(gil.destroy())
    }

    func testAThreadThatWasMovedMayRunWhereItMightBefore() {
        onThreads(1) { _ in
            let processors = usableProcessors()
            XCTAssertFalse(processors.isEmpty)
            XCTAssertEqual(Int(gild_usable_processors()), processors.count)
            XCTAssertFalse(gild_move_to_processor(-1))
            XCTAssertFalse(gild_move_to_processor(8192))
            XCTAssertEqual(usableProcessors(), processors)
        }
    }

    /// A run that begins while the world is stopped has neither half of that stop in its books.
    func testAStopUnderWayBelongsToWhatWasBefore() {
        let lock = GlobalInterpreterLock(policy: .free)
        let thread = lock.register(evalBreaker: makeEvalBreaker(), name: "Thread-0")
        lock.take(thread)
        lock.stopTheWorld(thread)
        let during = lock.openAccount(1)
        lock.startTheWorld(thread)
        let after = lock.openAccount(2)
        lock.stopTheWorld(thread)
        lock.startTheWorld(thread)
        for account in [during, after] {
            let stops = lock.closeAccount(account).stops
            XCTAssertEqual(stops?.count, 1)
            XCTAssertEqual(stops?.stopping.count, 1)
            XCTAssertEqual(stops?.stopped.count, 1)
        }
        lock.drop(thread, .finish)
        lock.retire(thread)
        lock.freeAccount(1)
        lock.freeAccount(2)
        XCTAssertTrue(lock.destroy())
    }

    /// Who was urgent and held the lock for long has used the budget up, and waits its turn the next time.
    func testTheBudgetOfUrgentThreads() {
        let gil = GlobalInterpreterLock(policy: .priority)
        gil.switchInterval = 1_000_000
        let step = makeWords(1)
        @Sendable func waitFor(_ value: UInt32) { while gild_load_acquire_32(step[0]) != value { usleep(100) } }
        onThreads(2) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            for round in UInt32(0)..<2 {
                if index == 0 {
                    waitFor(round * 2)
                    gil.take(thread)
                    gild_store_release_32(step[0], round * 2 + 1)
                    while gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest == 0 { usleep(100) }
                    gil.drop(thread, .blocking)
                } else {
                    // Comes back from a blocking call both times.
                    if round == 0 {
                        thread.pointee.state = .blocked
                        thread.pointee.since = gild_monotonic_ns()
                    }
                    waitFor(round * 2 + 1)
                    gil.take(thread)
                    XCTAssertEqual(thread.pointee.urgentSince > 0, round == 0)
                    // Twenty times as long would fill the bucket again.
                    if round == 0 { usleep(300_000) }
                    gil.drop(thread, .blocking)
                    gild_store_release_32(step[0], round * 2 + 2)
                }
            }
            gil.retire(thread)
        }
        assertBooksBalance(gil.stopMeasuring())
        XCTAssertTrue(gil.destroy())
    }

    /// Two threads take turns by a number that both read under the lock. A lost wakeup would hang the test.
    ///
    ///     A: take, my turn, turn = B, drop          B: take, not my turn, drop, take …
    func testTenThousandHandoffsLoseNoWakeup() {
        let environment = ProcessInfo.processInfo.environment
        let runs = environment["GILD_HANDOFF_RUNS"].flatMap { Int($0) } ?? 5
        for _ in 0..<runs {
            let gil = GlobalInterpreterLock()
            // So long that only wakeups can keep the turns going.
            gil.switchInterval = 60_000_000_000
            let turns = makeWords(1)
            // A waiter on the turn sleeps on its own lock, as a Python program would on a Condition.
            let locks = makeWords(2)
            XCTAssertTrue(RawLock(word: locks[1]).tryAcquire())
            let began = gild_monotonic_ns()
            onThreads(2) { index in
                let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
                let mine = RawLock(word: locks[index])
                let other = RawLock(word: locks[1 - index])
                gil.take(thread)
                for _ in 0..<5000 {
                    gil.drop(thread, .blocking)
                    XCTAssertEqual(mine.acquire(thread, deadline: nil), .acquired)
                    gil.take(thread)
                    turns[0].pointee += 1
                    XCTAssertTrue(other.release())
                }
                gil.drop(thread, .finish)
                gil.retire(thread)
            }
            XCTAssertEqual(turns[0].pointee, 10_000)
            XCTAssertLessThan(gild_monotonic_ns() - began, 60_000_000_000)
            let report = gil.stopMeasuring()
            assertBooksBalance(report)
            XCTAssertGreaterThanOrEqual(report.handoffs.total, 9_999)
            XCTAssertEqual(report.dropRequests, 0)
            XCTAssertTrue(gil.destroy())
        }
    }

    /// Threads that only yield on request: every interval drop hands the lock to the other thread.
    func testForcedSwitch() {
        let gil = GlobalInterpreterLock()
        gil.switchInterval = 1_000_000
        let log = makeWords(2)
        onThreads(2) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            gil.take(thread)
            let end = gild_monotonic_ns() + 200_000_000
            while gild_monotonic_ns() < end {
                log[index].pointee &+= 1
                if gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest != 0 {
                    gil.yield(thread)
                }
            }
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        let report = gil.stopMeasuring()
        assertBooksBalance(report)
        XCTAssertGreaterThan(report.drops.interval, 10)
        // An interval drop is an answer to a request; the taker was waiting, so it is a handoff and never a retake.
        XCTAssertEqual(report.retaken, 0)
        XCTAssertEqual(report.handoffs.interval, report.drops.interval)
        XCTAssertGreaterThanOrEqual(report.dropRequests, report.drops.interval)
        XCTAssertEqual(report.forcedSwitches, report.drops.interval)
        XCTAssertTrue(gil.destroy())
    }

    /// A thread that finds others waiting never takes the lock again itself; only the last one left does.
    func testSwitchAtEveryCheckpoint() {
        let gil = GlobalInterpreterLock()
        gil.switchInterval = 60_000_000_000
        gil.switchAtEveryCheckpoint()
        let holder = makeWords(1)
        onThreads(3) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            gil.take(thread)
            // The first one keeps the lock until the others have come for it.
            if gild_fetch_add_32(holder[0], 1) == 0 { while gil.waiting < 2 { sched_yield() } }
            for _ in 0..<500 {
                XCTAssertNotEqual(gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest, 0)
                gil.yield(thread)
            }
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        let report = gil.stopMeasuring()
        assertBooksBalance(report)
        XCTAssertEqual(report.drops, DropCounts(interval: 1500, finish: 3))
        XCTAssertGreaterThanOrEqual(report.handoffs.interval, 999)
        XCTAssertLessThanOrEqual(report.retaken, 500)
        XCTAssertTrue(gil.destroy())
    }

    /// When its switches are used up, a stressed lock is an ordinary one.
    func testSwitchesAtCheckpointsEnd() {
        let gil = GlobalInterpreterLock()
        gil.switchInterval = 60_000_000_000
        gil.switchAtEveryCheckpoint(times: 1)
        let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "MainThread")
        gil.take(thread)
        let others = startThreads(1) { _ in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-1")
            gil.take(thread)
            XCTAssertEqual(gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest, 0)
            gil.drop(thread, .finish)
            gil.retire(thread)
        }
        while gil.waiting < 1 { sched_yield() }
        gil.yield(thread)
        XCTAssertEqual(gild_load_relaxed_32(thread.pointee.evalBreaker) & EvalBreaker.dropRequest, 0)
        gil.drop(thread, .finish)
        gil.retire(thread)
        joinThreads(others)
        XCTAssertEqual(gil.stopMeasuring().handoffs.interval, 1)
        XCTAssertTrue(gil.destroy())
    }

    /// A checkpoint where nobody waits neither blocks nor hands over.
    func testYieldAlone() {
        let gil = GlobalInterpreterLock()
        let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "MainThread")
        gil.take(thread)
        gild_fetch_or_32(thread.pointee.evalBreaker, EvalBreaker.dropRequest | EvalBreaker.collect)
        gil.yield(thread)
        XCTAssertEqual(gild_load_relaxed_32(thread.pointee.evalBreaker), EvalBreaker.collect)
        let running = gil.report()
        assertBooksBalance(running, held: 1)
        XCTAssertEqual(running.retaken, 1)
        gil.drop(thread, .finish)
        XCTAssertFalse(gil.destroy())
        gil.retire(thread)
        assertBooksBalance(gil.stopMeasuring())
        XCTAssertTrue(gil.destroy())
    }

    func testSwitchIntervalHasALeastValue() {
        let gil = GlobalInterpreterLock()
        XCTAssertEqual(gil.switchInterval, 5_000_000)
        gil.switchInterval = 1
        XCTAssertEqual(gil.switchInterval, 1000)
        gil.switchInterval = .max
        XCTAssertEqual(gil.switchInterval, GlobalInterpreterLock.greatestSwitchInterval)
        XCTAssertTrue(gil.destroy())
    }

    /// Threads that wait for the lock, or come for it later, stop for ever; the finalizing thread goes on, and a drop
    /// that was asked for does not wait for a switch that cannot come.
    func testFinalizationParksTheOthers() {
        let gil = GlobalInterpreterLock()
        gil.switchInterval = 1_000_000
        let main = gil.register(evalBreaker: makeEvalBreaker(), name: "MainThread")
        gil.take(main)
        let escaped = makeWords(1)
        _ = startThreads(2) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "daemon \(index)")
            gil.take(thread)
            gild_fetch_add_32(escaped[0], 1)
        }
        while gild_load_acquire_32(main.pointee.evalBreaker) & EvalBreaker.dropRequest == 0 { usleep(100) }
        gil.beginFinalization(main)
        for _ in 0..<100 {
            gil.drop(main, .blocking)
            usleep(100)
            gil.take(main)
            gild_fetch_or_32(main.pointee.evalBreaker, EvalBreaker.dropRequest)
            gil.yield(main)
        }
        gil.drop(main, .finish)
        gil.retire(main)
        let report = gil.stopMeasuring()
        assertBooksBalance(report)
        XCTAssertEqual(report.acquisitions, 201)
        XCTAssertEqual(gild_load_acquire_32(escaped[0]), 0)
        XCTAssertFalse(gil.destroy(), "two parked threads still know the lock")
    }

    // MARK: The primitive under threading.Lock

    func testRawLockExcludes() {
        let gil = GlobalInterpreterLock()
        let words = makeWords(2)
        onThreads(4) { index in
            let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "Thread-\(index)")
            let lock = RawLock(word: words[0])
            for step in 0..<5000 {
                if step % 3 == 0 {
                    while lock.acquire(thread, deadline: gild_monotonic_ns() + 50_000) == .timedOut {}
                } else {
                    XCTAssertEqual(lock.acquire(thread, deadline: nil), .acquired)
                }
                words[1].pointee += 1
                XCTAssertTrue(lock.release())
            }
            gil.retire(thread)
        }
        XCTAssertEqual(words[1].pointee, 20_000)
        XCTAssertFalse(RawLock(word: words[0]).isLocked)
        XCTAssertFalse(RawLock(word: words[0]).release())
    }

    func testRawLockTimesOut() {
        let gil = GlobalInterpreterLock()
        let thread = gil.register(evalBreaker: makeEvalBreaker(), name: "MainThread")
        let lock = RawLock(word: makeWords(1)[0])
        XCTAssertTrue(lock.tryAcquire())
        XCTAssertFalse(lock.tryAcquire())
        let began = gild_monotonic_ns()
        XCTAssertEqual(lock.acquire(thread, deadline: began + 20_000_000), .timedOut)
        XCTAssertGreaterThanOrEqual(gild_monotonic_ns() - began, 20_000_000)
        XCTAssertTrue(thread.sleep(until: gild_monotonic_ns() + 1_000_000))
        gil.retire(thread)
    }

    /// However the interrupt falls, before the test of the eval breaker, between the test and the sleep, or during the
    /// sleep, the wait ends; and the lock works as before.
    func testInterruptsEndWaits() {
        let gil = GlobalInterpreterLock()
        let words = makeWords(3)
        let breaker = Words(base: makeEvalBreaker())
        let lock = RawLock(word: words[0])
        XCTAssertTrue(lock.tryAcquire())
        let thread = gil.register(evalBreaker: breaker[0], name: "MainThread")
        let shared = SharedThread(thread: thread)
        let threads = startThreads(1) { _ in
            let thread = shared.thread
            let lock = RawLock(word: words[0])
            for round in 0..<2000 {
                if round % 2 == 0 {
                    XCTAssertEqual(lock.acquire(thread, deadline: nil), .interrupted)
                } else {
                    XCTAssertFalse(thread.sleep(until: nil))
                }
                gild_fetch_and_32(thread.pointee.evalBreaker, ~EvalBreaker.signal)
                gild_fetch_add_32(words[1], 1)
            }
            XCTAssertEqual(lock.acquire(thread, deadline: nil), .acquired)
        }
        for round in 0..<UInt32(2000) {
            if round % 7 == 0 { usleep(200) }
            thread.interrupt(EvalBreaker.signal)
            while gild_load_acquire_32(words[1]) == round { sched_yield() }
        }
        XCTAssertTrue(lock.release())
        joinThreads(threads)
        XCTAssertTrue(lock.isLocked)
        gil.retire(thread)
        XCTAssertTrue(gil.destroy())
    }

    private struct SharedThread: @unchecked Sendable {
        let thread: UnsafeMutablePointer<LockThread>
    }

    // MARK: ThreadSanitizer

    /// Silence under ThreadSanitizer means something only if it reports what is a race.
    func testSanitizerReportsTheCanary() throws {
        let directory = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = directory.appendingPathComponent("TSanCanary")
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let sanitized = dlsym(nil, "__tsan_init") != nil
        XCTAssertEqual(text.contains("WARNING: ThreadSanitizer: data race"), sanitized, text)
        XCTAssertEqual(process.terminationStatus == 0, !sanitized)
    }
}
