// The stories of ledgered objects: what was done to their counts, where, by whom.

/// What the ledger of a run recorded.
public struct LedgerReport: Codable, Sendable, Equatable {
    /// Objects that were followed.
    public var objects: Int
    /// Operations recorded, and those that found no room (`--ledger-limit`).
    public var operations: Int
    public var droppedOperations: Int
    /// Absent: entries are in the order in which the count changed.
    public var order: Order?
    /// Objects alive at the end, then freed ones, then immortal ones; each in the order of allocation.
    public var stories: [Story]

    public enum Order: String, Codable, Sendable {
        /// Threads changed counts with nothing held, and recorded it afterwards.
        case recording
    }

    /// What happened to one object.
    public struct Story: Codable, Sendable, Equatable {
        /// Counts from 1 among the followed objects, in the order of allocation.
        public var object: Int
        public var type: String
        /// `file:line` of the allocation, and the name of the thread that made it.
        public var site: String
        public var thread: String
        /// References at the end, as they were counted; 0: it was freed.
        public var references: Int
        /// It was taken out of the counting for good.
        public var isImmortal: Bool
        /// Operations left out of the middle of `entries`, and after how many of them the first one; where counts race there may be several gaps, and
        /// entries are numbered.
        public var omitted: Int
        public var omittedAfter: Int
        /// Only where counts race, of an object that was not freed: the references that there are in truth.
        public var trueReferences: Int?
        /// Only where counts race: the count reached 0 while there were references.
        public var isFreedEarly: Bool?
        /// Only where counts race: operations that stored over another thread's, of all, those left out included.
        public var overwrites: Int?
        /// In their order; the first one is the allocation.
        public var entries: [Entry]

        enum CodingKeys: String, CodingKey {
            case object, type, site, thread, references
            case isImmortal = "is_immortal"
            case omitted
            case omittedAfter = "omitted_after"
            case trueReferences = "true_references"
            case isFreedEarly = "is_freed_early"
            case overwrites, entries
        }

        public init(
            object: Int, type: String, site: String, thread: String, references: Int, isImmortal: Bool = false, omitted: Int = 0, omittedAfter: Int = 0,
            trueReferences: Int? = nil, isFreedEarly: Bool? = nil, overwrites: Int? = nil, entries: [Entry] = []
        ) {
            self.object = object
            self.type = type
            self.site = site
            self.thread = thread
            self.references = references
            self.isImmortal = isImmortal
            self.omitted = omitted
            self.omittedAfter = omittedAfter
            self.trueReferences = trueReferences
            self.isFreedEarly = isFreedEarly
            self.overwrites = overwrites
            self.entries = entries
        }
    }

    public struct Entry: Codable, Sendable, Equatable {
        /// Only where counts race: counts from 1 in the whole story.
        public var number: Int?
        public var operation: Operation
        /// Only in the regime biased: which of the object's two counts changed.
        public var path: Path?
        public var site: String
        public var thread: String
        /// References before and after; where counts race, what the thread loaded and what it stored.
        public var before: Int
        public var after: Int
        /// Only where counts race: the count, another thread's, that this operation stored over.
        public var overwrote: Int?
        /// During a collection by the cycle collector, in finalisers that it ran too; absent: not.
        public var collector: Bool?

        public init(
            number: Int? = nil, operation: Operation, path: Path? = nil, site: String, thread: String, before: Int, after: Int, overwrote: Int? = nil,
            collector: Bool? = nil
        ) {
            self.number = number
            self.operation = operation
            self.path = path
            self.site = site
            self.thread = thread
            self.before = before
            self.after = after
            self.overwrote = overwrote
            self.collector = collector
        }
    }

    public enum Operation: String, Codable, Sendable {
        case allocation, incref, decref
        /// biased: the reference goes to the queue of the object's owner.
        case handOver = "hand_over"
        /// biased: the owner's count and the shared one become one.
        case merge
        case immortal

        /// What it adds to the count.
        fileprivate var change: Int {
            switch self {
            case .allocation, .incref: 1
            case .decref: -1
            case .handOver, .merge, .immortal: 0
            }
        }
    }

    public enum Path: String, Codable, Sendable {
        /// The thread that made the object, on its own count.
        case owner
        /// Any other thread, or any thread after the merge.
        case shared
        /// The reference that the owner's queue held.
        case queue
    }

    enum CodingKeys: String, CodingKey {
        case objects, operations
        case droppedOperations = "dropped_operations"
        case order, stories
    }

    public init(objects: Int = 0, operations: Int = 0, droppedOperations: Int = 0, order: Order? = nil, stories: [Story] = []) {
        self.objects = objects
        self.operations = operations
        self.droppedOperations = droppedOperations
        self.order = order
        self.stories = stories
    }

    // MARK: Identities

