// blocking-io: a pair of connected sockets, read and written with the lock given up.
//
//     import blocking_io
//     pair = blocking_io.open()
//     blocking_io.write(pair, 0, b"ping")      to side 0; side 1 reads it
//     blocking_io.read(pair, 1, 100)           at most 100 bytes; b"" when the other side has been closed
//     blocking_io.close(pair, 0)
//
// The workload `echo` is the one by which the GIL's latency is measured (D. Beazley, 2010): thread 0 sends a message and waits
// for its echo, again and again; the other threads compute. Every answer waits for the lock twice, so what the computing
// threads do to a thread that comes back from a blocking call shows as round trips a second.
// Parameters: `round_trips` (1000), `bytes` (32). Thread 1 echoes; threads from 2 on compute until the others are done.
//
// A wait for data is cut into slices: a run that is asked to stop does not wait for a message that may never come.

import CGildPlugin
import Glibc

/// Two connected sockets. A side that is closed is shut down at once, which wakes whoever waits on either side; its descriptor
/// is closed with the object, so that a thread that still uses it cannot meet a descriptor that has become somebody else's.
private final class Pair {
    let sides: (Int32, Int32)

    init?() {
        var descriptors: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &descriptors) == 0 else { return nil }
        sides = (descriptors[0], descriptors[1])
    }

    deinit {
        Glibc.close(sides.0)
        Glibc.close(sides.1)
    }

    subscript(side: Int) -> Int32 { side == 0 ? sides.0 : sides.1 }

    func shut(_ side: Int) { shutdown(self[side], Int32(SHUT_RDWR)) }
}

/// What a wait came to.
private enum Readiness {
    case ready, interrupted
}

/// Without the lock: wait until the descriptor can be used, in slices.
private func wait(_ context: Context, _ descriptor: Int32, for events: Int32) -> Readiness {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        if gild_interrupted(context) != 0 { return .interrupted }
        if poll(&entry, 1, 50) > 0 { return .ready }
    }
}

/// Run `body` without the lock, and answer what came meanwhile. Nil from `body`: the wait was interrupted, so it is tried again
/// unless the checkpoint raises.
private func blocking<T>(_ context: Context, _ body: () -> T?) throws(Failure) -> T {
    while true {
        try check(gild_leave(context))
        let result = body()
        try check(gild_enter(context))
        if let result { return result }
        try check(gild_checkpoint(context))
    }
}

/// Bytes that arrived, at most `count`; nil: interrupted.
private func receive(_ context: Context, _ descriptor: Int32, _ count: Int) -> [UInt8]? {
    guard wait(context, descriptor, for: Int32(POLLIN)) == .ready else { return nil }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = max(0, recv(descriptor, buffer.baseAddress, count, Int32(MSG_DONTWAIT)))
    }
}

/// How many were sent; nil: interrupted, -1: the other side is closed.
private func send(_ context: Context, _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
    guard wait(context, descriptor, for: Int32(POLLOUT)) == .ready else { return nil }
    let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    return sent < 0 && errno == EAGAIN ? 0 : sent
}

// MARK: - The module

private let pairType = OpaqueType<Pair>("Pair") { data in if let data { Unmanaged<Pair>.fromOpaque(data).release() } }

private func number(_ context: Context, _ handle: gild_handle, from least: Int64, to greatest: Int64, _ complaint: StaticString) throws(Failure) -> Int {
    var value: Int64 = 0
    try check(gild_int_get(context, handle, &value))
    if value < least || value > greatest { try check(gild_raise(context, GILD_VALUE_ERROR, text(complaint))) }
    return Int(value)
}

private func side(_ context: Context, _ handle: gild_handle) throws(Failure) -> Int {
    try number(context, handle, from: 0, to: 1, "the sides of a pair are 0 and 1")
}

private func open(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    guard let pair = Pair() else {
        try check(gild_raise(context, GILD_OS_ERROR, "the system has no pair of sockets"))
        throw Failure(status: GILD_RAISED)
    }
    return try pairType.give(context, pair)
}

private func read(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    let descriptor = try pairType.get(context, arguments[0])[try side(context, arguments[1])]
    let count = try number(context, arguments[2], from: 1, to: 1 << 20, "read() takes 1 to 1048576 bytes at a time")
    let bytes = try blocking(context) { receive(context, descriptor, count) }
    var result = gild_handle(bits: 0)
    try check(gild_bytes_new(context, bytes, bytes.count, &result))
    return result
}

private func write(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    let descriptor = try pairType.get(context, arguments[0])[try side(context, arguments[1])]
    var data: UnsafePointer<UInt8>?
    var length = 0
    try check(gild_bytes_get(context, arguments[2], &data, &length))
    var rest = UnsafeRawBufferPointer(start: data, count: length)[...]
    while !rest.isEmpty {
        let sent = try blocking(context) { send(context, descriptor, UnsafeRawBufferPointer(rebasing: rest)) }
        if sent < 0 { try check(gild_raise(context, GILD_OS_ERROR, "the other side has been closed")) }
        rest = rest.dropFirst(sent)
    }
    var result = gild_handle(bits: 0)
    try check(gild_int_new(context, Int64(length), &result))
    return result
}

private func close(_ context: Context, _ arguments: Arguments) throws(Failure) -> gild_handle {
    try pairType.get(context, arguments[0]).shut(try side(context, arguments[1]))
    return gild_handle(bits: 0)
}

// MARK: - The workload

nonisolated(unsafe) private var host: UnsafePointer<gild_host>!
nonisolated(unsafe) private var blockingRoundTrips: OpaquePointer!

/// The state of one run of the workload.
private final class Echo {
    let pair: Pair
    let roundTrips: Int
    let bytes: Int

