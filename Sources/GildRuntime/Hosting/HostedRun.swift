// One run among others in a runtime: from its start to its figures.
//
//     starter                     main thread of the run
//     compile, make its state
//     create the OS thread ─────▶ take the lock, join the lists of threads and runs
//                                 run the module; then the entry on its threads
//                                 wait for the threads that are not daemons
//                                 end all others: they unwind at their next checkpoint, without handlers
//                                 release the locks that the run holds and others can reach
//                                 flush, drop the modules, collect; what is alive now is left behind
//                                 figures; leave the lists, drop the lock, close the account
//                                 tell the owner
//
// What is different from a run that has the process for itself (RunEnd.swift): there, threads that are still running at the
// end are parked for ever, because the process ends around them. Here the runtime goes on, so every thread of the run has to
// be gone before its objects are counted. They unwind without running handlers or finalisers of the language: a handler
// may wait for something that will not come.
//
// **Stopping** is a request on the main thread's eval breaker, repeated until the run has begun to end. The main thread
// unwinds in the same way and ends the run as above. The same request again, later, cuts finalisers short that run too long.

import CGild
import GildScript
import Glibc

/// What is to be run in a runtime.
public struct HostedRunOptions: Sendable {
    public var workload = ""
    /// `sys.argv`.
    public var arguments: [String] = []
    /// As in `RuntimeOptions`.
    public var scriptPath = ""
    public var shownScriptPath = ""
    /// Function of the module that `threads` threads call with their index after the module has run; nil: none.
    public var entry: String?
    public var threads = 1
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit = 1000
    /// Descriptor (1 or 2) and bytes, in order. Called with the lock held: must not block.
    public var onOutput: @Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void = { _, _ in }
    /// Called where a script with a pipe would write to it, without the lock: may wait for a reader, but must ask its argument
    /// now and then whether the thread is wanted elsewhere. Nil: nothing waits.
    public var awaitRoom: (@Sendable (_ isInterrupted: () -> Bool) -> Void)?
    /// Level and message of `gild.log`. Called with the lock held: must not block.
    public var onLog: @Sendable (String, String) -> Void = { _, _ in }
    /// Called once, without the lock, when nothing of the run is left in the runtime but the objects it left behind.
    public var onEnd: @Sendable (RunFigures) -> Void = { _ in }

    public init() {}
}

/// A run that has been started.
public final class HostedRun: @unchecked Sendable {
    /// Status of a run that was stopped: 128 + SIGTERM, as a shell shows it. Of one whose time was over: 124, as timeout(1).
    public static let stoppedStatus: Int32 = 143
    public static let timeLimitStatus: Int32 = 124

    /// Counts from 1 in a runtime.
    public let number: UInt64
    public let workload: String
    public let startedNanoseconds: UInt64
    let host: RuntimeHost
    let program: Program
    private let options: HostedRunOptions

    /// What the main thread does.
    enum Program {
        case script(CompiledModule)
        case interactive(InteractiveRun)
        case plugin(PluginWorkloadChoice)
    }

    public enum Phase: String, Sendable {
        case running
        /// Asked to stop; its threads unwind.
        case stopping
    }

    /// Guards the following. Taken with the host's mutex held, never with the lock's; nothing else is taken under it.
    private let mutex = ConditionMutex()
    /// Nil before the main thread has begun and after it has gone.
    private var mainRecord: UnsafeMutablePointer<LockThread>?
    private var stopStatus: Int32?
    private var deadline: UInt64?
    private var figures: RunFigures?
    /// Where a plugin's workload hears that it is to stop.
    private let gate = PluginStopGate()

    init(host: RuntimeHost, options: HostedRunOptions, program: Program) {
        self.host = host
        self.options = options
        self.program = program
        number = host.takeRunNumber()
        workload = options.workload
        startedNanoseconds = gild_monotonic_ns()
        deadline = options.timeLimitNanoseconds.map { startedNanoseconds &+ $0 }
    }

    // MARK: From outside

    public var phase: Phase {
        mutex.lock()
        defer { mutex.unlock() }
        return stopStatus == nil ? .running : .stopping
    }

    /// Ask the run to end. Does not wait; may be called at any time, by any thread, and more than once.
    public func stop() { stop(status: HostedRun.stoppedStatus) }

    private func stop(status: Int32) {
        mutex.lock()
        if stopStatus == nil { stopStatus = status }
        mainRecord?.interrupt(EvalBreaker.timeLimit)
        mutex.unlock()
        gate.knock()
        host.wakeControlThread()
    }

    /// Raise KeyboardInterrupt in the main thread.
    func interruptMainThread() {
        mutex.lock()
        mainRecord?.interrupt(EvalBreaker.signal)
        mutex.unlock()
    }

    /// Wait for the end of the run. Nil: the time was over.
    public func wait(timeoutNanoseconds: UInt64) -> RunFigures? {
        let now = gild_monotonic_ns()
        let deadline = timeoutNanoseconds >= UInt64.max - now ? UInt64.max : now + timeoutNanoseconds
        mutex.lock()
        defer { mutex.unlock() }
        while figures == nil && gild_monotonic_ns() < deadline { mutex.wait(until: deadline) }
        return figures
    }

    /// What the control thread does for the run: its time limit, and requests again. Returns when it wants to be called next.
    func attend(now: UInt64) -> UInt64 {
        mutex.lock()
        defer { mutex.unlock() }
        if stopStatus == nil, let deadline {
            if now < deadline { return deadline }
            stopStatus = HostedRun.timeLimitStatus
        }
        guard stopStatus != nil else { return .max }
        mainRecord?.interrupt(EvalBreaker.timeLimit)
        return now &+ 10_000_000
    }

