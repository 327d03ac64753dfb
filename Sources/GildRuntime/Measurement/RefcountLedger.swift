// The ledger: every incref and decref of chosen objects, in order.
//
// Objects are chosen where they are allocated, by type and by allocation site, and numbered from 1. Each operation on one of
// them appends a record; at the end the records of a few objects are told as stories (LedgerStories.swift). The log is bounded: when it is full no
// further object is chosen and no further operation recorded, but the counts of the chosen ones are still right.
//
//     one lock                         counts in the header                        Heap/LedgeredReferences.swift
//     object-lock, atomic, biased      counts in here, changed under the mutex     Regimes/FollowedCounts.swift
//     unsynchronized                   counts in the header, where they race       Regimes/FollowedRaces.swift
//
// An operation's place is the instruction that the thread executes: the run loop of such a run saves every one in the frame
// (`Regime.savesEveryPC`), so a reference that is taken inline has its line as exactly as one that a builtin takes.
//
// **Order.** A record takes the next place in the log with one atomic instruction, so that threads need no lock to append. In all regimes but
// `unsynchronized` who appends has the mutex, or the GIL, from the change of the count until the record has its place: the log has the order of the
// counts.
//
// **Choosing** takes no lock either: what was decided about a shape and about a site is kept in two tables of words, and two threads that decide at
// the same time decide the same.
//
// The mutex is a leaf: under it nothing is called that takes another one. Copies denote the same ledger.

import CGild
import Glibc

/// One operation on a ledgered object.
struct LedgerRecord {
    enum Operation: UInt8 {
        case allocation, incref, decref
        /// biased: the reference becomes that of the owner's queue.
        case handOver
        /// biased: the two counts become one.
        case merge
        case immortal
    }
    /// Which count changed.
    enum Path: UInt8 {
        case only, owner, shared, queue
    }

    var object: UInt32
    /// Number of the thread in the lock's report.
    var thread: UInt32
    var site: UInt32
    /// After the operation.
    var count: UInt32
    /// Where counts race and `overwrites`: what another thread had stored.
    var replaced: UInt32 = 0
    var operation: Operation
    var path = Path.only
    var overwrites = false
    var byCollector: Bool
}

struct RefcountLedger: @unchecked Sendable {
    /// What is known of an object. Guarded by the mutex.
    struct Object {
        enum Merging: UInt8 {
            case readable, queued, merged
        }

        let type: String
        /// Its references; biased: those that the owner counted.
        var count: Int32 = 0
        /// biased: those that other threads counted, and the state of the two counts.
        var shared: Int32 = 0
        var merging = Merging.readable
        var isImmortal = false
        /// unsynchronized, at the end of the run, of an object that was not freed.
        var trueCount: Int?
        var isFreedEarly = false

        var references: Int { Int(count) + Int(shared) }
        /// Whose story is told first: that of what is alive at the end, which may have leaked; immortal objects have none to speak of.
        var rank: Int { isImmortal ? 2 : references != 0 || trueCount != nil ? 0 : 1 }
    }

    private struct State {
        /// The number is the index plus 1.
        var objects: [Object] = []
        /// Numbers of objects whose count has fallen to zero and whose finaliser is to run, by address.
        var dying: [ObjectPointer: UInt32] = [:]
    }

    /// Numbers fit in the 30 low bits of a count word.
    private static let maximumObjects = 1 << 30 - 1

    /// In memory of its own, so that a copy of the ledger counts no reference. Constant.
    private let asked: UnsafeMutablePointer<LedgerOptions>
    private let mutex = LeafMutex()
    /// Guarded by `mutex`.
    private let state: UnsafeMutablePointer<State>
    private let records: UnsafeMutablePointer<LedgerRecord>
    private let capacity: Int
    /// Records that were appended, or found no room. Atomic.
    private let appended: UnsafeMutablePointer<Int>
    /// Entries of `dying`. Atomic; changed under `mutex`.
    private let dyingCount: UnsafeMutablePointer<Int>
    private let shapes = VerdictTable()
    private let sites = VerdictTable()
    /// unsynchronized: numbers by address.
    let numbers = FollowedNumbers()

