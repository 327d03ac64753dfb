// The charts of a comparison. Each has a table below it with the same figures, for those who read and for programs that read aloud.
//
// Series are told apart by colour, by the form of the line beyond the eighth, and by a label at their end. Where a chart cannot be drawn,
// a sentence says why.

extension Comparison {
    /// Colours there are; further series take them again with dashes.
    private static let colours = 8

    private func series(_ index: Int) -> String { "series-\(index % Self.colours)" + (index >= Self.colours ? " again" : "") }

    // MARK: Speed-up

    /// A line for each subject that was measured with one thread and with more.
    func speedUpChart() -> String {
        let drawn = subjects.enumerated().compactMap { index, subject -> (Int, Subject, [Configuration])? in
            let points = configurations(of: subject).filter { $0.speedUp != nil }
            return points.count > 1 ? (index, subject, points) : nil
        }
        guard !drawn.isEmpty else {
            return "<p>No speed-up can be drawn: nothing was measured well both with one thread and with more.</p>\n"
        }
        let (left, right, top, bottom) = (50.0, 530.0, 16.0, 320.0)
        let most = Double(threadCounts.max() ?? 1)
        let allowed = min(most, Double(processors))
        let highest = max(allowed, drawn.flatMap { $0.2 }.compactMap(\.speedUp).max() ?? 1) * 1.05
        func x(_ threads: Double) -> Double { left + (right - left) * (threads - 1) / max(1, most - 1) }
        func y(_ speedUp: Double) -> Double { bottom - (bottom - top) * speedUp / highest }
        var chart = Drawing(
            id: "speed-up", title: "Speed-up by threads",
            description:
                "Throughput with several threads over throughput with one, a line for each of \(countOf(drawn.count, "subject")), and the ideal on "
                + "\(countOf(processors, "processor")). The table below has the same figures.",
            height: 370)
        let step = highest <= 3 ? 0.5 : highest <= 8 ? 1 : (highest / 8).rounded(.up)
        var level = 0.0
        while level <= highest {
            chart.line(left, y(level), right, y(level), "grid")
            chart.text(left - 8, y(level) + 4, step < 1 ? coordinate(level) : "\(Int(level))", anchor: "end")
            level += step
        }
        for threads in threadCounts { chart.text(x(Double(threads)), bottom + 20, "\(threads)", anchor: "middle") }
        chart.text((left + right) / 2, bottom + 42, "threads", anchor: "middle", "label faint")
        let bend = [(x(1), y(1))] + (allowed > 1 ? [(x(allowed), y(allowed))] : []) + (most > allowed ? [(x(most), y(allowed))] : [])
        chart.polyline(bend.map { (x: $0.0, y: $0.1) }, "ideal")
        for (index, _, points) in drawn {
            chart.polyline(points.map { (x: x(Double($0.threads)), y: y($0.speedUp ?? 0)) }, "line " + series(index))
            for point in points {
                chart.dot(
                    x(Double(point.threads)), y(point.speedUp ?? 0), "dot " + series(index),
                    title: "\(point.name): \(formatRatio(point.speedUp ?? 0)) times one \(point.runtimes == nil ? "thread" : "runtime")")
            }
        }
        // Labels at the ends of the lines, pushed apart to a line's height, upwards where they would leave the chart.
        var labels = drawn.map { (name: $0.1.name, y: y($0.2.last?.speedUp ?? 0), x: x(Double($0.2.last?.threads ?? 1)), kind: series($0.0)) }
        labels.append((name: "ideal on \(countOf(processors, "processor"))", y: y(allowed), x: x(most), kind: "ideal"))
        labels.sort { $0.y < $1.y }
        let height = 17.0
        var places = labels.map(\.y)
        for index in places.indices.dropFirst() { places[index] = max(places[index], places[index - 1] + height) }
        let excess = max(0, (places.last ?? 0) - bottom)
        for index in places.indices.reversed() {
            let ceiling = index + 1 < places.count ? places[index + 1] - height : (places[index] - excess)
            places[index] = min(places[index], ceiling)
        }
        for (label, place) in zip(labels, places) {
            chart.line(label.x + 6, label.y, right + 18, place, "leader")
            chart.line(right + 18, place, right + 34, place, label.kind == "ideal" ? "ideal" : "line " + label.kind)
            chart.name(right + 40, place + 4, label.name, columns: 31)
        }
        chart.height = max(chart.height, (places.last ?? 0) + 20)
        var table = HTMLTable(caption: "Speed-up over one thread", headings: ["who"] + threadCounts.map { countOf($0, "thread") })
        for subject in subjects {
            table.add([subject.name] + threadCounts.map { self[subject.name, $0]?.speedUp.map { formatRatio($0) } ?? "–" })
        }
        return chart.element + table.element
    }

