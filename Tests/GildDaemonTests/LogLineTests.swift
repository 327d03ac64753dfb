import Foundation
import Testing

@testable import GildDaemon

@Suite struct LogLineTests {
    private func line(_ record: LogRecord, _ form: LineForm) -> String {
        var bytes: [UInt8] = []
        form.append(record, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func record(_ message: LogText = "hello", fields: [LogField] = []) -> LogRecord {
        var record = LogRecord(.output, level: .warning, message, runtime: "main", workload: "web", regime: "gil", fields: fields)
        record.realtimeNanoseconds = 1_769_903_999_123_456_789
        record.monotonicNanoseconds = 42
        return record
    }

    @Test func aTextLineHasTimeLevelWorkloadMessageAndFields() {
        let fields = [
            LogField("count", 3), LogField("share", 0.5), LogField("place", "a b.py:12"), LogField("empty", ""), LogField("flag", true),
            LogField("quote", "say \"hi\""), LogField("report", .json("{}")),
        ]
        #expect(
            line(record(fields: fields), .text(isColoured: false))
                == "2026-01-31T23:59:59.123Z warning  web: hello count=3 share=0.5 place=\"a b.py:12\" empty=\"\" flag=true "
                + "quote=\"say \\\"hi\\\"\"\n")
    }

    @Test func colourIsOnlyWhereItIsAsked() {
        #expect(line(record(), .text(isColoured: true)).contains("\u{1B}[33mwarning\u{1B}[0m"))
        #expect(!line(record(), .text(isColoured: false)).contains("\u{1B}"))
    }

    @Test func aJSONLineHasItsKeysInOrder() {
        let fields = [LogField("count", 3), LogField("nan", Double.nan), LogField("report", .json("{\n \"a\": 1 }"))]
        #expect(
            line(record(fields: fields), .json)
                == "{\"time\":\"2026-01-31T23:59:59.123Z\",\"level\":\"warning\",\"event\":\"output\",\"message\":\"hello\","
                + "\"runtime\":\"main\",\"workload\":\"web\",\"regime\":\"gil\",\"monotonic_ns\":42,"
                + "\"message_id\":\"\(EventKind.output.messageID)\",\"fields\":{\"count\":3,\"nan\":null,\"report\":{\"a\":1}}}\n")
    }

    @Test func noTextForgesARecordInAnyForm() throws {
        var generator = LogTestGenerator(seed: logTestSeed())
        let texts = hostileTexts + (0..<1000).map { _ in randomHostileText(using: &generator) }
        for bytes in texts {
            let text = LogText(bytes: bytes)
            let repaired = String(decoding: bytes, as: UTF8.self)
            var record = record(text, fields: [LogField("text", .text(text)), LogField(repaired, repaired)])
            record.workload = repaired
            for form in [LineForm.json, .text(isColoured: false)] {
                let line = line(record, form)
                #expect(line.utf8.last == 0x0A)
                #expect(!line.unicodeScalars.dropLast().contains(where: isDangerous), "\(bytes)")
            }
            let data = Data(line(record, .json).utf8)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let message = try #require(object["message"] as? String)
            #expect(message == text.description)
            #expect(!message.unicodeScalars.contains(where: isDangerous))
            #expect(unescaped(message) == bytes)
            #expect(object["event"] as? String == "output")
        }
    }

    @Test func aLineOfAScriptEndsWhereItEnds() {
        let lines = Monitor<[String]>([])
        let output = OutputLines { text in lines.withLock { $0.append(text.description) } }
        output.append(Array("one\ntw".utf8))
        output.append(Array("o\r\n\n".utf8))
        output.append(Array("rest".utf8))
        output.finish()
        output.finish()
        #expect(lines.withLock { $0 } == ["one", "two", "", "rest"])
    }

    @Test func aLineWithoutEndCostsNoMoreThanTheLimit() {
        let lines = Monitor<[String]>([])
        let output = OutputLines(limit: 4) { text in lines.withLock { $0.append(text.description) } }
        for _ in 0..<100 { output.append(Array("abcdef".utf8)) }
        output.append(Array("\nnext\n".utf8))
        #expect(lines.withLock { $0 } == ["abcd… [596 bytes cut]", "next"])
    }

    @Test func theJournalIsChosenOnlyWhenStandardErrorIsItsStream() {
        var status = stat()
        let pipe = LogTestPipe()
        fstat(pipe.writeEnd, &status)
        let own = "\(status.st_dev):\(status.st_ino)"
        func resolved(_ stream: String?, _ format: LogFormat = .auto) -> LogFormat {
            format.resolved(journalStream: stream, descriptor: pipe.writeEnd)
        }
        #expect(resolved(own) == .journal)
        #expect(resolved("\(status.st_dev):\(status.st_ino &+ 1)") == .json)
        #expect(resolved(nil) == .json)
        for malformed in ["", ":", "1", "1:2:3", "a:b", "-1:2"] { #expect(resolved(malformed) == .json) }
        #expect(resolved(own, .text) == .text)
    }

    @Test func aTerminalGetsText() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        defer { close(terminal) }
        #expect(LogFormat.auto.resolved(journalStream: nil, descriptor: terminal) == .text)
    }
}
