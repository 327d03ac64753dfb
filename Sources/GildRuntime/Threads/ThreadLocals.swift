// threading.local: attributes that differ from thread to thread.
//
//     local object ── slot 0 ──▶ anchor ──▶ { thread number: attribute dict }
//                                   │
//     runtime.threadLocals ──▶ node ◀┘ ──▶ node …
//
// The dicts hang on the object, not on the threads, so that they go when the object goes, whichever threads used it. A
// thread that ends must take its own dicts away: it finds the objects through the nodes, one for every anchor, in a list
// that the anchor's destruction unlinks without any counted reference. Thread numbers are never used twice, so a dict
// cannot pass to a later thread that happens to get the same identifier.
//
// Without a GIL, all threads that use an object work on the dict of its anchor; they lock that, and each adds and removes nothing but its
// own entry. So the attribute dict that a thread has found is good for as long as it holds the object. An anchor that a thread finds in the
// list may be on its way out: the list's mutex keeps its memory, and a reference is taken only if there still is one.
//
// A subclass's `__init__` runs in every thread at its first use of the object, with the arguments of the constructor,
// which the anchor keeps. As in CPython (Modules/_threadmodule.c).

import CGild
import Glibc

/// Name of the slot that holds the anchor; no script can write it.
let threadLocalSlotName = "<anchor>"

/// The anchors of one runtime. Copies denote the same list. Lives as long as its runtime.
struct ThreadLocalList: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Newest first. Guarded by `mutex`.
    private let newest: UnsafeMutablePointer<UnsafeMutablePointer<ThreadLocalAnchor>?>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        newest = .allocate(capacity: 1)
        newest.initialize(to: nil)
    }

    func add(_ node: UnsafeMutablePointer<ThreadLocalAnchor>) {
        pthread_mutex_lock(mutex)
        node.pointee.next = newest.pointee
        newest.pointee?.pointee.previous = node
        newest.pointee = node
        pthread_mutex_unlock(mutex)
    }

    func remove(_ node: UnsafeMutablePointer<ThreadLocalAnchor>) {
        pthread_mutex_lock(mutex)
        if let previous = node.pointee.previous { previous.pointee.next = node.pointee.next } else { newest.pointee = node.pointee.next }
        node.pointee.next?.pointee.previous = node.pointee.previous
        pthread_mutex_unlock(mutex)
    }

    /// Call `body` for every anchor, the newest first, under the mutex.
    func forEach(_ body: (UnsafeMutablePointer<NativeObject>) -> Void) {
        pthread_mutex_lock(mutex)
        var current = newest.pointee
        while let node = current {
            body(node.pointee.object)
            current = node.pointee.next
        }
        pthread_mutex_unlock(mutex)
    }
}

/// A node of the list of live anchors; raw memory. Links are guarded by the list's mutex.
struct ThreadLocalAnchor {
    var previous: UnsafeMutablePointer<ThreadLocalAnchor>?
    var next: UnsafeMutablePointer<ThreadLocalAnchor>?
    let runtime: UnsafeMutablePointer<RuntimeState>
    /// Borrowed: the object unlinks the node before it goes.
    let object: UnsafeMutablePointer<NativeObject>
}

extension gild_thread_ref {
    private var threadKey: Value { Value(smallInt: Int(s.pointee.lockThread.pointee.number)) }

    /// Anchor with the constructor's arguments: `first` the dicts by thread, `second` (values, keyword names or None).
    fileprivate func makeAnchor(_ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
        let total = count + (keywordNames.isPointer ? keywordNames.cast(TupleObject.self).pointee.count : 0)
        guard let values = allocateTuple(total) else { return .undefined }
        for i in 0..<total { values.items[i] = newReference(arguments[i]) }
        guard let saved = allocateTuple(2) else {
            decref(Value(pointer: values))
            return .undefined
        }
        saved.items[0] = Value(pointer: values)
        saved.items[1] = keywordNames.isPointer ? newReference(keywordNames) : .none
        let anchor = makeNativeObject(.threadLocalAnchor)
        if anchor.isUndefined {
            decref(Value(pointer: saved))
            return anchor
        }
        let native = anchor.cast(NativeObject.self)
        native.pointee.second = Value(pointer: saved)
        let runtime = s.pointee.runtime
        let node = UnsafeMutablePointer<ThreadLocalAnchor>.allocate(capacity: 1)
        node.initialize(to: ThreadLocalAnchor(previous: nil, next: nil, runtime: runtime, object: native))
        runtime.pointee.threadLocals.add(node)
        native.pointee.state = UnsafeMutableRawPointer(node)
        native.pointee.destroy = unlinkAnchor
        return anchor
    }

