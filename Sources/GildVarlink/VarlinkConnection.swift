// One connection of a server.
//
// Input (event loop only). Bytes gather in `input` until a NUL ends a message. One call is in progress at a time (`isBusy`); its
// answer lets the next message in. What is read ahead of that is at most `readAhead` bytes: beyond it reading stops, and the
// peer's writes wait in the kernel. A message is at most `frameBytes` long and complete `partialFrameTimeout` after its first
// byte, so a peer that sends a byte a second keeps a connection, not more.
//
// Output (any thread, `lock`). Answers are appended to `output`; the event loop takes all of it as one write, and one write is
// in flight at a time. `unsent` counts both. A peer that does not read is closed when `unsent` would exceed `outputBufferBytes`,
// or when it has read nothing for `idleTimeoutNanoseconds`.
// Reading also waits until `unsent` is small: who sends calls without reading answers stops itself.
//
// Fairness. A readable connection dispatches one message at once when no other connection waits; further complete messages go to
// the back of its loop's queue, one message a turn.
//
// End. `close` forgets the input and closes once the output has gone out, or after `lingerNanoseconds`. A peer that closes its
// writing half gets every answer first. When a peer closes entirely, what it sent before is still read: its oneway calls are
// executed, calls that nobody waits for any more are not.

import CGild
import NIOConcurrencyHelpers
import NIOCore

