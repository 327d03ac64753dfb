// Files that are read here and sent to the daemon, which could not or should not read them itself.

import GildReport
import Glibc

enum InputFile {
    /// All bytes of a file, or of standard input for `-`. Throws `Failure` with status 2 in CPython's words.
    static func read(_ path: String) throws -> [UInt8] {
        var descriptor = STDIN_FILENO
        if path != "-" {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { throw unreadable(path) }
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path)
            }
            bytes += chunk[..<count]
        }
    }

    private static func unreadable(_ path: String) -> Failure {
        let number = errno
        return Failure("can't open file '\(escaped(path))': [Errno \(number)] \(String(cString: strerror(number)))", status: 2)
    }

    /// An absolute path for a relative one; `-` is `<stdin>` in the working directory.
    static func absolute(_ path: String) -> String {
        let name = path == "-" ? "<stdin>" : path
        if name.hasPrefix("/") { return name }
        guard let directory = getcwd(nil, 0) else { return name }
        defer { free(directory) }
        return String(cString: directory) + "/" + name
    }
}
