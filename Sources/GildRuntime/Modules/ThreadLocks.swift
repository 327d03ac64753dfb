// threading.Lock and threading.RLock: objects around a `RawLock`.
//
// `word0` is the raw lock's word. An RLock's `state` holds the identifier of its owner and `word1` how often that one took
// it; both mean something only while the word is locked. They are atomic: only the owner writes them, and who finds itself as the
// owner has written that itself, so nobody takes another one's lock for its own.
//
// An acquisition first tries without letting the GIL go, as CPython does: a lock that is free costs one compare-and-swap
// and no handoff. Only contention gives the GIL away, and the wait ends early for a signal or the end of the time; the
// request is handled with the GIL, and if it raised nothing, the wait goes on to the same deadline. A wait without one is
// registered, because it can close a deadlock (WaitForGraph.swift); who takes a lock notes that in it (Holding.swift).

import CGild

/// Natives of the type lock.
let lockMethods: [NativeDefinition] = [
    NativeDefinition("acquire", 0, -1, keywords: true, lockAcquire),
    NativeDefinition("release", 0, 0, lockRelease),
    NativeDefinition("locked", 0, 0, lockIsLocked),
    NativeDefinition("acquire_lock", 0, -1, keywords: true, lockAcquire),
    NativeDefinition("release_lock", 0, 0, lockRelease),
    NativeDefinition("locked_lock", 0, 0, lockIsLocked),
    NativeDefinition("__enter__", 0, 0, lockEnter),
    NativeDefinition("__exit__", 0, -1, lockRelease),
    NativeDefinition("__repr__", 0, 0, lockRepr),
]

/// Natives of the type RLock.
let reentrantLockMethods: [NativeDefinition] = [
    NativeDefinition("acquire", 0, -1, keywords: true, reentrantLockAcquire),
    NativeDefinition("release", 0, 0, reentrantLockRelease),
    NativeDefinition("__enter__", 0, 0, reentrantLockEnter),
    NativeDefinition("__exit__", 0, -1, reentrantLockRelease),
    NativeDefinition("__repr__", 0, 0, reentrantLockRepr),
    NativeDefinition("_is_owned", 0, 0, reentrantLockIsOwned),
    NativeDefinition("_recursion_count", 0, 0, reentrantLockRecursionCount),
    NativeDefinition("_release_save", 0, 0, reentrantLockReleaseSave),
    NativeDefinition("_acquire_restore", 1, 1, reentrantLockAcquireRestore),
]

extension UnsafeMutablePointer where Pointee == NativeObject {
    /// The futex word of a lock or handle.
    @inline(__always) var futexWord: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(self).advanced(by: MemoryLayout<NativeObject>.offset(of: \.word0).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) var rawLock: RawLock { RawLock(word: futexWord) }

    /// The word of `state`: an RLock's owner, what a thread handle knows of its thread. Atomic.
    @inline(__always) var stateWord: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(self).advanced(by: MemoryLayout<NativeObject>.offset(of: \.state).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }

    /// RLock: identifier of the owner; 0 = none.
    @inline(__always) var owner: Int {
        get { Int(bitPattern: UInt(gild_load_relaxed_64(stateWord))) }
        nonmutating set { gild_store_relaxed_64(stateWord, UInt64(UInt(bitPattern: newValue))) }
    }

    /// RLock: how often the owner has taken it.
    @inline(__always) var depth: Int {
        get { Int(bitPattern: UInt(gild_load_relaxed_64(depthWord))) }
        nonmutating set { gild_store_relaxed_64(depthWord, UInt64(UInt(bitPattern: newValue))) }
    }

    @inline(__always) private var depthWord: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(self).advanced(by: MemoryLayout<NativeObject>.offset(of: \.word1).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }
}

extension gild_thread_ref {
    /// A native object of a builtin type, its fields empty.
    func makeNativeObject(_ type: BuiltinType, bytes: Int = MemoryLayout<NativeObject>.size) -> Value {
        guard let object = allocate(bytes: bytes, shape: heap.pointee.types[type].pointee.rootShape) else { return .undefined }
        let native = object.cast(NativeObject.self)
        native.pointee.first = .undefined
        native.pointee.second = .undefined
        native.pointee.destroy = nil
        native.pointee.state = nil
        native.pointee.word0 = 0
        native.pointee.word1 = 0
        containerAllocated()
        return Value(object)
    }

