// The command's root: names the subcommands, and turns every way to end into an exit status.
//
//     0  done     1  the daemon or the script said no     2  called wrongly     3  no daemon to talk to
//
// `run`, `exec` and `repl` end with the status of the script instead, as `gild run` does; what goes wrong before the
// script has one of those above.

import ArgumentParser
import Glibc

let gilctlVersion = "0.1.0"

@main
struct Gilctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gilctl",
        abstract: "Controls a running gild daemon through its Unix socket.",
        discussion: """
            The socket is --socket, else GILD_SOCKET, else /run/gild/gild.sock. Reading needs nothing but access to it; \
            changing needs root, the daemon's own user, or the group that the configuration names (gild).

            Every command prints the daemon's reply as JSON with --json. --socket, --timeout and --json may also stand before \
            the command.

              gilctl top                   what happens now
              gilctl list                  workloads and their states
              gilctl run race.py 4         run a script in the daemon
              gilctl repl                  a prompt on the daemon's heap

            EXIT STATUS
              0 done; 1 failed; 2 called wrongly; 3 cannot connect. run, exec
              and repl end with the script's own.

            ENVIRONMENT
              GILD_SOCKET  path of the socket.
              NO_COLOR     when set, no colours.
            """,
        version: "gilctl \(gilctlVersion)",
        subcommands: [
            Ping.self, Status.self, Reload.self, Shutdown.self, LogLevel.self, List.self, Show.self, Start.self,
            Stop.self, Restart.self, Submit.self, Remove.self, Logs.self, Wait.self, Run.self, Execute.self, Repl.self,
            Runtimes.self, Lock.self, Threads.self, Heap.self, Metrics.self, Top.self,
            PluginCommand.self,
        ])

    static func main() {
        do {
            let arguments = try ConnectionOptions.takeLeading(from: Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            try command.run()
            Glibc.exit(0)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let failure as Failure {
            failure.report()
            Glibc.exit(failure.status)
        } catch {
            let isUsage = exitCode(for: error) == .validationFailure
            let text = fullMessage(for: error)
            if exitCode(for: error).isSuccess {
                Output.print(text.isEmpty ? "" : text + "\n")
                Glibc.exit(0)
            }
            // ArgumentParser begins with "Error: ".
            let shown = text.hasPrefix("Error: ") ? "gilctl: " + text.dropFirst("Error: ".count) : text
            Output.complain(shown + "\n")
            Glibc.exit(isUsage ? 2 : 1)
        }
    }
}
