import Foundation
import GildVarlink
import Testing

@Suite(.serialized) struct ServerTests {
    private func echo(_ text: String) -> String { #"{"method":"io.test.Service.Echo","parameters":{"text":"\#(text)"}}"# }

    @Test func aMessageSplitAnywhereIsOneMessage() throws {
        try withService { running in
            let message = Array((echo("é") + "\0").utf8)
            let peer = try RawPeer(running.path)
            for cut in 1..<message.count {
                let before = running.server.counters.bytesReceived
                peer.send(Array(message[..<cut]))
                // The server has seen the first part by itself before the second one is sent.
                #expect(eventually { running.server.counters.bytesReceived == before + UInt64(cut) })
                peer.send(Array(message[cut...]))
                #expect(try peer.receive() == ["parameters": ["text": "é"]])
            }
        }
    }

    @Test func severalMessagesInOneReadAreAnsweredInOrder() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            var text = ""
            for number in 0..<500 {
                // Calls that other threads answer stand between those that are answered at once.
                let method = number % 7 == 0 ? "Later" : "Echo"
                text += #"{"method":"io.test.Service.\#(method)","parameters":{"text":"\#(number)"}}"# + "\0"
            }
            run { [text] in _ = peer.send(text) }
            for number in 0..<500 { #expect(try peer.receive() == ["parameters": ["text": .string("\(number)")]]) }
        }
    }

