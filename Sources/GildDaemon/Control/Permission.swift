// Who may change things: root, the daemon's own user, and members of the configured group.
//
// The kernel says who connected (SO_PEERCRED): uid and primary gid at the time of connect(2). Supplementary groups are those
// that the user database gives the uid, which can take time (the database may be on the network): that question is asked on a
// thread that may wait, and its answer kept for a few seconds.

import CGild
import GildVarlink
import Glibc
import NIOConcurrencyHelpers

final class Permission: Sendable {
    enum Decision: Sendable, Equatable { case permitted, refused, unknown }

    private struct State: Sendable {
        var group: String
        /// Nil where the system has no such group: then nobody is in it.
        var gid: gid_t?
        var known: [UInt32: (isMember: Bool, until: UInt64)] = [:]
    }

    private static let memory: UInt64 = 5_000_000_000
    private let state: NIOLockedValueBox<State>

    init(group: String) { state = NIOLockedValueBox(State(group: group, gid: groupNumber(group))) }

    /// Name of the group.
    var group: String { state.withLockedValue { $0.group } }

    /// From now on this group. BLOCKING: asks the group database.
    func setGroup(_ group: String) {
        let gid = groupNumber(group)
        state.withLockedValue { $0 = State(group: group, gid: gid) }
    }

    /// Never blocks.
    func decide(_ peer: PeerCredentials) -> Decision {
        if peer.userID == 0 || peer.userID == geteuid() { return .permitted }
        return state.withLockedValue { state in
            guard let gid = state.gid else { return .refused }
            if peer.groupID == gid { return .permitted }
            guard let known = state.known[peer.userID], known.until > gild_monotonic_ns() else { return .unknown }
            return known.isMember ? .permitted : .refused
        }
    }

    /// BLOCKING: asks the user database where `decide` does not know.
    func lookUp(_ peer: PeerCredentials) -> Bool {
        let decision = decide(peer)
        guard decision == .unknown, let gid = state.withLockedValue({ $0.gid }) else { return decision == .permitted }
        let isMember = supplementaryGroups(peer.userID).contains(gid)
        state.withLockedValue { state in
            if state.known.count > 1024 { state.known = [:] }
            state.known[peer.userID] = (isMember, gild_monotonic_ns() + Permission.memory)
        }
        return isMember
    }
}

/// The number of a group; nil where there is none of this name. BLOCKING.
func groupNumber(_ name: String) -> gid_t? {
    var size = 4096
    while size <= 1 << 20 {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        let (code, number) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer -> (Int32, gid_t?) in
            let code = getgrnam_r(name, &entry, buffer.baseAddress, size, &found)
            return (code, found.map { $0.pointee.gr_gid })
        }
        if code != ERANGE { return number }
        size *= 4
    }
    return nil
}

/// The groups that the user database gives a user. BLOCKING.
private func supplementaryGroups(_ user: uid_t) -> [gid_t] {
    var size = 4096
    while size <= 1 << 20 {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let (code, groups) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer -> (Int32, [gid_t]) in
            let code = getpwuid_r(user, &entry, buffer.baseAddress!, size, &found)
            guard let found, let name = found.pointee.pw_name else { return (code, []) }
            var count: Int32 = 64
            while true {
                var groups = [gid_t](repeating: 0, count: Int(count))
                let wanted = count
                if getgrouplist(name, found.pointee.pw_gid, &groups, &count) >= 0 { return (code, Array(groups.prefix(Int(count)))) }
                if count <= wanted || count > 1 << 16 { return (code, groups) }
            }
        }
        if code != ERANGE { return groups }
        size *= 4
    }
    return []
}
