// Spread counts: in the biased regime, what all threads use, classes and functions above all, is counted by every thread for itself.
//
// A thread counts what others have made with atomic instructions on one word. For a list that two threads share that is a fair price; but threads
// that share nothing else share the functions that they call and the classes that they make instances of, and two or three such instructions for each
// call on one cache line cost more than the call. So when a thread counts such an object again and again, its count is spread: it goes to tables, one
// for each thread, and the header says where.
//
//     count word      first | index: at least `immortalCount`, so whoever does not know better leaves the object alone
//     references      base[index] + the sum of all threads' tables [index]
//
//     incref(T)       T's table [index] += 1                        a plain add to memory that T alone writes
//     decref(T)       T's table [index] -= 1                        nobody sees whether the sum is zero
//
//     spread          wanted by a thread that counts the object as a stranger for the 512th time (of all it so counts); done
//                     while the world is stopped: base := both counts of the header
//     gather          while the world is stopped: the sum becomes the shared count of a merged object (Biased.swift), the index is free again
//     T's end         base += T's table
//
// What the steps prevent:
//
// - *Half a change.* A thread that counts reads the header's word and adds, with no checkpoint in between; the word changes only while the world is stopped.
// - *Freed too early.* A thread's own share may be negative, because references wander; only the sum says something, and it is only formed while nobody counts.
// - *Never freed.* What has no reference left is found by the next collection, and at the latest by the end of the run (`gatherUnreferenced`); so are
//   cycles, in which the collector gathers what it has found dead. That is the price: `del f` frees a spread function later than CPython with the GIL
//   does. Only functions, classes, modules and their namespaces are spread, and only when several threads use them.
// - *In the owner's queue.* What waits for its merge has a reference that the queue holds; it is spread another time.
//
// Sources: PEP 703, "Deferred Reference Counting"; CPython 3.14, Include/internal/pycore_uniqueid.h (reference counts per thread).

import CGild
import Glibc

struct SpreadCounts: @unchecked Sendable {
    /// Objects whose counts are spread at a time.
    static let capacity = 1024
    /// Count words from here on are those of spread objects.
    static let first: UInt32 = 0xE000_0000
    /// A thread wants an object spread when it counts one as a stranger for this many times.
    static let period: UInt32 = 512

    @inline(__always) static func index(_ word: UInt32) -> Int { Int(word & UInt32(capacity - 1)) }

    private struct State {
        var mutex = pthread_mutex_t()
        /// Objects to be spread, with a reference each. Guarded by `mutex`.
        var wanted = ObjectStack(capacity: 16)
        /// By index. Changed while the world is stopped.
        var objects = [ObjectPointer?](repeating: nil, count: SpreadCounts.capacity)
        var free = [Int]((0..<SpreadCounts.capacity).reversed())
        /// Indices that were ever used are below.
        var used = 0
    }

    private let state: UnsafeMutablePointer<State>
    /// What no living thread's table holds. Atomic.
    private let base: UnsafeMutablePointer<Int>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        pthread_mutex_init(&state.pointee.mutex, nil)
        base = Self.table()
    }

    /// A thread's counts, on pages of their own and touched as used.
    static func table() -> UnsafeMutablePointer<Int> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Int>.stride, alignment: 4096)
        memory.initializeMemory(as: Int.self, repeating: 0, count: capacity)
        return memory.assumingMemoryBound(to: Int.self)
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(&state.pointee.mutex)
        defer { pthread_mutex_unlock(&state.pointee.mutex) }
        return body()
    }

    /// The object, with a reference, is to be spread at the next stop.
    func want(_ object: ObjectPointer) { locked { state.pointee.wanted.push(object) } }

    fileprivate func nextWanted() -> ObjectPointer? { locked { state.pointee.wanted.pop() } }

    /// Begin to spread. Nil: too many are. No other thread runs.
    fileprivate func enter(_ object: ObjectPointer, references: Int) -> Int? {
        guard let index = state.pointee.free.popLast() else { return nil }
        state.pointee.objects[index] = object
        state.pointee.used = max(state.pointee.used, index + 1)
        gild_store_relaxed_int(base + index, references)
        return index
    }

    /// The index is free again; all tables hold zero there. No other thread runs.
    fileprivate func leave(_ index: Int) {
        state.pointee.objects[index] = nil
        gild_store_relaxed_int(base + index, 0)
        state.pointee.free.append(index)
    }

    fileprivate func forEach(_ body: (Int, ObjectPointer) -> Void) {
        for index in 0..<state.pointee.used { if let object = state.pointee.objects[index] { body(index, object) } }
    }

    /// Of the base.
    fileprivate func rest(_ index: Int) -> Int { gild_load_relaxed_int(base + index) }

    /// A thread ends: its counts stay.
    fileprivate func inherit(_ table: UnsafeMutablePointer<Int>) {
        locked {
            for index in 0..<SpreadCounts.capacity where gild_load_relaxed_int(table + index) != 0 {
                gild_store_relaxed_int(base + index, gild_load_relaxed_int(base + index) &+ gild_load_relaxed_int(table + index))
                gild_store_relaxed_int(table + index, 0)
            }
        }
    }
}

