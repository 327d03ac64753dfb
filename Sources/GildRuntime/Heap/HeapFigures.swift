// What is alive, how much of it there was at most, how many containers are young, and the numbers of instances.
//
// Every allocation and every deallocation changes these figures, so a thread does it without any synchronisation:
//
//   One lock     all threads point to the same `HeapFigures`, the heap's, guarded by the lock. Every figure is exact at every moment.
//   Without      each thread has its own, which hold what the thread added and took away, and are flushed into `HeapTotals`, atomic words,
//                whenever they have changed by a step: 64 KiB, or 64 containers. A thread that mostly frees has negative figures.
//
// The code of an allocation is the same in both cases: a figure that passes its bound (`flushAbove`, `flushBelow`, `youngAbove`, `youngFloor`) is
// looked at by a function that is not inlined. Under one lock the bounds of bytes are never passed.
//
// Exactness without one lock. The sum of what is flushed and what is not is exact whenever no other thread runs (`settleFigures`). While
// others run, a reader sees live bytes and young containers that are off by less than a step for each thread. The peak is the highest
// sum at a flush, so it is off by less than 64 KiB for each thread, too; reports say so (`noteOnPeak`).
//
// Serial numbers put instances in the order of their creation. Without one lock a thread takes them in blocks of 256 from a common counter: exact among
// the instances of one thread, and among those of several threads to the block.

import CGild

struct HeapFigures {
    /// Bytes of live objects (slot sizes) and their buffers.
    var liveBytes = 0
    /// One lock: the most live bytes. Without: the most since the last flush.
    var peakBytes = 0
    /// Live bytes beyond which they are flushed.
    var flushAbove = Int.max
    var flushBelow = Int.min
    /// What of the live bytes is in the totals.
    var flushedBytes = 0
    /// Container allocations minus deallocations since the last collection, or since the last flush.
    var youngContainers = 0
    /// Young containers beyond which a collection may be due, or a flush.
    var youngAbove: Int
    /// Deallocations count down to here.
    var youngFloor = 0
    /// The last number that was given to an instance.
    var lastSerial: UInt32 = 0

    static let byteStep = 64 * 1024
    static let youngStep = 64

    /// Figures that all threads share, under one lock.
    static func shared(threshold: Int) -> UnsafeMutablePointer<HeapFigures> { create(HeapFigures(youngAbove: threshold)) }

    /// A thread's own.
    static func own() -> UnsafeMutablePointer<HeapFigures> {
        var figures = HeapFigures(youngAbove: youngStep)
        figures.youngFloor = -youngStep
        figures.flushAbove = byteStep
        figures.flushBelow = -byteStep
        // The first instance takes a block.
        figures.lastSerial = 0xFF
        return create(figures)
    }

    /// In cache lines of their own.
    private static func create(_ figures: HeapFigures) -> UnsafeMutablePointer<HeapFigures> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 192, alignment: 64).assumingMemoryBound(to: HeapFigures.self)
        memory.initialize(to: figures)
        return memory
    }
}

/// What threads without one lock have flushed. Every word is atomic.
struct HeapTotals {
    fileprivate let live: UnsafeMutablePointer<Int>
    fileprivate let peak: UnsafeMutablePointer<Int>
    fileprivate let young: UnsafeMutablePointer<Int>
    /// Blocks of serial numbers that have been taken.
    fileprivate let serialBlocks: UnsafeMutablePointer<UInt32>
    /// Bytes of what is in no books: the bootstrap's, and the buffers of what the runtime made for itself. Under one lock, too.
    private let unbooked: UnsafeMutablePointer<Int>

    init() {
        let words = UnsafeMutableRawPointer.allocate(byteCount: 192, alignment: 64).assumingMemoryBound(to: Int.self)
        words.initialize(repeating: 0, count: 24)
        live = words
        peak = words + 1
        young = words + 8
        serialBlocks = UnsafeMutableRawPointer(words + 16).assumingMemoryBound(to: UInt32.self)
        unbooked = words + 17
    }

