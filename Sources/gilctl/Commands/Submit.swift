import ArgumentParser
import GildControl
import GildReport

struct Submit: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Define workloads from a YAML file.",
        discussion: """
            The file is what a configuration file says about workloads: one workload (a mapping with a name), or several \
            under `workloads:`. It is read here and sent; scripts that it names by path are read by the daemon, relative \
            paths from the file's directory. What is submitted lasts until gilctl remove or the end of the daemon.

              gilctl submit job.yaml
              gilctl submit --replace - <job.yaml
            """)

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Replace workloads of the same name.")
    var replace = false

    @Flag(help: "Only define them.")
    var noStart = false

    @Argument(help: "The YAML file, or - for standard input.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func run(_ daemon: Daemon) throws {
        let bytes = try InputFile.read(file)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure("\(escaped(file)) is not UTF-8")
        }
        let parameters = WorkloadInterface.Submit.Parameters(
            text: text, file: InputFile.absolute(file), replace: replace, start: !noStart)
        try daemon.show(WorkloadInterface.Submit.self, parameters) { reply, _ in
            ["submitted \(reply.names.map(escaped).joined(separator: ", "))"]
        }
    }
}
