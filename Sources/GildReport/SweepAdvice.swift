// Which switch interval to take, and why: one sentence from the figures of a sweep.
//
// A short interval makes waiters wait less and costs throughput, for every forced switch costs a handoff. So the advice is the shortest
// interval that costs at most 5 % of the best throughput. Each interval is cheap (it costs no more than that, and neither its own runs nor
// the best interval's differ by more), dear (it costs more, and more than those runs differ by) or unclear. There is no advice where
//
//   - nobody was ever made to switch at any interval: the interval has nothing to decide;
//   - an interval up to the shortest cheap one is unclear: then the noise would choose;
//   - every interval is cheap, and their waits (99th percentiles) are within a tenth of one another: all are alike;
//   - one run each, or fewer than two intervals that ended well: too little to judge.

public struct Advice: Codable, Sendable, Equatable {
    /// The interval to take; nil where the figures give no reason to choose.
    public var switchIntervalNanoseconds: Int?
    public var finding: Finding
    /// One sentence.
    public var text: String

    public enum Finding: String, Codable, Sendable {
        case advised
        case alike
        /// No thread was ever made to give the lock up.
        case noForcedSwitches = "no-forced-switches"
        case tooFewRuns = "too-few-runs"
        case tooNoisy = "too-noisy"
    }

    enum CodingKeys: String, CodingKey {
        case switchIntervalNanoseconds = "switch_interval_ns"
        case finding, text
    }

    /// Part of the best throughput that an advised interval may cost.
    static let greatestCost = 0.05
    /// Waits within this part of one another are alike: a histogram's percentile alone may be 0.8 % off, a run's much more.
    static let likeWaits = 0.1

    /// - Parameter points: by interval, shortest first.
    init(_ points: [Sweep.Point]) {
        let measured = points.filter { $0.fastest != nil }
        guard let best = measured.min(by: { ($0.fastest ?? 0) < ($1.fastest ?? 0) }), let least = best.fastest, measured.count > 1 else {
            self.init(.tooFewRuns, "No advice: fewer than two intervals were measured.")
            return
        }
        if measured.contains(where: { $0.runs.count < 2 }) {
            self.init(.tooFewRuns, "No advice: one run each tells no noise from effect; --repeat 3 does.")
            return
        }
        if measured.allSatisfy({ $0.fewestForcedSwitches == 0 }) {
            self.init(
                .noForcedSwitches,
                "The switch interval decides nothing here: no thread waited for a whole interval, the lock changed hands only where its holder "
                    + "blocked or ended.")
            return
        }
        /// What repeated runs of this interval and of the best one differ by.
        func noise(_ point: Sweep.Point) -> Double { max(point.spread ?? 0, best.spread ?? 0) }
        func isCheap(_ point: Sweep.Point) -> Bool { max(Self.cost(point, least), noise(point)) <= Self.greatestCost }
        func isDear(_ point: Sweep.Point) -> Bool { Self.cost(point, least) > max(Self.greatestCost, noise(point)) }
        guard let chosen = measured.first(where: { !isDear($0) }), isCheap(chosen), let longest = measured.last else {
            let most = measured.map(noise).max() ?? 0
            self.init(
                .tooNoisy,
                "No advice: repeated runs at one interval differ by up to \(formatPercent(most)), which hides what an interval costs. Repeat on a "
                    + "quieter machine, with more work or a larger --repeat.")
            return
        }
        let waits = measured.compactMap { $0.wait?.p99 }
        if measured.allSatisfy(isCheap), let low = waits.min(), let high = waits.max(), Double(high) <= Double(low) * (1 + Self.likeWaits) {
            self.init(
                .alike,
                "All intervals are alike: throughput within \(formatPercent(measured.map { Self.cost($0, least) }.max() ?? 0)), and 99 of 100 waits end "
                    + "within \(formatDuration(high)) at any of them; there is no reason to change the interval.")
            return
        }
        let interval = formatSetting(chosen.switchIntervalNanoseconds)
        let cost = Self.cost(chosen, least)
        let price =
            cost <= 0
            ? "it has the best throughput of all"
            : "it costs \(formatPercent(cost)) of the best throughput, which \(formatSetting(best.switchIntervalNanoseconds)) has"
        var text = "Take \(interval): the shortest interval that costs at most \(formatPercent(Self.greatestCost)) of the throughput (\(price))"
        if let own = chosen.wait?.p99 {
            text += "; 99 of 100 waits for the lock end within \(formatDuration(own))"
            if chosen.switchIntervalNanoseconds != longest.switchIntervalNanoseconds, let other = longest.wait?.p99 {
                text += ", against \(formatDuration(other)) at \(formatSetting(longest.switchIntervalNanoseconds))"
            }
        }
        self.init(.advised, text + ".", switchIntervalNanoseconds: chosen.switchIntervalNanoseconds)
    }

    private init(_ finding: Finding, _ text: String, switchIntervalNanoseconds: Int? = nil) {
        self.finding = finding
        self.text = text
        self.switchIntervalNanoseconds = switchIntervalNanoseconds
    }

    /// Part of the best throughput that a point loses.
    private static func cost(_ point: Sweep.Point, _ least: Int) -> Double {
        guard let own = point.fastest, own > 0 else { return 1 }
        return 1 - Double(least) / Double(own)
    }
}