    // MARK: Waits

    /// Bars for the percentiles of the wait for the lock, by configuration with more than one thread, on a logarithmic scale.
    func waitChart() -> String {
        let rows = configurations.compactMap { configuration -> (Configuration, TimeDistribution)? in
            guard configuration.threads > 1, let wait = configuration.report?.lock.wait, wait.count > 0 else { return nil }
            return (configuration, wait)
        }
        guard !rows.isEmpty else { return "<p>No waits to draw: gild measured no configuration with more than one thread.</p>\n" }
        let percentiles: [(name: String, of: (TimeDistribution) -> Int)] = [("p50", { $0.p50 }), ("p90", { $0.p90 }), ("p99", { $0.p99 })]
        let (left, right, top, rowHeight) = (200.0, 720.0, 44.0, 46.0)
        let bottom = top + rowHeight * Double(rows.count)
        // From 100 ns to the first decade that holds every bar.
        var decades = 1
        while power10(2 + decades) < (rows.map { $0.1.p99 }.max() ?? 0) || decades < 4 { decades += 1 }
        func x(_ nanoseconds: Int) -> Double {
            nanoseconds <= 100 ? left : left + (right - left) * (logarithm10(Double(nanoseconds)) - 2) / Double(decades)
        }
        var chart = Drawing(
            id: "waits", title: "Wait for the lock",
            description:
                "Median, 90th and 99th percentile of the time from asking for the lock to having it, for \(countOf(rows.count, "configuration")), on a "
                + "logarithmic scale. The table below has the same figures.",
            height: bottom + 40)
        for decade in 0...decades {
            let place = left + (right - left) * Double(decade) / Double(decades)
            chart.line(place, top - 6, place, bottom, "grid")
            chart.text(place, bottom + 20, formatSetting(power10(2 + decade)), anchor: "middle")
        }
        for (index, percentile) in percentiles.enumerated() {
            chart.bar(left + Double(index) * 70, 6, width: 12, height: 12, percentile.name, title: percentile.name)
            chart.text(left + Double(index) * 70 + 18, 16, percentile.name)
        }
        for (row, (configuration, wait)) in rows.enumerated() {
            let y = top + rowHeight * Double(row)
            chart.name(left - 10, y + 16, configuration.subject, columns: 26, anchor: "end")
            chart.text(left - 10, y + 31, configuration.crowd, anchor: "end", "label faint")
            for (index, percentile) in percentiles.enumerated() {
                let value = percentile.of(wait)
                let length = max(1, x(value) - left)
                chart.bar(
                    left, y + Double(index) * 13, width: length, height: 11, percentile.name,
                    title: "\(configuration.name): \(percentile.name) of the waits \(formatDuration(value))")
                chart.text(left + length + 6, y + Double(index) * 13 + 9.5, formatDuration(value), "label small")
            }
        }
        var table = HTMLTable(
            caption: "Wait for the lock, from asking to having; 0 where it was free", headings: ["who", "threads", "waits", "p50", "p90", "p99", "longest"],
            rowHeadings: 2)
        for (configuration, wait) in rows {
            table.add(
                [configuration.subject, "\(configuration.threads)", formatCount(wait.count)] + [wait.p50, wait.p90, wait.p99, wait.maximum].map(formatDuration))
        }
        return chart.element + table.element
    }

    // MARK: Timeline

