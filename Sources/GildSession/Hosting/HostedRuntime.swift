// A runtime for many runs, from scripts to reports: what the daemon and tests host workloads with.
//
// Reads and compiles a script (the last texts compiled are remembered: a workload that starts every second is compiled
// once), runs it in a `RuntimeHost`, and turns its figures into the report that `gild run` makes of the same script.

import GildReport
import GildRuntime
import GildScript
import Glibc

/// Where a piece of output was written.
public enum ScriptStream: Sendable, Equatable {
    case standardOutput, standardError
}

/// What is to be run in a hosted runtime.
public struct RunRequest: Sendable {
    /// Name that reports, logs and `gild.workload` show.
    public var workload: String
    public var input: ScriptInput
    /// A plugin's workload, which runs instead of `input`.
    public var plugin: PluginRun?
    /// `sys.argv`; element 0 is the script's name.
    public var arguments: [String]
    /// Function of the module that `threads` threads call with their index after the module has run; nil: none.
    public var entry: String?
    public var threads = 1
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit = 1000
    /// Pieces of output in order; a piece ends where the script completed a line or flushed. Called on the run's threads, most
    /// often with the lock held: must not block.
    public var onOutput: @Sendable (ScriptStream, [UInt8]) -> Void = { _, _ in }
    /// Called where a script with a pipe would write to it, without the lock: may wait for a reader, but must ask its argument
    /// now and then whether the thread is wanted elsewhere. Nil: nothing waits.
    public var awaitRoom: (@Sendable (_ isInterrupted: () -> Bool) -> Void)?
    /// Level (debug, info, warning, error) and message of `gild.log`. Must not block.
    public var onLog: @Sendable (String, String) -> Void = { _, _ in }
    /// Called once, when the run has ended and nothing of it is in the runtime but what it left behind.
    public var onEnd: @Sendable (RunOutcome) -> Void = { _ in }

    public init(workload: String, input: ScriptInput, arguments: [String] = []) {
        self.workload = workload
        self.input = input
        self.arguments = arguments.isEmpty ? [input.name] : arguments
    }
}

/// A workload of a plugin, by name.
public struct PluginRun: Sendable, Equatable {
    public var plugin: String
    public var workload: String
    public var parameters: [String: String]

    public init(plugin: String, workload: String, parameters: [String: String] = [:]) {
        self.plugin = plugin
        self.workload = workload
        self.parameters = parameters
    }
}

/// One heap and one lock that many runs share. Any thread may call the methods; those that take a time-out wait for the
/// runtime's lock and throw `HostError`.
public final class HostedRuntime: Sendable {
    public typealias Options = HostOptions

    public let name: String
    /// Name of the synchronisation regime.
    public let regime: String
    private let host: RuntimeHost
    private let cache = CompilationCache()

    public init(_ options: HostOptions) throws(HostError) {
        name = options.name
        regime = options.regime.rawValue
        host = try RuntimeHost(options)
    }

    // MARK: Settings

    public var switchIntervalNanoseconds: UInt64 { host.switchIntervalNanoseconds }
    /// 1 µs to a year; what is outside is brought inside.
    public func setSwitchInterval(_ nanoseconds: UInt64) { host.setSwitchInterval(nanoseconds) }
    /// From now on holds of the lock longer than this are told to `onLongHold`; 0: none.
    public func setHoldThreshold(_ nanoseconds: UInt64) { host.setHoldThreshold(nanoseconds) }

    // MARK: Plugins

    /// Scripts that are compiled from now on can import the plugin's module.
    public func addPlugin(_ plugin: Plugin) { host.addPlugin(plugin) }
    public func removePlugin(_ plugin: Plugin) { host.removePlugin(plugin) }
    /// Whether a call of the plugin is under way.
    public func isCalling(_ plugin: Plugin, timeoutNanoseconds: UInt64) throws(HostError) -> Bool {
        try host.isCalling(plugin, timeoutNanoseconds: timeoutNanoseconds)
    }

    // MARK: Runs

    /// Read, compile, and start. Does not wait for the run. Throws SessionError (the script) or HostError (the runtime).
    public func start(_ request: RunRequest) throws -> HostedRun {
        if let plugin = request.plugin { return try host.start(try choice(plugin, request.workload), options(request)) }
        let module = try cache.compile(request.input, modules: host.pluginModules)
        for warning in module.warnings { request.onOutput(.standardError, Array(warning.utf8)) }
        return try host.start(module, options(request))
    }