    /// The same with room for the note of a holder; made, for all who ask, at the script's line.
    func makeHoldableObject(_ type: BuiltinType) -> Value {
        let value = makeNativeObject(type, bytes: MemoryLayout<HoldableObject>.size)
        if value.isUndefined { return value }
        value.cast(HoldableObject.self).pointee.holding = Holding()
        value.object.prefix.pointee.site = scriptSite()
        return value
    }

    /// A Lock for one notification, taken already. Undefined: MemoryError raised.
    func makeNotification() -> Value {
        let value = makeHoldableObject(.lock)
        if value.isUndefined { return value }
        let lock = value.cast(HoldableObject.self)
        lock.holdingFlags = HoldingFlags.notification
        _ = lock.native.rawLock.tryAcquire()
        noteTaken(lock, isScoped: false)
        return value
    }

    /// Take a Lock or RLock, which the caller keeps alive.
    ///
    /// - Parameters:
    ///   - timeout: nanoseconds; nil: for ever, 0: do not wait.
    ///   - isScoped: by a `with` statement.
    /// - Returns: 1, or 0 when the time is over, or -1 with an exception raised.
    @inline(__always)
    func acquire(_ resource: AwaitedResource, timeout: Int?, isScoped: Bool) -> Int32 {
        let lock = resource.holdable.unsafelyUnwrapped
        if !lock.native.rawLock.tryAcquire() {
            let outcome = timeout == 0 ? 0 : acquireContended(resource, timeout)
            if outcome <= 0 { return outcome }
        }
        noteTaken(lock, isScoped: isScoped)
        return 1
    }

    @inline(never)
    private func acquireContended(_ resource: AwaitedResource, _ timeout: Int?) -> Int32 {
        let lock = resource.holdable.unsafelyUnwrapped.native.rawLock
        let deadline = timeout.flatMap { self.deadline(after: $0) }
        let record = s.pointee.lockThread
        while true {
            if deadline == nil && !enterWait(for: resource) { return -1 }
            let outcome = allowThreads(.lock) { lock.acquire(record, deadline: deadline) }
            if deadline == nil && !leaveWait(isDone: outcome == .acquired) { return -1 }
            switch outcome {
            case .acquired: return 1
            case .timedOut: return 0
            case .interrupted: if !handleEvalBreaker() { return -1 }
            }
        }
    }

    /// Let a lock go, whoever holds it. False: nobody does.
    @inline(__always)
    fileprivate func release(_ lock: UnsafeMutablePointer<HoldableObject>) -> Bool {
        if !lock.native.rawLock.isLocked { return false }
        lock.noteReleased(by: s.pointee.lockThread.pointee.number)
        return lock.native.rawLock.release()
    }

    /// Arguments of `acquire(blocking=True, timeout=-1)`; the outer nil: raised.
    private func acquireArguments(_ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Int?? {
        if count == 1 && keywordNames.isUndefined { return .some(nil) }
        var given = (Value.undefined, Value.undefined)
        let done = withUnsafeMutableBytes(of: &given) { bytes in
            bind(
                "acquire", arguments + 1, count - 1, keywordNames, parameters: ["blocking", "timeout"], required: 0,
                into: bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self))
        }
        if !done { return nil }
        var isBlocking = true
        if !given.0.isUndefined {
            let flag = truth(given.0)
            if flag < 0 { return nil }
            isBlocking = flag != 0
        }
        var timeout = -1_000_000_000
        if !given.1.isUndefined {
            guard let nanoseconds = durationArgument(given.1) else { return nil }
            timeout = nanoseconds
        }
        if !isBlocking && timeout != -1_000_000_000 {
            raise(.valueError, "can't specify a timeout for a non-blocking call")
            return nil
        }
        if timeout < 0 && timeout != -1_000_000_000 {
            raise(.valueError, "timeout value must be a non-negative number")
            return nil
        }
        if !isBlocking { return .some(0) }
        if timeout > 9_223_372_036_000_000_000 {
            raise(.overflowError, "timeout value is too large")
            return nil
        }
        return .some(timeout < 0 ? nil : timeout)
    }

