// The command's root: names the subcommands, and turns every way to end into CPython's exit status for it.
//
// ArgumentParser would end with 64 (EX_USAGE) after a wrong option. python3 ends with 2, and so does gild; a script that
// starts `python3` and `gild run` by turns then needs one rule.

import ArgumentParser
import Glibc

let gildVersion = "0.1.0"

@main
struct Gild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gild",
        abstract: "Runs Python scripts under a global interpreter lock and measures the lock and every refcount.",
        discussion: """
            A script runs as python3 would run it: the same output, the same exit status. What python3 cannot show comes \
            with --report: who held the lock, for how long, who waited, who handed it to whom and why, what the refcounts \
            did, and which objects leaked.

              gild run --report examples/study/5_lost_update.py

            `gild help run` explains the options.
            """,
        version: "gild \(gildVersion)",
        subcommands: [Run.self, Compare.self, SweepCommand.self, Serve.self, Check.self, Disassemble.self, Schema.self, PluginCommand.self])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let isUsage = exitCode(for: error) == .validationFailure
            let text = fullMessage(for: error)
            if exitCode(for: error).isSuccess {
                Output.write(text.isEmpty ? "" : text + "\n", to: STDOUT_FILENO)
                Glibc.exit(0)
            }
            Output.write(text + "\n", to: STDERR_FILENO)
            Glibc.exit(isUsage ? 2 : 1)
        }
    }
}
