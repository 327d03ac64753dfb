// The two interpreters that are compared: the gild executable of this build, and CPython.
//
// CPython is GILD_PYTHON, or the best of what is found: python3.13 on PATH, a 3.13 under pyenv's versions, python3 on
// PATH. It must be 3.11 or newer; without one every comparison fails, because a suite that skips its oracle proves
// nothing.

import Glibc

struct Oracle: Sendable {
    let executable: String
    /// Major, minor, micro.
    let version: [Int]

    var name: String { "CPython \(version.map(String.init).joined(separator: ".")) (\(executable))" }

    static let found: Result<Oracle, LaunchFailure> = {
        var candidates: [String] = []
        if let chosen = environmentVariable("GILD_PYTHON") {
            candidates = [chosen]
        } else {
            candidates = ["python3.13"] + pyenvVersions() + ["python3", "python3.14", "python3.12", "python3.11"]
        }
        var seen: [String] = []
        for candidate in candidates {
            guard let oracle = probe(candidate) else { continue }
            if oracle.version.lexicographicallyPrecedes([3, 11]) {
                seen.append(oracle.name)
                continue
            }
            return .success(oracle)
        }
        let found = seen.isEmpty ? "none" : seen.joined(separator: ", ")
        return .failure(
            LaunchFailure(
                description: "these tests need CPython 3.11 or newer as python3 on PATH or in GILD_PYTHON; found: \(found)"))
    }()

    private static func probe(_ executable: String) -> Oracle? {
        let program = "import sys; print(sys.implementation.name, *sys.version_info[:3], sys.executable)"
        guard let result = try? runProgram([executable, "-I", "-c", program], timeout: 20),
            result.status == 0
        else { return nil }
        let words = result.outputText.split(whereSeparator: \.isWhitespace)
        guard words.count >= 5, words[0] == "cpython" else { return nil }
        return Oracle(executable: String(words[4]), version: words[1...3].compactMap { Int($0) })
    }

    private static func pyenvVersions() -> [String] {
        let root = environmentVariable("PYENV_ROOT") ?? (environmentVariable("HOME") ?? "") + "/.pyenv"
        guard let directory = opendir(root + "/versions") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("3.13.") && !name.hasSuffix("t") { names.append(name) }
        }
        return names.sorted().reversed().map { "\(root)/versions/\($0)/bin/python3" }
    }

    /// What makes CPython's output independent of the machine; it finds the module gild in `python`.
    static let environment: [String: String?] = [
        "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "python",
        "PYTHONSTARTUP": nil, "PYTHONWARNINGS": nil, "PYTHONUNBUFFERED": nil, "NO_COLOR": "1", "FORCE_COLOR": nil,
        "PYTHON_COLORS": "0",
    ]
}

enum Gild {
    /// GILD_BINARY, or the executable beside this test bundle.
    static let executable: String = {
        if let chosen = environmentVariable("GILD_BINARY") { return chosen }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/gild"
    }()

    /// Runs `gild` with these arguments from the root of the repository.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String?] = [:],
        timeout: Double = programTimeout, whileRunning: (pid_t) -> Void = { _ in }
    ) throws -> Completed {
        var variables = Oracle.environment
        for (name, value) in environment { variables[name] = value }
        return try runProgram(
            [executable] + arguments, input: Array(input.utf8), environment: variables,
            timeout: timeout, whileRunning: whileRunning)
    }
}

/// Two programs at a time: the scripts have threads of their own, and some of them measure.
final class Slots: @unchecked Sendable {
    static let shared = Slots(2)
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ count: UInt32) { sem_init(semaphore, 0, count) }

    func occupy<Result>(_ body: () throws -> Result) rethrows -> Result {
        while sem_wait(semaphore) != 0 {}
        defer { sem_post(semaphore) }
        return try body()
    }
}

/// A path for a file that only this call uses; removed after `body`.
func withTemporaryPath<Result>(_ suffix: String, _ body: (String) throws -> Result) throws -> Result {
    var name = Array((temporaryDirectory() + "/gild-test-XXXXXX" + suffix).utf8CString)
    let descriptor = mkstemps(&name, Int32(suffix.utf8.count))
    guard descriptor >= 0 else { throw LaunchFailure(description: "cannot make a temporary file") }
    close(descriptor)
    let path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { unlink(path) }
    return try body(path)
}
