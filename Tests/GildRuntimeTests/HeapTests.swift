import CGild
import Glibc
import Testing

@testable import GildRuntime

/// Allocation and its books, on one thread or on several whose order does not matter.
@Suite struct HeapTests {
    /// What an optimistic reader looks at in an object that is gone: a count of zero, never a link or what the memory held.
    @Test(arguments: [RegimeName.gil, .atomic, .objectLock, .biased, .unsynchronized])
    func aFreeSlotHasCountsOfZeroAndNoShape(_ regime: RegimeName) {
        let fixture = HeapFixture(regime)
        let thread = fixture.main
        // Two of a size: the second one's link leads to the first.
        let objects = (0..<2).map { _ in thread.allocateString(count: 40, wide: false, isASCII: true)!.asObject }
        for object in objects { thread.decref(object) }
        for object in objects {
            #expect(object.pointee.count == 0)
            #expect(object.pointee.sharedCount == 0)
            #expect(object.pointee.shape == 0)
        }
        let again = thread.allocateString(count: 40, wide: false, isASCII: true)!.asObject
        #expect(again == objects[1])
        #expect(thread.references(of: again) == 1)
        thread.decref(again)
        #expect(thread.checkInvariants() == [])
    }

    /// Nested beyond the depth at which deallocations are put off, with a wide part; the counts of those that wait stay zero.
    @Test func deallocationsThatWaitAreAllDone() {
        let fixture = HeapFixture(.gil)
        let thread = fixture.main
        var value = Value.none
        for level in 0..<5000 {
            let tuple = thread.allocateTuple(level % 100 == 99 ? 50 : 1)!
            for i in 0..<tuple.pointee.count { tuple.items[i] = i == 0 ? value : Value(pointer: thread.allocateTuple(1)!) }
            for i in 1..<max(1, tuple.pointee.count) { tuple.items[i].cast(TupleObject.self).items[0] = .none }
            value = Value(pointer: tuple)
        }
        thread.decref(value)
        #expect(thread.liveBytes == 0)
        #expect(thread.s.pointee.deferredDeallocations.count == 0)
        #expect(thread.checkInvariants() == [])
    }

    /// Under one lock every figure is exact at every moment, whichever thread freed.
    @Test func figuresAreExactUnderOneLock() {
        let fixture = HeapFixture(.gil)
        let other = fixture.makeThread()
        let string = fixture.main.allocateString(count: 5000, wide: false, isASCII: true)!.asObject
        let bytes = fixture.main.liveBytes
        #expect(bytes >= 5000 && other.liveBytes == bytes)
        other.decref(string)
        #expect(fixture.main.liveBytes == 0)
        #expect(fixture.main.peakBytes == bytes)
        #expect(fixture.main.noteOnPeak(threads: 2) == nil)
    }

    /// Without one lock the sum is exact when it is settled, and the peak is off by less than a step for each thread. One thread frees what
    /// another has made, so that its share is negative.
    @Test func figuresOfThreadsAddUp() {
        let fixture = HeapFixture(.atomic)
        let other = fixture.makeThread()
        var live = 0
        var peak = 0
        for round in 1...3 {
            let objects = (0..<400).map { _ in fixture.main.allocateString(count: 1000 * round, wide: false, isASCII: true)!.asObject }
            live += objects.reduce(0) { $0 + $1.largeHeader.pointee.capacity + LargeHeader.objectOffset }
            peak = max(peak, live)
            #expect(abs(fixture.main.liveBytes - live) <= 2 * HeapFigures.byteStep)
            for object in objects.prefix(300) {
                live -= object.largeHeader.pointee.capacity + LargeHeader.objectOffset
                other.decref(object)
            }
            fixture.main.settleFigures()
            #expect(fixture.main.liveBytes == live && other.liveBytes == live)
        }
        #expect(other.s.pointee.figures.pointee.liveBytes < 0)
        #expect(abs(fixture.main.peakBytes - peak) <= 2 * HeapFigures.byteStep)
        #expect(fixture.main.noteOnPeak(threads: 2) != nil)
        // The share of a thread that ends is not lost.
        fixture.end(other)
        #expect(fixture.main.liveBytes == live)
        #expect(fixture.main.checkInvariants() == [])
    }

    /// Containers that one thread makes and another frees are young no more, without one lock as under it.
    @Test func youngContainersOfThreadsAddUp() {
        let fixture = HeapFixture(.atomic)
        let other = fixture.makeThread()
        let lists = (0..<1000).map { _ in fixture.main.makeList(capacity: 0)! }
        #expect(abs(fixture.main.youngContainers - 1000) <= 2 * HeapFigures.youngStep)
        for list in lists { other.decref(Value(pointer: list)) }
        #expect(abs(fixture.main.youngContainers) <= 2 * HeapFigures.youngStep)
    }

