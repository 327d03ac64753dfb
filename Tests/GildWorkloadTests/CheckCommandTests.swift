// `gild check` and `gild schema` as programs: what goes where, and the status.

import GildWorkload
import Glibc
import Testing

@Suite struct CheckCommandTests {
    /// GILD_BINARY, or the executable beside this test bundle.
    private static let gild: String = {
        if let chosen = getenv("GILD_BINARY") { return String(cString: chosen) }
        for candidate in ["debug", "release"] where access("\(repository).build/\(candidate)/gild", X_OK) == 0 {
            return "\(repository).build/\(candidate)/gild"
        }
        return "gild"
    }()

    /// Standard output and error together, and the status in a last line.
    private func run(_ arguments: String...) -> String? {
        output(of: ["sh", "-c", "\"$@\" 2>&1; echo status $?", "sh", CheckCommandTests.gild] + arguments)
    }

    @Test func aValidConfigurationIsSilent() {
        let directory = TemporaryDirectory()
        directory.write("a.py", "print(1)\n")
        let file = directory.write("a.yaml", "workloads:\n  - {name: a, script: a.py}\n  - {name: b, source: 'print(2)'}\n")
        #expect(run("check", file) == "status 0\n")
    }

    @Test func everyProblemIsALineAndTheStatusIs1() {
        let directory = TemporaryDirectory()
        let file = directory.write("a.yaml", "daemon: {sockt: /a}\nworkloads: [{name: a}]\n")
        #expect(
            run("check", file) == """
                \(file):1:10: daemon.sockt: unknown key (did you mean 'socket'?)
                \(file):2:13: workloads[0]: needs a script or a source
                status 1

                """)
    }

    @Test func theScriptsAreCheckedTooWithLinesOfTheConfiguration() {
        let directory = TemporaryDirectory()
        let script = directory.write("bad.py", "x = 1\ny = = 2\n")
        let file = directory.write(
            "a.yaml",
            "workloads:\n  - {name: a, script: bad.py}\n  - {name: b, script: missing.py}\n  - name: c\n    source: |\n      x = 1\n      y = = 2\n")
        let shown = run("check", file) ?? ""
        #expect(shown.contains("File \"\(script)\", line 2\n"))
        #expect(shown.contains("File \"\(file)\", line 7\n"))
        #expect(shown.contains("\(file):3:23: workloads[1].script: script \(directory.path)/missing.py of workload 'b' cannot be read"))
        #expect(shown.hasSuffix("status 1\n"))
    }

    @Test func aDirectoryIsGildYAMLAndConfD() {
        let directory = TemporaryDirectory()
        directory.write("gild.yaml", "runtimes: {second: {}}\n")
        directory.write("conf.d/a.yaml", "workloads: [{name: a, source: 'x = 1', runtime: second}]\n")
        #expect(run("check", directory.path) == "status 0\n")
        directory.write("conf.d/b.yaml", "workloads: [{name: a, source: 'x = 1'}]\n")
        #expect(run("check", directory.path)?.contains("workload 'a' is defined already in \(directory.path)/conf.d/a.yaml:1:20") == true)
    }

    @Test func whatCannotBeReadIsStatus2() {
        #expect(run("check", "/nonexistent/a.yaml") == "/nonexistent/a.yaml: cannot be read: No such file or directory\nstatus 2\n")
    }

    @Test func theSchemaIsPrinted() {
        #expect(output(of: [CheckCommandTests.gild, "schema"]) == configurationSchema())
    }
}
