// A runtime that hosts several runs, and the thread that asks it questions.
//
// Every run has an OS thread of its own for its main Python thread (HostedRun.swift). Questions that need the heap to stand
// still (counters of one moment, where threads are, what is alive) are answered by the runtime's **control thread**: a
// Python thread without code, which takes the lock like any other, does one job, and gives it back. Its acquisitions are in
// the lock's books, as those of a thread named "control", because whoever measures changes what is measured and should see it.
//
//     asker                              control thread
//     put the job into the queue ──────▶ take the lock, at most until the job's deadline
//     wait until it is done              run the job, drop the lock
//                                        not taken: the job fails with timedOut
//
// - *One queue, one thread.* A holder that never gives the lock up makes the jobs in the queue fail one after another, each
//   at its own deadline; it cannot pile up threads.
// - *The deadline is the asker's.* A job whose deadline passed while it waited in the queue fails without trying.
//
// The control thread also repeats the requests to stop (a thread may be on its way into a wait when the first one comes),
// ends runs whose time is over, and fetches the long holds that the lock noted.

@preconcurrency import CGild
import GildScript
import Glibc

/// Why a question was not answered, or a run not started.
public struct HostError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The runtime has been closed.
        case closed
        /// The lock was not to be had in time: its holder has come to no checkpoint.
        case timedOut
        /// No live object has this address.
        case noSuchObject
        /// The runtime has as many threads as it may have, or the system refuses another one.
        case threadLimit
    }
    public let code: Code
    public let message: String
    /// The address that was asked for; `.noSuchObject` only.
    public let address: UInt64?
    public var description: String { message }

    init(_ code: Code, _ message: String, address: UInt64? = nil) {
        self.address = address
        self.code = code
        self.message = message
    }
}

/// How a runtime is set up.
public struct HostOptions: Sendable {
    public var name: String
    public var regime = RegimeName.gil
    /// For the regime object-lock.
    public var lockOrder = LockOrder.address
    public var scheduling = Scheduling.interval
    public var switchIntervalNanoseconds: UInt64 = 5_000_000
    public var heapLimitBytes = 512 << 20
    /// Threads alive at a time, those that gild itself starts included.
    public var threadLimit = 256
    /// Holds of the lock longer than this are told to `onLongHold`; 0: none.
    public var holdThresholdNanoseconds: UInt64 = 0
    /// Called on the control thread, without the lock.
    public var onLongHold: (@Sendable (LongHoldReport) -> Void)?
    /// Called with the lock held when a thread found a deadlock: must not block.
    public var onDeadlock: @Sendable (DeadlockFigures) -> Void = { _ in }
    /// Watch what plugins do; nil: do not. How long one may keep the lock without a checkpoint.
    public var greatestPluginHoldNanoseconds: UInt64?
    /// Called when a plugin broke a rule in a way that it had not in this run; the second argument is the run's workload. On any thread, perhaps with
    /// the lock held: must not block.
    public var onPluginViolation: @Sendable (PluginViolation, String) -> Void = { _, _ in }

    public init(name: String) { self.name = name }
}

/// One hold of the lock that was longer than the threshold.
public struct LongHoldReport: Sendable {
    /// Empty for the control thread.
    public var workload: String
    public var thread: String
    public var nanoseconds: UInt64
    /// `file:line` at which the lock was given up.
    public var place: String
    /// Long holds before this one that were noted faster than they were fetched.
    public var missed: Int
}

/// One heap and one lock for many runs.
public final class RuntimeHost: @unchecked Sendable {
    public let name: String
    let runtime: UnsafeMutablePointer<RuntimeState>
    let mutex = ConditionMutex()
    /// The runs that have been started and have not ended. Guarded by `mutex`.
    var runs: [ObjectIdentifier: HostedRun] = [:]
    /// Guarded by `mutex`.
    private var jobs: [Job] = []
    private var hasBegun = false
    private var isClosed = false
    private var isStopped = false
    var nextRun: UInt64 = 1
    private var hasLongHolds = false
    /// The last attempt to take the lock for no other reason than to see whether that is possible.
    private var probe: Job?
    let heapLimitBytes: Int
    let onDeadlock: @Sendable (DeadlockFigures) -> Void
    let onPluginViolation: @Sendable (PluginViolation, String) -> Void
    private let onLongHold: (@Sendable (LongHoldReport) -> Void)?
    /// The control thread's state. Control thread only.
    private var thread: Thread?

    private final class Job {
        let deadline: UInt64
        let body: (Thread) -> Void
        /// Guarded by the host's mutex.
        var outcome: Outcome?
        enum Outcome { case done, timedOut }

        init(deadline: UInt64, body: @escaping (Thread) -> Void) {
            self.deadline = deadline
            self.body = body
        }
    }

