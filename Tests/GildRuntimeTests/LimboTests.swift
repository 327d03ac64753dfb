import CGild
import Glibc
import Testing

@testable import GildRuntime

/// Memory that others may still be reading.
@Suite struct LimboTests {
    /// A buffer keeps its content, and its bytes stay reserved, until the stop.
    @Test(arguments: [200, 5000])
    func aRetiredBufferStaysAsItIs(_ bytes: Int) throws {
        let fixture = HeapFixture(.atomic)
        let thread = fixture.main
        let buffer = try #require(thread.allocateBuffer(bytes: bytes))
        memset(buffer, 0x5A, bytes)
        let reserved = fixture.heap.pointee.quota.reservedBytes
        thread.freeBuffer(buffer, bytes: bytes, mayBeRead: true)
        #expect(thread.liveBytes == 0)
        #expect(fixture.heap.pointee.quota.reservedBytes == reserved)
        let next = try #require(thread.allocateBuffer(bytes: bytes))
        #expect(next != buffer)
        #expect((0..<bytes).allSatisfy { buffer.load(fromByteOffset: $0, as: UInt8.self) == 0x5A })
        thread.freeBuffer(next, bytes: bytes)
        thread.tidyHeap()
        // Small buffers are on the lists again; of large ones nothing is reserved.
        #expect(fixture.heap.pointee.quota.reservedBytes == (bytes <= 512 ? reserved : reserved - bytes))
        if bytes <= 512 { #expect(thread.allocateBuffer(bytes: bytes) == buffer) }
    }

    /// A list that grows leaves its old storage to those who read it; under one lock it does not.
    @Test func reallocationLeavesTheOldBufferToItsReaders() throws {
        for (regime, moves) in [(RegimeName.atomic, true), (.gil, false)] {
            let thread = HeapFixture(regime).main
            let buffer = try #require(thread.allocateBuffer(bytes: 96))
            memset(buffer, 0x5A, 96)
            let grown = try #require(thread.reallocateBuffer(buffer, from: 96, to: 90, mayBeRead: true))
            #expect((grown != buffer) == moves)
            #expect((0..<90).allSatisfy { grown.load(fromByteOffset: $0, as: UInt8.self) == 0x5A })
            #expect(buffer.load(as: UInt64.self) == 0x5A5A_5A5A_5A5A_5A5A)
        }
    }

    /// The header of a large object can be looked at until the stop, and says that the object is gone.
    @Test func aLargeObjectsHeaderOutlivesIt() throws {
        let fixture = HeapFixture(.atomic)
        let object = try #require(fixture.main.allocateString(count: 10_000, wide: false, isASCII: true)).asObject
        let reserved = fixture.heap.pointee.quota.reservedBytes
        fixture.main.decref(object)
        #expect(!fixture.main.tryIncref(object))
        #expect(object.pointee.count == 0 && object.pointee.shape == 0)
        #expect(fixture.main.liveBytes == 0 && fixture.heap.pointee.quota.reservedBytes == reserved)
        #expect(fixture.main.checkInvariants() == [])
        fixture.main.tidyHeap()
        #expect(fixture.heap.pointee.quota.reservedBytes < reserved - 10_000)
    }

    /// More than the bound in limbo is a reason to stop; what an ended thread retired counts, too.
    @Test func aStopIsWantedBeyondTheBound() throws {
        let fixture = HeapFixture(.atomic)
        let limbo = fixture.heap.pointee.limbo
        let other = fixture.makeThread()
        let bytes = 100_000
        for index in 0..<(Limbo.bound / bytes) {
            let thread = index % 2 == 0 ? fixture.main : other
            thread.freeBuffer(try #require(thread.allocateBuffer(bytes: bytes)), bytes: bytes, mayBeRead: true)
        }
        #expect(!limbo.wantsStop)
        fixture.end(other)
        fixture.main.freeBuffer(try #require(fixture.main.allocateBuffer(bytes: bytes)), bytes: bytes, mayBeRead: true)
        #expect(limbo.wantsStop && limbo.reportedBytes > Limbo.bound)
        fixture.main.tidyHeap()
        #expect(!limbo.wantsStop && limbo.reportedBytes == 0)
        #expect(fixture.heap.pointee.quota.reservedBytes == 0)
    }

    /// Objects of one size fill the heap and go; another size is wanted. Without one lock the free pages come back at a stop, which is wanted before
    /// the heap is full.
    @Test func freePagesComeBackAtAStop() throws {
        let fixture = HeapFixture(.atomic, limitBytes: 8 << 20)
        let thread = fixture.main
        let limbo = fixture.heap.pointee.limbo
        var objects: [ObjectPointer] = []
        while !limbo.wantsStop { objects.append(try #require(thread.allocateString(count: 12, wide: false, isASCII: true)).asObject) }
        let reserved = fixture.heap.pointee.quota.reservedBytes
        #expect(reserved > (8 << 20) / 8 * 7 - Page.size && reserved < 8 << 20)
        // Nothing is free: the stop gains nothing, and the next one is wanted later.
        thread.tidyHeap()
        #expect(!limbo.wantsStop)
        while let string = thread.allocateString(count: 12, wide: false, isASCII: true) { objects.append(string.asObject) }
        #expect(thread.isRaising)
        thread.clearException()
        for object in objects { thread.decref(object) }
        #expect(thread.allocateString(count: 100, wide: false, isASCII: true) == nil)
        thread.clearException()
        #expect(limbo.wantsStop)
        thread.tidyHeap()
        let other = try #require(thread.allocateString(count: 100, wide: false, isASCII: true))
        thread.decref(Value(pointer: other))
        #expect(thread.checkInvariants() == [])
    }

    /// Free slots that one thread has gathered from others are everybody's after a stop near the limit.
    @Test func hoardedSlotsAreHandedOver() throws {
        let fixture = HeapFixture(.atomic, limitBytes: 8 << 20)
        let consumer = fixture.makeThread()
        var objects: [ObjectPointer] = []
        while !fixture.heap.pointee.limbo.wantsStop { objects.append(try #require(fixture.main.allocateString(count: 12, wide: false, isASCII: true)).asObject) }
        // One slot in 100 stays alive, so that no page is wholly free.
        for (index, object) in objects.enumerated() where index % 100 != 0 { consumer.decref(object) }
        fixture.main.tidyHeap()
        var made = 0
        while made < objects.count, let string = fixture.main.allocateString(count: 12, wide: false, isASCII: true) {
            objects.append(string.asObject)
            made += 1
        }
        fixture.main.clearException()
        #expect(made >= objects.count / 3)
        #expect(fixture.main.checkInvariants() == [])
    }
}
