import Foundation
import GildVarlink
import Testing

@Suite(.serialized) struct ClientTests {
    private func failure(_ body: () throws -> Void) -> VarlinkClientError? {
        do { try body() } catch { return error as? VarlinkClientError }
        return nil
    }

    @Test func nobodyThereIsAnErrorWithItsNumber() throws {
        let error = failure { _ = try VarlinkClient(path: "/nonexistent/socket") }
        #expect(error?.code == .cannotConnect)
        #expect(error?.errorNumber == ENOENT)
        #expect(error?.message == "/nonexistent/socket: No such file or directory")
        #expect(failure { _ = try VarlinkClient(path: String(repeating: "x", count: 200)) }?.errorNumber == ENAMETOOLONG)
    }

    @Test func aCallThatIsNotAnsweredEndsAtItsDeadline() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            #expect(failure { _ = try client.call("io.test.Service.Hang", timeout: 0.1) }?.code == .timedOut)
            // Its answer may still come: the connection is not used again, and the service has seen its end.
            #expect(failure { _ = try client.call("org.varlink.service.GetInfo", timeout: 10) }?.code == .connectionClosed)
            #expect(running.service.closed.wait())
        }
    }

    @Test func closeEndsACallOnAnotherThread() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            let code = Locked<VarlinkClientError.Code?>(nil)
            let ended = Gate()
            run {
                do { _ = try client.call("io.test.Service.Hang") } catch { code.with { $0 = (error as? VarlinkClientError)?.code } }
                ended.signal()
            }
            #expect(eventually { running.server.counters.calls == 1 })
            client.close()
            #expect(ended.wait())
            #expect(code.with { $0 } == .connectionClosed)
        }
    }

    @Test func aServiceThatStopsClosesTheConnection() throws {
        let running = try RunningService()
        let client = try VarlinkClient(path: running.path)
        _ = try client.call("org.varlink.service.GetInfo", timeout: 10)
        running.stop()
        #expect(failure { _ = try client.call("org.varlink.service.GetInfo", timeout: 10) }?.code == .connectionClosed)
    }

    @Test func aLimitIsAnErrorOfTheService() throws {
        try withService(limits: VarlinkLimits(clients: 1)) { running in
            let first = try VarlinkClient(path: running.path)
            _ = try first.call("org.varlink.service.GetInfo", timeout: 10)
            let second = try VarlinkClient(path: running.path)
            #expect(failure { _ = try second.call("org.varlink.service.GetInfo", timeout: 10) }?.remoteError == "varlink.server.LimitExceeded")
        }
    }

    @Test func longMessagesGoBothWays() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            let text = JSONValue.string(String(repeating: "é\u{0}\"", count: 50_000))
            #expect(try client.call("io.test.Service.Echo", ["text": text], timeout: 10) == ["text": text])
        }
    }

    private struct Text: Codable, Equatable { var text: String }
    private struct Limit: Codable { var to: Int }
    private struct Number: Codable { var number: Int }

    @Test func typedCallsAndStreams() throws {
        try withService { running in
            let client = try VarlinkClient(path: running.path)
            #expect(try client.call("io.test.Service.Echo", encoding: Text(text: "a"), as: Text.self, timeout: 10) == Text(text: "a"))
            var seen: [Int] = []
            try client.stream("io.test.Service.Count", encoding: Limit(to: 3), as: Number.self, timeout: 10) {
                seen.append($0.number)
                return true
            }
            #expect(seen == [0, 1, 2, 3])
            // A stream that has ended leaves the connection in order.
            #expect(try client.call("io.test.Service.Echo", ["text": "b"], timeout: 10) == ["text": "b"])
        }
    }
}
