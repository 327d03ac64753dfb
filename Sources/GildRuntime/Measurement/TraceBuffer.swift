// What every thread did when, as a log of records of one size: the raw material of `gild run --trace`.
//
// A thread's life is cut into **stretches** without a gap: each one begins where the thread's last one ended
// (`LockThread.tracedUntil`) and is booked when it ends. So the stretches of a thread cannot overlap, and their lengths add
// up to its life, whatever is booked; a transition that was forgotten makes a stretch too long and never tears a hole.
//
//     next = next + 1                  claims record `next`; at or over the capacity: nothing is booked, only counted
//     write the record but its mark
//     store the mark (release)         a reader that loads a mark (acquire) sees the whole record; 0: not written
//
// What the steps prevent:
//
// - *Claim before writing.* The GIL books under its mutex, but locks that several threads hold at once book side by side:
//   no two get the same record, and none waits for another one.
// - *The mark last.* Who reads while somebody still writes must not take half a record for a whole one.
// - *A full log keeps the beginning.* What was booked stays; nobody writes into records that a reader may look at.
//
// The memory is address space of the size of the limit, touched as it is used: booking never allocates and never copies.

import CGild
import Glibc

/// One entry of a trace.
struct TraceRecord {
    enum Mark: UInt32 {
        /// `thread` was in one state from `begin` to `end`; `detail` says more where the state has more to say.
        case starting = 1
        case running, waiting, blocked, ending, parked
        /// `other` dropped the lock at `begin`, for the reason `detail`, and `thread` took it at `end`.
        case handoff
        /// At `begin`, `end` objects were alive (bytes).
        case liveObjects, liveBytes
    }

    /// Nanoseconds of the monotonic clock.
    var begin: UInt64
    var end: UInt64
    var thread: UInt32
    var other: UInt32
    var detail: UInt32
    /// A `Mark`, or 0: not written. Atomic.
    var mark: UInt32
}

/// A handle to one log; copies denote the same log.
struct TraceBuffer: @unchecked Sendable {
    private let records: UnsafeMutablePointer<TraceRecord>
    /// Records claimed, those that found no room included. Atomic.
    private let next: UnsafeMutablePointer<UInt64>
    /// Objects alive as of the latest sample. Atomic.
    private let liveObjects: UnsafeMutablePointer<UInt64>
    /// Without one lock, their bytes. Atomic.
    private let liveBytes: UnsafeMutablePointer<UInt64>
    /// When the trace begins, in nanoseconds of the monotonic clock; written before anything is booked.
    private let origin: UnsafeMutablePointer<UInt64>
    private let mappedBytes: Int
    let capacity: Int

    /// Nil: there is no address space for `limitBytes`.
    init?(limitBytes: Int) {
        precondition(MemoryLayout<TraceRecord>.offset(of: \.mark) == 28)
        capacity = max(1, limitBytes / MemoryLayout<TraceRecord>.stride)
        mappedBytes = capacity * MemoryLayout<TraceRecord>.stride
        let memory = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        records = memory.bindMemory(to: TraceRecord.self, capacity: capacity)
        next = .allocate(capacity: 4)
        next.initialize(repeating: 0, count: 4)
        liveObjects = next + 1
        liveBytes = next + 2
        origin = next + 3
    }

    /// Nobody books or reads any more.
    func destroy() {
        munmap(records, mappedBytes)
        next.deallocate()
    }

    /// Records that were booked.
    var count: Int { Int(min(gild_load_acquire_64(next), UInt64(capacity))) }
    /// Records that found no room.
    var droppedCount: Int { Int(gild_load_acquire_64(next)) - count }

    /// Nil: the record's writer has claimed it and not finished.
    subscript(index: Int) -> (mark: TraceRecord.Mark, record: TraceRecord)? {
        let place = records + index
        guard let mark = TraceRecord.Mark(rawValue: gild_load_acquire_32(place.markWord)) else { return nil }
        return (mark, place.pointee)
    }

    var startedAt: UInt64 { origin.pointee }

    // MARK: Booking

    func start(at time: UInt64) { origin.pointee = time }

    /// The thread's life begins, or what was before is not of interest. Under what guards the thread's record.
    func begin(_ thread: UnsafeMutablePointer<LockThread>, at time: UInt64) {
        thread.pointee.tracedUntil = time
    }

    /// The thread was in a state from the end of its last stretch until `end`. Nothing is booked where that is no time at all,
    /// unless it ran. Under what guards the thread's record.
    func stretch(_ thread: UnsafeMutablePointer<LockThread>, _ mark: TraceRecord.Mark, until end: UInt64, detail: UInt8 = 0) {
        let begin = thread.pointee.tracedUntil
        if end < begin || end == begin && mark != .running { return }
        thread.pointee.tracedUntil = end
        append(mark, begin, end, thread.pointee.number, detail: UInt32(detail))
    }

    func handoff(from giver: UInt32, to taker: UInt32, droppedAt: UInt64, takenAt: UInt64, _ reason: DropReason) {
        append(.handoff, droppedAt, takenAt, taker, other: giver, detail: UInt32(reason.rawValue))
    }

    /// Books how much is alive now. Called by the thread itself, which may read the heap.
    func sample(_ thread: UnsafeMutablePointer<LockThread>, at time: UInt64) {
        guard let address = thread.pointee.threadState else { return }
        let state = address.assumingMemoryBound(to: ThreadState.self)
        // What this thread changed since its last sample: nobody sums up all threads.
        let objects = sum(liveObjects, state.pointee.allocations &- state.pointee.frees, &thread.pointee.tracedObjects)
        let own = UInt64(bitPattern: Int64(state.pointee.figures.pointee.liveBytes))
        let bytes = state.pointee.isFreeThreaded ? sum(liveBytes, own, &thread.pointee.tracedBytes) : own
        append(.liveObjects, time, objects, thread.pointee.number)
        append(.liveBytes, time, bytes, thread.pointee.number)
    }

    /// What all threads have, each as of its latest sample: `own` is this one's, which was `before`.
    private func sum(_ total: UnsafeMutablePointer<UInt64>, _ own: UInt64, _ before: inout UInt64) -> UInt64 {
        let change = own &- before
        before = own
        return gild_fetch_add_64(total, change) &+ change
    }

    private func append(_ mark: TraceRecord.Mark, _ begin: UInt64, _ end: UInt64, _ thread: UInt32, other: UInt32 = 0, detail: UInt32 = 0) {
        let index = gild_fetch_add_64(next, 1)
        guard index < UInt64(capacity) else { return }
        let place = records + Int(index)
        place.pointee.begin = begin
        place.pointee.end = end
        place.pointee.thread = thread
        place.pointee.other = other
        place.pointee.detail = detail
        gild_store_release_32(place.markWord, mark.rawValue)
    }
}

extension UnsafeMutablePointer where Pointee == TraceRecord {
    /// The mark's address. A constant, because key paths may allocate.
    @inline(__always) fileprivate var markWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + 28).assumingMemoryBound(to: UInt32.self)
    }
}
