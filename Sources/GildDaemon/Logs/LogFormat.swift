// Which form the log takes, and the two forms that are lines: text for people, JSON for programs. The third, the
// journal's, is in JournalSink.swift.
//
// `auto` decides as systemd's own libraries do: the service manager sets JOURNAL_STREAM to the device and inode of the
// stream that it gave the service as standard error; only if standard error still *is* that stream does the log go to the
// journal (a service whose output was redirected, or a child of one, must not). A terminal gets text, everything else JSON.
// Source: systemd.exec(5), $JOURNAL_STREAM.

import Glibc

public enum LogFormat: String, Sendable, CaseIterable {
    case auto, journal, text, json

    /// - Parameters:
    ///   - journalStream: value of JOURNAL_STREAM, `device:inode` in decimal.
    ///   - descriptor: the stream that the log would be written to.
    /// - Returns: never `auto`.
    public func resolved(
        journalStream: String? = getenv("JOURNAL_STREAM").map { String(cString: $0) }, descriptor: Int32 = STDERR_FILENO
    ) -> LogFormat {
        guard self == .auto else { return self }
        if let journalStream, LogFormat.isJournalStream(journalStream, descriptor: descriptor) { return .journal }
        return isatty(descriptor) == 1 ? .text : .json
    }

    static func isJournalStream(_ value: String, descriptor: Int32) -> Bool {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        var status = stat()
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            fstat(descriptor, &status) == 0
        else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }

    /// The sink for this form, on standard error or the journal. Throws when there is no journal to talk to.
    public func makeSink(descriptor: Int32 = STDERR_FILENO) throws(LogError) -> any LogSink {
        switch resolved(descriptor: descriptor) {
        case .journal: try JournalSink()
        case .text: StreamSink(descriptor: descriptor, line: .text(isColoured: LogFormat.wantsColours(descriptor)))
        case .json, .auto: StreamSink(descriptor: descriptor, line: .json)
        }
    }

    /// A terminal that did not say NO_COLOR (https://no-color.org) and is not `dumb`.
    static func wantsColours(_ descriptor: Int32) -> Bool {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return isatty(descriptor) == 1 && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
    }
}

/// What a log cannot do.
public struct LogError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No socket could be made.
        case socket
        /// The path of a socket is empty or too long.
        case path
    }
    public let code: Code
    public let message: String
    /// The path that it was about.
    public let place: String

    public var description: String { message }
}

/// One record as one line.
public enum LineForm: Sendable, Equatable {
    /// `2026-01-31T23:59:59.123Z warning web: message key=value`
    case text(isColoured: Bool)
    /// One JSON object (RFC 8259); keys in this order, absent ones left out: time, level, event, message, runtime,
    /// workload, regime, monotonic_ns, message_id, fields.
    case json

    /// Appends the line with its line end, the only one in it.
    public func append(_ record: LogRecord, to line: inout [UInt8]) {
        switch self {
        case .text(let isColoured): LineForm.appendText(record, isColoured: isColoured, to: &line)
        case .json: LineForm.appendJSON(record, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
    }

    private static func appendText(_ record: LogRecord, isColoured: Bool, to line: inout [UInt8]) {
        func styled(_ style: String, _ body: (inout [UInt8]) -> Void) {
            if isColoured && !style.isEmpty { line.append(contentsOf: "\u{1B}[\(style)m".utf8) }
            body(&line)
            if isColoured && !style.isEmpty { line.append(contentsOf: "\u{1B}[0m".utf8) }
        }
        styled("2") { appendTimestamp(record.realtimeNanoseconds, to: &$0) }
        line.append(UInt8(ascii: " "))
        let style =
            switch record.level {
            case .critical, .error: "1;31"
            case .warning: "33"
            case .notice: "1"
            case .info: ""
            case .debug: "2"
            }
        styled(style) { $0.append(contentsOf: record.level.rawValue.utf8) }
        for _ in record.level.rawValue.utf8.count..<9 { line.append(UInt8(ascii: " ")) }
        if let name = record.workload ?? record.runtime {
            styled("36") { TextEscaping.append(name, as: .plain, to: &$0) }
            line.append(contentsOf: ": ".utf8)
        }
        TextEscaping.append(record.message, as: .plain, to: &line)
        for field in record.fields {
            if case .json = field.value { continue }
            line.append(UInt8(ascii: " "))
            styled("2") {
                TextEscaping.append(field.name, as: .plain, to: &$0)
                $0.append(UInt8(ascii: "="))
            }
            appendTextValue(field.value, to: &line)
        }
    }

    private static func appendTextValue(_ value: LogValue, to line: inout [UInt8]) {
        let text: LogText
        switch value {
        case .int(let number): return line.append(contentsOf: String(number).utf8)
        case .double(let number): return line.append(contentsOf: "\(number)".utf8)
        case .bool(let flag): return line.append(contentsOf: "\(flag)".utf8)
        case .string(let string): text = LogText(string)
        case .text(let bytes): text = bytes
        case .json: return
        }
        let needsQuotes = text.withBytes { bytes in
            bytes.isEmpty || bytes.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") }
        }
        if needsQuotes { line.append(UInt8(ascii: "\"")) }
        TextEscaping.append(text, as: needsQuotes ? .quoted : .plain, to: &line)
        if needsQuotes { line.append(UInt8(ascii: "\"")) }
    }

    private static func appendJSON(_ record: LogRecord, to line: inout [UInt8]) {
        func key(_ name: String, isFirst: Bool = false) {
            if !isFirst { line.append(UInt8(ascii: ",")) }
            quoted(name)
            line.append(UInt8(ascii: ":"))
        }
        func quoted(_ string: String) {
            line.append(UInt8(ascii: "\""))
            TextEscaping.append(string, as: .json, to: &line)
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "{"))
        key("time", isFirst: true)
        line.append(UInt8(ascii: "\""))
        appendTimestamp(record.realtimeNanoseconds, to: &line)
        line.append(UInt8(ascii: "\""))
        key("level")
        quoted(record.level.rawValue)
        key("event")
        quoted(record.kind.rawValue)
        key("message")
        line.append(UInt8(ascii: "\""))
        TextEscaping.append(record.message, as: .json, to: &line)
        line.append(UInt8(ascii: "\""))
        for (name, value) in [("runtime", record.runtime), ("workload", record.workload), ("regime", record.regime)] {
            guard let value else { continue }
            key(name)
            quoted(value)
        }
        key("monotonic_ns")
        line.append(contentsOf: String(record.monotonicNanoseconds).utf8)
        key("message_id")
        quoted(record.kind.messageID)
        if !record.fields.isEmpty {
            key("fields")
            line.append(UInt8(ascii: "{"))
            for (index, field) in record.fields.enumerated() {
                key(field.name, isFirst: index == 0)
                switch field.value {
                case .int(let number): line.append(contentsOf: String(number).utf8)
                case .double(let number): line.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
                case .bool(let flag): line.append(contentsOf: "\(flag)".utf8)
                case .string(let string): quoted(string)
                case .text(let text):
                    line.append(UInt8(ascii: "\""))
                    TextEscaping.append(text, as: .json, to: &line)
                    line.append(UInt8(ascii: "\""))
                case .json(let document): TextEscaping.appendCompactJSON(document, to: &line)
                }
            }
            line.append(UInt8(ascii: "}"))
        }
        line.append(UInt8(ascii: "}"))
    }
}
