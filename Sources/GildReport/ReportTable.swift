// The report as a person reads it: sections of aligned figures, from the whole to the detail, then what they mean.
//
// A section that has nothing to say is left out (no contention: no table of handoffs). The explanations at the end
// follow from the figures of this very report; each one names the figure that it follows from.

extension RunReport {
    /// Lines of text with a line end each.
    /// - Parameters:
    ///   - width: columns of the terminal; nil when nothing limits a line (text is then wrapped at 88 columns).
    ///   - isColoured: whether the reader is a terminal that wants colours (see NO_COLOR).
    public func table(width: Int? = nil, isColoured: Bool = false) -> String {
        let style = TextStyle(isColoured: isColoured)
        let textWidth = max(20, min(width ?? 88, 88))
        var sections: [[String]] = [summary(style, width: width)]
        sections.append(lockSection(style, width: width))
        if !lock.handoffPairs.isEmpty { sections.append(handoffSection(style, width: width)) }
        if !threads.isEmpty { sections.append(threadSection(style, width: width)) }
        sections.append(heapSection(style, width: width))
        if !heap.leaked.isEmpty { sections.append(leakSection(style, width: width)) }
        if heap.live.count > 1 { sections.append(liveSection(style, width: width)) }
        for (heading, text) in explanations() {
            sections.append([style.bold(heading)] + wrapped(text, width: textWidth - 2).map { "  " + $0 })
        }
        if !notes.isEmpty {
            var lines = [style.bold("Not exact")]
            for note in notes {
                for (index, line) in wrapped(escaped(note), width: textWidth - 4).enumerated() {
                    lines.append((index == 0 ? "  - " : "    ") + line)
                }
            }
            sections.append(lines)
        }
        return sections.map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
    }

    /// `5 ms`, not `5.00 ms`: it was set, not measured.
    private var switchInterval: String {
        formatDuration(lock.switchIntervalNanoseconds).replacing(".00 ", with: " ")
    }

    private func summary(_ style: TextStyle, width: Int?) -> [String] {
        let status = "exit status \(exitStatus)"
        let title = "gild \(escaped(gild)) · \(escaped(script)) · regime \(escaped(regime)) · "
        var table = TextTable(["<time", "total", "of wall"])
        table.add(["wall", formatDuration(wallNanoseconds), ""])
        table.add(["lock held", formatDuration(lock.hold.sum), formatShare(lock.hold.sum, of: wallNanoseconds)])
        table.add(["lock idle", formatDuration(lock.idleNanoseconds), formatShare(lock.idleNanoseconds, of: wallNanoseconds)])
        if lock.unaccountedNanoseconds != 0 {
            table.add([
                "unaccounted", formatDuration(lock.unaccountedNanoseconds),
                formatShare(lock.unaccountedNanoseconds, of: wallNanoseconds),
            ])
        }
        table.add(["CPU", formatDuration(cpuNanoseconds), formatShare(cpuNanoseconds, of: wallNanoseconds)])
        return [style.bold(title) + (exitStatus == 0 ? style.good(status) : style.bad(status)), ""]
            + table.lines(width: width, style: style)
    }

    private func lockSection(_ style: TextStyle, width: Int?) -> [String] {
        var lines = [style.bold("Lock") + style.faint("  switch interval \(switchInterval)")]
        var counts = TextTable(["acquisitions", "contended", "drops", "drop requests", "futile wakeups", "handoffs"])
        counts.add(
            [
                lock.acquisitions, lock.contendedAcquisitions, lock.drops, lock.dropRequests, lock.futileWakeups,
                lock.handoffs.total,
            ].map(formatCount))
        lines += counts.lines(width: width, style: style) + [""]
        var times = TextTable(["<time", "count", "sum", "min", "p50", "p90", "p99", "p99.9", "max"])
        for (name, distribution) in [("hold", lock.hold), ("wait", lock.wait), ("handoff", lock.handoff)] {
            let durations = [
                distribution.sum, distribution.minimum, distribution.p50, distribution.p90, distribution.p99,
                distribution.p999, distribution.maximum,
            ]
            let cells = distribution.count == 0 ? durations.map { _ in "–" } : durations.map(formatDuration)
            times.add([name, formatCount(distribution.count)] + cells)
        }
        return lines + times.lines(width: width, style: style)
    }