extension gild_thread_ref {
    // MARK: Counting

    /// Count one reference more, or less, of an object whose count word says that it is spread.
    @inline(__always) func countSpread(_ word: UInt32, _ change: Int) {
        let place = s.pointee.spread + SpreadCounts.index(word)
        gild_store_relaxed_int(place, gild_load_relaxed_int(place) &+ change)
        measured {
            s.pointee.spreadOperations &+= 1
            if change > 0 { s.pointee.increfs &+= 1 } else { s.pointee.decrefs &+= 1 }
        }
    }

    /// References to a spread object. Exact while no other thread runs.
    func spreadReferences(_ word: UInt32) -> UInt32 {
        let index = SpreadCounts.index(word)
        var sum = s.pointee.runtime.pointee.spread.rest(index)
        s.pointee.runtime.pointee.threads.forEach { sum &+= gild_load_relaxed_int($0.pointee.spread + index) }
        return UInt32(clamping: sum)
    }

    // MARK: Spreading

    /// The thread has counted an object that another one made.
    @inline(__always) func noteStranger(_ object: ObjectPointer) {
        s.pointee.strangers &-= 1
        if _slowPath(s.pointee.strangers == 0) { wantSpread(object) }
    }

    @inline(never) private func wantSpread(_ object: ObjectPointer) {
        s.pointee.strangers = SpreadCounts.period
        switch shape(object).pointee.kind {
        case .function, .type, .module, .namespace: break
        default: return
        }
        incref(object)
        s.pointee.runtime.pointee.spread.want(object)
        heap.pointee.limbo.requestStop()
        askForStopIfWanted()
    }

    /// Spread what is wanted. No other thread runs. The references that came with it go to `counted`, to be dropped afterwards.
    func spreadWanted(_ counted: inout ObjectStack) {
        let spread = s.pointee.runtime.pointee.spread
        while let object = spread.nextWanted() {
            if gild_load_relaxed_32(object.countWord) < ObjectHeader.immortalCount && BiasedCount.canSpread(gild_load_relaxed_32(object.sharedCountWord)),
                let index = spread.enter(object, references: Int(references(of: object))) {
                gild_store_relaxed_32(object.countWord, SpreadCounts.first | UInt32(index))
            }
            counted.push(object)
        }
    }

    /// Drop the references of what was wanted and has not been spread.
    func forgetWanted() {
        while let object = s.pointee.runtime.pointee.spread.nextWanted() { decref(object) }
    }

    /// The object becomes an ordinary one, whose counts are merged. No other thread runs.
    /// - Returns: no reference is left.
    @discardableResult
    func gather(_ object: ObjectPointer) -> Bool {
        let word = gild_load_relaxed_32(object.countWord)
        let index = SpreadCounts.index(word)
        let references = Int32(clamping: spreadReferences(word))
        s.pointee.runtime.pointee.threads.forEach { gild_store_relaxed_int($0.pointee.spread + index, 0) }
        s.pointee.runtime.pointee.spread.leave(index)
        gild_store_relaxed_16(object.ownerWord, gild_load_relaxed_16(object.ownerWord) | ThreadSlots.merged)
        gild_store_relaxed_32(object.countWord, 0)
        gild_store_relaxed_32(object.sharedCountWord, UInt32(bitPattern: references << 2) | BiasedCount.merged)
        return references == 0
    }

    /// Gather what has no reference any more: it is to be deallocated. No other thread runs.
    func gatherUnreferenced(into ended: inout ObjectStack) {
        guard scheme == .biased else { return }
        var unreferenced = ObjectStack(capacity: 16)
        defer { unreferenced.destroy() }
        s.pointee.runtime.pointee.spread.forEach { _, object in
            if references(of: object) == 0 { unreferenced.push(object) }
        }
        while let object = unreferenced.pop() { if gather(object) { ended.push(object) } }
    }

    /// The thread counts nothing any more.
    func leaveSpreadCounts() {
        if scheme == .biased { s.pointee.runtime.pointee.spread.inherit(s.pointee.spread) }
    }
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    /// Its count word is the number of a place in the threads' tables.
    @inline(__always) var isSpread: Bool { gild_load_relaxed_32(countWord) >= SpreadCounts.first }
}
