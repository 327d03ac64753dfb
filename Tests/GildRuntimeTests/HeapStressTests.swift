import CGild
import Glibc
import Testing

@testable import GildRuntime

/// Threads that make objects, find each other's in shared places, and free them, all at the same time. Meant for ThreadSanitizer, too.
@Suite struct HeapStressTests {
    /// Every object says in its content how long it is: memory that was given out twice, or given back while somebody had a reference, shows as
    /// a string whose content does not fit its length.
    ///
    /// With a ledger every str is followed and no bytes object is, and they get each other's memory: what the ledger has recorded of a str must
    /// follow from what it recorded before, and lead to its end.
    @Test(arguments: [RegimeName.atomic, .objectLock, .biased], [false, true])
    func objectsInSharedPlacesStayWhole(_ regime: RegimeName, withLedger isLedgered: Bool) throws {
        let seed = UInt64.random(in: 1 ... .max)
        let fixture = HeapFixture(regime)
        if isLedgered { fixture.main.keepLedger(try #require(RefcountLedger(LedgerOptions(types: ["str"])))) }
        let placeCount = 8
        nonisolated(unsafe) let places = UnsafeMutablePointer<Value>.allocate(capacity: placeCount)
        places.initialize(repeating: .undefined, count: placeCount)
        let threadCount = 4
        let rounds = 6
        let barrier = Barrier(threadCount)
        let broken = makeWords(1)
        nonisolated(unsafe) let threads = (0..<threadCount).map { _ in fixture.makeThread() }
        if regime == .biased {
            for thread in threads { fixture.runtime.pointee.mergeQueues.open(owner: thread.s.pointee.owner, evalBreaker: thread.s.pointee.lockThread.pointee.evalBreaker) }
        }
        nonisolated(unsafe) var violations: [String] = []

        onThreads(threadCount) { index in
            let thread = threads[index]
            var numbers = SeededNumbers(seed &+ UInt64(index))
            for _ in 0..<rounds {
                barrier.pass()
                for _ in 0..<4000 {
                    let place = places + numbers.next(below: placeCount)
                    if numbers.next(below: 4) == 0 {
                        // Mostly small, so that slots are used again at once; now and then large.
                        let length = numbers.next(below: 20) == 0 ? 1000 + numbers.next(below: 500) : 1 + numbers.next(below: 60)
                        let isBytes = isLedgered && numbers.next(below: 2) == 0
                        let string = isBytes ? thread.allocateBytes(length)! : thread.allocateString(count: length, wide: false, isASCII: false)!
                        memset(string.bytes, Int32(length & 0xFF), length)
                        thread.decref(thread.exchange(place, Value(pointer: string)))
                    } else {
                        let value = thread.load(place)
                        guard value.isPointer else { continue }
                        let string = value.cast(StringObject.self)
                        let length = string.pointee.count
                        if !(thread.isString(value) || thread.isBytes(value)) || length < 1 || length > 1500
                            || !(0..<length).allSatisfy({ string.bytes[$0] == UInt8(truncatingIfNeeded: length) }) {
                            gild_fetch_add_32(broken[0], 1)
                        }
                        thread.decref(value)
                    }
                    thread.mergeQueue()
                }
                barrier.pass()
                if index == 0 {
                    thread.mergeEverything()
                    thread.tidyHeap()
                    violations += thread.checkInvariants()
                }
            }
        }

        #expect(gild_load_relaxed_32(broken[0]) == 0, "seed \(seed)")
        #expect(violations == [], "seed \(seed)")
        for i in 0..<placeCount { fixture.main.decref(places[i]) }
        fixture.main.mergeEverything()
        fixture.main.settleFigures()
        #expect(fixture.main.liveBytes == 0, "seed \(seed)")
        let sums = (threads + [fixture.main]).reduce(into: ThreadCounters()) { $0 += $1.counters }
        #expect(sums.allocations == sums.frees && sums.increfs == sums.decrefs && sums.allocatedBytes == sums.freedBytes, "seed \(seed)")
        if let ledger = fixture.runtime.pointee.ledger?.pointee {
            var counts: [UInt32: Int] = [:]
            var broken = 0
            for record in ledger.recorded {
                if record.before != counts[record.object] ?? 0 { broken += 1 }
                counts[record.object] = Int(record.count)
            }
            #expect(broken == 0 && ledger.dropped == 0 && counts.count > 1000 && counts.values.allSatisfy { $0 == 0 }, "seed \(seed)")
        }
        for thread in threads { fixture.end(thread) }
        fixture.main.tidyHeap()
        #expect(fixture.main.checkInvariants() == [], "seed \(seed)")
    }

    /// Threads that come and go hand their lists on while others take them: no slot is on two lists, and none is lost.
    @Test func listsOfEndedThreadsFindNewOnes() {
        let fixture = HeapFixture(.atomic)
        let barrier = Barrier(4)
        nonisolated(unsafe) let waiting = (0..<4).map { _ in (0..<20).map { _ in fixture.makeThread() } }
        onThreads(4) { index in
            barrier.pass()
            for thread in waiting[index] {
                var objects: [ObjectPointer] = []
                for step in 0..<1500 {
                    objects.append(thread.allocateString(count: 1 + step % 40, wide: false, isASCII: true)!.asObject)
                    let buffer = thread.allocateBuffer(bytes: 16 + step % 100)!
                    thread.freeBuffer(buffer, bytes: 16 + step % 100, mayBeRead: step % 2 == 0)
                }
                for object in objects { thread.decref(object) }
                fixture.end(thread)
            }
        }
        #expect(fixture.main.liveBytes == 0)
        fixture.main.tidyHeap()
        #expect(fixture.main.checkInvariants() == [])
    }
}

extension gild_thread_ref {
    /// Merge what threads have handed to each other, and free what has no reference left. No other thread runs.
    fileprivate func mergeEverything() {
        guard scheme == .biased else { return }
        var dead = ObjectStack()
        s.pointee.runtime.pointee.mergeQueues.drain(into: &dead, by: self)
        while let object = dead.pop() { deallocate(object) }
        dead.destroy()
    }
}
