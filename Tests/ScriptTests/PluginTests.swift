// Plugins under `gild run`: the samples, what a hostile plugin can do, and which files are loaded at all.

import Foundation
import GildReport
import GildSession
import Glibc
import Testing

/// Libraries for the tests, built once into a folder whose parents nobody else can write to.
private enum Libraries {
    static let folder: String = {
        let own = Corpus.root + "/.build/test-plugins"
        if isTrusted(Corpus.root) { return own }
        // A working tree below a directory such as /tmp: then the home directory, a folder for each tree.
        return NSHomeDirectory() + "/.cache/gild-test-plugins" + Corpus.root.replacingOccurrences(of: "/", with: "-")
    }()

    /// Nobody but root and this user can put a file there.
    private static func isTrusted(_ path: String) -> Bool {
        var place = path
        while true {
            var information = stat()
            guard stat(place, &information) == 0, information.st_mode & 0o022 == 0, [0, geteuid()].contains(information.st_uid) else { return false }
            if place == "/" { return true }
            place = (place as NSString).deletingLastPathComponent
        }
    }

    /// Whether everything was built, or why not.
    static let outcome: String = {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            chmod(folder, 0o755)
            let built = try runProgram(["scripts/build-plugins", "--output", folder], timeout: 300)
            if built.status != 0 { return built.errorText }
            let common = ["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-g", "-fPIC", "-shared", "-pthread", "-I", "Sources/CGildPlugin/include"]
            var commands = ["hostile", "sections"].map { common + ["-fno-optimize-sibling-calls", "-o", folder + "/\($0).so", "Tests/Plugins/\($0).c"] }
            commands.append(common + ["-o", folder + "/crash.so", "Tests/Plugins/crash.c"])
            commands.append(common + ["-DCRASH_AT_START", "-o", folder + "/crash_at_start.so", "Tests/Plugins/crash.c"])
            for mistake in 1...13 {
                commands.append(common + ["-DMISTAKE=\(mistake)", "-o", folder + "/mistake\(mistake).so", "Tests/Plugins/mistakes.c"])
            }
            for command in commands {
                let compiled = try runProgram(command)
                if compiled.status != 0 { return compiled.errorText }
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) { chmod(folder + "/" + name, 0o644) }
            return "built"
        } catch {
            return "\(error)"
        }
    }()

    static func path(_ name: String) throws -> String {
        try #require(outcome == "built", "\(outcome)")
        return "\(folder)/\(name).so"
    }
}

private let regimes = RegimeName.allCases.map(\.rawValue)

private func run(_ arguments: [String], timeout: Double = programTimeout) throws -> Completed {
    try Slots.shared.occupy { try Gild.run(["run"] + arguments, timeout: timeout) }
}

/// What `gild run --plugin` says about a file that it does not load.
private func refusal(_ path: String) throws -> String {
    let result = try Gild.run(["run", "--plugin", path, "examples/hello.py"])
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    return result.errorText
}

@Suite struct PluginTests {
    static let samples = [("hash", "hash_files"), ("matrix", "matrix_product"), ("blocking_io", "echo"), ("channel_bench", "lock_bench")]

    @Test(arguments: samples, regimes)
    func aSampleRunsFromItsScriptWithoutBreakingARule(sample: (plugin: String, script: String), regime: String) throws {
        let path = "examples/plugins/\(sample.script).py"
        let program = Program(path: path, text: try String(contentsOfFile: Corpus.root + "/" + path, encoding: .utf8))
        let options = ["--regime", regime, "--check-plugins", "--plugin-hold-limit", "60s", "--plugin", try Libraries.path(sample.plugin)]
        let isUnsynchronized = regime == RegimeName.unsynchronized.rawValue
        let result = try run(options + (isUnsynchronized ? ["--time-limit", "60s"] : []) + ["--report-json", "-", path])
        // Without any synchronisation what several threads share may be freed early, which ends a thread, and another may wait for that one; or it leaks.
        if !isUnsynchronized || !result.errorText.contains("ReferenceError: ") {
            #expect(result.status == 0, "\(result.errorText)")
            #expect(program.missingExpectation(in: result.outputText) == nil, "\(result.outputText)")
        }
        let start = try #require(result.outputText.range(of: "{\n  \"gild\""))
        let report = try JSONDecoder().decode(RunReport.self, from: Data(result.outputText[start.lowerBound...].utf8))
        #expect(report.consistency() == [])
        if !isUnsynchronized { #expect(report.heap.leaked.isEmpty) }
        let plugin = try #require(report.plugins?.first)
        #expect(plugin.name == sample.plugin && plugin.version == "1.0.0" && plugin.violations == 0 && plugin.leakedHandles == 0)
    }

    @Test func metricsAreInTheReport() throws {
        let source = "import hash\nhash.crc32(bytes(5000))\nhash.sha256(b'abc')\n"
        let result = try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            return try run(["--report", "--plugin", try Libraries.path("hash"), path])
        }
        #expect(result.errorText.contains(/hashed_bytes +5,003/))
        #expect(result.errorText.contains(/lock_releases +1/))
    }