    // MARK: Its main thread

    func start() throws(HostError) {
        guard host.admit(self) else { throw HostError(.closed, "runtime '\(host.name)' has been closed") }
        let started = startOSThread(stackSize: runtimeStackSize) { [self] in main() }
        guard started else {
            host.dismiss(self)
            throw HostError(.threadLimit, "the system refuses another thread")
        }
    }

    private func main() {
        let runtime = host.runtime
        let lock = runtime.pointee.lock
        let account = lock.openAccount(number)
        let run = UnsafeMutablePointer<RunState>.allocate(capacity: 1)
        let receiver = options.onOutput
        let (workload, onPluginViolation) = (options.workload, host.onPluginViolation)
        run.initialize(
            to: RunState(
                runtime: runtime, number: number, workload: options.workload,
                output: OutputBuffer.create(receiver: receiver, awaitRoom: options.awaitRoom),
                callbacks: RunCallbacks(
                    output: options.onOutput, log: options.onLog, deadlock: host.onDeadlock, pluginViolation: { onPluginViolation($0, workload) })))
        run.pointee.account = account
        run.pointee.settings.recursionLimit = options.recursionLimit
        run.pointee.arguments = options.arguments
        run.pointee.scriptPath = options.scriptPath
        run.pointee.shownScriptPath = options.shownScriptPath
        guard let thread = Thread.make(run: run, name: "MainThread", isMain: true) else {
            return fail("gild: no address space is left for another thread, or live objects carry the numbers of all threads that ever were\n", run: run, account: account)
        }
        thread.s.pointee.identifier = Int(pthread_self())
        let record = thread.s.pointee.lockThread

        lock.take(record)
        if !thread.link(thread.s) {
            lock.drop(record, .finish)
            thread.retire()
            return fail("gild: the runtime has as many threads as it may have (\(runtime.pointee.threadLimit - 1))\n", run: run, account: account)
        }
        thread.beginHostedRun()
        mutex.lock()
        mainRecord = record
        if stopStatus != nil { record.interrupt(EvalBreaker.timeLimit) }
        mutex.unlock()

        var outcome: ExitOutcome
        switch program {
        case .script(let compiled):
            outcome = thread.runMain(compiled)
            if outcome.status == 0, outcome.signal == nil, let entry = options.entry {
                if !thread.runEntry(entry, count: options.threads) { outcome = thread.exitOutcome() }
            }
        case .interactive(let session):
            outcome = session.serve(thread)
        case .plugin(let choice):
            outcome = thread.runWorkload(choice, threads: options.threads, gate: gate) ? ExitOutcome() : thread.exitOutcome()
            if outcome.status == 0 && run.pointee.books.pointee.failedThreads > 0 { outcome.status = 1 }
        }
        thread.prepareHostedEnd(&outcome)
        if outcome.status == 0 && options.entry != nil && run.pointee.books.pointee.failedThreads > 0 { outcome.status = 1 }
        var result = thread.finishHosted(outcome)

        // Nothing of the run is left in the lists; the record and the account are.
        mutex.lock()
        mainRecord = nil
        if let stopStatus, result.wasStopped { result.figures.exitStatus = stopStatus }
        mutex.unlock()
        thread.retire()
        // Waits for the other threads' last steps, too.
        lock.freeAccount(number)
        runtime.pointee.slots.end(run: number)
        run.destroy()
        finish(result.figures)
    }

    /// The run could not begin.
    private func fail(_ message: String, run: UnsafeMutablePointer<RunState>, account: UnsafeMutablePointer<LockAccount>) {
        let lock = host.runtime.pointee.lock
        Array(message.utf8).withUnsafeBufferPointer { options.onOutput(2, $0) }
        let report = lock.closeAccount(account)
        lock.freeAccount(number)
        host.runtime.pointee.slots.end(run: number)
        run.destroy()
        var figures = RunFigures(regime: host.runtime.pointee.regime, lock: report)
        figures.exitStatus = 1
        finish(figures)
    }

    private func finish(_ result: RunFigures) {
        options.onEnd(result)
        mutex.lock()
        figures = result
        mutex.signal()
        mutex.unlock()
        host.dismiss(self)
    }
}

extension RuntimeHost {
    /// Start a plugin's workload. Returns at once.
    public func start(_ choice: PluginWorkloadChoice, _ options: HostedRunOptions) throws(HostError) -> HostedRun {
        let run = HostedRun(host: self, options: options, program: .plugin(choice))
        try run.start()
        return run
    }

    /// Scripts that are compiled from now on can import the plugin's module.
    public func addPlugin(_ plugin: Plugin) {
        let plugins = runtime.pointee.plugins
        plugins.pointee.mutex.lock()
        plugins.pointee.known.append(plugin)
        plugins.pointee.mutex.unlock()
    }

    /// No script finds the plugin's module any more; functions that one holds raise once the plugin is unloaded.
    public func removePlugin(_ plugin: Plugin) {
        let plugins = runtime.pointee.plugins
        plugins.pointee.mutex.lock()
        plugins.pointee.known.removeAll { $0 === plugin }
        plugins.pointee.mutex.unlock()
    }

    public var plugins: [Plugin] { runtime.pointee.plugins.pointee.all }

    /// Names of the modules that plugins give this runtime.
    public var pluginModules: Set<String> { Set(runtime.pointee.plugins.pointee.all.map(\.name)) }

    /// Start a compiled script. Returns at once.
    public func start(_ compiled: CompiledModule, _ options: HostedRunOptions) throws(HostError) -> HostedRun {
        let run = HostedRun(host: self, options: options, program: .script(compiled))
        try run.start()
        return run
    }
}
