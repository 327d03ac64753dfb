// What a workload has printed lately, and those who read it as it comes.
//
// Lines have consecutive numbers, counted from 0, and are kept until they take more than `limit` bytes: then the oldest go.
// A reader holds nothing but the number of the line that it wants next. So a reader that is too slow costs no memory and
// stops no script: when it comes, the lines that have gone are the distance between its number and the oldest one kept, and
// it is told that distance.
//
// A follower is woken once, and again only after it has read: `wake` is called by the script's thread, with the history's
// lock held, and does nothing but post a task to an event loop.

import NIOConcurrencyHelpers

final class OutputHistory: @unchecked Sendable {
    enum Stream: String, Sendable, Equatable {
        case standardOutput = "stdout"
        case standardError = "stderr"
        /// `gild.log()`.
        case log
    }

    struct Line: Sendable, Equatable {
        var realtimeNanoseconds: Int
        var run: Int
        var stream: Stream
        /// Of `gild.log()`.
        var level: String?
        var bytes: [UInt8]

        /// Kept bytes that the line counts for: an empty line takes memory too.
        var cost: Int { bytes.count + Line.overhead }
        static let overhead = 64
    }

    /// What a reader gets in one go.
    struct Excerpt: Sendable {
        var lines: [Line] = []
        /// Lines before them that had already gone.
        var dropped = 0
        /// There are more to read now.
        var hasMore = false
        /// There will be no more: the workload has been removed.
        var isEnded = false
    }

    private struct Follower {
        let wake: @Sendable () -> Void
        var isWoken = false
    }

    private let lock = NIOLock()
    /// Guarded by `lock`. Lines before `head` have gone; `head` is line number `firstNumber`.
    private var lines: [Line] = []
    private var head = 0
    private var firstNumber = 0
    private var bytes = 0
    private var limit: Int
    private var isEnded = false
    private var followers: [Int: Follower] = [:]
    private var lastFollower = 0

    init(limit: Int) { self.limit = limit }

    /// Bytes that are kept.
    func setLimit(_ limit: Int) {
        lock.withLock {
            self.limit = limit
            trim()
        }
    }

    func append(_ new: [Line]) {
        if new.isEmpty { return }
        lock.withLock {
            for line in new {
                lines.append(line)
                bytes += line.cost
            }
            trim()
            wakeFollowers()
        }
    }

    /// Number of the line from which on `count` lines are left, of the oldest one where there are fewer; nil: of the first
    /// that there ever was, so that a reader is told how many have gone.
    func start(newest count: Int?, run: Int? = nil) -> Int {
        lock.withLock {
            let end = firstNumber + lines.count - head
            guard let count else { return run == nil ? 0 : firstNumber }
            guard let run else { return max(firstNumber, end - max(0, min(count, lines.count))) }
            var left = count
            var index = lines.count
            while index > head && left > 0 {
                index -= 1
                if lines[index].run == run { left -= 1 }
            }
            return firstNumber + index - head
        }
    }

    /// Lines from number `next` on, which then is that of the line behind them.
    /// - Parameters:
    ///   - run: only lines of this run.
    ///   - byteLimit: stop before the lines count for more than that; one line comes always.
    ///   - follower: may be woken again after this call.
    func read(from next: inout Int, run: Int? = nil, byteLimit: Int, follower: Int? = nil) -> Excerpt {
        lock.withLock {
            var excerpt = Excerpt()
            if let follower { followers[follower]?.isWoken = false }
            if next < firstNumber {
                excerpt.dropped = firstNumber - next
                next = firstNumber
            }
            let end = firstNumber + lines.count - head
            var taken = 0
            while next < end {
                let line = lines[head + next - firstNumber]
                if run == nil || line.run == run {
                    if !excerpt.lines.isEmpty && taken + line.cost > byteLimit {
                        excerpt.hasMore = true
                        break
                    }
                    taken += line.cost
                    excerpt.lines.append(line)
                }
                next += 1
            }
            excerpt.isEnded = isEnded && !excerpt.hasMore
            return excerpt
        }
    }

    /// The newest lines, at most `count`, and at most for so many bytes; oldest first.
    func newest(_ count: Int?, run: Int?, byteLimit: Int) -> Excerpt {
        lock.withLock {
            var excerpt = Excerpt()
            var taken = 0
            for line in lines[head...].reversed() where run == nil || line.run == run {
                if excerpt.lines.count >= count ?? .max || taken + line.cost > byteLimit && !excerpt.lines.isEmpty { break }
                taken += line.cost
                excerpt.lines.append(line)
            }
            excerpt.lines.reverse()
            if count == nil && run == nil { excerpt.dropped = firstNumber + lines.count - head - excerpt.lines.count }
            return excerpt
        }
    }

    /// Calls `wake` when there is something new to read, once until the next `read` with the number that is returned.
    func follow(_ wake: @escaping @Sendable () -> Void) -> Int {
        lock.withLock {
            lastFollower += 1
            followers[lastFollower] = Follower(wake: wake)
            return lastFollower
        }
    }

    func unfollow(_ follower: Int) { lock.withLock { followers[follower] = nil } }

    /// There will be no more lines.
    func end() {
        lock.withLock {
            isEnded = true
            wakeFollowers()
        }
    }

    private func wakeFollowers() {
        for (number, follower) in followers where !follower.isWoken {
            followers[number]?.isWoken = true
            follower.wake()
        }
    }

    private func trim() {
        while bytes > limit && head < lines.count {
            bytes -= lines[head].cost
            lines[head].bytes = []
            head += 1
            firstNumber += 1
        }
        if head > 64 && head > lines.count / 2 {
            lines.removeFirst(head)
            head = 0
        }
    }
}
