// What `gilctl submit` sends, what `show` prints, and what `Reload` compares.

import Testing

@testable import GildWorkload

@Suite struct SubmitTests {
    private func submit(_ text: String, runtimes: [RuntimeDefinition]? = nil) -> Result<[WorkloadDefinition], ConfigurationError> {
        Result { () throws(ConfigurationError) in
            try ConfigurationLoader.parseWorkloads(Array(text.utf8), file: "/home/a/job.yaml", runtimes: runtimes)
        }
    }

    @Test func oneDefinitionAListOrAConfigurationMayBeSubmitted() throws {
        let expected = [WorkloadDefinition(name: "a", script: .file("/home/a/a.py"))]
        #expect(try submit("name: a\nscript: a.py\n").get() == expected)
        #expect(try submit("- {name: a, script: a.py}\n").get() == expected)
        #expect(try submit("workloads:\n- {name: a, script: a.py}\n").get() == expected)
    }

    @Test func whatBelongsToTheDaemonCannotBeSubmitted() {
        #expect(
            submit("workloads: []\ndaemon: {}\n").failure?.description
                == "/home/a/job.yaml:2:1: daemon: can be changed in the daemon's files only")
        #expect(submit("").failure?.description == "/home/a/job.yaml:1:1: there is no workload")
        #expect(submit("5").failure?.description.contains("must be a workload") == true)
    }

    @Test func theRuntimeIsHeldAgainstThoseThatAreGiven() {
        let text = "name: a\nscript: a.py\nruntime: second\n"
        #expect(submit(text).failure == nil)
        #expect(
            submit(text, runtimes: [RuntimeDefinition(name: "main")]).failure?.description
                == "/home/a/job.yaml:3:10: runtime: there is no runtime 'second'")
        #expect(submit(text, runtimes: [RuntimeDefinition(name: "second")]).failure == nil)
    }

    @Test(arguments: ["print(1)\n", "print(1)", "\n\nx = 1\n\n\n", "  indented\n", "# c\nif x:\n\n    y\n", "tab\t\u{1B}é\u{2028}\"\\", " \n", "a\n b\n"])
    func aDefinitionReadsBackFromItsYAML(_ source: String) throws {
        var definition = WorkloadDefinition(name: "a.b-c", script: .source(source, file: "", line: 0))
        definition.runtime = "no"
        definition.arguments = ["", "1", "yes", "a b", "é", "-x", "--", "...", "it's", "#", "null", "\n"]
        definition.threads = 3
        definition.entry = "true"
        definition.restart = .onFailure
        definition.everyNanoseconds = 1_500_000_000
        definition.autostart = false
        definition.timeLimitNanoseconds = 60_000_000_000
        definition.outputBytes = 1_025
        var read = try #require(try submit(definition.yaml()).get().first)
        guard case .source(let text, _, _) = read.script else { throw ConfigurationError(problems: []) }
        #expect(text == source)
        read.script = definition.script
        #expect(read == definition)
    }

    @Test func theSummaryHasEveryKey() {
        let definition = WorkloadDefinition(name: "a", script: .source("x\ny\n", file: "f.yaml", line: 7))
        #expect(
            definition.summary().map { "\($0.key)=\($0.value)" } == [
                "name=a", "runtime=main", "source=2 lines in f.yaml:7", "args=[]", "threads=1", "entry=none", "restart=never",
                "every=none", "autostart=true", "limits.time=none", "limits.output=1MiB",
            ])
    }

    @Test func aReloadComparesEveryKeyOfTheDaemon() throws {
        let new = try parsed(
            """
            daemon:
              socket: /run/b
              group: b
              log: {format: json, level: debug, metrics_interval: 1s, hold_threshold: 1s, queue: 16}
              limits: {clients: 1, clients_per_uid: 1, frame: 4KiB, output_buffer: 4KiB, idle_timeout: 1s}
              metrics: {textfile: /b}
            """
        ).get()
        let difference = ConfigurationDifference(old: try parsed("").get(), new: new)
        let keys = listedKeys().map(\.path).filter { $0.hasPrefix("daemon.") }
        #expect(Set(difference.daemonSettings + difference.needRestart) == Set(keys))
    }

    @Test func aReloadTellsWhatChanged() throws {
        let old = try parsed(
            """
            daemon: {socket: /run/a, log: {level: info}}
            runtimes: {main: {switch_interval: 5ms}, gone: {}, moved: {}}
            workloads:
              - {name: same, script: a.py}
              - {name: removed, script: a.py}
              - {name: changed, script: a.py}
              - {name: affected, script: a.py, runtime: moved}
              - {name: inline, source: x}
            """
        ).get()
        let new = try parsed(
            """
            daemon: {socket: /run/b, log: {level: debug}}
            runtimes: {main: {switch_interval: 1ms}, new: {}, moved: {heap_limit: 1MiB}}
            # one line more
            workloads:
              - {name: added, script: a.py}
              - {name: same, script: a.py}
              - {name: changed, script: b.py}
              - {name: affected, script: a.py, runtime: moved}
              - {name: inline, source: x}
            """
        ).get()
        let difference = ConfigurationDifference(old: old, new: new)
        #expect(difference.workloads.added == ["added"] && difference.workloads.removed == ["removed"])
        #expect(difference.workloads.changed == ["changed", "affected"])
        #expect(difference.workloads.unchanged == ["same", "inline"])
        #expect(difference.runtimes.added == ["new"] && difference.runtimes.removed == ["gone"])
        #expect(difference.runtimes.changed == ["moved"] && difference.adjustedRuntimes == ["main"])
        #expect(difference.daemonSettings == ["daemon.log.level"] && difference.needRestart == ["daemon.socket"])
        #expect(!difference.isEmpty && ConfigurationDifference(old: new, new: new).isEmpty)
    }
}
