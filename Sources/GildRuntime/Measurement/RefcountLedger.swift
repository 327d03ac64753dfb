// The ledger: every incref and decref of chosen objects, in order.
//
// Objects are chosen where they are allocated, by type and by allocation site, and numbered from 1. Each operation on one of
// them appends a record; at the end the records of a few objects are told as stories. The log is bounded: when it is full no
// further object is chosen and no further operation recorded, but the counts of the chosen ones are still right.
//
// An operation's place is the instruction that the thread executes: the run loop of such a run saves every one in the frame
// (`Regime.savesEveryPC`), so a reference that is taken inline has its line as exactly as one that a builtin takes.
//
// Everything here is guarded by the GIL.

import CGild
import Glibc

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

/// One operation on a ledgered object.
struct LedgerRecord {
    enum Operation: UInt8 {
        case allocation, incref, decref, immortal
    }

    var object: UInt32
    /// Number of the thread in the lock's report.
    var thread: UInt32
    var site: UInt32
    /// After the operation.
    var count: UInt32
    var operation: Operation
    var byCollector: Bool
}

/// What a ledger has to say after the run.
public struct LedgerFigures: Sendable {
    /// Objects that were followed.
    public var objects = 0
    /// Operations recorded, allocations included, and those that found no room.
    public var recorded = 0
    public var dropped = 0
    /// Objects alive at the end, then freed ones, then immortal ones; each in the order of allocation.
    public var stories: [LedgerStory] = []
}

/// What happened to one object.
public struct LedgerStory: Sendable {
    public struct Entry: Sendable {
        public enum Operation: Sendable {
            case allocation, incref, decref, immortal
        }
        public var operation: Operation
        /// Number of the thread in the lock's report.
        public var thread: UInt32
        /// `file:line`.
        public var site: String
        /// References before and after.
        public var before: Int
        public var after: Int
        /// During a collection by the cycle collector, in finalisers that it ran too.
        public var byCollector: Bool
    }

    /// Counts from 1 among the ledgered objects, in the order of allocation.
    public var number: Int
    public var type: String
    /// References at the end; 0: it was freed.
    public var count: Int
    public var isImmortal: Bool
    /// The first operation is the allocation.
    public var entries: [Entry] = []
    /// Operations left out of the middle of `entries`, after the first `LedgerStory.edge` ones.
    public var omitted = 0

    /// A story of more than twice as many operations is told by so many of its first and of its last ones.
    public static let edge = 500
}

struct RefcountLedger {
    private struct Object {
        var type: String
        var count: UInt32 = 0
        var isImmortal = false

        /// Whose story is told first: that of what is alive at the end, which may have leaked; immortal objects have none to speak of.
        var rank: Int { isImmortal ? 2 : count > 0 ? 0 : 1 }
    }

    let options: LedgerOptions
    private let records: UnsafeMutablePointer<LedgerRecord>
    private let capacity: Int
    private var count = 0
    private var dropped = 0
    /// The ledgered objects; the number is the index plus 1.
    private var objects: [Object] = []
    /// Numbers of objects whose count has fallen to zero and whose memory was not allocated anew.
    var dying: [ObjectPointer: UInt32] = [:]
    /// The type's name by shape, and whether it is chosen.
    private var types: [UInt32: (name: String, isChosen: Bool)] = [:]
    /// Whether a site is chosen.
    private var sites: [UInt32: Bool] = [:]

    /// Nil: there is no address space for the records.
    init?(_ options: LedgerOptions) {
        capacity = max(1, options.limitBytes / MemoryLayout<LedgerRecord>.stride)
        let bytes = capacity * MemoryLayout<LedgerRecord>.stride
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        records = memory.bindMemory(to: LedgerRecord.self, capacity: capacity)
        self.options = options
    }

    // MARK: Choosing

    /// The name of the object's type if the object is to be followed.
    mutating func chosenType(of object: ObjectPointer, site: UInt32, _ thread: Thread) -> String? {
        let number = object.pointee.shape
        if types[number] == nil {
            let name = thread.typeText(object)
            types[number] = (name, options.types.isEmpty || options.types.contains(name))
        }
        guard let type = types[number], type.isChosen else { return nil }
        if options.sites.isEmpty { return type.name }
        if sites[site] == nil { sites[site] = isChosen(site, thread) }
        return sites[site] == true ? type.name : nil
    }

    private func isChosen(_ site: UInt32, _ thread: Thread) -> Bool {
        guard let (code, instruction) = thread.s.pointee.runtime.pointee.code.locate(site: site) else { return false }
        let line = code.position(at: instruction).line
        let file = code.shownName
        return options.sites.contains { $0.line == line && (file == $0.file || file.hasSuffix("/" + $0.file)) }
    }

    /// Shape numbers are about to stand for other types.
    mutating func forgetShapes() { types = [:] }

    /// A number for a new object; nil: the log is full.
    mutating func open(_ type: String) -> UInt32? {
        guard count < capacity else { return nil }
        objects.append(Object(type: type))
        return UInt32(objects.count)
    }

    // MARK: Recording

    mutating func append(_ operation: LedgerRecord.Operation, object: UInt32, count after: UInt32, thread: UInt32, site: UInt32, byCollector: Bool) {
        objects[Int(object) - 1].count = after
        if operation == .immortal { objects[Int(object) - 1].isImmortal = true }
        guard count < capacity else {
            dropped += 1
            return
        }
        (records + count).initialize(
            to: LedgerRecord(object: object, thread: thread, site: site, count: after, operation: operation, byCollector: byCollector))
        count += 1
    }

    // MARK: Telling

    /// - Parameter site: `file:line` of an instruction.
    func figures(site: (UInt32) -> String) -> LedgerFigures {
        var figures = LedgerFigures(objects: objects.count, recorded: count, dropped: dropped)
        var chosen: [Int] = []
        for rank in 0...2 {
            for index in objects.indices where objects[index].rank == rank && chosen.count < options.storyCount { chosen.append(index) }
        }
        var places: [UInt32: Int] = [:]
        for index in chosen {
            places[UInt32(index + 1)] = figures.stories.count
            let object = objects[index]
            figures.stories.append(LedgerStory(number: index + 1, type: object.type, count: Int(object.count), isImmortal: object.isImmortal))
        }
        var texts: [UInt32: String] = [:]
        var before = [Int](repeating: 0, count: chosen.count)
        for index in 0..<count {
            let record = records[index]
            guard let place = places[record.object] else { continue }
            let text = texts[record.site] ?? site(record.site)
            texts[record.site] = text
            let operation: LedgerStory.Entry.Operation =
                switch record.operation {
                case .allocation: .allocation
                case .incref: .incref
                case .decref: .decref
                case .immortal: .immortal
                }
            figures.stories[place].entries.append(
                .init(
                    operation: operation, thread: record.thread, site: text, before: before[place], after: Int(record.count),
                    byCollector: record.byCollector))
            before[place] = Int(record.count)
        }
        for place in figures.stories.indices {
            let excess = figures.stories[place].entries.count - 2 * LedgerStory.edge
            if excess <= 0 { continue }
            figures.stories[place].entries.removeSubrange(LedgerStory.edge..<LedgerStory.edge + excess)
            figures.stories[place].omitted = excess
        }
        return figures
    }
}
