// Any bytes as a configuration: reading them must end with a configuration or with problems that have places, and a
// workload that was accepted must read back from its own YAML.
//
// Built only with GILD_FUZZ in the environment (`make fuzz`); the linked libFuzzer has the `main`.

import GildWorkload

/// 100 KiB of comments.
private let padding = Array((0..<100).map { _ in [UInt8](repeating: UInt8(ascii: "#"), count: 1_023) + [0x0A] }.joined())

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: bytes, count: count))
    // Once as it is, and once so large that comments and blocks are kept away from the YAML parser.
    check(text)
    check(padding + text)
    return 0
}

private func check(_ text: [UInt8]) {
    let configuration: Configuration
    do throws(ConfigurationError) {
        configuration = try ConfigurationLoader.parse(text, file: "/etc/gild/gild.yaml")
    } catch {
        if error.problems.isEmpty || error.problems.contains(where: { $0.line < 1 || $0.column < 1 || $0.message.isEmpty }) {
            fatalError("a problem without a place: \(error)")
        }
        if error.description.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }) { fatalError("a message is not safe to print") }
        return
    }
    for workload in configuration.workloads {
        do throws(ConfigurationError) {
            let again = try ConfigurationLoader.parseWorkloads(Array(workload.yaml().utf8), file: "/etc/gild/gild.yaml")
            if again.map(\.withoutPlace) != [workload.withoutPlace] { fatalError("does not read back: \(workload.yaml())") }
        } catch {
            fatalError("its own YAML is refused: \(error)\n\(workload.yaml())")
        }
    }
}

extension WorkloadDefinition {
    fileprivate var withoutPlace: WorkloadDefinition {
        guard case .source(let text, _, _) = script else { return self }
        var copy = self
        copy.script = .source(text, file: "", line: 0)
        return copy
    }
}
