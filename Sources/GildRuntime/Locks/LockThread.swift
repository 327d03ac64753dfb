import CGild
import Glibc

// What the locks know of one runtime thread: raw memory, allocated with the thread's state and freed after the thread
// was retired. It holds no reference that Swift counts, except behind `times`, which only the lock's books touch.
//
// **The eval breaker** is one word that the thread polls at its checkpoints with a relaxed load; anybody may set a bit
// in it, the thread itself clears it. A set bit is a request; what it asks for is found elsewhere, under that thing's
// own lock, so nothing needs to be ordered by the word.
//
// **Interrupting a wait.** A thread that blocks without the GIL sleeps in a futex on some word. To make it look at its
// eval breaker, the interrupter sets the bit and then changes the word and wakes the sleepers: whoever tested the eval
// breaker before the bit was set has an outdated idea of the word, and the kernel refuses to put it to sleep. So the
// window between the test and the sleep cannot swallow an interrupt. Every word that is waited on keeps its state in
// the low 8 bits and a generation in the others, for that purpose (`WaitWord`).
//
// The word may be freed as soon as the wait is over. An interrupter on another thread therefore holds `waitGuard`, a
// spin lock of a few instructions, while it uses the address. A signal handler that runs on the waiting thread itself
// must not take it (it would wait for the code that it interrupted), and need not: the wait cannot end under it.

/// Bits of the eval breaker.
public enum EvalBreaker {
    /// A waiter wants the GIL and its switch interval has passed.
    public static let dropRequest: UInt32 = 1
    /// The cycle collector wants to run.
    public static let collect: UInt32 = 2
    /// A signal arrived (main thread only).
    public static let signal: UInt32 = 4
    /// The time limit is over.
    public static let timeLimit: UInt32 = 8
    /// The thread shall end.
    public static let exit: UInt32 = 16
    /// An exception was set from outside.
    public static let asyncException: UInt32 = 32
    /// The trace wants to know how much is alive.
    public static let sample: UInt32 = 128
    /// Other threads have handed objects to this one (Regimes/MergeQueues.swift).
    public static let merge: UInt32 = 256
    /// The heap wants to be tidied up while no thread runs (Heap/Limbo.swift).
    public static let tidy: UInt32 = 512
    /// The thread waits in a deadlock and was chosen to get DeadlockError.
    public static let deadlock: UInt32 = 64

    /// The requests that end a blocking wait early, as in CPython: an exception set from outside does not.
    public static let interrupting = signal | timeLimit | exit | deadlock
}

/// What a thread does without the lock.
enum BlockingCall: UInt8 {
    case other, sleep, join, lock, write, read, channel, section
}

/// One runtime thread as the locks see it.
struct LockThread {
    /// Where a thread spends its time.
    enum State: UInt8 {
        /// Not registered yet, or between a drop that was not for blocking and the next take.
        case outside
        case holding, waiting, blocked
    }

    /// Counts from 1 in the order of registration; never used twice, unlike addresses.
    let number: UInt32
    /// Polled by the interpreter. Any thread sets bits, the owner clears them; atomic.
    let evalBreaker: UnsafeMutablePointer<UInt32>

    // Interruptible waits. What interrupters use lies at fixed offsets; see `evalBreakerWord`.
    /// Address of the word that the thread waits on, or 0; atomic, written by the owner under `waitGuard`.
    fileprivate var waitAddress: UInt64 = 0
    /// Spin lock of `waitAddress` against interrupters on other threads; atomic.
    fileprivate var waitGuard: UInt32 = 0
    /// What the thread sleeps on when it waits for nothing but time.
    fileprivate var sleepWord: UInt32 = 0

    /// The books of the thread's run; nil: the lock's own.
    let account: UnsafeMutablePointer<LockAccount>?
    /// The thread's `ThreadState`, for the place of a long hold; nil for threads that run no code. Owner thread only.
    var threadState: UnsafeMutableRawPointer?

    // Guarded by the GIL's mutex.
    var state = State.outside
    /// It came for the lock after the end had begun, and stays where it is for ever.
    var isParked = false
    /// What the thread does while `blocked`.
    var blockedIn = BlockingCall.other
    /// The kernel has been asked for short time slices; only with priority.
    var hasShortSlices = false
    /// The processor that the thread moves to before it goes on, or -1; only with priority.
    var movesTo: Int32 = -1
    /// The lock was dropped for this holder at that time; 0: it is an ordinary one.
    var urgentSince: UInt64 = 0
    /// When `state` began, in nanoseconds.
    var since: UInt64 = 0
    var acquisitions: UInt64 = 0
    var contendedAcquisitions: UInt64 = 0
    var drops = DropCounts()
    var dropRequests: UInt64 = 0
    var futileWakeups: UInt64 = 0
    var forcedSwitches: UInt64 = 0
    let times: UnsafeMutablePointer<ThreadTimes>
    /// End of the last stretch in the trace (TraceBuffer.swift), in nanoseconds; 0: the thread is not traced.
    var tracedUntil: UInt64 = 0
    /// Objects that the thread made less those that it freed, as of its latest sample in the trace.
    var tracedObjects: UInt64 = 0
    /// Without one lock, their bytes.
    var tracedBytes: UInt64 = 0

