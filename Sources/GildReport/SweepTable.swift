// A sweep as a person reads it on a terminal.

extension Sweep {
    /// Lines of text with a line end each; see `RunReport.table` for the parameters.
    public func table(width: Int? = nil, isColoured: Bool = false) -> String {
        let style = TextStyle(isColoured: isColoured)
        let textWidth = max(20, min(width ?? 88, 88))
        let command = escaped(([script] + arguments).joined(separator: " "))
        let about =
            "Least wall time of \(countOf(repetitions, "run")) each, processes started in turn. wait: from asking for the lock to having it, 0 where it "
            + "was free. handoff: from the drop to the next thread's acquisition, where that one was waiting. Percentiles: medians over the runs."
        var table = TextTable([
            "<interval", "wall", "spread", "runs/s", "of best", "forced switches", "wait p50", "wait p99", "handoff p50", "handoff p99",
        ])
        let best = points.compactMap(\.throughput).max() ?? 0
        for point in points {
            func time(_ latency: Latency?, _ percentile: (Latency) -> Int) -> String { latency.map { formatDuration(percentile($0)) } ?? "–" }
            let fewest = point.runs.map(\.intervalHandoffs).min() ?? 0
            let most = point.runs.map(\.intervalHandoffs).max() ?? 0
            table.add([
                formatSetting(point.switchIntervalNanoseconds), point.fastest.map(formatDuration) ?? "failed",
                point.spread.map { "+" + formatPercent($0) } ?? "–", point.throughput.map(formatRate) ?? "–",
                point.throughput.map { formatPercent($0 / best) } ?? "–",
                fewest == most ? formatCount(most) : "\(formatCount(fewest))–\(formatCount(most))", time(point.wait, \.p50), time(point.wait, \.p99),
                time(point.handoff, \.p50), time(point.handoff, \.p99),
            ])
        }
        var lines = [style.bold("gild \(escaped(gild)) sweep · \(command) · regime \(escaped(regime)) · \(countOf(processors, "processor"))")]
        lines += wrapped(about, width: textWidth).map { style.faint($0) } + [""]
        lines += table.lines(width: width, style: style) { $1 == "failed" ? style.bad($1) : $1 }
        for point in points {
            guard let failure = point.failure else { continue }
            let name = formatSetting(point.switchIntervalNanoseconds)
            lines += ["", style.bad("  \(name) \(escaped(failure.reason)) in round \(failure.round); not run again")]
            lines += failure.standardError.split(separator: "\n").suffix(12).map { "    " + style.faint(escaped(String($0))) }
        }
        lines += [""] + wrapped(escaped(advice.text), width: textWidth)
        return lines.map { $0 + "\n" }.joined()
    }
}
