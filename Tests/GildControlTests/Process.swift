// Runs one program to its end: own process group, standard streams in unlinked files, a deadline after which the whole group is
// killed, so that nothing outlives a test.

import Glibc

/// The repository's root.
let repositoryPath = String(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/"))

/// The program under test, beside the test bundle.
let gilctlPath: String = {
    var name = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &name, name.count - 1)
    let runner = String(decoding: name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The bundle is run by itself on Linux, or by a helper of the toolchain that gets its path as an argument.
    for path in [runner] + CommandLine.arguments {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if access(directory + "/gilctl", X_OK) == 0 { return directory + "/gilctl" }
    }
    return repositoryPath + "/.build/debug/gilctl"
}()

struct Completed: Sendable {
    /// `exit` status, or 128 + n after signal n.
    var status: Int32
    var output: [UInt8]
    var errorOutput: [UInt8]

    var outputText: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

struct LaunchFailure: Error { let description: String }

/// - Parameters:
///   - arguments: element 0 is the program.
///   - environment: added to the tests' own; a nil value removes a variable.
///   - whileRunning: called once, with the process id, after the start.
func runProgram(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String?] = [:], whileRunning: (pid_t) -> Void = { _ in }
) throws -> Completed {
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
    for (target, stream) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, stream, Int32(target)) }
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
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    for (name, value) in environment { variables[name] = value }
    let argumentPointers = arguments.map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argumentPointers + variablePointers).forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawnp(&process, arguments[0], &actions, &attributes, argumentPointers, variablePointers)
    guard failure == 0 else {
        throw LaunchFailure(description: "cannot start \(arguments[0]): \(String(cString: strerror(failure)))")
    }
    whileRunning(process)

    var wait: Int32 = 0
    var start = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    let timeout = getenv("GILD_TIMEOUT").flatMap { Int(String(cString: $0)) } ?? 60
    while true {
        let result = waitpid(process, &wait, WNOHANG)
        if result == process { break }
        if result < 0 && errno != EINTR { throw LaunchFailure(description: "waitpid failed") }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        if now.tv_sec - start.tv_sec > timeout { kill(-process, SIGKILL) }
        usleep(2_000)
    }
    kill(-process, SIGKILL)
    let signal = wait & 0x7F
    return Completed(
        status: signal == 0 ? (wait >> 8) & 0xFF : 128 + signal, output: try contents(of: streams[1]),
        errorOutput: try contents(of: streams[2]))
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

func temporaryDirectory() -> String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

private func contents(of descriptor: Int32) throws -> [UInt8] {
    lseek(descriptor, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 { throw LaunchFailure(description: "cannot read what the program has written") }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}
