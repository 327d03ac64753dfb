// The race itself: counts are loaded, changed and stored with nothing held, so that threads overwrite each other's updates.
//
// Every object has two counts. The *racy* one, in `count`, is what a runtime without a lock would have, and it decides when an object is freed. The
// *true* one, in `sharedCount`, is atomic: it tells what should have been, and keeps the process whole.
//
//     incref: c = load(count)                       decref: the same with − 1, and if c was 1:
//             true += 1, atomically                     true is 0: free
//             if count is still c: count = c + 1        else: a premature free
//             else: what was stored in between
//                 is overwritten: a lost update
//
// - *An update is lost* when another thread stored between our load and our store. A compare-and-swap tells: it fails exactly then, and the value is exchanged
//   all the same, as a plain store would have done; what the exchange returns says by how much the count is off. Each thread notes its latest operation on
//   an object in a table, so that the report can name both sides.
// - *Leaks.* The true count has reached 0 and the racy one has not: nothing refers to the object, and nothing frees it.
// - *Premature frees.* The racy count has reached 0 and the true one has not. A runtime without a lock would use the memory again; here the object
//   goes to quarantine: its contents stay as they are, its class becomes one whose every operation raises ReferenceError, and its memory is not used
//   until the run ends. The class changes while no thread runs, at the next checkpoint of the thread that dropped the last reference: nobody finds
//   two classes within one operation.
// - *An object is freed once*: by the thread that finds both counts at 0 and sets the flag `dying` first.
// - *References from shared places* are taken by the true count first ("increment unless zero", Heap/Places.swift): what is counted wrongly is never
//   memory that has become something else.
//
// Windows in which nothing is measured: an operation whose compare-and-swap fails and whose exchange overwrites two updates of opposite sign. It counts as
// one lost update of size 0.

import CGild
import Glibc

enum Unsynchronized: Regime {
    static var checksEveryInstruction: Bool { false }
    static var countsTicks: Bool { false }
    /// The report names the line of every lost operation.
    static var savesEveryPC: Bool { true }
    static var isFreeThreaded: Bool { true }
    @inline(__always) static func incref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.increfRacily(value.object) } }
    @inline(__always) static func decref(_ thread: Thread, _ value: Value) { if value.isPointer { thread.decrefRacily(value.object) } }
    @inline(__always) static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value {
        thread.loadShared(place) { thread.tryIncrefRacily($0) } release: { thread.decrefRacily($0) }
    }
}

/// One of the two operations of a lost update.
struct RacyOperation {
    var thread: UInt32
    var site: UInt32
    var isIncref: Bool
}

/// One store to a racy count.
struct RacyUpdate {
    var loaded: UInt32
    var stored: UInt32
    /// What was stored over: another count than `loaded` if `isLoss`, but for updates of opposite sign.
    var replaced: UInt32
    var isLoss: Bool

    @inline(__always) init(loaded: UInt32, stored: UInt32) { self.init(loaded: loaded, stored: stored, replaced: loaded, isLoss: false) }
    @inline(__always) init(loaded: UInt32, stored: UInt32, replaced: UInt32, isLoss: Bool) {
        self.loaded = loaded
        self.stored = stored
        self.replaced = replaced
        self.isLoss = isLoss
    }
}

/// What went wrong with one object.
struct RaceRecord {
    var object: UInt
    var type: String
    /// Where it was allocated.
    var site: UInt32
    /// The true count, and the racy one, after the operation.
    var expected: Int
    var actual: Int
    var lost: RacyOperation?
    var winner: RacyOperation
}

/// What races did to a runtime's counts. Raw memory and a mutex of its own: any thread notes here.
final class RaceBook {
    /// Records that are kept of each kind; the others are counted.
    static let kept = 100
    private static let historySize = 1 << 16

    private var mutex = pthread_mutex_t()
    /// Guarded by `mutex`, as all but `history`.
    private(set) var lost: [RaceRecord] = []
    private(set) var lostCount: UInt64 = 0
    private(set) var premature: [RaceRecord] = []
    private(set) var prematureCount: UInt64 = 0
    /// What was freed too early, by address.
    private(set) var quarantined: [UInt: (type: String, site: UInt32)] = [:]
    /// Of these, the ones that still have their own class.
    private var waiting: [ObjectPointer] = []
    /// Pairs of words by a hash of the object's address: the object, and the latest operation on it. Atomic, relaxed; an entry that is half another object's
    /// names no operation.
    private let history: UnsafeMutablePointer<UInt64>

