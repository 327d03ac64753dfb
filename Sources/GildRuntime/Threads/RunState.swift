// What belongs to one run of one script in a runtime: its modules, its threads, its streams, its settings.
//
// Runs of one runtime share the heap, the lock and the builtins, as threads of one CPython process do; everything that a
// CPython process has once and a script can change (sys.argv, sys.modules, the recursion limit, standard output) exists
// once for every run. So a run sees the process that it would have had for itself, and one that ends takes only its own
// things away.
//
// Every object carries the slot of the thread that allocated it, and a slot belongs to one run (ThreadSlots.swift). At the end of a run the
// objects of its slots which are alive are what the run has left behind.

import CGild

/// Called by the threads of a hosted run, most of them with the GIL held: they must not block.
struct RunCallbacks: Sendable {
    /// Descriptor (1 or 2) and bytes of complete writes, in order.
    var output: @Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void
    /// Level and message of `gild.log`.
    var log: @Sendable (String, String) -> Void
    /// A deadlock was found.
    var deadlock: @Sendable (DeadlockFigures) -> Void
    /// A plugin broke a rule in a way that it had not before.
    var pluginViolation: @Sendable (PluginViolation) -> Void
}

/// What scripts set for their run, and what its threads tell each other: words that are read and written one by one. Copies denote the same
/// words. Atomic.
struct RunSettings: @unchecked Sendable {
    private let words: UnsafeMutablePointer<UInt64>

    init() {
        words = .allocate(capacity: 7)
        words.initialize(repeating: 0, count: 7)
        recursionLimit = 1000
        maxStringDigits = 4300
        threadStackSize = startedThreadStackSize
        isCollectorEnabled = true
    }

    func destroy() { words.deallocate() }

    var recursionLimit: Int {
        get { self[0] }
        nonmutating set { self[0] = newValue }
    }
    var maxStringDigits: Int {
        get { self[1] }
        nonmutating set { self[1] = newValue }
    }
    /// Stack of threads that scripts start, in bytes of address space.
    var threadStackSize: Int {
        get { self[2] }
        nonmutating set { self[2] = newValue }
    }
    /// What `threading.stack_size()` says; 0: the default.
    var requestedStackSize: Int {
        get { self[3] }
        nonmutating set { self[3] = newValue }
    }
    /// `gc.isenabled()`: whether threads of this run collect when a collection is due.
    var isCollectorEnabled: Bool {
        get { self[4] != 0 }
        nonmutating set { self[4] = newValue ? 1 : 0 }
    }
    /// The main thread waits for no more threads: none may be started.
    var isFinalizing: Bool {
        get { self[5] != 0 }
        nonmutating set { self[5] = newValue ? 1 : 0 }
    }
    /// A deadlock ended the run.
    var isAborted: Bool {
        get { self[6] != 0 }
        nonmutating set { self[6] = newValue ? 1 : 0 }
    }

    @inline(__always) private subscript(index: Int) -> Int {
        get { Int(bitPattern: UInt(gild_load_acquire_64(words + index))) }
        nonmutating set { gild_store_release_64(words + index, UInt64(UInt(bitPattern: newValue))) }
    }
}

struct RunState {
    /// Live bytes, cycles collected and collections when the run began. Guarded by the GIL, or with the world stopped. First, because
    /// ThreadSanitizer takes an in-place change of any field for an access to the first one, and threads read the constants below at any time.
    var liveBytesBefore = 0
    var cyclesBefore = 0
    let runtime: UnsafeMutablePointer<RuntimeState>
    /// Counts from 1 in a runtime; 0: the runtime's own threads.
    let number: UInt64
    /// Name of the workload, as `gild.workload` and reports show it.
    let workload: String
    /// The books of the run's threads, kept by the lock; nil: the run has the runtime for itself, and the lock's books are its own.
    var account: UnsafeMutablePointer<LockAccount>?
    /// Nil: the run has the process for itself: its streams are the process's.
    let callbacks: RunCallbacks?
    let settings = RunSettings()
    /// What its threads leave. Guarded by the mutex of the runtime's thread list.
    let books: UnsafeMutablePointer<RunBooks> = {
        let books = UnsafeMutablePointer<RunBooks>.allocate(capacity: 1)
        books.initialize(to: RunBooks())
        return books
    }()

    // MARK: Written before a second thread of the run can read them
    var arguments: [String] = []
    var scriptPath = ""
    var shownScriptPath = ""
    /// What is done about deadlocks.
    var deadlockPolicy = DeadlockPolicy.raise
    /// Makes the main thread end the run; nil: the run cannot be aborted.
    var abort: (@Sendable () -> Void)?

    // MARK: Guarded by the GIL
    /// Imported modules by name; owned, and kept until the run ends. Entered under the runtime's import lock, read without it.
    let importedModules = NameTable.make()
    /// Namespace object of `__main__`, owned.
    var mainNamespace: Value = .undefined
    /// What was loaded for the run; given back at its end.
    var modules: [LoadedModule] = []
    /// `threading`'s own except hook, borrowed from the module's natives.
    var defaultExceptHook: Value = .undefined
    /// Namespace of the run's `threading`, which is immortal.
    var threadingNamespace: Value = .undefined
    /// Another run was there at some moment of this one: what the heap counts as a whole is not this run's.
    var isAccompanied = false
    /// The plugin's workload that this run is; nil: it is none. Set before its threads start, and when they have ended.
    var pluginWorkload: PluginWorkloadRun?
    /// What plugins keep beyond their calls.
    let keptReferences = KeptReferences()
    /// The rules that plugins broke.
    let pluginViolations = PluginViolationLog()
    /// The runtime's list of runs.
    var next: UnsafeMutablePointer<RunState>?
    let output: UnsafeMutablePointer<OutputBuffer>
    /// 1 when the main thread has begun to end the run: it heard of the time limit. Atomic.
    let isEnding: UnsafeMutablePointer<UInt32> = {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()

    init(
        runtime: UnsafeMutablePointer<RuntimeState>, number: UInt64, workload: String,
        output: UnsafeMutablePointer<OutputBuffer>, callbacks: RunCallbacks? = nil
    ) {
        self.runtime = runtime
        self.number = number
        self.workload = workload
        self.output = output
        self.callbacks = callbacks
    }
}

extension UnsafeMutablePointer where Pointee == RunState {
    /// Free a run's memory; no thread of it is left, and what it held has been released.
    func destroy() {
        OutputBuffer.destroy(pointee.output)
        pointee.isEnding.deallocate()
        pointee.settings.destroy()
        pointee.books.deinitialize(count: 1)
        pointee.books.deallocate()
        pointee.importedModules.destroy()
        pointee.importedModules.deallocate()
        deinitialize(count: 1)
        deallocate()
    }
}
