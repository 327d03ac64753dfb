// What a ledger is asked for, and what it has to say: the stories of some of the objects that it followed.

import CGild

/// Which objects a ledger follows, and how much it keeps.
public struct LedgerOptions: Sendable, Equatable {
    /// Objects allocated at one of these lines; empty: anywhere. The file is the script's path as it was given, or its end.
    public var sites: [Site]
    /// Objects of one of these types, by `__name__`, not by that of a base class; empty: of any type.
    public var types: [String]
    /// What the records may take, in bytes.
    public var limitBytes: Int
    /// Objects whose stories are told.
    public var storyCount: Int

    public struct Site: Sendable, Hashable {
        public var file: String
        public var line: Int
        public init(file: String, line: Int) {
            self.file = file
            self.line = line
        }
    }

    public init(sites: [Site] = [], types: [String] = [], limitBytes: Int = 64 << 20, storyCount: Int = 10) {
        self.sites = sites
        self.types = types
        self.limitBytes = limitBytes
        self.storyCount = storyCount
    }
}

/// What a ledger has to say after the run.
public struct LedgerFigures: Sendable {
    /// Objects that were followed.
    public var objects = 0
    /// Operations recorded, allocations included, and those that found no room.
    public var recorded = 0
    public var dropped = 0
    /// The counts raced: entries are in the order in which they were recorded, and the count before one need not be what the one before it left.
    public var isRacy = false
    /// Objects alive at the end, then freed ones, then immortal ones; each in the order of allocation.
    public var stories: [LedgerStory] = []
}

/// What happened to one object.
public struct LedgerStory: Sendable {
    public struct Entry: Sendable {
        public enum Operation: Sendable {
            case allocation, incref, decref, handOver, merge, immortal
        }
        /// biased: which of the object's two counts changed; queue: a reference that an owner's queue held.
        public enum Path: Sendable {
            case owner, shared, queue
        }
        /// Counts from 1 in the whole story.
        public var number: Int
        public var operation: Operation
        /// Nil in other regimes than biased.
        public var path: Path?
        /// Number of the thread in the lock's report.
        public var thread: UInt32
        /// `file:line`.
        public var site: String
        /// References before and after. Where counts race: what the thread loaded, and what it stored.
        public var before: Int
        public var after: Int
        /// Where counts race: the count that another thread had stored in between, and this operation stored over.
        public var overwrote: Int?
        /// During a collection by the cycle collector, in finalisers that it ran too.
        public var byCollector: Bool
    }

    /// Counts from 1 among the ledgered objects, in the order of allocation.
    public var number: Int
    public var type: String
    /// References at the end, as they were counted; 0: it was freed.
    public var count: Int
    public var isImmortal: Bool
    /// Where counts race, of an object that was not freed: the references that there are in truth.
    public var trueCount: Int?
    /// Where counts race: the count reached 0 while there were references.
    public var isFreedEarly = false
    /// Operations of the whole story that stored over another thread's.
    public var overwrites = 0
    /// The first operation is the allocation.
    public var entries: [Entry] = []
    /// Operations left out of the middle of `entries`, and after how many of them the first one.
    public var omitted = 0
    public var omittedAfter = 0

    /// A story of more than twice as many operations is told by so many of its first and of its last ones; where counts race, by half as many, and by
    /// the first operations that stored over others, each with its neighbours.
    public static let edge = 500
    public static let losses = 100
    public static let neighbours = 2
}

extension LedgerRecord {
    /// The count that the operation began with.
    var before: Int {
        switch operation {
        case .allocation, .incref: Int(count) - 1
        case .decref: Int(count) + 1
        case .handOver, .merge, .immortal: Int(count)
        }
    }

    fileprivate func entry(_ number: Int, site: String) -> LedgerStory.Entry {
        let operation: LedgerStory.Entry.Operation =
            switch self.operation {
            case .allocation: .allocation
            case .incref: .incref
            case .decref: .decref
            case .handOver: .handOver
            case .merge: .merge
            case .immortal: .immortal
            }
        let path: LedgerStory.Entry.Path? =
            switch self.path {
            case .only: nil
            case .owner: .owner
            case .shared: .shared
            case .queue: .queue
            }
        return LedgerStory.Entry(
            number: number, operation: operation, path: path, thread: thread, site: site, before: before, after: Int(count),
            overwrote: overwrites ? Int(replaced) : nil, byCollector: byCollector)
    }
}

extension gild_thread_ref {
    /// What the ledger has to say; nil: none is kept. No other thread runs.
    func ledgerFigures() -> LedgerFigures? {
        guard let ledger = s.pointee.ledger?.pointee else { return nil }
        let isRacy = scheme == .unsynchronized
        if isRacy { settleRacyCounts(ledger) }
        return ledger.figures(isRacy: isRacy) { siteText($0) }
    }
}

extension RefcountLedger {
    /// - Parameter site: `file:line` of an instruction.
    fileprivate func figures(isRacy: Bool, site: (UInt32) -> String) -> LedgerFigures {
        let objects = self.objects
        let records = self.recorded
        var figures = LedgerFigures(objects: objects.count, recorded: records.count, dropped: dropped, isRacy: isRacy)
        var chosen: [Int] = []
        for rank in 0...2 {
            for index in objects.indices where objects[index].rank == rank && chosen.count < options.storyCount { chosen.append(index) }
        }
        var places: [UInt32: Int] = [:]
        for index in chosen {
            places[UInt32(index + 1)] = figures.stories.count
            let object = objects[index]
            figures.stories.append(
                LedgerStory(
                    number: index + 1, type: object.type, count: object.references, isImmortal: object.isImmortal, trueCount: object.trueCount,
                    isFreedEarly: object.isFreedEarly))
        }
        var own = [[LedgerRecord]](repeating: [], count: chosen.count)
        for record in records {
            if let place = places[record.object] { own[place].append(record) }
        }
        var texts: [UInt32: String] = [:]
        for place in own.indices {
            let all = own[place]
            figures.stories[place].overwrites = all.count { $0.overwrites }
            for index in Self.told(all, isRacy: isRacy) {
                let text = texts[all[index].site] ?? site(all[index].site)
                texts[all[index].site] = text
                if figures.stories[place].omittedAfter == 0 && index > figures.stories[place].entries.count {
                    figures.stories[place].omittedAfter = figures.stories[place].entries.count
                }
                figures.stories[place].entries.append(all[index].entry(index + 1, site: text))
            }
            figures.stories[place].omitted = all.count - figures.stories[place].entries.count
        }
        return figures
    }

    /// Which operations of a story are told.
    private static func told(_ records: [LedgerRecord], isRacy: Bool) -> [Int] {
        let count = records.count
        if count <= 2 * LedgerStory.edge { return Array(0..<count) }
        if !isRacy { return Array(0..<LedgerStory.edge) + Array(count - LedgerStory.edge..<count) }
        var isTold = [Bool](repeating: false, count: count)
        for index in Array(0..<LedgerStory.edge / 2) + Array(count - LedgerStory.edge / 2..<count) { isTold[index] = true }
        for index in records.indices.lazy.filter({ records[$0].overwrites }).prefix(LedgerStory.losses) {
            for near in max(0, index - LedgerStory.neighbours)...min(count - 1, index + LedgerStory.neighbours) { isTold[near] = true }
        }
        return records.indices.filter { isTold[$0] }
    }
}
