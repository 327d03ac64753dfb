import GildWorkload
import Glibc

/// Root of the repository, with a slash.
let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/"

func contents(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

func lines(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}

/// Paths of the `*.yaml` of a folder beside this file, sorted.
func samples(_ folder: String) -> [String] {
    yamlFiles("\(repository)Tests/GildWorkloadTests/\(folder)")
}

func yamlFiles(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name.hasSuffix(".yaml") { names.append("\(path)/\(name)") }
    }
    return names.sorted()
}

/// The configuration that a text says, or the error.
func parsed(_ text: String, file: String = "/etc/gild/gild.yaml") -> Result<Configuration, ConfigurationError> {
    Result { () throws(ConfigurationError) in try ConfigurationLoader.parse(Array(text.utf8), file: file) }
}

extension Result {
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
    var success: Success? { if case .success(let value) = self { value } else { nil } }
}

/// A directory that is removed with the object.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/gild-workload-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        var arguments: [UnsafeMutablePointer<CChar>?] = ["rm", "-rf", path].map { (word: String) in strdup(word) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var process = pid_t()
        if posix_spawnp(&process, "rm", nil, nil, &arguments, environ) == 0 { waitpid(process, nil, 0) }
    }

    /// Writes a file, and the directory that it is in; returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) -> String {
        if let slash = name.lastIndex(of: "/") { mkdir("\(path)/\(name[..<slash])", 0o755) }
        guard let file = fopen("\(path)/\(name)", "w") else { fatalError("cannot write \(name)") }
        fputs(text, file)
        fclose(file)
        return "\(path)/\(name)"
    }
}

/// Standard output of a program that must end with status 0; nil where it does not.
func output(of arguments: [String]) -> String? {
    var descriptors: [Int32] = [0, 0]
    guard pipe(&descriptors) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptors[1], 1)
    posix_spawn_file_actions_addclose(&actions, descriptors[0])
    posix_spawn_file_actions_addclose(&actions, descriptors[1])
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { (word: String) in strdup(word) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    var process = pid_t()
    let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
    close(descriptors[1])
    defer { close(descriptors[0]) }
    if code != 0 { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptors[0], &buffer, buffer.count)
        if count > 0 { bytes += buffer[..<count] } else if count == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
}

/// xorshift64*; the seed is printed by the test that uses it.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
