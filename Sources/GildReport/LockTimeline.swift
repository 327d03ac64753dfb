// Who had the lock when, from the latest handoffs of one run.
//
//     handoff      at 40, 1 → 2, gap 3         at 70, 2 → 1, gap 5                  end of the run at 100
//                          │                            │
//     thread 1 ───────┐    │                            ├──────────────────────── turn of 1: 70 … 100
//     thread 2        37   ├────────────────────────┐   │                         turn of 2: 40 … 65
//
// A *turn* begins when a thread takes the lock from another one and ends with its drop before the next handoff. Within a turn the thread
// may have dropped the lock and taken it again itself, with nobody in between: handoffs do not show that, and neither does the timeline.
// The lock keeps its latest 1,024 handoffs; a run that had more is shown from the first of these on, and the timeline says so.

public struct LockTimeline: Sendable, Equatable {
    public struct Turn: Sendable, Equatable {
        /// Position in the report's `threads`; -1 for a thread that is not listed there.
        public var thread: Int
        /// Nanoseconds from the beginning of the run.
        public var start: Int
        public var end: Int
        /// Why the thread gave the lock away; nil for the turn that the run ended in.
        public var ending: HandoffReason?
    }

    /// What is shown of the run.
    public var start: Int
    public var end: Int
    public var turns: [Turn]
    /// Handoffs shown, and of the whole run.
    public var shownHandoffs: Int
    public var allHandoffs: Int
    public var isWhole: Bool { shownHandoffs == allHandoffs }

    /// Nil for a report without handoffs one by one.
    public init?(_ report: RunReport) {
        guard let handoffs = report.lock.recentHandoffs, let first = handoffs.first, let last = handoffs.last else { return nil }
        allHandoffs = report.lock.handoffs.total
        shownHandoffs = handoffs.count
        start = handoffs.count == allHandoffs ? 0 : first.atNanoseconds
        end = max(report.wallNanoseconds, last.atNanoseconds)
        turns = []
        if isWhole { turns.append(Turn(thread: first.from, start: 0, end: first.atNanoseconds - first.gapNanoseconds, ending: first.reason)) }
        for (handoff, next) in zip(handoffs, handoffs.dropFirst()) {
            turns.append(
                Turn(thread: handoff.to, start: handoff.atNanoseconds, end: next.atNanoseconds - next.gapNanoseconds, ending: next.reason))
        }
        turns.append(Turn(thread: last.to, start: last.atNanoseconds, end: end, ending: nil))
    }

    /// What one thread had of the time shown.
    public struct Share: Sendable, Equatable {
        public var thread: Int
        public var turns: Int
        public var nanoseconds: Int
        public var longest: Int
    }

    /// In the order of the report's threads.
    public var shares: [Share] {
        Dictionary(grouping: turns, by: \.thread).map { thread, turns in
            let times = turns.map { $0.end - $0.start }
            return Share(thread: thread, turns: turns.count, nanoseconds: times.reduce(0, +), longest: times.max() ?? 0)
        }.sorted { $0.thread < $1.thread }
    }
}
