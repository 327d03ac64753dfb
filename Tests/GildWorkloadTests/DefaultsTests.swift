// The shipped configuration tells the truth about the defaults, and tells of every key.

import Testing

@testable import GildWorkload

@Suite struct DefaultsTests {
    /// `config/gild.yaml` with every commented key in force: `#key` loses its '#', `# prose` does not.
    private func uncommented() -> String {
        lines(contents(repository + "config/gild.yaml")).map { line in
            let margin = line.prefix { $0 == " " }
            let rest = line.dropFirst(margin.count)
            return rest.hasPrefix("#") && rest.dropFirst().first != " " && rest.count > 1 ? String(margin + rest.dropFirst()) : line
        }.joined(separator: "\n")
    }

    @Test func aWorkloadRunsOnceAndIsNotRestarted() {
        let workload = WorkloadDefinition(name: "a", script: .file("/a.py"))
        #expect(workload.restart == .never && workload.everyNanoseconds == nil && workload.autostart)
    }

    @Test func anEmptyFileIsTheDefaults() throws {
        var expected = Configuration()
        expected.runtimes = [RuntimeDefinition(name: "main")]
        #expect(try parsed("").get() == expected)
        #expect(try parsed("# nothing\n").get() == expected)
        #expect(try ConfigurationLoader.load(file: repository + "config/gild.yaml") == expected)
    }

    @Test func theShippedFileShowsTheDefaults() throws {
        var expected = Configuration()
        expected.runtimes = [RuntimeDefinition(name: "main")]
        expected.workloads = [WorkloadDefinition(name: "example", script: .file("/etc/gild/example.py"))]
        var plugin = PluginDefinition()
        plugin.path = "/usr/lib/gild/plugins/hash.so"
        expected.plugins = [plugin]
        #expect(try parsed(uncommented()).get() == expected)
    }

    @Test func theShippedFileHasEveryKey() throws {
        var findings = Findings()
        let source = try #require(SourceText(file: "gild.yaml", bytes: Array(uncommented().utf8), findings: &findings))
        let root = try #require(readYAML(source, findings: &findings).root)
        var present: Set<String> = []
        func walk(_ node: YAMLNode, _ path: String) {
            switch node.content {
            case .mapping([]): present.insert(path)
            case .mapping(let entries):
                for entry in entries {
                    let key = path == "runtimes" ? "*" : entry.key
                    walk(entry.value, path.isEmpty ? key : "\(path).\(key)")
                }
            case .sequence(let elements) where path == "workloads" || path == "plugins": elements.forEach { walk($0, "\(path)[]") }
            default: present.insert(path)
            }
        }
        walk(root, "")
        // A workload has a script, a source or a plugin; the file shows the script.
        let expected = Set(listedKeys().map(\.path)).subtracting(["workloads[].source", "workloads[].plugin"])
        #expect(present == expected)
    }

    @Test func theDocumentationHasEveryKey() {
        let text = String(decoding: contents(repository + "docs/configuration.md"), as: UTF8.self)
        for key in listedKeys() { #expect(text.contains("| `\(key.description.name)` |"), "\(key.path)") }
    }

    @Test func theSamplesAreAWholeConfiguration() throws {
        let configuration = try ConfigurationLoader.load(
            main: repository + "config/gild.yaml", directory: repository + "config/conf.d")
        #expect(configuration.workloads.map(\.name) == ["counter", "flaky", "heartbeat", "inline"])
        #expect(ConfigurationLoader.checkScripts(configuration).isEmpty)
    }
}