    /// What does not fit together, one sentence each. Every operation changes the count by what it is; in the order of the counts it continues where
    /// the one before it ended, and the last one leaves what the story says. Where counts race every store says what it replaced: what all of them
    /// change adds up to the count at the end.
    func violations() -> [String] {
        var violations: [String] = []
        for story in stories {
            let name = "\(story.type) #\(story.object)"
            var count = 0
            for (index, entry) in story.entries.enumerated() {
                let isKnown = story.omitted == 0 || index != story.omittedAfter
                if order == nil && isKnown && entry.before != count {
                    violations.append("\(name): operation \(index) begins with \(entry.before), after \(count)")
                }
                if entry.after != entry.before &+ entry.operation.change {
                    violations.append("\(name): operation \(index), \(entry.operation.rawValue), leads from \(entry.before) to \(entry.after)")
                }
                count = order == nil ? entry.after : count + entry.after - (entry.overwrote ?? entry.before)
            }
            if story.isImmortal || order != nil && story.omitted > 0 { continue }
            if droppedOperations == 0 && count != story.references {
                let last = order == nil ? "the last operation leaves" : "the operations add up to"
                violations.append("\(name): \(last) \(count), the object has \(story.references)")
            }
            if let overwrites = story.overwrites, overwrites != story.entries.count(where: { $0.overwrote != nil }) {
                violations.append("\(name): \(overwrites) operations stored over others; the entries have another number of them")
            }
        }
        return violations
    }

    // MARK: Table

    /// Lines that a table shows of one story, from its beginning and from its end.
    private static let edge = 20
    /// Where counts race: losses that a table shows beside, and lines before and after each.
    private static let losses = 10
    private static let neighbours = 2

    /// One section for each story.
    func sections(width: Int?, style: TextStyle) -> [[String]] {
        var summary = style.bold("Ledger") + style.faint("  \(counted(objects, "object")) followed, \(counted(operations, "operation")) recorded")
        if stories.count < objects { summary += style.faint("; \(counted(stories.count, "story", "stories")) told") }
        var heading = [summary]
        if order == .recording {
            heading += [
                style.faint("  Threads changed counts with nothing held, and recorded it afterwards: lines are in the order of recording."),
                style.faint("  In \"2 → 3 over 3\" a thread loaded 2 and stored 3 over the 3 of another one, whose update is lost."),
            ]
        }
        return [heading] + stories.map { section($0, width: width, style: style) }
    }

    private func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(formatCount(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    private func section(_ story: Story, width: Int?, style: TextStyle) -> [String] {
        let title = "\(escaped(story.type)) #\(story.object)"
        var table = TextTable(["operation", "<", "count", "<at", "<thread"])
        let all = story.entries
        let isShown = shown(all)
        var last = 0
        for (index, entry) in all.enumerated() where isShown[index] {
            let number = entry.number ?? index + 1 + (story.omitted > 0 && index >= story.omittedAfter ? story.omitted : 0)
            if number > last + 1 { table.add(["…", counted(number - last - 1, "operation"), "", "", ""]) }
            last = number
            let isLast = index == all.count - 1 && isFreed(story) && entry.after == 0
            let operation = entry.operation.rawValue.replacing("_", with: " ") + (entry.path.map { ", " + $0.rawValue } ?? "")
                + (entry.collector == true ? ", collector" : "") + (isLast ? ", freed" : "")
            let over = entry.overwrote.map { " over \($0)" } ?? ""
            let count = entry.operation == .allocation ? "\(entry.after)" : "\(entry.before) → \(entry.after)\(over)"
            table.add([formatCount(number), operation, count, entry.site, entry.thread])
        }
        let allocated = " allocated at \(escaped(story.site)) by \(escaped(story.thread)), "
        let isWell = isFreed(story) || story.isImmortal
        return [style.bold(title) + allocated + (isWell ? end(story) : style.bad(end(story)))] + table.lines(width: width, style: style)
    }

    /// Its ends, and the first operations that stored over others, each with its neighbours.
    private func shown(_ entries: [Entry]) -> [Bool] {
        var isShown = entries.indices.map { $0 < Self.edge || $0 >= entries.count - Self.edge }
        for index in entries.indices.lazy.filter({ entries[$0].overwrote != nil }).prefix(Self.losses) {
            for near in max(0, index - Self.neighbours)...min(entries.count - 1, index + Self.neighbours) { isShown[near] = true }
        }
        return isShown
    }

    private func isFreed(_ story: Story) -> Bool { story.references == 0 && !story.isImmortal && story.trueReferences == nil }

    private func end(_ story: Story) -> String {
        if story.isImmortal { return "immortal" }
        if isFreed(story) { return "freed" }
        guard let truth = story.trueReferences else { return "alive at the end with \(counted(story.references, "reference"))" }
        if story.isFreedEarly == true { return "freed too early: its count reached 0 while there were references" }
        let verb = truth == 1 ? "is" : "are"
        return "alive at the end with a count of \(formatCount(story.references)); in truth there \(verb) \(counted(truth, "reference"))"
    }
}