    init() {
        pthread_mutex_init(&mutex, nil)
        history = .allocate(capacity: Self.historySize * 2)
        history.initialize(repeating: 0, count: Self.historySize * 2)
    }

    private func entry(_ object: ObjectPointer) -> UnsafeMutablePointer<UInt64> {
        let address = UInt(bitPattern: object) >> 4
        return history + Int((address ^ address >> 16) & UInt(Self.historySize - 1)) * 2
    }

    /// The latest operation on the object becomes this one.
    @inline(__always) func remember(_ object: ObjectPointer, _ operation: RacyOperation) {
        let place = entry(object)
        gild_store_relaxed_64(place + 1, UInt64(operation.thread) << 33 | UInt64(operation.isIncref ? 1 : 0) << 32 | UInt64(operation.site))
        gild_store_relaxed_64(place, UInt64(UInt(bitPattern: object)))
    }

    /// The latest operation on the object, by another thread than `thread`; nil: not known.
    func latest(_ object: ObjectPointer, notOf thread: UInt32) -> RacyOperation? {
        let place = entry(object)
        if gild_load_relaxed_64(place) != UInt64(UInt(bitPattern: object)) { return nil }
        let word = gild_load_relaxed_64(place + 1)
        let other = UInt32(truncatingIfNeeded: word >> 33)
        return other == thread || other == 0 ? nil : RacyOperation(thread: other, site: UInt32(truncatingIfNeeded: word), isIncref: word >> 32 & 1 == 1)
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        return body()
    }

    func noteLost(_ record: @autoclosure () -> RaceRecord) {
        locked {
            lostCount += 1
            if lost.count < Self.kept { lost.append(record()) }
        }
    }

    func notePremature(_ object: ObjectPointer, _ record: RaceRecord) {
        locked {
            prematureCount += 1
            if premature.count < Self.kept { premature.append(record) }
            quarantined[record.object] = (record.type, record.site)
            waiting.append(object)
        }
    }

    var isAnyWaiting: Bool { locked { !waiting.isEmpty } }

    /// What has been freed too early and still has its own class.
    func takeWaiting() -> [ObjectPointer] {
        locked {
            defer { waiting.removeAll() }
            return waiting
        }
    }

    /// What a quarantined object was.
    func origin(of object: ObjectPointer) -> (type: String, site: UInt32)? { locked { quarantined[UInt(bitPattern: object)] } }
}

extension gild_thread_ref {
    private var operation: RacyOperation {
        RacyOperation(
            thread: s.pointee.lockThread.pointee.number, site: UInt32(truncatingIfNeeded: UInt(bitPattern: s.pointee.frame.pointee.pc)), isIncref: true)
    }