    fileprivate func acquireLock(_ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Int32 {
        guard let timeout = acquireArguments(arguments, count, keywordNames) else { return -1 }
        return acquire(.lock(arguments[0].cast(HoldableObject.self)), timeout: timeout, isScoped: false)
    }

    fileprivate func acquireReentrantLock(_ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Int32 {
        guard let timeout = acquireArguments(arguments, count, keywordNames) else { return -1 }
        let lock = arguments[0].cast(NativeObject.self)
        let me = s.pointee.identifier
        if lock.rawLock.isLocked && lock.owner == me {
            lock.depth &+= 1
            return 1
        }
        let outcome = acquire(.reentrantLock(arguments[0].cast(HoldableObject.self)), timeout: timeout, isScoped: true)
        if outcome > 0 {
            lock.owner = me
            lock.depth = 1
        }
        return outcome
    }

    /// Whether the calling thread owns the RLock.
    fileprivate func owns(_ lock: UnsafeMutablePointer<NativeObject>) -> Bool {
        lock.rawLock.isLocked && lock.owner == s.pointee.identifier
    }
}

// MARK: - Lock

/// `Lock()`.
func lockNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer { return thread.raise(.typeError, "lock() takes no keyword arguments") }
    if count > 0 { return thread.raise(.typeError, "lock expected 0 arguments, got \(count)") }
    return thread.makeHoldableObject(.lock)
}

/// `acquire(blocking=True, timeout=-1)`: whether the lock was taken.
func lockAcquire(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let outcome = thread.acquireLock(arguments, count, keywordNames)
    return outcome < 0 ? .undefined : Value(outcome > 0)
}

func lockEnter(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    return thread.acquire(.lock(arguments[0].cast(HoldableObject.self)), timeout: nil, isScoped: true) < 0 ? .undefined : .true
}

func lockRelease(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.release(arguments[0].cast(HoldableObject.self)) ? .none : thread.raise(.runtimeError, "release unlocked lock")
}

func lockIsLocked(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(arguments[0].cast(NativeObject.self).rawLock.isLocked)
}

func lockRepr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let state = arguments[0].cast(NativeObject.self).rawLock.isLocked ? "locked" : "unlocked"
    return thread.makeString("<\(state) _thread.lock object at \(thread.address(arguments[0]))>")
}

// MARK: - RLock

/// `RLock()`. Arguments are ignored, as CPython 3.13 does.
func reentrantLockNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    return thread.makeHoldableObject(.rlock)
}

func reentrantLockAcquire(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let outcome = thread.acquireReentrantLock(arguments, count, keywordNames)
    return outcome < 0 ? .undefined : Value(outcome > 0)
}

func reentrantLockEnter(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.acquireReentrantLock(arguments, 1, .undefined) < 0 ? .undefined : .true
}

func reentrantLockRelease(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let lock = arguments[0].cast(NativeObject.self)
    if !thread.owns(lock) { return thread.raise(.runtimeError, "cannot release un-acquired lock") }
    lock.depth &-= 1
    if lock.depth == 0 {
        lock.owner = 0
        _ = thread.release(arguments[0].cast(HoldableObject.self))
    }
    return .none
}

func reentrantLockRepr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let lock = arguments[0].cast(NativeObject.self)
    let state = lock.rawLock.isLocked ? "locked" : "unlocked"
    return thread.makeString("<\(state) _thread.RLock object owner=\(lock.owner) count=\(lock.depth) at \(thread.address(arguments[0]))>")
}

func reentrantLockIsOwned(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(thread.owns(arguments[0].cast(NativeObject.self)))
}

func reentrantLockRecursionCount(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let lock = arguments[0].cast(NativeObject.self)
    return Value(smallInt: thread.owns(lock) ? lock.depth : 0)
}

/// Let the lock go however often it was taken; returns what `_acquire_restore` needs.
func reentrantLockReleaseSave(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let lock = arguments[0].cast(NativeObject.self)
    if lock.depth == 0 { return thread.raise(.runtimeError, "cannot release un-acquired lock") }
    guard let saved = thread.allocateTuple(2) else { return .undefined }
    saved.items[0] = Value(smallInt: lock.depth)
    saved.items[1] = thread.makeInt(lock.owner)
    lock.depth = 0
    lock.owner = 0
    _ = thread.release(arguments[0].cast(HoldableObject.self))
    return Value(pointer: saved)
}

func reentrantLockAcquireRestore(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isKind(arguments[1], .tuple), arguments[1].cast(TupleObject.self).pointee.count == 2,
        let times = thread.smallInt(arguments[1].cast(TupleObject.self).items[0]), let owner = thread.smallInt(arguments[1].cast(TupleObject.self).items[1])
    else { return thread.raise(.typeError, "_acquire_restore() argument 1 must be tuple, not \(thread.typeName(arguments[1]))") }
    let lock = arguments[0].cast(NativeObject.self)
    if thread.acquire(.reentrantLock(arguments[0].cast(HoldableObject.self)), timeout: nil, isScoped: true) < 0 { return .undefined }
    lock.owner = owner
    lock.depth = times
    return .none
}
