// Writing to descriptors, and what a terminal wants.
//
// A reader that went away (`gilctl logs -f | head`) ends the command without a word: SIGPIPE kills it, and where a parent
// has had that signal ignored, EPIPE does the same.

import GildReport
import Glibc

enum Output {
    /// Writes all of the bytes, through interrupts and partial writes. Ends the process where that is impossible.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                if descriptor != STDERR_FILENO && errno != EPIPE { complain("gilctl: cannot write: \(lastError())\n") }
                exit(1)
            }
        }
    }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { write($0, to: descriptor) }
    }

    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func print(_ lines: [String]) { print(lines.map { $0 + "\n" }.joined()) }
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    static func lastError() -> String { String(cString: strerror(errno)) }

    /// A terminal, and neither NO_COLOR (https://no-color.org) nor TERM=dumb.
    static func wantsColour(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && environment("NO_COLOR").isEmpty && environment("TERM") != "dumb"
    }

    /// The value of a variable; empty where it is not set.
    static func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

    /// Columns and rows of the terminal behind `descriptor`; nil where there is none or it does not know.
    static func terminalSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    static func terminalWidth(_ descriptor: Int32) -> Int? { terminalSize(descriptor)?.columns }

    /// Ends the process by `number`, so that a shell sees what ended it.
    static func dieOfSignal(_ number: Int32) -> Never {
        RawTerminal.leave()
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), number)
        exit(128 + number)
    }
}

/// What a person reads on standard output: its style and width.
struct Page {
    let style: TextStyle
    let width: Int?

    static let standard = Page(
        style: TextStyle(isColoured: Output.wantsColour(STDOUT_FILENO)), width: Output.terminalWidth(STDOUT_FILENO))

    /// Aligned `name  value` lines, indented; an empty value leaves its line out.
    func fields(_ fields: [(name: String, value: String)]) -> [String] {
        let shown = fields.filter { !$0.value.isEmpty }
        let column = shown.map { displayWidth($0.name) }.max() ?? 0
        return shown.map {
            "  " + style.faint($0.name) + String(repeating: " ", count: column - displayWidth($0.name) + 2) + $0.value
        }
    }
}

/// `18:11:03` today, `2026-11-21 18:11:03` otherwise, in local time.
func formatTime(_ realtimeNanoseconds: Int, milliseconds: Bool = false, withDate: Bool = false) -> String {
    func local(_ seconds: Int) -> tm {
        var time = time_t(seconds)
        var fields = tm()
        localtime_r(&time, &fields)
        return fields
    }
    func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
    let fields = local(realtimeNanoseconds / 1_000_000_000)
    let today = local(Int(time(nil)))
    var text = "\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
    if milliseconds {
        let digits = String(realtimeNanoseconds / 1_000_000 % 1_000)
        text += "." + String(repeating: "0", count: 3 - digits.count) + digits
    }
    if withDate || fields.tm_year != today.tm_year || fields.tm_yday != today.tm_yday {
        text = "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday)) " + text
    }
    return text
}

/// `1 run`, `3 runs`.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(formatCount(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
