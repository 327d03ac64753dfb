// Limbo: memory that has been freed while other threads may still be reading it.
//
// Without one lock a thread reads the items of a list, or the header of an object whose address it has just found, without having stopped the
// others. Slots of pages may be allocated anew meanwhile (Heap.swift says why); two kinds of memory may not:
//
//   large objects   their memory goes back to malloc, where anything may become of it, and a reader could change a count there
//   buffers         a reader would take what the next owner writes, or the link of a free list, for a value
//
// So what was retired keeps its content until no thread can be reading it. A reader finishes before its next checkpoint; therefore all
// reads that were going on are over once all threads have been stopped at a checkpoint.
//
//     any thread                          while no other thread runs
//     retire: enter it in the thread's    drainLimbo: give everything back, to the lists of the thread that
//     own list                            retired it, to malloc, and to the quota
//     beyond 8 MiB: want a stop
//
// Each thread has a list of its own, in memory apart from what was retired. Bytes in limbo are no longer alive; they stay reserved.
//
// **Wanted stops.** `wantsStop` is what threads look at in their checkpoints: somebody shall stop all threads and call `tidyHeap`. It is set
//   - when more than `Limbo.bound` bytes are in limbo (threads report theirs in steps of 64 KiB);
//   - when an allocation leaves less than an eighth of the limit, because free pages and the lists of other threads can only be had
//     while no thread runs: an allocation itself cannot wait for that, since its caller holds half-made objects. After a stop that gained little the next
//     one is wanted when half of what was left is gone;
//   - when an object's count is to be spread (SpreadCounts.swift);
//   - when an allocation fails. It raises MemoryError, but the next one may succeed.
// Under one lock nothing is ever retired, and no stop is wanted.

import CGild
import Glibc

/// Retired memory, oldest first.
struct LimboList {
    struct Entry {
        var address: UnsafeMutableRawPointer
        var bytes: Int
        /// Else a large object with its LargeHeader.
        var isBuffer: Bool
    }
    private(set) var entries: UnsafeMutablePointer<Entry>?
    private(set) var count = 0
    private var capacity = 0
    /// Bytes that the heap's sum does not contain yet.
    var unreportedBytes = 0

    mutating func append(_ entry: Entry) {
        if count == capacity {
            let larger = UnsafeMutablePointer<Entry>.allocate(capacity: max(16, capacity * 2))
            if let entries {
                larger.moveInitialize(from: entries, count: count)
                entries.deallocate()
            }
            entries = larger
            capacity = max(16, capacity * 2)
        }
        entries.unsafelyUnwrapped[count] = entry
        count += 1
    }

    mutating func removeAll() {
        count = 0
        unreportedBytes = 0
    }

    func destroy() { entries?.deallocate() }
}

/// What the threads of a heap know of each other's limbo.
struct Limbo {
    /// Bytes in limbo beyond which a stop is wanted.
    static let bound = 8 * 1024 * 1024
    private static let step = 64 * 1024

    /// Guards `left`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// What threads that have ended left behind.
    private let left: UnsafeMutablePointer<LimboList>
    /// Reported bytes. Atomic.
    private let bytes: UnsafeMutablePointer<Int>
    /// Reserved bytes beyond which a stop is wanted; 0: seven eighths of the limit. Atomic.
    private let stopAbove: UnsafeMutablePointer<Int>
    /// Atomic.
    private let stop: UnsafeMutablePointer<UInt32>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        left = .allocate(capacity: 1)
        left.initialize(to: LimboList())
        // In cache lines of their own.
        let words = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 64).assumingMemoryBound(to: Int.self)
        words.initialize(repeating: 0, count: 16)
        bytes = words
        stopAbove = words + 1
        stop = UnsafeMutableRawPointer(words + 8).assumingMemoryBound(to: UInt32.self)
    }

    /// Whether all threads shall be stopped for `tidyHeap`. Any thread may ask.
    var wantsStop: Bool { gild_load_relaxed_32(stop) != 0 }
    func requestStop() { gild_store_relaxed_32(stop, 1) }
    fileprivate func stopped() { gild_store_relaxed_32(stop, 0) }

    /// Bytes in limbo, but for what threads have not reported yet.
    var reportedBytes: Int { gild_load_relaxed_int(bytes) }

    fileprivate func report(_ list: inout LimboList, evenLittle: Bool = false) {
        if list.unreportedBytes < (evenLittle ? 1 : Limbo.step) { return }
        let sum = gild_fetch_add_int(bytes, list.unreportedBytes) + list.unreportedBytes
        list.unreportedBytes = 0
        if sum > Limbo.bound { requestStop() }
    }

    /// Take over the list of a thread that ends.
    fileprivate func inherit(_ list: inout LimboList) {
        if list.count == 0 { return }
        report(&list, evenLittle: true)
        pthread_mutex_lock(mutex)
        for i in 0..<list.count { left.pointee.append(list.entries.unsafelyUnwrapped[i]) }
        pthread_mutex_unlock(mutex)
        list.removeAll()
    }

    /// Empty all lists through `body`, which is told whose list it is; nil: an ended thread's. No other thread runs.
    fileprivate func drain(threads: UnsafeMutablePointer<ThreadState>?, _ body: (UnsafeMutablePointer<ThreadState>?, LimboList.Entry) -> Void) {
        for i in 0..<left.pointee.count { body(nil, left.pointee.entries.unsafelyUnwrapped[i]) }
        left.pointee.removeAll()
        var thread = threads
        while let state = thread {
            for i in 0..<state.pointee.limbo.count { body(state, state.pointee.limbo.entries.unsafelyUnwrapped[i]) }
            state.pointee.limbo.removeAll()
            thread = state.pointee.next
        }
        gild_store_relaxed_int(bytes, 0)
    }

    /// Reserved bytes beyond which a stop is wanted.
    func threshold(of quota: HeapQuota) -> Int {
        let above = gild_load_relaxed_int(stopAbove)
        return above == 0 ? Limbo.margin(of: quota) : above
    }

    private static func margin(of quota: HeapQuota) -> Int { quota.limitBytes - quota.limitBytes / 8 }

    /// After a stop: when the next one is wanted.
    fileprivate func setThreshold(_ quota: HeapQuota) {
        let reserved = quota.reservedBytes
        let above = reserved <= Limbo.margin(of: quota) ? 0 : reserved + max(0, quota.limitBytes - reserved) / 2
        gild_store_relaxed_int(stopAbove, above)
    }

    fileprivate func isNearLimit(_ quota: HeapQuota) -> Bool { quota.reservedBytes > Limbo.margin(of: quota) }
}

