// A frame drawn: lines of exactly the terminal's size or less, without any terminal.
//
//     daemon line
//     a row for each runtime                      which one is shown in detail is marked
//     times of the chosen runtime's lock          count a second, percentiles
//     its handoffs and allocations, a second each
//     workloads, sorted
//     keys
//
// When the rows do not suffice, workloads are left out at the end, then details; the daemon's line, the runtimes and the keys
// stay. Every figure is one of the sample's interval; the first sample covers the time since the start of the runtime.

import GildControl
import GildReport

/// What the keys have chosen.
struct TopChoices: Equatable {
    enum Column: Int, CaseIterable {
        case hold, wait, instructions, references, allocations, name, state
    }
    var sort = Column.hold
    var isReversed = false
    var isPaused = false
    var isHelpShown = false
    /// Index of the runtime that is shown in detail.
    var runtime = 0
    var intervalNanoseconds = 1_000_000_000
    /// First workload that is shown.
    var offset = 0
}

struct TopView {
    let frame: TopFrame
    let choices: TopChoices
    let style: TextStyle
    let columns: Int
    /// Nil when nothing limits them.
    let rows: Int?
    /// Why the figures are old, when they are.
    var failure: String?

    /// Lines without an end, none wider than `columns`.
    func lines() -> [String] {
        if choices.isHelpShown { return fit(Self.help, footer: "any key goes back") }
        var head = [daemonLine()]
        if let failure { head.append(style.bad(shortened(failure, to: columns))) }
        head += runtimeTable()
        let detail = detailLines()
        let workloads = workloadTable()
        let footer = rows == nil ? [] : [keys()]
        guard let rows else { return (head + [""] + detail + [""] + workloads).map(cut) }
        var lines = head
        let left = rows - head.count - footer.count
        // At least the heading and three workloads before the details get their place.
        if left >= detail.count + 2 + min(workloads.count, 4) { lines += [""] + detail }
        if rows - lines.count - footer.count >= 3 { lines += [""] + workloads }
        return fit(Array(lines.prefix(rows - footer.count)), footer: footer.first ?? "")
    }

    private func fit(_ lines: [String], footer: String) -> [String] {
        guard let rows else { return lines.map(cut) }
        let body = Array(lines.prefix(rows - 1))
        let empty = Array(repeating: "", count: max(0, rows - 1 - body.count))
        return (body + empty + [footer]).map(cut)
    }

    private func shortenedAtEnd(_ text: String, to width: Int) -> String {
        if displayWidth(text) <= width { return text }
        var result = ""
        for character in text where displayWidth(result) + displayWidth(String(character)) < width { result.append(character) }
        return result + "…"
    }

    /// Lines are built to fit; a terminal of less than about 60 columns cuts them.
    private func cut(_ line: String) -> String {
        var result = ""
        var used = 0
        var isInEscape = false
        for character in line {
            if character == "\u{1B}" { isInEscape = true }
            if isInEscape {
                result.append(character)
                if character.isLetter { isInEscape = false }
                continue
            }
            let width = displayWidth(String(character))
            if used + width > columns { continue }
            used += width
            result.append(character)
        }
        return result
    }

    // MARK: Parts

    private func daemonLine() -> String {
        let status = frame.status
        let left = "gild \(escaped(status.version)) · \(status.state.rawValue) for \(formatDuration(status.uptimeNanoseconds))"
            + " · pid \(status.pid) · \(counted(status.clients, "client"))"
        let right = (choices.isPaused ? "paused " : "") + formatTime(frame.atRealtimeNanoseconds)
        let shown = shortenedAtEnd(left, to: columns - displayWidth(right) - 1)
        let gap = columns - displayWidth(shown) - displayWidth(right)
        return style.bold(shown) + String(repeating: " ", count: max(1, gap)) + right
    }

    private func runtimeTable() -> [String] {
        var table = TextTable([
            "<runtime", "<holder", "waiting", "threads", "held", "switch/s", "refs/s", "objects", "bytes",
        ])
        for (index, runtime) in frame.runtimes.enumerated() {
            let lock = runtime.lock
            table.add([
                (frame.runtimes.count == 1 ? "" : index == shownRuntime ? "▸" : " ") + shortened(runtime.runtime, to: nameWidth),
                shortened(runtime.holder ?? "–", to: nameWidth),
                formatCount(runtime.waiting), formatCount(runtime.threads),
                formatShare(lock.hold.sum, of: runtime.spanNanoseconds), rate(lock.handoffs.total, runtime),
                counter(runtime.increfs &+ runtime.decrefs, runtime),
                runtime.isExact ? formatQuantity(Double(runtime.liveObjects)) : "–",
                runtime.isExact ? formatSize(runtime.liveBytes) : "–",
            ])
        }
        return layOut(table, dropping: [3, 8, 6, 5, 2, 7])
    }

