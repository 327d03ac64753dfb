// One script at several switch intervals: what a longer interval wins in throughput and costs in wakeups.
//
// Wake-up latency is two figures of the lock's books, and each is named wherever it is shown:
//
//   wait     from asking for the lock to having it, one entry for each acquisition, 0 where the lock was free; it grows with the
//            interval, because that is how long a waiter waits before it may ask the holder to drop;
//   handoff  from one thread's drop to the next one's acquisition where that one was already waiting: what the kernel and the lock need
//            to wake a thread, whatever the interval.
//
// Wall time of an interval is the least of its runs. A percentile of a single run depends on which run that was, so each one shown is the
// median of the percentiles of all runs.

/// What `gild sweep` found.
public struct Sweep: Codable, Sendable, Equatable {
    /// Version of gild that measured.
    public var gild: String
    public var script: String
    public var arguments: [String]
    public var regime: String
    /// Rounds that were asked for.
    public var repetitions: Int
    public var processors: Int
    /// By interval, shortest first.
    public var points: [Point]
    public var advice: Advice

    /// One switch interval.
    public struct Point: Codable, Sendable, Equatable {
        public var switchIntervalNanoseconds: Int
        /// Whole runs in a second; nil where none ended well.
        public var throughput: Double?
        /// Medians over the runs of their percentiles.
        public var wait: Latency?
        public var handoff: Latency?
        /// The runs that ended well, in their order.
        public var runs: [Run]
        /// The run that did not end well: this interval was not run again after it.
        public var failure: Comparison.Failure?

        enum CodingKeys: String, CodingKey {
            case switchIntervalNanoseconds = "switch_interval_ns"
            case throughput
            case wait = "wait_ns"
            case handoff = "handoff_ns"
            case runs, failure
        }

        public init(switchIntervalNanoseconds: Int, runs: [Run] = [], failure: Comparison.Failure? = nil) {
            self.switchIntervalNanoseconds = switchIntervalNanoseconds
            self.runs = runs
            self.failure = failure
            if let fastest, fastest > 0 { throughput = 1e9 / Double(fastest) }
            wait = Latency(medianOf: runs.map(\.wait))
            handoff = Latency(medianOf: runs.map(\.handoff))
        }

        /// Least wall time; nil without a run that ended well, and after a failure.
        public var fastest: Int? { failure == nil ? runs.map(\.wallNanoseconds).min() : nil }
        public var spread: Double? { repetitionSpread(runs.map(\.wallNanoseconds)) }
        /// Forced switches of the run that had the fewest of them.
        var fewestForcedSwitches: Int { runs.map(\.intervalHandoffs).min() ?? 0 }
    }

    public struct Latency: Codable, Sendable, Equatable {
        public var p50: Int
        public var p90: Int
        public var p99: Int

        public init(p50: Int, p90: Int, p99: Int) {
            self.p50 = p50
            self.p90 = p90
            self.p99 = p99
        }

        /// Of an even number the upper of the two medians; nil where nothing was measured.
        init?(medianOf distributions: [TimeDistribution]) {
            let some = distributions.filter { $0.count > 0 }
            if some.isEmpty { return nil }
            func median(_ percentile: (TimeDistribution) -> Int) -> Int { some.map(percentile).sorted()[some.count / 2] }
            self.init(p50: median(\.p50), p90: median(\.p90), p99: median(\.p99))
        }
    }

    /// One run at an interval.
    public struct Run: Codable, Sendable, Equatable {
        /// From the start of the process to its end.
        public var wallNanoseconds: Int
        /// Forced switches: handoffs because a waiter's interval had passed.
        public var intervalHandoffs: Int
        public var handoffs: Int
        public var dropRequests: Int
        public var wait: TimeDistribution
        public var handoff: TimeDistribution

        enum CodingKeys: String, CodingKey {
            case wallNanoseconds = "wall_ns"
            case intervalHandoffs = "interval_handoffs"
            case handoffs
            case dropRequests = "drop_requests"
            case wait = "wait_ns"
            case handoff = "handoff_ns"
        }

        public init(
            wallNanoseconds: Int, intervalHandoffs: Int = 0, handoffs: Int = 0, dropRequests: Int = 0, wait: TimeDistribution = TimeDistribution(),
            handoff: TimeDistribution = TimeDistribution()
        ) {
            self.wallNanoseconds = wallNanoseconds
            self.intervalHandoffs = intervalHandoffs
            self.handoffs = handoffs
            self.dropRequests = dropRequests
            self.wait = wait
            self.handoff = handoff
        }
    }

    enum CodingKeys: String, CodingKey {
        case gild, script, arguments, regime
        case repetitions = "repeat"
        case processors, points, advice
    }

    /// The points are put in order and the advice is worked out here.
    public init(
        gild: String = "0.1.0", script: String, arguments: [String] = [], regime: String, repetitions: Int, processors: Int, points: [Point]
    ) {
        self.gild = gild
        self.script = script
        self.arguments = arguments
        self.regime = regime
        self.repetitions = repetitions
        self.processors = processors
        self.points = points.sorted { $0.switchIntervalNanoseconds < $1.switchIntervalNanoseconds }
        advice = Advice(self.points)
    }

    /// Two-space indented JSON, keys in the order of the model; one line end at the end.
    public func json() -> String { ((try? OrderedJSONEncoder().encode(self)) ?? "{}") + "\n" }
}
