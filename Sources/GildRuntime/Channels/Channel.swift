// A channel: a queue of messages with a limit, between threads of any runtimes of the process.
//
//     sender                                           receiver
//     copy the value into a message
//     under `mutex`: room? append, count the message   under `mutex`: a message? take it
//       else: count as waiting for room                  else: count as waiting for messages
//     receivers wait: change their word, wake one      senders wait: change their word, wake all
//                                                      make the value from the message
//
// *Order.* Appending and taking happen under one mutex: messages are taken in the order in which they were appended, each
// once. Of several waiting receivers any may be the next, and one that comes just then may be faster; likewise for senders.
//
// *No lost wakeup.* A waiter reads the word, then finds nothing and counts itself as waiting under the mutex, then sleeps on
// the word as it was read. Who appends after that finds the count and changes the word: the kernel refuses the sleep or ends
// it. Waiters leave through the test under the mutex, too: one that was woken and has no use for it, because it was
// interrupted, wakes the next.
//
// *Why one receiver is woken but all senders*: a message is of use to any receiver, whereas room may be too small for the
// message of the sender that happens to be woken, and large enough for another's.
//
// *Interrupts* (a signal, the time limit, the end of the run) end a wait as LockThread.swift has it. They are tested before a
// message is taken: a thread that will not run on takes none with it. A message that the receiver's heap has no room for goes
// back to the front.
//
// Waits happen without the runtime's lock; the mutex is held for a few instructions and never while waiting for anything.

import CGild
import Glibc

final class Channel: @unchecked Sendable {
    /// Bytes that may wait in one channel, and so the largest message; see `Message.bytes`.
    static let byteLimit = 64 << 20

    enum Outcome: Equatable {
        case done
        /// Nothing to take, or no room.
        case wouldBlock
        case closed
        case timedOut
        /// A request is pending in the thread's eval breaker.
        case interrupted
    }

    /// Code points.
    let name: [UInt32]
    /// Messages that may wait; 0: no limit but the bytes.
    let capacity: Int
    /// Guarded by the registry's mutex.
    var holds = 0

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// What receivers sleep on, and senders; their state is the generation alone (`WaitWord`).
    private let messagesWord: UnsafeMutablePointer<UInt32>
    private let roomWord: UnsafeMutablePointer<UInt32>

    // Guarded by `mutex`.
    private var queue = MessageQueue()
    private var queuedBytes = 0
    private var isClosed = false
    private var waitingReceivers = 0
    private var waitingSenders = 0

