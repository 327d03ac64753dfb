// A terminal that hands over every key as it is pressed, and the way back from that.
//
// The settings before are kept in a global, because every way out of the process has to restore them: `exit` through
// atexit(3), and a signal that ends the process through a handler, which may only call what is async-signal-safe:
// tcsetattr, write, signal and raise are.

import Glibc

enum RawTerminal {
    /// Written by the main thread while `isRaw` is false; read by `restore` while it is true.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var isRaw: sig_atomic_t = 0
    /// What has to be written to the terminal after the settings are back: a fixed string that lives for ever.
    nonisolated(unsafe) private static var farewell: UnsafePointer<CChar>?
    nonisolated(unsafe) private static var farewellCount = 0
    nonisolated(unsafe) private static var isPrepared = false

    /// Keys one by one, without echo, with Ctrl-C as a byte. False when standard input is no terminal.
    static func enter() -> Bool {
        prepare()
        guard isRaw == 0 else { return true }
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return false }
        var raw = saved
        raw.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        raw.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
        raw.c_cflag |= tcflag_t(CS8)
        withUnsafeMutableBytes(of: &raw.c_cc) { bytes in
            bytes[Int(VMIN)] = 1
            bytes[Int(VTIME)] = 0
        }
        isRaw = 1
        return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0
    }

    /// As it was before `enter`.
    static func leave() { restore() }

    /// `text` is written whenever the terminal is restored from now on; for the way back from the alternate screen.
    static func setFarewell(_ text: StaticString) {
        farewellCount = text.utf8CodeUnitCount
        farewell = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    private static func prepare() {
        if isPrepared { return }
        isPrepared = true
        atexit { RawTerminal.restore() }
        for number in [SIGTERM, SIGHUP, SIGQUIT, SIGINT] {
            signal(number) { number in
                RawTerminal.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// Async-signal-safe.
    private static func restore() {
        guard isRaw != 0 else { return }
        isRaw = 0
        if let farewell { _ = Glibc.write(STDOUT_FILENO, farewell, farewellCount) }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
    }

    /// Waits for input. Returns the bytes; empty when `timeout` milliseconds have passed (-1: never) or a signal came; nil at
    /// the end of input.
    static func read(timeoutMilliseconds: Int32) -> [UInt8]? {
        var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, timeoutMilliseconds) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
        return count == 0 ? nil : Array(bytes[..<count])
    }
}
