// What races did to the counts of objects in the regime `unsynchronized`: updates that were lost, and objects that were freed too early.

/// Races of one kind: how many there were, and the first of them.
public struct RaceReport: Codable, Sendable, Equatable {
    /// All of them.
    public var count: Int
    /// The first 100, in their order.
    public var first: [Race]

    public struct Race: Codable, Sendable, Equatable {
        /// Identity of the object, the same in all entries about it.
        public var object: String
        public var type: String
        /// `file:line` of the allocation.
        public var site: String
        /// What the count should have been after the operations, and what it was.
        public var expected: Int
        public var actual: Int
        /// The operation whose result was overwritten; absent: not known.
        public var lost: Operation?
        /// The operation that overwrote it, or that freed the object.
        public var winner: Operation

        public init(object: String, type: String, site: String, expected: Int, actual: Int, lost: Operation?, winner: Operation) {
            self.object = object
            self.type = type
            self.site = site
            self.expected = expected
            self.actual = actual
            self.lost = lost
            self.winner = winner
        }
    }

    public struct Operation: Codable, Sendable, Equatable {
        /// `incref` or `decref`.
        public var operation: String
        public var thread: String
        /// `file:line`.
        public var site: String

        public init(operation: String, thread: String, site: String) {
            self.operation = operation
            self.thread = thread
            self.site = site
        }

        var text: String { "\(operation) by \(thread) at \(site)" }
    }

    public init(count: Int = 0, first: [Race] = []) {
        self.count = count
        self.first = first
    }

    /// Rows for a person, the first few.
    func section(_ heading: String, remark: String, width: Int?, style: TextStyle) -> [String] {
        let shown = 10
        var table = TextTable(["<type", "<allocated at", "expected", "actual", "<lost", "<overwritten or freed by"])
        for race in first.prefix(shown) {
            table.add([race.type, race.site, formatCount(race.expected), formatCount(race.actual), race.lost?.text ?? "not known", race.winner.text])
        }
        var lines = [style.bad(heading) + style.faint("  \(formatCount(count)); \(remark)")] + table.lines(width: width, style: style)
        if count > shown { lines.append(style.faint("  … and \(formatCount(count - min(shown, first.count))) more; the first 100 are in the JSON report")) }
        return lines
    }
}

extension RunReport {
    /// By which instructions the references were counted, for a person.
    var pathText: String {
        refcounts.paths?.text ?? "not told"
    }
}

/// Operations on references by the way in which they were counted; absent: the regime has no such way.
public struct CountingPaths: Codable, Sendable, Equatable {
    /// One lock, and unsynchronized: every operation, with plain instructions.
    public var plain: Int?
    /// biased: operations of the object's own thread, with plain instructions.
    public var biasedOwner: Int?
    /// biased: operations of other threads, atomic.
    public var biasedShared: Int?
    /// biased: operations on functions, classes and modules that several threads use, each in a table of the thread's own.
    public var biasedSpread: Int?
    /// biased: objects whose two counts were merged, and those that other threads had handed to their owner for it.
    public var merged: Int?
    public var handedOver: Int?
    /// atomic: every operation.
    public var atomic: Int?
    /// object-lock: every operation; and how often the object's mutex was not free at once.
    public var mutex: Int?
    public var contended: Int?
    /// Operations that found an immortal object and left it alone: not among the others, nor among increfs and decrefs.
    public var immortal: Int?

    /// All operations were counted alike, with plain instructions.
    var isPlain: Bool { plain != nil }

    enum CodingKeys: String, CodingKey {
        case biasedOwner = "biased_owner"
        case biasedShared = "biased_shared"
        case biasedSpread = "biased_spread"
        case merged
        case handedOver = "handed_over"
        case plain, atomic, mutex, contended, immortal
    }

    public init(
        plain: Int? = nil, biasedOwner: Int? = nil, biasedShared: Int? = nil, biasedSpread: Int? = nil, merged: Int? = nil, handedOver: Int? = nil,
        atomic: Int? = nil, mutex: Int? = nil, contended: Int? = nil, immortal: Int? = nil
    ) {
        self.plain = plain
        self.biasedOwner = biasedOwner
        self.biasedShared = biasedShared
        self.biasedSpread = biasedSpread
        self.merged = merged
        self.handedOver = handedOver
        self.atomic = atomic
        self.mutex = mutex
        self.contended = contended
        self.immortal = immortal
    }

    /// For a person.
    var text: String {
        var parts: [String] = []
        func add(_ count: Int?, _ what: String) { if let count { parts.append("\(formatCount(count)) \(what)") } }
        add(plain, "plain")
        add(biasedOwner, "by the owner")
        add(biasedShared, "by other threads")
        add(biasedSpread, "in tables of all threads")
        add(merged, "objects merged")
        add(handedOver, "of them handed to their owner")
        add(atomic, "atomic")
        add(mutex, "under a mutex")
        add(contended, "times it was not free")
        let counted = parts.joined(separator: ", ")
        return immortal.map { counted + "; \(formatCount($0)) met immortal objects" } ?? counted
    }
}
