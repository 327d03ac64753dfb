// Asks an interpreter what it is.
//
// Py_GIL_DISABLED is a build variable (PEP 703): 1 in a free-threaded build. Such a build can still run with its lock, when an extension
// asks for it or PYTHON_GIL=1 is set; sys._is_gil_enabled() says whether it does (CPython 3.13 and later).

import GildReport
import Glibc

/// Why a comparison or a sweep cannot begin, or was broken off.
public struct ComparisonError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// A path that is no Python interpreter, or is given twice.
        case notPython
        /// gild itself, or a file that it needs, cannot be started or made.
        case cannotStart
        /// This process got a signal.
        case interrupted(Int32)
    }

    public let code: Code
    public let message: String
    public var description: String { message }
}

/// What each of these is; two paths to the same interpreter are an error, for their rows could not be told apart.
public func probePythons(_ paths: [String]) throws(ComparisonError) -> [Comparison.Subject.Python] {
    var found: [Comparison.Subject.Python] = []
    for path in paths {
        let python = try probePython(path)
        if found.contains(where: { $0.path == python.path }) {
            throw ComparisonError(code: .notPython, message: "--python '\(escaped(path))' is given twice")
        }
        found.append(python)
    }
    return found
}

/// - Parameter path: a path, or a name on PATH.
/// - Throws: `ComparisonError` that names `path` and what is wrong with it.
func probePython(_ path: String) throws(ComparisonError) -> Comparison.Subject.Python {
    // Words on one line; runs under every Python since 2.6.
    let program = """
        import sys, platform, sysconfig
        free = 1 if sysconfig.get_config_var("Py_GIL_DISABLED") else 0
        locked = 1 if getattr(sys, "_is_gil_enabled", lambda: True)() else 0
        sys.stdout.write("gild-probe %s %s %d %d\\n" % (platform.python_implementation(), platform.python_version(), free, locked))
        """
    guard let executable = findExecutable(path) else {
        throw ComparisonError(code: .notPython, message: "--python '\(escaped(path))': no such program")
    }
    let result: ChildResult
    do throws(ChildError) {
        result = try runChild(executable, [path, "-c", program], deadlineNanoseconds: 20_000_000_000)
    } catch {
        throw ComparisonError(error, what: "--python '\(escaped(path))'")
    }
    let words = String(decoding: result.standardOutput.bytes(at: 0, count: 1024), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard result.end == .status(0), words.count == 5, words[0] == "gild-probe" else {
        let said = result.standardError.tail(2000).split(separator: "\n").last.map { ": " + escaped(String($0)) } ?? ""
        throw ComparisonError(code: .notPython, message: "--python '\(escaped(path))' is no Python interpreter\(said)")
    }
    return .init(
        path: executable, implementation: String(words[1]), version: String(words[2]), isFreeThreadedBuild: words[3] == "1",
        isGILEnabled: words[4] == "1")
}

extension ComparisonError {
    init(_ error: ChildError, what: String) {
        switch error {
        case .cannotStart(let reason): self.init(code: .cannotStart, message: "\(what) cannot be started: \(reason)")
        case .interrupted(let number): self.init(code: .interrupted(number), message: "interrupted")
        }
    }
}

/// As a shell finds it: a name without a slash in the folders of PATH.
private func findExecutable(_ name: String) -> String? {
    func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
    if name.contains("/") { return isProgram(name) ? name : nil }
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":", omittingEmptySubsequences: false)
    return folders.lazy.map { ($0.isEmpty ? "." : String($0)) + "/" + name }.first(where: isProgram)
}
