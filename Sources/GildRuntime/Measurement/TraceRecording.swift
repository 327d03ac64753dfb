// A trace as the session sees it: made before the run, read after it.
//
// Times are nanoseconds since measuring began, so that a trace and the report of the same run have the same zero.

import CGild

/// The memory in which one run books what every thread did when (TraceBuffer.swift).
public final class TraceRecording: Sendable {
    /// How often the holder is asked for a sample, beside those of every drop.
    public static let sampleIntervalNanoseconds: UInt64 = 2_000_000

    let buffer: TraceBuffer

    /// - Parameter limitBytes: what the records may take; further ones are counted and not kept.
    /// - Returns: nil where there is no address space for them.
    public init?(limitBytes: Int) {
        guard let buffer = TraceBuffer(limitBytes: limitBytes) else { return nil }
        self.buffer = buffer
    }

    deinit { buffer.destroy() }

    /// Records kept, and those that found no room.
    public var count: Int { buffer.count }
    public var droppedCount: Int { buffer.droppedCount }

    /// What a thread does.
    public enum State: Sendable, Hashable {
        /// It is there and has not asked for the lock yet.
        case starting
        /// It holds the lock; why it let it go (nil: it still held it at the end).
        case running(until: DropReason?)
        /// It wants the lock.
        case waiting
        /// It is in a blocking call.
        case blocked(String)
        /// It is done with the lock, and has not gone yet.
        case ending
        /// A daemon thread that came for the lock after the end had begun.
        case parked
    }

    /// One record. Threads are named by their numbers in the lock's report.
    public enum Event: Sendable, Hashable {
        case stretch(thread: UInt32, State, begin: UInt64, end: UInt64)
        case handoff(from: UInt32, to: UInt32, DropReason, droppedAt: UInt64, takenAt: UInt64)
        case liveObjects(Int, at: UInt64)
        case liveBytes(Int, at: UInt64)
    }

    /// Calls `body` for every record in the order of booking; the run has ended.
    public func forEachEvent(_ body: (Event) -> Void) {
        let origin = buffer.startedAt
        for index in 0..<buffer.count {
            guard let (mark, record) = buffer[index] else { continue }
            let begin = record.begin &- origin
            let end = record.end &- origin
            switch mark {
            case .starting: body(.stretch(thread: record.thread, .starting, begin: begin, end: end))
            case .running:
                let reason = DropReason(rawValue: UInt8(truncatingIfNeeded: record.detail))
                body(.stretch(thread: record.thread, .running(until: reason), begin: begin, end: end))
            case .waiting: body(.stretch(thread: record.thread, .waiting, begin: begin, end: end))
            case .blocked:
                let call = BlockingCall(rawValue: UInt8(truncatingIfNeeded: record.detail)) ?? .other
                body(.stretch(thread: record.thread, .blocked("\(call)"), begin: begin, end: end))
            case .ending: body(.stretch(thread: record.thread, .ending, begin: begin, end: end))
            case .parked: body(.stretch(thread: record.thread, .parked, begin: begin, end: end))
            case .handoff:
                guard let reason = DropReason(rawValue: UInt8(truncatingIfNeeded: record.detail)) else { continue }
                body(.handoff(from: record.other, to: record.thread, reason, droppedAt: begin, takenAt: end))
            case .liveObjects: body(.liveObjects(Int(truncatingIfNeeded: record.end), at: begin))
            case .liveBytes: body(.liveBytes(Int(truncatingIfNeeded: record.end), at: begin))
            }
        }
    }
}