    @discardableResult
    @inline(__always) func increfRacily(_ object: ObjectPointer) -> RacyUpdate? {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            noteImmortalOperation()
            return nil
        }
        gild_increment_relaxed_32(object.sharedCountWord)
        measured { s.pointee.increfs &+= 1 }
        return changeRacily(object, count, count &+ 1, isIncref: true)
    }

    @inline(__always) func decrefRacily(_ object: ObjectPointer) {
        if dropRacily(object).isAtZero && fallsToZero(object) { deallocate(object) }
    }

    /// The counting of `decrefRacily`.
    @inline(__always) func dropRacily(_ object: ObjectPointer) -> (update: RacyUpdate?, isAtZero: Bool) {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            noteImmortalOperation()
            return (nil, false)
        }
        measured { s.pointee.decrefs &+= 1 }
        _ = gild_fetch_sub_32(object.sharedCountWord, 1)
        // An object in quarantine has nothing to lose.
        if count == 0 { return (nil, false) }
        return (changeRacily(object, count, count &- 1, isIncref: false), count == 1)
    }

    @inline(__always) func tryIncrefRacily(_ object: ObjectPointer) -> Bool { takeRacily(object).isAlive }

    @inline(__always) func takeRacily(_ object: ObjectPointer) -> (update: RacyUpdate?, isAlive: Bool) {
        let count = gild_load_relaxed_32(object.countWord)
        if count >= ObjectHeader.immortalCount {
            noteImmortalOperation()
            return (nil, true)
        }
        var references = gild_load_relaxed_32(object.sharedCountWord)
        while true {
            if references == 0 { return (nil, false) }
            if gild_compare_exchange_32(object.sharedCountWord, references, references &+ 1) { break }
            references = gild_load_relaxed_32(object.sharedCountWord)
        }
        measured { s.pointee.increfs &+= 1 }
        return (changeRacily(object, count, count &+ 1, isIncref: true), true)
    }

    /// Store the new racy count, over whatever it is by now. Nil: nothing was stored.
    @inline(__always) private func changeRacily(_ object: ObjectPointer, _ old: UInt32, _ new: UInt32, isIncref: Bool) -> RacyUpdate? {
        // In quarantine: there is nothing to lose any more.
        if old == 0 { return nil }
        var update: RacyUpdate? = RacyUpdate(loaded: old, stored: new)
        if !gild_compare_exchange_32(object.countWord, old, new) { update = overwrite(object, old, new, isIncref: isIncref) }
        var operation = self.operation
        operation.isIncref = isIncref
        s.pointee.races.unsafelyUnwrapped.takeUnretainedValue().remember(object, operation)
        return update
    }

    @inline(never) private func overwrite(_ object: ObjectPointer, _ old: UInt32, _ new: UInt32, isIncref: Bool) -> RacyUpdate? {
        if object.flags & ObjectFlags.dying != 0 { return nil }
        // After a lost update another thread may have freed the object since our reference was taken off the true count: then nothing is lost any more.
        let shape = object.shapeNumber
        if shape == 0 { return nil }
        let races = s.pointee.races.unsafelyUnwrapped.takeUnretainedValue()
        let lost = races.latest(object, notOf: s.pointee.lockThread.pointee.number)
        let replaced = gild_exchange_32(object.countWord, new)
        var winner = operation
        winner.isIncref = isIncref
        races.noteLost(record(object, shape, actual: new, lost: lost, winner: winner))
        return RacyUpdate(loaded: old, stored: new, replaced: replaced, isLoss: true)
    }

    /// The racy count has fallen to zero. True: so has the true one, and the caller frees the object.
    @inline(never) func fallsToZero(_ object: ObjectPointer) -> Bool {
        if gild_load_acquire_32(object.sharedCountWord) == 0 {
            return gild_fetch_or_8(object.flagsByte, ObjectFlags.dying) & ObjectFlags.dying == 0
        }
        if gild_fetch_or_8(object.flagsByte, ObjectFlags.dying) & ObjectFlags.dying != 0 { return false }
        var winner = operation
        winner.isIncref = false
        let races = s.pointee.races.unsafelyUnwrapped.takeUnretainedValue()
        races.notePremature(object, record(object, object.shapeNumber, actual: 0, lost: races.latest(object, notOf: s.pointee.lockThread.pointee.number), winner: winner))
        gild_fetch_or_32(&s.pointee.evalBreaker, EvalBreaker.tidy)
        return false
    }

    /// Put what has been freed too early into quarantine. At a checkpoint.
    func quarantine() {
        if s.pointee.races?.takeUnretainedValue().isAnyWaiting == true { exclusively { quarantineAlone() } }
    }

    /// The same while no other thread runs.
    func quarantineAlone() {
        guard let races = s.pointee.races?.takeUnretainedValue() else { return }
        for object in races.takeWaiting() { gild_store_release_32(object.shapeWord, heap.pointee.types[.quarantined].pointee.rootShape) }
    }

    private func record(_ object: ObjectPointer, _ shape: UInt32, actual: UInt32, lost: RacyOperation?, winner: RacyOperation) -> RaceRecord {
        RaceRecord(
            object: UInt(bitPattern: object), type: s.pointee.shapes[Int(shape)].map { string($0.pointee.type.pointee.name) } ?? "?", site: object.prefix.pointee.site,
            expected: Int(gild_load_relaxed_32(object.sharedCountWord)), actual: Int(actual), lost: lost, winner: winner)
    }

    /// What happened to the runtime's counts so far; nil in other regimes.
    func raceFigures() -> RaceFigures? {
        guard let races = s.pointee.races?.takeUnretainedValue() else { return nil }
        func figures(_ operation: RacyOperation) -> RaceFigures.Operation {
            RaceFigures.Operation(thread: operation.thread, site: siteText(operation.site), isIncref: operation.isIncref)
        }
        func figures(_ record: RaceRecord) -> RaceFigures.Race {
            RaceFigures.Race(
                object: record.object, type: record.type, site: siteText(record.site), expected: record.expected, actual: record.actual,
                lost: record.lost.map { figures($0) }, winner: figures(record.winner))
        }
        return RaceFigures(
            lostCount: races.lostCount, lost: races.lost.map { figures($0) }, prematureCount: races.prematureCount,
            premature: races.premature.map { figures($0) })
    }
}
