// The report of one script in several runtimes of a process: what they did together, and the report of each.

public struct SiblingsReport: Codable, Sendable, Equatable {
    /// As in `RunReport`.
    public var gild: String
    public var script: String
    public var regime: String
    /// Of the first runtime, by number, whose status is not 0.
    public var exitStatus: Int
    /// From the moment when all runtimes were ready to the end of the last run.
    public var wallNanoseconds: Int
    /// CPU time of the process within that span.
    public var cpuNanoseconds: Int
    /// By number. The times of each are its own: its wall time begins with its first acquisition of its lock, and its CPU time is
    /// the sum over its threads.
    public var runtimes: [RunReport]

    enum CodingKeys: String, CodingKey {
        case gild, script, regime
        case exitStatus = "exit_status"
        case wallNanoseconds = "wall_ns"
        case cpuNanoseconds = "cpu_ns"
        case runtimes
    }

    public init(script: String, wallNanoseconds: Int, cpuNanoseconds: Int, runtimes: [RunReport]) {
        gild = runtimes.first?.gild ?? RunReport(script: script).gild
        self.script = script
        regime = runtimes.first?.regime ?? ""
        exitStatus = runtimes.first { $0.exitStatus != 0 }?.exitStatus ?? 0
        self.wallNanoseconds = wallNanoseconds
        self.cpuNanoseconds = cpuNanoseconds
        self.runtimes = runtimes
    }

    /// The tables of each runtime under a title, then one line for each and one for all. Parameters as in `RunReport.table`.
    public func table(width: Int? = nil, isColoured: Bool = false) -> String {
        let style = TextStyle(isColoured: isColoured)
        var text = ""
        for (index, report) in runtimes.enumerated() {
            text += style.bold("Runtime \(index)") + style.faint("  of \(runtimes.count)") + "\n\n"
            text += report.table(width: width, isColoured: isColoured) + "\n"
        }
        var table = TextTable(["<runtime", "exit status", "wall", "lock held", "CPU", "instructions", "live objects"])
        for (index, report) in runtimes.enumerated() {
            table.add([
                "\(index)", "\(report.exitStatus)", formatDuration(report.wallNanoseconds), formatDuration(report.lock.hold.sum),
                formatDuration(report.cpuNanoseconds), formatCount(report.threads.reduce(0) { $0 + $1.instructions }),
                formatCount(report.heap.liveObjects),
            ])
        }
        table.add([
            "all", "\(exitStatus)", formatDuration(wallNanoseconds), formatDuration(runtimes.reduce(0) { $0 + $1.lock.hold.sum }),
            formatDuration(cpuNanoseconds), formatCount(runtimes.reduce(0) { $0 + $1.threads.reduce(0) { $0 + $1.instructions } }),
            formatCount(runtimes.reduce(0) { $0 + $1.heap.liveObjects }),
        ])
        text += style.bold("\(runtimes.count) runtimes in one process") + "\n"
        for line in table.lines(width: width, style: style) { text += line + "\n" }
        return text
    }
}
