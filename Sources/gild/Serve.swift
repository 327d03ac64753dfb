// gild serve: the daemon, in the foreground.

import ArgumentParser
import GildDaemon
import Glibc

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the workloads of a configuration and obey gilctl.",
        discussion: """
            Stays in the foreground and writes its log to standard error, or to the journal under systemd. Without --config the \
            configuration is /etc/gild/gild.yaml and every *.yaml in /etc/gild/conf.d.

            SIGNALS
              SIGHUP           read the configuration again; what is unchanged
                               keeps running, a wrong one changes nothing
              SIGTERM, SIGINT  stop every run and end, within 5 s; a second
                               SIGINT ends at once

            EXIT STATUS
              0   told to end
              1   could not start: already running, no socket, …
              2   called wrongly
              78  the configuration is wrong (EX_CONFIG); every problem is
                  printed
            """)

    @Option(help: ArgumentHelp("Configuration file, instead of those in /etc/gild.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Path of the control socket, instead of the configuration's.", valueName: "path"))
    var socket: String?

    @Flag(help: "Check the configuration and the scripts that it names, and end.")
    var check = false

    mutating func validate() throws {
        if let socket, socket.isEmpty || socket.utf8.count > 107 { throw ValidationError("--socket is a path of 1 to 107 bytes") }
    }

    func run() throws {
        let options = DaemonOptions(configurationPath: config, socketPath: socket, version: gildVersion)
        do throws(ServeError) {
            if check {
                Output.write(try checkConfiguration(options) + "\n", to: STDOUT_FILENO)
            } else {
                try serve(options)
            }
        } catch {
            for line in error.message.split(separator: "\n") { Output.write("gild: \(line)\n", to: STDERR_FILENO) }
            throw ExitCode(error.exitStatus)
        }
    }
}