    public init(_ options: HostOptions) throws(HostError) {
        name = options.name
        onLongHold = options.onLongHold
        onDeadlock = options.onDeadlock
        onPluginViolation = options.onPluginViolation
        heapLimitBytes = options.heapLimitBytes
        let heap = Heap.create(limitBytes: Int.max / 2)
        let lock = GlobalInterpreterLock(regime: options.regime, scheduling: options.scheduling)
        lock.switchInterval = options.switchIntervalNanoseconds
        runtime = .allocate(capacity: 1)
        runtime.initialize(to: RuntimeState(regime: options.regime, lockOrder: options.lockOrder, heap: heap, lock: lock))
        runtime.pointee.plugins.pointee.checks = options.greatestPluginHoldNanoseconds.map { PluginChecks(greatestHold: $0) }
        let run = UnsafeMutablePointer<RunState>.allocate(capacity: 1)
        run.initialize(
            to: RunState(
                runtime: runtime, number: 0, workload: "", output: OutputBuffer.create(receiver: { _, _ in }),
                callbacks: RunCallbacks(output: { _, _ in }, log: { _, _ in }, deadlock: { _ in }, pluginViolation: { _ in })))
        guard let thread = Thread.make(run: run, name: "control", isMain: false) else {
            throw HostError(.threadLimit, "no address space for the control thread of runtime '\(options.name)'")
        }
        self.thread = thread
        runtime.pointee.threadLimit = min(options.threadLimit, greatestThreadCount) + 1
        // Bootstrapping recurses little, but this may be any thread with any stack: the control thread does it.
        let heapLimit = options.heapLimitBytes
        let threshold = options.holdThresholdNanoseconds
        let started = startOSThread(stackSize: runtimeStackSize) { [self] in
            begin(heapLimitBytes: heapLimit)
            lock.watchHolds(longerThan: threshold) { [weak self] in self?.noticeLongHold() }
            serve()
        }
        guard started else { throw HostError(.threadLimit, "the system refuses a thread for runtime '\(options.name)'") }
        // Nobody may take the lock before the heap is filled.
        mutex.lock()
        while !hasBegun { mutex.wait() }
        mutex.unlock()
    }

    /// Fill the heap. By the control thread.
    private func begin(heapLimitBytes: Int) {
        guard let thread else { return }
        thread.s.pointee.identifier = Int(pthread_self())
        // Nobody else can be here yet: as in a process with one run, the lock's books begin after this.
        thread.link(thread.s)
        thread.bootstrap()
        runtime.pointee.heap.pointee.quota.begin(limitBytes: heapLimitBytes)
        runtime.pointee.lock.startMeasuring()
        mutex.lock()
        hasBegun = true
        mutex.signal()
        mutex.unlock()
    }

    // MARK: Questions

    /// Run `body` on the control thread with the lock. Throws `.timedOut` when the lock was not to be had, `.closed` after `close`.
    func ask<T>(timeoutNanoseconds: UInt64, _ body: @escaping (Thread) -> T) throws(HostError) -> T {
        let now = gild_monotonic_ns()
        var result: T?
        let job = Job(deadline: now &+ min(timeoutNanoseconds, UInt64.max / 4)) { result = body($0) }
        mutex.lock()
        if isStopped {
            mutex.unlock()
            throw HostError(.closed, "runtime '\(name)' has been closed")
        }
        jobs.append(job)
        mutex.signal()
        while job.outcome == nil { mutex.wait() }
        let outcome = job.outcome
        mutex.unlock()
        guard outcome == .done, let result else {
            throw HostError(.timedOut, "the lock of runtime '\(name)' was not to be had: its holder has come to no checkpoint")
        }
        return result
    }

    /// The lock's switch interval, in nanoseconds.
    public var switchIntervalNanoseconds: UInt64 { runtime.pointee.lock.switchInterval }
    public func setSwitchInterval(_ nanoseconds: UInt64) { runtime.pointee.lock.switchInterval = nanoseconds }

    /// From now on holds of the lock longer than this are told; 0: none.
    public func setHoldThreshold(_ nanoseconds: UInt64) {
        runtime.pointee.lock.watchHolds(longerThan: nanoseconds) { [weak self] in self?.noticeLongHold() }
    }

    // MARK: The control thread

    private func noticeLongHold() {
        // Under the lock's mutex: only a flag and a signal. The host's mutex is never held while the lock's is asked for.
        mutex.lock()
        hasLongHolds = true
        mutex.signal()
        mutex.unlock()
    }

