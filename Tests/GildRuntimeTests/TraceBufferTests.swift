import CGild
import Testing

@testable import GildRuntime

@Suite struct TraceBufferTests {
    /// Four threads book side by side, more than there is room for: no record is lost, torn or booked twice, and every thread's
    /// own are in its order.
    @Test func recordsOfSeveralThreadsAreWhole() throws {
        let each = 5000
        let recording = try #require(TraceRecording(limitBytes: 15_000 * MemoryLayout<TraceRecord>.stride))
        let start = makeWords(1)
        let threads = startThreads(4) { index in
            gild_fetch_add_32(start[0], 1)
            while gild_load_acquire_32(start[0]) < 4 {}
            for step in 0..<each {
                recording.buffer.handoff(
                    from: UInt32(index), to: UInt32(index + 10), droppedAt: UInt64(step), takenAt: UInt64(step * 4 + index), .interval)
            }
        }
        joinThreads(threads)
        #expect(recording.count == 15_000)
        #expect(recording.droppedCount == 5_000)
        var next = [Int](repeating: 0, count: 4)
        var booked = 0
        recording.forEachEvent { event in
            guard case .handoff(let from, let to, .interval, let dropped, let taken) = event else {
                Issue.record("\(event)")
                return
            }
            #expect(to == from + 10 && taken == dropped * 4 + UInt64(from))
            #expect(Int(dropped) == next[Int(from)])
            next[Int(from)] = Int(dropped) + 1
            booked += 1
        }
        #expect(booked == 15_000)
    }

    /// What two threads do, as slices without gaps.
    ///
    ///     A  take · sample · drop (blocking) · · · · · · · · take · drop (finish)
    ///     B                                   take · drop (interval)
    @Test func aScheduleBecomesStretches() throws {
        let recording = try #require(TraceRecording(limitBytes: 1 << 16))
        let gil = GlobalInterpreterLock()
        let a = gil.register(evalBreaker: makeEvalBreaker(), name: "A")
        gil.startMeasuring()
        gil.startTracing(recording.buffer)
        gil.take(a)
        gil.requestSample()
        #expect(gild_load_acquire_32(a.pointee.evalBreaker) == EvalBreaker.sample)
        gil.drop(a, .blocking, in: .sleep)
        gil.requestSample()
        let b = gil.register(evalBreaker: makeEvalBreaker(), name: "B")
        gil.take(b)
        gil.drop(b, .interval)
        gil.take(a)
        gil.drop(a, .finish)
        let report = gil.stopMeasuring()
        gil.retire(a)
        gil.retire(b)
        #expect(gil.destroy())

        var stretches: [UInt32: [(state: TraceRecording.State, begin: UInt64, end: UInt64)]] = [:]
        var arrows: [String] = []
        recording.forEachEvent { event in
            switch event {
            case .stretch(let thread, let state, let begin, let end): stretches[thread, default: []].append((state, begin, end))
            case .handoff(let from, let to, let reason, _, _): arrows.append("\(from)→\(to) \(reason)")
            case .liveObjects, .liveBytes: Issue.record("these threads have no heap")
            }
        }
        // A stretch that took no time is not there, unless the thread ran; so only these are certain.
        func running(_ thread: UInt32) -> [DropReason?] {
            (stretches[thread] ?? []).compactMap { if case .running(let reason) = $0.state { .some(reason) } else { nil } }
        }
        #expect(running(1) == [.blocking, .finish])
        #expect(running(2) == [.interval])
        #expect(stretches[1]?.contains { $0.state == .blocked("sleep") } == true)
        #expect(arrows == ["1→2 blocking", "2→1 interval"])
        for list in stretches.values {
            for (one, next) in zip(list, list.dropFirst()) { #expect(one.end == next.begin) }
        }
        #expect(stretches[1]?.first?.begin == 0)
        #expect(stretches[1]?.last?.end == report.wallNanoseconds)
        #expect(stretches[2]?.last?.end == report.wallNanoseconds)
    }
}