    @Test(arguments: [
        (#"{"method":"io.unknown.Method"}"#, "InterfaceNotFound", ["interface": "io.unknown"]),
        (#"{"method":"nodots"}"#, "InterfaceNotFound", ["interface": "nodots"]),
        (#"{"method":"io.test.Service.Nothing"}"#, "MethodNotFound", ["method": "io.test.Service.Nothing"]),
        (#"{"method":"io.test.Service.Missing"}"#, "MethodNotImplemented", ["method": "io.test.Service.Missing"]),
        (#"{"method":"io.test.Service.Echo","upgrade":true,"parameters":{"text":""}}"#, "MethodNotImplemented", ["method": "io.test.Service.Echo"]),
        (#"{"method":"io.test.Service.Echo"}"#, "InvalidParameter", ["parameter": "text"]),
        (#"{"method":"io.test.Service.Echo","parameters":{"text":1}}"#, "InvalidParameter", ["parameter": "text"]),
        (#"{"method":"io.test.Service.Echo","parameters":{"text":"","x":1}}"#, "InvalidParameter", ["parameter": "x"]),
        (#"{"method":"io.test.Service.Count","parameters":{"to":1}}"#, "InvalidParameter", ["parameter": "more"]),
        (#"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"a.b"}}"#, "InterfaceNotFound", ["interface": "a.b"]),
    ] as [(String, String, JSONValue)])
    func theFourErrorsOfTheService(call: String, error: String, parameters: JSONValue) throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            peer.call(call)
            #expect(try peer.receive() == ["error": .string("org.varlink.service." + error), "parameters": parameters])
            // The connection goes on.
            peer.call(echo("a"))
            #expect(try peer.receive() == ["parameters": ["text": "a"]])
        }
    }

    @Test func theServiceDescribesItself() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            let information = try client.call("org.varlink.service.GetInfo", timeout: 10)
            #expect(information["interfaces"] == ["org.varlink.service", "io.test.Service"])
            #expect(information["vendor"] == "gild")
            try VarlinkInterface.service.validate(information, against: VarlinkInterface.service.method(named: "GetInfo")!.output)
            for name in ["org.varlink.service", "io.test.Service"] {
                let text = try client.call("org.varlink.service.GetInterfaceDescription", ["interface": .string(name)], timeout: 10)
                #expect(try VarlinkInterface(parsing: text["description"]!.stringValue!).name == name)
            }
        }
    }

    @Test func aHandlersErrorReachesTheClient() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            #expect {
                _ = try client.call("io.test.Service.Refuse", timeout: 10)
            } throws: { error in
                guard let error = error as? VarlinkClientError else { return false }
                return error.code == .remote && error.remoteError == "io.test.Service.Refused" && error.parameters == ["reason": "asked to"]
            }
            #expect(try client.call("io.test.Service.Echo", ["text": "on"], timeout: 10) == ["text": "on"])
        }
    }

    @Test func aDroppedCallIsAnInternalError() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            peer.call(#"{"method":"io.test.Service.Drop"}"#)
            #expect(try peer.receive() == ["error": "varlink.server.InternalError", "parameters": [:]])
        }
    }

    @Test func thePeerIsKnownFromTheKernel() throws {
        try withService { running in
            let reply = try VarlinkClient(path: running.path).call("io.test.Service.Who", timeout: 10)
            #expect(reply == ["process": .integer(Int64(getpid())), "user": .integer(Int64(getuid())), "group": .integer(Int64(getgid()))])
        }
    }

    @Test func aOnewayCallHasNoAnswerWhateverComesOfIt() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            for method in ["Note\",\"parameters\":{\"text\":\"x\"},\"a\":\"", "Drop", "Refuse", "Nothing", "Missing", "Echo"] {
                peer.call(#"{"method":"io.test.Service.\#(method)","oneway":true}"#)
            }
            peer.call(#"{"method":"org.varlink.service.GetInfo","oneway":true}"#)
            peer.call(echo("end"))
            #expect(try peer.receive() == ["parameters": ["text": "end"]])
            #expect(running.service.notes.with { $0 } == ["x"])
        }
    }

    @Test func onewayCallsOfAPeerThatHasGoneAreExecuted() throws {
        try withService { running in
            for round in 0..<20 {
                do {
                    let client = try VarlinkClient(path: running.path)
                    for number in 0..<20 { try client.callOneway("io.test.Service.Note", ["text": .string("\(round) \(number)")], timeout: 10) }
                }
                let wanted = (0..<20).map { "\(round) \($0)" }
                #expect(eventually { running.service.notes.with { $0.count == 20 } })
                #expect(running.service.notes.with { notes in defer { notes = [] }; return notes } == wanted)
            }
        }
    }

    @Test func aStreamContinuesUntilItsLastAnswer() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            peer.call(#"{"method":"io.test.Service.Count","more":true,"parameters":{"to":100}}"#)
            peer.call(echo("next"))
            for number in 0..<100 { #expect(try peer.receive() == ["continues": true, "parameters": ["number": .integer(Int64(number))]]) }
            #expect(try peer.receive() == ["parameters": ["number": 100]])
            #expect(try peer.receive() == ["parameters": ["text": "next"]])
        }
    }

    @Test func aClientThatGoesEndsItsStream() throws {
        try withService { running in
            do {
                let peer = try RawPeer(running.path)
                peer.call(#"{"method":"io.test.Service.Hang"}"#)
                #expect(eventually { running.server.counters.calls == 1 })
            }
            #expect(running.service.closed.wait())
            let client = try VarlinkClient(path: running.path)
            var seen = 0
            try client.stream("io.test.Service.Flood", timeout: 10) { _ in
                seen += 1
                return seen < 10
            }
            #expect(seen == 10)
            #expect(running.service.floodEnded.wait())
            #expect(eventually { running.server.connectionCount == 0 })
        }
    }

    @Test func aPeerThatClosesItsWritingHalfGetsItsAnswers() throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            peer.call(#"{"method":"io.test.Service.Count","more":true,"parameters":{"to":3}}"#)
            peer.call(#"{"method":"io.test.Service.Later","parameters":{"text":"a"}}"#)
            peer.call(echo("b"))
            peer.send("{\"method\":")
            peer.closeWriting()
            let all = try peer.receiveAll()
            #expect(all.count == 6)
            #expect(all.suffix(2) == [["parameters": ["text": "a"]], ["parameters": ["text": "b"]]])
        }
    }

    @Test(arguments: ["", "nonsense", "[]", "1", #"{"method":1}"#, "{}", #"{"method":"a.b","oneway":1}"#, #"{"method":"a.b","parameters":[]}"#,
        #"{"method":"a.b","more":true,"oneway":true}"#, #"{"method":"a.b"} x"#, #"{"method":"a.b","method":"a.c"}"#,
    ])
    func whatIsNoCallIsAnsweredAndClosed(message: String) throws {
        try withService { running in
            let peer = try RawPeer(running.path)
            peer.call(message)
            peer.call(echo("never"))
            let all = try peer.receiveAll()
            #expect(all.count == 1)
            #expect(all.first?["error"] == "varlink.server.MalformedMessage")
            #expect(eventually { running.server.connectionCount == 0 })
        }
    }

    @Test func aThousandConnectionsAreServed() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try withService { running in
            let peers = try (0..<1000).map { _ in try RawPeer(running.path) }
            for (number, peer) in peers.enumerated() { peer.call(echo("\(number)")) }
            for (number, peer) in peers.enumerated() { #expect(try peer.receive() == ["parameters": ["text": .string("\(number)")]]) }
            #expect(running.server.connectionCount == 1000)
        }
    }

    @Test func aBusyPeerDoesNotHoldUpTheOthers() throws {
        try withService { running in
            let busy = try RawPeer(running.path)
            let stop = Locked(false)
            let batch = String(repeating: echo("busy") + "\0", count: 1000)
            let written = Gate()
            run {
                while !stop.with({ $0 }), busy.send(batch) { written.signal() }
                written.signal()
            }
            run { while (try? busy.receive()) ?? nil != nil {} }
            #expect(written.wait(for: 3))
            let client = try VarlinkClient(path: running.path)
            for number in 0..<50 {
                let text = JSONValue.string("\(number)")
                #expect(try client.call("io.test.Service.Echo", ["text": text], timeout: 10) == ["text": text])
            }
            stop.with { $0 = true }
            busy.closeWriting()
        }
    }

    @Test func randomBytesNeverBreakTheService() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random frames: seed \(seed)")
        var random = SplitMix(state: seed)
        try withService { running in
            let healthy = try VarlinkClient(path: running.path)
            let good = Array((echo("x") + "\0").utf8)
            for round in 0..<300 {
                let peer = try RawPeer(running.path)
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 1...5, using: &random) { bytes += good }
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                peer.send(bytes)
                if round % 3 != 0 {
                    peer.closeWriting()
                    _ = try? peer.receiveAll()
                }
                if round % 50 == 0 { #expect(try healthy.call("io.test.Service.Echo", ["text": "y"], timeout: 10) == ["text": "y"]) }
            }
            #expect(eventually { running.server.connectionCount == 1 }, "seed \(seed)")
        }
    }

    @Test func manyThreadsCallThroughManyClients() throws {
        try withService { running in
            let done = Gate()
            let failures = Locked<[String]>([])
            for thread in 0..<8 {
                run {
                    do {
                        let client = try VarlinkClient(path: running.path)
                        for number in 0..<100 {
                            let text = JSONValue.string("\(thread) \(number)")
                            let method = number % 2 == 0 ? "Echo" : "Later"
                            let reply = try client.call("io.test.Service." + method, ["text": text], timeout: 10)
                            if reply["text"] != text { failures.with { $0.append("\(reply)") } }
                        }
                    } catch { failures.with { $0.append("\(error)") } }
                    done.signal()
                }
            }
            #expect(done.wait(for: 8))
            #expect(failures.with { $0 } == [])
        }
    }
}

extension RawPeer: @unchecked Sendable {}