    /// One row for each pair of threads, the reasons side by side, busiest pair first.
    private func handoffSection(_ style: TextStyle, width: Int?) -> [String] {
        struct Pair: Hashable {
            let from: String
            let to: String
        }
        var order: [Pair] = []
        var counts: [Pair: LockReport.Handoffs] = [:]
        for entry in lock.handoffPairs {
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
        let totals = lock.handoffs
        table.add(["all", ""] + [totals.interval, totals.blocking, totals.finish].map(formatCount))
        return [style.bold("Handoffs") + style.faint("  who gave the lock to whom, and why")]
            + table.lines(width: width, style: style) + more(sorted.count - shown, style)
    }

    private func threadSection(_ style: TextStyle, width: Int?) -> [String] {
        var times = TextTable(["<thread", "hold", "of held", "wait", "blocked", "acquisitions"])
        var work = TextTable(["<thread", "instructions", "increfs", "decrefs", "allocations"])
        let shown = 32
        for thread in threads.prefix(shown) {
            times.add([
                thread.name, formatDuration(thread.holdNanoseconds),
                formatShare(thread.holdNanoseconds, of: lock.hold.sum), formatDuration(thread.waitNanoseconds),
                formatDuration(thread.blockedNanoseconds), formatCount(thread.acquisitions),
            ])
            work.add(
                [thread.name]
                    + [thread.instructions, thread.increfs, thread.decrefs, thread.allocations].map(formatCount))
        }
        return [style.bold("Threads")] + times.lines(width: width, style: style) + [""]
            + work.lines(width: width, style: style) + more(threads.count - shown, style)
    }

    private func heapSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<heap", "made", "undone", "live", "peak"])
        table.add(["references"] + [refcounts.increfs, refcounts.decrefs, refcounts.liveReferences].map(formatCount) + [""])
        table.add(["objects"] + [heap.allocatedObjects, heap.freedObjects, heap.liveObjects].map(formatCount) + [""])
        table.add(["bytes"] + [heap.allocatedBytes, heap.freedBytes, heap.liveBytes, heap.peakBytes].map(formatSize))
        var lines = [style.bold("Heap")] + table.lines(width: width, style: style)
        if heap.cyclesCollected > 0 {
            lines += wrapped(
                "The cycle collector freed \(formatCount(heap.cyclesCollected)) objects that refcounting could not.",
                width: max(20, min(width ?? 88, 88)) - 2
            ).map { "  " + $0 }
        }
        if isFreeOfLeaks && notes.isEmpty { lines.append("  " + style.good("Nothing leaked.")) }
        return lines
    }

    private func leakSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<type", "count", "references", "<allocated at"])
        let shown = 20
        for leak in heap.leaked.prefix(shown) {
            table.add([leak.type, formatCount(leak.count), formatCount(leak.refcount), leak.site])
        }
        return [style.bad("Leaked") + style.faint("  alive after the modules were torn down")]
            + table.lines(width: width, style: style) + more(heap.leaked.count - shown, style)
    }

    private func liveSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<live type", "count", "bytes"])
        let shown = 20
        for type in heap.live.prefix(shown) { table.add([type.type, formatCount(type.count), formatSize(type.bytes)]) }
        return table.lines(width: width, style: style) + more(heap.live.count - shown, style)
    }

    private func more(_ count: Int, _ style: TextStyle) -> [String] {
        count > 0 ? ["  " + style.faint("… and \(formatCount(count)) more, all in --report-json")] : []
    }

    /// Headings and paragraphs that follow from the figures.
    func explanations() -> [(heading: String, text: String)] {
        var result: [(heading: String, text: String)] = []
        let interval = switchInterval
        if lock.handoffs.interval > 0 {
            result.append((
                "Why the lock changed hands",
                "\(formatCount(lock.handoffs.interval)) of \(formatCount(lock.handoffs.total)) handoffs happened because a "
                    + "thread had waited for the switch interval (\(interval)) and asked for the lock. The holder looks "
                    + "for that request only at checkpoints: at a call, and where a loop jumps back to its top. Between "
                    + "two checkpoints no other thread runs, unless the holder blocks. So `n += 1` cannot lose an "
                    + "update, because no checkpoint lies between its load and its store; `n += int(1)` can, because its "
                    + "call lies between them."
            ))
        } else if lock.handoffs.blocking > 0 {
            result.append((
                "Why the lock changed hands",
                "No thread was made to give the lock up: none held it for a whole switch interval (\(interval)) while "
                    + "another one waited. All \(formatCount(lock.handoffs.total)) handoffs happened where a thread was "
                    + "about to block or ended."
            ))
        }
        if lock.dropRequests > lock.handoffs.interval {
            let unanswered = lock.dropRequests - lock.handoffs.interval
            result.append((
                "Drop requests without a forced switch",
                "Of \(formatCount(lock.dropRequests)) drop requests \(formatCount(unanswered)) led to no forced switch: "
                    + "several waiters had asked for the same one, or the holder blocked or ended before it came to a "
                    + "checkpoint."
            ))
        }
        return result
    }

    /// Jain's fairness index of the time that the threads named by `include` held the lock: 1 when all held it equally
    /// long, 1/n when one of n had all of it; 1 for no threads. (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984.)
    public func fairnessIndex(where include: (ThreadReport) -> Bool = { _ in true }) -> Double {
        let times = threads.filter(include).map { Double($0.holdNanoseconds) }
        let sum = times.reduce(0, +)
        let squares = times.reduce(0) { $0 + $1 * $1 }
        return squares == 0 ? 1 : sum * sum / (Double(times.count) * squares)
    }
}
