// The stories of ledgered objects: what was done to their counts, where, by whom.

/// What the ledger of a run recorded.
public struct LedgerReport: Codable, Sendable, Equatable {
    /// Objects that were followed.
    public var objects: Int
    /// Operations recorded, and those that found no room (`--ledger-limit`).
    public var operations: Int
    public var droppedOperations: Int
    /// Objects alive at the end, then freed ones, then immortal ones; each in the order of allocation.
    public var stories: [Story]

    /// What happened to one object.
    public struct Story: Codable, Sendable, Equatable {
        /// Counts from 1 among the followed objects, in the order of allocation.
        public var object: Int
        public var type: String
        /// `file:line` of the allocation, and the name of the thread that made it.
        public var site: String
        public var thread: String
        /// References at the end; 0: it was freed.
        public var references: Int
        /// It was taken out of the counting for good.
        public var isImmortal: Bool
        /// Operations left out of the middle of `entries`, and after how many of them.
        public var omitted: Int
        public var omittedAfter: Int
        /// In their order; the first one is the allocation.
        public var entries: [Entry]

        enum CodingKeys: String, CodingKey {
            case object, type, site, thread, references
            case isImmortal = "is_immortal"
            case omitted
            case omittedAfter = "omitted_after"
            case entries
        }

        public init(
            object: Int, type: String, site: String, thread: String, references: Int, isImmortal: Bool = false, omitted: Int = 0, omittedAfter: Int = 0,
            entries: [Entry] = []
        ) {
            self.object = object
            self.type = type
            self.site = site
            self.thread = thread
            self.references = references
            self.isImmortal = isImmortal
            self.omitted = omitted
            self.omittedAfter = omittedAfter
            self.entries = entries
        }
    }

    public struct Entry: Codable, Sendable, Equatable {
        public var operation: Operation
        public var site: String
        public var thread: String
        /// References before and after.
        public var before: Int
        public var after: Int
        /// During a collection by the cycle collector, in finalisers that it ran too; absent: not.
        public var collector: Bool?

        public init(operation: Operation, site: String, thread: String, before: Int, after: Int, collector: Bool? = nil) {
            self.operation = operation
            self.site = site
            self.thread = thread
            self.before = before
            self.after = after
            self.collector = collector
        }
    }

    public enum Operation: String, Codable, Sendable {
        case allocation, incref, decref, immortal
    }

    enum CodingKeys: String, CodingKey {
        case objects, operations
        case droppedOperations = "dropped_operations"
        case stories
    }

    public init(objects: Int = 0, operations: Int = 0, droppedOperations: Int = 0, stories: [Story] = []) {
        self.objects = objects
        self.operations = operations
        self.droppedOperations = droppedOperations
        self.stories = stories
    }

    // MARK: Identities

    /// What does not fit together, one sentence each: every operation continues where the one before it ended, changes the
    /// count by one, and the last one leaves what the story says.
    func violations() -> [String] {
        var violations: [String] = []
        for story in stories {
            let name = "\(story.type) #\(story.object)"
            var count = 0
            for (index, entry) in story.entries.enumerated() {
                let isKnown = story.omitted == 0 || index != story.omittedAfter
                if isKnown && entry.before != count { violations.append("\(name): operation \(index) begins with \(entry.before), after \(count)") }
                let change = entry.operation == .decref ? -1 : entry.operation == .immortal ? 0 : 1
                if entry.after != entry.before &+ change {
                    violations.append("\(name): operation \(index), \(entry.operation.rawValue), leads from \(entry.before) to \(entry.after)")
                }
                count = entry.after
            }
            if droppedOperations == 0 && count != story.references {
                violations.append("\(name): the last operation leaves \(count), the object has \(story.references)")
            }
        }
        return violations
    }

    // MARK: Table

    /// Lines that a table shows of one story, from its beginning and from its end.
    private static let edge = 20

    /// One section for each story.
    func sections(width: Int?, style: TextStyle) -> [[String]] {
        var summary = style.bold("Ledger") + style.faint("  \(counted(objects, "object")) followed, \(counted(operations, "operation")) recorded")
        if stories.count < objects { summary += style.faint("; \(counted(stories.count, "story", "stories")) told") }
        return [[summary]] + stories.map { section($0, width: width, style: style) }
    }

    private func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(formatCount(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    private func section(_ story: Story, width: Int?, style: TextStyle) -> [String] {
        let end = story.isImmortal ? "immortal" : story.references == 0 ? "freed" : "alive at the end with \(counted(story.references, "reference"))"
        let title = "\(escaped(story.type)) #\(story.object)"
        var table = TextTable(["operation", "<", "count", "<at", "<thread"])
        let all = story.entries
        let isCut = all.count > 2 * Self.edge
        let total = all.count + story.omitted
        for (index, entry) in all.enumerated() {
            if isCut && index >= Self.edge && index < all.count - Self.edge { continue }
            if isCut && index == all.count - Self.edge {
                table.add(["…", "\(formatCount(total - 2 * Self.edge)) operations", "", "", ""])
            }
            let number = index + 1 + (story.omitted > 0 && index >= story.omittedAfter ? story.omitted : 0)
            let isLast = index == all.count - 1 && story.references == 0 && !story.isImmortal && entry.after == 0
            let operation = entry.operation.rawValue + (entry.collector == true ? ", collector" : "") + (isLast ? ", freed" : "")
            let count = entry.operation == .allocation ? "\(entry.after)" : "\(entry.before) → \(entry.after)"
            table.add([formatCount(number), operation, count, entry.site, entry.thread])
        }
        let allocated = " allocated at \(escaped(story.site)) by \(escaped(story.thread)), "
        return [style.bold(title) + allocated + (story.references == 0 || story.isImmortal ? end : style.bad(end))] + table.lines(width: width, style: style)
    }
}