    var bytesBeforeBooks: Int { gild_load_relaxed_int(unbooked) }
    func leaveBooks(_ bytes: Int) { gild_fetch_add_int(unbooked, bytes) }
}

extension gild_thread_ref {
    // MARK: Counting

    @inline(__always) func countLive(grownBy bytes: Int) {
        let figures = s.pointee.figures
        let live = figures.pointee.liveBytes &+ bytes
        figures.pointee.liveBytes = live
        measured {
            if live > figures.pointee.peakBytes {
                figures.pointee.peakBytes = live
                if _slowPath(live > figures.pointee.flushAbove) { flushFigures() }
            }
        }
    }

    @inline(__always) func countLive(shrunkBy bytes: Int) {
        let figures = s.pointee.figures
        let live = figures.pointee.liveBytes &- bytes
        figures.pointee.liveBytes = live
        if _slowPath(live < figures.pointee.flushBelow) { flushFigures() }
    }

    /// Bytes that stay allocated leave the books for good: nobody will free them.
    func leaveBooks(_ bytes: Int) {
        countLive(shrunkBy: bytes)
        heap.pointee.totals.leaveBooks(bytes)
    }

    @inline(__always) func containerAllocated() {
        let figures = s.pointee.figures
        let young = figures.pointee.youngContainers &+ 1
        figures.pointee.youngContainers = young
        if young > figures.pointee.youngAbove { youngContainersPassed() }
    }

    @inline(__always) func containerFreed() {
        let figures = s.pointee.figures
        if figures.pointee.youngContainers > figures.pointee.youngFloor {
            figures.pointee.youngContainers &-= 1
        } else if s.pointee.isFreeThreaded {
            youngContainersPassed()
        }
    }

    /// The number of a new instance.
    @inline(__always) func takeSerial() -> UInt32 {
        let figures = s.pointee.figures
        if _slowPath(figures.pointee.lastSerial & 0xFF == 0xFF) && s.pointee.isFreeThreaded { takeSerialBlock() }
        figures.pointee.lastSerial &+= 1
        return figures.pointee.lastSerial
    }

    @inline(never) private func takeSerialBlock() {
        s.pointee.figures.pointee.lastSerial = (gild_fetch_add_32(heap.pointee.totals.serialBlocks, 1) &+ 1) << 8
    }

    /// Numbers from here on follow all that any thread has taken, and no thread goes on with a block that it had. No other thread runs.
    func voidSerialBlocks() {
        guard s.pointee.isFreeThreaded else { return }
        forEachFigures { $0.pointee.lastSerial |= 0xFF }
    }

    @inline(never) private func youngContainersPassed() {
        let figures = s.pointee.figures
        var young = figures.pointee.youngContainers
        if s.pointee.isFreeThreaded {
            figures.pointee.youngContainers = 0
            young += gild_fetch_add_int(heap.pointee.totals.young, young)
            if young <= gild_load_relaxed_int(heap.pointee.collector.thresholds) { return }
        }
        collectionMayBeDue(young)
    }

    // MARK: Flushing

    /// Put what changed since the last time into the totals. Under one lock there is nothing to do.
    @inline(never) func flushFigures() {
        guard s.pointee.isFreeThreaded else { return }
        let figures = s.pointee.figures
        let totals = heap.pointee.totals
        let live = figures.pointee.liveBytes
        let change = live &- figures.pointee.flushedBytes
        figures.pointee.flushedBytes = live
        figures.pointee.peakBytes = live
        figures.pointee.flushAbove = live &+ HeapFigures.byteStep
        figures.pointee.flushBelow = live &- HeapFigures.byteStep
        if change != 0 {
            let total = gild_fetch_add_int(totals.live, change) &+ change
            measured {
                var peak = gild_load_relaxed_int(totals.peak)
                while total > peak && !gild_compare_exchange_int(totals.peak, peak, total) { peak = gild_load_relaxed_int(totals.peak) }
            }
        }
        let young = figures.pointee.youngContainers
        if young != 0 {
            figures.pointee.youngContainers = 0
            gild_fetch_add_int(totals.young, young)
        }
    }

