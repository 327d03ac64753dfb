// The quota: how many bytes the heap may hold, and how many it holds.
//
// Pages, large objects and large buffers are reserved here before they are allocated; nothing is asked of the system that has not been granted.
// Both numbers are atomic. `reserve` is a compare-and-swap, because "it fits, so add" in two steps would let two threads pass that fit only
// one by one. The numbers order nothing else.

import CGild

struct HeapQuota: @unchecked Sendable {
    /// Bytes that may be held. Atomic; written when the heap is made, and read by whoever wants to know beforehand.
    private let limit: UnsafeMutablePointer<Int>
    /// Bytes held from the system: pages, large objects, large buffers, those of them that are in limbo included. Atomic.
    private let reserved: UnsafeMutablePointer<Int>

    init(limitBytes: Int) {
        // Apart from each other: one is only read, the other is written by all threads.
        let words = UnsafeMutablePointer<Int>.allocate(capacity: 16)
        words.initialize(repeating: 0, count: 16)
        limit = words
        reserved = words + 8
        limit.pointee = limitBytes
    }

    var limitBytes: Int {
        get { gild_load_relaxed_int(limit) }
        nonmutating set { gild_store_relaxed_int(limit, newValue) }
    }

    var reservedBytes: Int { gild_load_relaxed_int(reserved) }

    /// Ask for bytes. False: over the limit.
    @inline(__always) func reserve(_ bytes: Int, ignoringLimit: Bool) -> Bool {
        var held = gild_load_relaxed_int(reserved)
        while true {
            if bytes > gild_load_relaxed_int(limit) - held && !ignoringLimit { return false }
            if gild_compare_exchange_int(reserved, held, held + bytes) { return true }
            held = gild_load_relaxed_int(reserved)
        }
    }

    /// Give bytes back.
    @inline(__always) func release(_ bytes: Int) { gild_fetch_add_int(reserved, -bytes) }

    /// Begin to count, with a limit: what the bootstrap reserved is not the scripts'.
    func begin(limitBytes: Int) {
        self.limitBytes = limitBytes
        gild_store_relaxed_int(reserved, 0)
    }
}
