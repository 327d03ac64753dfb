// A comparison as one HTML page: nothing is loaded, nothing runs.
//
// Everything that it shows is in the file: style sheet, drawings, tables. There is no script, and its security policy forbids one, so
// that a thread called `<script>…` would do nothing even where the escaping failed. The pointer shows a figure through SVG's own titles.
// Colours are variables with a value for light and one for dark, chosen by what the reader's system asks for.

extension Comparison {
    /// UTF-8 text of the page.
    public func page() -> String {
        let command = ([script, "THREADS"] + arguments).joined(separator: " ")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
            <link rel="icon" href="data:,">
            <title>gild compare: \(html(script))</title>
            <style>
            \(Self.styleSheet)
            </style>
            </head>
            <body>
            <main>
            <h1>gild compare</h1>
            <p class="command"><code>\(html(command))</code></p>
            <p>\(html(about))</p>
            <h2>What the figures say</h2>
            <ul>
            \(verdicts.map { "<li>\(html($0.text))</li>\n" }.joined())</ul>
            \(limitSection)\(troubleSection)<h2>Speed-up</h2>
            <p>Throughput over that of the same interpreter and regime with one thread.</p>
            \(speedUpChart())<h2>Waits</h2>
            <p>From asking for the lock to having it; the fastest run of each configuration with more than one thread. The scale is logarithmic.</p>
            \(waitChart())<h2>Who had the lock</h2>
            <p>The fastest run of each regime with one lock, at its largest thread count. A turn lasts from taking the lock from another thread to the \
            drop before the next one takes it; pauses after which the same thread took the lock again are not shown.</p>
            \(timelines())<h2>All figures</h2>
            \(figureTable)</main>
            <footer>gild \(html(gild))</footer>
            </body>
            </html>

            """
    }

    private var about: String {
        let shared = work == .total ? "Threads share the work" : "Each thread does the same work"
        return "\(countOf(repetitions, "run")) of each configuration, in turn, on \(countOf(processors, "processor")). \(shared). A wall time is the "
            + "least of its runs, start-up of the process included; all other figures beside it are of that same run. Spread: how much longer the median "
            + "run took."
            + (subjects.contains { $0.isInRuntimes == true }
                ? " Per runtime: so many runtimes of one process instead of threads, each with one thread that does all the work; percentiles are those of the "
                    + "runtime whose are largest, counts are sums." : "")
    }

    private var limitSection: String {
        notes.isEmpty ? "" : "<h2>Limits of these figures</h2>\n<ul>\n" + notes.map { "<li>\(html($0))</li>\n" }.joined() + "</ul>\n"
    }

    private var troubleSection: String {
        let parts = configurations.flatMap { configuration -> [String] in
            var parts: [String] = []
            if let failure = configuration.failure {
                parts.append(
                    "<p><strong>\(html(configuration.name)) \(html(failure.reason))</strong> in round \(failure.round).</p>\n<pre>"
                        + failure.standardError.split(separator: "\n", omittingEmptySubsequences: false).map { html(String($0)) }.joined(separator: "\n")
                        + "</pre>\n")
            }
            if let difference = configuration.difference {
                let missing = "(the end of the output)"
                parts.append(
                    "<p><strong>\(html(configuration.name)) does not print what \(html(difference.reference)) prints</strong>, from line "
                        + "\(difference.line) on.</p>\n<pre>expected  \(html(difference.expected ?? missing))\nfound     \(html(difference.found ?? missing))</pre>\n")
            }
            return parts
        }
        return parts.isEmpty ? "" : "<h2>What went wrong</h2>\n" + parts.joined()
    }

    private var figureTable: String {
        var table = HTMLTable(
            caption: "Every configuration",
            headings: [
                "who", "threads", "wall", "spread", work == .total ? "runs/s" : "work/s", "speed-up", "lock held", "hold p50", "hold p99", "wait p50",
                "wait p99", "handoffs", "futile wakeups", "increfs", "decrefs", "counted", "leaked", "deadlocks",
            ], rowHeadings: 2)
        for configuration in configurations {
            let hasOneLock = subjects.first { $0.name == configuration.subject }?.hasOneLock == true
            let report = configuration.report
            func figure(_ value: (RunReport) -> String) -> String { report.map(value) ?? "–" }
            table.add([
                configuration.subject, "\(configuration.threads)", configuration.fastest.map(formatDuration) ?? "failed",
                configuration.spread.map { "+" + formatPercent($0) } ?? "–", configuration.throughput.map(formatRate) ?? "–",
                configuration.speedUp.map { formatRatio($0) } ?? "–",
                figure { hasOneLock ? formatShare($0.lock.hold.sum, of: $0.wallNanoseconds) : "–" },
                figure { formatDuration($0.lock.hold.p50) }, figure { formatDuration($0.lock.hold.p99) }, figure { formatDuration($0.lock.wait.p50) },
                figure { formatDuration($0.lock.wait.p99) }, figure { formatCount($0.lock.handoffs.total) }, figure { formatCount($0.lock.futileWakeups) },
                figure { formatCount($0.refcounts.increfs) }, figure { formatCount($0.refcounts.decrefs) }, figure(\.pathText), leakText(configuration), deadlockText(configuration),
            ])
        }
        return table.element
    }

    /// Contrast: text at least 4.5 to 1 on its ground, lines and bars at least 3 to 1 (WCAG 2.2), in both schemes; a test measures it.
    private static let styleSheet = """
        :root {
          color-scheme: light dark;
          --ground: #ffffff; --ink: #1b2025; --faint: #555d66; --rule: #d9dde2; --stripe: #f5f6f8; --ideal: #6b737c;
          --s0: #0b62c4; --s1: #b7410e; --s2: #15803d; --s3: #7c3aed; --s4: #b91c5c; --s5: #0e7490; --s6: #7a4d0b; --s7: #475569;
          --low: #5b8fc9; --middle: #2f6fb8; --high: #0b3f7d;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14181d; --ink: #e7eaee; --faint: #a5aeb8; --rule: #343c46; --stripe: #1b2027; --ideal: #929ca7;
            --s0: #6cb0ff; --s1: #ff9d5c; --s2: #5fd38a; --s3: #bda2ff; --s4: #ff8bbd; --s5: #4fd0e6; --s6: #e0b15c; --s7: #b6c2d1;
            --low: #4a7fb8; --middle: #6cb0ff; --high: #cfe4ff;
          }
        }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
        h1 { margin: 0.5rem 0 0; font-size: 1.6rem; }
        h2 { margin: 2.2rem 0 0.3rem; font-size: 1.2rem; }
        h3 { margin: 1.4rem 0 0.2rem; font-size: 1rem; }
        p { margin: 0.4rem 0; max-width: 46rem; }
        li { max-width: 46rem; margin: 0.3rem 0; overflow-wrap: anywhere; }
        code, pre { font: 0.9rem/1.45 ui-monospace, monospace; }
        pre { padding: 0.6rem 0.8rem; background: var(--stripe); overflow-x: auto; }
        footer { color: var(--faint); font-size: 0.85rem; }
        .scroll { overflow-x: auto; margin: 0.8rem 0; }
        table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--faint); padding: 0.2rem 0; }
        th, td { padding: 0.25rem 0.7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
        th:first-child { text-align: left; }
        tbody tr:nth-child(even) { background: var(--stripe); }
        tbody th { font-weight: 500; }
        .chart { display: block; width: 100%; height: auto; margin: 0.6rem 0; }
        .label { fill: var(--ink); font: 13px system-ui, sans-serif; }
        .name { font: 12px ui-monospace, monospace; }
        .faint { fill: var(--faint); }
        .small { font-size: 11px; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .leader { stroke: var(--rule); stroke-width: 1; }
        .ideal { fill: none; stroke: var(--ideal); stroke-width: 1.5; stroke-dasharray: 6 4; }
        .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
        .line.again { stroke-dasharray: 2 4; stroke-linecap: round; }
        .dot { stroke: var(--ground); stroke-width: 1.5; }
        .p50 { fill: var(--low); }
        .p90 { fill: var(--middle); }
        .p99 { fill: var(--high); }
        .interval { fill: var(--s1); }
        .blocking { fill: var(--s0); }
        .finish { fill: var(--s7); }
        rect:hover, circle:hover { opacity: 0.7; }
        \((0..<8).map { ".line.series-\($0) { stroke: var(--s\($0)); } .dot.series-\($0) { fill: var(--s\($0)); }" }.joined(separator: "\n"))
        @media print { body { font-size: 12px; } h2 { break-after: avoid; } .chart { break-inside: avoid; } }
        """
}
