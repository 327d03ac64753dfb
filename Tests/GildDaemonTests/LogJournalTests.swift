import CGild
import Foundation
import Testing

@testable import GildDaemon

@Suite struct LogJournalTests {
    /// Reads the protocol as journald does; nil where it would refuse.
    private func parse(_ bytes: [UInt8]) -> [(key: String, value: [UInt8])]? {
        var fields: [(String, [UInt8])] = []
        var index = 0
        while index < bytes.count {
            guard let end = bytes[index...].firstIndex(of: 0x0A) else { return nil }
            let line = bytes[index..<end]
            let key: ArraySlice<UInt8>
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                key = line[..<equals]
                fields.append((String(decoding: key, as: UTF8.self), Array(line[(equals + 1)...])))
                index = end + 1
            } else {
                key = line
                guard bytes.count >= end + 9 else { return nil }
                let length = (0..<8).reduce(0) { $0 | Int(bytes[end + 1 + $1]) << (8 * $1) }
                let start = end + 9
                guard bytes.count > start + length, bytes[start + length] == 0x0A else { return nil }
                fields.append((String(decoding: key, as: UTF8.self), Array(bytes[start..<start + length])))
                index = start + length + 1
            }
            let isValid = !key.isEmpty && key.count <= 64 && key.first != UInt8(ascii: "_") && key.allSatisfy {
                (65...90).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
            }
            if !isValid { return nil }
        }
        return fields
    }

    private func fields(_ record: LogRecord) throws -> [String: String] {
        let sink = try JournalSink(path: "/nonexistent")
        var bytes: [UInt8] = []
        sink.encode(record, to: &bytes)
        let parsed = try #require(parse(bytes))
        return Dictionary(uniqueKeysWithValues: parsed.map { ($0.key, String(decoding: $0.value, as: UTF8.self)) })
    }

    @Test func aRecordHasTheFieldsThatOneSearchesFor() throws {
        let fields = try fields(LogRecord(
            .longHold, "held", runtime: "main", workload: "web", regime: "gil",
            fields: [LogField("hold_ns", 12), LogField("place", "a.py:3"), LogField("runtime", "other"), LogField("a-b.c", true)]))
        #expect(fields["MESSAGE"] == "held")
        #expect(fields["MESSAGE_ID"] == EventKind.longHold.messageID)
        #expect(fields["PRIORITY"] == "4")
        #expect(fields["SYSLOG_IDENTIFIER"] == "gild")
        #expect(fields["GILD_EVENT"] == "long-hold")
        #expect(fields["GILD_RUNTIME"] == "main")
        #expect(fields["GILD_WORKLOAD"] == "web")
        #expect(fields["GILD_REGIME"] == "gil")
        #expect(fields["GILD_HOLD_NS"] == "12")
        #expect(fields["GILD_PLACE"] == "a.py:3")
        #expect(fields["GILD_FIELD_RUNTIME"] == "other")
        #expect(fields["GILD_A_B_C"] == "true")
    }

    @Test func aValueWithALineFeedTakesTheBinaryForm() throws {
        var bytes: [UInt8] = []
        JournalSink.appendField("GILD_TEXT", Array("one\nPRIORITY=0\n".utf8), to: &bytes)
        JournalSink.appendField("GILD_NEXT", Array("x".utf8), to: &bytes)
        let parsed = try #require(parse(bytes))
        #expect(parsed.map(\.key) == ["GILD_TEXT", "GILD_NEXT"])
        #expect(parsed[0].value == Array("one\nPRIORITY=0\n".utf8))
    }

    @Test func noTextForgesAField() throws {
        var generator = LogTestGenerator(seed: logTestSeed())
        for bytes in hostileTexts + (0..<500).map({ _ in randomHostileText(using: &generator) }) {
            let name = String(decoding: bytes, as: UTF8.self)
            var record = LogRecord(.output, LogText(bytes: bytes), fields: [LogField(name, .text(LogText(bytes: bytes)))])
            record.workload = name
            let fields = try fields(record)
            #expect(fields.count == 9)
            #expect(fields["PRIORITY"] == "6")
            #expect(unescaped(fields["MESSAGE"] ?? "?") == bytes)
        }
    }

    @Test func aRecordIsOneDatagram() throws {
        let receiver = DatagramReceiver()
        let log = EventLog(sink: try JournalSink(path: receiver.path))
        log.emit(.ready, "ready")
        let (bytes, file) = try #require(receiver.receive())
        #expect(file == -1)
        #expect(parse(bytes)?.first?.value == Array("ready".utf8))
        #expect(log.close(deadline: deadlineFromNow()))
    }

    @Test func aLargeRecordIsASealedFile() throws {
        let receiver = DatagramReceiver()
        let log = EventLog(sink: try JournalSink(path: receiver.path, sendBufferBytes: 65536))
        let document = "[" + [String](repeating: "\"0123456789abcdef\"", count: 10_000).joined(separator: ",") + "]"
        log.emit(.report, "large", fields: [LogField("report", .json(document))])
        let (bytes, file) = try #require(receiver.receive())
        #expect(bytes.count == 0)
        try #require(file >= 0)
        defer { close(file) }
        #expect(fcntl(file, 1024 + 10) == 15)  // F_GET_SEALS: seal, shrink, grow, write
        let content = try #require(FileManager.default.contents(atPath: "/proc/self/fd/\(file)"))
        let parsed = try #require(parse(Array(content)))
        #expect(parsed.last?.key == "GILD_REPORT")
        #expect(parsed.last.map { $0.value == Array(document.utf8) } == true)
        log.emit(.ready, "small")
        #expect(parse(try #require(receiver.receive()).bytes)?.first?.value == Array("small".utf8))
        #expect(log.close(deadline: deadlineFromNow()))
    }

    @Test func aJournalThatIsRestartedMissesNothing() throws {
        let receiver = DatagramReceiver()
        let log = EventLog(sink: try JournalSink(path: receiver.path))
        log.emit(.started, "before")
        _ = try #require(receiver.receive())
        receiver.close()
        for number in 0..<10 { log.emit(.output, "\(number)") }
        receiver.open()
        for number in 0..<10 {
            let (bytes, _) = try #require(receiver.receive())
            #expect(parse(bytes)?.first?.value == Array("\(number)".utf8))
        }
        #expect(log.statistics.dropped.isEmpty)
        #expect(log.close(deadline: deadlineFromNow()))
    }

    @Test func aJournalThatIsNotThereIsTriedAgain() throws {
        let receiver = DatagramReceiver()
        let sink = try JournalSink(path: receiver.path)
        let bytes = Array("MESSAGE=x\n".utf8)
        func outcome() -> SendOutcome {
            var sent = 0
            return sink.send(bytes, from: &sent)
        }
        #expect(outcome() == .sent)
        // It does not read: the socket's queue fills up.
        var full = outcome()
        for _ in 0..<100_000 where full == .sent { full = outcome() }
        #expect(full == .again)
        receiver.closeDescriptor()
        #expect(outcome() == .again)  // its socket is in the file system, nobody listens
        unlink(receiver.path)
        #expect(outcome() == .again)  // not even that
    }

    @Test func aJournalThatDoesNotReadStallsNobody() throws {
        let receiver = DatagramReceiver()
        let log = EventLog(sink: try JournalSink(path: receiver.path), limits: .init(records: 100))
        for number in 0..<20_000 { log.emit(.output, "\(number)") }
        #expect(log.statistics.droppedTotal > 0)
        #expect(!log.close(deadline: deadlineFromNow(seconds: 0.2)))
    }

    @Test func aPathThatIsTooLongIsAnError() {
        #expect(throws: LogError.self) { try JournalSink(path: String(repeating: "x", count: 200)) }
    }
}