    /// Who had the lock when, in the fastest run of each regime with one lock at its largest thread count.
    func timelines() -> String {
        subjects.enumerated().map { index, subject in
            guard let hasOneLock = subject.hasOneLock else { return "" }
            let heading = "<h3>\(html(subject.name))</h3>\n"
            if subject.isInRuntimes == true { return heading + "<p>No timeline: each runtime has a lock of its own.</p>\n" }
            if !hasOneLock { return heading + "<p>No timeline: under this regime there is no lock that all threads share.</p>\n" }
            let measured = configurations(of: subject).filter { $0.report != nil }
            guard let configuration = measured.last, let report = configuration.report else {
                return heading + "<p>No timeline: no run ended well.</p>\n"
            }
            guard let timeline = LockTimeline(report) else {
                return heading + "<p>No timeline: with \(countOf(configuration.threads, "thread")) the lock never changed hands.</p>\n"
            }
            return heading + drawing(of: timeline, report, id: "timeline-\(index)", name: configuration.name)
        }.joined()
    }

    private func drawing(of timeline: LockTimeline, _ report: RunReport, id: String, name: String) -> String {
        let shownRows = 24
        let shares = timeline.shares
        let rows = shares.prefix(shownRows).map(\.thread)
        func threadName(_ thread: Int) -> String { report.threads.indices.contains(thread) ? report.threads[thread].name : "another run" }
        let (left, right, top, rowHeight) = (200.0, 780.0, 40.0, 24.0)
        let bottom = top + rowHeight * Double(rows.count)
        let span = max(1, timeline.end - timeline.start)
        func x(_ time: Int) -> Double { left + (right - left) * Double(time - timeline.start) / Double(span) }
        let extent =
            timeline.isWhole
            ? "The whole run: \(countOf(timeline.allHandoffs, "handoff")) in \(formatDuration(span))."
            : "Not the whole run: the latest \(formatCount(timeline.shownHandoffs)) of \(countOf(timeline.allHandoffs, "handoff")), "
                + "the last \(formatDuration(span)) of \(formatDuration(report.wallNanoseconds))."
        var chart = Drawing(
            id: id, title: "Lock timeline of \(name)", description: "Who had the lock over time, a row for each thread. \(extent) The table below sums it up.",
            height: bottom + 40)
        let endings: [(kind: String, text: String)] = [("interval", "made to switch"), ("blocking", "blocked"), ("finish", "ended")]
        for (index, ending) in endings.enumerated() {
            chart.bar(left + Double(index) * 140, 6, width: 12, height: 12, ending.kind, title: ending.text)
            chart.text(left + Double(index) * 140 + 18, 16, ending.text)
        }
        for (row, thread) in rows.enumerated() {
            let y = top + rowHeight * Double(row)
            chart.line(left, y + rowHeight - 3, right, y + rowHeight - 3, "grid")
            chart.name(left - 10, y + 14, threadName(thread), columns: 26, anchor: "end")
        }
        for turn in timeline.turns {
            guard let row = rows.firstIndex(of: turn.thread) else { continue }
            chart.bar(
                x(turn.start), top + rowHeight * Double(row) + 2, width: max(0.5, x(turn.end) - x(turn.start)), height: rowHeight - 8,
                turn.ending?.rawValue ?? "finish",
                title: "\(threadName(turn.thread)): \(formatDuration(turn.end - turn.start)) from \(formatDuration(turn.start)) on")
        }
        for part in 0...4 {
            let time = timeline.start + span / 4 * part
            chart.text(left + (right - left) * Double(part) / 4, bottom + 18, formatDuration(time), anchor: part == 4 ? "end" : "middle")
        }
        var table = HTMLTable(
            caption: "Turns of \(name) in the time shown", headings: ["thread", "turns", "time", "of the time shown", "longest turn"])
        for share in shares {
            table.add([
                threadName(share.thread), formatCount(share.turns), formatDuration(share.nanoseconds), formatShare(share.nanoseconds, of: span),
                formatDuration(share.longest),
            ])
        }
        let further = shares.count > rows.count ? " Drawn are the first \(rows.count) of \(shares.count) threads." : ""
        return "<p>\(html(extent + further)) A colour says why a turn ended.</p>\n" + chart.element + table.element
    }
}

private func power10(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

/// Base-10 logarithm of a number from 1 on: GildReport uses no C library.
private func logarithm10(_ value: Double) -> Double {
    // log2 of the significand by squaring, one bit at a time: 24 bits are a tenth of a pixel.
    var significand = value.significand
    var logarithm = Double(value.exponent)
    var bit = 0.5
    for _ in 0..<24 {
        significand *= significand
        if significand >= 2 {
            significand /= 2
            logarithm += bit
        }
        bit /= 2
    }
    return logarithm * 0.30102999566398120
}