    private func choice(_ wanted: PluginRun, _ workload: String) throws(SessionError) -> PluginWorkloadChoice {
        guard let plugin = host.plugins.first(where: { $0.name == wanted.plugin }) else {
            throw SessionError(code: .noPlugin, message: "no plugin '\(wanted.plugin)' is loaded", place: workload)
        }
        if let choice = PluginWorkloadChoice(plugin: plugin, workload: wanted.workload, parameters: wanted.parameters) { return choice }
        let known = plugin.figures.workloads
        throw SessionError(
            code: .noPlugin,
            message: "plugin '\(wanted.plugin)' has no workload '\(wanted.workload)'" + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))"),
            place: workload)
    }

    /// Open an interactive session: a run whose `__main__` takes inputs one after another. `input` is not used.
    public func openInteractive(_ request: RunRequest) throws(HostError) -> InteractiveSession {
        try host.openInteractive(options(request))
    }

    private func options(_ request: RunRequest) -> HostedRunOptions {
        var options = HostedRunOptions()
        options.workload = request.workload
        options.arguments = request.arguments
        options.scriptPath = request.input.absoluteName
        options.shownScriptPath = request.input.name
        options.entry = request.entry
        options.threads = request.threads
        options.timeLimitNanoseconds = request.timeLimitNanoseconds
        options.recursionLimit = request.recursionLimit
        let onOutput = request.onOutput
        options.onOutput = { descriptor, bytes in onOutput(descriptor == 2 ? .standardError : .standardOutput, Array(bytes)) }
        options.awaitRoom = request.awaitRoom
        options.onLog = request.onLog
        let onEnd = request.onEnd
        let script = request.input.name
        options.onEnd = { onEnd(RunOutcome($0, script: script)) }
        return options
    }

    // MARK: Figures

    /// Figures so far; see `RuntimeSnapshot.isExact`.
    public func snapshot(timeoutNanoseconds: UInt64) -> RuntimeSnapshot {
        RuntimeSnapshot(host.snapshot(timeoutNanoseconds: timeoutNanoseconds), regime: regime)
    }

    public func threads(timeoutNanoseconds: UInt64) throws(HostError) -> [ThreadActivity] {
        try host.threads(timeoutNanoseconds: timeoutNanoseconds)
    }

    public func heapTop(by grouping: HeapGrouping, limit: Int, timeoutNanoseconds: UInt64) throws(HostError) -> [HeapGroup] {
        try host.heapGroups(by: grouping, limit: limit, timeoutNanoseconds: timeoutNanoseconds)
    }

    public func inspect(address: UInt64, timeoutNanoseconds: UInt64) throws(HostError) -> ObjectDescription {
        try host.inspect(address: address, timeoutNanoseconds: timeoutNanoseconds)
    }

    public func leaks(timeoutNanoseconds: UInt64) throws(HostError) -> [HeapLeak] { try host.leaks(timeoutNanoseconds: timeoutNanoseconds) }

    public func collect(timeoutNanoseconds: UInt64) throws(HostError) -> CollectionResult {
        try host.collect(timeoutNanoseconds: timeoutNanoseconds)
    }

    // MARK: Progress and end

    /// False: the holder of the lock came to no checkpoint although it was asked to. For a watchdog; does not wait.
    public func makesProgress(since mark: inout ProgressMark) -> Bool { host.makesProgress(since: &mark) }
    public typealias ProgressMark = RuntimeHost.ProgressMark

    /// Stop all runs and start no more; wait for their ends until the deadline (nanoseconds of the monotonic clock). False:
    /// some have not ended.
    public func close(deadlineNanoseconds: UInt64) -> Bool { host.close(deadlineNanoseconds: deadlineNanoseconds) }
}

extension RunOutcome {
    init(_ figures: RunFigures, script: String) {
        self.init(exitStatus: figures.exitStatus, killedBySignal: figures.killedBySignal, report: GildSession.report(figures, script: script))
    }
}

extension HostedRun {
    /// Wait for the end of the run. Nil: the time was over.
    public func outcome(timeoutNanoseconds: UInt64, script: String) -> RunOutcome? {
        wait(timeoutNanoseconds: timeoutNanoseconds).map { RunOutcome($0, script: script) }
    }
}

/// The last texts that were compiled.
private final class CompilationCache: @unchecked Sendable {
    private static let capacity = 64
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Oldest first. Guarded by `mutex`.
    private var entries: [(name: String, text: [UInt8], modules: Set<String>, module: CompiledModule)] = []

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func compile(_ input: ScriptInput, modules: Set<String>) throws(SessionError) -> CompiledModule {
        let text = try input.read()
        let name = input.absoluteName
        pthread_mutex_lock(mutex)
        if let index = entries.lastIndex(where: { $0.name == name && $0.text == text && $0.modules == modules }) {
            let entry = entries.remove(at: index)
            entries.append(entry)
            pthread_mutex_unlock(mutex)
            return entry.module
        }
        pthread_mutex_unlock(mutex)
        let module = try compileText(text, of: input, modules: modules)
        pthread_mutex_lock(mutex)
        entries.append((name, text, modules, module))
        if entries.count > CompilationCache.capacity { entries.removeFirst() }
        pthread_mutex_unlock(mutex)
        return module
    }
}
