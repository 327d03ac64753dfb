// A program on a pseudo terminal: keys go in, the picture comes out.

import Glibc

final class Terminal {
    /// The program's process.
    let process: pid_t
    private let master: Int32
    /// Ours, so that the terminal's settings can be read after the program has gone.
    private let slave: Int32
    private let settingsBefore: termios
    /// Everything that the program has written.
    private(set) var output: [UInt8] = []
    private var seen = 0

    init(_ arguments: [String], columns: UInt16 = 80, rows: UInt16 = 24, environment: [String: String]) throws {
        // As in pts(4); posix_openpt(3) and its kin are not in the overlay. TIOCSPTLCK and TIOCGPTN are macros with a size in them.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw LaunchFailure(description: "no pseudo terminal")
        }
        let path = "/dev/pts/\(number)"
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        var settings = termios()
        tcgetattr(slave, &settings)
        settingsBefore = settings

        // A session leader without a terminal gets the one that it opens first.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGPIPE, SIGTERM] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        let newSession: Int16 = 0x80  // POSIX_SPAWN_SETSID, which the overlay does not have
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | newSession)
        let variables = environment.merging(["TERM": "xterm-256color", "TZ": "UTC", "PATH": "/usr/bin:/bin"]) { own, _ in own }
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argumentPointers + variablePointers).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, arguments[0], &actions, &attributes, argumentPointers, variablePointers)
        self.process = process
        guard failure == 0 else { throw LaunchFailure(description: "cannot start \(arguments[0])") }
    }

    deinit {
        kill(process, SIGKILL)
        close(master)
        close(slave)
    }

    func press(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// Reads until `text` has come after what was waited for before. False after a minute without it.
    func wait(for text: String) -> Bool {
        let wanted = Array(text.utf8)
        for _ in 0..<6_000 {
            read()
            if let end = Self.end(of: wanted, in: output, from: seen) {
                seen = end
                return true
            }
            usleep(10_000)
        }
        return false
    }

    /// What has come since the last wait.
    var rest: String {
        read()
        return String(decoding: output[seen...], as: UTF8.self)
    }

    /// Waits for the end of the program. `exit` status, or 128 + n after signal n; nil after a minute.
    func status() -> Int32? {
        for _ in 0..<6_000 {
            read()
            var wait: Int32 = 0
            if waitpid(process, &wait, WNOHANG) == process {
                read()
                let signal = wait & 0x7F
                return signal == 0 ? (wait >> 8) & 0xFF : 128 + signal
            }
            usleep(10_000)
        }
        return nil
    }

    /// Whether the terminal is as it was before the program.
    var isRestored: Bool {
        var settings = termios()
        tcgetattr(slave, &settings)
        return settings.c_lflag == settingsBefore.c_lflag && settings.c_iflag == settingsBefore.c_iflag
            && settings.c_oflag == settingsBefore.c_oflag && settings.c_cflag == settingsBefore.c_cflag
    }

    private func read() {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(master, &chunk, chunk.count)
            if count <= 0 { return }
            output += chunk[..<count]
        }
    }

    private static func end(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= wanted.count else { return nil }
        for index in start...(bytes.count - wanted.count) where bytes[index..<(index + wanted.count)].elementsEqual(wanted) {
            return index + wanted.count
        }
        return nil
    }
}