    fileprivate init(evalBreaker: UnsafeMutablePointer<UInt32>, number: UInt32, name: String, account: UnsafeMutablePointer<LockAccount>?) {
        self.number = number
        self.account = account
        self.evalBreaker = evalBreaker
        times = .allocate(capacity: 1)
        times.initialize(to: ThreadTimes(name: name))
    }
}

/// The layout of a word that can be waited on.
enum WaitWord {
    static let stateMask: UInt32 = 0xff
    static let generation: UInt32 = 0x100
}

extension UnsafeMutablePointer where Pointee == LockThread {
    /// Allocates the record of a thread. `evalBreaker` must live as long; `GlobalInterpreterLock.register` gives numbers.
    static func make(
        evalBreaker: UnsafeMutablePointer<UInt32>, number: UInt32, name: String, account: UnsafeMutablePointer<LockAccount>? = nil
    ) -> Self {
        precondition(
            MemoryLayout<LockThread>.offset(of: \.evalBreaker) == evalBreakerOffset && MemoryLayout<LockThread>.offset(of: \.waitAddress) == waitAddressOffset
                && MemoryLayout<LockThread>.offset(of: \.waitGuard) == waitGuardOffset && MemoryLayout<LockThread>.offset(of: \.sleepWord) == sleepOffset)
        let thread = Self.allocate(capacity: 1)
        thread.initialize(to: LockThread(evalBreaker: evalBreaker, number: number, name: name, account: account))
        return thread
    }

    /// Frees the record of a thread that was retired, or never registered.
    func free() {
        pointee.times.deinitialize(count: 1)
        pointee.times.deallocate()
        deinitialize(count: 1)
        deallocate()
    }

    // MARK: Interruptible waits (owner thread, without the GIL)

    /// Announces that the thread is about to wait on `word`.
    func beginWait(on word: UnsafeMutablePointer<UInt32>) {
        lockWaitGuard()
        gild_store_release_64(waitAddressWord, UInt64(UInt(bitPattern: word)))
        unlockWaitGuard()
    }

    /// The wait is over; nobody touches the word through this thread any more.
    func endWait() {
        lockWaitGuard()
        gild_store_release_64(waitAddressWord, 0)
        unlockWaitGuard()
    }

    /// A request that ends a blocking wait is pending. Any thread may ask while the thread is alive.
    var isInterrupted: Bool { gild_load_acquire_32(evalBreakerWord) & EvalBreaker.interrupting != 0 }

    /// Sleeps until `deadline` (nanoseconds of the monotonic clock; nil: for ever).
    ///
    /// Returns false when an interrupt ended the sleep early.
    func sleep(until deadline: UInt64?) -> Bool {
        let word = sleepWord
        beginWait(on: word)
        defer { endWait() }
        while true {
            let seen = gild_load_acquire_32(word)
            if isInterrupted { return false }
            if gild_futex_wait(word, seen, deadline.map { Swift.max($0, 1) } ?? 0) == ETIMEDOUT { return true }
        }
    }

    // MARK: Interrupting

    /// Sets `bits` in the eval breaker and ends the thread's wait, if it is in one. From any other thread, while the
    /// thread's record is alive.
    func interrupt(_ bits: UInt32) {
        gild_fetch_or_32(evalBreakerWord, bits)
        lockWaitGuard()
        wakeWait()
        unlockWaitGuard()
    }

    /// The same for a signal handler that runs on this very thread; async-signal-safe.
    func interruptFromSignalHandler(_ bits: UInt32) {
        gild_fetch_or_32(evalBreakerWord, bits)
        wakeWait()
    }

    // An interrupter may touch these fields only, while the owner of the GIL's mutex writes others: so it goes by their
    // addresses, and never through `pointee`, which is an access to the whole record. Constants, because key paths may
    // allocate and a signal handler must not; `make` checks them.
    private static var evalBreakerOffset: Int { 8 }
    private static var waitAddressOffset: Int { 16 }
    private static var waitGuardOffset: Int { 24 }
    private static var sleepOffset: Int { 28 }
    private var evalBreakerWord: UnsafeMutablePointer<UInt32> {
        (UnsafeRawPointer(self) + Self.evalBreakerOffset).load(as: UnsafeMutablePointer<UInt32>.self)
    }
    private var waitAddressWord: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(self) + Self.waitAddressOffset).assumingMemoryBound(to: UInt64.self)
    }
    private var waitGuardWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + Self.waitGuardOffset).assumingMemoryBound(to: UInt32.self)
    }
    private var sleepWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + Self.sleepOffset).assumingMemoryBound(to: UInt32.self)
    }

    private func wakeWait() {
        guard let word = UnsafeMutablePointer<UInt32>(bitPattern: UInt(gild_load_acquire_64(waitAddressWord)))
        else { return }
        gild_fetch_add_32(word, WaitWord.generation)
        gild_futex_wake(word, Int32.max)
    }

    private func lockWaitGuard() {
        while gild_exchange_32(waitGuardWord, 1) != 0 { sched_yield() }
    }

    private func unlockWaitGuard() {
        gild_store_release_32(waitGuardWord, 0)
    }
}
