// The output of a script that a client has brought along, on its way to that client.
//
// It works like a pipe with two marks. Writing never waits: it happens with the runtime's lock held. But where the script's
// stream is flushed, without the lock, its thread waits until less than `comfortable` bytes are in the pipe: so a script is
// about as fast as who reads it, and `gilctl run x.py | less` behaves as `python3 x.py | less`. Nobody else waits with it.
// Nobody waits either once the client has gone, the run has been told to end, or there is no evaluation under way that the
// output could be sent with. What is written beyond `capacity` is lost and counted, and the reader is told in the stream.
//
// The reader is woken once and again only after it has taken something, see `OutputHistory`.

import CGild
import GildControl
import GildVarlink
import NIOConcurrencyHelpers

final class OutputPipe: Sendable {
    private struct State {
        var pieces: [(stream: ScriptInterface.Stream, bytes: [UInt8])] = []
        var count = 0
        var lost = 0
        /// Writers wait for room.
        var isPatient: Bool
        /// Everything that is written is forgotten.
        var isBroken = false
        var isWoken = false
        var wake: (@Sendable () -> Void)?
    }

    static let comfortable = 256 << 10
    static let capacity = 1 << 20
    private let monitor: Monitor<State>

    init(isPatient: Bool) { monitor = Monitor(State(isPatient: isPatient)) }

    /// Never waits.
    func write(_ stream: ScriptInterface.Stream, _ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        monitor.withLock { state in
            if state.isBroken { return }
            if state.count >= Self.capacity {
                state.lost += bytes.count
            } else {
                let last = state.pieces.count - 1
                if last >= 0 && state.pieces[last].stream == stream && state.pieces[last].bytes.count < 16 << 10 {
                    state.pieces[last].bytes += bytes
                } else {
                    state.pieces.append((stream, bytes))
                }
                state.count += bytes.count
            }
            if !state.isWoken, let wake = state.wake {
                state.isWoken = true
                wake()
            }
        }
    }

    /// Waits until there is room, or nobody should wait any more, or `isInterrupted` says so (asked about ten times a second).
    func waitForRoom(_ isInterrupted: () -> Bool) {
        while !isInterrupted() {
            let isRoomy = monitor.withLock(
                when: { $0.count < Self.comfortable || !$0.isPatient || $0.isBroken }, before: gild_monotonic_ns() + 100_000_000
            ) { $0.count < Self.comfortable || !$0.isPatient || $0.isBroken }
            if isRoomy { return }
        }
    }

    /// Who is told that there is something to read; called with the pipe's lock held. Nil: nobody.
    func setReader(_ wake: (@Sendable () -> Void)?) {
        monitor.withLock { state in
            state.wake = wake
            state.isWoken = false
            if let wake, state.count > 0 {
                state.isWoken = true
                wake()
            }
        }
    }

    /// Whether writers wait for room from now on.
    func setPatient(_ isPatient: Bool) {
        monitor.withLock { state in
            state.isPatient = isPatient
            monitor.wake()
        }
    }

    /// Nobody will read any more.
    func breakOff() {
        monitor.withLock { state in
            state.isBroken = true
            (state.pieces, state.count, state.wake) = ([], 0, nil)
            monitor.wake()
        }
    }

    /// The oldest pieces, about `limit` bytes of them, and whether there are more.
    func take(_ limit: Int) -> (pieces: [ScriptInterface.Output], hasMore: Bool) {
        let (pieces, lost, hasMore) = monitor.withLock { state in
            state.isWoken = false
            var taken = 0
            var end = 0
            while end < state.pieces.count && (end == 0 || taken + state.pieces[end].bytes.count <= limit) {
                taken += state.pieces[end].bytes.count
                end += 1
            }
            var pieces = Array(state.pieces[..<end])
            state.pieces.removeFirst(end)
            if taken > limit, let whole = pieces.first {
                // One write of a script, larger than a reply may be.
                pieces[0].bytes = Array(whole.bytes[..<limit])
                state.pieces.insert((whole.stream, Array(whole.bytes[limit...])), at: 0)
                taken = limit
            }
            state.count -= taken
            monitor.wake()
            let lost = state.pieces.isEmpty ? state.lost : 0
            if lost > 0 { state.lost = 0 }
            return (pieces, lost, !state.pieces.isEmpty)
        }
        var result = pieces.map { ScriptInterface.Output(stream: $0.stream, bytes: $0.bytes) }
        if lost > 0 {
            result.append(.init(stream: .stderr, bytes: Array("\ngild: \(lost) bytes of output were lost here: nobody read them\n".utf8)))
        }
        return (result, hasMore)
    }
}

/// Sends what comes through a pipe to a client, as fast as it reads, and a last reply behind it. Its state belongs to the
/// event loop; `finish` is called from any thread.
final class OutputPump: @unchecked Sendable {
    /// Bytes in one reply; escapes can make them six times as many on the wire.
    private static let replyBytes = 64 << 10

    private let call: VarlinkCall
    private let pipe: OutputPipe
    private let send: @Sendable ([ScriptInterface.Output]) -> Bool
    private let turn: DrainTurn
    /// Event loop only.
    private var last: (@Sendable ([ScriptInterface.Output]) -> Void)?
    private var hasEnded = false

    /// - Parameter send: one reply of several; false when nobody listens.
    init(_ call: VarlinkCall, _ pipe: OutputPipe, send: @escaping @Sendable ([ScriptInterface.Output]) -> Bool) {
        self.call = call
        self.pipe = pipe
        self.send = send
        turn = DrainTurn(call)
        pipe.setReader { [weak self] in self?.wake() }
        // Holds the pump until the call has ended or the client has gone.
        call.onClose { self.hasEnded = true }
    }

    private func wake() { turn.request { self.pump() } }

    /// There will be no more output: sends the rest and calls `last` with what belongs into the last reply.
    func finish(_ last: @escaping @Sendable ([ScriptInterface.Output]) -> Void) {
        call.whenDrained { [self] in
            self.last = last
            pump()
        }
    }

    private func pump() {
        if hasEnded { return }
        let (pieces, hasMore) = pipe.take(Self.replyBytes)
        if !hasMore, let last {
            hasEnded = true
            pipe.setReader(nil)
            return last(pieces)
        }
        if !pieces.isEmpty, !send(pieces) {
            hasEnded = true
            return
        }
        if hasMore { wake() }
    }
}

/// One turn of a stream at a time: however often it is asked for, `body` runs once, on the event loop, when the client has
/// read what it was sent.
final class DrainTurn: Sendable {
    private let call: VarlinkCall
    private let isRequested = NIOLockedValueBox(false)

    init(_ call: VarlinkCall) { self.call = call }

    func request(_ body: @escaping @Sendable () -> Void) {
        let isFirst = isRequested.withLockedValue { isRequested in
            defer { isRequested = true }
            return !isRequested
        }
        guard isFirst else { return }
        call.whenDrained { [self] in
            isRequested.withLockedValue { $0 = false }
            body()
        }
    }
}
