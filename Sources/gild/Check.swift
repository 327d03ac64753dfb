// gild check: compile, do not run.

import ArgumentParser
import GildSession
import Glibc

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile scripts without running them.",
        discussion: """
            Silent with status 0 when gild can run every FILE. Otherwise each problem is shown as python3 shows it, with \
            file, line and caret, and the status is 1. Besides syntax errors these are the parts of Python that gild does \
            not run yet (docs/language.md).
            """)

    @Argument(help: ArgumentHelp("The scripts; - is standard input.", valueName: "file"))
    var files: [String]

    func run() throws {
        var status: Int32 = 0
        for file in files {
            do {
                try checkScript(file == "-" ? .standardInput : .file(path: file))
            } catch {
                Output.explain(error)
                status = max(status, error.exitStatus)
            }
        }
        if status != 0 { throw ExitCode(status) }
    }
}
