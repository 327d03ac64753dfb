import CGild
import Glibc

@testable import GildRuntime

/// A runtime without a script: its heap, and threads that use it as the threads of a run do. Never freed, as a process's runtime is not.
struct HeapFixture: @unchecked Sendable {
    let runtime: UnsafeMutablePointer<RuntimeState>
    let run: UnsafeMutablePointer<RunState>
    /// Made the builtin types; belongs to the thread that made the fixture.
    let main: Thread

    init(_ regime: RegimeName, limitBytes: Int = 512 << 20) {
        let heap = Heap.create(limitBytes: Int.max / 2)
        runtime = .allocate(capacity: 1)
        runtime.initialize(to: RuntimeState(regime: regime, heap: heap, lock: GlobalInterpreterLock(regime: regime, scheduling: .interval)))
        run = .allocate(capacity: 1)
        run.initialize(to: RunState(runtime: runtime, number: 1, workload: "", output: OutputBuffer.create()))
        main = Thread.make(run: run, name: "main", isMain: true)!
        _ = runtime.pointee.threads.add(main.s, limit: 100)
        main.bootstrap()
        heap.pointee.quota.begin(limitBytes: limitBytes)
    }

    var heap: UnsafeMutablePointer<Heap> { runtime.pointee.heap }

    /// Another thread, on the list.
    func makeThread() -> Thread {
        let thread = Thread.make(run: run, name: "other", isMain: false)!
        _ = runtime.pointee.threads.add(thread.s, limit: 100)
        return thread
    }

    /// The thread ends.
    func end(_ thread: Thread) {
        thread.leaveHeap()
        runtime.pointee.threads.remove(thread.s)
        thread.retire()
    }
}

/// A point that all of `count` threads pass together. May be used again and again.
struct Barrier: @unchecked Sendable {
    private let count: UInt32
    private let words = makeWords(2)
    init(_ count: Int) { self.count = UInt32(count) }

    func pass() {
        let generation = gild_load_acquire_32(words[1])
        if gild_fetch_add_32(words[0], 1) + 1 == count {
            gild_store_relaxed_32(words[0], 0)
            gild_store_release_32(words[1], generation + 1)
            gild_futex_wake(words[1], Int32.max)
            return
        }
        while gild_load_acquire_32(words[1]) == generation { gild_futex_wait(words[1], generation, 0) }
    }
}

/// Numbers that look random and follow from a seed.
struct SeededNumbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed | 1 }
    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
