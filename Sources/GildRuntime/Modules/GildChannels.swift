// gild.channel and the type gild.Channel: what scripts see of channels.
//
// A handle is a NativeObject whose `state` is a counted pointer to the Channel, and one hold of it. Handles of one channel are
// equal and have the same hash, in whatever way a script came by them: opened by name, or received in a message.
//
// Every operation first tries without letting the GIL go. Only one that has to wait gives it away, and the wait ends early for
// a request of the eval breaker; the request is answered with the GIL, and if it raised nothing, the wait goes on to the same
// deadline. A value is copied before the wait begins: what a script changes afterwards is not in the message. Large bytes objects that nobody but the
// call's argument leads to are moved (MessageWriter.swift).

import CGild

let gildChannelFunctions: [NativeDefinition] = [
    NativeDefinition("channel", 0, -1, keywords: true, channelOpen)
]

/// Natives of the type Channel.
let channelMethods: [NativeDefinition] = [
    NativeDefinition("send", 0, -1, keywords: true, channelSend),
    NativeDefinition("recv", 0, -1, keywords: true, channelReceive),
    NativeDefinition("close", 0, 0, channelClose),
    NativeDefinition("__len__", 0, 0) { _, a, _, _ in Value(smallInt: channelOf(a[0]).count) },
    NativeDefinition("__iter__", 0, 0) { thread, a, _, _ in thread.newReference(a[0]) },
    NativeDefinition("__next__", 0, 0, channelNext),
    NativeDefinition("__enter__", 0, 0) { thread, a, _, _ in thread.newReference(a[0]) },
    NativeDefinition("__exit__", 0, -1, channelClose),
    NativeDefinition("__repr__", 0, 0, channelRepr),
]

/// Read-only attributes of the type Channel.
let channelProperties: [NativeDefinition] = [
    NativeDefinition("name", 1, 1) { thread, a, _, _ in thread.makeString(channelOf(a[0]).name) },
    NativeDefinition("capacity", 1, 1) { thread, a, _, _ in thread.makeInt(channelOf(a[0]).capacity) },
    NativeDefinition("closed", 1, 1) { _, a, _, _ in Value(channelOf(a[0]).hasClosed) },
]

/// The channel behind a handle.
private func channelOf(_ handle: Value) -> Channel {
    Unmanaged<Channel>.fromOpaque(handle.cast(NativeObject.self).pointee.state.unsafelyUnwrapped).takeUnretainedValue()
}

extension gild_thread_ref {
    func isChannel(_ value: Value) -> Bool { value.isPointer && type(of: value) == heap.pointee.types[.channel] }

    /// The channel of a handle; nil for anything else.
    func channel(of value: Value) -> Channel? { isChannel(value) ? channelOf(value) : nil }

    /// A handle for a channel; takes over one hold, also when this fails. Undefined: MemoryError raised.
    func makeChannelHandle(_ channel: Channel) -> Value {
        let value = makeNativeObject(.channel)
        if value.isUndefined {
            ChannelRegistry.shared.release(channel)
            return value
        }
        let handle = value.cast(NativeObject.self)
        handle.pointee.state = Unmanaged.passRetained(channel).toOpaque()
        handle.pointee.destroy = { object in
            let state = object.assumingMemoryBound(to: NativeObject.self).pointee.state.unsafelyUnwrapped
            let channel = Unmanaged<Channel>.fromOpaque(state).takeRetainedValue()
            ChannelRegistry.shared.release(channel)
        }
        return value
    }

    /// Handles are equal when their channel is the same one.
    func compareChannels(_ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
        guard op == .eq || op == .ne, isChannel(a), isChannel(b) else { return .notImplemented }
        return Value((channelOf(a) === channelOf(b)) == (op == .eq))
    }

    func channelHash(_ handle: Value) -> Int {
        let hash = Int(bitPattern: handle.cast(NativeObject.self).pointee.state) >> 4
        return hash == -1 ? -2 : hash
    }

    fileprivate func shownName(_ channel: Channel) -> String {
        let name = makeString(channel.name)
        if name.isUndefined { return "" }
        defer { decref(name) }
        return shownText(name)
    }

    /// A str in quotes.
    fileprivate func shownText(_ text: Value) -> String {
        let shown = repr(text)
        if shown.isUndefined { return "" }
        defer { decref(shown) }
        return string(shown)
    }

    fileprivate func raiseClosed(_ channel: Channel, _ rest: String = "") -> Value {
        raise(.channelClosed, "channel \(shownName(channel)) is closed\(rest)")
    }

    /// Nanoseconds, or nil for ever; the outer nil: raised.
    fileprivate func timeoutArgument(_ value: Value) -> Int?? {
        if value.isUndefined || value.isNone { return .some(nil) }
        guard let duration = durationArgument(value) else { return nil }
        if duration < 0 {
            raise(.valueError, "timeout must be a non-negative number")
            return nil
        }
        return .some(duration)
    }

    /// Arguments of a method by position or name, the receiver left out. Nil: raised.
    fileprivate func two(
        _ function: String, _ parameters: [String], required: Int, _ arguments: Arguments, _ count: Int, _ keywordNames: Value
    ) -> (Value, Value)? {
        var given = (Value.undefined, Value.undefined)
        let isBound = withUnsafeMutableBytes(of: &given) { bytes in
            bind(
                function, arguments, count, keywordNames, parameters: parameters, required: required,
                into: bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self))
        }
        return isBound ? given : nil
    }
}

