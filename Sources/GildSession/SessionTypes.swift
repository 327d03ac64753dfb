// What goes into a run and what comes out of it.

import GildReport
import GildRuntime

public typealias RegimeName = GildRuntime.RegimeName
public typealias LockOrder = GildRuntime.LockOrder
public typealias Scheduling = GildRuntime.Scheduling
public typealias LedgerOptions = GildRuntime.LedgerOptions
public typealias DeadlockPolicy = GildRuntime.DeadlockPolicy

/// How a script is run.
public struct RunOptions: Sendable {
    public var regime = RegimeName.gil
    /// For the regime object-lock.
    public var lockOrder = LockOrder.address
    public var scheduling = Scheduling.interval
    public var onDeadlock = DeadlockPolicy.raise
    /// How long a thread may keep the lock while another one waits; at least 1.
    public var switchIntervalNanoseconds: UInt64
    /// Bytes that the live objects may take; beyond it the script gets MemoryError.
    public var heapLimitBytes: Int
    /// Wall time after which the script is stopped with status 124; nil for none.
    public var timeLimitNanoseconds: UInt64?
    /// Depth of calls at which the script gets RecursionError.
    public var recursionLimit: Int
    /// `sys.argv`; element 0 is the script's path as it was given.
    public var arguments: [String]
    /// What the records of a trace may take, in bytes; nil: no trace.
    public var traceLimitBytes: Int?
    /// Which objects' counts are recorded; nil: none.
    public var ledger: LedgerOptions?
    /// Plugins whose modules the script can import.
    public var plugins: [Plugin] = []
    /// Watch what plugins do; nil: do not. How long one may keep the lock without a checkpoint.
    public var greatestPluginHoldNanoseconds: UInt64?
    /// Whether the report lists the latest handoffs one by one.
    public var recentHandoffs = false
    /// Makes rare things happen always; for tests.
    public var stress: Stress = []

    public struct Stress: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        /// The lock changes hands at every checkpoint, for the first three thousand times.
        public static let switchAtEveryCheckpoint = Stress(rawValue: 1)
        /// Cycles are collected at the first checkpoint after every allocation.
        public static let collectAtEveryAllocation = Stress(rawValue: 2)
    }

    public init(
        switchIntervalNanoseconds: UInt64 = 5_000_000, heapLimitBytes: Int = 512 << 20,
        timeLimitNanoseconds: UInt64? = nil, recursionLimit: Int = 1000, arguments: [String] = []
    ) {
        self.switchIntervalNanoseconds = switchIntervalNanoseconds
        self.heapLimitBytes = heapLimitBytes
        self.timeLimitNanoseconds = timeLimitNanoseconds
        self.recursionLimit = recursionLimit
        self.arguments = arguments
    }
}

/// Where a script's text comes from.
public enum ScriptInput: Sendable, Equatable {
    case file(path: String)
    case standardInput
    /// UTF-8 text and the name that messages show for it.
    case source(text: [UInt8], name: String)

    /// The name that tracebacks and reports show.
    public var name: String {
        switch self {
        case .file(let path): path
        case .standardInput: "<stdin>"
        case .source(_, let name): name
        }
    }
}

extension ScriptInput {
    /// The name in tracebacks: CPython shows the working directory before a relative path, not normalised.
    var absoluteName: String {
        if case .file(let path) = self { return absolute(path) }
        return name
    }
}

/// How a run ended.
public struct RunOutcome: Sendable, Equatable {
    /// Status for the process, 0 ... 255.
    public var exitStatus: Int32
    /// The signal that the process should end by instead (2 after an uncaught KeyboardInterrupt, as CPython does).
    public var killedBySignal: Int32?
    public var report: RunReport
    /// Where a trace was asked for.
    public var trace: RunTrace?

    public init(exitStatus: Int32, killedBySignal: Int32? = nil, report: RunReport, trace: RunTrace? = nil) {
        self.exitStatus = exitStatus
        self.killedBySignal = killedBySignal
        self.report = report
        self.trace = trace
    }
}

/// How the runs of one script in several runtimes ended.
public struct SiblingsOutcome: Sendable, Equatable {
    /// As in `RunOutcome`; of the first runtime, by number, that did not end with 0.
    public var exitStatus: Int32
    public var killedBySignal: Int32?
    public var report: SiblingsReport
}

/// Why there was no run.
public struct SessionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The file cannot be opened or read; the value is `errno`.
        case unreadable(Int32)
        /// The path names a directory.
        case isDirectory
        /// The text is not a script; `message` holds the diagnostic as CPython prints it, with its line ends.
        case invalidScript
        /// There is no address space for the records that an option asked for.
        case noMemory
        /// The plugin or workload that a run names is not there.
        case noPlugin
    }

    public let code: Code
    public let message: String
    /// The script's path or name.
    public let place: String

    public init(code: Code, message: String, place: String) {
        self.code = code
        self.message = message
        self.place = place
    }

    public var description: String { message }

    /// The status that CPython ends with in this situation.
    public var exitStatus: Int32 {
        switch code {
        case .unreadable, .noMemory, .noPlugin: 2
        case .isDirectory, .invalidScript: 1
        }
    }
}