final class VarlinkConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let identifier: UInt64
    let peer: PeerCredentials
    private let loop: VarlinkLoop
    var core: VarlinkServerCore { loop.core }
    private var eventLoop: any EventLoop { loop.eventLoop }

    private static let readAhead = 64 << 10
    private static let lingerNanoseconds: UInt64 = 2_000_000_000

    // Event loop only.
    private var context: ChannelHandlerContext?
    private var input = ByteBuffer()
    /// Bytes of `input` that hold no NUL.
    private var scanned = 0
    /// Length of the first message in `input`, once its NUL is there.
    private var frameLength: Int?
    private var isBusy = false
    private var isQueued = false
    private var isInputClosed = false
    private var isClosing = false
    private var isReadPending = false
    private var isWriting = false
    private var closeDeadline: UInt64 = 0
    private var lastActivity: UInt64
    /// When the first byte of the incomplete message at the end of `input` came; 0: there is none.
    private var partialSince: UInt64 = 0
    private var lastCall: UInt64 = 0

    private struct Shared {
        var output: [UInt8] = []
        var unsent = 0
        var isFlushScheduled = false
        var isClosed = false
        /// The call in progress; 0: none.
        var call: UInt64 = 0
        var closeActions: [@Sendable () -> Void] = []
        /// For the end of the connection, whatever call is in progress then.
        var disconnectActions: [@Sendable () -> Void] = []
        /// For the moment when the peer has read nearly all.
        var drainActions: [@Sendable () -> Void] = []
    }

    private let lock = NIOLock()
    /// Guarded by `lock`.
    private var shared = Shared()

    init(identifier: UInt64, peer: PeerCredentials, loop: VarlinkLoop) {
        self.identifier = identifier
        self.peer = peer
        self.loop = loop
        lastActivity = gild_monotonic_ns()
    }

    // MARK: From any thread

    var isOpen: Bool { lock.withLock { !shared.isClosed } }

    func onClose(of call: UInt64, _ body: @escaping @Sendable () -> Void) {
        let isGone = lock.withLock {
            if shared.isClosed { return true }
            if shared.call == call { shared.closeActions.append(body) }
            return false
        }
        if isGone { body() }
    }

    func onDisconnect(_ body: @escaping @Sendable () -> Void) {
        let isGone = lock.withLock {
            if !shared.isClosed { shared.disconnectActions.append(body) }
            return shared.isClosed
        }
        if isGone { body() }
    }

    func whenDrained(_ body: @escaping @Sendable () -> Void) {
        let isDrained = lock.withLock {
            if shared.isClosed { return false }
            if shared.unsent <= Self.readAhead { return true }
            shared.drainActions.append(body)
            return false
        }
        if isDrained { eventLoop.execute { body() } }
    }

    /// Queues one message. False when the connection is closed, or is closed because of it.
    func send(_ bytes: [UInt8]) -> Bool {
        enum Outcome { case closed, overLimit, queued(schedule: Bool) }
        let outcome = lock.withLock { () -> Outcome in
            if shared.isClosed { return .closed }
            if shared.unsent + bytes.count > core.limits.outputBufferBytes { return .overLimit }
            append(bytes)
            defer { shared.isFlushScheduled = true }
            return .queued(schedule: !shared.isFlushScheduled)
        }
        switch outcome {
        case .closed: return false
        case .overLimit:
            core.count { $0.overflowed += 1 }
            onEventLoop { $0.closeNow() }
            markClosed()
            return false
        case .queued(let schedule):
            if schedule { onEventLoop { $0.flush() } }
            return true
        }
    }

    /// Under `lock`.
    private func append(_ bytes: [UInt8]) {
        if shared.output.isEmpty { shared.output = bytes } else { shared.output += bytes }
        shared.unsent += bytes.count
    }

    /// Ends a call, with its last message unless it was oneway.
    func end(_ call: UInt64, _ bytes: [UInt8]?, isError: Bool) {
        var bytes = bytes
        if let count = bytes?.count, count > core.limits.outputBufferBytes {
            bytes = ReplyMessage.failure(
                core.errorNames.limitExceeded,
                ["limit": "output_buffer", "maximum": .integer(Int64(core.limits.outputBufferBytes))])
        }
        core.count { if isError { $0.errors += 1 } }
        if let bytes { _ = send(bytes) }
        // Actions are released outside of the lock: what they hold may end other calls.
        let actions = lock.withLock { () -> [@Sendable () -> Void] in
            guard shared.call == call else { return [] }
            shared.call = 0
            defer { shared.closeActions = [] }
            return shared.closeActions
        }
        withExtendedLifetime(actions) {}
        // The server may have stopped, its event loop with it, while the call was being answered.
        if core.hasStopped { return }
        onEventLoop { $0.callEnded(call) }
    }

    private func onEventLoop(_ body: @escaping @Sendable (VarlinkConnection) -> Void) {
        if eventLoop.inEventLoop { body(self) } else { eventLoop.execute { body(self) } }
    }

    /// No answer is taken from here on; the actions for a close run on the event loop.
    private func markClosed() {
        let actions = lock.withLock { () -> [@Sendable () -> Void] in
            shared.isClosed = true
            shared.output = []
            shared.call = 0
            defer { (shared.closeActions, shared.disconnectActions, shared.drainActions) = ([], [], []) }
            return shared.closeActions + shared.disconnectActions
        }
        guard !actions.isEmpty else { return }
        onEventLoop { _ in for action in actions { action() } }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) { read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        isReadPending = false
        core.count { $0.bytesReceived += UInt64(bytes.readableBytes) }
        guard !isClosing else { return }
        if input.readableBytes == 0 {
            input = bytes
            scanned = 0
        } else {
            input.writeBuffer(&bytes)
        }
        findFrame()
        if frameLength == nil {
            if partialSince == 0 { partialSince = gild_monotonic_ns() }
            if input.readableBytes > core.limits.frameBytes { refuseLongFrame() }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadPending = false
        if frameLength != nil, !isBusy, !isClosing {
            if loop.queueIsEmpty { dispatch() } else { enqueue() }
        }
        proceed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            isInputClosed = true
            proceed()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { gone() }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func gone() {
        guard context != nil, loop.remove(self) else { return }
        markClosed()
        isInputClosed = true
        isBusy = false
        if frameLength != nil { enqueue() }
    }

    // MARK: Input

    private func findFrame() {
        guard frameLength == nil else { return }
        let start = scanned
        let found = input.withUnsafeReadableBytes { bytes -> Int? in
            guard start < bytes.count, let base = bytes.baseAddress, let found = memchr(base + start, 0, bytes.count - start) else {
                return nil
            }
            return UnsafeRawPointer(found) - base
        }
        frameLength = found
        scanned = found ?? input.readableBytes
        if found != nil { partialSince = 0 }
    }

    private func refuseLongFrame() {
        core.count { $0.malformed += 1 }
        _ = send(
            ReplyMessage.failure(
                core.errorNames.limitExceeded, ["limit": "frame", "maximum": .integer(Int64(core.limits.frameBytes))]))
        close()
    }

    /// What remains to be done after anything has changed: the next message, the end, or more input.
    private func proceed() {
        guard let context, context.channel.isActive else { return }
        if frameLength != nil, !isBusy, !isClosing { return enqueue() }
        let isIdle = !isBusy && !isWriting && lock.withLock { shared.unsent == 0 }
        if isIdle, isClosing || isInputClosed { return context.close(promise: nil) }
        read()
    }

    private func read() {
        guard let context, !isReadPending, !isInputClosed, !isClosing else { return }
        if isBusy || frameLength != nil, input.readableBytes >= Self.readAhead { return }
        if lock.withLock({ shared.unsent }) > Self.readAhead { return }
        isReadPending = true
        context.read()
    }

    private func enqueue() {
        guard !isQueued else { return }
        isQueued = true
        loop.enqueue(self)
    }

    /// The connection's turn.
    func takeTurn() {
        isQueued = false
        guard frameLength != nil, !isBusy, !isClosing else { return }
        dispatch()
        if context == nil || !isOpen {
            if frameLength != nil, !isBusy { enqueue() }
        } else {
            proceed()
        }
    }

    private func dispatch() {
        guard let length = frameLength else { return }
        lastActivity = gild_monotonic_ns()
        let limits = core.limits
        if length > limits.frameBytes { return refuseLongFrame() }
        let parsed = input.withUnsafeReadableBytes { bytes -> Result<JSONValue, JSONError> in
            let frame = UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[..<length])
            do throws(JSONError) {
                return .success(
                    try JSONValue.parse(frame, maximumDepth: limits.nestingDepth, maximumMemory: limits.frameBytes + 65536))
            } catch {
                return .failure(error)
            }
        }
        consume(length + 1)
        let message: CallMessage
        do {
            message = try CallMessage(parsed.get())
        } catch {
            let reason = (error as? CallMessage.Malformed)?.message ?? "no JSON, \(error)"
            core.count { $0.malformed += 1 }
            _ = send(ReplyMessage.failure(core.errorNames.malformedMessage, ["message": .string(reason)]))
            return close()
        }
        // Nobody waits for the answer any more.
        if !isOpen && !message.isOneway { return }
        handle(message)
    }

    /// Drops the first bytes of `input`; what remains moves into a buffer of its size when the old one was large.
    private func consume(_ count: Int) {
        input.moveReaderIndex(forwardBy: count)
        if input.readableBytes == 0 {
            input = ByteBuffer()
        } else if input.capacity > 4 * Self.readAhead {
            input = ByteBuffer(bytes: input.readableBytesView)
        }
        frameLength = nil
        scanned = 0
        findFrame()
        if frameLength == nil, input.readableBytes > 0 { partialSince = gild_monotonic_ns() }
    }

    private func handle(_ message: CallMessage) {
        core.count { $0.calls += 1 }
        let resolution =
            message.wantsUpgrade
            ? .failure(VarlinkServiceError.methodNotImplemented, ["method": .string(message.method)])
            : core.interfaces.resolve(message.method, message.parameters)
        switch resolution {
        case .reply(let parameters):
            if !message.isOneway { _ = send(ReplyMessage.reply(parameters)) }
        case .failure(let error, let parameters):
            core.count { $0.errors += 1 }
            if !message.isOneway { _ = send(ReplyMessage.failure(error, parameters)) }
        case .method(let interface, let name):
            lastCall += 1
            let identifier = lastCall
            isBusy = true
            lock.withLock { if !shared.isClosed { shared.call = identifier } }
            core.handler.handle(
                VarlinkCall(
                    method: message.method, interface: interface, methodName: name, message: message, connection: self,
                    identifier: identifier))
        }
    }

    private func callEnded(_ call: UInt64) {
        guard isBusy, call == lastCall else { return }
        isBusy = false
        lastActivity = gild_monotonic_ns()
        // Its rest may have waited for us.
        if partialSince != 0 { partialSince = lastActivity }
        if loop.isDraining { return close() }
        if context == nil || !isOpen {
            if frameLength != nil { enqueue() }
        } else {
            proceed()
        }
    }

    // MARK: Output

    private func flush() {
        guard let context, !isWriting else {
            lock.withLock { shared.isFlushScheduled = false }
            return
        }
        let bytes = lock.withLock { () -> [UInt8] in
            shared.isFlushScheduled = false
            defer { shared.output = [] }
            return shared.output
        }
        guard !bytes.isEmpty else { return }
        isWriting = true
        lastActivity = gild_monotonic_ns()
        let count = bytes.count
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in self.written(count, result) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: promise)
    }

    private func written(_ count: Int, _ result: Result<Void, any Error>) {
        isWriting = false
        let (hasMore, drainActions) = lock.withLock { () -> (Bool, [@Sendable () -> Void]) in
            shared.unsent -= count
            if shared.unsent > Self.readAhead || shared.drainActions.isEmpty { return (!shared.output.isEmpty, []) }
            defer { shared.drainActions = [] }
            return (!shared.output.isEmpty, shared.drainActions)
        }
        guard case .success = result else {
            context?.close(promise: nil)
            return
        }
        lastActivity = gild_monotonic_ns()
        core.count { $0.bytesSent += UInt64(count) }
        if hasMore { flush() } else if !isBusy { proceed() }
        for action in drainActions { action() }
    }

    // MARK: End

    /// Takes no more calls and closes when everything has been written.
    private func close() {
        guard !isClosing else { return }
        isClosing = true
        closeDeadline = gild_monotonic_ns() + Self.lingerNanoseconds
        input = ByteBuffer()
        frameLength = nil
        partialSince = 0
        proceed()
    }

    func closeNow() {
        markClosed()
        context?.close(promise: nil)
    }

    /// The server stops: a call in progress may still be answered.
    func drain() { if !isBusy { close() } }

    /// Enforces the time limits.
    func checkTime(_ now: UInt64) {
        let limits = core.limits
        if isClosing {
            if now >= closeDeadline { closeNow() }
        } else if partialSince != 0, isReadPending, !isBusy, now - min(now, partialSince) > limits.partialFrameTimeoutNanoseconds {
            core.count { $0.timedOut += 1 }
            // In seconds.
            let maximum = Int64(clamping: limits.partialFrameTimeoutNanoseconds / 1_000_000_000)
            _ = send(
                ReplyMessage.failure(
                    core.errorNames.limitExceeded, ["limit": "partial_frame_timeout", "maximum": .integer(maximum)]))
            close()
        } else if isWriting, limits.idleTimeoutNanoseconds > 0, now - min(now, lastActivity) > limits.idleTimeoutNanoseconds {
            // The peer has not read for so long, and would not read why either. A stream waits for its reader and would
            // otherwise hold the connection for ever.
            core.count { $0.timedOut += 1 }
            closeNow()
        } else if !isBusy, limits.idleTimeoutNanoseconds > 0, now - min(now, lastActivity) > limits.idleTimeoutNanoseconds,
            // Who holds something for which the connection counts is not idle, such as a prompt at which somebody thinks.
            lock.withLock({ shared.disconnectActions.isEmpty })
        {
            core.count { $0.timedOut += 1 }
            close()
        }
    }
}
