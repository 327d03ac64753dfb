// Tells the service manager how the daemon is doing: one datagram of `KEY=value` lines to the socket that NOTIFY_SOCKET names
// (a path, or an abstract name after `@`). Without the variable, which is how a daemon runs by hand, everything is a no-op.
//
// A datagram is sent without waiting; when the manager's queue is full, for up to a second again and again, because a lost
// READY=1 would end in a timeout and a restart. Values cannot break out of their line: line ends become spaces.
// Source: sd_notify(3), systemd.service(5) (Type=notify and notify-reload).

import CGild
import Glibc

public struct ServiceNotifier: Sendable {
    /// One line of a message.
    public enum Message: Sendable, Equatable {
        /// Start or reload is complete.
        case ready
        /// One line for `systemctl status`.
        case status(String)
        /// A reload begins; with MONOTONIC_USEC, the time of sending, as Type=notify-reload demands.
        case reloading
        case stopping
        /// Feeds the watchdog.
        case watchdog
        case mainProcess(Int32)
        /// The manager is to wait for so much longer from now, µs.
        case extendTimeout(microseconds: UInt64)

        func lines(monotonicNanoseconds: UInt64) -> String {
            switch self {
            case .ready: "READY=1"
            case .status(let text): "STATUS=" + ServiceNotifier.oneLine(text)
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicNanoseconds / 1000)"
            case .stopping: "STOPPING=1"
            case .watchdog: "WATCHDOG=1"
            case .mainProcess(let process): "MAINPID=\(process)"
            case .extendTimeout(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
            }
        }
    }

    private let path: String?
    private let socket: Socket?

    private final class Socket: Sendable {
        let descriptor: Int32
        init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    /// - Parameter path: value of NOTIFY_SOCKET; nil or empty: nobody is told.
    /// Throws when the value is neither an absolute path nor an abstract name, is too long, or no socket can be made.
    public init(path: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) }) throws(ServiceError) {
        guard let path, !path.isEmpty else {
            (self.path, socket) = (nil, nil)
            return
        }
        guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1,
            path.utf8.count < Int(gild_socket_path_capacity())
        else {
            throw ServiceError(
                code: .notifySocket, message: "NOTIFY_SOCKET is neither an absolute path nor an abstract name: \(path)",
                place: "NOTIFY_SOCKET")
        }
        let descriptor = gild_datagram_socket(65536)
        guard descriptor >= 0 else {
            throw ServiceError(
                code: .notifySocket, message: "cannot make a socket: \(String(cString: strerror(errno)))", place: "NOTIFY_SOCKET")
        }
        self.path = path
        socket = Socket(descriptor)
    }

    /// Whether there is a service manager to tell.
    public var isActive: Bool { path != nil }

    /// Sends the messages in one datagram. Waits for at most a second; not for threads that hold a lock.
    /// - Returns: 0, or the errno of the failure.
    @discardableResult
    public func notify(_ messages: Message...) -> Int32 {
        guard let path, let socket, !messages.isEmpty else { return 0 }
        let now = gild_monotonic_ns()
        let text = messages.map { $0.lines(monotonicNanoseconds: now) }.joined(separator: "\n")
        var failure: Int32 = 0
        repeat {
            failure = text.utf8CString.withUnsafeBytes {
                gild_send_datagram(socket.descriptor, path, $0.baseAddress!, $0.count - 1)
            }
            guard failure == EAGAIN || failure == EINTR || failure == ENOBUFS else { return failure }
            usleep(10_000)
        } while gild_monotonic_ns() - now < 1_000_000_000
        return failure
    }

    static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

/// What the service manager's protocol cannot do here.
public struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case notifySocket
        /// LISTEN_FDS and its companions say something that is not so.
        case activation
        /// WATCHDOG_USEC is no number.
        case watchdog
        /// A signal cannot be waited for.
        case signals
    }
    public let code: Code
    public let message: String
    /// The environment variable, or the descriptor.
    public let place: String

    public var description: String { message }
}
