// Stand-ins, replaced by GildSession's Hosting types.
import GildReport
import GildSession

public enum OutputStream: Sendable { case standardOutput, standardError }

public struct RunRequest: Sendable {
    public var workload: String
    public var input: ScriptInput
    public var arguments: [String]
    public var entry: String?
    public var threads: Int
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit: Int
    public var onOutput: @Sendable (OutputStream, [UInt8]) -> Void
    public var onLog: @Sendable (String, String) -> Void
    public var onEnd: @Sendable (RunOutcome) -> Void
    public init(
        workload: String, input: ScriptInput, arguments: [String], entry: String? = nil, threads: Int = 1, timeLimitNanoseconds: UInt64? = nil,
        recursionLimit: Int = 1000, onOutput: @escaping @Sendable (OutputStream, [UInt8]) -> Void = { _, _ in },
        onLog: @escaping @Sendable (String, String) -> Void = { _, _ in }, onEnd: @escaping @Sendable (RunOutcome) -> Void = { _ in }
    ) {
        self.workload = workload
        self.input = input
        self.arguments = arguments
        self.entry = entry
        self.threads = threads
        self.timeLimitNanoseconds = timeLimitNanoseconds
        self.recursionLimit = recursionLimit
        self.onOutput = onOutput
        self.onLog = onLog
        self.onEnd = onEnd
    }
}

public struct HostError: Error, Sendable {
    public enum Code: Sendable, Equatable { case closed, timedOut, noSuchObject, threadLimit }
    public let code: Code
    public let message: String
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

public struct RuntimeSnapshot: Sendable {
    public var name: String
    public var regime: String
    public var takenAtMonotonicNanoseconds: UInt64
    public var isExact: Bool
    public var lock: LockReport
    public var holder: String?
    public var waiting: Int
    public var threadCount: Int
    public var runCount: Int
    public var increfs: Int
    public var decrefs: Int
    public var liveReferences: Int?
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var liveObjects: Int
    public var liveBytes: Int
    public var peakBytes: Int
    public var heapLimitBytes: Int
    public var collections: Int
    public var cyclesCollected: Int
    public var runs: [RunSnapshot]
    public func interval(since earlier: RuntimeSnapshot) -> RuntimeSnapshot { self }
}

public struct RunSnapshot: Sendable {
    public var number: UInt64
    public var workload: String
    public var state: String
    public var threads: Int
    public var startedMonotonicNanoseconds: UInt64
    public var lock: LockReport
    public var increfs: Int
    public var decrefs: Int
    public var allocations: Int
    public var frees: Int
    public var allocatedBytes: Int
    public var freedBytes: Int
    public var instructions: Int
}

public struct ThreadActivity: Sendable {
    public var number: UInt32
    public var name: String
    public var workload: String
    public var state: String
    public var sinceNanoseconds: UInt64
    public var blockedIn: String?
    public var place: String?
    public var function: String?
}
public enum HeapGrouping: Sendable { case type, refcount, site }
public struct HeapGroup: Sendable {
    public var key: String
    public var count: Int
    public var references: Int
    public var bytes: Int
    public var exampleAddress: UInt64
}
public struct ObjectDescription: Sendable {
    public struct Referrer: Sendable {
        public var address: UInt64
        public var type: String
        public var site: String
        public var representation: String
    }
    public var address: UInt64
    public var type: String
    public var refcount: Int
    public var bytes: Int
    public var site: String
    public var workload: String
    public var isTracked: Bool
    public var representation: String
    public var referrers: [Referrer]
    public var referrersTruncated: Bool
    public var referents: [Referrer]
}
public struct HeapLeak: Sendable {
    public var workload: String
    public var run: UInt64
    public var type: String
    public var count: Int
    public var references: Int
    public var bytes: Int
    public var site: String
}
public struct CollectionResult: Sendable {
    public var collectedObjects: Int
    public var nanoseconds: UInt64
    public var liveObjects: Int
}
public struct EvaluationOutcome: Sendable {
    public enum Completion: Sendable { case complete, incomplete, failed, ended }
    public var completion: Completion
    public var exitStatus: Int32?
}
public struct LongHold: Sendable {
    public var workload: String
    public var thread: String
    public var nanoseconds: UInt64
    public var place: String
}
public struct ProgressMark: Sendable { public init() {} }
