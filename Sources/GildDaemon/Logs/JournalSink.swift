// The journal's native protocol: one datagram is one record, with fields.
//
// Encoding: `KEY=value\n` where the value has no line feed, else `KEY\n`, the value's length as 64 bits little endian, the
// value, `\n`. Keys are A-Z, 0-9 and underscores, do not begin with an underscore (those are journald's own) or a digit, and
// have at most 64 characters.
// Sending: never blocking, to a path and not over a connected socket, so that a journald that was restarted is found again.
//   - EMSGSIZE and ENOBUFS: the record is larger than a datagram may be. It is written to a sealed memory file whose
//     descriptor is sent instead; journald takes it only when the seals make it immutable. The file is made once for a record.
//   - EAGAIN (journald does not read), ECONNREFUSED, ENOENT, ECONNRESET, ENOTCONN (it is not there): try again later.
//   - anything else: this record cannot be sent.
// Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ and systemd.journal-fields(7).

import CGild
import Glibc

public final class JournalSink: LogSink, @unchecked Sendable {
    public static let defaultPath = "/run/systemd/journal/socket"

    private let path: String
    private let identifier: String
    private let socket: Int32
    /// Sealed memory file of the record that is being sent; -1: none. Writer thread only.
    private var memoryFile: Int32 = -1

    /// - Parameter sendBufferBytes: of the socket, as far as the system allows; a record beyond it takes the way of a file.
    public init(
        path: String = JournalSink.defaultPath, identifier: String = "gild", sendBufferBytes: Int32 = 8 << 20
    ) throws(LogError) {
        guard !path.isEmpty, path.utf8.count < Int(gild_socket_path_capacity()) else {
            throw LogError(code: .path, message: "the path of the journal's socket is empty or too long", place: path)
        }
        self.path = path
        self.identifier = identifier
        socket = gild_datagram_socket(sendBufferBytes)
        guard socket >= 0 else {
            let reason = String(cString: strerror(errno))
            throw LogError(code: .socket, message: "cannot make a socket for the journal: \(reason)", place: path)
        }
    }

    deinit {
        close(socket)
        if memoryFile >= 0 { close(memoryFile) }
    }

    public func encode(_ record: LogRecord, to bytes: inout [UInt8]) {
        var value: [UInt8] = []
        func add(_ key: String, _ write: (inout [UInt8]) -> Void) {
            value.removeAll(keepingCapacity: true)
            write(&value)
            JournalSink.appendField(key, value, to: &bytes)
        }
        func add(_ key: String, _ text: String) { add(key) { TextEscaping.append(text, as: .plain, to: &$0) } }
        add("MESSAGE") { TextEscaping.append(record.message, as: .plain, to: &$0) }
        add("MESSAGE_ID", record.kind.messageID)
        add("PRIORITY", String(record.level.priority))
        add("SYSLOG_IDENTIFIER", identifier)
        add("GILD_EVENT", record.kind.rawValue)
        if let runtime = record.runtime { add("GILD_RUNTIME", runtime) }
        if let workload = record.workload { add("GILD_WORKLOAD", workload) }
        if let regime = record.regime { add("GILD_REGIME", regime) }
        add("GILD_TIME") { appendTimestamp(record.realtimeNanoseconds, to: &$0) }
        add("GILD_MONOTONIC_NS", String(record.monotonicNanoseconds))
        for field in record.fields {
            add(JournalSink.key(for: field.name)) { bytes in
                switch field.value {
                case .string(let string): TextEscaping.append(string, as: .plain, to: &bytes)
                case .text(let text): TextEscaping.append(text, as: .plain, to: &bytes)
                case .int(let number): bytes.append(contentsOf: String(number).utf8)
                case .double(let number): bytes.append(contentsOf: "\(number)".utf8)
                case .bool(let flag): bytes.append(contentsOf: "\(flag)".utf8)
                case .json(let document): TextEscaping.appendCompactJSON(document, to: &bytes)
                }
            }
        }
    }

    private static let ownKeys: Set<String> = [
        "GILD_EVENT", "GILD_RUNTIME", "GILD_WORKLOAD", "GILD_REGIME", "GILD_TIME", "GILD_MONOTONIC_NS",
    ]

    /// `hold_p99_ns` → `GILD_HOLD_P99_NS`. What a key may not have becomes an underscore; a name that would give one of the
    /// record's own keys gets `GILD_FIELD_` in front.
    static func key(for name: String) -> String {
        let body = name.utf8.map { byte -> Character in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(Unicode.Scalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): Character(Unicode.Scalar(byte))
            default: "_"
            }
        }
        let key = "GILD_" + String(body)
        return String((ownKeys.contains(key) ? "GILD_FIELD_" + String(body) : key).prefix(64))
    }

    static func appendField(_ key: String, _ value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: key.utf8)
        if value.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes.append(contentsOf: $0) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\n"))
    }

    public func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome {
        // The log starts each record at 0; a file that is left over belongs to a record that was given up.
        if sent == 0 { forgetMemoryFile() }
        if memoryFile < 0 {
            let failure = bytes.withUnsafeBytes { gild_send_datagram(socket, path, $0.baseAddress!, $0.count) }
            switch failure {
            case 0:
                sent = bytes.count
                return .sent
            case EMSGSIZE, ENOBUFS:
                memoryFile = bytes.withUnsafeBytes { gild_sealed_memory_file("gild-log", $0.baseAddress!, $0.count) }
                guard memoryFile >= 0 else { return .failed(errno) }
                sent = 1  // not an amount: says that the file is this record's
            default: return outcome(of: failure)
            }
        }
        let failure = gild_send_descriptor(socket, path, memoryFile)
        guard failure == 0 else { return outcome(of: failure) }
        forgetMemoryFile()
        sent = bytes.count
        return .sent
    }

    private func forgetMemoryFile() {
        if memoryFile >= 0 { close(memoryFile) }
        memoryFile = -1
    }

    private func outcome(of failure: Int32) -> SendOutcome {
        switch failure {
        case EAGAIN, ECONNREFUSED, ECONNRESET, ENOTCONN, ENOENT, EINTR, ENOMEM, ENOBUFS: .again
        default: .failed(failure)
        }
    }
}
