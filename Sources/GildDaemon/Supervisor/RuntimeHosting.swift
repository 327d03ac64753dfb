// What the daemon needs of a runtime: GildSession's `HostedRuntime`, or a fake one in tests.
//
// Methods marked BLOCKING may wait for the runtime's lock and are called from the dispatch pools only.

import GildReport
import GildSession

protocol RuntimeHosting: AnyObject, Sendable {
    var name: String { get }
    var regime: String { get }
    var switchIntervalNanoseconds: UInt64 { get }
    func setSwitchInterval(_ nanoseconds: UInt64)
    /// Holds of the lock longer than this are logged; 0: none.
    func setHoldThreshold(_ nanoseconds: UInt64)
    /// BLOCKING: reads and compiles the script.
    /// - Throws: `SessionError`, `HostError`.
    func startRun(_ request: RunRequest) throws -> any RunHosting
    /// BLOCKING.
    func openSession(_ request: RunRequest) throws -> any SessionHosting
    /// BLOCKING, at most for the timeout.
    func snapshot(timeoutNanoseconds: UInt64) -> RuntimeSnapshot
    /// BLOCKING.
    func threads(timeoutNanoseconds: UInt64) throws(HostError) -> [ThreadActivity]
    /// BLOCKING.
    func heapTop(by grouping: HeapGrouping, limit: Int, timeoutNanoseconds: UInt64) throws(HostError) -> [HeapGroup]
    /// BLOCKING.
    func inspect(address: UInt64, timeoutNanoseconds: UInt64) throws(HostError) -> ObjectDescription
    /// BLOCKING.
    func leaks(timeoutNanoseconds: UInt64) throws(HostError) -> [HeapLeak]
    /// BLOCKING.
    func collect(timeoutNanoseconds: UInt64) throws(HostError) -> CollectionResult
    /// Scripts that are compiled from now on can import the plugin's module, or no longer.
    func addPlugin(_ plugin: Plugin)
    func removePlugin(_ plugin: Plugin)
    /// BLOCKING.
    func isCalling(_ plugin: Plugin, timeoutNanoseconds: UInt64) throws(HostError) -> Bool
    /// False: the lock's holder came to no checkpoint although it was asked to. Never blocks.
    func makesProgress(since mark: inout HostedRuntime.ProgressMark) -> Bool
    /// BLOCKING: stops every run and waits for their ends until the deadline, CLOCK_MONOTONIC. True: all have ended.
    func close(deadlineNanoseconds: UInt64) -> Bool
}

protocol RunHosting: AnyObject, Sendable {
    /// In the runtime.
    var number: UInt64 { get }
    /// Never blocks; more than one call is one.
    func stop()
}

protocol SessionHosting: AnyObject, Sendable {
    /// Of its run, in the runtime.
    var number: UInt64 { get }
    /// BLOCKING: compiles.
    func evaluateInput(_ source: String, onDone: @escaping @Sendable (EvaluationOutcome) -> Void)
    func interrupt()
    func close()
}
