// A log-linear histogram of times.
//
// Values below 256 have a bucket each. Above, every power of two is cut into 128 buckets of equal width, so a bucket is at most
// 1/128 of its values wide and a percentile, which is a bucket's upper end, at most 0.8 % too high. Two values in one bucket
// cannot be told apart; count, sum, minimum and maximum are kept beside the buckets and are exact. (The layout is that of
// HdrHistogram with two significant digits: Gil Tene, http://hdrhistogram.org.)
//
// It grows by whole powers of two to the largest value seen: a thread that never waits costs nothing, one that waited 5 ms
// 15 KiB. Recording is an index and two additions; adding and subtracting histograms is a loop over the buckets. Both happen
// under the mutex of the lock that is being measured, which is why this is not a library's: docs/decisions/0011.

struct TimeHistogram {
    private static let rowBits = 7

    /// Rows 0 and 1 together hold the values below 256.
    private var counts: [UInt64] = []
    private(set) var count: UInt64 = 0
    private(set) var min: UInt64 = .max
    private(set) var max: UInt64 = 0

    static func index(of value: UInt64) -> Int {
        let shift = Swift.max(0, 63 - rowBits - value.leadingZeroBitCount)
        return shift << rowBits + Int(truncatingIfNeeded: value >> UInt64(shift))
    }

    /// The largest value that falls into a bucket.
    static func upperEnd(of index: Int) -> UInt64 {
        let shift = Swift.max(0, index >> rowBits - 1)
        return (UInt64(index - shift << rowBits) + 1) << UInt64(shift) - 1
    }

    mutating func record(_ value: UInt64) {
        let index = Self.index(of: value)
        if index >= counts.count { grow(toHold: index) }
        counts[index] &+= 1
        count &+= 1
        if value < min { min = value }
        if value > max { max = value }
    }

    @inline(never) private mutating func grow(toHold index: Int) {
        let rows = index >> Self.rowBits + 1
        counts.reserveCapacity(rows << Self.rowBits)
        while counts.count < rows << Self.rowBits { counts.append(0) }
    }

    mutating func add(_ other: TimeHistogram) {
        guard other.count > 0 else { return }
        if other.counts.count > counts.count { grow(toHold: other.counts.count - 1) }
        counts.withUnsafeMutableBufferPointer { mine in
            other.counts.withUnsafeBufferPointer { for (index, value) in $0.enumerated() { mine[index] &+= value } }
        }
        count &+= other.count
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
    }

    /// What was recorded since `earlier`, an older copy of this histogram. Minimum and maximum are ends of buckets, unless they
    /// are known to belong to the difference; no value exceeds `sum`, that of the difference's values.
    func since(_ earlier: TimeHistogram, sum: UInt64) -> TimeHistogram {
        if earlier.count == 0 { return self }
        var difference = TimeHistogram()
        guard count > earlier.count else { return difference }
        difference.counts = counts
        var first: Int?
        var last = 0
        difference.counts.withUnsafeMutableBufferPointer { mine in
            earlier.counts.withUnsafeBufferPointer { for (index, value) in $0.enumerated() { mine[index] &-= value } }
            for (index, value) in mine.enumerated() where value != 0 {
                if first == nil { first = index }
                last = index
            }
        }
        difference.count = count &- earlier.count
        difference.max = max > earlier.max ? max : Swift.min(Self.upperEnd(of: last), max, sum)
        difference.min = min < earlier.min ? min : Swift.min(Self.upperEnd(of: first ?? 0), difference.max)
        return difference
    }

    /// The smallest bucket's end that at least this share of the values does not exceed; 0 when nothing was recorded.
    func percentile(_ percentage: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = Swift.max(1, UInt64((percentage / 100 * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, value) in counts.enumerated() where value != 0 {
            seen &+= value
            if seen >= wanted { return Swift.min(Self.upperEnd(of: index), max) }
        }
        return max
    }
}
