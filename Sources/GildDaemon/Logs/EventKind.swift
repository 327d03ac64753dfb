// Every event of the daemon, in one table: name, MESSAGE_ID, default level and what it means. docs/logging.md shows the same
// table, and a test holds the two against each other.
//
// A MESSAGE_ID is a random 128-bit number that belongs to one kind of event for ever (`journalctl --new-id128` makes
// them): programs look for it, people for the name. A kind that goes away takes its number with it; none is reused.
// Source: https://systemd.io/CATALOG/ and sd-id128(3).

/// Kinds of records; the raw value is the name in every log (`event=`, `GILD_EVENT=`).
public enum EventKind: String, Sendable, CaseIterable {
    case started
    case ready
    case reloading
    case reloaded
    case reloadFailed = "reload-failed"
    case stopping
    case stopped
    case configuration
    case runtimeStarted = "runtime-started"
    case runtimeStopped = "runtime-stopped"
    case pluginLoaded = "plugin-loaded"
    case pluginUnloaded = "plugin-unloaded"
    case workloadStarted = "workload-started"
    case workloadEnded = "workload-ended"
    case workloadFailed = "workload-failed"
    case workloadRestarting = "workload-restarting"
    case workloadStopped = "workload-stopped"
    case output
    case scriptLog = "script-log"
    case runtimeMetrics = "runtime-metrics"
    case workloadMetrics = "workload-metrics"
    case pluginMetrics = "plugin-metrics"
    case pluginViolation = "plugin-violation"
    case report
    case leak
    case longHold = "long-hold"
    case deadlock
    case recordsDropped = "records-dropped"
    case clientRefused = "client-refused"
    case clientError = "client-error"
    case clientCall = "client-call"
    case watchdogLate = "watchdog-late"
    case runtimeHung = "runtime-hung"
    case runtimeRecovered = "runtime-recovered"
    case textfileFailed = "textfile-failed"
    case textfileRecovered = "textfile-recovered"
    case serviceFailed = "service-failed"
    case crashed
    case library
    case internalError = "internal-error"

    public struct Definition: Sendable {
        /// 32 lower-case hexadecimal digits.
        public let messageID: String
        public let level: LogLevel
        /// One sentence.
        public let summary: String
    }

    public var messageID: String { definition.messageID }
    public var level: LogLevel { definition.level }
    public var summary: String { definition.summary }

