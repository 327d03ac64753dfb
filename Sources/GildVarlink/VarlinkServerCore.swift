// What the connections of one server share: its description, its counters, the table of connections, and the queue of those
// that have a complete message waiting.
//
// The queue is what keeps one busy peer from holding up the others: each turn takes one message of one connection, and after
// `sliceNanoseconds` of turns the loop goes back to its sockets. (A task executed at once would not let it: the loop runs tasks
// until there are none before it looks at a socket again. So the rest is scheduled a few microseconds ahead.)

import CGild
import NIOConcurrencyHelpers
import NIOCore

/// What a server has done since it was made.
public struct VarlinkServerCounters: Sendable, Equatable {
    /// Connections taken.
    public var accepted: UInt64 = 0
    /// Connections turned away: too many clients, or no descriptor left.
    public var refused: UInt64 = 0
    /// Calls that named a method, valid or not.
    public var calls: UInt64 = 0
    /// Calls answered with an error.
    public var errors: UInt64 = 0
    /// Messages that were no calls, or too long.
    public var malformed: UInt64 = 0
    /// Connections closed because their peer did not read.
    public var overflowed: UInt64 = 0
    /// Connections closed for being idle, or for an incomplete message.
    public var timedOut: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
}

final class VarlinkServerCore: @unchecked Sendable {
    let interfaces: ServiceInterfaces
    let limits: VarlinkLimits
    let errorNames: VarlinkErrorNames
    let handler: any VarlinkHandler
    let eventLoop: any EventLoop

    private static let sliceNanoseconds: UInt64 = 200_000

    // Event loop only.
    private var connections: [UInt64: VarlinkConnection] = [:]
    private var connectionsPerUser: [UInt32: Int] = [:]
    private var queue = CircularBuffer<VarlinkConnection>()
    private var isTurnScheduled = false
    private var isWatching = false
    private var lastIdentifier: UInt64 = 0
    private(set) var isDraining = false

    private let lock = NIOLock()
    /// Guarded by `lock`.
    private var sharedCounters = VarlinkServerCounters()
    private var isStopped = false

    /// The event loop takes no more tasks.
    var hasStopped: Bool { lock.withLock { isStopped } }
    func markStopped() { lock.withLock { isStopped = true } }

    /// Its value is the number of connections.
    let openConnections = ConditionLock(value: 0)

    init(
        interfaces: ServiceInterfaces, limits: VarlinkLimits, errorNames: VarlinkErrorNames, handler: any VarlinkHandler,
        eventLoop: any EventLoop
    ) {
        self.interfaces = interfaces
        self.limits = limits
        self.errorNames = errorNames
        self.handler = handler
        self.eventLoop = eventLoop
    }

    var counters: VarlinkServerCounters { lock.withLock { sharedCounters } }

    func count(_ body: (inout VarlinkServerCounters) -> Void) { lock.withLock { body(&sharedCounters) } }

    // MARK: Connections

    enum Admission {
        case admitted(VarlinkConnection)
        /// The message to send before closing.
        case refused([UInt8])
    }

    func admit(_ peer: PeerCredentials) -> Admission {
        func refuse(_ limit: String, _ maximum: Int) -> Admission {
            count { $0.refused += 1 }
            return .refused(refusal(limit, maximum))
        }
        if isDraining || connections.count >= limits.clients { return refuse("clients", limits.clients) }
        if connectionsPerUser[peer.userID, default: 0] >= limits.clientsPerUID { return refuse("clients_per_uid", limits.clientsPerUID) }
        lastIdentifier += 1
        let connection = VarlinkConnection(identifier: lastIdentifier, peer: peer, core: self, eventLoop: eventLoop)
        connections[lastIdentifier] = connection
        connectionsPerUser[peer.userID, default: 0] += 1
        publishCount()
        count { $0.accepted += 1 }
        watch()
        return .admitted(connection)
    }

    func refusal(_ limit: String, _ maximum: Int) -> [UInt8] {
        ReplyMessage.failure(errorNames.limitExceeded, ["limit": .string(limit), "maximum": .integer(Int64(maximum))])
    }

    /// False when it had been removed before.
    func remove(_ connection: VarlinkConnection) -> Bool {
        guard connections.removeValue(forKey: connection.identifier) != nil else { return false }
        let user = connection.peer.userID
        let remaining = connectionsPerUser[user, default: 1] - 1
        connectionsPerUser[user] = remaining > 0 ? remaining : nil
        publishCount()
        return true
    }

    private func publishCount() {
        openConnections.lock()
        openConnections.unlock(withValue: connections.count)
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
