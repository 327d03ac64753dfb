// What the tests of the log share: a sink that keeps records, pipes, sockets, and a random generator with a printed seed.

import CGild
import Foundation
import Testing

@testable import GildDaemon

/// Nanoseconds on the monotonic clock, from now.
func deadlineFromNow(seconds: Double = 30) -> UInt64 { gild_monotonic_ns() + UInt64(seconds * 1e9) }

/// Keeps what it is given.
final class CollectingSink: LogSink {
    private let records = Monitor<[LogRecord]>([])

    func encode(_ record: LogRecord, to bytes: inout [UInt8]) {
        records.withLock {
            $0.append(record)
            records.wake()
        }
    }
    func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome { .sent }

    var all: [LogRecord] { records.withLock { $0 } }

    /// The first record of the kind; nil when none came in time.
    func first(_ kind: EventKind) -> LogRecord? {
        records.withLock(when: { $0.contains { $0.kind == kind } }, before: deadlineFromNow()) { all in
            all.first { $0.kind == kind }
        }
    }
}

/// A pipe whose ends close with it.
final class LogTestPipe {
    private(set) var readEnd: Int32
    private(set) var writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    func closeReadEnd() {
        if readEnd >= 0 { close(readEnd) }
        readEnd = -1
    }

    func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    /// Reads until `isEnough` of everything so far, or nothing comes for 30 s.
    func read(until isEnough: ([UInt8]) throws -> Bool) rethrows -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while try !isEnough(all) {
            var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 30_000) > 0 else { break }
            let count = Foundation.read(readEnd, &buffer, buffer.count)
            if count <= 0 { break }
            all += buffer[..<count]
        }
        return all
    }
}

/// A bound datagram socket in a directory of its own, both removed in the end.
final class DatagramReceiver {
    let path: String
    private let directory: String
    private(set) var descriptor: Int32 = -1

    init() {
        directory = makeLogTestDirectory()
        path = directory + "/socket"
        open()
    }

    /// - Parameter abstractName: begins with `@`.
    init(abstractName: String) {
        directory = makeLogTestDirectory()
        path = abstractName
        open()
    }

    deinit {
        close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func open() {
        descriptor = gild_datagram_socket(65536)
        var address = sockaddr_un()
        let length = gild_socket_address(&address, path)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        precondition(result == 0, "bind: \(errno)")
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Nobody listens any more; the path stays.
    func closeDescriptor() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    func close() {
        closeDescriptor()
        unlink(path)
    }

    /// The next datagram, and the descriptor that came with it (-1: none).
    func receive() -> (bytes: [UInt8], file: Int32)? {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var file: Int32 = -1
        let count = gild_receive_datagram(descriptor, &buffer, buffer.count, &file)
        return count < 0 ? nil : (Array(buffer[..<count]), file)
    }
}

func makeLogTestDirectory() -> String {
    var name = Array("/tmp/gild-log-XXXXXX".utf8CString)
    precondition(mkdtemp(&name) != nil)
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// SplitMix64.
struct LogTestGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// GILD_SEED, or a new one, printed.
func logTestSeed(_ function: String = #function) -> UInt64 {
    let seed = ProcessInfo.processInfo.environment["GILD_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64.max)
    print("\(function): GILD_SEED=\(seed)")
    return seed
}

/// Texts that try to be more than a text.
private let hostileStrings = [
    "plain", "", "back\\slash \\n \\x1b \\u{202e}", "two\nlines", "carriage\rreturn", "tab\tand\u{0B}vertical\u{0C}feed",
    "\u{1B}[2J\u{1B}]0;title\u{07}", "nul\0byte", "del\u{7F}", "c1 \u{80}\u{85}\u{9B}31m\u{9F}",
    "line\u{2028}separator\u{2029}", "\u{200E}\u{200F}\u{061C}", "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}evil",
    "\u{2066}\u{2067}\u{2068}\u{2069}", "zero\u{200B}width\u{200C}\u{200D}\u{2060}", "\u{FEFF}bom",
    "\u{E0001}\u{E0041}tags", "soft\u{AD}hyphen", "\u{3164}filler\u{115F}", "\"quotes\" and = and '", "naïve ☃ 日本 🙂 ❤\u{FE0F}",
    "2026-01-31T23:59:59.123Z error web: forged", "{\"level\":\"error\"}", "\r\n\r\n",
]

/// The same with bytes that are no text.
let hostileTexts: [[UInt8]] = hostileStrings.map { Array($0.utf8) } + [
    [0xEF, 0xBF, 0xBE, 0xEF, 0xBF, 0xBF], [0xEF, 0xB7, 0x90], [0xF4, 0x8F, 0xBF, 0xBF],
    [0xFF, 0xFE, 0x41], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x99],
    [0xC2], [0x80], [0xE2, 0x80], [0xE2, 0x80, 0x0A], [0xF8, 0x88, 0x80, 0x80, 0x80],
]

/// What must not reach a reader, by ranges from the Unicode code charts rather than by properties.
func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFDD0...0xFDEF,
        0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
        true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
}

/// Undoes the visible escapes; nil for a text that holds none of their forms after a backslash.
func unescaped(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = text.unicodeScalars[...]
    func take(_ count: Int) -> String? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(String.UnicodeScalarView(rest.prefix(count)))
    }
    while let scalar = rest.popFirst() {
        guard scalar == "\\" else {
            result += Array(String(scalar).utf8)
            continue
        }
        switch rest.popFirst() {
        case "\\": result.append(0x5C)
        case "n": result.append(0x0A)
        case "r": result.append(0x0D)
        case "t": result.append(0x09)
        case "x":
            guard let digits = take(2), let byte = UInt8(digits, radix: 16) else { return nil }
            result.append(byte)
        case "u":
            guard take(1) == "{", let end = rest.firstIndex(of: "}") else { return nil }
            guard let value = UInt32(String(rest[..<end]), radix: 16), let scalar = Unicode.Scalar(value) else { return nil }
            result += Array(String(scalar).utf8)
            rest = rest[rest.index(after: end)...]
        default: return nil
        }
    }
    return result
}
