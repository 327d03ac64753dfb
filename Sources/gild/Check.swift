// gild check: compile, do not run; validate, do not serve.

import ArgumentParser
import GildReport
import GildSession
import GildWorkload
import Glibc

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check scripts and configurations without running them.",
        discussion: """
            Silent with status 0 when nothing is wrong. Otherwise every problem goes to standard error, and the status \
            is 1; 2 when a FILE cannot be read.

            A script's problem is shown as python3 shows it, with file, line and caret. Besides syntax errors these are \
            the parts of Python that gild does not run yet (docs/language.md).

            A FILE that ends in .yaml or .yml is a configuration of the daemon: each problem is one line with \
            file:line:column, the path of the value and what is wrong, and the scripts that it names are checked too. \
            A directory is a whole configuration, gild.yaml and conf.d/*.yaml:

              gild check /etc/gild
            """)

    @Argument(help: ArgumentHelp("Scripts, configurations or directories; - is a script on standard input.", valueName: "file"))
    var files: [String]

    func run() throws {
        var status: Int32 = 0
        for file in files {
            if isDirectory(file) {
                let prefix = file.hasSuffix("/") ? file : file + "/"
                status = max(
                    status,
                    checkConfiguration { () throws(ConfigurationError) in
                        try ConfigurationLoader.load(main: prefix + "gild.yaml", directory: prefix + "conf.d")
                    })
            } else if file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
                status = max(
                    status,
                    checkConfiguration { () throws(ConfigurationError) in try ConfigurationLoader.load(file: file) })
            } else {
                status = max(status, check(file == "-" ? .standardInput : .file(path: file)))
            }
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func check(_ script: ScriptInput, modules: Set<String> = []) -> Int32 {
        do {
            try checkScript(script, modules: modules)
            return 0
        } catch {
            Output.explain(error)
            return error.exitStatus
        }
    }

    private func checkConfiguration(_ load: () throws(ConfigurationError) -> Configuration) -> Int32 {
        let configuration: Configuration
        do {
            configuration = try load()
        } catch {
            Output.write("\(error)\n", to: STDERR_FILENO)
            return error.code == .unreadable ? 2 : 1
        }
        let unreadable = ConfigurationLoader.checkScripts(configuration)
        for problem in unreadable { Output.write("\(problem)\n", to: STDERR_FILENO) }
        var status: Int32 = unreadable.isEmpty ? 0 : 1
        var checked: Set<String> = []
        // Checking runs no code of a plugin: its module is taken to have the file's name.
        let modules = Set(configuration.plugins.map { plugin in
            let file = plugin.path.split(separator: "/").last ?? ""
            return String(file.hasSuffix(".so") ? file.dropLast(3) : file)
        })
        for workload in configuration.workloads {
            switch workload.script {
            case .file(let path):
                if checked.insert(path).inserted, access(path, R_OK) == 0 {
                    status = max(status, min(1, check(.file(path: path), modules: modules)))
                }
            case .plugin: break
            case .source(let text, let file, let line):
                // Empty lines before it, so that a diagnostic names the line of the configuration.
                let padding = [UInt8](repeating: 0x0A, count: line - 1)
                status = max(status, check(.source(text: padding + Array(text.utf8), name: file), modules: modules))
            }
        }
        return status
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
