// A lock's figures as tables, for the report of a run and for a look at a running lock.

extension LockReport {
    /// Counters, then distributions: indented lines without an end.
    public func figures(width: Int?, style: TextStyle) -> [String] {
        if let stops { return figures(stops, width: width, style: style) }
        var counts = TextTable(["acquisitions", "contended", "drops", "drop requests", "futile wakeups", "handoffs"])
        counts.add(
            [acquisitions, contendedAcquisitions, drops, dropRequests, futileWakeups, handoffs.total].map(formatCount))
        return counts.lines(width: width, style: style) + [""]
            + timeTable([("hold", hold), ("wait", wait), ("handoff", handoff)], width: width, style: style)
    }

    /// The same where threads run at the same time.
    private func figures(_ stops: Stops, width: Int?, style: TextStyle) -> [String] {
        var counts = TextTable(["attachments", "waited for a stop", "detachments", "stops", "locked objects met"])
        counts.add([acquisitions, contendedAcquisitions, drops, stops.count, contendedSections ?? 0].map(formatCount))
        return counts.lines(width: width, style: style) + [""]
            + timeTable(
                [("attached", hold), ("wait", wait), ("stopping", stops.stopping), ("stopped", stops.stopped)], width: width, style: style)
    }

    private func timeTable(_ rows: [(String, TimeDistribution)], width: Int?, style: TextStyle) -> [String] {
        var times = TextTable(["<time", "count", "sum", "min", "p50", "p90", "p99", "p99.9", "max"])
        for (name, distribution) in rows {
            let durations = [
                distribution.sum, distribution.minimum, distribution.p50, distribution.p90, distribution.p99,
                distribution.p999, distribution.maximum,
            ]
            let cells = distribution.count == 0 ? durations.map { _ in "–" } : durations.map(formatDuration)
            times.add([name, formatCount(distribution.count)] + cells)
        }
        return times.lines(width: width, style: style)
    }

    /// One row for each pair of threads, the reasons side by side, busiest pair first: indented lines
    /// without an end.
    public func handoffTable(width: Int?, style: TextStyle) -> [String] {
        struct Pair: Hashable {
            let from: String
            let to: String
        }
        var order: [Pair] = []
        var counts: [Pair: LockReport.Handoffs] = [:]
        for entry in handoffPairs {
            let pair = Pair(from: entry.from, to: entry.to)
            if counts[pair] == nil { order.append(pair) }
            switch entry.reason {
            case .blocking: counts[pair, default: .init()].blocking &+= entry.count
            case .interval: counts[pair, default: .init()].interval &+= entry.count
            case .finish: counts[pair, default: .init()].finish &+= entry.count
            }
        }
        let sorted = order.enumerated().sorted { left, right in
            let (leftTotal, rightTotal) = (counts[left.element]?.total ?? 0, counts[right.element]?.total ?? 0)
            return leftTotal != rightTotal ? leftTotal > rightTotal : left.offset < right.offset
        }
        var table = TextTable(["<from", "<to", "interval", "blocking", "finish"])
        let shown = 20
        for (_, pair) in sorted.prefix(shown) {
            let count = counts[pair] ?? .init()
            table.add([pair.from, pair.to] + [count.interval, count.blocking, count.finish].map(formatCount))
        }
        let totals = handoffs
        table.add(["all", ""] + [totals.interval, totals.blocking, totals.finish].map(formatCount))
        return table.lines(width: width, style: style) + furtherRows(sorted.count - shown, style)
    }
}

/// A line that says how many rows a table has left out; none when it has left out none.
func furtherRows(_ count: Int, _ style: TextStyle) -> [String] {
    count > 0 ? ["  " + style.faint("… and \(formatCount(count)) more, all in --report-json")] : []
}
