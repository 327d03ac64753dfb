import Foundation
import GildVarlink
import Testing

@Suite(.serialized) struct ListeningTests {
    private func code(_ body: () throws -> Void) -> VarlinkServerError.Code? {
        do { try body() } catch { return (error as? VarlinkServerError)?.code }
        return nil
    }

    private func start(_ path: String) throws -> VarlinkServer {
        let server = try makeServer(TestService())
        do {
            try server.start(listeningOn: .path(path, mode: 0o660, group: nil))
        } catch {
            server.stop()
            throw error
        }
        return server
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    /// A socket that was bound, listened on when asked for, and whose descriptor is returned.
    private func bound(_ path: String, listening: Bool) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        #expect(result == 0)
        if listening { #expect(listen(descriptor, 8) == 0) }
        return descriptor
    }

    @Test func theSocketHasItsPermissionsAndGoesWithTheServer() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let server = try makeServer(TestService())
            try server.start(listeningOn: .path(path, mode: 0o640, group: getgid()))
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o640)
            #expect(status.st_mode & S_IFMT == S_IFSOCK)
            server.stop()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        }
    }

    @Test func aLiveSocketIsRefused() throws {
        try withDirectory { directory in
            let server = try start(directory + "/s")
            #expect(code { _ = try start(directory + "/s") } == .alreadyRunning)
            _ = try VarlinkClient(path: directory + "/s").call("org.varlink.service.GetInfo", timeout: 10)
            server.stop()
            // Also one of a program that takes no lock.
            let other = bound(directory + "/t", listening: true)
            #expect(code { _ = try start(directory + "/t") } == .alreadyRunning)
            close(other)
        }
    }

    @Test func aDeadSocketIsReplaced() throws {
        try withDirectory { directory in
            close(bound(directory + "/s", listening: true))
            let server = try start(directory + "/s")
            _ = try VarlinkClient(path: directory + "/s").call("org.varlink.service.GetInfo", timeout: 10)
            server.stop()
        }
    }

    @Test func aDeadSocketOfAnotherUserIsLeftAlone() throws {
        guard getuid() == 0 else { return }
        try withDirectory { directory in
            let path = directory + "/s"
            close(bound(path, listening: true))
            #expect(chown(path, 65534, 65534) == 0)
            #expect(code { _ = try start(path) } == .notOurs)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func whatIsNoSocketIsLeftAlone() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            try Data("kept".utf8).write(to: URL(fileURLWithPath: path))
            #expect(code { _ = try start(path) } == .notASocket)
            #expect(try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) == "kept")
        }
    }

    @Test func aPathThatIsTooLongIsAnError() {
        #expect(code { _ = try start("/tmp/" + String(repeating: "x", count: 103)) } == .pathTooLong)
    }

    @Test func ofServersThatStartAtOnceOneListens() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            for _ in 0..<10 {
                close(bound(path, listening: true))
                let started = Locked<[VarlinkServer]>([])
                let refused = Locked<[String]>([])
                let done = Gate()
                for _ in 0..<4 {
                    run {
                        do {
                            let server = try makeServer(TestService())
                            do {
                                try server.start(listeningOn: .path(path, mode: 0o660, group: nil))
                                started.with { $0.append(server) }
                            } catch {
                                refused.with { $0.append("\((error as? VarlinkServerError)?.code == .alreadyRunning)") }
                                server.stop()
                            }
                        } catch { refused.with { $0.append("\(error)") } }
                        done.signal()
                    }
                }
                #expect(done.wait(for: 4))
                #expect(started.with { $0.count } == 1)
                #expect(refused.with { $0 } == ["true", "true", "true"])
                _ = try VarlinkClient(path: path).call("org.varlink.service.GetInfo", timeout: 10)
                started.with { $0 }.first?.stop()
            }
        }
    }

    @Test func aPathThatSomebodyElseHasTakenIsNotRemoved() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let server = try start(path)
            #expect(unlink(path) == 0)
            let other = bound(path, listening: true)
            server.stop()
            #expect(FileManager.default.fileExists(atPath: path))
            close(other)
        }
    }

    @Test func anInheritedDescriptorIsServed() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let descriptor = bound(path, listening: true)
            let server = try makeServer(TestService())
            try server.start(listeningOn: .descriptor(descriptor))
            _ = try VarlinkClient(path: path).call("org.varlink.service.GetInfo", timeout: 10)
            server.stop()
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aDescriptorThatDoesNotListenIsAnError() throws {
        let server = try makeServer(TestService())
        #expect(code { try server.start(listeningOn: .descriptor(0)) } == .notListening)
        server.stop()
    }

    @Test func stoppingAnswersCallsInProgressAndClosesAtTheDeadline() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let handler = StoppingHandler()
            let server = try makeServer(handler)
            try server.start(listeningOn: .path(path, mode: 0o660, group: nil))
            let idle = try RawPeer(path)
            idle.call(#"{"method":"io.test.Service.Echo","parameters":{"text":"a"}}"#)
            let waiting = try RawPeer(path)
            waiting.call(#"{"method":"io.test.Service.Later","parameters":{"text":"b"}}"#)
            let hanging = try RawPeer(path)
            hanging.call(#"{"method":"io.test.Service.Hang"}"#)
            #expect(handler.calls.wait(for: 3))
            let stopped = Gate()
            run {
                server.stop(withinNanoseconds: 500_000_000)
                stopped.signal()
            }
            #expect(try idle.receiveAll() == [["parameters": ["text": "a"]]])
            // The server drains: what comes now is not executed.
            #expect(throws: VarlinkClientError.self) { _ = try VarlinkClient(path: path) }
            handler.release.signal()
            #expect(try waiting.receiveAll() == [["parameters": ["text": "b"]]])
            #expect(try hanging.receiveAll() == [])
            #expect(stopped.wait())
            #expect(handler.closed.wait())
        }
    }

    private final class StoppingHandler: VarlinkHandler {
        let calls = Gate()
        let release = Gate()
        let closed = Gate()
        private let service = TestService()

        func handle(_ call: VarlinkCall) {
            switch call.methodName {
            case "Later":
                run { [release, service] in
                    _ = release.wait()
                    service.handle(call)
                }
            case "Hang":
                let kept = Locked<VarlinkCall?>(call)
                call.onClose { [closed] in
                    kept.with { $0 = nil }
                    closed.signal()
                }
            default: service.handle(call)
            }
            calls.signal()
        }
    }
}
