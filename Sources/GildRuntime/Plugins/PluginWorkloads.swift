// Workloads of plugins: native code on as many threads as asked for, as a run among others.
//
//     main thread of the run                     threads                      any thread
//     prepare(parameters) → state
//     start as many threads as asked for ──────▶ run(state, index)
//     wait for them                              …                            stop(state), as often as the run is told to end
//     nobody may call stop any more
//     finish(state)
//
// The threads are those of the module `threading`, started as an entry's are, so that they are in the books, in traces and in
// enquiries like any other. What they call is one native for all workloads; which workload it is stands in the run.
//
// `stop` comes from outside at any moment, while `finish` frees what it works on: the gate orders the two. Without a `stop`, or beside it, the
// request on the threads' eval breakers makes the plugin's next checkpoint raise.

import CGild
import CGildPlugin

/// Which workload of a plugin a run is.
public struct PluginWorkloadChoice: Sendable {
    public let plugin: Plugin
    public let workload: String
    public let parameters: [String: String]

    /// Nil: the plugin has no workload of this name.
    public init?(plugin: Plugin, workload: String, parameters: [String: String]) {
        guard plugin.workloads.contains(where: { $0.name == workload }) else { return nil }
        self.plugin = plugin
        self.workload = workload
        self.parameters = parameters
    }

    var definition: PluginWorkload { plugin.workloads.first { $0.name == workload }.unsafelyUnwrapped }
}

/// Lets `stop` through between `prepare` and `finish`.
final class PluginStopGate: @unchecked Sendable {
    private let mutex = ConditionMutex()
    /// Guarded by `mutex`; nil while there is nothing to stop.
    private var stop: (() -> Void)?

    func open(_ stop: @escaping () -> Void) {
        mutex.lock()
        self.stop = stop
        mutex.unlock()
    }

    func close() {
        mutex.lock()
        stop = nil
        mutex.unlock()
    }

    /// On any thread.
    func knock() {
        mutex.lock()
        stop?()
        mutex.unlock()
    }
}

/// What the threads of such a run find in their RunState.
struct PluginWorkloadRun {
    let definition: PluginWorkload
    let state: UnsafeMutableRawPointer?
}

extension gild_thread_ref {
    /// Run a plugin's workload to its end. By the main thread, with the lock. False: raised, or a thread failed.
    func runWorkload(_ choice: PluginWorkloadChoice, threads count: Int, gate: PluginStopGate) -> Bool {
        let definition = choice.definition
        let run = s.pointee.run
        let plugin = choice.plugin
        _ = gild_fetch_add_32(plugin.holds, 1)
        defer { _ = gild_fetch_add_32(plugin.holds, UInt32.max) }
        if gild_load_acquire_32(plugin.isOpen) == 0 {
            raise(.runtimeError, "the plugin '\(plugin.name)' has been unloaded")
            return false
        }
        var state: UnsafeMutableRawPointer?
        if let prepare = definition.definition.prepare {
            let parameters = PluginParameters(choice.parameters)
            let isPrepared = withExtendedLifetime(parameters) {
                let outcome = pluginContext.enter(definition.prepareFunction) { context in
                    prepare(context, OpaquePointer(Unmanaged.passUnretained(parameters).toOpaque()), &state)
                }
                decref(outcome)
                return !outcome.isUndefined
            }
            if !isPrepared { return false }
        }
        run.pointee.pluginWorkload = PluginWorkloadRun(definition: definition, state: state)
        if let stop = definition.definition.stop {
            let kept = state
            gate.open { stop(kept) }
        }
        let isDone = startWorkloadThreads(count)
        gate.close()
        run.pointee.pluginWorkload = nil
        definition.definition.finish?(state)
        return isDone
    }

    private func startWorkloadThreads(_ count: Int) -> Bool {
        let plugins = s.pointee.runtime.pointee.plugins
        plugins.pointee.mutex.lock()
        var native = plugins.pointee.workloadNative
        plugins.pointee.mutex.unlock()
        if native.isUndefined {
            native = unbooked { makeNative(NativeDefinition("run", 1, 1, callWorkload), owner: nil) }
            if native.isUndefined { return false }
            // Another run may have been faster; the one that nobody uses stays, being immortal.
            plugins.pointee.mutex.lock()
            if plugins.pointee.workloadNative.isUndefined { plugins.pointee.workloadNative = native }
            plugins.pointee.mutex.unlock()
        }
        return startEntryThreads(native, count: count)
    }
}

/// What each thread of a plugin's workload calls, with its index.
private func callWorkload(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let work = thread.s.pointee.run.pointee.pluginWorkload, let index = thread.smallInt(arguments[0]) else {
        return thread.raise(.runtimeError, "this run is no plugin's workload")
    }
    if !thread.enterNative() { return .undefined }
    defer { thread.leaveNative() }
    return thread.pluginContext.enter(work.definition.runFunction) { work.definition.definition.run($0, work.state, index) }
}

extension HostContext {
    /// A call of the plugin's that has neither arguments nor a result: None, or undefined with an exception set.
    fileprivate func enter(_ function: UnsafeMutablePointer<PluginFunction>, _ body: (UnsafeMutablePointer<gild_context>) -> gild_status) -> Value {
        _ = push(function, nil, 0)
        let status = body(pointer)
        if frame.pointee.attention != 0 { settle() }
        return pop(conclude(status, gild_handle(bits: 0)))
    }
}
