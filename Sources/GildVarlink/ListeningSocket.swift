// The server's listening socket: made by ourselves at a path, or inherited (socket activation).
//
// Making one at a path:
//
//   1. `<path>.lock` is locked exclusively (flock(2)) and kept locked while the server runs. Of two servers that start at once,
//      one gets the lock and the other one "already running"; the kernel drops the lock with the process, however it ends. A
//      lock on a file that was unlinked in between is none, so after locking the path must still name the locked inode.
//   2. What stands at the path is looked at: nothing is fine; what is no socket, or not ours, is an error; a socket that somebody
//      listens on (connect(2) does not answer ECONNREFUSED) is "already running"; a dead one of our own is unlinked.
//   3. bind, chmod, chown, listen, in this order: before listen(2) every connect is refused, so nobody gets in under the
//      permissions of the umask.
//
// Closing unlinks the path and then the lock file, each only while it still is the file that was made here.

import Glibc

/// Where a server listens.
public enum Listener: Sendable, Equatable {
    /// A socket to be made at a path with these permissions (like 0o660) and, where given, this group.
    case path(String, mode: mode_t, group: gid_t?)
    /// A Unix stream socket that listens already; the server closes it in the end.
    case descriptor(Int32)
}

/// Why a server cannot listen.
public struct VarlinkServerError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process serves this path.
        case alreadyRunning
        /// Something that is no socket stands at the path.
        case notASocket
        /// A socket of another user stands at the path.
        case notOurs
        case pathTooLong
        /// The inherited descriptor is no listening Unix stream socket.
        case notListening
        /// `start` after `start`.
        case alreadyStarted
        /// A system call failed; see `errorNumber`.
        case system
    }

    public var code: Code
    public var message: String
    public var path: String
    /// errno(3), or 0.
    public var errorNumber: Int32

    init(_ code: Code, _ message: String, path: String = "", errorNumber: Int32 = 0) {
        self.code = code
        self.message = message
        self.path = path
        self.errorNumber = errorNumber
    }

    static func system(_ call: String, path: String) -> VarlinkServerError {
        let number = errno
        return VarlinkServerError(.system, "\(call): \(String(cString: strerror(number)))", path: path, errorNumber: number)
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// One inode, as far as a path can be compared with it.
private struct FileIdentity: Equatable {
    var device: dev_t
    var inode: ino_t

    init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }
}

struct ListeningSocket {
    let descriptor: Int32
    private var made: (path: String, identity: FileIdentity, lock: Int32)?

    init(_ listener: Listener) throws(VarlinkServerError) {
        switch listener {
        case .descriptor(let descriptor):
            func option(_ name: Int32) -> Int32? {
                var value: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
            }
            guard option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1 else {
                throw VarlinkServerError(.notListening, "descriptor \(descriptor) is no listening Unix stream socket")
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            self.descriptor = descriptor
        case .path(let path, let mode, let group):
            guard var address = unixAddress(path) else { throw VarlinkServerError(.pathTooLong, "longer than 107 bytes", path: path) }
            let lock = try Self.lock(path)
            var kept = false
            defer { if !kept { Self.unlock(path, lock) } }
            try Self.clear(path, &address)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw .system("socket", path: path) }
            defer { if !kept { close(descriptor) } }
            guard withSocketAddress(&address, { bind(descriptor, $0, $1) }) == 0 else { throw .system("bind", path: path) }
            defer { if !kept { unlink(path) } }
            guard chmod(path, mode) == 0 else { throw .system("chmod", path: path) }
            if let group, chown(path, uid_t.max, group) != 0 { throw .system("chown", path: path) }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw .system("stat", path: path) }
            guard listen(descriptor, Self.backlog) == 0 else { throw .system("listen", path: path) }
            kept = true
            self.descriptor = descriptor
            made = (path, FileIdentity(status), lock)
        }
    }

    /// Connections that the kernel keeps until they are accepted (bounded by net.core.somaxconn).
    static let backlog: Int32 = 1024

    /// Removes what was made at the path; to be called before the descriptor is closed.
    func removePath() {
        guard let made else { return }
        var status = stat()
        if lstat(made.path, &status) == 0, FileIdentity(status) == made.identity { unlink(made.path) }
        Self.unlock(made.path, made.lock)
    }

    private static func lock(_ path: String) throws(VarlinkServerError) -> Int32 {
        let name = path + ".lock"
        while true {
            let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw .system("open", path: name) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let running = errno == EWOULDBLOCK
                defer { close(descriptor) }
                if running { throw VarlinkServerError(.alreadyRunning, "already running", path: path) }
                throw .system("flock", path: name)
            }
            var locked = stat()
            var named = stat()
            if fstat(descriptor, &locked) == 0, lstat(name, &named) == 0, FileIdentity(locked) == FileIdentity(named) { return descriptor }
            close(descriptor)
        }
    }

    /// While the lock is held, nobody else may unlink the file that the lock is on.
    private static func unlock(_ path: String, _ lock: Int32) {
        unlink(path + ".lock")
        close(lock)
    }

    private static func clear(_ path: String, _ address: inout sockaddr_un) throws(VarlinkServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system("stat", path: path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw VarlinkServerError(.notASocket, "exists and is no socket", path: path) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .system("socket", path: path) }
        defer { close(probe) }
        // EAGAIN: somebody listens and the queue is full. EACCES: it cannot be told, and it is not ours then.
        let connected = withSocketAddress(&address) { connect(probe, $0, $1) }
        if connected == 0 || errno == EAGAIN { throw VarlinkServerError(.alreadyRunning, "already running", path: path) }
        guard errno == ECONNREFUSED || errno == EACCES || errno == ENOENT else { throw .system("connect", path: path) }
        guard status.st_uid == geteuid() else { throw VarlinkServerError(.notOurs, "a socket of another user", path: path) }
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("unlink", path: path) }
    }
}

/// The address of `path`; nil when it is empty or too long for sun_path.
func unixAddress(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard !bytes.isEmpty, bytes.count < capacity, !bytes.contains(0) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return address
}

func withSocketAddress<Result>(
    _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
