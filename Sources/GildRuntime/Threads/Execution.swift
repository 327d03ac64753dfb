// One run of a script, from a fresh runtime to its figures.
//
// The main Python thread is an OS thread of its own, with a stack that is large enough for the deepest native
// recursion that the runtime allows. The end follows CPython's Py_FinalizeEx: the uncaught exception is printed; threads that
// are not daemons are waited for; from then on nobody else gets the lock; output is flushed; the main module's
// references are dropped and cycles collected, so that finalisers run in CPython's order; what is left alive is a leak.

import CGild
import GildScript
import Glibc

/// How a runtime is set up.
public struct RuntimeOptions: Sendable {
    public var switchIntervalNanoseconds: UInt64 = 5_000_000
    public var heapLimitBytes = 512 << 20
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit = 1000
    /// `sys.argv`.
    public var arguments: [String] = []
    /// `__file__` of the main module, the name in tracebacks.
    public var scriptPath = ""
    /// The script's name in allocation sites.
    public var shownScriptPath = ""
    /// Stress for tests.
    public var switchAtEveryCheckpoint = false
    public var collectAtEveryAllocation = false

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
    public var allocations: UInt64
    public var frees: UInt64
    public var allocatedBytes: UInt64
    public var freedBytes: UInt64
}

/// Objects alive after the run that share type and allocation site.
public struct LeakFigures: Sendable {
    public var type: String
    public var site: String
    public var count: Int
    /// Sum of their counts.
    public var references: Int
    public var bytes: Int
}

/// What a run did.
public struct RunFigures: Sendable {
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
    public var notes: [String] = []
}

/// Counters of a thread that has ended.
struct EndedThread {
    var figures: ThreadFigures
}

