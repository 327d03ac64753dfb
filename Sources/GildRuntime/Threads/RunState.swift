// What belongs to one run of one script in a runtime: its modules, its threads, its streams, its settings.
//
// Runs of one runtime share the heap, the lock and the builtins, as threads of one CPython process do; everything that a
// CPython process has once and a script can change (sys.argv, sys.modules, the recursion limit, standard output) exists
// once for every run. So a run sees the process that it would have had for itself, and one that ends takes only its own
// things away.
//
// **Owner.** Every object carries the number of the run whose thread allocated it, in the header word that other regimes
// use for the owner thread. At the end of a run the objects of that number which are alive are what the run has left
// behind. Numbers come again only when no live object has them (RuntimeState.unusedOwner).

import CGild

/// Called by the threads of a hosted run, most of them with the GIL held: they must not block.
struct RunCallbacks: Sendable {
    /// Descriptor (1 or 2) and bytes of complete writes, in order.
    var output: @Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void
    /// Level and message of `gild.log`.
    var log: @Sendable (String, String) -> Void
    /// A deadlock was found.
    var deadlock: @Sendable (DeadlockFigures) -> Void
}

struct RunState {
    let runtime: UnsafeMutablePointer<RuntimeState>
    /// Counts from 1 in a runtime; 0: the runtime's own threads.
    let number: UInt64
    /// What the run's objects carry in their headers.
    let owner: UInt16
    /// Name of the workload, as `gild.workload` and reports show it.
    let workload: String
    /// The books of the run's threads, kept by the lock; nil: the run has the runtime for itself, and the lock's books are its own.
    var account: UnsafeMutablePointer<LockAccount>?
    /// Nil: the run has the process for itself: its streams are the process's.
    let callbacks: RunCallbacks?

    // MARK: Guarded by the GIL
    /// Imported modules by name; owned, and kept until the run ends. Entered under the runtime's import lock, read without it.
    let importedModules = NameTable.make()
    /// Namespace object of `__main__`, owned.
    var mainNamespace: Value = .undefined
    /// What was loaded for the run; given back at its end.
    var modules: [LoadedModule] = []
    /// Live threads of the run.
    var threadCount = 0
    /// Stack of threads that scripts start, in bytes of address space.
    var threadStackSize = startedThreadStackSize
    /// What `threading.stack_size()` says; 0: the default.
    var requestedStackSize = 0
    /// `threading`'s own except hook, borrowed from the module's natives.
    var defaultExceptHook: Value = .undefined
    /// The counters of threads that have ended.
    var endedThreads: [EndedThread] = []
    /// CPU time of threads that have ended, in nanoseconds.
    var endedCPUNanoseconds: UInt64 = 0
    var recursionLimit = 1000
    var maxStringDigits = 4300
    var arguments: [String] = []
    var scriptPath = ""
    var shownScriptPath = ""
    var isFinalizing = false
    /// Namespace of the run's `threading`, which is immortal.
    var threadingNamespace: Value = .undefined
    /// `gc.isenabled()`: whether threads of this run collect when a collection is due.
    var isCollectorEnabled = true
    /// Threads, beside the main one, that ended with an exception.
    var failedThreads = 0
    /// Deadlocks that threads of this run found, and what is done about them.
    var deadlocks = DeadlockLog()
    var deadlockPolicy = DeadlockPolicy.raise
    /// A deadlock ended the run.
    var isAborted = false
    /// Makes the main thread end the run; nil: the run cannot be aborted.
    var abort: (@Sendable () -> Void)?
    /// Live bytes, cycles collected and collections when the run began.
    var liveBytesBefore = 0
    var cyclesBefore = 0
    /// Another run was there at some moment of this one: what the heap counts as a whole is not this run's.
    var isAccompanied = false
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
        runtime: UnsafeMutablePointer<RuntimeState>, number: UInt64, owner: UInt16, workload: String,
        output: UnsafeMutablePointer<OutputBuffer>, callbacks: RunCallbacks? = nil
    ) {
        self.runtime = runtime
        self.number = number
        self.owner = owner
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
        pointee.importedModules.destroy()
        pointee.importedModules.deallocate()
        deinitialize(count: 1)
        deallocate()
    }
}
