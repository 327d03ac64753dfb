// One run of a script, from a fresh runtime to its figures.
//
// The main Python thread is an OS thread of its own, with a stack that is large enough for the deepest native
// recursion that the runtime allows. The end follows CPython's Py_FinalizeEx: the uncaught exception is printed; threads that
// are not daemons are waited for; from then on nobody else gets the lock; output is flushed; the main module's
// references are dropped and cycles collected, so that finalisers run in CPython's order; what is left alive is a leak
// (RunEnd.swift).

import CGild
import GildScript
import Glibc

/// How a runtime is set up.
public struct RuntimeOptions: Sendable {
    public var regime = RegimeName.gil
    /// For the regime object-lock.
    public var lockOrder = LockOrder.address
    public var scheduling = Scheduling.interval
    public var switchIntervalNanoseconds: UInt64 = 5_000_000
    public var heapLimitBytes = 512 << 20
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit = 1000
    public var onDeadlock = DeadlockPolicy.raise
    /// `sys.argv`.
    public var arguments: [String] = []
    /// `__file__` of the main module, the name in tracebacks.
    public var scriptPath = ""
    /// The script's name in allocation sites.
    public var shownScriptPath = ""
    /// What `gild.workload` says.
    public var workload = "main"
    /// Stress for tests.
    public var switchAtEveryCheckpoint = false
    public var collectAtEveryAllocation = false
    /// Where the run books what every thread does when; nil: nowhere.
    public var trace: TraceRecording?
    /// Which objects' counts are recorded; nil: none.
    public var ledger: LedgerOptions?
    /// Plugins whose modules the script can import.
    public var plugins: [Plugin] = []
    /// Watch what plugins do, and allow them to keep the lock so long without a checkpoint; nil: do not watch.
    public var greatestPluginHoldNanoseconds: UInt64?

    public init() {}
}

/// What one thread did.
public struct ThreadFigures: Sendable {
    /// Number of the thread in the lock's report.
    public var number: UInt32
    public var name: String
    public var instructions: UInt64
    /// First references of new objects included.
    public var increfs: UInt64
    public var decrefs: UInt64
    /// Operations that found an immortal object and left it alone; not among the others.
    public var immortals: UInt64
    public var allocations: UInt64
    public var frees: UInt64
    public var allocatedBytes: UInt64
    public var freedBytes: UInt64
    /// Times that an object was locked by another thread when this one wanted to work on it; 0 under one lock.
    public var contendedSections: UInt64 = 0
    /// object-lock: times that the mutex of a count was not free at once.
    public var contendedCounts: UInt64 = 0
    /// biased: operations on other threads' objects; objects whose counts it merged; objects that it handed to their owners.
    public var sharedOperations: UInt64 = 0
    public var merges: UInt64 = 0
    public var handedOver: UInt64 = 0
    /// biased: operations on objects whose counts are spread over all threads.
    public var spreadOperations: UInt64 = 0
}

/// What races did to counts, in the regime `unsynchronized`.
public struct RaceFigures: Sendable {
    public struct Operation: Sendable {
        /// Number of the thread in the lock's report.
        public var thread: UInt32
        public var site: String
        public var isIncref: Bool
    }
    public struct Race: Sendable {
        public var object: UInt
        public var type: String
        public var site: String
        public var expected: Int
        public var actual: Int
        public var lost: Operation?
        public var winner: Operation
    }
    public var lostCount: UInt64
    /// The first ones.
    public var lost: [Race]
    public var prematureCount: UInt64
    public var premature: [Race]
}

/// Objects alive after the run that share type and allocation site.
public struct LeakFigures: Sendable {
    public var type: String
    public var site: String
    public var count: Int
    /// Sum of their counts.
    public var references: Int
    public var bytes: Int
    /// Those of them that `gild.shared` leads to.
    public var shared = 0
}

/// What a run did.
public struct RunFigures: Sendable {
    public var regime = RegimeName.gil
    /// Nil in other regimes than object-lock.
    public var lockOrder: LockOrder?
    public var exitStatus: Int32 = 0
    public var killedBySignal: Int32?
    public var cpuNanoseconds: UInt64 = 0
    public var lock: LockReport
    public var threads: [ThreadFigures] = []
    public var peakBytes = 0
    public var liveReferences = 0
    public var liveObjects = 0
    public var liveBytes = 0
    public var cyclesCollected = 0
    public var leaks: [LeakFigures] = []
    /// Objects and references that this run's threads made and others dropped, less the reverse; 0 for a run alone.
    public var exchangedObjects = 0
    public var exchangedReferences = 0
    public var notes: [String] = []
    /// Where a ledger was kept.
    public var ledger: LedgerFigures?
    /// Nil in other regimes than `unsynchronized`.
    public var races: RaceFigures?
    /// Deadlocks found, and the first hundred of them.
    public var deadlockCount = 0
    public var deadlocks: [DeadlockFigures] = []
    /// Rules that plugins broke, by what they did; and how many broken rules found no room there.
    public var pluginViolations: [PluginViolation] = []
    public var pluginViolationsBeyond = 0
}