    /// Nil: there is no address space for the records.
    init?(_ options: LedgerOptions) {
        capacity = max(1, options.limitBytes / MemoryLayout<LedgerRecord>.stride)
        let bytes = capacity * MemoryLayout<LedgerRecord>.stride
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        records = memory.bindMemory(to: LedgerRecord.self, capacity: capacity)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        // In a cache line of its own.
        let words = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 64).assumingMemoryBound(to: Int.self)
        words.initialize(repeating: 0, count: 16)
        appended = words
        dyingCount = words + 8
        asked = .allocate(capacity: 1)
        asked.initialize(to: options)
    }

    var options: LedgerOptions { asked.pointee }

    private func locked<T>(_ body: (inout State) -> T) -> T {
        mutex.lock()
        defer { mutex.unlock() }
        return body(&state.pointee)
    }

    // MARK: Choosing

    /// The name of the object's type if the object is to be followed. Its header, but for the counts, and its site are there.
    func chosenType(of object: ObjectPointer, _ thread: Thread) -> String? {
        if gild_load_relaxed_int(appended) >= capacity { return nil }
        let isOfType = options.types.isEmpty || shapes.verdict(object.shapeNumber) { options.types.contains(thread.typeText(object)) }
        if !isOfType { return nil }
        let site = object.prefix.pointee.site
        let isAtSite = options.sites.isEmpty || sites.verdict(site) { isChosen(site, thread) }
        return isAtSite ? thread.typeText(object) : nil
    }

    private func isChosen(_ site: UInt32, _ thread: Thread) -> Bool {
        guard let (code, instruction) = thread.s.pointee.runtime.pointee.code.locate(site: site) else { return false }
        let line = code.position(at: instruction).line
        let file = code.shownName
        return options.sites.contains { $0.line == line && (file == $0.file || file.hasSuffix("/" + $0.file)) }
    }

    /// Shape numbers are about to stand for other types. No other thread runs.
    func forgetShapes() { shapes.forget() }

    // MARK: Objects

    /// A number for a new object, which gets its first count, and nobody else knows it, until `body` returns; nil: there is none.
    func open(_ type: String, count: Int32, _ body: (UInt32) -> Void) -> UInt32? {
        locked { state in
            guard state.objects.count < Self.maximumObjects else { return nil }
            state.objects.append(Object(type: type, count: count))
            let number = UInt32(state.objects.count)
            body(number)
            return number
        }
    }

    /// Change what is known of an object, append records about it and set its header's words, while no other thread does.
    func change<T>(_ number: UInt32, _ body: (inout Object) -> T) -> T {
        locked { body(&$0.objects[Int(number) - 1]) }
    }

    /// The same if the object's count word still is `word`, which holds its number.
    func change<T>(_ object: ObjectPointer, _ word: UInt32, _ body: (inout Object, UInt32) -> T) -> T? {
        locked { state in
            if gild_load_relaxed_32(object.countWord) != word { return nil }
            let number = word & ~ObjectHeader.ledgeredCount
            return body(&state.objects[Int(number) - 1], number)
        }
    }

    /// The object's count has fallen to zero, and its finaliser is about to run: its number waits.
    func keepForFinalizer(_ number: UInt32, _ object: ObjectPointer) {
        locked { state in
            state.dying[object] = number
            gild_store_relaxed_int(dyingCount, state.dying.count)
        }
    }

    /// The number that waits for the object's finaliser, or was left at this address; it waits no longer.
    func takeNumber(ofDying object: ObjectPointer) -> UInt32? {
        if gild_load_relaxed_int(dyingCount) == 0 { return nil }
        return locked { state in
            let number = state.dying.removeValue(forKey: object)
            gild_store_relaxed_int(dyingCount, state.dying.count)
            return number
        }
    }

    /// unsynchronized: an object at this address is followed under this number; 0: it is not.
    func setNumber(_ number: UInt32, _ object: ObjectPointer) { locked { _ in numbers.set(number, object) } }

    // MARK: Recording

    func append(_ record: LedgerRecord) {
        let place = gild_fetch_add_int(appended, 1)
        if place < capacity { (records + place).initialize(to: record) }
    }

    // MARK: After the run, when no other thread runs

    var objects: [Object] { locked { $0.objects } }
    var recorded: UnsafeBufferPointer<LedgerRecord> { UnsafeBufferPointer(start: records, count: min(gild_load_relaxed_int(appended), capacity)) }
    /// Operations that found no room.
    var dropped: Int { max(0, gild_load_relaxed_int(appended) - capacity) }
}

/// What was decided about numbers: a word for each, at a place that a few share. Atomic, relaxed.
private struct VerdictTable {
    private static let size = 4096
    private let words: UnsafeMutablePointer<UInt64>

    init() {
        words = .allocate(capacity: Self.size)
        forget()
    }

    func verdict(_ key: UInt32, _ decide: () -> Bool) -> Bool {
        let place = words + Int((key ^ key >> 12) & UInt32(Self.size - 1))
        let word = gild_load_relaxed_64(place)
        if word & 1 != 0 && UInt32(truncatingIfNeeded: word >> 32) == key { return word & 2 != 0 }
        let verdict = decide()
        gild_store_relaxed_64(place, UInt64(key) << 32 | (verdict ? 3 : 1))
        return verdict
    }

    func forget() { for i in 0..<Self.size { gild_store_relaxed_64(words + i, 0) } }
}
