// Deadlines of the monotonic clock: one thread that sleeps until the earliest.
//
// The thread waits on a condition variable whose clock is CLOCK_MONOTONIC, so setting the wall clock moves no deadline.
// Entries are a binary heap by (moment, number); cancelling takes an entry's body out of the table, and the thread drops
// the empty heap entry when it comes up. Bodies run on the timer thread, one after the other, without its lock: they must
// be short, and may arm and cancel timers.

import CGild

/// Time as the daemon's parts see it; tests put a clock of their own here.
protocol DaemonClock: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    func now() -> UInt64
    /// Calls `body` once, at `moment` or as soon as possible after it.
    /// - Returns: a number for `cancel`.
    @discardableResult
    func schedule(at moment: UInt64, _ body: @escaping @Sendable () -> Void) -> UInt64
    /// After it `body` is not called, unless it is being called already.
    func cancel(_ timer: UInt64)
}

extension DaemonClock {
    @discardableResult
    func schedule(after nanoseconds: UInt64, _ body: @escaping @Sendable () -> Void) -> UInt64 {
        let (moment, overflow) = now().addingReportingOverflow(nanoseconds)
        return schedule(at: overflow ? .max : moment, body)
    }
}

final class TimerThread: DaemonClock {
    private struct Entry {
        let moment: UInt64
        let number: UInt64
        func isBefore(_ other: Entry) -> Bool { (moment, number) < (other.moment, other.number) }
    }

    private struct State {
        /// A binary heap. Entries without a body have been cancelled.
        var heap: [Entry] = []
        var bodies: [UInt64: @Sendable () -> Void] = [:]
        var lastNumber: UInt64 = 0
        /// The thread shall look again: there is an earlier entry than the one that it waits for.
        var isChanged = false
        var isEnded = false
    }

    private let monitor = Monitor(State())

    init() {
        let monitor = self.monitor
        startThread(named: "gild-timer") { TimerThread.loop(monitor) }
    }

    func now() -> UInt64 { gild_monotonic_ns() }

    @discardableResult
    func schedule(at moment: UInt64, _ body: @escaping @Sendable () -> Void) -> UInt64 {
        monitor.withLock { state in
            state.lastNumber &+= 1
            let entry = Entry(moment: moment, number: state.lastNumber)
            state.bodies[entry.number] = body
            TimerThread.push(entry, to: &state.heap)
            if state.heap[0].number == entry.number {
                state.isChanged = true
                monitor.wake()
            }
            return entry.number
        }
    }

    func cancel(_ timer: UInt64) {
        monitor.withLock { state in
            state.bodies[timer] = nil
            // Far deadlines that are armed and cancelled again and again must not pile up.
            guard state.heap.count > 64 && state.heap.count > 2 * state.bodies.count else { return }
            let left = state.heap.filter { state.bodies[$0.number] != nil }
            state.heap.removeAll(keepingCapacity: true)
            for entry in left { TimerThread.push(entry, to: &state.heap) }
        }
    }

    /// No body is called after the one that is being called.
    func end() {
        monitor.withLock { state in
            state.isEnded = true
            state.bodies = [:]
            monitor.wake()
        }
    }

    private static func loop(_ monitor: Monitor<State>) {
        var deadline: UInt64?
        while true {
            let (isEnded, next, body) = monitor.withLock(when: { $0.isChanged || $0.isEnded }, before: deadline) {
                state -> (Bool, UInt64?, (@Sendable () -> Void)?) in
                state.isChanged = false
                if state.isEnded { return (true, nil, nil) }
                let now = gild_monotonic_ns()
                while let first = state.heap.first {
                    guard let body = state.bodies[first.number] else {
                        pop(&state.heap)
                        continue
                    }
                    if first.moment > now { return (false, first.moment, nil) }
                    pop(&state.heap)
                    state.bodies[first.number] = nil
                    return (false, now, body)
                }
                return (false, nil, nil)
            }
            if isEnded { return }
            body?()
            deadline = next
        }
    }

    private static func push(_ entry: Entry, to heap: inout [Entry]) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private static func pop(_ heap: inout [Entry]) {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
