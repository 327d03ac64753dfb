// Writes the OpenMetrics text where node_exporter's textfile collector finds it.
//
// A reader must never see half a file: the text goes to a temporary file in the same directory (the same file system), which
// is then renamed over the old one. There is no fsync: after a power failure yesterday's metrics are worth nothing, and
// waiting for a disk would stall whoever writes. The temporary name is the same for every daemon that writes this file, so
// that one which a killed daemon left behind is removed by the next, and does not end in `.prom`, which is what the collector
// looks for.
// A failure is logged once, and so is the first success after it: the disk stays full for hours, the log must not follow.

import Glibc

public final class TextfileWriter: Sendable {
    public let path: String
    private let log: EventLog
    /// Whether the last attempt failed.
    private let hasFailed = Monitor(false)

    /// - Parameter path: the file, such as `/var/lib/prometheus/node-exporter/gild.prom`.
    public init(path: String, log: EventLog) {
        self.path = path
        self.log = log
    }

    /// Replaces the file. May wait for a slow disk: not for threads that hold a lock. Any thread, one at a time.
    /// - Returns: whether the file is there.
    @discardableResult
    public func write(_ text: String) -> Bool {
        hasFailed.withLock { hasFailed in
            let failure = replace(Array(text.utf8))
            if let (step, number) = failure, !hasFailed {
                let reason = String(cString: strerror(number))
                log.emit(.textfileFailed, "cannot \(step) for \(path): \(reason)", fields: [
                    LogField("path", path), LogField("errno", Int(number)),
                ])
            } else if failure == nil && hasFailed {
                log.emit(.textfileRecovered, "\(path) is written again", fields: [LogField("path", path)])
            }
            hasFailed = failure != nil
            return failure == nil
        }
    }

    /// Removes the file, when the daemon stops: its figures would be shown for ever.
    public func remove() { hasFailed.withLock { _ in _ = unlink(path) } }

    private func replace(_ bytes: [UInt8]) -> (step: String, number: Int32)? {
        let temporary = path + ".tmp"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { return ("create a temporary file", errno) }
        func fail(_ step: String) -> (String, Int32) {
            let number = errno
            unlink(temporary)
            return (step, number)
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let failure = fail("write a temporary file")
                close(file)
                return failure
            }
            written += count
        }
        guard close(file) == 0 else { return fail("close a temporary file") }
        guard rename(temporary, path) == 0 else { return fail("rename a temporary file") }
        return nil
    }
}
