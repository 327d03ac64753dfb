// Runs one program to its end, from the root of the repository: own process group, standard streams in files, a deadline.
//
// Output goes to unlinked temporary files, not to pipes: nobody has to read two pipes at once, and a program that fills
// one cannot stall. The whole group is killed at the deadline, so that nothing outlives a test.

import Glibc

/// Seconds after which a program is killed: GILD_TIMEOUT, or 180. Sanitizers need more.
let programTimeout = environmentVariable("GILD_TIMEOUT").flatMap(Double.init) ?? 180

/// What a program left behind.
struct Completed: Sendable {
    /// `exit` status, or 128 + n after signal n, as a shell reports it.
    var status: Int32
    var signal: Int32?
    var isTimedOut = false
    var output: [UInt8]
    var errorOutput: [UInt8]
    var seconds: Double

    var outputText: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

struct LaunchFailure: Error, CustomStringConvertible {
    let description: String
}

/// - Parameters:
///   - arguments: element 0 is the program, a path or a name on PATH.
///   - environment: added to the tests' own; a nil value removes a variable.
///   - whileRunning: called once, with the process id, after the start.
func runProgram(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String?] = [:],
    timeout: Double = programTimeout, whileRunning: (pid_t) -> Void = { _ in }
) throws -> Completed {
    _ = Corpus.isWorkingDirectory
    let streams = try (0..<3).map { _ in try temporaryFile() }
    defer { streams.forEach { close($0) } }
    var sent = 0
    while sent < input.count {
        let count = input.withUnsafeBytes { write(streams[0], $0.baseAddress! + sent, input.count - sent) }
        if count <= 0 { throw LaunchFailure(description: "cannot write standard input") }
        sent += count
    }
    lseek(streams[0], 0, SEEK_SET)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, stream) in streams.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, stream, Int32(target))
    }

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
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var variables = inheritedEnvironment()
    for (name, value) in environment { variables[name] = value }
    let argumentPointers = arguments.map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argumentPointers + variablePointers).forEach { free($0) } }

    var process: pid_t = 0
    let start = monotonicSeconds()
    let failure = posix_spawnp(&process, arguments[0], &actions, &attributes, argumentPointers, variablePointers)
    guard failure == 0 else {
        throw LaunchFailure(description: "cannot start \(arguments[0]): \(String(cString: strerror(failure)))")
    }
    whileRunning(process)

    var wait: Int32 = 0
    var pause: UInt32 = 500
    var isTimedOut = false
    while true {
        let result = waitpid(process, &wait, WNOHANG)
        if result == process { break }
        if result < 0 && errno != EINTR { throw LaunchFailure(description: "waitpid failed") }
        if !isTimedOut && monotonicSeconds() - start > timeout {
            isTimedOut = true
            kill(-process, SIGKILL)
        }
        usleep(pause)
        pause = min(pause * 2, 5_000)
    }
    let seconds = monotonicSeconds() - start
    kill(-process, SIGKILL)  // whatever the program left behind
    let signal = wait & 0x7F
    return Completed(
        status: signal == 0 ? (wait >> 8) & 0xFF : 128 + signal, signal: signal == 0 ? nil : signal,
        isTimedOut: isTimedOut, output: try contents(of: streams[1]), errorOutput: try contents(of: streams[2]),
        seconds: seconds)
}

func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// An open, unlinked file.
private func temporaryFile() throws -> Int32 {
    var name = Array((temporaryDirectory() + "/gild-test-XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw LaunchFailure(description: "cannot make a temporary file") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(name)
    return descriptor
}

func temporaryDirectory() -> String { environmentVariable("TMPDIR") ?? "/tmp" }

func environmentVariable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

private func inheritedEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    return result
}

private func contents(of descriptor: Int32) throws -> [UInt8] {
    lseek(descriptor, 0, SEEK_SET)
    return try readAll(descriptor)
}

private func readAll(_ descriptor: Int32) throws -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count == 0 { return result }
        if count > 0 {
            result += buffer[..<count]
        } else if errno != EINTR {
            throw LaunchFailure(description: "cannot read: \(String(cString: strerror(errno)))")
        }
    }
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw LaunchFailure(description: "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    return try readAll(descriptor)
}
