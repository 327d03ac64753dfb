// Deadlocks in the report, and as a table.

/// The deadlocks that were found in a run. How they are found, and what counts as one: docs/deadlocks.md.
public struct DeadlockReport: Codable, Sendable, Equatable {
    /// All that were found.
    public var count: Int
    /// The first 100 of them, in the order in which they were found.
    public var list: [Deadlock]

    public init(count: Int = 0, list: [Deadlock] = []) {
        self.count = count
        self.list = list
    }

    public struct Deadlock: Codable, Sendable, Equatable {
        /// True: each thread wants what the next one holds, the last what the first one holds. False: there is no such cycle,
        /// but all threads waited.
        public var isCycle: Bool
        /// From the moment when the last of the threads began to wait until the deadlock was found, in nanoseconds.
        public var foundAfterNanoseconds: Int
        public var threads: [Member]
        /// Name of the thread that got DeadlockError; absent: the run was aborted.
        public var victim: String?

        enum CodingKeys: String, CodingKey {
            case isCycle = "cycle"
            case foundAfterNanoseconds = "found_after_ns"
            case threads, victim
        }

        public init(isCycle: Bool, foundAfterNanoseconds: Int = 0, threads: [Member], victim: String? = nil) {
            self.isCycle = isCycle
            self.foundAfterNanoseconds = foundAfterNanoseconds
            self.threads = threads
            self.victim = victim
        }
    }

    public struct Member: Codable, Sendable, Equatable {
        /// Name of the thread.
        public var thread: String
        /// Absent where no other thread of the deadlock is known to want anything of this one.
        public var holds: Holding?
        public var wants: Wish

        public init(thread: String, holds: Holding? = nil, wants: Wish) {
            self.thread = thread
            self.holds = holds
            self.wants = wants
        }
    }

    public struct Holding: Codable, Sendable, Equatable {
        /// Kind and place of making, such as `Lock made at bank.py:12`; or `its own end`, which `join` waits for.
        public var what: String
        /// How long it had been held, in nanoseconds.
        public var sinceNanoseconds: Int
        /// `file:line`; absent: by gild itself.
        public var takenAt: String?

        enum CodingKeys: String, CodingKey {
            case what
            case sinceNanoseconds = "since_ns"
            case takenAt = "taken_at"
        }

        public init(what: String, sinceNanoseconds: Int, takenAt: String? = nil) {
            self.what = what
            self.sinceNanoseconds = sinceNanoseconds
            self.takenAt = takenAt
        }
    }

    public struct Wish: Codable, Sendable, Equatable {
        public var what: String
        /// `file:line` of the wait; absent: at the end of the program.
        public var at: String?

        public init(what: String, at: String? = nil) {
            self.what = what
            self.at = at
        }
    }
}

extension DeadlockReport {
    /// One table for each deadlock: indented lines without an end.
    func tables(width: Int?, style: TextStyle) -> [String] {
        var lines: [String] = []
        let shown = 5
        for deadlock in list.prefix(shown) {
            var table = TextTable(["<thread", "<holds", "since", "<taken at", "<wants", "<at"])
            for member in deadlock.threads.prefix(20) {
                table.add([
                    member.thread, member.holds?.what ?? "", member.holds.map { formatDuration($0.sinceNanoseconds) } ?? "",
                    member.holds?.takenAt ?? "", member.wants.what, member.wants.at ?? "",
                ])
            }
            if !lines.isEmpty { lines.append("") }
            lines += table.lines(width: width, style: style) + furtherRows(deadlock.threads.count - 20, style)
            lines.append("  " + (deadlock.victim.map { "\(escaped($0)) got DeadlockError." } ?? "The run was aborted."))
        }
        return lines + furtherRows(count - min(list.count, shown), style)
    }
}
