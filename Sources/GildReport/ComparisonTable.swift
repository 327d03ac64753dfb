// A comparison as a person reads it on a terminal: what it cost, what the lock did, what the heap did, what went wrong, and what follows.

extension Comparison {
    /// Lines of text with a line end each; see `RunReport.table` for the parameters.
    public func table(width: Int? = nil, isColoured: Bool = false) -> String {
        let style = TextStyle(isColoured: isColoured)
        let textWidth = max(20, min(width ?? 88, 88))
        var sections = [head(style, width: textWidth), timeSection(style, width: width)]
        sections += [lockSection(style, width: width), heapSection(style, width: width), pathSection(style, width: width), troubleSection(style)].filter { !$0.isEmpty }
        sections.append(
            [style.bold("What the figures say")] + verdicts.flatMap { bullet($0.text, width: textWidth) })
        if !notes.isEmpty { sections.append([style.bold("Limits of these figures")] + notes.flatMap { bullet($0, width: textWidth) }) }
        return sections.map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
    }

    private func head(_ style: TextStyle, width: Int) -> [String] {
        let command = escaped(([script, "THREADS"] + arguments).joined(separator: " "))
        let shared = work == .total ? "threads share the work" : "each thread does the same work"
        let about =
            "Least wall time of \(countOf(repetitions, "run")) each, processes started in turn; spread: how much longer the median run took. "
            + "All other figures of a row are the fastest run's. Work: \(work.rawValue) (\(shared))."
            + (subjects.contains { $0.isInRuntimes == true } ? " Per runtime: so many runtimes of one process with a thread each, each of which does all the work." : "")
        return [style.bold("gild \(escaped(gild)) compare · \(command) · \(countOf(processors, "processor"))")]
            + wrapped(about, width: width).map { style.faint($0) }
    }

    private func timeSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<who", "threads", "wall", "spread", work == .total ? "runs/s" : "work/s", "speed-up", "CPU"])
        for configuration in configurations {
            let fastest = configuration.runs.min { $0.wallNanoseconds < $1.wallNanoseconds }
            let spread = configuration.spread.map { "+" + formatPercent($0) } ?? "–"
            table.add([
                configuration.subject, formatCount(configuration.threads),
                configuration.fastest.map(formatDuration) ?? "failed", configuration.fastest == nil ? "–" : spread,
                configuration.throughput.map(formatRate) ?? "–",
                configuration.speedUp.map { formatRatio($0) } ?? "–",
                configuration.fastest == nil ? "–" : formatDuration(fastest?.cpuNanoseconds ?? 0),
            ])
        }
        return [style.bold("Time")] + table.lines(width: width, style: style) { $1 == "failed" ? style.bad($1) : $1 }
    }

    private func lockSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable([
            "<lock", "threads", "held", "hold p50", "hold p99", "wait p50", "wait p99", "handoffs", "futile wakeups",
        ])
        for configuration in configurations {
            guard let report = configuration.report else { continue }
            let lock = report.lock
            let hasOneLock = subjects.first { $0.name == configuration.subject }?.hasOneLock == true
            func time(_ distribution: TimeDistribution, _ value: Int) -> String { distribution.count == 0 ? "–" : formatDuration(value) }
            table.add([
                configuration.subject, formatCount(configuration.threads),
                hasOneLock ? formatShare(lock.hold.sum, of: report.wallNanoseconds) : "–",
                time(lock.hold, lock.hold.p50), time(lock.hold, lock.hold.p99), time(lock.wait, lock.wait.p50), time(lock.wait, lock.wait.p99),
                formatCount(lock.handoffs.total), formatCount(lock.futileWakeups),
            ])
        }
        return table.rows.isEmpty ? [] : [style.bold("Lock")] + table.lines(width: width, style: style)
    }

    private func heapSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<heap", "threads", "increfs", "decrefs", "objects made", "peak", "leaked", "deadlocks"])
        for configuration in configurations {
            guard let report = configuration.report else { continue }
            table.add([
                configuration.subject, formatCount(configuration.threads), formatCount(report.refcounts.increfs),
                formatCount(report.refcounts.decrefs), formatCount(report.heap.allocatedObjects), formatSize(report.heap.peakBytes),
                leakText(configuration), deadlockText(configuration),
            ])
        }
        return table.rows.isEmpty
            ? [] : [style.bold("References and objects")] + table.lines(width: width, style: style) { $0 >= 6 && $1 != "0" ? style.bad($1) : $1 }
    }

    /// By which instructions references were counted.
    private func pathSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<references", "threads", "<counted"])
        for configuration in configurations {
            guard let report = configuration.report else { continue }
            table.add([configuration.subject, formatCount(configuration.threads), report.pathText])
        }
        // Where all count alike there is nothing to compare.
        let isMixed = configurations.contains { $0.report?.refcounts.paths?.isPlain == false }
        return table.rows.isEmpty || !isMixed ? [] : [style.bold("How references were counted")] + table.lines(width: width, style: style)
    }

    /// `0`, or `up to 12 in 3 of 5 runs`.
    func leakText(_ configuration: Configuration) -> String {
        guard let leaks = configuration.leaks else { return "–" }
        if leaks.runs == 0 { return "0" }
        return "up to \(formatCount(leaks.most)) in \(formatCount(leaks.runs)) of \(countOf(configuration.runs.count, "run"))"
    }

    /// `0`, or `3 in 2 runs`.
    func deadlockText(_ configuration: Configuration) -> String {
        guard let deadlocks = configuration.deadlocks else { return "–" }
        return deadlocks.runs == 0 ? "0" : "\(formatCount(deadlocks.count)) in \(countOf(deadlocks.runs, "run"))"
    }

    private func troubleSection(_ style: TextStyle) -> [String] {
        var lines: [String] = []
        for configuration in configurations {
            let name = escaped(configuration.name)
            if let failure = configuration.failure {
                lines.append("  " + style.bad("\(name) \(escaped(failure.reason)) in round \(failure.round); not run again"))
                let text = failure.standardError.split(separator: "\n", omittingEmptySubsequences: true).suffix(12)
                lines += text.map { "    " + style.faint(escaped(String($0))) }
            }
            if let difference = configuration.difference {
                lines.append("  " + style.bad("\(name) does not print what \(escaped(difference.reference)) prints, from line \(difference.line) on"))
                lines.append("    expected  " + (difference.expected.map(escaped) ?? "(the end of the output)"))
                lines.append("    found     " + (difference.found.map(escaped) ?? "(the end of the output)"))
            }
        }
        return lines.isEmpty ? [] : [style.bad("What went wrong")] + lines
    }
}

/// A paragraph behind a dash, wrapped and indented.
func bullet(_ text: String, width: Int) -> [String] {
    wrapped(escaped(text), width: max(16, width - 4)).enumerated().map { ($0 == 0 ? "  - " : "    ") + $1 }
}

/// A rate with three significant digits: `0.512`, `12.3`, `1,230`.
func formatRate(_ rate: Double) -> String {
    if rate <= 0 { return "0" }
    var decimals = 2
    var limit = 9.995
    while rate >= limit && decimals > 0 {
        decimals -= 1
        limit *= 10
    }
    var low = 0.9995
    while rate < low && decimals < 6 {
        decimals += 1
        low /= 10
    }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((rate * Double(scale)).rounded())
    if decimals == 0 { return formatCount(scaled) }
    let fraction = String(scaled % scale)
    return formatCount(scaled / scale) + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
}