/// Counters of a thread that has ended.
struct EndedThread {
    var figures: ThreadFigures
}

/// Run a compiled script to its end in a runtime of its own. Blocks the calling thread.
public func execute(_ compiled: CompiledModule, options: RuntimeOptions) -> RunFigures {
    execute(compiled, options: options, place: SiblingPlace())
}

func execute(_ compiled: CompiledModule, options: RuntimeOptions, place: SiblingPlace) -> RunFigures {
    let run = MainRun(compiled: compiled, options: options, place: place)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, runtimeStackSize)
    var handle = pthread_t()
    let code = pthread_create(&handle, &attributes, { argument in
        Unmanaged<MainRun>.fromOpaque(argument.unsafelyUnwrapped).takeUnretainedValue().main()
        return nil
    }, Unmanaged.passUnretained(run).toOpaque())
    pthread_attr_destroy(&attributes)
    guard code == 0 else { fatalError("gild: cannot start the main thread: \(String(cString: strerror(code)))") }
    run.waitForEnd()
    pthread_join(handle, nil)
    return run.figures.unsafelyUnwrapped
}

/// Stack of a runtime thread: address space, touched as used.
let runtimeStackSize = 512 << 20
/// Stack of a thread that a script starts.
let startedThreadStackSize = 512 << 20

/// The state shared by the caller of `execute`, the main Python thread and the signal handler.
final class MainRun: @unchecked Sendable {
    private let compiled: CompiledModule
    private let options: RuntimeOptions
    private let place: SiblingPlace
    fileprivate var figures: RunFigures?
    /// Guarded by `mutex`.
    private var isDone = false
    /// A deadlock ends the run.
    private var isAborted = false
    /// What the time limit needs of the runtime, once there is one.
    private var mainRecord: UnsafeMutablePointer<LockThread>?
    private var endingWord: UnsafeMutablePointer<UInt32>?
    private var output: UnsafeMutablePointer<OutputBuffer>?
    /// What a trace's samples are asked of, from when it was taken first.
    private var lock: GlobalInterpreterLock?
    private let mutex = ConditionMutex()

    init(compiled: CompiledModule, options: RuntimeOptions, place: SiblingPlace) {
        self.compiled = compiled
        self.options = options
        self.place = place
    }

    // MARK: The caller of `execute`

    /// Wait for the run; ask for a trace's samples meanwhile, and stop the run when its time is over or when it is to be aborted.
    fileprivate func waitForEnd() {
        let deadline = options.timeLimitNanoseconds.map { gild_monotonic_ns() &+ $0 } ?? .max
        mutex.lock()
        defer { mutex.unlock() }
        while !isDone && !isAborted {
            let now = gild_monotonic_ns()
            if now >= deadline { break }
            if options.trace == nil {
                mutex.wait(until: deadline)
            } else {
                lock?.requestSample()
                mutex.wait(until: min(deadline, now &+ TraceRecording.sampleIntervalNanoseconds))
            }
        }
        if !isDone { stop() }
    }

    // MARK: The end from outside

    /// The time is over, or the run is to be aborted. Called with the mutex, and returns when the run has ended.
    private func stop() {
        // Ask every thread to stop; ask again, because threads may be on their way into a wait.
        var hardStop = gild_monotonic_ns() &+ 80_000_000
        var isEnding = false
        while !isDone {
            mainRecord?.interrupt(isAborted ? EvalBreaker.exit : EvalBreaker.timeLimit)
            let now = gild_monotonic_ns()
            if !isEnding, let endingWord, gild_load_acquire_32(endingWord) != 0 {
                // Only the survey of the heap is left to do.
                isEnding = true
                hardStop = now &+ 5_000_000_000
            }
            // The main thread may be in a system call, or just before it.
            if isAborted && !isEnding, let mainRecord { SignalBridge.interruptSystemCall(of: mainRecord) }
            if now >= hardStop {
                // A native that runs long without a checkpoint: the process ends without a report.
                if let output { OutputBuffer.rescue(output) }
                let reason = isAborted ? "run aborted" : "time limit of \(durationText(options.timeLimitNanoseconds ?? 0)) reached"
                _ = "gild: \(reason); a native operation did not stop in time\n".withCString { write(2, $0, strlen($0)) }
                _exit(isAborted ? DeadlockPolicy.status : 124)
            }
            let next = min(now &+ 5_000_000, hardStop)
            mutex.wait(until: next)
        }
    }

    /// From any thread of the run.
    private func abort() {
        mutex.lock()
        isAborted = true
        mutex.signal()
        mutex.unlock()
    }

