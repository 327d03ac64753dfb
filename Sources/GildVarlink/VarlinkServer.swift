// A Varlink service on a Unix socket. One event loop thread accepts; a few others, each with its share of the connections, read,
// dispatch and write.
//
// Why several: setting a connection up, answering and closing it occupies a loop for some 70 microseconds, so a peer that connects
// 200 times a second would be noticed by one in a hundred calls of everybody else on the same loop. Of four loops, three notice
// nothing.
//
// Accepting. The kernel tells who connects (SO_PEERCRED) before a byte is read. Over a limit of clients a connection gets an error
// and is closed. When the process has no descriptor left, accept(2) would fail and the waiting connection would keep the socket
// readable for ever; so one descriptor is kept in reserve, given up to take that connection, tell it so and close it, and taken
// again.
//
// Stopping. The path goes first, then the listening socket; connections without a call in progress are closed, the others when
// their call is answered and the answer is written, all of them at the deadline.

import CGild
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

public final class VarlinkServer: Sendable {
    private let core: VarlinkServerCore
    private let accepting = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let serving = MultiThreadedEventLoopGroup(numberOfThreads: 4)
    private let loops: [ObjectIdentifier: VarlinkLoop]

    private struct State {
        var isStarted = false
        var isStopped = false
        var socket: ListeningSocket?
        var channel: (any Channel)?
    }

    private let state = NIOLockedValueBox(State())

    /// Makes a server that does not listen yet. It has threads, so it is to be stopped in the end, also when it never started.
    /// - Parameters:
    ///   - interfaces: what the handler implements; org.varlink.service is added.
    ///   - errors: names of the errors that the server itself answers with.
    public init(
        service: ServiceDescription, interfaces: [VarlinkInterface], limits: VarlinkLimits = VarlinkLimits(),
        errors: VarlinkErrorNames = VarlinkErrorNames(), handler: any VarlinkHandler
    ) {
        let core = VarlinkServerCore(
            interfaces: ServiceInterfaces(service, interfaces), limits: limits, errorNames: errors, handler: handler)
        self.core = core
        loops = Dictionary(
            uniqueKeysWithValues: serving.makeIterator().map { (ObjectIdentifier($0), VarlinkLoop(core: core, eventLoop: $0)) })
    }

    public var connectionCount: Int { core.openConnections.value }

    public var counters: VarlinkServerCounters { core.counters }

    /// Listens; returns when clients can connect. Blocks for a few system calls; not to be called on an event loop. Writing to a
    /// closed socket must not end the process, so SIGPIPE is ignored from here on. A server that could not start is stopped.
    public func start(listeningOn listener: Listener) throws(VarlinkServerError) {
        let isFirst = state.withLockedValue { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw VarlinkServerError(.alreadyStarted, "started already") }
        signal(SIGPIPE, SIG_IGN)
        let socket: ListeningSocket
        do throws(VarlinkServerError) {
            socket = try ListeningSocket(listener)
        } catch {
            stop()
            throw error
        }
        let (core, loops) = (core, loops)
        let descriptor = socket.descriptor
        let bootstrap = ServerBootstrap(group: accepting, childGroup: serving)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DescriptorReserve(core: core, listening: descriptor))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in Self.take(channel, loops) }
        do {
            let channel = try bootstrap.withBoundSocket(descriptor).wait()
            state.withLockedValue {
                $0.socket = socket
                $0.channel = channel
            }
        } catch {
            socket.removePath()
            stop()
            throw VarlinkServerError(.system, "\(error)", errorNumber: (error as? IOError)?.errnoCode ?? 0)
        }
    }

    /// Stops listening and closes every connection once its call in progress is answered, at the latest after the deadline.
    /// Blocks until then; not to be called on an event loop. A second call does nothing.
    public func stop(withinNanoseconds deadline: UInt64 = 1_000_000_000) {
        precondition(loops.values.allSatisfy { !$0.eventLoop.inEventLoop }, "an event loop cannot wait for its own end")
        let (isFirst, socket, channel) = state.withLockedValue { state in
            defer { state.isStopped = true }
            return (!state.isStopped, state.socket, state.channel)
        }
        guard isFirst else { return }
        socket?.removePath()
        try? channel?.close().wait()
        onEveryLoop { $0.drain() }
        if core.openConnections.lock(whenValue: 0, timeoutSeconds: Double(deadline) / 1e9) {
            core.openConnections.unlock()
        } else {
            onEveryLoop { $0.closeAll() }
        }
        core.markStopped()
        try? accepting.syncShutdownGracefully()
        try? serving.syncShutdownGracefully()
    }

    /// BLOCKING, until every loop has done it.
    private func onEveryLoop(_ body: @escaping @Sendable (VarlinkLoop) -> Void) {
        let done = loops.values.map { loop in loop.eventLoop.submit { body(loop) } }
        for future in done { try? future.wait() }
    }

    // MARK: Accepting

    private static func take(_ channel: any Channel, _ loops: [ObjectIdentifier: VarlinkLoop]) -> EventLoopFuture<Void> {
        guard let provider = channel as? any SocketOptionProvider, let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let credentials: EventLoopFuture<KernelCredentials> = provider.unsafeGetSocketOption(
            level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_PEERCRED))
        return credentials.flatMapThrowing { credentials in
            let peer = PeerCredentials(processID: credentials.pid, userID: credentials.uid, groupID: credentials.gid)
            switch loop.admit(peer) {
            case .admitted(let connection): try channel.pipeline.syncOperations.addHandler(connection)
            case .refused(let message): try channel.pipeline.syncOperations.addHandler(Refusal(message))
            }
        }
    }
}

/// `struct ucred` of unix(7).
private struct KernelCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}

/// Sends one message and closes.
private final class Refusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let message: [UInt8]

    init(_ message: [UInt8]) { self.message = message }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: message)), promise: nil)
        context.close(promise: nil)
    }
}

/// Keeps a descriptor for the moment when there is no other; see the top of the file. Event loop only.
private final class DescriptorReserve: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let core: VarlinkServerCore
    private let listening: Int32
    private var reserve: Int32 = -1

    init(core: VarlinkServerCore, listening: Int32) {
        self.core = core
        self.listening = listening
    }

    func handlerAdded(context: ChannelHandlerContext) { refill() }

    func handlerRemoved(context: ChannelHandlerContext) {
        if reserve >= 0 { close(reserve) }
        reserve = -1
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, error.errnoCode == EMFILE || error.errnoCode == ENFILE else {
            return context.fireErrorCaught(error)
        }
        if reserve >= 0 {
            close(reserve)
            reserve = -1
        }
        let descriptor = accept(listening, nil, nil)
        if descriptor >= 0 {
            let message = core.refusal("descriptors", Int(sysconf(Int32(_SC_OPEN_MAX))))
            core.count { $0.refused += 1 }
            _ = send(descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            close(descriptor)
        }
        refill()
        // Another thread took the descriptor in between: without a reserve the loop must not turn at full speed.
        if reserve < 0 { usleep(5000) }
    }

    private func refill() { reserve = open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
