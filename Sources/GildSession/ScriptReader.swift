// A script's bytes, and the messages of CPython's main.c where there are none.

import Glibc

extension ScriptInput {
    /// Reads the whole text. `.standardInput` is read to its end.
    /// - Throws: `SessionError` with the message that `python3 FILE` prints after the program's name.
    public func read() throws(SessionError) -> [UInt8] {
        switch self {
        case .source(let text, _):
            return text
        case .standardInput:
            return try readAll(descriptor: STDIN_FILENO, path: "<stdin>")
        case .file(let path):
            let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC) }
            guard descriptor >= 0 else { throw unreadable(path, errno) }
            defer { close(descriptor) }
            var status = stat()
            if fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
                throw SessionError(
                    code: .isDirectory, message: "can't find '__main__' module in '\(absolute(path))'", place: path)
            }
            return try readAll(descriptor: descriptor, path: path)
        }
    }
}

private func readAll(descriptor: Int32, path: String) throws(SessionError) -> [UInt8] {
    var text: [UInt8] = []
    let size = 1 << 16
    while true {
        var failure: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let received = retryingInterrupts { Glibc.read(descriptor, buffer.baseAddress, size) }
            failure = received < 0 ? errno : 0
            count = max(0, received)
        }
        if failure != 0 { throw unreadable(path, failure) }
        if chunk.isEmpty { return text }
        text += chunk
    }
}

private func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

private func unreadable(_ path: String, _ number: Int32) -> SessionError {
    SessionError(
        code: .unreadable(number),
        message: "can't open file '\(absolute(path))': [Errno \(number)] \(String(cString: strerror(number)))",
        place: path)
}

/// The path after the working directory, not normalised, as CPython shows it.
func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
}
