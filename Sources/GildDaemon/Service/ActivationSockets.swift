// Takes over the sockets that the service manager opened: descriptors 3, 4, … LISTEN_FDS of them, if LISTEN_PID is this
// process; their names are in LISTEN_FDNAMES. The variables are removed, so that no child believes that they are its own, and
// the descriptors are made close-on-exec for the same reason.
// Source: sd_listen_fds(3), systemd.socket(5) FileDescriptorName=.

import Glibc

public struct ActivationSocket: Sendable, Equatable {
    public let descriptor: Int32
    /// `unknown` where the manager gave none.
    public let name: String
}

public enum ActivationSockets {
    public static let firstDescriptor: Int32 = 3

    /// The sockets passed to this process; none when it was not activated. Call once, before other threads read the
    /// environment.
    public static func take() throws(ServiceError) -> [ActivationSocket] {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let (process, count, names) = (variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES"))
        for name in ["LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        return try sockets(process: process, count: count, names: names)
    }

    static func sockets(
        process: String?, count: String?, names: String?, first: Int32 = firstDescriptor, ownProcess: Int32 = getpid()
    ) throws(ServiceError) -> [ActivationSocket] {
        guard let process, let count else { return [] }
        guard let processNumber = Int32(process), processNumber > 0 else { throw failure("LISTEN_PID is not a process: \(process)", "LISTEN_PID") }
        guard processNumber == ownProcess else { return [] }
        guard let number = Int32(count), number >= 0, number <= 1024 else {
            throw failure("LISTEN_FDS is not a number of descriptors: \(count)", "LISTEN_FDS")
        }
        let nameList = names?.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if let nameList, number > 0, nameList.count != Int(number) {
            throw failure("LISTEN_FDNAMES has \(nameList.count) names for \(number) descriptors", "LISTEN_FDNAMES")
        }
        var result: [ActivationSocket] = []
        for index in 0..<number {
            let descriptor = first + index
            try check(descriptor)
            let flags = fcntl(descriptor, F_GETFD)
            _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC)
            let name = nameList?[Int(index)] ?? ""
            result.append(ActivationSocket(descriptor: descriptor, name: name.isEmpty ? "unknown" : name))
        }
        return result
    }

    /// It is open, a socket, AF_UNIX, of streams, and listens.
    private static func check(_ descriptor: Int32) throws(ServiceError) {
        func option(_ name: Int32) -> Int32? {
            var value: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
        }
        let place = "descriptor \(descriptor)"
        guard fcntl(descriptor, F_GETFD) >= 0 else { throw failure("\(place) of LISTEN_FDS is not open", place) }
        guard let family = option(SO_DOMAIN) else { throw failure("\(place) of LISTEN_FDS is not a socket", place) }
        guard family == AF_UNIX else { throw failure("\(place) of LISTEN_FDS is not a Unix socket (ListenStream= with a path)", place) }
        guard option(SO_TYPE) == Int32(SOCK_STREAM.rawValue) else {
            throw failure("\(place) of LISTEN_FDS is not a stream socket (ListenStream=)", place)
        }
        guard option(SO_ACCEPTCONN) == 1 else {
            throw failure("\(place) of LISTEN_FDS does not listen (Accept=no is needed)", place)
        }
    }

    private static func failure(_ message: String, _ place: String) -> ServiceError {
        ServiceError(code: .activation, message: message, place: place)
    }
}
