import ArgumentParser
import GildReport
import Glibc

/// `--report` and `--report-json`, as in gild run.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print the run's report as tables on standard error.")
    var report = false

    @Option(help: ArgumentHelp("Write the run's report as JSON to a file; - is standard output.", valueName: "file"))
    var reportJson: String?

    /// Opens the JSON file before the run: a path that cannot be written should not cost one.
    func openFile() throws -> Int32? {
        guard let path = reportJson else { return nil }
        if path == "-" { return STDOUT_FILENO }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw Failure("cannot write '\(escaped(path))': \(Output.lastError())", status: 2) }
        return descriptor
    }

    /// - Parameter file: from `openFile`.
    func write(_ runReport: RunReport?, file: Int32?) {
        guard let runReport else { return }
        if report { Self.printTables(runReport) }
        if let file { Output.write(runReport.json(), to: file) }
    }

    static func printTables(_ report: RunReport) {
        let width = Output.terminalWidth(STDERR_FILENO)
        Output.complain("\n" + report.table(width: width, isColoured: Output.wantsColour(STDERR_FILENO)))
    }
}
