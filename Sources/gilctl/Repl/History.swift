// Lines that were typed, in $XDG_STATE_HOME/gild/history (XDG Base Directory Specification; ~/.local/state without it).
//
// Each line is appended when it is typed, so that prompts that run at the same time keep each other's lines; the file is cut
// to the newest ones when it is read. Nothing here is worth an error message: without a file there is just no history.

import Glibc

struct History {
    static let limit = 1000
    private(set) var lines: [String] = []
    private let path: String?

    init() {
        path = Self.findPath()
        guard let path, let bytes = try? InputFile.read(path) else { return }
        lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        if lines.count > 2 * Self.limit {
            lines.removeFirst(lines.count - Self.limit)
            Self.write(lines.map { $0 + "\n" }.joined(), to: path, O_TRUNC)
        }
    }

    /// Empty lines and repetitions of the line before are left out.
    mutating func add(_ line: String) {
        guard line.contains(where: { $0 != " " }), line != lines.last, !line.contains("\n") else { return }
        lines.append(line)
        if let path { Self.write(line + "\n", to: path, O_APPEND) }
    }

    private static func write(_ text: String, to path: String, _ flag: Int32) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flag, 0o600)
        if descriptor < 0 { return }
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Makes the directories.
    private static func findPath() -> String? {
        var base = Output.environment("XDG_STATE_HOME")
        if !base.hasPrefix("/") {
            let home = Output.environment("HOME")
            if !home.hasPrefix("/") { return nil }
            base = home + "/.local/state"
        }
        let directory = base + "/gild"
        var partial = ""
        for part in directory.split(separator: "/") {
            partial += "/" + part
            mkdir(partial, 0o700)
        }
        return directory + "/history"
    }
}
