// One event = one record. A record is plain data: it is made by whoever has something to say (often a thread that holds
// a runtime's lock), queued by `EventLog`, and turned into bytes by a sink on the writer's thread only.
//
// Texts stay as they came, bytes of a script included; escaping happens when a sink writes (TextEscaping.swift), so that
// no caller can forget it and no emitter pays for it.

import CGild
import Glibc

/// Importance of a record, least first. syslog(3)'s levels without `alert` and `emerg`, which are not a daemon's to use.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical

    /// syslog's number: 7 debug … 2 critical.
    public var priority: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.priority > right.priority }

    /// The level of `gild.log(message, level=…)` and of a configuration; nil for an unknown name. Also takes Python's `warn`.
    public init?(name: String) {
        guard let level = name == "warn" ? .warning : LogLevel(rawValue: name) else { return nil }
        self = level
    }
}

/// Text from anywhere: UTF-8 that nobody has checked, perhaps already cut.
public struct LogText: Sendable, Equatable, ExpressibleByStringInterpolation, CustomStringConvertible {
    enum Storage: Sendable, Equatable {
        case string(String)
        case bytes([UInt8])
    }
    let storage: Storage
    /// Bytes that followed and were thrown away before the record was made.
    public let cutByteCount: Int

    public init(_ string: String) { (storage, cutByteCount) = (.string(string), 0) }
    public init(stringLiteral value: String) { self.init(value) }
    public init(stringInterpolation: DefaultStringInterpolation) { self.init(String(stringInterpolation: stringInterpolation)) }
    /// Bytes that may be invalid UTF-8, as a script printed them.
    public init(bytes: [UInt8], cutByteCount: Int = 0) {
        storage = .bytes(bytes)
        self.cutByteCount = cutByteCount
    }

    public var byteCount: Int {
        switch storage {
        case .string(let string): string.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        switch storage {
        case .string(var string): string.withUTF8(body)
        case .bytes(let bytes): bytes.withUnsafeBufferPointer(body)
        }
    }

    /// The escaped text.
    public var description: String { TextEscaping.visible(self) }
}

/// Value of a field.
public enum LogValue: Sendable, Equatable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    /// Bytes of a script.
    case text(LogText)
    /// A JSON document (valid, from an encoder of gild's own). Left out of the text form, which is for people.
    case json(String)

    var byteCount: Int {
        switch self {
        case .string(let string), .json(let string): string.utf8.count
        case .text(let text): text.byteCount
        case .int, .double, .bool: 8
        }
    }
}

/// A named value. Names are lower case with underscores and, where there is one, a unit at the end: `hold_p99_ns`.
public struct LogField: Sendable, Equatable {
    public var name: String
    public var value: LogValue

    public init(_ name: String, _ value: LogValue) { (self.name, self.value) = (name, value) }
    public init(_ name: String, _ value: String) { self.init(name, .string(value)) }
    public init(_ name: String, _ value: Int) { self.init(name, .int(value)) }
    public init(_ name: String, _ value: Double) { self.init(name, .double(value)) }
    public init(_ name: String, _ value: Bool) { self.init(name, .bool(value)) }
}

/// One event.
public struct LogRecord: Sendable, Equatable {
    public var kind: EventKind
    public var level: LogLevel
    public var message: LogText
    /// CLOCK_MONOTONIC and CLOCK_REALTIME of the event (not of the writing), nanoseconds.
    public var monotonicNanoseconds: UInt64
    public var realtimeNanoseconds: UInt64
    public var runtime: String?
    public var workload: String?
    public var regime: String?
    /// In the order in which every sink shows them.
    public var fields: [LogField]

    /// - Parameter level: nil takes the kind's own.
    public init(
        _ kind: EventKind, level: LogLevel? = nil, _ message: LogText, runtime: String? = nil, workload: String? = nil,
        regime: String? = nil, fields: [LogField] = []
    ) {
        self.kind = kind
        self.level = level ?? kind.level
        self.message = message
        monotonicNanoseconds = gild_monotonic_ns()
        realtimeNanoseconds = currentRealtimeNanoseconds()
        self.runtime = runtime
        self.workload = workload
        self.regime = regime
        self.fields = fields
    }

    /// What the record counts for in the queue's limit: its texts and a flat amount for the rest.
    var queuedByteCount: Int {
        var count = 256 + message.byteCount
        count += (runtime?.utf8.count ?? 0) + (workload?.utf8.count ?? 0) + (regime?.utf8.count ?? 0)
        for field in fields { count += 48 + field.name.utf8.count + field.value.byteCount }
        return count
    }
}

func currentRealtimeNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// RFC 3339 in UTC with milliseconds: `2026-01-31T23:59:59.123Z`. Appends 24 bytes.
func appendTimestamp(_ realtimeNanoseconds: UInt64, to bytes: inout [UInt8]) {
    var seconds = time_t(realtimeNanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ value: Int, _ count: Int) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(48 + value / divisor % 10))
            divisor /= 10
        }
    }
    digits(Int(parts.tm_year) + 1900, 4)
    bytes.append(UInt8(ascii: "-"))
    digits(Int(parts.tm_mon) + 1, 2)
    bytes.append(UInt8(ascii: "-"))
    digits(Int(parts.tm_mday), 2)
    bytes.append(UInt8(ascii: "T"))
    digits(Int(parts.tm_hour), 2)
    bytes.append(UInt8(ascii: ":"))
    digits(Int(parts.tm_min), 2)
    bytes.append(UInt8(ascii: ":"))
    digits(Int(parts.tm_sec), 2)
    bytes.append(UInt8(ascii: "."))
    digits(Int(realtimeNanoseconds / 1_000_000 % 1000), 3)
    bytes.append(UInt8(ascii: "Z"))
}
