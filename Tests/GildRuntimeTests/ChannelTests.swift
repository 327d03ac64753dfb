import CGild
import GildScript
import Glibc
import Testing

@testable import GildRuntime

/// A channel in use by native threads, without a heap: nothing is lost, doubled or forgotten, whoever is interrupted.
@Suite struct ChannelTests {
    /// A message whose root is a small int.
    private static func message(_ number: Int) -> Message {
        let words = malloc(3 * 8)!.assumingMemoryBound(to: UInt64.self)
        words[0] = Value(smallInt: number).bits
        words[1] = 0
        words[2] = 0
        return Message(words: words, count: 3, channels: [])!
    }

    private static func number(_ message: Message?) -> Int? { message.map { Value(bits: $0.words[0]).int } }

    private func makeRecord() -> UnsafeMutablePointer<LockThread> {
        .make(evalBreaker: makeEvalBreaker(), number: 1, name: "test")
    }

    @Test func messagesComeInTheOrderInWhichTheyWereSent() {
        let channel = Channel(name: [1], capacity: 0)
        var sent = 0
        var received = 0
        // Grows past the point at which the queue moves its rest to the front, and shrinks to nothing, three times.
        for _ in 0..<3 {
            for _ in 0..<3000 {
                #expect(channel.trySend(Self.message(sent)) == .done)
                sent += 1
            }
            for _ in 0..<2900 {
                #expect(Self.number(channel.tryReceive().message) == received)
                received += 1
            }
        }
        while let next = Self.number(channel.tryReceive().message) {
            #expect(next == received)
            received += 1
        }
        #expect(received == sent && channel.count == 0)
        #expect(channel.tryReceive().outcome == .wouldBlock)
    }

    @Test func whatIsPutBackComesFirst() {
        let channel = Channel(name: [1], capacity: 2)
        #expect(channel.trySend(Self.message(1)) == .done && channel.trySend(Self.message(2)) == .done)
        #expect(channel.trySend(Self.message(3)) == .wouldBlock)
        let first = channel.tryReceive().message!
        #expect(channel.trySend(Self.message(3)) == .done)
        channel.putBack(first)
        #expect(channel.trySend(Self.message(4)) == .wouldBlock)
        #expect((0..<3).map { _ in Self.number(channel.tryReceive().message) } == [1, 2, 3])
    }

    @Test func closingEndsEveryWait() {
        let full = Channel(name: [1], capacity: 1)
        let empty = Channel(name: [2], capacity: 1)
        #expect(full.trySend(Self.message(0)) == .done)
        let outcomes = makeWords(8)
        let threads = startThreads(8) { index in
            let record = ChannelTests().makeRecord()
            let outcome = index < 4 ? full.send(Self.message(index), record, deadline: nil) : empty.receive(record, deadline: nil).outcome
            if outcome == .closed { gild_store_release_32(outcomes[index], 1) }
        }
        #expect(full.close() && empty.close())
        joinThreads(threads)
        #expect((0..<8).allSatisfy { gild_load_acquire_32(outcomes[$0]) == 1 })
        #expect(!full.close())
        #expect(full.trySend(Self.message(1)) == .closed)
        #expect(Self.number(full.tryReceive().message) == 0 && full.tryReceive().outcome == .closed)
    }

    @Test func aDeadlineThatHasPassedEndsTheWait() {
        let channel = Channel(name: [1], capacity: 1)
        let record = makeRecord()
        #expect(channel.receive(record, deadline: 1).outcome == .timedOut)
        #expect(channel.send(Self.message(7), record, deadline: 1) == .done)
        #expect(channel.send(Self.message(8), record, deadline: 1) == .timedOut)
        #expect(Self.number(channel.receive(record, deadline: 1).message) == 7)
    }

    @Test func anInterruptEndsTheWaitAndTakesNothing() {
        let channel = Channel(name: [1], capacity: 1)
        let record = makeRecord()
        let address = UInt(bitPattern: record)
        let outcomes = makeWords(1)
        let thread = startThreads(1) { _ in
            let record = UnsafeMutablePointer<LockThread>(bitPattern: address)!
            if channel.receive(record, deadline: nil).outcome == .interrupted { gild_store_release_32(outcomes[0], 1) }
        }
        record.interrupt(EvalBreaker.signal)
        joinThreads(thread)
        #expect(gild_load_acquire_32(outcomes[0]) == 1)
        #expect(channel.trySend(Self.message(7)) == .done)
        #expect(channel.receive(record, deadline: nil).outcome == .interrupted)
        #expect(channel.count == 1)
    }

