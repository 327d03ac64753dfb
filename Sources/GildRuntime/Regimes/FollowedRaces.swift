// The story of a race: what the ledger records of counts that threads change with nothing held (Unsynchronized.swift).
//
// An operation on a followed object is made as on every other one, outside of any mutex, and recorded afterwards: the count that the thread loaded,
// the one that it stored, and, if another thread had stored in between, the one that it stored over. Recording takes no lock either, so that
// following an object does not order the threads that race for it. So the order of lines is the order of recording, not that of the stores: a line
// may begin with another count than the one before it has left.
//
// What can be relied upon: every store to the count is one record (but those of a reader that finds an object of an address's next life), and says
// what it replaced. So the changes add up:
//
//     sum of (stored − replaced) over all lines = the count at the end
//
// and a line that stored over another one is a lost update in the race book. An object in quarantine has no count any more: its story ends there.

import CGild

extension gild_thread_ref {
    func increfRacilyFollowing(_ object: ObjectPointer) {
        let update = increfRacily(object)
        if let update { note(.incref, numberInRace(object), update) }
    }

    func decrefRacilyFollowing(_ object: ObjectPointer) {
        // Afterwards the address may be another object's.
        let number = numberInRace(object)
        let (update, isAtZero) = dropRacily(object)
        if let update { note(.decref, number, update) }
        if isAtZero && fallsToZero(object) {
            endInRace(object, number)
            deallocate(object)
        }
    }

    func tryIncrefRacilyFollowing(_ object: ObjectPointer) -> Bool {
        let (update, isAlive) = takeRacily(object)
        if let update { note(.incref, numberInRace(object), update) }
        return isAlive
    }

    func reviveRacilyFollowing(_ object: ObjectPointer, _ number: UInt32) {
        s.pointee.ledger.unsafelyUnwrapped.pointee.setNumber(number, object)
        revive(object, as: .unsynchronized)
        note(.incref, number, RacyUpdate(loaded: 0, stored: 1))
    }

    func hasOutlivedItsFinalizerRacilyFollowing(_ object: ObjectPointer) -> Bool {
        let number = numberInRace(object)
        let count = gild_load_relaxed_32(object.countWord)
        let isAlive = hasOutlivedItsFinalizer(object, as: .unsynchronized)
        if number == 0 { return isAlive }
        if count > 0 { note(.decref, number, RacyUpdate(loaded: count, stored: count &- 1)) }
        if !isAlive { endInRace(object, number) }
        return isAlive
    }

    private func numberInRace(_ object: ObjectPointer) -> UInt32 { s.pointee.ledger.unsafelyUnwrapped.pointee.numbers.number(of: object) }

    private func note(_ operation: LedgerRecord.Operation, _ number: UInt32, _ update: RacyUpdate) {
        if number == 0 { return }
        var record = record(operation, number, count: Int(update.stored))
        record.overwrites = update.isLoss
        record.replaced = update.replaced
        s.pointee.ledger.unsafelyUnwrapped.pointee.append(record)
    }

    /// The object is about to be freed.
    private func endInRace(_ object: ObjectPointer, _ number: UInt32) {
        if number == 0 { return }
        let ledger = s.pointee.ledger.unsafelyUnwrapped.pointee
        ledger.change(number) { $0.count = 0 }
        ledger.setNumber(0, object)
        leaveLedger(object, number)
    }

    /// What the counts are at the end, of the objects that were not freed. No other thread runs.
    func settleRacyCounts(_ ledger: RefcountLedger) {
        ledger.numbers.forEach { object, number in
            let isFreedEarly = s.pointee.races?.takeUnretainedValue().origin(of: object) != nil
            ledger.change(number) { known in
                known.count = Int32(bitPattern: gild_load_relaxed_32(object.countWord))
                known.trueCount = Int(gild_load_relaxed_32(object.sharedCountWord))
                known.isFreedEarly = isFreedEarly
            }
        }
    }
}