    /// Flush the figures of all threads: from here on the totals are exact until a thread runs. No other thread runs.
    func settleFigures() {
        guard s.pointee.isFreeThreaded else { return }
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            Thread(state).flushFigures()
            thread = state.pointee.next
        }
        flushFigures()
    }

    private func forEachFigures(_ body: (UnsafeMutablePointer<HeapFigures>) -> Void) {
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            body(state.pointee.figures)
            thread = state.pointee.next
        }
        body(s.pointee.figures)
    }

    // MARK: Reading

    /// Live bytes of the heap. Exact under one lock, and after `settleFigures`; else to 64 KiB for each thread that runs.
    var liveBytes: Int {
        s.pointee.isFreeThreaded
            ? gild_load_relaxed_int(heap.pointee.totals.live) &+ s.pointee.figures.pointee.liveBytes &- s.pointee.figures.pointee.flushedBytes
            : s.pointee.figures.pointee.liveBytes
    }

    /// The most live bytes since `beginPeak`. Exact under one lock.
    var peakBytes: Int {
        s.pointee.isFreeThreaded ? max(gild_load_relaxed_int(heap.pointee.totals.peak), liveBytes) : s.pointee.figures.pointee.peakBytes
    }

    var youngContainers: Int {
        s.pointee.isFreeThreaded
            ? max(0, gild_load_relaxed_int(heap.pointee.totals.young) &+ s.pointee.figures.pointee.youngContainers)
            : s.pointee.figures.pointee.youngContainers
    }

    /// What a report says about its peak; nil: it is exact.
    func noteOnPeak(threads: Int) -> String? {
        guard s.pointee.isFreeThreaded else { return nil }
        return "Threads ran at the same time: peak bytes may be off by 64 KiB for each of \(threads) thread\(threads == 1 ? "" : "s")."
    }

    // MARK: Beginning anew

    /// The highest number of live bytes is looked for from here on.
    func beginPeak() {
        settleFigures()
        if s.pointee.isFreeThreaded {
            gild_store_relaxed_int(heap.pointee.totals.peak, liveBytes)
        } else {
            s.pointee.figures.pointee.peakBytes = liveBytes
        }
    }

    /// A collection begins: no container is young. No other thread runs.
    func forgetYoungContainers() {
        forEachFigures { $0.pointee.youngContainers = 0 }
        gild_store_relaxed_int(heap.pointee.totals.young, 0)
    }

    /// The threshold of `gc.set_threshold` has changed.
    func adoptCollectorThreshold() {
        if !s.pointee.isFreeThreaded { s.pointee.figures.pointee.youngAbove = gild_load_relaxed_int(heap.pointee.collector.thresholds) }
    }

    /// The books begin: what is alive now is in none. Only this thread exists.
    func beginBooks() {
        settleFigures()
        let live = liveBytes
        heap.pointee.totals.leaveBooks(live)
        let figures = s.pointee.figures
        figures.pointee.liveBytes &-= live
        figures.pointee.peakBytes = 0
        forgetYoungContainers()
        if s.pointee.isFreeThreaded {
            settleFigures()
            gild_store_relaxed_int(heap.pointee.totals.peak, 0)
        } else {
            figures.pointee.lastSerial = 0
        }
    }

    // MARK: Striking (Bookmark.swift)

    /// Take bytes, and what else is marked, out of this thread's figures.
    func strikeFigures(bytes: Int, young: Int, peak: Int) {
        leaveBooks(bytes)
        // Without one lock others have counted meanwhile: the peak stays, and the young containers are few.
        guard !s.pointee.isFreeThreaded else { return }
        let figures = s.pointee.figures
        figures.pointee.youngContainers = young
        figures.pointee.peakBytes = max(peak, figures.pointee.liveBytes)
    }
}
