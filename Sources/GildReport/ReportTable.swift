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
        if deadlocks.count > 0 { sections.append([style.bad("Deadlocks")] + deadlocks.tables(width: width, style: style)) }
        sections.append(heapSection(style, width: width))
        if !heap.leaked.isEmpty { sections.append(leakSection(style, width: width)) }
        if let races = heap.lostUpdates, races.count > 0 {
            sections.append(races.section("Lost updates", remark: "one thread stored a count over another's", width: width, style: style))
        }
        if let races = heap.prematureFrees, races.count > 0 {
            sections.append(races.section("Freed too early", remark: "the count fell to 0 while references existed", width: width, style: style))
        }
        if heap.live.count > 1 { sections.append(liveSection(style, width: width)) }
        if let ledger { sections += ledger.sections(width: width, style: style) }
        if let plugins, !plugins.isEmpty { sections.append(pluginSection(style, width: width)) }
        if pluginViolations != nil { sections.append(violationSection(style, width: textWidth)) }
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

    private var switchInterval: String { formatSetting(lock.switchIntervalNanoseconds) }

    private func summary(_ style: TextStyle, width: Int?) -> [String] {
        let status = "exit status \(exitStatus)"
        let title = "gild \(escaped(gild)) · \(escaped(script)) · regime \(escaped(regime))\(lockOrder == "access" ? ", lock order access" : "") · "
        var table = TextTable(["<time", "total", "of wall"])
        table.add(["wall", formatDuration(wallNanoseconds), ""])
        let held = lock.attachedNanoseconds ?? lock.hold.sum
        let (heldName, idleName) = lock.attachedNanoseconds == nil ? ("lock held", "lock idle") : ("threads attached", "none attached")
        table.add([heldName, formatDuration(held), formatShare(held, of: wallNanoseconds)])
        table.add([idleName, formatDuration(lock.idleNanoseconds), formatShare(lock.idleNanoseconds, of: wallNanoseconds)])
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
        let heading =
            lock.stops == nil
            ? style.bold("Lock") + style.faint("  switch interval \(switchInterval)") : style.bold("No lock") + style.faint("  threads run at the same time")
        return [heading] + lock.figures(width: width, style: style)
    }

    private func handoffSection(_ style: TextStyle, width: Int?) -> [String] {
        [style.bold("Handoffs") + style.faint("  who gave the lock to whom, and why")]
            + lock.handoffTable(width: width, style: style)
    }

    private func threadSection(_ style: TextStyle, width: Int?) -> [String] {
        var times = TextTable(
            lock.stops == nil
                ? ["<thread", "hold", "of held", "wait", "blocked", "acquisitions"] : ["<thread", "attached", "of all", "wait", "blocked", "attachments"])
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
            + work.lines(width: width, style: style) + furtherRows(threads.count - shown, style)
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
        if let paths = refcounts.paths, !paths.isPlain { lines += wrapped("References were counted " + paths.text + ".", width: max(20, min(width ?? 88, 88)) - 2).map { "  " + $0 } }
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
            + table.lines(width: width, style: style) + furtherRows(heap.leaked.count - shown, style)
    }

    private func liveSection(_ style: TextStyle, width: Int?) -> [String] {
        var table = TextTable(["<live type", "count", "bytes"])
        let shown = 20
        for type in heap.live.prefix(shown) { table.add([type.type, formatCount(type.count), formatSize(type.bytes)]) }
        return table.lines(width: width, style: style) + furtherRows(heap.live.count - shown, style)
    }

    /// Headings and paragraphs that follow from the figures.
    func explanations() -> [(heading: String, text: String)] {
        var result: [(heading: String, text: String)] = []
        let interval = switchInterval
        if let stops = lock.stops {
            if stops.stopped.count > 0 {
                result.append((
                    "Why the threads were stopped",
                    "\(stops.count == 1 ? "Once" : "\(formatCount(stops.count)) times") one thread needed all others to stand still: for a cycle collection, "
                        + "for a change to a class, or to end the program. They stop at checkpoints, so it took up to "
                        + "\(formatDuration(stops.stopping.maximum)) until they had; together they stood still for \(formatDuration(stops.stopped.sum))."
                ))
            }
            return result
        }
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