    /// Receivers are interrupted all the time. A wakeup that met one of them and got lost would leave the others asleep for ever.
    @Test(arguments: [0, 1, 3]) func everyMessageArrivesOnceAlthoughWaitsAreInterrupted(capacity: Int) {
        let senders = 3
        let receivers = 4
        let each = 3000
        let channel = Channel(name: [1], capacity: capacity)
        let seen = makeWords(senders * each)
        let records = (0..<senders + receivers).map { _ in makeRecord() }
        let barrier = makeWords(1)
        let isOver = makeWords(1)
        let addresses = records.map { UInt(bitPattern: $0) }
        let seed = UInt64.random(in: 1 ... .max)
        print("seed \(seed)")
        let interrupter = startThreads(1) { _ in
            var state = seed
            while gild_load_acquire_32(isOver[0]) == 0 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                UnsafeMutablePointer<LockThread>(bitPattern: addresses[Int(state >> 33) % addresses.count])!.interrupt(EvalBreaker.signal)
                sched_yield()
            }
        }
        onThreads(senders + receivers) { index in
            let record = UnsafeMutablePointer<LockThread>(bitPattern: addresses[index])!
            gild_fetch_add_32(barrier[0], 1)
            while gild_load_acquire_32(barrier[0]) < UInt32(senders + receivers) { sched_yield() }
            func clear() { gild_fetch_and_32(record.pointee.evalBreaker, ~EvalBreaker.signal) }
            if index < senders {
                for i in 0..<each {
                    let message = Self.message(index * each + i)
                    while channel.send(message, record, deadline: nil) == .interrupted { clear() }
                }
                gild_fetch_add_32(barrier[0], 1)
                // The last sender closes.
                if gild_load_acquire_32(barrier[0]) == UInt32(2 * senders + receivers) { channel.close() }
                return
            }
            while true {
                let (message, outcome) = channel.receive(record, deadline: nil)
                if outcome == .interrupted {
                    clear()
                } else if let number = Self.number(message) {
                    gild_fetch_add_32(seen[number], 1)
                } else {
                    return
                }
            }
        }
        gild_store_release_32(isOver[0], 1)
        joinThreads(interrupter)
        #expect((0..<senders * each).allSatisfy { gild_load_acquire_32(seen[$0]) == 1 })
        #expect(channel.count == 0)
    }

    @Test func aNameLivesAsLongAsItIsHeldOrMessagesWait() throws {
        let name: [UInt32] = Array("a name that no other test uses".unicodeScalars.map(\.value))
        let registry = ChannelRegistry.shared
        let first = try registry.open(name, capacity: 3)
        #expect(throws: ChannelRegistry.Refusal.self) { try registry.open(name, capacity: 4) }
        let second = try registry.open(name, capacity: nil)
        #expect(first === second)
        registry.release(first)
        #expect(second.trySend(Self.message(1)) == .done)
        registry.release(second)
        // Nobody holds it, a message waits.
        let third = try registry.open(name, capacity: 3)
        #expect(third === first && Self.number(third.tryReceive().message) == 1)
        // A message on its way that carries the channel holds it.
        registry.hold(third)
        let words = malloc(3 * 8)!.assumingMemoryBound(to: UInt64.self)
        words.initialize(repeating: 0, count: 3)
        var carrier: Message? = Message(words: words, count: 3, channels: [third])
        registry.release(third)
        let fourth = try registry.open(name, capacity: 3)
        #expect(fourth === third)
        registry.release(fourth)
        carrier = nil
        let fresh = try registry.open(name, capacity: 4)
        #expect(fresh !== fourth && carrier == nil)
        registry.release(fresh)
    }
}

/// One script in several runtimes.
@Suite struct SiblingTests {
    private func run(_ text: String, runtimes: Int, _ change: (inout RuntimeOptions) -> Void = { _ in }) throws -> SiblingFigures {
        let source = SourceFile(name: "test.py", text: text)
        var options = RuntimeOptions()
        options.arguments = ["test.py"]
        change(&options)
        return execute(try compile(try parse(source), source: source), options: options, runtimes: runtimes)
    }