extension gild_thread_ref {
    // MARK: Retiring

    /// A large object's memory, from its LargeHeader on; its counts and its shape are 0.
    func retire(_ memory: UnsafeMutableRawPointer, bytes: Int) { retire(LimboList.Entry(address: memory, bytes: bytes, isBuffer: false)) }

    /// A buffer that others may be reading.
    func retireBuffer(_ buffer: UnsafeMutableRawPointer, bytes: Int) { retire(LimboList.Entry(address: buffer, bytes: bytes, isBuffer: true)) }

    private func retire(_ entry: LimboList.Entry) {
        s.pointee.limbo.append(entry)
        s.pointee.limbo.unreportedBytes += entry.bytes
        heap.pointee.limbo.report(&s.pointee.limbo)
        askForStopIfWanted()
    }

    /// The thread ends: what it retired stays in limbo.
    func leaveLimbo() { heap.pointee.limbo.inherit(&s.pointee.limbo) }

    /// If a stop is wanted, this thread makes it at its next checkpoint.
    @inline(__always) func askForStopIfWanted() {
        if _slowPath(heap.pointee.limbo.wantsStop) { _ = gild_fetch_or_32(&s.pointee.evalBreaker, EvalBreaker.tidy) }
    }

    // MARK: Stops

    /// At a checkpoint of a thread that wanted a stop. Another one may have made it.
    func stopForTidying() {
        if !heap.pointee.limbo.wantsStop { return }
        var counted = ObjectStack(capacity: 16)
        defer { counted.destroy() }
        exclusively {
            if heap.pointee.limbo.wantsStop {
                tidyHeap()
                if scheme == .biased { spreadWanted(&counted) }
            }
        }
        while let object = counted.pop() { decref(object) }
    }

    /// Give back what is in limbo. No other thread runs, and all have passed a checkpoint.
    func drainLimbo() {
        let own = self
        heap.pointee.limbo.drain(threads: s.pointee.runtime.pointee.threads.first) { owner, entry in
            if entry.isBuffer {
                (owner.map { Thread($0) } ?? own).recycleBuffer(entry.address, bytes: entry.bytes)
            } else {
                own.heap.pointee.quota.release(entry.bytes)
                Glibc.free(entry.address)
            }
        }
    }

    /// What wanted stops are for: empty limbo, and near the limit give back free pages and make the free slots of each thread those of all. No other
    /// thread runs, and all have passed a checkpoint.
    func tidyHeap() {
        let limbo = heap.pointee.limbo
        let quota = heap.pointee.quota
        drainLimbo()
        settleFigures()
        if limbo.isNearLimit(quota) && quota.reservedBytes &- liveBytes >= Page.size && liveBytes <= heap.pointee.reclaimBelow {
            let gained = reclaimFreePages()
            heap.pointee.reclaimBelow = gained > 0 ? Int.max : liveBytes &- Page.size
            var thread = s.pointee.runtime.pointee.threads.first
            while let state = thread {
                Thread(state).abandonFreeLists()
                thread = state.pointee.next
            }
        }
        limbo.setThreshold(quota)
        limbo.stopped()
    }
}