/// `channel(name, capacity=None)`.
private func channelOpen(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (name, wanted) = thread.two("channel", ["name", "capacity"], required: 1, arguments, count, keywordNames) else { return .undefined }
    guard thread.isKind(name, .str) else { return thread.raise(.typeError, "channel() name must be str, not \(thread.typeName(name))") }
    var capacity: Int?
    if !wanted.isUndefined && !wanted.isNone {
        guard let number = thread.indexInt(wanted, .overflowError) else { return .undefined }
        if number < 0 { return thread.raise(.valueError, "channel() capacity must be 0 (no limit but the bytes) or more") }
        capacity = number
    }
    do throws(ChannelRegistry.Refusal) {
        return thread.makeChannelHandle(try ChannelRegistry.shared.open(thread.codePoints(name), capacity: capacity))
    } catch {
        switch error {
        case .otherCapacity(let other):
            return thread.raise(.valueError, "channel \(thread.shownText(name)) is open with capacity \(other), not \(capacity ?? 0)")
        case .tooManyChannels:
            return thread.raise(.runtimeError, "the process has \(ChannelRegistry.capacity) channels, as many as it may have")
        }
    }
}

/// `send(value, timeout=None)`.
private func channelSend(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (value, limit) = thread.two("send", ["value", "timeout"], required: 1, arguments + 1, count - 1, keywordNames),
        let timeout = thread.timeoutArgument(limit)
    else { return .undefined }
    let channel = channelOf(arguments[0])
    // Arguments lie in registers, each with a reference of its own: the one that holds the value, by position or by name.
    var argument = arguments + 1
    while argument.pointee != value { argument += 1 }
    let message: Message
    do throws(MessageWriter.Failure) {
        message = try MessageWriter.message(thread, argument, byteLimit: Channel.byteLimit)
    } catch {
        switch error {
        case .unsendable(let typeName, let path):
            return thread.raise(.typeError, "cannot send '\(typeName)' object over a channel\(path.isEmpty ? "" : ": value\(path)")")
        case .tooLarge:
            return thread.raise(.valueError, "the message takes more than the \(Channel.byteLimit >> 20) MiB that a channel holds")
        case .noMemory:
            return thread.raise(.memoryError, "no memory for a message: the channels of the process hold \(Message.totalBytes) bytes")
        }
    }
    var outcome = channel.trySend(message)
    if outcome == .wouldBlock && timeout != 0 {
        let deadline = timeout.flatMap { thread.deadline(after: $0) }
        let record = thread.s.pointee.lockThread
        repeat {
            outcome = thread.allowThreads(.channel) { channel.send(message, record, deadline: deadline) }
            if outcome == .interrupted && !thread.handleEvalBreaker() { return .undefined }
        } while outcome == .interrupted
    }
    switch outcome {
    case .done: return .none
    case .closed: return thread.raiseClosed(channel)
    default: return thread.raise(.timeoutError, "channel \(thread.shownName(channel)) had no room in time")
    }
}

/// `recv(timeout=None)`.
private func channelReceive(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let (limit, _) = thread.two("recv", ["timeout"], required: 0, arguments + 1, count - 1, keywordNames),
        let timeout = thread.timeoutArgument(limit)
    else { return .undefined }
    let channel = channelOf(arguments[0])
    switch thread.receive(channel, timeout: timeout) {
    case .value(let value): return value
    case .closed: return thread.raiseClosed(channel, " and empty")
    case .timedOut: return thread.raise(.timeoutError, "no message in channel \(thread.shownName(channel)) in time")
    }
}

/// The next message; the iteration ends when the channel is closed and empty.
private func channelNext(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if case .value(let value) = thread.receive(channelOf(arguments[0]), timeout: nil) { return value }
    return thread.raise(.stopIteration, argument: .undefined)
}

private enum Received {
    /// Undefined: raised.
    case value(Value)
    case closed, timedOut
}

extension gild_thread_ref {
    fileprivate func receive(_ channel: Channel, timeout: Int?) -> Received {
        var (message, outcome) = channel.tryReceive()
        if outcome == .wouldBlock && timeout != 0 {
            let deadline = timeout.flatMap { self.deadline(after: $0) }
            let record = s.pointee.lockThread
            repeat {
                (message, outcome) = allowThreads(.channel) { channel.receive(record, deadline: deadline) }
                if outcome == .interrupted && !handleEvalBreaker() { return .value(.undefined) }
            } while outcome == .interrupted
        }
        guard let message else { return outcome == .closed ? .closed : .timedOut }
        let value = MessageReader.value(self, message)
        if value.isUndefined { channel.putBack(message) }
        return .value(value)
    }
}

/// `close()`, also as `__exit__`.
private func channelClose(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    channelOf(arguments[0]).close()
    return .none
}

private func channelRepr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let channel = channelOf(arguments[0])
    let waiting = channel.count
    return thread.makeString("<gild.Channel \(thread.shownName(channel)): \(waiting) waiting\(channel.hasClosed ? ", closed" : "")>")
}
