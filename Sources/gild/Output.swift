// Writing to descriptors, and what a terminal wants.

import ArgumentParser
import GildSession
import Glibc

enum Output {
    /// Writes all of `text`, through interrupts and partial writes. False with `errno` set where that failed.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// A descriptor for a report; `-` is standard output. Throws the exit code after it has said why not.
    static func openForWriting(_ path: String) throws -> Int32 {
        if path == "-" { return STDOUT_FILENO }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        if descriptor < 0 {
            write("gild: cannot write '\(path)': \(lastError())\n", to: STDERR_FILENO)
            throw ExitCode(2)
        }
        return descriptor
    }

    static func lastError() -> String { String(cString: strerror(errno)) }

    /// Prints why there was no run, as python3 prints it.
    static func explain(_ error: SessionError) {
        let isDiagnostic = error.code == .invalidScript
        write(isDiagnostic ? error.message : "gild: \(error.message)\n", to: STDERR_FILENO)
    }

    static func fail(_ error: SessionError) -> ExitCode {
        explain(error)
        return ExitCode(error.exitStatus)
    }

    /// A terminal, and neither NO_COLOR (https://no-color.org) nor TERM=dumb.
    static func wantsColour(_ descriptor: Int32) -> Bool {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return isatty(descriptor) == 1 && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
    }

    /// Columns of the terminal behind `descriptor`; nil where there is none or it does not know.
    static func terminalWidth(_ descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Ends the process by `number`, so that a shell sees what CPython would have shown it.
    static func dieOfSignal(_ number: Int32) -> Never {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), number)
        exit(128 + number)
    }
}
