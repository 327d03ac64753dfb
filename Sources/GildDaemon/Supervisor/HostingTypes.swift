// Stand-ins, replaced by GildSession's Hosting types.
import GildReport
import GildSession

public enum ScriptStream: Sendable, Equatable { case standardOutput, standardError }

public struct RunRequest: Sendable {
    public var workload: String
    public var input: ScriptInput
    public var arguments: [String]
    public var entry: String?
    public var threads = 1
    public var timeLimitNanoseconds: UInt64?
    public var recursionLimit = 1000
    public var onOutput: @Sendable (ScriptStream, [UInt8]) -> Void = { _, _ in }
    public var onLog: @Sendable (String, String) -> Void = { _, _ in }
    public var onEnd: @Sendable (RunOutcome) -> Void = { _ in }
    public init(workload: String, input: ScriptInput, arguments: [String] = []) {
        self.workload = workload
        self.input = input
        self.arguments = arguments.isEmpty ? [input.name] : arguments
    }
}

public struct HostError: Error, Sendable {
    public enum Code: Sendable, Equatable { case closed, timedOut, noSuchObject, threadLimit }
    public let code: Code
    public let message: String
}

public struct RuntimeSnapshot: Sendable {
    public var name: String
    public var regime: String
    public var takenAtNanoseconds: UInt64
    public var isExact: Bool
    public var lock: LockReport
    public var holder: String?
    public var waiting: Int
    public var threadCount: Int
    public var increfs: Int
    public var decrefs: Int
    public var liveReferences: Int
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
    public var threadCount: Int
    public var startedAtNanoseconds: UInt64
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
    public enum State: String, Sendable { case holding, waiting, blocked, outside }
    public var number: UInt32
    public var name: String
    public var workload: String
    public var state: State
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
public struct ObjectSummary: Sendable {
    public var address: UInt64
    public var type: String
    public var site: String
    public var representation: String
}
public struct ObjectDescription: Sendable {
    public var address: UInt64
    public var type: String
    public var refcount: Int?
    public var bytes: Int
    public var site: String
    public var workload: String
    public var isTracked: Bool
    public var representation: String
    public var referrers: [ObjectSummary]
    public var referrersTruncated: Bool
    public var referents: [ObjectSummary]
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
public enum EvaluationOutcome: Sendable { case complete, incomplete, failed, ended }
public struct ProgressMark: Sendable { public init() {} }