    /// Names are shortened to this, so that there is room for figures.
    private var nameWidth: Int { max(12, columns / 4) }

    private var shownRuntime: Int { frame.runtimes.isEmpty ? 0 : choices.runtime % frame.runtimes.count }

    private func detailLines() -> [String] {
        guard frame.runtimes.indices.contains(shownRuntime) else { return [] }
        let runtime = frame.runtimes[shownRuntime]
        let lock = runtime.lock
        var table = TextTable(["<lock of \(shortened(runtime.runtime, to: nameWidth))", "count/s", "p50", "p90", "p99", "p99.9", "max"])
        for (name, times) in [("hold", lock.hold), ("wait", lock.wait), ("handoff", lock.handoff)] {
            let durations = [times.p50, times.p90, times.p99, times.p999, times.maximum]
            table.add([name, rate(times.count, runtime)] + durations.map { times.count == 0 ? "–" : formatDuration($0) })
        }
        func words(_ name: String, _ parts: [(String, String)]) -> String {
            "  " + style.faint(name) + "  " + parts.map { $0.0 + " " + style.faint($0.1) }.joined(separator: "  ")
        }
        return layOut(table, dropping: [5, 3, 6]) + [
            words(
                "handoffs/s",
                [
                    (rate(lock.handoffs.interval, runtime), "interval"), (rate(lock.handoffs.blocking, runtime), "blocking"),
                    (rate(lock.handoffs.finish, runtime), "finish"), (rate(lock.dropRequests, runtime), "requests"),
                    (rate(lock.futileWakeups, runtime), "futile"),
                ]),
            words(
                "heap/s    ",
                [
                    (counter(runtime.allocations, runtime), "allocations"), (counter(runtime.frees, runtime), "frees"),
                    (counter(runtime.increfs, runtime), "increfs"), (counter(runtime.decrefs, runtime), "decrefs"),
                ]),
        ]
    }

    /// A workload with what its run did in the interval.
    private struct Row {
        var workload: WorkloadInterface.Workload
        var run: MetricsInterface.RunFigures?
        var span: Int
        /// Whether the run's counters are there.
        var isExact: Bool
    }

    private func workloadTable() -> [String] {
        var rows: [Row] = frame.workloads.map { workload in
            let runtime = frame.runtimes.first { $0.runtime == workload.runtime }
            let run = runtime?.runs.first { $0.run == workload.run && $0.workload == workload.name }
            return Row(workload: workload, run: run, span: runtime?.spanNanoseconds ?? 0, isExact: runtime?.isExact ?? false)
        }
        // Scripts of clients have runs, too.
        let known = Set(rows.compactMap { $0.run?.run })
        for runtime in frame.runtimes {
            for run in runtime.runs where !known.contains(run.run) {
                let state = WorkloadInterface.State(rawValue: run.state.rawValue) ?? .stopping
                let workload = WorkloadInterface.Workload(
                    name: run.workload, runtime: runtime.runtime, state: state, sinceNanoseconds: run.ageNanoseconds,
                    run: run.run, threads: run.threads, runs: 1, failures: 0)
                rows.append(Row(workload: workload, run: run, span: runtime.spanNanoseconds, isExact: runtime.isExact))
            }
        }
        if rows.isEmpty { return ["  no workloads"] }
        rows = sorted(rows)
        let marks: [TopChoices.Column: Int] = [.name: 0, .state: 1, .hold: 4, .wait: 6, .instructions: 8, .references: 9, .allocations: 10]
        var headings = [
            "<workload", "<state", "for", "threads", "held", "hold p99", "wait", "wait p99", "instr/s", "refs/s", "alloc/s", "failed",
        ]
        if let mark = marks[choices.sort] { headings[mark] += choices.isReversed ? "▴" : "▾" }
        var table = TextTable(headings)
        for row in rows.dropFirst(min(choices.offset, max(0, rows.count - 1))) {
            let workload = row.workload
            func figure(_ value: (MetricsInterface.RunFigures) -> String) -> String { row.run.map(value) ?? "–" }
            table.add([
                shortened(workload.name, to: nameWidth), workload.state.rawValue, formatDuration(workload.sinceNanoseconds),
                formatCount(workload.threads),
                figure { formatShare($0.lock.hold.sum, of: row.span) },
                figure { $0.lock.hold.count == 0 ? "–" : formatDuration($0.lock.hold.p99) },
                figure { formatShare($0.lock.wait.sum, of: row.span) },
                figure { $0.lock.wait.count == 0 ? "–" : formatDuration($0.lock.wait.p99) },
                figure { row.isExact ? perSecond($0.instructions, row.span) : "–" },
                figure { row.isExact ? perSecond($0.increfs &+ $0.decrefs, row.span) : "–" },
                figure { row.isExact ? perSecond($0.allocations, row.span) : "–" },
                "\(formatCount(workload.failures))/\(formatCount(workload.runs))",
            ])
        }
        return layOut(table, dropping: [2, 10, 11, 5, 7, 3, 9, 6]) { column, cell in
            column == 1 ? WorkloadText.paint(cell, style) : cell
        }
    }

