// What the connections of one server share: its description, its limits and what counts against them, its counters.

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

    private let lock = NIOLock()
    /// Guarded by `lock`.
    private var sharedCounters = VarlinkServerCounters()
    private var isStopped = false

    /// The event loops take no more tasks.
    var hasStopped: Bool { lock.withLock { isStopped } }
    func markStopped() { lock.withLock { isStopped = true } }

    /// Its value is the number of connections.
    let openConnections = ConditionLock(value: 0)
    /// Guarded by `openConnections`.
    private var connections = 0
    private var connectionsPerUser: [UInt32: Int] = [:]
    private var lastIdentifier: UInt64 = 0

    init(interfaces: ServiceInterfaces, limits: VarlinkLimits, errorNames: VarlinkErrorNames, handler: any VarlinkHandler) {
        self.interfaces = interfaces
        self.limits = limits
        self.errorNames = errorNames
        self.handler = handler
    }

    var counters: VarlinkServerCounters { lock.withLock { sharedCounters } }

    func count(_ body: (inout VarlinkServerCounters) -> Void) { lock.withLock { body(&sharedCounters) } }

    // MARK: Admission

    enum Admission {
        /// The connection's identifier.
        case admitted(UInt64)
        /// The message to send before closing.
        case refused([UInt8])
    }

    /// Counts a connection of this user, unless there are too many already.
    func admit(_ user: UInt32, isDraining: Bool) -> Admission {
        openConnections.lock()
        let total = connections
        let own = connectionsPerUser[user, default: 0]
        guard !isDraining, total < limits.clients, own < limits.clientsPerUID else {
            openConnections.unlock()
            count { $0.refused += 1 }
            return .refused(
                isDraining || total >= limits.clients ? refusal("clients", limits.clients) : refusal("clients_per_uid", limits.clientsPerUID))
        }
        connectionsPerUser[user] = own + 1
        lastIdentifier += 1
        let identifier = lastIdentifier
        connections = total + 1
        openConnections.unlock(withValue: connections)
        count { $0.accepted += 1 }
        return .admitted(identifier)
    }

    /// The end of a connection that was admitted.
    func release(_ user: UInt32) {
        openConnections.lock()
        let remaining = connectionsPerUser[user, default: 1] - 1
        connectionsPerUser[user] = remaining > 0 ? remaining : nil
        connections -= 1
        openConnections.unlock(withValue: connections)
    }

    func refusal(_ limit: String, _ maximum: Int) -> [UInt8] {
        ReplyMessage.failure(errorNames.limitExceeded, ["limit": .string(limit), "maximum": .integer(Int64(maximum))])
    }
}
