// What the connections on one event loop share: the table of them, and the queue of those that have a complete message waiting.
//
// The queue is what keeps one busy peer from holding up the others: each turn takes one message of one connection, and after
// `sliceNanoseconds` of turns the loop goes back to its sockets. (A task executed at once would not let it: the loop runs tasks
// until there are none before it looks at a socket again. So the rest is scheduled a few microseconds ahead.)

import CGild
import NIOCore

/// Event loop only.
final class VarlinkLoop: @unchecked Sendable {
    let core: VarlinkServerCore
    let eventLoop: any EventLoop

    private static let sliceNanoseconds: UInt64 = 200_000

    private var connections: [UInt64: VarlinkConnection] = [:]
    private var queue = CircularBuffer<VarlinkConnection>()
    private var isTurnScheduled = false
    private var isWatching = false
    private(set) var isDraining = false

    init(core: VarlinkServerCore, eventLoop: any EventLoop) {
        self.core = core
        self.eventLoop = eventLoop
    }

    // MARK: Connections

    enum Admission {
        case admitted(VarlinkConnection)
        /// The message to send before closing.
        case refused([UInt8])
    }

    func admit(_ peer: PeerCredentials) -> Admission {
        switch core.admit(peer.userID, isDraining: isDraining) {
        case .refused(let message): return .refused(message)
        case .admitted(let identifier):
            let connection = VarlinkConnection(identifier: identifier, peer: peer, loop: self)
            connections[identifier] = connection
            watch()
            return .admitted(connection)
        }
    }

    /// False when it had been removed before.
    func remove(_ connection: VarlinkConnection) -> Bool {
        guard connections.removeValue(forKey: connection.identifier) != nil else { return false }
        core.release(connection.peer.userID)
        return true
    }

    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    func closeAll() { for connection in connections.values { connection.closeNow() } }

    // MARK: Turns

    var queueIsEmpty: Bool { queue.isEmpty }

    func enqueue(_ connection: VarlinkConnection) {
        queue.append(connection)
        guard !isTurnScheduled else { return }
        isTurnScheduled = true
        eventLoop.execute { self.takeTurns() }
    }

    private func takeTurns() {
        let end = gild_monotonic_ns() + Self.sliceNanoseconds
        while let connection = queue.popFirst() {
            connection.takeTurn()
            if gild_monotonic_ns() >= end { break }
        }
        if queue.isEmpty {
            isTurnScheduled = false
        } else {
            eventLoop.scheduleTask(in: .microseconds(20)) { self.takeTurns() }
        }
    }

    // MARK: Time limits

    /// Looks at every connection's deadlines a few times per the shortest of them, as long as there is a connection.
    private func watch() {
        guard !isWatching else { return }
        isWatching = true
        let limits = core.limits
        let shortest = [limits.idleTimeoutNanoseconds, limits.partialFrameTimeoutNanoseconds].filter { $0 > 0 }.min()
        let period = min(max((shortest ?? .max) / 4, 10_000_000), 1_000_000_000)
        eventLoop.scheduleTask(in: .nanoseconds(Int64(period))) {
            self.isWatching = false
            let now = gild_monotonic_ns()
            for connection in self.connections.values { connection.checkTime(now) }
            if !self.connections.isEmpty { self.watch() }
        }
    }
}
