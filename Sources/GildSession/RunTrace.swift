// A run's trace as a file: the records of the runtime, put into the order of time and given names.
//
// Records are booked when a stretch ends; in the file an event stands where it begins. So every event is given a place,
// sorted, and rendered. Two events of one instant are ordered so that a reader that goes through the file and keeps a
// stack of open slices binds every arrow to the slice that it belongs to:
//
//     0  slices that are over at once
//     1  ends of arrows that belong to one of those
//     2  other slices
//     3  other ends of arrows, counters
//
// An arrow leaves the giver's slice one nanosecond before that slice ends, where it is still inside, and comes in where the
// taker's slice begins. In a full trace the taker's slice may be missing; then so is the arrow.

import GildReport
import GildRuntime

/// The trace of one run.
public final class RunTrace: Sendable, Equatable {
    let recording: TraceRecording
    private let metadata: [(key: String, json: String)]
    private let title: String
    private let hasOneLock: Bool
    private let threads: [(number: UInt32, name: String)]

    init(_ recording: TraceRecording, figures: RunFigures, report: RunReport) {
        self.recording = recording
        // Readers show the process's name, and nothing of `otherData`.
        let regime = RegimeName(rawValue: report.regime)
        hasOneLock = regime?.hasOneLock ?? true
        let interval = TraceRecording.sampleIntervalNanoseconds / 1_000_000
        let facts = [
            report.regime, regime?.hasSwitchInterval == true ? formatSetting(report.lock.switchIntervalNanoseconds) : nil,
            recording.droppedCount == 0 ? nil : "cut off",
        ]
        title = "gild \(report.script.split(separator: "/").last ?? "") (\(facts.compactMap { $0 }.joined(separator: ", ")))"
        threads = figures.lock.threads.map { ($0.number, $0.name) }
        metadata = [
            ("gild", json(report.gild)), ("script", json(report.script)), ("regime", json(report.regime)),
            ("switch_interval_ns", String(report.lock.switchIntervalNanoseconds)), ("wall_ns", String(report.wallNanoseconds)),
            ("is_complete", recording.droppedCount == 0 ? "true" : "false"), ("records_dropped", String(recording.droppedCount)),
            ("counters", json("Samples: taken at every drop of the lock, and every \(interval) ms at the holder's next checkpoint.")),
        ]
    }

    public static func == (a: RunTrace, b: RunTrace) -> Bool { a === b }

    /// A sentence for the report where the trace is not whole; nil where it is.
    var note: String? {
        let dropped = recording.droppedCount
        if dropped == 0 { return nil }
        return "The trace is full: it holds the run's first \(recording.count) records, and \(dropped) later ones are missing (--trace-limit)."
    }

    /// Writes the file.
    /// - Parameter sink: takes a piece; false when it cannot.
    /// - Returns: false when the sink failed.
    public func write(to sink: @escaping (UnsafeRawBufferPointer) -> Bool) -> Bool {
        var writer = TraceEventWriter(metadata: metadata, sink: sink)
        writer.process(name: title)
        for (order, thread) in threads.enumerated() { writer.thread(thread.number, name: thread.name, order: order) }
        for event in sortedEvents() { event.render(into: &writer, waiting: hasOneLock ? "wants GIL" : "wants to run") }
        return writer.finish()
    }

    private func sortedEvents() -> [PlacedEvent] {
        struct Run {
            var begin: UInt64
            var end: UInt64
        }
        struct Handoff {
            var from: UInt32
            var given: Run
            var taken: UInt64
            var reason: DropReason
        }
        // A handoff is booked after the giver's slice and before the taker's: its arrow is placed when both are known.
        var lastRun: [UInt32: Run] = [:]
        var pending: [UInt32: Handoff] = [:]
        var arrows: UInt64 = 0
        var events: [PlacedEvent] = []
        events.reserveCapacity(recording.count + recording.count / 2)
        recording.forEachEvent { event in
            switch event {
            case .stretch(let thread, let state, let begin, let end):
                events.append(PlacedEvent(time: begin, rank: begin == end ? 0 : 2, content: .slice(thread: thread, state, duration: end - begin)))
                guard case .running = state else { return }
                lastRun[thread] = Run(begin: begin, end: end)
                guard let handoff = pending.removeValue(forKey: thread), handoff.taken == begin else { return }
                arrows += 1
                let given = handoff.given
                let isInstant = given.begin == given.end
                let reason = handoff.reason
                events.append(
                    PlacedEvent(
                        time: isInstant ? given.begin : given.end - 1, rank: isInstant ? 1 : 3,
                        content: .arrow(arrows, thread: handoff.from, reason, isEnd: false)))
                events.append(PlacedEvent(time: begin, rank: begin == end ? 1 : 3, content: .arrow(arrows, thread: thread, reason, isEnd: true)))
            case .handoff(let giver, let taker, let reason, let dropped, let taken):
                guard let given = lastRun[giver], given.end == dropped else { return }
                pending[taker] = Handoff(from: giver, given: given, taken: taken, reason: reason)
            case .liveObjects(let count, let time): events.append(PlacedEvent(time: time, rank: 3, content: .objects(count)))
            case .liveBytes(let bytes, let time): events.append(PlacedEvent(time: time, rank: 3, content: .bytes(bytes)))
            }
        }
        events.sort { ($0.time, $0.rank) < ($1.time, $1.rank) }
        return events
    }
}

/// One event and its place in the file.
private struct PlacedEvent {
    enum Content {
        case slice(thread: UInt32, TraceRecording.State, duration: UInt64)
        case arrow(UInt64, thread: UInt32, DropReason, isEnd: Bool)
        case objects(Int)
        case bytes(Int)
    }

    let time: UInt64
    let rank: UInt8
    let content: Content

    /// - Parameter waiting: what the state of that kind is called.
    func render(into writer: inout TraceEventWriter, waiting: String) {
        switch content {
        case .slice(let thread, let state, let duration):
            let (name, argument) = state.label(waiting: waiting)
            writer.slice(name, thread: thread, begin: time, duration: duration, argument: argument)
        case .arrow(let number, let thread, let reason, let isEnd):
            writer.flow("handoff: \(reason.rawName)", number: number, thread: thread, at: time, isEnd: isEnd)
        case .objects(let count): writer.counter("live", series: "objects", value: count, at: time)
        case .bytes(let bytes): writer.counter("heap", series: "bytes", value: bytes, at: time)
        }
    }
}

extension TraceRecording.State {
    /// What a slice is called, and what is shown with it.
    fileprivate func label(waiting: String) -> (name: String, argument: (key: String, value: String)?) {
        switch self {
        case .starting: ("starting", nil)
        case .running(let reason): ("running", reason.map { ("dropped", $0.rawName) })
        case .waiting: (waiting, nil)
        case .blocked(let call): (call == "other" ? "blocked" : "blocked: \(call)", nil)
        case .ending: ("ending", nil)
        case .parked: ("parked", nil)
        }
    }
}

extension DropReason {
    fileprivate var rawName: String { "\(self)" }
}

private func json(_ text: String) -> String {
    // Text can always be encoded.
    (try? OrderedJSONEncoder(isCompact: true).encode(text)) ?? "\"\""
}