    init(pair: Pair, roundTrips: Int, bytes: Int) {
        self.pair = pair
        self.roundTrips = roundTrips
        self.bytes = bytes
    }

    /// Nothing more will be sent; both threads that use the pair come back.
    func stop() {
        pair.shut(0)
        pair.shut(1)
    }

    var isStopped: Bool {
        var entry = pollfd(fd: pair[1], events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Whole messages only. Nil: the other side has been closed.
    func receiveAll(_ context: Context, _ descriptor: Int32) throws(Failure) -> [UInt8]? {
        var message: [UInt8] = []
        while message.count < bytes {
            let part = try blocking(context) { receive(context, descriptor, bytes - message.count) }
            if part.isEmpty { return nil }
            message += part
        }
        return message
    }

    func sendAll(_ context: Context, _ descriptor: Int32, _ message: [UInt8]) throws(Failure) -> Bool {
        var done = 0
        while done < message.count {
            let sent = try blocking(context) { message.withUnsafeBytes { send(context, descriptor, UnsafeRawBufferPointer(rebasing: $0[done...])) } }
            if sent < 0 { return false }
            done += sent
        }
        return true
    }

    func ask(_ context: Context) throws(Failure) {
        defer { stop() }
        for turn in 0..<roundTrips {
            let message = [UInt8](repeating: UInt8(truncatingIfNeeded: turn), count: bytes)
            guard try sendAll(context, pair[0], message), let answer = try receiveAll(context, pair[0]) else { return }
            if answer != message { try check(gild_raise(context, GILD_RUNTIME_ERROR, "the echo differs from the message")) }
            _ = gild_metric_add(host, blockingRoundTrips, 1)
        }
    }

    func answer(_ context: Context) throws(Failure) {
        while let message = try receiveAll(context, pair[1]) {
            if try !sendAll(context, pair[1], message) { return }
        }
    }

    func compute(_ context: Context) throws(Failure) {
        var value = 1.0
        while !isStopped {
            for _ in 0..<1000 { value = (value + 2 / value) / 2 }
            try check(gild_checkpoint(context))
        }
    }
}

private func parameter(_ context: Context, _ parameters: OpaquePointer, _ name: StaticString, _ otherwise: Int, _ range: ClosedRange<Int>) throws(Failure) -> Int {
    var value: UnsafePointer<CChar>?
    if gild_parameter(host, parameters, text(name), &value) != GILD_OK { return otherwise }
    guard let value, let number = Int(String(cString: value)), range.contains(number) else {
        try check(gild_raise(context, GILD_VALUE_ERROR, "round_trips is a number from 1 on, bytes one from 1 to 65536"))
        return otherwise
    }
    return number
}

private let prepareEcho: @convention(c) (Context, OpaquePointer, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> gild_status = { context, parameters, state in
    do throws(Failure) {
        let count = try parameter(context, parameters, "round_trips", 1000, 1...Int.max)
        let bytes = try parameter(context, parameters, "bytes", 32, 1...65536)
        guard let pair = Pair() else { return gild_raise(context, GILD_OS_ERROR, "the system has no pair of sockets") }
        state.pointee = Unmanaged.passRetained(Echo(pair: pair, roundTrips: count, bytes: bytes)).toOpaque()
        return GILD_OK
    } catch {
        return error.status
    }
}

private let runEcho: @convention(c) (Context, UnsafeMutableRawPointer?, Int) -> gild_status = { context, state, index in
    let echo = Unmanaged<Echo>.fromOpaque(state!).takeUnretainedValue()
    do throws(Failure) {
        switch index {
        case 0: try echo.ask(context)
        case 1: try echo.answer(context)
        default: try echo.compute(context)
        }
        return GILD_OK
    } catch {
        echo.stop()
        return error.status
    }
}

// MARK: - Registration

private let functions = [
    Function(name: "open", documentation: "open(): a pair of connected sockets.", count: 0) { context, _, a, _, r in run(open, context, a, r) },
    Function(name: "read", documentation: "read(pair, side, count): bytes that arrived; waits for the first.", count: 3) { context, _, a, _, r in
        run(read, context, a, r)
    },
    Function(name: "write", documentation: "write(pair, side, data): send all of it; returns its length.", count: 3) { context, _, a, _, r in
        run(write, context, a, r)
    },
    Function(name: "close", documentation: "close(pair, side): the other side reads b'' from now on.", count: 2) { context, _, a, _, r in
        run(close, context, a, r)
    },
]

@_cdecl("gild_plugin_init")
public func initialize(_ givenHost: UnsafePointer<gild_host>, _ plugin: OpaquePointer) -> gild_status {
    host = givenHost
    var status = gild_describe(host, plugin, text("blocking_io"), text("1.0.0"))
    if status < GILD_OK { return status }
    for function in functions {
        status = function.register(host, plugin)
        if status < GILD_OK { return status }
    }
    var echo = gild_workload_definition(
        size: MemoryLayout<gild_workload_definition>.size, name: text("echo"), prepare: prepareEcho, run: runEcho,
        stop: { state in if let state { Unmanaged<Echo>.fromOpaque(state).takeUnretainedValue().stop() } },
        finish: { state in if let state { Unmanaged<Echo>.fromOpaque(state).release() } })
    status = gild_register_workload(host, plugin, &echo)
    if status < GILD_OK { return status }
    var metric = gild_metric_definition(
        size: MemoryLayout<gild_metric_definition>.size, name: text("round_trips"), help: text("Messages that came back as they were sent."), kind: GILD_COUNTER)
    return gild_register_metric(host, plugin, &metric, &blockingRoundTrips)
}
