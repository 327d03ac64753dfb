import CGild
import Foundation
import Testing

@testable import GildDaemon

@Suite(.timeLimit(.minutes(2))) struct ServiceNotifierTests {
    private func text(_ receiver: DatagramReceiver) -> String? { receiver.receive().map { String(decoding: $0.bytes, as: UTF8.self) } }

    @Test func withoutAServiceManagerNothingHappens() throws {
        for path in [nil, ""] as [String?] {
            let notifier = try ServiceNotifier(path: path)
            #expect(!notifier.isActive)
            #expect(notifier.notify(.ready) == 0)
        }
    }

    @Test func aMessageIsOneDatagramOfLines() throws {
        let receiver = DatagramReceiver()
        let notifier = try ServiceNotifier(path: receiver.path)
        #expect(notifier.notify(.ready, .status("2 runtimes\nREADY=0"), .mainProcess(12)) == 0)
        #expect(text(receiver) == "READY=1\nSTATUS=2 runtimes READY=0\nMAINPID=12")
        notifier.notify(.stopping)
        #expect(text(receiver) == "STOPPING=1")
        notifier.notify(.watchdog)
        #expect(text(receiver) == "WATCHDOG=1")
        notifier.notify(.extendTimeout(microseconds: 5))
        #expect(text(receiver) == "EXTEND_TIMEOUT_USEC=5")
    }

    @Test func aReloadSaysWhenItBegan() throws {
        let receiver = DatagramReceiver()
        let before = gild_monotonic_ns() / 1000
        try ServiceNotifier(path: receiver.path).notify(.reloading)
        let after = gild_monotonic_ns() / 1000
        let lines = try #require(text(receiver)).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let microseconds = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect((before...after).contains(microseconds))
    }

    @Test func anAbstractNameWorks() throws {
        let receiver = DatagramReceiver(abstractName: "@gild-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        #expect(try ServiceNotifier(path: receiver.path).notify(.ready) == 0)
        #expect(text(receiver) == "READY=1")
    }

    @Test(arguments: ["relative", "@", "vsock:2:1234", "/" + String(repeating: "x", count: 200)])
    func anAddressOfAnotherKindIsAnError(_ path: String) {
        #expect(throws: ServiceError.self) { try ServiceNotifier(path: path) }
    }

    @Test func aManagerThatIsGoneIsReported() throws {
        let receiver = DatagramReceiver()
        let notifier = try ServiceNotifier(path: receiver.path)
        receiver.close()
        #expect(notifier.notify(.ready) == ENOENT)
    }
}

@Suite(.timeLimit(.minutes(2))) struct ServiceWatchdogTests {
    @Test func thePeriodIsForThisProcessOnly() throws {
        #expect(try Watchdog.period(usec: nil, pid: nil) == nil)
        #expect(try Watchdog.period(usec: "3000000", pid: nil) == 3_000_000_000)
        #expect(try Watchdog.period(usec: "3000000", pid: "12", ownProcess: 12) == 3_000_000_000)
        #expect(try Watchdog.period(usec: "3000000", pid: "13", ownProcess: 12) == nil)
        for value in ["", "0", "-1", "3s", "99999999999999999999"] {
            #expect(throws: ServiceError.self) { try Watchdog.period(usec: value, pid: nil) }
        }
        #expect(throws: ServiceError.self) { try Watchdog.period(usec: "1", pid: "x") }
    }

    @Test func itIsFedOnlyWhileEveryRuntimeMakesProgress() throws {
        struct State {
            var hanging: [String] = []
            var checks = 0
            var meals = 0
        }
        let state = Monitor(State())
        let sink = CollectingSink()
        let watchdog = Watchdog(periodNanoseconds: 20_000_000, log: EventLog(sink: sink), check: {
            state.withLock {
                $0.checks += 1
                state.wake()
                return $0.hanging
            }
        }, feed: {
            state.withLock {
                $0.meals += 1
                state.wake()
            }
        })
        func wait(_ condition: (State) -> Bool) -> State {
            state.withLock(when: { condition($0) }, before: deadlineFromNow()) { $0 }
        }
        #expect(wait { $0.meals >= 3 }.meals >= 3)

        state.withLock { $0.hanging = ["main"] }
        let hung = try #require(sink.first(.runtimeHung))
        #expect(hung.runtime == "main" && hung.level == .critical)
        let (checks, meals) = state.withLock { ($0.checks, $0.meals) }
        #expect(wait { $0.checks >= checks + 5 }.meals == meals)

        state.withLock { $0.hanging = [] }
        #expect(sink.first(.runtimeRecovered)?.runtime == "main")
        #expect(wait { $0.meals > meals }.meals > meals)
        #expect(sink.all.filter { $0.kind == .runtimeHung }.count == 1)
        watchdog.stop()
    }
}

@Suite(.timeLimit(.minutes(2))) struct ServiceActivationTests {
    /// Listening stream sockets at `first`, `first + 1`, …
    private func listeners(_ count: Int, first: Int32, body: () throws -> Void) throws {
        let directory = makeLogTestDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for index in 0..<count {
            let socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            let length = gild_socket_address(&address, "\(directory)/\(index)")
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
            }
            try #require(result == 0 && listen(socket, 1) == 0)
            try #require(dup2(socket, first + Int32(index)) >= 0)
            close(socket)
        }
        defer { for index in 0..<count { close(first + Int32(index)) } }
        try body()
    }

    private func take(_ count: String?, _ names: String?, first: Int32, process: String? = "77") throws -> [ActivationSocket] {
        try ActivationSockets.sockets(process: process, count: count, names: names, first: first, ownProcess: 77)
    }

    @Test func socketsAreTakenInOrderWithTheirNames() throws {
        try listeners(2, first: 700) {
            let sockets = try take("2", "gild.socket:", first: 700)
            #expect(sockets == [.init(descriptor: 700, name: "gild.socket"), .init(descriptor: 701, name: "unknown")])
            for socket in sockets { #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0) }
        }
    }

    @Test func whatIsMeantForAnotherProcessIsNotTaken() throws {
        #expect(try take("1", nil, first: 710, process: "78") == [])
        #expect(try take("1", nil, first: 710, process: nil) == [])
        #expect(try take(nil, nil, first: 710) == [])
        #expect(try take("0", nil, first: 710) == [])
    }

    @Test func nonsenseIsAnError() throws {
        for count in ["-1", "x", "", "99999"] { #expect(throws: ServiceError.self) { try take(count, nil, first: 720) } }
        #expect(throws: ServiceError.self) { try take("1", nil, first: 720, process: "x") }
        try listeners(1, first: 725) {
            #expect(throws: ServiceError.self) { try take("1", "a:b", first: 725) }
        }
    }

    @Test func aDescriptorThatIsNoListeningUnixStreamIsAnError() throws {
        func message(_ make: () -> Int32) -> String {
            let made = make()
            dup2(made, 730)
            close(made)
            defer { close(730) }
            do {
                _ = try take("1", nil, first: 730)
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(throws: ServiceError.self) { try take("1", nil, first: 735) }
        #expect(message { open("/dev/null", O_RDONLY) }.contains("not a socket"))
        #expect(message { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }.contains("not a Unix socket"))
        #expect(message { socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0) }.contains("not a stream socket"))
        #expect(message { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }.contains("does not listen"))
    }

    @Test func theVariablesAreRemoved() async {
        await #expect(processExitsWith: .success) {
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { setenv(name, "1", 1) }
            _ = try ActivationSockets.take()
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] where getenv(name) != nil { exit(1) }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct ServiceSignalTests {
    @Test func signalsComeOneByOneOnTheSourcesThread() {
        let received = Monitor<[Int32]>([])
        let source = SignalSource([SIGUSR1, SIGUSR2]) { signal, _ in
            received.withLock {
                $0.append(signal)
                received.wake()
            }
        }
        for (count, signal) in [SIGUSR1, SIGUSR2, SIGUSR1].enumerated() {
            pthread_kill(source.waitingThread, signal)
            #expect(received.withLock(when: { $0.count > count }, before: deadlineFromNow()) { $0.last } == signal)
        }
        source.stop()
        source.stop()
    }

    @Test func aThreadOfTheDaemonHasEverySignalBlocked() {
        let isBlocked = Monitor<[Bool]?>(nil)
        startThread(named: "gild-test") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let result = (SignalSource.daemonSignals + [SIGPIPE]).map { sigismember(&mask, $0) == 1 }
            isBlocked.withLock {
                $0 = result
                isBlocked.wake()
            }
        }
        #expect(isBlocked.withLock(when: { $0 != nil }, before: deadlineFromNow()) { $0 } == [true, true, true, true])
    }

    @Test func blockingKeepsTheSignalsPending() async {
        await #expect(processExitsWith: .success) {
            let pending = Monitor<Set<Int32>?>(nil)
            startThread(named: "gild-main") {
                var nothing = sigset_t()
                sigemptyset(&nothing)
                pthread_sigmask(SIG_SETMASK, &nothing, nil)
                SignalSource.block()
                // Each of these would end the process if it were not blocked, or ignored as SIGPIPE is.
                for signal in SignalSource.daemonSignals + [SIGPIPE] { pthread_kill(pthread_self(), signal) }
                var set = sigset_t()
                sigpending(&set)
                let found = Set(SignalSource.daemonSignals.filter { sigismember(&set, $0) == 1 })
                pending.withLock {
                    $0 = found
                    pending.wake()
                }
            }
            let found = pending.withLock(when: { $0 != nil }, before: deadlineFromNow()) { $0 }
            exit(found == Set(SignalSource.daemonSignals) ? 0 : 1)
        }
    }
}
