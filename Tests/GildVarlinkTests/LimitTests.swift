import Foundation
import GildVarlink
import Testing

@Suite(.serialized) struct LimitTests {
    private let second: UInt64 = 1_000_000_000

    private func limitError(_ limit: String, _ maximum: Int) -> JSONValue {
        ["error": "varlink.server.LimitExceeded", "parameters": ["limit": .string(limit), "maximum": .integer(Int64(maximum))]]
    }

    @Test func aClientTooManyIsToldAndClosed() throws {
        try withService(limits: VarlinkLimits(clients: 2, clientsPerUID: 64)) { running in
            var peers = try (0..<2).map { _ in try VarlinkClient(path: running.path) }
            for peer in peers { _ = try peer.call("org.varlink.service.GetInfo", timeout: 10) }
            #expect(try RawPeer(running.path).receiveAll() == [limitError("clients", 2)])
            #expect(running.server.counters.refused == 1)
            peers.removeLast()
            #expect(eventually { running.server.connectionCount == 1 })
            _ = try VarlinkClient(path: running.path).call("org.varlink.service.GetInfo", timeout: 10)
        }
    }

    @Test func aUserHasALimitOfItsOwn() throws {
        try withService(limits: VarlinkLimits(clients: 64, clientsPerUID: 1)) { running in
            let peer = try VarlinkClient(path: running.path)
            _ = try peer.call("org.varlink.service.GetInfo", timeout: 10)
            #expect(try RawPeer(running.path).receiveAll() == [limitError("clients_per_uid", 1)])
        }
    }

    @Test(arguments: [true, false])
    func aMessageThatIsTooLongClosesWithoutBeingRead(isEnded: Bool) throws {
        try withService(limits: VarlinkLimits(frameBytes: 100_000)) { running in
            let peer = try RawPeer(running.path)
            // The server may close while this is written.
            let sent = Gate()
            run {
                peer.send([UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20) + (isEnded ? [0] : []))
                sent.signal()
            }
            #expect(try peer.receive() == limitError("frame", 100_000))
            #expect(try peer.receive() == nil)
            #expect(sent.wait())
        }
    }

    @Test func aMessageOfExactlyTheLimitIsTaken() throws {
        try withService(limits: VarlinkLimits(frameBytes: 100_000)) { running in
            let start = #"{"method":"io.test.Service.Note","parameters":{"text":""#
            let end = #""}}"#
            let peer = try RawPeer(running.path)
            peer.call(start + String(repeating: "x", count: 100_000 - start.utf8.count - end.utf8.count) + end)
            #expect(try peer.receive() == ["parameters": [:]])
            peer.call(start + String(repeating: "x", count: 100_001 - start.utf8.count - end.utf8.count) + end)
            #expect(try peer.receive() == limitError("frame", 100_000))
        }
    }

    @Test func deepNestingAndValuesThatTakeTooMuchMemoryAreRefused() throws {
        try withService { running in
            for text in [String(repeating: "[", count: 10_000), "[" + String(repeating: "[],", count: 300_000) + "1]"] {
                let peer = try RawPeer(running.path)
                peer.call(#"{"method":"a.b","parameters":\#(text)}"#)
                #expect(try peer.receive()?["error"] == "varlink.server.MalformedMessage")
                #expect(try peer.receive() == nil)
            }
        }
    }

    @Test func anIncompleteMessageIsClosedAtItsTimeHoweverItDrips() throws {
        try withService(limits: VarlinkLimits(partialFrameTimeoutNanoseconds: second / 5)) { running in
            let peer = try RawPeer(running.path)
            run { while peer.send("{") { usleep(20_000) } }
            #expect(try peer.receive()?["parameters"]?["limit"] == "partial_frame_timeout")
            #expect(try peer.receive() == nil)
            #expect(running.server.counters.timedOut == 1)
        }
    }

    @Test func anIdleConnectionIsClosedAndABusyOneIsNot() throws {
        try withService(limits: VarlinkLimits(idleTimeoutNanoseconds: second / 5)) { running in
            let busy = try RawPeer(running.path)
            busy.call(#"{"method":"io.test.Service.Hang"}"#)
            let idle = try RawPeer(running.path)
            #expect(try idle.receive() == nil)
            #expect(eventually { running.server.connectionCount == 1 })
            #expect(running.service.closed.value == 0)
        }
    }

    @Test func aSubscriberThatNeverReadsIsClosed() throws {
        try withService(limits: VarlinkLimits(outputBufferBytes: 200_000)) { running in
            let deaf = try RawPeer(running.path)
            deaf.call(#"{"method":"io.test.Service.Flood","more":true}"#)
            #expect(running.service.floodEnded.wait())
            #expect(eventually { running.server.connectionCount == 0 })
            #expect(running.server.counters.overflowed == 1)
            // Others are served.
            _ = try VarlinkClient(path: running.path).call("org.varlink.service.GetInfo", timeout: 10)
        }
    }

    @Test func whoCallsWithoutReadingStopsItself() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            var timeout = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(peer.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            let call = #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"io.test.Service"}}"# + "\0"
            var sent = 0
            while sent < 100_000, peer.send(call) { sent += 1 }
            #expect(sent < 100_000)
            #expect(running.server.counters.bytesReceived < 2 << 20)
            #expect(running.server.connectionCount == 1)
        }
    }

    @Test func anAnswerOverTheLimitIsAnError() throws {
        try withService(limits: VarlinkLimits(outputBufferBytes: 100_000)) { running in
            let peer = try RawPeer(running.path)
            peer.call(#"{"method":"io.test.Service.Big","parameters":{"bytes":200000}}"#)
            #expect(try peer.receive() == limitError("output_buffer", 100_000))
            peer.call(#"{"method":"io.test.Service.Big","parameters":{"bytes":50000}}"#)
            #expect(try peer.receive()?["parameters"]?["text"]?.stringValue?.utf8.count == 50000)
        }
    }
}