    public var definition: Definition {
        func define(_ messageID: String, _ level: LogLevel, _ summary: String) -> Definition {
            Definition(messageID: messageID, level: level, summary: summary)
        }
        return switch self {
        case .started:
            define(
                "72e9640a4d6245b4b0e69ad9934c25d5", .notice,
                "The daemon has read its configuration and starts its runtimes.")
        case .ready:
            define(
                "3a6ab05c8ade47a6a2d510a32365238d", .notice,
                "Every runtime is up, the control socket listens, the workloads were started.")
        case .reloading:
            define(
                "f677e1dcb728483893f46d68d5ac04f3", .info,
                "A new configuration is being read (SIGHUP or `gilctl reload`).")
        case .reloaded:
            define(
                "7087af179b974dcea98c7f2f4450a903", .notice,
                "A new configuration is in force; the fields count what was changed.")
        case .reloadFailed:
            define(
                "a3aada9486f9465ba7df1f242f7841c9", .error,
                "A new configuration was refused and nothing was changed; the message says why and where.")
        case .stopping:
            define(
                "4cc74cae326a43e190605e5cb2e547b0", .notice,
                "The daemon stops its runs and closes its socket.")
        case .stopped:
            define(
                "b77e27dd642f4b359040e99a4d61da6a", .notice,
                "Everything has ended; the last record of a daemon.")
        case .configuration:
            define(
                "7e3d8c65883c42ee8b6da3fd9d9879cd", .warning,
                "Something in the configuration that works but deserves a look.")
        case .runtimeStarted: define("ab9501e4d6d946019b9994b2ac43be86", .info, "A runtime was made.")
        case .runtimeStopped:
            define(
                "009ee0878f7c4cf884fc5977c300a108", .info,
                "A runtime and every run in it have ended.")
        case .pluginLoaded: define("11bf335084c24266a1460bc41bd1c0e0", .info, "A plugin was loaded; scripts can import its module.")
        case .pluginUnloaded: define("cf232660781147e29470f8d72ee15bff", .info, "A plugin was unloaded: nothing used it any more.")
        case .workloadStarted: define("a6c00506600a4757887cfffd3a09b5bb", .info, "A run of a workload began.")
        case .workloadEnded:
            define(
                "efe0f871f3f94d15aab0185b0da98948", .info,
                "A run of a workload ended by itself with status 0.")
        case .workloadFailed:
            define(
                "988ca5efad214421aec8e9e14784e6f1", .error,
                "A run ended with another status, by a signal or limit, or could not be started.")
        case .workloadRestarting:
            define(
                "9e7db97b68b74de285e2bb0a51ea78be", .info,
                "A run is going to be repeated after a delay, as the workload's restart policy says.")
        case .workloadStopped: define("bd856623a4ad44699348bae1cc3341a9", .info, "A run was stopped on request.")
        case .output:
            define(
                "780d350320a54b8fb3237cec657a1b08", .info,
                "One line that a script printed to its standard output (`stream=stdout`) or standard error (`stream=stderr`).")
        case .scriptLog:
            define(
                "5394e9fda75f4b0cad3ae33cb1bb5056", .info,
                "A script called `gild.log`; the level is the one that it chose.")
        case .runtimeMetrics: define("c405cc0dcfb04195aa6f1769721616a4", .info, "One interval's figures of a runtime.")
        case .workloadMetrics:
            define(
                "ed060b2249e24a1f80c48b2dcf9a16bf", .info,
                "One interval's figures of a running workload.")
        case .pluginMetrics: define("fa3b502204e740aa8ff936a9b075a47d", .info, "What a plugin counts stands at this, since it was loaded.")
        case .pluginViolation:
            define(
                "58cc7e0ecde042ffa319049025517151", .warning,
                "A plugin broke a rule where `check_plugins` watches it; told once for each run, function, place and rule.")
        case .report:
            define(
                "2d3f7e23ec4c4170b98e2125ed553da3", .info,
                "The report of a run at its end, key figures as fields and the whole as JSON.")
        case .leak:
            define(
                "f66caf350a414c889aefb88924e1457a", .warning,
                "Objects of a run that were alive after its end.")
        case .longHold:
            define(
                "506bec7cf8494ff1a20f783579917eaa", .warning,
                "The lock was held longer than the configured threshold; `place` is the script's line.")
        case .deadlock:
            define(
                "20da03d1464a49f1ae69f1f0cd262088", .error,
                "Threads waited for each other; `victim` got DeadlockError, and `deadlock` says who held and wanted what.")
        case .recordsDropped:
            define(
                "96aea98491914bc2972ec67996aad7e5", .warning,
                "Records were thrown away because the queue was full or the output failed; one field for each kind.")
        case .clientRefused:
            define(
                "9cfc1471705e4e32b12d86aed74bda70", .warning,
                "A client of the control socket was turned away: its uid is not allowed, or there are too many.")
        case .clientError:
            define(
                "df868016c9854dff8f29d07d53181ece", .info,
                "A client of the control socket broke the protocol or went away within a call.")
        case .clientCall:
            define(
                "d897bf12296942db875ef0b4becca35c", .debug,
                "A client called a method that changes something.")
        case .watchdogLate:
            define(
                "0b63c0954a9c41f1a671649cd43fb47d", .warning,
                "The watchdog's thread woke up much later than it asked for: the machine is overloaded.")
        case .runtimeHung:
            define(
                "a695bf2e9f744b059f09888a4e00a038", .critical,
                "A runtime's lock was held by one thread without a checkpoint; the watchdog is not fed until that ends.")
        case .runtimeRecovered:
            define(
                "8a8b9fdf68be4a70a920efbcb49c9acb", .notice,
                "A runtime that hung makes progress again.")
        case .textfileFailed:
            define(
                "1ec270cc48834cf590f59200e4a29762", .error,
                "The OpenMetrics file could not be written; said once until it can be.")
        case .textfileRecovered:
            define(
                "680f8ae59b384bc68a0518cafc90cb15", .notice,
                "The OpenMetrics file can be written again.")
        case .serviceFailed:
            define(
                "b39084e004a04e86ab3c692cceae7e94", .error,
                "A call of the service manager's protocol failed.")
        case .crashed:
            define(
                "f94a445078c5401e9dd0cea32ac29357", .critical,
                "The process ends by a fatal signal; the fields name the plugin and the function in which it crashed. The last record.")
        case .library:
            define(
                "969b571672274fcabb8083f6830b72f5", .info,
                "A message of a library inside the daemon; `label` names it.")
        case .internalError:
            define(
                "249e8ba5a3744ff582b3cd0425212e7c", .error,
                "The daemon met something that it should not have; it goes on.")
        }
    }

    /// Position in `allCases`, for tables of counters.
    var index: Int { EventKind.indices[self] ?? 0 }
    static let count = allCases.count
    private static let indices = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
