// Several files: what is concatenated, what is merged, and what is an error that names both places.

import GildWorkload
import Glibc
import Testing

@Suite struct MergeTests {
    private func load(_ directory: TemporaryDirectory) -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in
            try ConfigurationLoader.load(main: directory.path + "/gild.yaml", directory: directory.path + "/conf.d")
        }
    }

    @Test func listsAreConcatenatedInTheOrderOfTheNames() throws {
        let directory = TemporaryDirectory()
        directory.write("gild.yaml", "workloads: [{name: z, script: z.py}]\nruntimes: {second: {}}\n")
        directory.write("conf.d/20.yaml", "workloads: [{name: b, script: b.py, runtime: third}]\n")
        directory.write("conf.d/10.yaml", "runtimes: {third: {thread_limit: 2}}\nworkloads: [{name: a, script: /opt/a.py}]\n")
        directory.write("conf.d/.hidden.yaml", "nonsense")
        directory.write("conf.d/30.yml", "nonsense")
        let configuration = try load(directory).get()
        #expect(configuration.workloads.map(\.name) == ["z", "a", "b"])
        #expect(configuration.runtimes.map(\.name) == ["main", "second", "third"])
        #expect(
            configuration.workloads.map(\.script) == [
                .file(directory.path + "/z.py"), .file("/opt/a.py"), .file(directory.path + "/conf.d/b.py"),
            ])
    }

    @Test func aNameThatIsDefinedTwiceNamesBothPlaces() {
        let directory = TemporaryDirectory()
        let main = directory.write("gild.yaml", "runtimes: {r: {}}\nworkloads: [{name: a, script: a.py}]\n")
        let part = directory.write("conf.d/p.yaml", "runtimes: {r: {}}\nworkloads: [{name: a, script: a.py}]\n")
        #expect(
            load(directory).failure?.description == """
                \(part):1:12: runtimes.r: is defined already in \(main):1:12
                \(part):2:20: workloads[0].name: workload 'a' is defined already in \(main):2:20
                """)
    }

    @Test func aKeyOfTheDaemonIsSetInOneFileOnly() throws {
        let directory = TemporaryDirectory()
        let main = directory.write("gild.yaml", "daemon: {group: adm, log: {level: debug}}\n")
        let part = directory.write("conf.d/p.yaml", "daemon: {log: {level: info, queue: 100}}\n")
        #expect(
            load(directory).failure?.description
                == "\(part):1:16: daemon.log.level: is set already in \(main):1:28")
        directory.write("conf.d/p.yaml", "daemon: {log: {queue: 100}}\n")
        let daemon = try load(directory).get().daemon
        #expect(daemon.group == "adm" && daemon.log.level == .debug && daemon.log.queue == 100)
    }

    @Test func problemsOfAllFilesAreToldInOrder() {
        let directory = TemporaryDirectory()
        directory.write("gild.yaml", "workloads:\n  - {name: a, script: a.py, runtime: none}\nx: 1\n")
        directory.write("conf.d/a.yaml", "y: 1\n")
        directory.write("conf.d/b.yaml", "z: [\n")
        let problems = load(directory).failure?.problems ?? []
        #expect(problems.map { $0.file.split(separator: "/").last } == ["gild.yaml", "a.yaml", "b.yaml", "b.yaml"])
    }

    @Test func theMainFileMayBeMissingButNotEverything() throws {
        let directory = TemporaryDirectory()
        let error = load(directory).failure
        #expect(error?.code == .unreadable)
        #expect(error?.description.contains("there is no configuration: neither this file nor a *.yaml file in") == true)
        directory.write("conf.d/a.yaml", "")
        #expect(try load(directory).get().runtimes.map(\.name) == ["main"])
    }

    @Test func aFileThatIsNoRegularFileIsRefusedWithoutWaiting() {
        let directory = TemporaryDirectory()
        mkfifo(directory.path + "/gild.yaml", 0o600)
        #expect(load(directory).failure?.description == "\(directory.path)/gild.yaml: cannot be read: not a regular file")
        #expect(load(directory).failure?.code == .unreadable)
    }

    @Test func aScriptThatIsMissingIsToldAtItsPlace() throws {
        let directory = TemporaryDirectory()
        let file = directory.write("gild.yaml", "workloads:\n  - name: a\n    script: missing.py\n")
        let problems = ConfigurationLoader.checkScripts(try load(directory).get())
        #expect(
            problems.map(\.description) == [
                "\(file):3:13: workloads[0].script: script \(directory.path)/missing.py of workload 'a' cannot be read: No such file or directory"
            ])
    }
}
