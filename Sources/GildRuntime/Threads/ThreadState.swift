// The state of one thread in a runtime: everything that the run loop and the natives reach without a global.
//
// A `ThreadState` lives in raw memory from the creation of the thread until its counters have been merged into the
// report. All fields belong to the owner thread, except where a comment says otherwise.

import CGild

/// A thread reference as it is passed to every function of the runtime.
typealias Thread = gild_thread_ref

/// One activation of a code object.
struct Frame {
    var code: UnsafeMutablePointer<CodeImage>
    /// The instruction being executed, saved before anything that may throw, allocate or call.
    var pc: UnsafeMutablePointer<UInt64>
    var registers: UnsafeMutablePointer<Value>
    /// The caller's register that takes the result; unused when `flags` has `entry`.
    var destination: UnsafeMutablePointer<Value>
    /// The caller's next instruction.
    var resume: UnsafeMutablePointer<UInt64>
    /// The function's module namespace; borrowed, the function keeps it.
    var globals: UnsafeMutablePointer<NamespaceObject>
    /// Class body: the namespace dict, owned; else undefined.
    var namespace: Value
    var flags: Int

    /// The run loop returns to native code when this frame ends.
    static let entry = 1
    /// `registers[-2]` holds the new instance; the function must return None.
    static let constructor = 2
    /// Class body: `namespace` is released with the frame.
    static let ownsNamespace = 4
    /// `namespace` holds the TracebackObject that takes over the locals when the frame ends; owned.
    static let traced = 8
}

struct ThreadState {
    // MARK: Interpreter
    /// Innermost frame; below `frameBase` there is none.
    var frame: UnsafeMutablePointer<Frame>
    let frameBase: UnsafeMutablePointer<Frame>
    /// First frame that may not be entered (recursion limit).
    var frameLimit: UnsafeMutablePointer<Frame>
    /// Registers from here on have never been used and are not filled yet.
    var registerLimit: UnsafeMutablePointer<Value>
    let registerBase: UnsafeMutablePointer<Value>
    let registerEnd: UnsafeMutablePointer<Value>
    /// First register free for a native that calls back.
    var nativeTop: UnsafeMutablePointer<Value>
    /// Polled by the run loop, written by any thread (atomics): `EvalBreaker` bits.
    var evalBreaker: UInt32 = 0
    /// Native calls in progress on this stack.
    var nativeDepth = 0
    /// Nested deallocations in progress.
    var deallocationDepth = 0
    /// Containers whose repr is being made, innermost last; borrowed. For the recursion guard.
    var reprs: UnsafeMutablePointer<Value>?
    var reprCount = 0
    var reprCapacity = 0
    /// Objects whose deallocation was put off, and how many of them are not the business of the deallocation in progress.
    var deferredDeallocations = ObjectStack(capacity: 16)
    var deferredBase = 0

    // MARK: Exceptions
    /// The exception being raised, owned; undefined: none.
    var exception: Value = .undefined
    /// The exception being handled (`sys.exc_info`), owned; undefined: none.
    var handled: Value = .undefined