    /// The calling thread's attributes of a thread-local instance, borrowed from the instance, which the caller keeps. Nil: raised.
    func threadLocalAttributes(_ receiver: Value) -> UnsafeMutablePointer<DictObject>? {
        // Written once, before anybody else sees the instance.
        let slot = receiver.cast(InstanceObject.self).slots[0]
        guard slot.isPointer else {
            raise(.systemError, "threading.local object without storage")
            return nil
        }
        let anchor = slot.cast(NativeObject.self)
        if !peek(&anchor.pointee.first).isPointer {
            guard let new = makeDict() else { return nil }
            if !fill(&anchor.pointee.first, Value(pointer: new)) { decref(Value(pointer: new)) }
        }
        let byThread = peek(&anchor.pointee.first)
        let known = guarded(byThread) { dictGet(self, byThread.cast(DictObject.self), threadKey) }
        if known.isPointer { return known.cast(DictObject.self) }
        return firstUse(receiver, anchor, byThread)
    }

    private func firstUse(_ receiver: Value, _ anchor: UnsafeMutablePointer<NativeObject>, _ byThread: Value) -> UnsafeMutablePointer<DictObject>? {
        guard let attributes = makeDict() else { return nil }
        let value = Value(pointer: attributes)
        let isStored = guarded(byThread) { dictSet(self, byThread.cast(DictObject.self), threadKey, value) }
        decref(value)
        if !isStored { return nil }
        s.pointee.usesThreadLocals = true
        let initializer = special(receiver, .`init`)
        if initializer.isUndefined || !anchor.pointee.second.isPointer { return attributes }
        let saved = newReference(anchor.pointee.second)
        defer { decref(saved) }
        let values = saved.cast(TupleObject.self).items[0].cast(TupleObject.self)
        let names = saved.cast(TupleObject.self).items[1]
        let result = withScratch(of: Value.self, count: values.pointee.count + 1) { buffer in
            buffer[0] = receiver
            for i in 0..<values.pointee.count { buffer[i + 1] = values.items[i] }
            return call(
                initializer, arguments: buffer, count: values.pointee.count + 1,
                keywordNames: names.isPointer ? names : .undefined)
        }
        if result.isUndefined {
            let raised = s.pointee.exception
            s.pointee.exception = .undefined
            if guarded(byThread, { dictDelete(self, byThread.cast(DictObject.self), threadKey) }) < 0 { clearException() }
            s.pointee.exception = raised
            return nil
        }
        if !result.isNone {
            raise(.typeError, "__init__() should return None, not '\(typeName(result))'")
            decref(result)
            return nil
        }
        return attributes
    }

    /// The thread ends: its attributes go, those of the newest object first. What they release may run code that gives the thread new
    /// ones, so the walk starts again until it does not.
    func releaseThreadLocals() {
        while s.pointee.usesThreadLocals {
            s.pointee.usesThreadLocals = false
            var anchors: [Value] = []
            s.pointee.runtime.pointee.threadLocals.forEach { if holdIfAlive($0) { anchors.append(Value(pointer: $0)) } }
            for anchor in anchors {
                let byThread = load(&anchor.cast(NativeObject.self).pointee.first)
                if byThread.isPointer {
                    let isOwn = guarded(byThread) { !dictGet(self, byThread.cast(DictObject.self), threadKey).isUndefined }
                    if isOwn && guarded(byThread, { dictDelete(self, byThread.cast(DictObject.self), threadKey) }) < 0 { clearException() }
                }
                decref(byThread)
                decref(anchor)
            }
        }
    }

    /// Take a reference to an anchor, unless it is being freed.
    private func holdIfAlive(_ anchor: UnsafeMutablePointer<NativeObject>) -> Bool {
        let value = Value(pointer: anchor)
        if s.pointee.isFreeThreaded { return tryIncref(value.object) }
        if value.object.references == 0 { return false }
        incref(value)
        return true
    }
}

/// `local(*args, **kwargs)` and its subclasses; the class lies before the arguments.
func threadLocalNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let type = arguments[-1].cast(TypeObject.self)
    if (count > 0 || keywordNames.isPointer) && type.pointee.specials[SpecialMethod.`init`.rawValue].isUndefined {
        return thread.raise(.typeError, "Initialization arguments are not supported")
    }
    let anchor = thread.makeAnchor(arguments, count, keywordNames)
    if anchor.isUndefined { return anchor }
    let instance = thread.makeInstance(type)
    if instance.isUndefined {
        thread.decref(anchor)
        return instance
    }
    thread.replace(instance.cast(InstanceObject.self).slots, anchor)
    if thread.threadLocalAttributes(instance) == nil {
        thread.decref(instance)
        return .undefined
    }
    return instance
}

private func unlinkAnchor(_ object: UnsafeMutableRawPointer) {
    let native = object.assumingMemoryBound(to: NativeObject.self)
    guard let state = native.pointee.state else { return }
    native.pointee.state = nil
    let node = state.assumingMemoryBound(to: ThreadLocalAnchor.self)
    node.pointee.runtime.pointee.threadLocals.remove(node)
    node.deallocate()
}
