// Where records go. A sink is used by one thread at a time, the writer of an `EventLog`: it may wait a little, nobody
// else waits with it. It turns a record into bytes once, and is then asked to send them until they are gone, cannot be
// sent at all, or the log is closed.

import CGild
import Glibc

/// What became of an attempt to send.
public enum SendOutcome: Sendable, Equatable {
    /// All bytes are out.
    case sent
    /// Some or none are out; worth another attempt after a pause: a full pipe, a full disk, a journal that restarts.
    case again
    /// This record cannot be sent, ever: a closed descriptor, a reader that is gone. The value is `errno`.
    case failed(Int32)
}

public protocol LogSink: AnyObject, Sendable {
    /// Appends the record's bytes. Writer thread only.
    func encode(_ record: LogRecord, to bytes: inout [UInt8])
    /// Sends `bytes[sent...]` and moves `sent` on. May wait for up to about 100 ms. Never raises SIGPIPE on a thread
    /// that blocks it. Writer thread only.
    func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome
}

/// Lines on a file descriptor: a terminal, a pipe, a file, a socket.
///
/// The descriptor stays blocking, because O_NONBLOCK belongs to the open file and would change it for every process that
/// shares it (a shell's terminal). Instead `poll` says when at least PIPE_BUF bytes fit, and never more are written at once.
/// A line that was cut short by an error (a full disk) is ended before the next one starts, so that two records never share
/// a line.
public final class StreamSink: LogSink, @unchecked Sendable {
    private let descriptor: Int32
    private let line: LineForm
    /// A part of a line is out whose rest was given up. Writer thread only.
    private var isWithinLine = false

    /// - Parameter descriptor: not closed by the sink.
    public init(descriptor: Int32, line: LineForm) {
        self.descriptor = descriptor
        self.line = line
    }

    public func encode(_ record: LogRecord, to bytes: inout [UInt8]) { line.append(record, to: &bytes) }

    public func send(_ bytes: [UInt8], from sent: inout Int) -> SendOutcome {
        if sent == 0 && isWithinLine {
            switch write([UInt8(ascii: "\n")], from: 0) {
            case .success(0): return .again
            case .success: isWithinLine = false
            case .failure(let outcome): return outcome.value
            }
        }
        while sent < bytes.count {
            switch write(bytes, from: sent) {
            case .success(0): return .again
            case .success(let count):
                sent += count
                isWithinLine = sent < bytes.count
            case .failure(let outcome): return outcome.value
            }
        }
        return .sent
    }

    private struct Failure: Error { let value: SendOutcome }

    /// Bytes written; 0: no room within 100 ms.
    private func write(_ bytes: [UInt8], from start: Int) -> Result<Int, Failure> {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = poll(&request, 1, 100)
        if ready == 0 || (ready < 0 && errno == EINTR) { return .success(0) }
        if ready > 0 && request.revents & Int16(POLLNVAL) != 0 { return .failure(Failure(value: .failed(EBADF))) }
        let count = bytes.withUnsafeBytes {
            Glibc.write(descriptor, $0.baseAddress! + start, min($0.count - start, Int(PIPE_BUF)))
        }
        if count > 0 { return .success(count) }
        switch errno {
        case EINTR, EAGAIN, ENOBUFS, ENOMEM: return .success(0)
        case ENOSPC, EDQUOT: return .failure(Failure(value: .again))
        case let number: return .failure(Failure(value: .failed(number)))
        }
    }
}