    private func checkBooks(_ figures: SiblingFigures) {
        for run in figures.runtimes {
            #expect(run.exitStatus == 0)
            #expect(run.notes == [])
            #expect(run.liveObjects == 0 && run.liveReferences == 0 && run.liveBytes == 0, "\(run.leaks)")
            #expect(run.threads.reduce(0) { $0 + $1.increfs } == run.threads.reduce(0) { $0 + $1.decrefs })
            #expect(run.threads.reduce(0) { $0 + $1.allocations } == run.threads.reduce(0) { $0 + $1.frees })
            #expect(run.threads.reduce(0) { $0 + $1.allocatedBytes } == run.threads.reduce(0) { $0 + $1.freedBytes })
            #expect(run.lock.acquisitions == run.lock.drops.total)
            #expect(run.lock.unaccountedNanoseconds == 0)
        }
    }

    /// Every runtime sends and receives with two threads each; what arrived where is added up in runtime 0.
    private let exchange = """
        import gild, threading
        work = gild.channel("exchange", 4)
        sums = gild.channel("sums")
        def send(k):
            for i in range(60):
                work.send([gild.runtime, k, i, {"text": "x" * i}, (i, 2.5 ** 200, 2 ** 90)])
        def receive():
            got = []
            for i in range(60):
                message = work.recv(timeout=60)
                assert message[3]["text"] == "x" * message[2] and message[4] == (message[2], 2.5 ** 200, 2 ** 90)
                got.append(tuple(message[:3]))
            sums.send(got)
        threads = [threading.Thread(target=send, args=(k,)) for k in range(2)] + [threading.Thread(target=receive) for k in range(2)]
        for t in threads: t.start()
        for t in threads: t.join()
        if gild.runtime == 0:
            everything = []
            for i in range(2 * gild.runtimes):
                everything += sums.recv(timeout=60)
            assert sorted(everything) == [(r, k, i) for r in range(gild.runtimes) for k in range(2) for i in range(60)]
        """

    @Test(arguments: [1, 2, 4]) func runtimesExchangeEveryMessageOnceAndTheirBooksBalance(count: Int) throws {
        let figures = try run(exchange.replacing("\"exchange\"", with: "\"exchange \(count)\"").replacing("\"sums\"", with: "\"sums \(count)\""), runtimes: count)
        #expect(figures.runtimes.count == count)
        checkBooks(figures)
        #expect(figures.runtimes.allSatisfy { $0.lock.wallNanoseconds <= figures.wallNanoseconds })
        // The channels went with the last handle: their names can be opened with another capacity.
        for name in ["exchange \(count)", "sums \(count)"] {
            let channel = try ChannelRegistry.shared.open(name.unicodeScalars.map(\.value), capacity: 77)
            ChannelRegistry.shared.release(channel)
        }
    }

    @Test func theLockChangesHandsAtEveryCheckpointInEveryRuntime() throws {
        checkBooks(try run(exchange.replacing("\"exchange\"", with: "\"stressed\"").replacing("\"sums\"", with: "\"stressed sums\""), runtimes: 2) {
            $0.switchAtEveryCheckpoint = true
        })
    }

    @Test func aRuntimeKnowsItsPlace() throws {
        let figures = try run("import gild, sys\nsys.exit(10 * gild.runtimes + gild.runtime)", runtimes: 3)
        #expect(figures.runtimes.map(\.exitStatus) == [30, 31, 32])
    }

    /// A runtime that has ended left a daemon thread in recv(); the messages are the other's.
    @Test func threadsOfAnEndedRuntimeTakeNoMessages() throws {
        let figures = try run(
            """
            import gild, threading
            jobs = gild.channel("jobs of the living")
            gone = gild.channel("gone")
            if gild.runtime == 1:
                threading.Thread(target=jobs.recv, daemon=True).start()
                gone.send(1)
            else:
                gone.recv(timeout=60)
                import time
                time.sleep(0.2)
                for i in range(50): jobs.send(i)
                assert [jobs.recv(timeout=60) for i in range(50)] == list(range(50))
            """, runtimes: 2)
        #expect(figures.runtimes[0].exitStatus == 0)
        #expect(figures.runtimes[1].notes.contains { $0.contains("still running at exit") })
    }

    @Test func theTimeLimitEndsWaitsInChannelsOfAllRuntimes() throws {
        let figures = try run("import gild\ngild.channel(f'never {gild.runtime}').recv()", runtimes: 3) { $0.timeLimitNanoseconds = 50_000_000 }
        #expect(figures.runtimes.map(\.exitStatus) == [124, 124, 124])
    }
}