    init(name: [UInt32], capacity: Int) {
        self.name = name
        self.capacity = capacity
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        messagesWord = .allocate(capacity: 2)
        messagesWord.initialize(repeating: 0, count: 2)
        roomWord = messagesWord + 1
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        messagesWord.deallocate()
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Messages that wait.
    var count: Int { locked { queue.count } }
    var hasClosed: Bool { locked { isClosed } }

    // MARK: Without waiting

    /// `.done`, `.wouldBlock` or `.closed`. The message must not exceed `byteLimit`.
    func trySend(_ message: Message) -> Outcome { trySend(message, becomesWaiter: false) }

    /// The message and `.done`, or `.wouldBlock`, or `.closed`: closed and empty.
    func tryReceive() -> (message: Message?, outcome: Outcome) { tryReceive(becomesWaiter: false) }

    private func trySend(_ message: Message, becomesWaiter: Bool) -> Outcome {
        pthread_mutex_lock(mutex)
        if isClosed {
            pthread_mutex_unlock(mutex)
            return .closed
        }
        if (capacity > 0 && queue.count >= capacity) || queuedBytes + message.bytes > Channel.byteLimit {
            if becomesWaiter { waitingSenders += 1 }
            pthread_mutex_unlock(mutex)
            return .wouldBlock
        }
        queue.append(message)
        queuedBytes += message.bytes
        let wakes = waitingReceivers > 0
        pthread_mutex_unlock(mutex)
        if wakes { wake(messagesWord, 1) }
        return .done
    }

    private func tryReceive(becomesWaiter: Bool) -> (message: Message?, outcome: Outcome) {
        pthread_mutex_lock(mutex)
        guard let message = queue.takeFirst() else {
            let outcome: Outcome = isClosed ? .closed : .wouldBlock
            if becomesWaiter && !isClosed { waitingReceivers += 1 }
            pthread_mutex_unlock(mutex)
            return (nil, outcome)
        }
        queuedBytes -= message.bytes
        let wakes = waitingSenders > 0
        pthread_mutex_unlock(mutex)
        if wakes { wake(roomWord, Int32.max) }
        return (message, .done)
    }

    /// A message that was taken and could not be used comes first again. The limits may be exceeded by it.
    func putBack(_ message: Message) {
        pthread_mutex_lock(mutex)
        queue.putBack(message)
        queuedBytes += message.bytes
        let wakes = waitingReceivers > 0
        pthread_mutex_unlock(mutex)
        if wakes { wake(messagesWord, 1) }
    }

    /// Nothing can be sent any more; what waits can be received. Ends all waits that are in vain now. False: it was closed.
    @discardableResult
    func close() -> Bool {
        pthread_mutex_lock(mutex)
        let wasClosed = isClosed
        isClosed = true
        pthread_mutex_unlock(mutex)
        if !wasClosed {
            wake(messagesWord, Int32.max)
            wake(roomWord, Int32.max)
        }
        return !wasClosed
    }

    // MARK: Waiting, without the runtime's lock

    /// `deadline`: nanoseconds of the monotonic clock; nil: for ever.
    func send(_ message: Message, _ thread: UnsafeMutablePointer<LockThread>, deadline: UInt64?) -> Outcome {
        wait(on: roomWord, thread, deadline, leave: { waitingSenders -= 1 }, isOfUse: { _ in false }) { trySend(message, becomesWaiter: $0) }
    }

    func receive(_ thread: UnsafeMutablePointer<LockThread>, deadline: UInt64?) -> (message: Message?, outcome: Outcome) {
        var message: Message?
        let outcome = wait(on: messagesWord, thread, deadline, leave: { waitingReceivers -= 1 }, isOfUse: { $0.queue.count > 0 }) { becomesWaiter in
            let result = tryReceive(becomesWaiter: becomesWaiter)
            message = result.message
            return result.outcome
        }
        return (message, outcome)
    }

    /// Sleep on `word` until `attempt` does not answer `.wouldBlock`, or the time is over, or the thread is interrupted. An
    /// attempt with true has counted the thread as waiting, which `leave` undoes under the mutex.
    private func wait(
        on word: UnsafeMutablePointer<UInt32>, _ thread: UnsafeMutablePointer<LockThread>, _ deadline: UInt64?, leave: () -> Void,
        isOfUse: (Channel) -> Bool, _ attempt: (Bool) -> Outcome
    ) -> Outcome {
        thread.beginWait(on: word)
        defer { thread.endWait() }
        while true {
            let seen = gild_load_acquire_32(word)
            if thread.isInterrupted {
                // The wakeup that this thread may have had is another's now.
                if locked({ isOfUse(self) }) { wake(word, 1) }
                return .interrupted
            }
            let outcome = attempt(true)
            if outcome != .wouldBlock { return outcome }
            let result = gild_futex_wait(word, seen, deadline.map { max($0, 1) } ?? 0)
            locked(leave)
            if result == ETIMEDOUT {
                let last = attempt(false)
                return last == .wouldBlock ? .timedOut : last
            }
        }
    }

    /// Change a word and wake sleepers.
    private func wake(_ word: UnsafeMutablePointer<UInt32>, _ sleepers: Int32) {
        gild_fetch_add_32(word, WaitWord.generation)
        gild_futex_wake(word, sleepers)
    }
}

/// A queue in an array whose used part begins at `head`; amortised constant time.
private struct MessageQueue {
    private var messages: [Message?] = []
    private var head = 0

    var count: Int { messages.count - head }

    mutating func append(_ message: Message) { messages.append(message) }

    mutating func takeFirst() -> Message? {
        if head == messages.count { return nil }
        let message = messages[head]
        messages[head] = nil
        head += 1
        if head == messages.count {
            messages.removeAll(keepingCapacity: messages.count <= 1024)
            head = 0
        } else if head >= 1024 && head * 2 >= messages.count {
            messages.removeFirst(head)
            head = 0
        }
        return message
    }

    mutating func putBack(_ message: Message) {
        if head > 0 {
            head -= 1
            messages[head] = message
        } else {
            messages.insert(message, at: 0)
        }
    }
}