    /// Numbers of instances are unique among threads, ascend on each of them, and start anew after those that were given before.
    @Test func serialNumbersAreUnique() {
        let fixture = HeapFixture(.atomic)
        let threads = (0..<4).map { _ in fixture.makeThread() }
        let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * 3000)
        nonisolated(unsafe) let shared = numbers
        let barrier = Barrier(4)
        nonisolated(unsafe) let states = threads
        onThreads(4) { index in
            barrier.pass()
            for i in 0..<3000 { shared[index * 3000 + i] = states[index].takeSerial() }
        }
        let all = (0..<12_000).map { numbers[$0] }
        #expect(Set(all).count == all.count)
        for index in 0..<4 {
            let own = all[(index * 3000)..<((index + 1) * 3000)]
            #expect(zip(own, own.dropFirst()).allSatisfy { $0 < $1 })
        }
        fixture.main.voidSerialBlocks()
        let highest = all.max()!
        for thread in threads { #expect(thread.takeSerial() > highest) }
    }

    /// Threads that race for the last bytes get what is there, and no byte more.
    @Test func theQuotaIsNeverExceeded() {
        let quota = HeapQuota(limitBytes: 1000 * 64)
        let granted = makeWords(1)
        let barrier = Barrier(4)
        onThreads(4) { _ in
            barrier.pass()
            for _ in 0..<1000 where quota.reserve(64, ignoringLimit: false) { gild_fetch_add_32(granted[0], 1) }
        }
        #expect(gild_load_relaxed_32(granted[0]) == 1000)
        #expect(quota.reservedBytes == 1000 * 64)
        #expect(!quota.reserve(1, ignoringLimit: false) && quota.reserve(1, ignoringLimit: true))
    }

    /// What a thread leaves at its end is used before new memory is asked for, in portions of a page, so that there is something for others, too.
    @Test func listsOfEndedThreadsAreTakenInPortions() {
        let fixture = HeapFixture(.gil)
        let other = fixture.makeThread()
        let perPage = (Page.size - Page.headerSize) / 64
        let objects = (0..<(3 * perPage)).map { _ in other.allocateString(count: 12, wide: false, isASCII: true)!.asObject }
        #expect(Int(objects[0].page.pointee.slotSize) == 64)
        for object in objects { other.decref(object) }
        let reserved = fixture.heap.pointee.quota.reservedBytes
        fixture.end(other)
        let first = fixture.makeThread()
        let second = fixture.makeThread()
        for _ in 0..<perPage { _ = first.allocateString(count: 12, wide: false, isASCII: true) }
        for _ in 0..<perPage { _ = second.allocateString(count: 12, wide: false, isASCII: true) }
        #expect(fixture.heap.pointee.quota.reservedBytes == reserved)
        #expect(fixture.main.checkInvariants() == [])
    }

    /// In-place changes are for the only reference.
    @Test func uniqueReferences() {
        for (regime, own, others) in [
            (RegimeName.gil, true, true), (.atomic, true, true), (.biased, true, false), (.objectLock, false, false), (.unsynchronized, false, false),
        ] {
            let fixture = HeapFixture(regime)
            let other = fixture.makeThread()
            let object = fixture.main.allocateString(count: 20, wide: false, isASCII: true)!.asObject
            #expect(fixture.main.isUniquelyReferenced(object) == own, "\(regime)")
            #expect(other.isUniquelyReferenced(object) == others, "\(regime)")
            other.incref(object)
            #expect(!fixture.main.isUniquelyReferenced(object) && !other.isUniquelyReferenced(object), "\(regime)")
            #expect(fixture.main.references(of: object) == 2, "\(regime)")
        }
    }
}

/// Which run an object's owner belongs to.
@Suite struct ThreadSlotTests {
    @Test func aRunTakesItsIdleSlotsAgain() throws {
        let slots = ThreadSlots()
        let first = try #require(slots.take(run: 7))
        let second = try #require(slots.take(run: 8))
        #expect(first != second && first != 0 && second != 0)
        slots.giveBack(first)
        #expect(slots.take(run: 8) != first)
        #expect(slots.take(run: 7) == first)
        #expect(slots.run(of: first) == 7 && slots.run(of: second) == 8 && slots.run(of: 0) == 0)
        #expect(slots.run(of: first | ThreadSlots.merged) == 7)
    }

    /// A slot goes to another run only when its run has ended and no object carries it; until then the run can be told.
    @Test func slotsOfEndedRunsWaitForTheirObjects() throws {
        let slots = ThreadSlots()
        let all = try (1..<ThreadSlots.count).map { _ in try #require(slots.take(run: 1)) }
        #expect(Set(all).count == ThreadSlots.count - 1)
        #expect(slots.take(run: 2) == nil && slots.areScarce())
        for slot in all { slots.giveBack(slot) }
        #expect(slots.take(run: 2) == nil)
        slots.end(run: 1)
        #expect(slots.take(run: 2) == nil)
        var isCarried = [Bool](repeating: true, count: ThreadSlots.count)
        isCarried[Int(all[5])] = false
        slots.reclaim(isCarried: isCarried)
        #expect(slots.run(of: all[5]) == 1)
        #expect(slots.take(run: 2) == all[5])
        #expect(slots.run(of: all[5]) == 2 && slots.run(of: all[6]) == 1)
        #expect(slots.take(run: 2) == nil)
    }
}