/// Run a compiled script to its end in a runtime of its own. Blocks the calling thread.
public func execute(_ compiled: CompiledModule, options: RuntimeOptions) -> RunFigures {
    let run = MainRun(compiled: compiled, options: options)
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
    run.waitWithTimeLimit()
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
    fileprivate var figures: RunFigures?
    /// Guarded by `mutex`.
    private var isDone = false
    /// What the time limit needs of the runtime, once there is one.
    private var mainRecord: UnsafeMutablePointer<LockThread>?
    private var endingWord: UnsafeMutablePointer<UInt32>?
    private var output: UnsafeMutablePointer<OutputBuffer>?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(compiled: CompiledModule, options: RuntimeOptions) {
        self.compiled = compiled
        self.options = options
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
    }

    // MARK: The time limit

    /// Wait for the run; stop it when its time is over.
    fileprivate func waitWithTimeLimit() {
        guard let limit = options.timeLimitNanoseconds else { return }
        let deadline = gild_monotonic_ns() &+ limit
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isDone {
            if gild_monotonic_ns() >= deadline { break }
            var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            pthread_cond_timedwait(condition, mutex, &time)
        }
        if isDone { return }
        // Ask every thread to stop; ask again, because threads may be on their way into a wait.
        var hardStop = gild_monotonic_ns() &+ 80_000_000
        var isEnding = false
        while !isDone {
            mainRecord?.interrupt(EvalBreaker.timeLimit)
            let now = gild_monotonic_ns()
            if !isEnding, let endingWord, gild_load_acquire_32(endingWord) != 0 {
                // Only the survey of the heap is left to do.
                isEnding = true
                hardStop = now &+ 5_000_000_000
            }
            if now >= hardStop {
                // A native that runs long without a checkpoint: the process ends without a report.
                if let output { OutputBuffer.rescue(output) }
                let message = "gild: time limit of \(durationText(limit)) reached; a native operation did not stop in time\n"
                _ = message.withCString { write(2, $0, strlen($0)) }
                _exit(124)
            }
            let next = min(now &+ 5_000_000, hardStop)
            var time = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
            pthread_cond_timedwait(condition, mutex, &time)
        }
    }

    private func durationText(_ nanoseconds: UInt64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    // MARK: The main thread

    fileprivate func main() {
        let heap = Heap.create(limitBytes: Int.max / 2)
        let lock = GlobalInterpreterLock()
        lock.switchInterval = options.switchIntervalNanoseconds
        if options.switchAtEveryCheckpoint { lock.switchesAtEveryCheckpoint = true }
        let runtime = UnsafeMutablePointer<RuntimeState>.allocate(capacity: 1)
        runtime.initialize(to: RuntimeState(heap: heap, lock: lock, output: OutputBuffer.create()))
        runtime.pointee.recursionLimit = options.recursionLimit
        runtime.pointee.arguments = options.arguments
        runtime.pointee.scriptPath = options.scriptPath
        runtime.pointee.shownScriptPath = options.shownScriptPath
        runtime.pointee.stress.collectAtEveryAllocation = options.collectAtEveryAllocation
        guard let thread = Thread.make(runtime: runtime, name: "MainThread", isMain: true) else {
            fatalError("gild: cannot reserve address space for the main thread")
        }
        thread.s.pointee.identifier = Int(pthread_self())
        runtime.pointee.mainThread = thread.s
        runtime.pointee.threads = thread.s
        runtime.pointee.threadCount = 1
        thread.bootstrap()
        heap.pointee.limitBytes = options.heapLimitBytes
        heap.pointee.reservedBytes = 0
        #if DEBUG
            heap.pointee.quarantines = getenv("GILD_QUARANTINE") != nil
        #endif

        let cpuBefore = gild_process_cpu_ns()
        lock.startMeasuring()
        lock.take(thread.s.pointee.lockThread)
        pthread_mutex_lock(mutex)
        mainRecord = thread.s.pointee.lockThread
        endingWord = runtime.pointee.isEnding
        output = runtime.pointee.output
        pthread_mutex_unlock(mutex)
        SignalBridge.install(thread.s.pointee.lockThread)

        var outcome = ExitOutcome()
        let function = thread.load(compiled, moduleName: "__main__")
        if function.isUndefined {
            outcome = thread.exitOutcome()
        } else {
            runtime.pointee.mainNamespace = thread.newReference(function.cast(FunctionObject.self).pointee.globals)
            let result = thread.call(function)
            if result.isUndefined { outcome = thread.exitOutcome() } else { thread.decref(result) }
            thread.decref(function)
        }
        let figures = thread.finish(outcome, cpuBefore: cpuBefore)
        pthread_mutex_lock(mutex)
        self.figures = figures
        isDone = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// How the main module ended.
struct ExitOutcome {
    var status: Int32 = 0
    var signal: Int32?
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
        let code = exception.cast(InstanceObject.self).slots[ExceptionSlot.extra]
        if code.isNone || code.isUndefined { return 0 }
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

    /// The end of a run: threads, output, modules, figures. Called by the main thread with the lock.
    func finish(_ outcome: ExitOutcome, cpuBefore: UInt64) -> RunFigures {
        var outcome = outcome
        let runtime = s.pointee.runtime
        var notes: [String] = []
        if !s.pointee.isTerminating {
            joinNonDaemonThreads()
            if isRaising {
                // KeyboardInterrupt while waiting.
                if s.pointee.isTerminating { outcome = exitOutcome() } else {
                    let exception = s.pointee.exception
                    s.pointee.exception = .undefined
                    printUnraisableAtShutdown(exception)
                    decref(exception)
                }
            }
        }
        if s.pointee.isTerminating { gild_store_release_32(runtime.pointee.isEnding, 1) }
        if s.pointee.isTerminating {
            outcome.status = 124
            notes.append("The run was stopped at its time limit: modules were not torn down, and what was alive then is listed as leaked.")
        }
        runtime.pointee.isFinalizing = true
        runtime.pointee.lock.beginFinalization(s.pointee.lockThread)
        let terminated = s.pointee.isTerminating
        s.pointee.isTerminating = false
        gild_fetch_and_32(&s.pointee.evalBreaker, ~(EvalBreaker.timeLimit | EvalBreaker.exit))
        if finishOutput() != 0 { outcome.status = 120 }
        if !terminated { tearDownModules() }
        // What finalisers wrote; CPython's stream objects drop errors when they are freed.
        for descriptor: Int32 in 1...2 where !flush(fd: descriptor) { clearException() }
        if terminated {
            let message = "gild: time limit reached; the script was stopped\n"
            _ = message.withCString { Glibc.write(2, $0, strlen($0)) }
        }
        #if DEBUG
            let violations = checkInvariants()
            if !violations.isEmpty { fatalError("the heap is not sound:\n" + violations.joined(separator: "\n")) }
        #endif
        SignalBridge.remove()
        return figures(outcome, cpuBefore: cpuBefore, notes: notes)
    }

    /// Drop what the runtime holds for the script, in CPython's order (Python/pylifecycle.c, finalize_modules).
    private func tearDownModules() {
        let runtime = s.pointee.runtime
        clear(&s.pointee.handled)
        // A last collection while all is whole; what survives it is finalised in the order in which it was reached.
        collectGarbage()
        if heap.pointee.hasFinalizers { renumber(reachableFrom: runtime.pointee.mainNamespace) }
        // sys.modules is emptied: a module that nothing else refers to goes at once.
        let namespace = runtime.pointee.mainNamespace
        runtime.pointee.mainNamespace = .undefined
        if namespace.isPointer {
            incref(namespace)
            decref(namespace)
            decref(namespace)
        }
        for i in 0..<runtime.pointee.importedModules.count { decref(runtime.pointee.importedModules.exchange(at: i, .undefined)) }
        releaseThreadLocals()
        clear(&s.pointee.threadObject)
        clear(&s.pointee.handle)
        collectGarbage()
        // Namespaces that something still holds are emptied, newest last.
        var namespaces: [ObjectPointer] = []
        heap.pointee.forEachObject { if $0.pointee.shape == BuiltinShape.namespace.rawValue { namespaces.append($0) } }
        for object in namespaces { incref(object) }
        for object in namespaces { clearNamespace(object.cast(NamespaceObject.self)) }
        for object in namespaces { decref(object) }
        collectGarbage()
        clearException()
    }

    // MARK: Figures

    /// What the thread counted so far.
    func threadFigures() -> ThreadFigures {
        ThreadFigures(
            number: s.pointee.lockThread.pointee.number, name: s.pointee.lockThread.pointee.times.pointee.name, instructions: s.pointee.instructions,
            increfs: s.pointee.increfs &+ s.pointee.allocations, decrefs: s.pointee.decrefs, allocations: s.pointee.allocations, frees: s.pointee.frees,
            allocatedBytes: s.pointee.allocatedBytes, freedBytes: s.pointee.freedBytes)
    }

    private func figures(_ outcome: ExitOutcome, cpuBefore: UInt64, notes: [String]) -> RunFigures {
        let runtime = s.pointee.runtime
        var notes = notes
        var threads = [threadFigures()]
        threads += runtime.pointee.endedThreads.map { $0.figures }
        var alive = 0
        var other = runtime.pointee.threads
        while let state = other {
            if state != s {
                threads.append(Thread(state).threadFigures())
                alive += 1
            }
            other = state.pointee.next
        }
        if alive > 0 {
            notes.append("\(alive) thread\(alive == 1 ? " was" : "s were") still running at exit; what \(alive == 1 ? "it" : "they") held is counted as alive.")
        }
        let liveBytes = heap.pointee.liveBytes
        let peak = heap.pointee.peakBytes
        let cycles = heap.pointee.collector.collected
        let (leaks, objects, references) = survey()
        runtime.pointee.lock.drop(s.pointee.lockThread, .finish)
        let report = runtime.pointee.lock.stopMeasuring()
        threads.sort { $0.number < $1.number }
        return RunFigures(
            exitStatus: outcome.status, killedBySignal: outcome.signal, cpuNanoseconds: gild_process_cpu_ns() &- cpuBefore, lock: report, threads: threads,
            peakBytes: peak, liveReferences: references, liveObjects: objects, liveBytes: liveBytes, cyclesCollected: cycles, leaks: leaks, notes: notes)
    }

    /// All objects that are alive and not immortal, by type and allocation site.
    func survey() -> (leaks: [LeakFigures], objects: Int, references: Int) {
        struct Key: Hashable {
            var shape: UInt32
            var site: UInt32
        }
        var groups: [Key: (count: Int, references: Int, bytes: Int)] = [:]
        var objects = 0
        var references = 0
        heap.pointee.forEachObject { object in
            if object.isImmortal { return }
            objects += 1
            references += Int(object.pointee.count)
            let key = Key(shape: object.pointee.shape, site: object.prefix.pointee.site)
            let bytes = object.allocatedCapacity + 8
            let old = groups[key] ?? (0, 0, 0)
            groups[key] = (old.count + 1, old.references + Int(object.pointee.count), old.bytes + bytes)
        }
        var merged: [String: LeakFigures] = [:]
        for (key, group) in groups {
            let shape = s.pointee.shapes[Int(key.shape)].unsafelyUnwrapped
            let type = key.shape == BuiltinShape.namespace.rawValue ? "namespace" : shape.pointee.kind == .type ? "type" : string(shape.pointee.type.pointee.name)
            let site = siteText(key.site)
            var entry = merged[type + "\u{0}" + site] ?? LeakFigures(type: type, site: site, count: 0, references: 0, bytes: 0)
            entry.count += group.count
            entry.references += group.references
            entry.bytes += group.bytes
            merged[type + "\u{0}" + site] = entry
        }
        let leaks = merged.values.sorted { ($1.count, $0.type, $0.site) < ($0.count, $1.type, $1.site) }
        return (leaks, objects, references)
    }

    /// `file:line` of an allocation site.
    func siteText(_ site: UInt32) -> String {
        guard let (code, instruction) = s.pointee.runtime.pointee.code.locate(site: site) else { return "runtime" }
        let runtime = s.pointee.runtime
        let file = code.fileName == runtime.pointee.scriptPath ? runtime.pointee.shownScriptPath : code.fileName
        return "\(file):\(code.position(at: instruction).line)"
    }
}