    private func sorted(_ rows: [Row]) -> [Row] {
        func value(_ row: Row) -> Int {
            guard let run = row.run else { return -1 }
            return switch choices.sort {
            case .hold: run.lock.hold.sum
            case .wait: run.lock.wait.sum
            case .instructions: run.instructions
            case .references: run.increfs &+ run.decrefs
            case .allocations: run.allocations
            case .name, .state: 0
            }
        }
        let ascending = rows.sorted { left, right in
            switch choices.sort {
            case .name: break
            case .state:
                if left.workload.state != right.workload.state {
                    return left.workload.state.rawValue < right.workload.state.rawValue
                }
            default:
                let (leftValue, rightValue) = (value(left), value(right))
                if leftValue != rightValue { return leftValue > rightValue }
            }
            return left.workload.name < right.workload.name
        }
        return choices.isReversed ? ascending.reversed() : ascending
    }

    /// The table's lines; columns that are least missed go first where it is too wide.
    private func layOut(
        _ table: TextTable, dropping: [Int] = [], decorate: (Int, String) -> String = { _, cell in cell }
    ) -> [String] {
        var hidden = Set<Int>()
        for column in dropping {
            if table.width(without: hidden) <= columns { break }
            hidden.insert(column)
        }
        return table.lines(without: hidden, width: nil, style: style, decorate: decorate)
    }

    private func keys() -> String {
        var parts = [("q", "quit"), ("s", "sort: \(choices.sort)"), ("r", "reverse"), ("p", choices.isPaused ? "go on" : "pause")]
        parts.append(("+ -", formatSetting(choices.intervalNanoseconds)))
        if frame.runtimes.count > 1 { parts.append(("Tab", "runtime")) }
        parts.append(("h", "help"))
        return "  " + parts.map { style.bold($0.0) + " " + style.faint($0.1) }.joined(separator: "  ")
    }

    private static let help = [
        "gilctl top: keys", "",
        "  q, Ctrl-C    quit",
        "  s, S         sort workloads by the next or previous column (marked ▾)",
        "  r            reverse the order",
        "  p, Space     pause, and go on",
        "  + -          longer or shorter intervals, 100 ms to 1 min",
        "  Tab          show the next runtime's lock",
        "  Up, Down     scroll the workloads",
        "  h, ?         this page", "",
        "Figures are those of the last interval; in the first picture those since the",
        "start of the runtime.",
        "  held         share of the interval in which the lock was held",
        "  wait         time that threads waited for the lock, as a share of the",
        "               interval; several threads can wait for more than 100 %",
        "  switch/s     handoffs of the lock from one thread to another",
        "  refs/s       refcount operations",
        "  failed       runs that failed, of all runs",
        "  –            not known: the runtime's lock did not come in time",
    ]

    // MARK: Figures

    private func rate(_ count: Int, _ runtime: MetricsInterface.RuntimeFigures) -> String {
        perSecond(count, runtime.spanNanoseconds)
    }

    /// A rate of what is counted under the runtime's lock; `–` when that did not come in time.
    private func counter(_ count: Int, _ runtime: MetricsInterface.RuntimeFigures) -> String {
        runtime.isExact ? rate(count, runtime) : "–"
    }

    private func perSecond(_ count: Int, _ span: Int) -> String {
        span <= 0 ? "–" : formatQuantity(Double(count) * 1e9 / Double(span))
    }
}

/// Three digits: `0`, `0.25`, `12.3`, `198`, `1.23k`, `24.6M`, `3.10G`.
func formatQuantity(_ value: Double) -> String {
    if !value.isFinite || value <= 0 { return "0" }
    var scaled = value
    var suffix = ""
    for next in ["k", "M", "G", "T"] where scaled >= 999.5 {
        scaled /= 1000
        suffix = next
    }
    if suffix.isEmpty && abs(scaled - scaled.rounded()) < 0.005 { return String(Int(scaled.rounded())) }
    let decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0
    let power = decimals == 2 ? 100.0 : decimals == 1 ? 10.0 : 1.0
    let rounded = Int((scaled * power).rounded())
    if decimals == 0 { return "\(rounded)\(suffix)" }
    let fraction = String(rounded % Int(power))
    return "\(rounded / Int(power)).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)\(suffix)"
}