    // MARK: Heap
    let heap: UnsafeMutablePointer<Heap>
    let shapes: UnsafeMutablePointer<UnsafeMutablePointer<Shape>?>
    /// Heads of the free lists by size class; `Heap.classCount` of them.
    let freeLists: UnsafeMutablePointer<ObjectPointer?>
    /// Heads of the free lists of small buffers, likewise.
    let bufferLists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// What is alive: the heap's figures under one lock, else this thread's share.
    let figures: UnsafeMutablePointer<HeapFigures>
    /// What this thread has freed and others may still read.
    var limbo = LimboList()
    /// Direct-mapped cache of attribute look-ups that missed inline; `AttributeCache.size` entries.
    let attributeCache: UnsafeMutablePointer<AttributeCacheEntry>
    /// The runtime's, as a constant for the run loop.
    let ticker: UnsafeMutablePointer<Int>
    /// Threads run at the same time: no lock guards the heap as a whole.
    let isFreeThreaded: Bool
    /// How this runtime's regime counts references, or that a ledger does it.
    var counting: Counting
    /// What a new object's second count word holds; 0 in a run with a ledger, which stores the word itself.
    var initialSharedCount: UInt32
    /// unsynchronized: what races did; nil in other regimes.
    let races: Unmanaged<RaceBook>?
    /// Critical sections that are open, innermost last (CriticalSections.swift).
    var sections: UnsafeMutablePointer<CriticalSection>
    var sectionCount = 0
    /// Those below are suspended: the script that runs now was called inside them.
    var sectionBase = 0
    var sectionCapacity = 0
    /// Of a runtime with `lock_order: access`: what is noted of the sections; nil in all others.
    let mutexes: UnsafeMutablePointer<ObjectMutexes>?
    /// Times that a lock byte was not free at once.
    var contendedSections: UInt64 = 0
    /// object-lock: times that the mutex of a count was not free at once.
    var contendedCounts: UInt64 = 0
    /// biased: increfs and decrefs of other threads' objects, which are among all increfs and decrefs; counts merged; objects handed to their owners.
    var sharedIncrefs: UInt64 = 0
    var sharedDecrefs: UInt64 = 0
    var merges: UInt64 = 0
    var handedOver: UInt64 = 0
    /// biased: this thread's part of spread counts, and the operations on it, which are among all; strangers to count until one is wanted spread.
    let spread: UnsafeMutablePointer<Int>
    var spreadOperations: UInt64 = 0
    var strangers = SpreadCounts.period
    /// Which objects are followed, and what happens to them; nil: none are.
    var ledger: UnsafeMutablePointer<RefcountLedger>?
    /// The thread's slot (ThreadSlots.swift): what new objects carry as their owner.
    let owner: UInt16
    /// The header's word of owner, lock byte and flags, as an object carries it that this thread made and works on without locking (LockBias.swift),
    /// and as new objects carry it.
    let biasWord: UInt32
    var birthWord: UInt32
    /// Objects of this thread whose bias another one has revoked. Changed while no thread runs.
    var revocations = 0
    /// Set while an exception is built at the heap limit: the quota lets the few bytes pass.
    var ignoresHeapLimit = false
    /// With `--stress collect`: the thread's allocations when it collected last.
    var allocationsWhenCollected: UInt64 = 0
    /// The run has been stopped from outside (time limit): frames end without running handlers.
    var isTerminating = false

    // MARK: Counters, read by the report after the thread has ended or under the GIL
    var increfs: UInt64 = 0
    var decrefs: UInt64 = 0
    /// Operations that found an immortal object and left it alone; not among the others.
    var immortals: UInt64 = 0
    var allocations: UInt64 = 0
    var frees: UInt64 = 0
    var allocatedBytes: UInt64 = 0
    var freedBytes: UInt64 = 0
    /// Those that `executed` has handed over.
    var instructions: UInt64 = 0
    /// Of the innermost run loop.
    var executed = InstructionCount()

    // MARK: Plugins
    /// What plugins get as their context; made when the thread first calls one.
    var pluginContext: UnsafeMutablePointer<PluginContext>?

    // MARK: Identity
    /// The Python-level Thread object, owned; undefined until `threading` made one.
    var threadObject: Value = .undefined
    /// Some `threading.local` object has attributes for this thread.
    var usesThreadLocals = false
    /// The thread's handle, owned; undefined: none (the main thread before `threading` is imported).
    var handle: Value = .undefined
    /// The end of the program does not wait for it.
    var isDaemon = false
    /// The run that the thread belongs to.
    let run: UnsafeMutablePointer<RunState>
    let runtime: UnsafeMutablePointer<RuntimeState>
    /// The lock's record of this thread.
    var lockThread: UnsafeMutablePointer<LockThread>
    /// `threading.get_ident()`.
    var identifier: Int = 0
    let isMain: Bool
    /// Links of the runtime's list of threads. Guarded by the GIL.
    var next: UnsafeMutablePointer<ThreadState>?
}

extension gild_thread_ref {
    @inline(__always) var s: UnsafeMutablePointer<ThreadState> { state.assumingMemoryBound(to: ThreadState.self) }
    @inline(__always) var heap: UnsafeMutablePointer<Heap> { s.pointee.heap }
    @inline(__always) init(_ pointer: UnsafeMutablePointer<ThreadState>) { self.init(state: UnsafeMutableRawPointer(pointer)) }

    /// The shape of a heap object.
    @inline(__always) func shape(_ object: ObjectPointer) -> UnsafeMutablePointer<Shape> {
        s.pointee.shapes[Int(object.shapeNumber)].unsafelyUnwrapped
    }

    /// The kind of a heap object; only for pointers.
    @inline(__always) func kind(_ value: Value) -> ObjectKind { shape(value.object).pointee.kind }

    /// True when the value is an object of this kind (subclasses included).
    @inline(__always) func isKind(_ value: Value, _ kind: ObjectKind) -> Bool {
        value.isPointer && self.kind(value) == kind
    }
}
