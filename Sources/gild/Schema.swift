// gild schema: the JSON Schema of the daemon's configuration.

import ArgumentParser
import GildWorkload
import Glibc

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the daemon's configuration.",
        discussion: """
            JSON Schema draft-07, for editors with a YAML language server: name it in the first line of a configuration,

              # yaml-language-server: $schema=/usr/share/gild/gild.schema.json

            and keys are completed, explained and checked while you type. `gild check` finds what a schema cannot say: \
            names that are defined twice, runtimes that do not exist, scripts that do not compile.
            """)

    func run() throws {
        if !Output.write(configurationSchema(), to: STDOUT_FILENO) {
            Output.write("gild: cannot write: \(Output.lastError())\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
    }
}
