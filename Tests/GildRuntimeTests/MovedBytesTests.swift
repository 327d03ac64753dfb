import CGild
import GildScript
import Glibc
import Testing

@testable import GildRuntime

/// Large bytes objects on their way from one heap to another.
@Suite struct MovedBytesTests {
    /// A runtime of its own, whose only thread runs.
    private func makeHeap(_ regime: RegimeName, limitBytes: Int = 512 << 20, isLedgered: Bool = false) throws -> HeapFixture {
        let fixture = HeapFixture(regime, limitBytes: limitBytes)
        if isLedgered { fixture.main.keepLedger(try #require(RefcountLedger(LedgerOptions(types: ["bytes"])))) }
        fixture.runtime.pointee.lock.take(fixture.main.s.pointee.lockThread)
        return fixture
    }

    /// No two bytes side by side are the same, nor do 256 repeat at another distance.
    private static let pattern = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    /// Bytes whose content depends on their size.
    private func makeBytes(_ thread: Thread, _ size: Int) -> Value {
        let bytes = thread.allocateBytes(size)!
        Self.pattern.withUnsafeBufferPointer { _ = memcpy(bytes.bytes, $0.baseAddress! + (size & 255), size) }
        return Value(pointer: bytes)
    }

    private func isWhole(_ thread: Thread, _ value: Value, _ size: Int) -> Bool {
        guard value.isPointer, thread.isBytes(value), value.cast(StringObject.self).pointee.count == size else { return false }
        return Self.pattern.withUnsafeBufferPointer { memcmp(value.cast(StringObject.self).bytes, $0.baseAddress! + (size & 255), size) == 0 }
    }

    private func send(_ thread: Thread, _ value: Value) throws -> Message {
        var register = value
        let message = try MessageWriter.message(thread, &register, byteLimit: Channel.byteLimit)
        thread.decref(register)
        return message
    }

    private func makeTuple(_ thread: Thread, _ items: [Value]) -> Value {
        let tuple = thread.allocateTuple(items.count)!
        for (i, item) in items.enumerated() { tuple.items[i] = item }
        return Value(pointer: tuple)
    }

    /// Nothing is alive, nothing is reserved for large objects, and what came is what went.
    private func checkIsEmpty(_ fixture: HeapFixture, _ comment: Comment) {
        let thread = fixture.main
        if thread.s.pointee.isFreeThreaded { thread.tidyHeap() }
        #expect(thread.checkInvariants() == [], comment)
        #expect(thread.liveBytes == 0, comment)
        #expect(fixture.heap.pointee.pages.pointee.firstLarge == nil, comment)
        #expect(fixture.heap.pointee.quota.reservedBytes < 10 * Page.size, comment)
        let sums = thread.counters
        #expect(sums.allocations == sums.frees && sums.allocatedBytes == sums.freedBytes && sums.increfs == sums.decrefs, comment)
    }

    /// A heap of 700,000 bytes has no room for the message, each time, and nothing of it is left there.
    private func checkIsRefused(_ message: Message, _ regime: RegimeName, isLedgered: Bool, times: Int) throws {
        let small = try makeHeap(regime, limitBytes: 700_000, isLedgered: isLedgered)
        for _ in 0..<times {
            #expect(MessageReader.value(small.main, message).isUndefined && small.main.isRaising)
            small.main.clearException()
            checkIsEmpty(small, "\(regime)")
        }
    }

    private static let movingRegimes: Set<RegimeName> = [.gil, .gil32, .gilTicks, .atomic, .biased]
    private static let sizes = [473, 8191, 8192, 300_000]

    /// From every regime to every regime, with and without a ledger that follows them. The content arrives, and each heap's books know of their own part only.
    @Test(arguments: RegimeName.allCases, [false, true]) func bytesGoFromHeapToHeap(_ from: RegimeName, isLedgered: Bool) throws {
        let sender = try makeHeap(from, isLedgered: isLedgered)
        for to in RegimeName.allCases {
            let receiver = try makeHeap(to, isLedgered: isLedgered)
            for size in Self.sizes {
                let comment: Comment = "\(from) to \(to), \(size) bytes"
                let value = makeBytes(sender.main, size)
                let address = UInt(bitPattern: value.object)
                let message = try send(sender.main, value)
                checkIsEmpty(sender, comment)
                let copy = MessageReader.value(receiver.main, message)
                #expect(isWhole(receiver.main, copy, size), comment)
                #expect(receiver.main.references(of: copy.object) == 1, comment)
                #expect(receiver.main.checkInvariants() == [], comment)
                receiver.main.settleFigures()
                #expect(receiver.main.liveBytes >= size && receiver.main.liveBytes <= size + 128, comment)
                // The same memory in the other heap; or another one, where it had to be copied.
                if size >= LargeBlock.minimumCount { #expect((UInt(bitPattern: copy.object) == address) == Self.movingRegimes.contains(from), comment) }
                receiver.main.decref(copy)
                checkIsEmpty(receiver, comment)
            }
        }
    }

    /// Who has another reference keeps the object, and sees it unchanged.
    @Test(arguments: RegimeName.allCases, [false, true]) func whatIsStillReferencedIsCopied(_ regime: RegimeName, isLedgered: Bool) throws {
        let fixture = try makeHeap(regime, isLedgered: isLedgered)
        let thread = fixture.main
        let kept = makeBytes(thread, 50_000)
        let messages = [
            try send(thread, thread.newReference(kept)),
            try send(thread, makeTuple(thread, [thread.newReference(kept), makeBytes(thread, 60_000)])),
        ]
        #expect(isWhole(thread, kept, 50_000) && thread.references(of: kept.object) == 1)
        thread.decref(kept)
        checkIsEmpty(fixture, "\(regime)")
        let first = MessageReader.value(thread, messages[0])
        let second = MessageReader.value(thread, messages[1])
        #expect(isWhole(thread, first, 50_000))
        #expect(isWhole(thread, second.cast(TupleObject.self).items[0], 50_000) && isWhole(thread, second.cast(TupleObject.self).items[1], 60_000))
        thread.decref(first)
        thread.decref(second)
        checkIsEmpty(fixture, "\(regime)")
    }

    /// Under one lock what dies with the argument is moved at any depth, however often the message refers to it.
    @Test(arguments: [RegimeName.gil, .gil32, .gilTicks], [false, true]) func bytesInsideContainersAreMoved(_ regime: RegimeName, isLedgered: Bool) throws {
        let fixture = try makeHeap(regime, isLedgered: isLedgered)
        let thread = fixture.main
        let kept = makeBytes(thread, 30_000)
        let inner = makeBytes(thread, 40_000)
        let twice = makeBytes(thread, 50_000)
        let addresses = [kept, inner, twice].map { UInt(bitPattern: $0.object) }
        var value = makeTuple(thread, [inner])
        for _ in 0..<200 { value = makeTuple(thread, [value]) }
        let root = makeTuple(thread, [thread.newReference(kept), value, twice, thread.newReference(twice)])
        let copy = MessageReader.value(thread, try send(thread, root))
        let items = copy.cast(TupleObject.self).items
        #expect(UInt(bitPattern: items[0].object) != addresses[0] && isWhole(thread, items[0], 30_000))
        #expect(UInt(bitPattern: items[2].object) == addresses[2] && items[2] == items[3] && isWhole(thread, items[2], 50_000))
        var innermost = items[1]
        while !thread.isBytes(innermost) { innermost = innermost.cast(TupleObject.self).items[0] }
        #expect(UInt(bitPattern: innermost.object) == addresses[1] && isWhole(thread, innermost, 40_000))
        // A container that somebody else has: nothing dies with the argument.
        let again = MessageReader.value(thread, try send(thread, thread.newReference(copy)))
        #expect(items[3].object != again.cast(TupleObject.self).items[3].object && isWhole(thread, items[3], 50_000))
        for value in [kept, copy, again] { thread.decref(value) }
        checkIsEmpty(fixture, "\(regime)")
    }

    /// The receiver's heap has room for some of it: MemoryError, nothing of the message is left in the heap, and another heap gets it whole. With a cycle, which counts
    /// alone would not free.
    @Test(arguments: RegimeName.allCases, [false, true]) func aMessageThatDoesNotFitIsUnharmed(_ regime: RegimeName, isLedgered: Bool) throws {
        let sender = try makeHeap(.gil)
        let list = sender.main.makeList(capacity: 12)!
        let keyed = sender.main.makeDict()!
        let key = makeBytes(sender.main, 100_001)
        #expect(dictSet(sender.main, keyed, key, .none))
        sender.main.decref(key)
        list.pointee.items!.initialize(repeating: .none, count: 12)
        list.pointee.items![0] = sender.main.newReference(Value(pointer: list))
        list.pointee.items![1] = Value(pointer: keyed)
        for i in 2..<12 { list.pointee.items![i] = makeBytes(sender.main, 100_000 + i) }
        list.pointee.count = 12
        let message = try send(sender.main, Value(pointer: list))

        try checkIsRefused(message, regime, isLedgered: isLedgered, times: 3)
        let large = try makeHeap(regime, isLedgered: isLedgered)
        let copy = MessageReader.value(large.main, message)
        let items = try #require(copy.isPointer ? copy.cast(ListObject.self).pointee.items : nil)
        #expect(items[0] == copy && (2..<12).allSatisfy { isWhole(large.main, items[$0], 100_000 + $0) })
        var position = 0
        #expect(isWhole(large.main, dictNext(items[1].cast(DictObject.self), &position)?.key ?? .none, 100_001))
        large.main.replaceOwn(items, .none)
        large.main.decref(copy)
        checkIsEmpty(large, "\(regime)")
    }

    /// The heap refuses late: when everything is made and connected, and only a set's table does not fit. By then a cycle leads to the bytes, and they leave it all the same.
    @Test(arguments: RegimeName.allCases, [false, true]) func bytesInACycleGoBackToTheMessage(_ regime: RegimeName, isLedgered: Bool) throws {
        let sender = try makeHeap(.gil)
        let list = sender.main.makeList(capacity: 4)!
        let set = sender.main.makeSet()!
        for i in 0..<20_000 { #expect(setAdd(sender.main, set, Value(smallInt: i)) == 1) }
        let inner = sender.main.makeDict()!
        #expect(dictSet(sender.main, inner, .none, Value(pointer: list)))
        let items = list.pointee.items!
        items[0] = makeTuple(sender.main, [sender.main.newReference(Value(pointer: list)), makeBytes(sender.main, 10_000)])
        items[1] = makeBytes(sender.main, 20_000)
        items[2] = Value(pointer: set)
        items[3] = Value(pointer: inner)
        list.pointee.count = 4
        let message = try send(sender.main, Value(pointer: list))

        try checkIsRefused(message, regime, isLedgered: isLedgered, times: 2)
        let large = try makeHeap(regime, isLedgered: isLedgered)
        let copy = MessageReader.value(large.main, message)
        let received = try #require(copy.isPointer ? copy.cast(ListObject.self) : nil)
        let receivedItems = received.pointee.items!
        #expect(isWhole(large.main, receivedItems[0].cast(TupleObject.self).items[1], 10_000) && isWhole(large.main, receivedItems[1], 20_000))
        #expect(receivedItems[2].cast(SetObject.self).pointee.used == 20_000)
        large.main.listClear(received)
        large.main.decref(copy)
        checkIsEmpty(large, "\(regime)")
    }

    /// In transit the content counts in the limits as if it were in the words.
    @Test(arguments: [RegimeName.gil, .atomic, .objectLock]) func contentCountsInTheLimits(_ regime: RegimeName) throws {
        let fixture = try makeHeap(regime)
        let thread = fixture.main
        #expect(try send(thread, makeBytes(thread, 9000)).bytes == 88 + 8 + 9000)
        #expect(try send(thread, makeTuple(thread, [makeBytes(thread, 9001), makeBytes(thread, 100)])).bytes == 88 + 8 + 2 * (8 + 8) + 9008 + 104)
        // A refused value is whole, and the caller's.
        for size in [599, 200_000] {
            var tooLarge = makeTuple(thread, [makeBytes(thread, 300_000), makeBytes(thread, size)])
            let limit = 88 + 8 + 2 * (8 + 8) + 300_000 + (size + 7) / 8 * 8
            let refused = try? MessageWriter.message(thread, &tooLarge, byteLimit: limit - 8)
            #expect(refused == nil)
            #expect(isWhole(thread, tooLarge.cast(TupleObject.self).items[0], 300_000) && isWhole(thread, tooLarge.cast(TupleObject.self).items[1], size))
            let message = try MessageWriter.message(thread, &tooLarge, byteLimit: limit)
            #expect(message.bytes == limit)
            thread.decref(tooLarge)
        }
        checkIsEmpty(fixture, "\(regime)")
    }

    /// What is never received is freed with its message: 100 times 32 MiB, all of it written, do not stay.
    @Test(arguments: [RegimeName.gil, .objectLock]) func aDroppedMessageFreesItsBlocks(_ regime: RegimeName) throws {
        func residentBytes() -> Int {
            let file = fopen("/proc/self/statm", "r")!
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 200)
            fgets(&line, 200, file)
            let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
            return Int(fields[1])! * Int(getpagesize())
        }
        let fixture = try makeHeap(regime)
        let before = residentBytes()
        for i in 0..<100 {
            let bytes = fixture.main.allocateBytes(32 << 20)!
            memset(bytes.bytes, Int32(i), 32 << 20)
            let channel = Channel(name: [1], capacity: 0)
            let message = try send(fixture.main, Value(pointer: bytes))
            #expect(channel.trySend(message) == .done)
            if fixture.main.s.pointee.isFreeThreaded { fixture.main.tidyHeap() }
        }
        #expect(residentBytes() - before < 1 << 30)
        checkIsEmpty(fixture, "\(regime)")
    }

    /// Another thread that runs may be about to try the count of an object whose address it has loaded; one that waits is not.
    @Test(arguments: [RegimeName.atomic, .biased]) func withoutOneLockNothingIsMovedWhileAnotherThreadRuns(_ regime: RegimeName) throws {
        let fixture = try makeHeap(regime)
        let lock = fixture.runtime.pointee.lock
        let other = fixture.makeThread()
        func isMoved() throws -> Bool {
            let value = makeBytes(fixture.main, 10_000)
            let address = UInt(bitPattern: value.object)
            let copy = MessageReader.value(fixture.main, try send(fixture.main, value))
            defer { fixture.main.decref(copy) }
            #expect(isWhole(fixture.main, copy, 10_000))
            return UInt(bitPattern: copy.object) == address
        }
        #expect(try isMoved())
        lock.take(other.s.pointee.lockThread)
        #expect(try !isMoved())
        lock.drop(other.s.pointee.lockThread, .blocking)
        #expect(try isMoved())
        // The world is stopped by this thread: nobody runs.
        lock.stopTheWorld(fixture.main.s.pointee.lockThread)
        #expect(try isMoved())
        lock.startTheWorld(fixture.main.s.pointee.lockThread)
        fixture.end(other)
        checkIsEmpty(fixture, "\(regime)")
    }
}