    private func durationText(_ nanoseconds: UInt64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    // MARK: The main thread

    fileprivate func main() {
        let heap = Heap.create(limitBytes: Int.max / 2)
        let lock = GlobalInterpreterLock(regime: options.regime, scheduling: options.scheduling)
        lock.switchInterval = options.switchIntervalNanoseconds
        if options.switchAtEveryCheckpoint { lock.switchAtEveryCheckpoint() }
        let runtime = UnsafeMutablePointer<RuntimeState>.allocate(capacity: 1)
        runtime.initialize(to: RuntimeState(regime: options.regime, lockOrder: options.lockOrder, heap: heap, lock: lock))
        runtime.pointee.index = place.index
        runtime.pointee.siblings = place.count
        runtime.pointee.plugins.pointee.known = options.plugins
        runtime.pointee.plugins.pointee.checks = options.greatestPluginHoldNanoseconds.map { PluginChecks(greatestHold: $0) }
        let run = UnsafeMutablePointer<RunState>.allocate(capacity: 1)
        run.initialize(to: RunState(runtime: runtime, number: 1, workload: options.workload, output: OutputBuffer.create()))
        run.pointee.settings.recursionLimit = options.recursionLimit
        run.pointee.deadlockPolicy = options.onDeadlock
        run.pointee.abort = { [self] in abort() }
        run.pointee.arguments = options.arguments
        run.pointee.scriptPath = options.scriptPath
        run.pointee.shownScriptPath = options.shownScriptPath
        // Readers of several runtimes would share the lines among them by chance.
        if place.index > 0 { OutputBuffer.input(run.pointee.output).pointee.isAtEnd = true }
        runtime.pointee.stress.collectAtEveryAllocation = options.collectAtEveryAllocation
        var notes: [String] = []
        guard let thread = Thread.make(run: run, name: "MainThread", isMain: true) else {
            fatalError("gild: cannot reserve address space for the main thread")
        }
        thread.s.pointee.identifier = Int(pthread_self())
        thread.link(thread.s)
        thread.bootstrap()
        if let choice = options.ledger {
            if let ledger = RefcountLedger(choice) {
                thread.keepLedger(ledger)
            } else {
                notes.append("No ledger was kept: there is no address space for \(choice.limitBytes) bytes of records (--ledger-limit).")
            }
        }
        heap.pointee.quota.begin(limitBytes: options.heapLimitBytes)
        #if DEBUG
            heap.pointee.quarantines = getenv("GILD_QUARANTINE") != nil
        #endif

        place.gate?.arrive()
        let cpuBefore = runtime.pointee.siblings > 1 ? gild_thread_cpu_ns() : gild_process_cpu_ns()
        lock.startMeasuring()
        if let trace = options.trace { lock.startTracing(trace.buffer) }
        lock.take(thread.s.pointee.lockThread)
        mutex.lock()
        mainRecord = thread.s.pointee.lockThread
        self.lock = lock
        endingWord = run.pointee.isEnding
        output = run.pointee.output
        mutex.unlock()
        SignalBridge.install(thread.s.pointee.lockThread)

        let outcome = thread.runMain(compiled)
        var figures = thread.finish(outcome, cpuBefore: cpuBefore)
        figures.notes += notes
        mutex.lock()
        self.figures = figures
        isDone = true
        mutex.signal()
        mutex.unlock()
    }
}

/// How the main module ended.
struct ExitOutcome {
    var status: Int32 = 0
    var signal: Int32?
}

extension gild_thread_ref {
    /// Load the main module and run it. Called by the main thread with the lock.
    func runMain(_ compiled: CompiledModule) -> ExitOutcome {
        let function = load(compiled, moduleName: "__main__")
        if function.isUndefined { return exitOutcome() }
        s.pointee.run.pointee.mainNamespace = newReference(function.cast(FunctionObject.self).pointee.globals)
        let result = call(function)
        decref(function)
        if result.isUndefined { return exitOutcome() }
        decref(result)
        return ExitOutcome()
    }
}

extension gild_thread_ref {
    /// Turn the exception being raised into an exit status, printing what CPython prints.
    func exitOutcome() -> ExitOutcome {
        if s.pointee.isTerminating {
            clearException()
            return ExitOutcome(status: 124)
        }
        let exception = s.pointee.exception
        s.pointee.exception = .undefined
        defer { decref(exception) }
        if isInstance(exception, of: .systemExit) { return ExitOutcome(status: systemExitStatus(exception)) }
        if !flush() { clearException() }
        printException(exception)
        if isInstance(exception, of: .keyboardInterrupt) { return ExitOutcome(status: 130, signal: SIGINT) }
        return ExitOutcome(status: 1)
    }

    /// The status that a SystemExit stands for; a code that is no integer is printed to stderr.
    func systemExitStatus(_ exception: Value) -> Int32 {
        let code = loadExceptionSlot(exception, ExceptionSlot.extra)
        defer { decref(code) }
        if code.isNone { return 0 }
        if isInteger(code) {
            return smallInt(code).map { Int32($0 & 0xFF) } ?? 255
        }
        if !flush() { clearException() }
        let text = str(code)
        if text.isUndefined {
            clearException()
        } else {
            _ = write(fd: 2, text)
            decref(text)
        }
        _ = write(fd: 2, heap.pointee.internTable.single[10])
        return 1
    }
}