    @Test func parametersReachThePlugin() throws {
        let source = "import hash\nhash.crc32(bytes(100))\n"
        let result = try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            return try run(["--report", "--plugin-parameter", "release_above=99", "--plugin", try Libraries.path("hash"), path])
        }
        #expect(result.errorText.contains(/lock_releases +1/))
        let bad = try Gild.run(["run", "--plugin-parameter", "release_above=many", "--plugin", try Libraries.path("hash"), "examples/hello.py"])
        #expect(bad.status == 2)
        #expect(bad.errorText.contains("gild_plugin_init failed with status -3"))
    }

    @Test func aModuleIsThereOnlyWithItsPlugin() throws {
        let source = "import hash\n"
        try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            #expect(try run([path]).errorText.contains("gild does not support the module 'hash' yet (it has gc, gild, math, sys, threading and time)"))
            #expect(try run(["--plugin", try Libraries.path("matrix"), path]).errorText.contains("and from plugins matrix"))
            #expect(try run(["--plugin", try Libraries.path("hash"), path]).status == 0)
        }
    }

    /// At every length around a block of SHA-256, around the length above which the lock is given up, and above 1 MiB: what hashlib and zlib say.
    @Test func digestsAreThoseOfHashlib() throws {
        let source = """
            pattern = bytes([(7 * i + 3) % 251 for i in range(251)])
            lengths = list(range(0, 131)) + [183, 184, 191, 192, 193, 2047, 2048, 2049, 65535, 65536, 1048575, 1048576, 1048577]
            for length in lengths:
                data = (pattern * (length // 251 + 1))[:length]
                print(length, hash.sha256(data), hash.sha256_locked(data), hash.crc32(data))

            """
        let oracle = try Oracle.found.get()
        let reference = """
            import hashlib, zlib
            class hash:
                sha256 = sha256_locked = staticmethod(lambda data: hashlib.sha256(data).hexdigest())
                crc32 = staticmethod(zlib.crc32)

            """
        try withTemporaryPath(".py") { path in
            try (reference + source).write(toFile: path, atomically: false, encoding: .utf8)
            let expected = try runProgram([oracle.executable, path], environment: Oracle.environment)
            #expect(expected.status == 0 && expected.outputText.split(separator: "\n").count == 144, "\(expected.errorText)")
            try ("import hash\n" + source).write(toFile: path, atomically: false, encoding: .utf8)
            let actual = try run(["--check-plugins", "--plugin", try Libraries.path("hash"), path])
            #expect(actual.outputText == expected.outputText, "\(actual.errorText)")
        }
    }

    /// Every sample as a workload of a daemon, and plugins that are unloaded and loaded while scripts run.
    @Test(arguments: regimes)
    func theSamplesRunAsWorkloadsOfADaemon(regime: String) throws {
        _ = try Libraries.path("hash")
        let gilctl = String(Gild.executable.dropLast("gild".count)) + "gilctl"
        let result = try Slots.shared.occupy {
            try runProgram(["Tests/Plugins/daemon.sh", Gild.executable, gilctl, Libraries.folder, regime], timeout: 4 * programTimeout)
        }
        #expect(
            result.outputText == """
                checked
                hash ended with 0
                matrix ended with 0
                turns ended with 0
                echo ended with 0
                round trips: 200
                matrix is in use
                plugin matrix is unloaded
                plugin matrix 1.0.0 is loaded
                gilctl: there is no plugin 'no_such'
                loaded already
                matrix ran again
                endless was stopped
                done

                """, "\(result.errorText)")
        #expect(result.status == 0)
    }

    /// A Swift plugin that shares the toolchain's runtime libraries instead of carrying its own, as foreign authors may build it: gild's runtime,
    /// which may be linked statically, and the plugin's do not meet.
    @Test func aSwiftPluginMayBringItsRuntimeAsLibraries() throws {
        _ = try Libraries.path("matrix")
        let folder = Libraries.folder + "/dynamic"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o755)
        let path = folder + "/matrix.so"
        let built = try runProgram(
            [
                "swiftc", "-O", "-swift-version", "6", "-parse-as-library", "-emit-library", "-I", "Sources/CGildPlugin/include", "-module-name", "matrix",
                "-o", path, "plugins/matrix/matrix.swift", "plugins/SwiftPlugin.swift",
            ], timeout: 300)
        try #require(built.status == 0, "\(built.errorText)")
        chmod(path, 0o644)
        let script = try run(["--check-plugins", "--plugin-hold-limit", "60s", "--plugin", path, "examples/plugins/matrix_product.py"])
        #expect(script.status == 0, "\(script.errorText)")
        let ended = try daemon(
            "plugins: [{path: \(path)}]\nworkloads: [{name: w, autostart: false, script: \(Corpus.root)/examples/plugins/matrix_product.py}]\n",
            workload: "w")
        #expect(ended.status == "ended with 0")
        #expect(ended.log.contains { $0.contains("run 1 ended with status 0") }, "\(ended.log)")
    }

    /// What `gild plugin new` writes builds and passes its own test.
    @Test(arguments: ["c", "swift"])
    func aNewPluginPassesItsOwnTest(language: String) throws {
        _ = try Libraries.path("hash")
        let name = "fresh_\(language)"
        try? FileManager.default.removeItem(atPath: Libraries.folder + "/" + name)
        let result = try runProgram(
            ["sh", "-c", "cd \(Libraries.folder) && umask 022 && \(Gild.executable) plugin new \(name) --language \(language) && cd \(name) && make --no-print-directory test GILD=\(Gild.executable)"],
            timeout: 300)
        #expect(result.outputText.hasSuffix("\(name): passed\n"), "\(result.outputText)\(result.errorText)")
        #expect(result.status == 0)
        let again = try runProgram(["sh", "-c", "cd \(Libraries.folder) && \(Gild.executable) plugin new \(name)"])
        #expect(again.status == 1 && again.errorText.contains("cannot make the folder \(name): File exists"))
        #expect(try Gild.run(["plugin", "new", "no-name"]).status == 2)
    }

    // MARK: Crashes

    /// What `gild run` says on standard error, the script's last words, and the signal that it ended by.
    private func crash(_ source: String, plugin: String = "crash", regime: String = "gil") throws -> (line: String, signal: Int32?) {
        try withTemporaryPath(".py") { path in
            try source.write(toFile: path, atomically: false, encoding: .utf8)
            let gild = [Gild.executable, "run", "--regime", regime, "--plugin", try Libraries.path(plugin), path]
            // No core: it would be as large as the address space of a run.
            let result = try Slots.shared.occupy { try runProgram(["bash", "-c", "ulimit -c 0; export SWIFT_BACKTRACE=enable=no; exec \"$@\"", "bash"] + gild) }
            return (result.errorText.split(separator: "\n").last.map(String.init) ?? "", result.signal)
        }
    }

    @Test(arguments: [
        ("null", SIGSEGV, #"crashed with SIGSEGV at address 0x0 in plugin 'crash', function 'null', at crash\.so\+0x[0-9a-f]+"#),
        ("divide", SIGFPE, #"crashed with SIGFPE at address 0x[0-9a-f]+ in plugin 'crash', function 'divide', at crash\.so\+0x[0-9a-f]+"#),
        ("trap", SIGILL, #"crashed with SIGILL at address 0x[0-9a-f]+ in plugin 'crash', function 'trap', at crash\.so\+0x[0-9a-f]+"#),
        ("give_up", SIGABRT, "crashed with SIGABRT in plugin 'crash', function 'give_up', in code that it called"),
        ("overflow", SIGSEGV, #"crashed with SIGSEGV at address 0x[0-9a-f]+ in plugin 'crash', function 'overflow', at crash\.so\+0x[0-9a-f]+"#),
        ("outside", SIGSEGV, "crashed with SIGSEGV at address 0x0 in plugin 'crash', function 'outside', in code that it called"),
        ("thread", SIGSEGV, #"crashed with SIGSEGV at address 0x0 in plugin 'crash', at crash\.so\+0x[0-9a-f]+"#),
    ])
    func aCrashNamesPluginAndFunction(function: String, signal: Int32, message: String) throws {
        #if arch(x86_64)
            let told = try crash("import crash\ncrash.\(function)()\n")
            #expect(told.signal == signal)
            #expect(told.line.wholeMatch(of: try Regex("gild: " + message)) != nil, "\(told.line)")
        #endif
    }

    /// On a thread of the script, within a call within a call, under regimes with a lock and without one.
    @Test(arguments: ["gil", "biased"])
    func aCrashNamesTheInnermostCall(regime: String) throws {
        let source = """
            import crash, threading
            crash.through(list)
            t = threading.Thread(target=crash.through, args=(crash.null,))
            t.start()
            t.join()
            """
        let told = try crash(source, regime: regime)
        #expect(told.signal == SIGSEGV)
        #expect(told.line.contains("in plugin 'crash', function 'null', at crash.so+0x"), "\(told.line)")
    }

    @Test func aCrashBeforeThePluginHasAName() throws {
        let told = try crash("pass\n", plugin: "crash_at_start")
        #expect(told.signal == SIGSEGV)
        #expect(told.line.contains("in plugin 'crash_at_start.so', at crash_at_start.so+0x"), "\(told.line)")
    }

    /// The status of a daemon with this configuration, in which the workload ran once, and the lines of its log.
    private func daemon(_ configuration: String, workload: String) throws -> (status: String, log: [String]) {
        let gilctl = String(Gild.executable.dropLast("gild".count)) + "gilctl"
        return try withTemporaryPath(".yaml") { path in
            try configuration.write(toFile: path, atomically: false, encoding: .utf8)
            let result = try Slots.shared.occupy {
                try runProgram(["Tests/Plugins/one_run.sh", Gild.executable, gilctl, path, workload], timeout: 2 * programTimeout)
            }
            let lines = result.outputText.split(separator: "\n").map(String.init)
            return (lines.first ?? "", Array(lines.dropFirst()))
        }
    }

    private func record(_ line: String?) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data((line ?? "").utf8)) as? [String: Any], "\(line ?? "no line")")
    }

    /// The daemon's last record, in the form of its log.
    @Test(arguments: [("script", "null"), ("native", "run.run")])
    func aCrashIsTheLastRecordOfADaemon(workload: String, function: String) throws {
        let plugin = try Libraries.path("crash")
        func end(_ format: String) throws -> (status: String, log: [String]) {
            try daemon(
                """
                daemon: {log: {format: \(format)}}
                plugins: [{path: \(plugin)}]
                workloads:
                  - {name: script, autostart: false, source: "import crash\\ncrash.null()\\n"}
                  - {name: native, autostart: false, plugin: crash/run, threads: 2}

                """, workload: workload)
        }
        let json = try end("json")
        #expect(json.status == "ended with \(128 + SIGSEGV)")
        let last = try record(json.log.last)
        #expect(last["event"] as? String == "crashed" && last["level"] as? String == "critical")
        #expect((last["message_id"] as? String)?.count == 32)
        #expect((last["time"] as? String)?.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/) != nil)
        let fields = last["fields"] as? [String: Any]
        #expect(fields?["plugin"] as? String == "crash" && fields?["function"] as? String == function && fields?["signal"] as? String == "SIGSEGV")
        #expect((fields?["place"] as? String)?.hasPrefix("crash.so+0x") == true && fields?["address"] as? String == "0x0")
        let text = try end("text")
        #expect(text.status == "ended with \(128 + SIGSEGV)")
        let words = "Z critical crashed with SIGSEGV at address 0x0 in plugin 'crash', function '\(function)', at crash.so+0x"
        #expect(text.log.last?.contains(words) == true, "\(text.log)")
    }

    /// `check_plugins` of a runtime: the script gets the exception, the log one record for each place and rule, the run's report the count.
    @Test(arguments: regimes)
    func brokenRulesAreInTheLogAndTheReportOfADaemon(regime: String) throws {
        let source = "import hostile\\nfor i in range(5):\\n  try:\\n    hostile.probe('closed', 'int_get', 1, print)\\n  except SystemError:\\n    print('found')\\n"
        func run(_ checks: String) throws -> [[String: Any]] {
            let ended = try daemon(
                """
                daemon: {log: {format: json}}
                plugins: [{path: \(try Libraries.path("hostile"))}]
                runtimes: {main: {regime: \(regime)\(checks)}}
                workloads: [{name: probe, autostart: false, source: "\(source)"}]

                """, workload: "probe")
            #expect(ended.status == "ended with 0")
            return try ended.log.map(record)
        }
        func violations(_ log: [[String: Any]]) throws -> [[String: Any]]? {
            let report = try #require(log.first { $0["event"] as? String == "report" })
            return ((report["fields"] as? [String: Any])?["report"] as? [String: Any])?["plugin_violations"] as? [[String: Any]]
        }
        let log = try run(", check_plugins: true, plugin_hold_limit: 100s")
        #expect(log.filter { $0["message"] as? String == "found" }.count == 5)
        let told = log.filter { $0["event"] as? String == "plugin-violation" }
        #expect(told.count == 1)
        let fields = told.first?["fields"] as? [String: Any]
        #expect(fields?["plugin"] as? String == "hostile" && fields?["function"] as? String == "probe")
        #expect((fields?["place"] as? String)?.hasPrefix("try_int_get+0x") == true)
        #expect(told.first?["workload"] as? String == "probe" && told.first?["runtime"] as? String == "main")
        #expect((told.first?["message"] as? String)?.hasSuffix("gild_int_get got a bad handle: object was closed") == true)
        let listed = try violations(log)
        #expect(listed?.count == 1 && listed?.first?["count"] as? Int == 5 && listed?.first?["message"] as? String == told.first?["message"] as? String)

        let unchecked = try run("")
        #expect(!unchecked.contains { $0["message"] as? String == "found" || $0["event"] as? String == "plugin-violation" })
        #expect(try violations(unchecked) == nil)
    }

    // MARK: Rules

    @Test(arguments: regimes)
    func everyBrokenRuleIsFoundAndNamed(regime: String) throws {
        let result = try run([
            "--regime", regime, "--check-plugins", "--plugin-hold-limit", "100s", "--plugin", try Libraries.path("hostile"), "Tests/Plugins/hostile.py",
            "rules",
        ])
        let lines = result.outputText.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("MISSED") } == [])
        #expect(lines.last == "alive")
        #expect(result.status == 0, "\(result.errorText.suffix(2000))")
        // 42 functions on a thread that the context does not belong to, and 42 with the context of a call that has ended.
        let told = result.errorText.split(separator: "\n")
        #expect(told.filter { $0.hasPrefix("gild: plugin 'hostile', at try_") && $0.contains("on a thread that the context does not belong to") }.count == 42)
        #expect(told.filter { $0.hasPrefix("gild: plugin 'hostile', at try_") && $0.contains("with the context of a call that has ended") }.count == 42)
        #expect(lines.contains { $0.hasSuffix("probes, 42 elsewhere") })
    }

    /// Two threads, an object or two; the lock given up within a section; a script called within one.
    @Test(arguments: regimes, [[], ["--check-plugins", "--plugin-hold-limit", "100s"]])
    func sectionsKeepOthersOutUntilTheLockIsGivenUp(regime: String, options: [String]) throws {
        let result = try run(["--regime", regime] + options + ["--plugin", try Libraries.path("sections"), "Tests/Plugins/sections.py", "200"])
        if regime == RegimeName.unsynchronized.rawValue && result.status == 1 && result.errorText.contains("ReferenceError: ") {
            // The count of a list that four threads use lost an incref.
            return
        }
        #expect(
            result.outputText == """
                add plain True
                add checkpoint True
                add leaving True
                add nested True
                move 0 0
                move within one 0
                wait one 11
                wait nested 11
                wait two 11
                call 1
                abandon ended
                abandon leaving
                abandon unended
                lives \(RegimeName(rawValue: regime)?.hasOneLock == true ? "False" : "True")

                """, "\(result.errorText)")
        #expect(result.status == 0)
    }

    @Test(arguments: regimes)
    func aLockThatIsKeptTooLongIsFoundAndNamed(regime: String) throws {
        let result = try run([
            "--regime", regime, "--plugin-hold-limit", "20ms", "--plugin", try Libraries.path("hostile"), "Tests/Plugins/hostile.py", "hold",
        ])
        #expect(result.outputText == "holds\nalive\n")
        #expect(result.status == 0)
    }

    @Test(arguments: regimes)
    func withoutChecksTheProcessLives(regime: String) throws {
        let result = try run(["--regime", regime, "--plugin", try Libraries.path("hostile"), "Tests/Plugins/hostile.py", "unchecked"])
        #expect(result.outputText == "alive\n")
        #expect(result.status == 0, "\(result.errorText)")
    }

    /// The fixture was built with the first header and calls every slot of its table.
    @Test func aPluginOfTheFirstHeaderRuns() throws {
        #if arch(x86_64)
            _ = try Libraries.path("hash")
            let copy = Libraries.folder + "/abi1.so"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: Corpus.root + "/Tests/Plugins/abi1-x86_64.so", toPath: copy)
            chmod(copy, 0o644)
            for regime in regimes {
                let result = try run(["--regime", regime, "--report", "--plugin", copy, "Tests/Plugins/abi1.py"])
                #expect(result.outputText == "[9, 7, 2, 1, 1, 3, 25, 3, 'hé', 1, 0, 1, 297, 1, 7, 7, [3, 3, 0], 1, 1]\n")
                #expect(result.errorText.contains("info: exercised\n") && result.errorText.contains(/references +[0-9,]+ +[0-9,]+ +0\b/))
            }
        #endif
    }

    // MARK: Files

    @Test(arguments: [
        (1, "not a plugin: it does not export gild_plugin_init"), (2, "did not call gild_describe"),
        (3, "built for version 2 of the plugin interface; this gild has version 1"), (4, "built with a newer gild_plugin.h"),
        (5, "gild_register_function was called before gild_describe"), (6, "the name 'no-identifier' cannot be imported"),
        (7, "it calls itself 'sys', which is a module of gild's own"), (8, "the function 'nothing' is registered twice"),
        (9, "takes 0 to -2 arguments, which makes no sense"), (10, "its gild_plugin_init failed with status -3"),
        (11, "a function's definition says that it has 8 bytes"), (12, "the metric's name 'Bad Name'"), (13, "a workload's definition lacks its name or its run"),
    ])
    func anInitialiserThatIsWrongIsRefused(mistake: Int, words: String) throws {
        let text = try refusal(try Libraries.path("mistake\(mistake)"))
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("mistake\(mistake).so"))
    }

    /// A copy of a good plugin with other bytes.
    private func damaged(_ name: String, _ change: (inout [UInt8]) -> Void) throws -> String {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try Libraries.path("hash"))))
        change(&bytes)
        let path = "\(Libraries.folder)/damaged-\(name).so"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o644)
        return path
    }

    @Test func filesThatAreNoLibraryForThisMachineAreRefused() throws {
        #expect(try refusal(try damaged("text") { $0 = Array("#!/bin/sh\n".utf8) }).contains("it has 10 bytes, too few"))
        #expect(try refusal(try damaged("empty") { $0 = [] }).contains("it has 0 bytes"))
        #expect(try refusal(try damaged("magic") { $0[1] = 0x46 }).contains("no ELF header"))
        #expect(try refusal(try damaged("arm") { $0[18] = 40 }).contains("built for another machine (ARM, 32 bits)"))
        #expect(try refusal(try damaged("class") { $0[4] = 1 }).contains("built for another machine"))
        #expect(try refusal(try damaged("endian") { $0[5] = 2 }).contains("big-endian"))
        #expect(try refusal(try damaged("executable") { $0[16] = 2 }).contains("not a shared library"))
        #expect(try refusal(try damaged("object") { $0[16] = 1 }).contains("an object file"))
    }

    @Test(arguments: [64, 100, 1000, 4096, 8192])
    func aTruncatedFileIsRefused(length: Int) throws {
        let text = try refusal(try damaged("short-\(length)") { $0 = Array($0.prefix(length)) })
        #expect(text.contains("truncated"), "\(text)")
    }

    @Test func aFileThatLacksItsLastByteIsRefused() throws {
        #expect(try refusal(try damaged("last") { $0.removeLast() }).contains("truncated"))
    }

    // MARK: Trust

    /// Runs `body` with a folder and a copy of a plugin in it, both trustworthy as they are given.
    private func withCopy(_ body: (_ folder: String, _ file: String) throws -> Void) throws {
        let source = try Libraries.path("hash")
        let folder = "\(Libraries.folder)/trust-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        chmod(folder, 0o755)
        defer {
            chmod(folder, 0o755)
            try? FileManager.default.removeItem(atPath: folder)
        }
        let file = folder + "/hash.so"
        try FileManager.default.copyItem(atPath: source, toPath: file)
        chmod(file, 0o644)
        try body(folder, file)
    }

    @Test func onlyFilesThatNobodyElseCanWriteAreLoaded() throws {
        try withCopy { (folder, file) throws in
            #expect(try Gild.run(["run", "--plugin", file, "examples/hello.py"]).status == 0)
            for mode: mode_t in [0o664, 0o646, 0o666, 0o602, 0o620] {
                chmod(file, mode)
                #expect(try refusal(file).contains("hash.so is writable for "))
            }
            for mode: mode_t in [0o600, 0o644, 0o755, 0o700] {
                chmod(file, mode)
                #expect(try Gild.run(["run", "--plugin", file, "examples/hello.py"]).status == 0)
            }
            for mode: mode_t in [0o775, 0o757, 0o777, 0o1777] {
                chmod(folder, mode)
                #expect(try refusal(file).contains("\(folder) is writable for "))
            }
        }
    }

    @Test func linksAndOtherFilesAreRefused() throws {
        try withCopy { (folder, file) throws in
            let link = folder + "/link.so"
            symlink(file, link)
            #expect(try refusal(link).contains("link.so is a symbolic link"))
            let folderLink = folder + "/folder"
            symlink(folder, folderLink)
            #expect(try refusal(folderLink + "/hash.so").contains("folder is a symbolic link"))
            #expect(try refusal(folder).contains("is not a regular file"))
            let fifo = folder + "/fifo.so"
            mkfifo(fifo, 0o600)
            #expect(try refusal(fifo).contains("is not a regular file"))
            #expect(try refusal(folder + "/none.so").contains("No such file or directory"))
            #expect(try refusal(folder + "/../" + file.split(separator: "/").suffix(2).joined(separator: "/")).contains("must not contain '..'"))
            #expect(try refusal("plugins/hash.so").contains("the path must be absolute"))
            #expect(try refusal("/").contains("not a file"))
            #expect(try refusal("/dev/null").contains("is not a regular file"))
        }
    }

    @Test func theFileThatWasCheckedIsTheOneThatIsLoaded() throws {
        // Two files change places all the time, one that would be refused among them; what is loaded is always the trustworthy one.
        try withCopy { (folder, file) throws in
            let other = folder + "/other.so"
            try FileManager.default.copyItem(atPath: try Libraries.path("matrix"), toPath: other)
            chmod(other, 0o666)
            let source = "import hash\nprint(hash.crc32(b''))\n"
            try withTemporaryPath(".py") { path in
                try source.write(toFile: path, atomically: false, encoding: .utf8)
                nonisolated(unsafe) let isOver = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
                isOver.initialize(to: 0)
                let swapper = Thread {
                    let spare = folder + "/spare.so"
                    for _ in 0..<200_000 where isOver.pointee == 0 {
                        rename(file, spare)
                        rename(other, file)
                        rename(file, other)
                        rename(spare, file)
                    }
                }
                swapper.start()
                defer { isOver.pointee = 1 }
                for _ in 0..<30 {
                    let result = try Gild.run(["run", "--plugin", file, path])
                    let isRefused = result.status == 2 && (result.errorText.contains("is writable for") || result.errorText.contains("No such file"))
                    #expect(isRefused || result.outputText == "0\n", "\(result.outputText)\(result.errorText)")
                }
            }
        }
    }

    @Test func onePluginCannotBeLoadedTwice() throws {
        let path = try Libraries.path("hash")
        #expect(try Gild.run(["run", "--plugin", path, "--plugin", path, "examples/hello.py"]).errorText.contains("this file is loaded already"))
        try withCopy { _, file in
            let result = try Gild.run(["run", "--plugin", path, "--plugin", file, "examples/hello.py"])
            #expect(result.errorText.contains("a plugin of the name 'hash' is loaded already"))
        }
    }
}
