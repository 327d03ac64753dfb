// How times are recorded: a histogram (TimeHistogram.swift; percentiles at most 0.8 % too high) and an exact sum beside it.
// Count, minimum and maximum are exact too.
//
// A recorder has no lock of its own: who owns it says what guards it.

/// Times in nanoseconds as they are recorded.
struct TimeRecorder {
    private var histogram = TimeHistogram()
    private(set) var sum: UInt64 = 0

    /// Times recorded so far.
    var count: UInt64 { histogram.count }

    /// Adds one time. Times over 146 years are counted as that.
    mutating func record(_ nanoseconds: UInt64) {
        #if !GILD_UNMEASURED
            histogram.record(min(nanoseconds, UInt64.max >> 2))
            sum &+= nanoseconds
        #endif
    }

    mutating func add(_ other: TimeRecorder) {
        histogram.add(other.histogram)
        sum &+= other.sum
    }

    /// What was recorded since `earlier`, an older copy of this recorder: counts and sum are exact, minimum and maximum are
    /// those of the histogram's buckets.
    func since(_ earlier: TimeRecorder) -> TimeRecorder {
        var difference = TimeRecorder()
        difference.sum = sum &- min(sum, earlier.sum)
        difference.histogram = histogram.since(earlier.histogram, sum: difference.sum)
        return difference
    }

    /// The recorded times, summed up.
    var distribution: TimeDistribution {
        guard count > 0 else { return TimeDistribution() }
        return TimeDistribution(
            count: count, sum: sum, min: histogram.min, p50: histogram.percentile(50), p90: histogram.percentile(90),
            p99: histogram.percentile(99), p999: histogram.percentile(99.9), max: histogram.max)
    }
}

/// A distribution of times in nanoseconds: count, sum, minimum and maximum are exact, percentiles have two significant
/// digits. All zero when nothing was recorded.
public struct TimeDistribution: Sendable, Hashable, Codable {
    public var count: UInt64 = 0
    public var sum: UInt64 = 0
    public var min: UInt64 = 0
    public var p50: UInt64 = 0
    public var p90: UInt64 = 0
    public var p99: UInt64 = 0
    public var p999: UInt64 = 0
    public var max: UInt64 = 0

    public init(
        count: UInt64 = 0, sum: UInt64 = 0, min: UInt64 = 0, p50: UInt64 = 0, p90: UInt64 = 0, p99: UInt64 = 0,
        p999: UInt64 = 0, max: UInt64 = 0
    ) {
        self.count = count
        self.sum = sum
        self.min = min
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.max = max
    }
}
