import Foundation
import Logging
import Testing

@testable import GildDaemon

@Suite(.timeLimit(.minutes(2))) struct LogQueueTests {
    private func jsonLines(_ bytes: [UInt8]) throws -> [[String: Any]] {
        try bytes.split(separator: 0x0A).map {
            try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
    }

    @Test func recordsComeInOrder() throws {
        let pipe = LogTestPipe()
        let log = EventLog(sink: StreamSink(descriptor: pipe.writeEnd, line: .json))
        for number in 0..<100 { log.emit(.output, "\(number)") }
        #expect(log.close(deadline: deadlineFromNow()))
        pipe.closeWriteEnd()
        let lines = try jsonLines(pipe.read { _ in false })
        #expect(lines.map { $0["message"] as? String } == (0..<100).map { "\($0)" })
    }

    @Test func aPipeThatNobodyReadsStallsNobodyAndEveryRecordIsAccountedFor() throws {
        let pipe = LogTestPipe()
        let log = EventLog(sink: StreamSink(descriptor: pipe.writeEnd, line: .json), limits: .init(records: 500))
        let total = 20_000
        // Returns at all: emitters do not wait for the pipe, which holds a few hundred lines.
        for number in 0..<total { log.emit(number.isMultiple(of: 2) ? .output : .scriptLog, "\(number)") }
        #expect(log.statistics.droppedTotal > 0)

        // With a reader everything that was kept comes in order, and records say how much was not.
        var numbers: [Int] = []
        var reported: [String: Int] = [:]
        _ = try pipe.read { bytes in
            guard bytes.last == 0x0A else { return false }
            (numbers, reported) = ([], [:])
            for line in try jsonLines(bytes) {
                if line["event"] as? String == "records-dropped" {
                    reported.merge(line["fields"] as? [String: Int] ?? [:]) { $0 + $1 }
                } else if let number = (line["message"] as? String).flatMap(Int.init) {
                    numbers.append(number)
                }
            }
            return numbers.count + (reported["count"] ?? 0) == total
        }
        #expect(numbers.count + (reported["count"] ?? 0) == total)
        #expect(numbers == numbers.sorted())
        let dropped = log.statistics.dropped
        #expect(dropped[.output] != nil && reported["dropped_output"] == dropped[.output])
        #expect(dropped[.scriptLog] != nil && reported["dropped_script_log"] == dropped[.scriptLog])
        #expect(log.close(deadline: deadlineFromNow()))
    }

    @Test func dropsAreReportedAsSoonAsThereIsRoomWithoutAnotherRecord() throws {
        let sink = GateSink()
        let log = EventLog(sink: sink, limits: .init(records: 1))
        log.emit(.started, "in flight")
        _ = try #require(sink.first(.started))
        // The queue is empty, but the record in flight counts.
        log.emit(.output, "dropped")
        log.emit(.output, "dropped too")
        sink.open()
        let report = try #require(sink.first(.recordsDropped))
        #expect(report.fields == [LogField("count", 2), LogField("dropped_output", 2)])
    }

    @Test func theQueueIsBoundedInBytesToo() {
        let pipe = LogTestPipe()
        let log = EventLog(
            sink: StreamSink(descriptor: pipe.writeEnd, line: .json), limits: .init(records: 1_000_000, bytes: 100_000))
        let text = String(repeating: "x", count: 10_000)
        for _ in 0..<1000 { log.emit(.output, LogText(text)) }
        #expect(log.statistics.pending <= 10)
        #expect(log.statistics.droppedTotal >= 900)
        log.close(deadline: deadlineFromNow(seconds: 0.1))
        // The writer is done with the pipe before its descriptor is another test's.
        log.close(deadline: deadlineFromNow())
    }

    @Test func aReaderThatIsGoneDoesNotEndTheProcess() {
        let pipe = LogTestPipe()
        pipe.closeReadEnd()
        let log = EventLog(sink: StreamSink(descriptor: pipe.writeEnd, line: .json))
        log.emit(.output, "to nobody")
        #expect(log.flush(deadline: deadlineFromNow()))
        #expect(log.statistics.dropped == [.output: 1])
    }

    @Test func aClosedDescriptorCostsRecordsAndTheNextSinkTellsHowMany() throws {
        let log = EventLog(sink: StreamSink(descriptor: 10_000, line: .json))
        for _ in 0..<5 { log.emit(.output, "lost") }
        #expect(log.flush(deadline: deadlineFromNow()))
        let sink = CollectingSink()
        log.setSink(sink)
        log.emit(.output, "kept")
        let report = try #require(sink.first(.recordsDropped))
        #expect(report.fields == [LogField("count", 5), LogField("dropped_output", 5)])
        #expect(sink.all.map(\.kind) == [.output, .recordsDropped])
    }

    @Test func aFullDiskStallsNobodyAndRecordsWaitForRoom() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(full >= 0)
        defer { close(full) }
        let log = EventLog(sink: StreamSink(descriptor: full, line: .json), limits: .init(records: 10))
        for number in 0..<1000 { log.emit(.output, "\(number)") }
        #expect(log.statistics.pending == 10)
        let sink = CollectingSink()
        log.setSink(sink)
        _ = try #require(sink.first(.recordsDropped))
        #expect(sink.all.prefix(10).map(\.message.description) == (0..<10).map { "\($0)" })
    }

    @Test func aLineThatWasCutShortIsEndedBeforeTheNext() throws {
        let pipe = LogTestPipe()
        _ = fcntl(pipe.writeEnd, 1024 + 7, 8192)  // F_SETPIPE_SZ
        let sink = StreamSink(descriptor: pipe.writeEnd, line: .text(isColoured: false))
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
        var sent = 0
        #expect(sink.send(long, from: &sent) == .again)
        #expect(sent > 0 && sent < long.count)
        _ = pipe.read { $0.count >= sent }
        sent = 0
        #expect(sink.send(Array("next\n".utf8), from: &sent) == .sent)
        #expect(pipe.read { $0.last == 0x0A && $0.count > 1 } == Array("\nnext\n".utf8))
    }

    @Test func manyThreadsLoseNothing() {
        let sink = CollectingSink()
        let log = EventLog(sink: sink, limits: .init(records: 100_000))
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<1000 { log.emit(.output, "\(number)", fields: [LogField("thread", thread)]) }
        }
        #expect(log.flush(deadline: deadlineFromNow()))
        #expect(sink.all.count == 8000)
        for thread in 0..<8 {
            let own = sink.all.filter { $0.fields == [LogField("thread", thread)] }
            #expect(own.map(\.message.description) == (0..<1000).map { "\($0)" })
        }
    }

    @Test func aLevelKeepsWhatIsAtLeastAsImportant() {
        let sink = CollectingSink()
        let log = EventLog(sink: sink, level: .warning)
        for level in LogLevel.allCases { log.emit(.output, level: level, "\(level.rawValue)") }
        log.flush(deadline: deadlineFromNow())
        #expect(sink.all.map(\.level) == [.warning, .error, .critical])
        log.setLevel(.debug)
        #expect(log.level == .debug)
        log.emit(.output, level: .debug, "now")
        log.flush(deadline: deadlineFromNow())
        #expect(sink.all.last?.level == .debug)
    }

    @Test func aRecordBelowTheLevelIsNotEvenMade() {
        let log = EventLog(sink: CollectingSink(), level: .error)
        func message() -> LogText {
            Issue.record("made")
            return ""
        }
        log.emit(.output, message())
    }

    @Test func afterClosingARecordIsCountedAndNotWritten() {
        let sink = CollectingSink()
        let log = EventLog(sink: sink)
        log.emit(.stopped, "last")
        #expect(log.close(deadline: deadlineFromNow()))
        log.emit(.output, "late")
        #expect(sink.all.map(\.kind) == [.stopped])
        #expect(log.statistics.dropped == [.output: 1])
    }

    @Test func flushGivesUpAtItsDeadline() {
        let log = EventLog(sink: StuckSink())
        log.emit(.output, "stuck")
        #expect(!log.flush(deadline: deadlineFromNow(seconds: 0.05)))
        #expect(!log.close(deadline: deadlineFromNow(seconds: 0.05)))
    }

    @Test func librariesLogIntoTheSameLog() throws {
        let sink = CollectingSink()
        let log = EventLog(sink: sink, level: .debug)
        var logger = Logger(label: "lifecycle") { EventLogHandler(label: $0, log: log) }
        logger[metadataKey: "service"] = "control\nsocket"
        logger.warning("slow", metadata: ["attempt": "3"])
        logger.info("detail")
        log.flush(deadline: deadlineFromNow())
        let record = try #require(sink.all.first)
        #expect(record.kind == .library && record.level == .warning && record.message.description == "slow")
        #expect(record.fields == [LogField("label", "lifecycle"), LogField("attempt", "3"), LogField("service", "control\nsocket")])
        #expect(sink.all.map(\.level) == [.warning, .debug])
    }

    /// Sends nothing until it is opened.
    private final class GateSink: LogSink {
        private let records = CollectingSink()
        private let isOpen = Monitor(false)

        func open() { isOpen.withLock { $0 = true } }
        func first(_ kind: EventKind) -> LogRecord? { records.first(kind) }
        func encode(_ record: LogRecord, to bytes: inout [UInt8]) { records.encode(record, to: &bytes) }
        func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome { isOpen.withLock { $0 } ? .sent : .again }
    }

    private final class StuckSink: LogSink {
        func encode(_ record: LogRecord, to bytes: inout [UInt8]) { bytes.append(0) }
        func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome { .again }
    }
}
