// What the supervisor knows of one workload. Every field that changes is guarded by the supervisor's lock.

import GildControl
import GildReport
import GildWorkload

/// How a run of a workload ended.
struct RunEnd: Sendable {
    /// Number of the run in the daemon.
    var run: Int
    /// 128 + n when signal n ended it, 143 when it was stopped, 124 when its time was up.
    var exitStatus: Int
    var result: Lifecycle.Result
    /// Nil when the script did not start.
    var report: RunReport?
    /// Why it did not start.
    var message: String?
    var problems: [Problem] = []
}

final class Workload: @unchecked Sendable {
    let name: String
    let output: OutputHistory
    var lifecycle: Lifecycle
    /// Came with Submit: a reload leaves it alone.
    var isSubmitted: Bool
    /// The file that defines it, or the name given with Submit.
    var definedIn: String
    /// When it came into its present state, monotonic.
    var stateSince: UInt64
    /// The run under way; nil also while the script is compiled.
    var run: (any RunHosting)?
    /// Of the present run, else the latest.
    var runNumber: Int?
    var runOutput: RunOutput?
    /// Runs that were started, and those that ended with another status than 0 without having been stopped.
    var runs = 0
    var failures = 0
    var lastEnd: RunEnd?
    var timer: UInt64?
    /// Told the number of the run that is being started, or why there is none.
    var startWaiters: [StartWaiter] = []
    /// Those for the next launch: the run before is still ending.
    var nextStartWaiters: [StartWaiter] = []
    var endWaiters: [Int: @Sendable (RunEnd) -> Void] = [:]
    var removalWaiters: [@Sendable () -> Void] = []

    typealias StartWaiter = @Sendable (Result<Int, ControlError>) -> Void

    init(_ definition: WorkloadDefinition, isSubmitted: Bool, definedIn: String, now: UInt64) {
        name = definition.name
        output = OutputHistory(limit: definition.outputBytes)
        lifecycle = Lifecycle(definition)
        self.isSubmitted = isSubmitted
        self.definedIn = definedIn
        stateSince = now
    }

    var definition: WorkloadDefinition { lifecycle.definition }
}
