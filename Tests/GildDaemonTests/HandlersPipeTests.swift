import GildControl
import Testing

@testable import GildDaemon

@Suite struct HandlersPipeTests {
    private func text(_ pieces: [ScriptInterface.Output]) -> String {
        String(decoding: pieces.flatMap { $0.bytes ?? [] }, as: UTF8.self)
    }

    @Test func piecesComeOutInTheirOrder() {
        let pipe = OutputPipe(isPatient: false)
        pipe.write(.stdout, Array("a".utf8))
        pipe.write(.stdout, Array("b".utf8))
        pipe.write(.stderr, Array("c".utf8))
        pipe.write(.stdout, Array("d".utf8))
        let (pieces, hasMore) = pipe.take(1000)
        #expect(pieces == [.init(stream: .stdout, text: "ab"), .init(stream: .stderr, text: "c"), .init(stream: .stdout, text: "d")])
        #expect(!hasMore)
    }

    @Test func whatIsBeyondTheCapacityIsCountedAndTold() {
        let pipe = OutputPipe(isPatient: false)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        for _ in 0..<20 { pipe.write(.stdout, chunk) }
        var all = ""
        var hasMore = true
        while hasMore {
            let (pieces, more) = pipe.take(100_000)
            all += text(pieces)
            hasMore = more
        }
        #expect(all.hasSuffix("gild: \(4 * chunk.count) bytes of output were lost here: nobody read them\n"))
        #expect(all.utf8.filter { $0 == UInt8(ascii: "x") }.count == OutputPipe.capacity)
    }

    @Test func aPatientWriterWaitsForItsReader() {
        let pipe = OutputPipe(isPatient: true)
        pipe.write(.stdout, [UInt8](repeating: 0x78, count: OutputPipe.comfortable))
        let isThrough = Answered<Bool>()
        startThread(named: "test-writer") {
            pipe.waitForRoom { false }
            isThrough(true)
        }
        #expect(isThrough.all.isEmpty)
        _ = pipe.take(OutputPipe.comfortable)
        #expect(isThrough.first == true)
    }

    @Test func nobodyWaitsForAReaderThatIsGone() {
        let pipe = OutputPipe(isPatient: true)
        pipe.write(.stdout, [UInt8](repeating: 0x78, count: OutputPipe.comfortable))
        pipe.breakOff()
        pipe.waitForRoom { false }
        #expect(pipe.take(1000).pieces.isEmpty)
    }

    @Test func aWriterThatIsWantedElsewhereStopsWaiting() {
        let pipe = OutputPipe(isPatient: true)
        pipe.write(.stdout, [UInt8](repeating: 0x78, count: OutputPipe.comfortable))
        var asked = 0
        pipe.waitForRoom {
            asked += 1
            return asked > 1
        }
        #expect(asked == 2)
    }

    @Test func historiesKeepTheNewestAndCountTheRest() {
        let history = OutputHistory(limit: 10 * (OutputHistory.Line.overhead + 1))
        for number in 0..<25 {
            history.append([.init(realtimeNanoseconds: 0, run: 1, stream: .standardOutput, bytes: [UInt8(number)])])
        }
        var next = history.start(newest: nil)
        let excerpt = history.read(from: &next, byteLimit: .max)
        #expect(excerpt.dropped == 15)
        #expect(excerpt.lines.map { $0.bytes[0] } == Array(15..<25))
        var last = history.start(newest: 2)
        #expect(history.read(from: &last, byteLimit: .max).lines.map { $0.bytes[0] } == [23, 24])
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func linesAreTheSameHoweverTheOutputIsCut(_ size: Int) {
        let text = Array("one\r\ntwo\n\nthree\nfour".utf8)
        var splitter = LineSplitter()
        var lines: [[UInt8]] = []
        var start = 0
        while start < text.count {
            lines += splitter.append(Array(text[start..<min(start + size, text.count)]))
            start += size
        }
        if let rest = splitter.finish() { lines.append(rest) }
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "two", "", "three", "four"])
    }
}