    private func serve() {
        guard let thread else { return }
        let lock = runtime.pointee.lock
        mutex.lock()
        while true {
            if !jobs.isEmpty {
                let job = jobs.removeFirst()
                mutex.unlock()
                let hasLock = lock.take(thread.s.pointee.lockThread, until: job.deadline)
                if hasLock {
                    job.body(thread)
                    lock.drop(thread.s.pointee.lockThread, .finish)
                }
                mutex.lock()
                job.outcome = hasLock ? .done : .timedOut
                mutex.signal()
                continue
            }
            if hasLongHolds {
                hasLongHolds = false
                mutex.unlock()
                reportLongHolds(thread)
                mutex.lock()
                continue
            }
            if isStopped { break }
            let now = gild_monotonic_ns()
            var wake = UInt64.max
            for run in runs.values { wake = min(wake, run.attend(now: now)) }
            mutex.wait(until: wake)
        }
        mutex.unlock()
    }

    private func reportLongHolds(_ thread: Thread) {
        guard let onLongHold else { return }
        let lock = runtime.pointee.lock
        var (holds, missed) = lock.takeLongHolds()
        if holds.isEmpty { return }
        // The places are code, which belongs to the lock's holder.
        guard lock.take(thread.s.pointee.lockThread, until: gild_monotonic_ns() &+ 1_000_000_000) else { return }
        var workloads: [UInt32: String] = [:]
        var current = runtime.pointee.threads.first
        while let state = current {
            workloads[state.pointee.lockThread.pointee.number] = state.pointee.run.pointee.workload
            current = state.pointee.next
        }
        let reports = holds.map { hold in
            defer { missed = 0 }
            return LongHoldReport(
                workload: workloads[hold.thread] ?? "", thread: hold.threadName, nanoseconds: hold.nanoseconds, place: thread.siteText(hold.site),
                missed: missed)
        }
        holds = []
        lock.drop(thread.s.pointee.lockThread, .finish)
        for report in reports { onLongHold(report) }
    }

    // MARK: Runs

    /// Register a run that is about to start. False: the runtime is closed.
    func admit(_ run: HostedRun) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        if isClosed { return false }
        runs[ObjectIdentifier(run)] = run
        // It may have a time limit.
        mutex.signal()
        return true
    }

    /// A run has ended; nothing of it is left in the runtime.
    func dismiss(_ run: HostedRun) {
        mutex.lock()
        runs[ObjectIdentifier(run)] = nil
        mutex.signal()
        mutex.unlock()
    }

    func takeRunNumber() -> UInt64 {
        mutex.lock()
        defer { mutex.unlock() }
        nextRun += 1
        return nextRun - 1
    }

    /// Something that the control thread waits for has changed.
    func wakeControlThread() {
        mutex.lock()
        mutex.signal()
        mutex.unlock()
    }

    /// Stop all runs and admit no more; wait for their ends. False: some had not ended by the deadline (nanoseconds of the
    /// monotonic clock). The memory of a runtime is not given back: a thread that did not end may still use it.
    public func close(deadlineNanoseconds: UInt64) -> Bool {
        mutex.lock()
        isClosed = true
        let all = Array(runs.values)
        mutex.unlock()
        for run in all { run.stop() }
        mutex.lock()
        while !runs.isEmpty {
            if gild_monotonic_ns() >= deadlineNanoseconds { break }
            mutex.wait(until: deadlineNanoseconds)
        }
        let isEmpty = runs.isEmpty
        if isEmpty { isStopped = true }
        mutex.signal()
        mutex.unlock()
        return isEmpty
    }

    // MARK: Progress

    /// What `makesProgress` remembers.
    public struct ProgressMark: Sendable {
        var transition: UInt64 = .max
        /// How the latest attempt ended: it stays so while the next one is under way.
        var hasTimedOut = false
        public init() {}
    }

    /// False: the holder of the lock came to no checkpoint for two seconds although it was asked to. Does not wait: where the
    /// lock stood still since the last call with this mark, the control thread is told to try and take it, and the next call
    /// knows how that went.
    public func makesProgress(since mark: inout ProgressMark) -> Bool {
        let (holder, transition, _) = runtime.pointee.lock.progress()
        defer { mark.transition = transition }
        if holder == 0 || transition != mark.transition {
            mark.hasTimedOut = false
            return true
        }
        mutex.lock()
        defer { mutex.unlock() }
        if let outcome = probe?.outcome { mark.hasTimedOut = outcome == .timedOut }
        if probe == nil || probe?.outcome != nil {
            let job = Job(deadline: gild_monotonic_ns() &+ 2_000_000_000) { _ in }
            probe = job
            jobs.append(job)
            mutex.signal()
        }
        return !mark.hasTimedOut
    }
}

/// Start a detached OS thread. False: the system refuses.
func startOSThread(stackSize: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let box = Unmanaged.passRetained(ThreadBody(body))
    var handle = pthread_t()
    let code = pthread_create(&handle, &attributes, { argument in
        Unmanaged<ThreadBody>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue().body()
        return nil
    }, box.toOpaque())
    if code != 0 { box.release() }
    return code == 0
}

private final class ThreadBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
