// The cycle collector: trial deletion over the whole heap, at a safepoint, while no other thread runs.
//
// Algorithm (that of CPython's gcmodule, after Bacon and Rajan's description of trial deletion, ECOOP 2001).
//   1. Every container gets a copy of its reference count.
//   2. For every reference from one container to another, the target's copy goes down by one: what is left counts the
//      references from outside (registers, frames, immortal objects, native code).
//   3. Whatever has a reference from outside is alive, and everything it reaches. The rest is garbage in cycles.
//   4. Finalisers of the garbage run in order of creation, while all of it is still whole. What they resurrect, and what
//      that reaches, is taken out by repeating steps 1-3 on the garbage alone.
//   5. Each dead object is emptied while the collector holds a reference to it; the counts then do the rest.
// Roots need no list: a reference that no container explains is a root.
//
// When: container allocations minus deallocations since the last collection exceed the first threshold and a quarter of
// the containers that survived it (the rule of CPython's free-threaded build, which keeps the total work linear). The
// allocation posts the eval-breaker bit; the collection happens at the next checkpoint, as in CPython 3.12 and later.
// All generations are collected at once.
//
// Without one lock the world is stopped twice: from the walk until the collector holds a reference to every dead object, so that nobody sees a
// reference move while references are counted; and, if finalisers ran, for the second look at the dead set, which they may have made known to other threads.
// Finalisers run, and the dead are emptied, while the others go on: what is dead by then is known to nobody else.

import CGild
import Glibc

struct CollectorState {
    /// Atomic: the end of a collection is not at a stop.
    /// Slot of the thread that collects (ThreadSlots.swift); 0: none does.
    private let runner = UnsafeMutablePointer<UInt32>.zeroed()
    var isRunning: Bool { gild_load_acquire_32(runner) != 0 }
    func isRunning(inSlot slot: UInt16) -> Bool { gild_load_relaxed_32(runner) == UInt32(slot) }
    func begin(inSlot slot: UInt16) { gild_store_release_32(runner, UInt32(slot)) }
    func end() { gild_store_release_32(runner, 0) }
    /// What `gc.set_threshold` sets: three words, atomic.
    let thresholds: UnsafeMutablePointer<Int> = {
        let words = UnsafeMutablePointer<Int>.allocate(capacity: 3)
        words.initialize(repeating: 10, count: 3)
        words[0] = 2000
        return words
    }()
    /// Containers alive after the last collection.
    var survivors = 0
    /// Objects found dead by all collections. Atomic, as the end of a collection.
    private let found = UnsafeMutablePointer<UInt64>.zeroed()
    var collected: Int {
        get { Int(gild_load_relaxed_64(found)) }
        nonmutating set { gild_store_relaxed_64(found, UInt64(newValue)) }
    }
    /// Collections run.
    var collections = 0
}

extension UnsafeMutablePointer where Pointee: FixedWidthInteger {
    /// A word of its own.
    fileprivate static func zeroed() -> Self {
        let word = Self.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }
}

/// A growable array of object pointers outside the quota (the collector must work at the heap's limit).
struct ObjectStack {
    private(set) var items: UnsafeMutablePointer<ObjectPointer>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        items = .allocate(capacity: self.capacity)
    }

    mutating func push(_ object: ObjectPointer) {
        if count == capacity {
            let larger = UnsafeMutablePointer<ObjectPointer>.allocate(capacity: capacity * 2)
            larger.update(from: items, count: count)
            items.deallocate()
            items = larger
            capacity *= 2
        }
        items[count] = object
        count += 1
    }

    mutating func pop() -> ObjectPointer? {
        if count == 0 { return nil }
        count -= 1
        return items[count]
    }

    mutating func removeAll() { count = 0 }
    func destroy() { items.deallocate() }
}

extension gild_thread_ref {
    // MARK: Triggers

    /// More containers are young than the first threshold says (HeapFigures.swift).
    func collectionMayBeDue(_ young: Int) {
        let heap = self.heap
        if !s.pointee.run.pointee.settings.isCollectorEnabled || heap.pointee.collector.isRunning || gild_load_relaxed_int(heap.pointee.collector.thresholds) == 0
            || young <= heap.pointee.collector.survivors / 4 {
            return
        }
        _ = gild_fetch_or_32(&s.pointee.evalBreaker, EvalBreaker.collect)
    }

    // MARK: Collection

    /// Collect cycles. Returns the number of objects found dead, resurrected ones not counted.
    @discardableResult
    func collectGarbage(generation: Int = 2) -> Int {
        var dead = ObjectStack()
        defer { dead.destroy() }
        mergeAllQueues()
        // Another thread may be about to collect, or have done so while this one waited for the stop.
        let isCollector = exclusively { () -> Bool in
            if heap.pointee.collector.isRunning { return false }
            heap.pointee.collector.begin(inSlot: s.pointee.owner)
            heap.pointee.collector.collections += 1
            forgetYoungContainers()
            findDead(into: &dead)
            for i in 0..<dead.count where dead.items[i].isSpread { gather(dead.items[i]) }
            // From here on nothing of the dead set may be freed under our feet.
            for i in 0..<dead.count { incref(dead.items[i]) }
            return true
        }
        if !isCollector { return 0 }
        defer { heap.pointee.collector.end() }
        if dead.count == 0 { return 0 }

        if runFinalizers(of: dead) {
            var still = ObjectStack(capacity: dead.count)
            var resurrected = ObjectStack()
            exclusively {
                findUnreachable(dead, into: &still, heldByCollector: true)
                for i in 0..<still.count { still.items[i].pointee.flags = still.items[i].pointee.flags | ObjectFlags.collectorCandidate }
                for i in 0..<dead.count where dead.items[i].pointee.flags & ObjectFlags.collectorCandidate == 0 { resurrected.push(dead.items[i]) }
            }
            // Those that came back to life only lose our reference.
            for i in 0..<resurrected.count { decref(resurrected.items[i]) }
            resurrected.destroy()
            dead.destroy()
            dead = still
        }
        let count = dead.count
        heap.pointee.collector.collected = heap.pointee.collector.collected + count
        for i in 0..<count { dead.items[i].pointee.flags = dead.items[i].pointee.flags | ObjectFlags.collectorCandidate }
        for i in 0..<count { empty(dead.items[i]) }
        for i in 0..<count {
            dead.items[i].clearOwnFlags(ObjectFlags.collectorCandidate)
            decref(dead.items[i])
        }
        return count
    }

    /// The containers that only cycles keep alive.
    private func findDead(into dead: inout ObjectStack) {
        var candidates = ObjectStack(capacity: max(1024, heap.pointee.collector.survivors + 2048))
        defer { candidates.destroy() }
        let shapes = s.pointee.shapes
        heap.pointee.forEachObject { object in
            if shapes[Int(object.pointee.shape)].unsafelyUnwrapped.pointee.isContainer && !object.isImmortal && object.pointee.flags & ObjectFlags.dying == 0 {
                // A tuple that holds no object cannot be part of a cycle (CPython stops tracking it, too).
                if object.pointee.shape == BuiltinShape.tuple.rawValue && holdsNoObject(object.cast(TupleObject.self)) { return }
                // It has been dropped by its last thread since the queues were merged: the next collection frees it.
                if object.isSpread && references(of: object) == 0 { return }
                // Lost updates keep what nothing refers to: it is to be reported, not collected.
                if scheme == .unsynchronized && references(of: object) == 0 { return }
                candidates.push(object)
            }
        }
        findUnreachable(candidates, into: &dead)
        heap.pointee.collector.survivors = candidates.count - dead.count
    }

    @inline(__always) private func holdsNoObject(_ tuple: UnsafeMutablePointer<TupleObject>) -> Bool {
        for i in 0..<tuple.pointee.count where tuple.items[i].isPointer { return false }
        return true
    }

    /// Steps 1-3: the objects of `set` that nothing outside of it reaches.
    private func findUnreachable(_ set: ObjectStack, into dead: inout ObjectStack, heldByCollector: Bool = false) {
        let held: UInt32 = heldByCollector ? 1 : 0
        for i in 0..<set.count {
            let object = set.items[i]
            object.prefix.pointee.collectorCount = references(of: object) &- held
            object.pointee.flags = (object.pointee.flags & ~ObjectFlags.collectorReached) | ObjectFlags.collectorCandidate
        }
        for i in 0..<set.count {
            traverse(set.items[i]) { value in
                if value.isPointer && value.object.pointee.flags & ObjectFlags.collectorCandidate != 0 {
                    value.object.prefix.pointee.collectorCount &-= 1
                }
            }
        }
        var pending = ObjectStack(capacity: 1024)
        defer { pending.destroy() }
        for i in 0..<set.count where set.items[i].prefix.pointee.collectorCount != 0 {
            set.items[i].pointee.flags |= ObjectFlags.collectorReached
            pending.push(set.items[i])
        }
        while let object = pending.pop() {
            traverse(object) { value in
                guard value.isPointer else { return }
                let flags = value.object.pointee.flags
                if flags & (ObjectFlags.collectorCandidate | ObjectFlags.collectorReached) == ObjectFlags.collectorCandidate {
                    value.object.pointee.flags = flags | ObjectFlags.collectorReached
                    pending.push(value.object)
                }
            }
        }
        for i in 0..<set.count {
            let object = set.items[i]
            if object.pointee.flags & ObjectFlags.collectorReached == 0 { dead.push(object) }
            object.pointee.flags &= ~(ObjectFlags.collectorCandidate | ObjectFlags.collectorReached)
        }
    }

    /// Step 4. True when any finaliser ran.
    private func runFinalizers(of dead: ObjectStack) -> Bool {
        if !heap.pointee.hasFinalizers { return false }
        var pending: [(serial: UInt32, object: ObjectPointer)] = []
        for i in 0..<dead.count {
            let object = dead.items[i]
            let shape = shape(object)
            if shape.pointee.kind == .instance && object.pointee.flags & ObjectFlags.finalized == 0
                && !shape.pointee.type.pointee.specials[SpecialMethod.del.rawValue].isUndefined {
                pending.append((object.cast(InstanceObject.self).pointee.serial, object))
            }
        }
        if pending.isEmpty { return false }
        pending.sort { $0.serial < $1.serial }
        for entry in pending where entry.object.pointee.flags & ObjectFlags.finalized == 0 {
            let finalizer = shape(entry.object).pointee.type.pointee.specials[SpecialMethod.del.rawValue]
            if finalizer.isUndefined { continue }
            entry.object.pointee.flags = entry.object.pointee.flags | ObjectFlags.finalized
            runFinalizer(Value(entry.object), finalizer)
        }
        return true
    }

    /// Step 5: drop the references that may form cycles; the object stays valid, and empty.
    private func empty(_ object: ObjectPointer) {
        let shape = shape(object)
        switch shape.pointee.kind {
        case .type:
            let type = object.cast(TypeObject.self)
            var i = 0
            while i < type.attributes.count {
                setTypeAttribute(type, type.attributes.name(at: i), .undefined)
                i += 1
            }
        case .namespace:
            clearNamespace(object.cast(NamespaceObject.self))
        case .module:
            let module = object.cast(ModuleObject.self)
            for i in 0..<module.attributes.count { decref(module.attributes.exchange(at: i, .undefined)) }
        case .nativeObject:
            clear(&object.cast(NativeObject.self).pointee.first)
            clear(&object.cast(NativeObject.self).pointee.second)
        case .tuple, .frozenSet:
            // As in CPython, immutable containers are not emptied: something mutable in the cycle is.
            break
        case .instance:
            emptyInstance(object.cast(InstanceObject.self), shape)
        default:
            release(contentOf: object, shape)
        }
    }

    private func emptyInstance(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UnsafeMutablePointer<Shape>) {
        let root = shape.pointee.type.pointee.rootShape
        if shape.pointee.isDictionary {
            if let overflow = instance.pointee.overflow {
                let dict = UnsafeMutableRawPointer(overflow).assumingMemoryBound(to: DictObject.self)
                dictClear(self, dict)
            }
            return
        }
        let fixed = s.pointee.shapes[Int(root)].unsafelyUnwrapped.pointee.slotCount
        let count = shape.pointee.slotCount
        let inline = Int(instance.pointee.inlineCapacity)
        let overflow = instance.pointee.overflow
        instance.pointee.overflow = nil
        // The instance has no attributes from here on, whoever looks.
        instance.pointee.header.shape = root
        for i in 0..<min(count, inline) {
            let old = instance.slots[i]
            instance.slots[i] = i < fixed ? .none : .undefined
            decref(old)
        }
        if let overflow {
            for i in 0..<(count - inline) { decref(overflow[i]) }
            freeBuffer(overflow, bytes: overflowBytes(count, inline))
        }
    }

    // MARK: Traversal

    /// Call `visit` for every counted reference that the object holds.
    @inline(__always)
    func traverse(_ object: ObjectPointer, _ visit: (Value) -> Void) {
        let shape = shape(object)
        switch shape.pointee.kind {
        case .free, .str, .bytes, .bigInt, .float, .quarantined:
            break
        case .list:
            listTraverse(object.cast(ListObject.self), visit)
        case .tuple:
            let tuple = object.cast(TupleObject.self)
            for i in 0..<tuple.pointee.count { visit(tuple.items[i]) }
        case .dict:
            dictTraverse(object.cast(DictObject.self), visit)
        case .set, .frozenSet:
            setTraverse(object.cast(SetObject.self), visit)
        case .range:
            let range = object.cast(RangeObject.self)
            visit(range.pointee.start)
            visit(range.pointee.stop)
            visit(range.pointee.step)
            visit(range.pointee.length)
        case .slice:
            let slice = object.cast(SliceObject.self)
            visit(slice.pointee.start)
            visit(slice.pointee.stop)
            visit(slice.pointee.step)
        case .iterator:
            visit(object.cast(IteratorObject.self).pointee.source)
            visit(object.cast(IteratorObject.self).pointee.extra)
        case .dictView:
            visit(object.cast(IteratorObject.self).pointee.source)
        case .function:
            let function = object.cast(FunctionObject.self)
            visit(function.pointee.defaults)
            visit(function.pointee.keywordDefaults)
            visit(function.pointee.attributes)
            visit(function.pointee.name)
            visit(function.pointee.qualifiedName)
            visit(function.pointee.documentation)
            visit(function.pointee.module)
            visit(function.pointee.globals)
            if let closure = function.pointee.closure {
                for i in 0..<function.pointee.code.pointee.freeCount { visit(closure[i]) }
            }
        case .native:
            visit(object.cast(NativeFunctionObject.self).pointee.receiver)
        case .boundMethod:
            visit(object.cast(BoundMethodObject.self).pointee.receiver)
            visit(object.cast(BoundMethodObject.self).pointee.function)
        case .cell:
            visit(object.cast(CellObject.self).pointee.content)
        case .type:
            let type = object.cast(TypeObject.self)
            for i in 0..<type.attributes.count { visit(type.attributes.value(at: i)) }
            visit(type.pointee.name)
            visit(type.pointee.qualifiedName)
            visit(type.pointee.module)
            if let base = type.pointee.base { visit(Value(pointer: base)) }
        case .instance:
            let instance = object.cast(InstanceObject.self)
            if shape.pointee.isDictionary {
                if let overflow = instance.pointee.overflow { visit(Value(pointer: overflow)) }
            } else {
                let count = shape.pointee.slotCount
                let inline = Int(instance.pointee.inlineCapacity)
                for i in 0..<min(count, inline) { visit(instance.slots[i]) }
                if let overflow = instance.pointee.overflow {
                    for i in 0..<(count - inline) { visit(overflow[i]) }
                }
            }
            visit(Value(pointer: shape.pointee.type))
        case .superObject:
            visit(object.cast(SuperObject.self).pointee.startType)
            visit(object.cast(SuperObject.self).pointee.receiver)
        case .module:
            let module = object.cast(ModuleObject.self)
            for i in 0..<module.attributes.count { visit(module.attributes.value(at: i)) }
            visit(module.pointee.name)
        case .namespace:
            let namespace = object.cast(NamespaceObject.self)
            for i in 0..<namespace.pointee.count { visit(namespace.pointee.values[i]) }
            visit(namespace.pointee.moduleName)
        case .traceback:
            let traceback = object.cast(TracebackObject.self)
            visit(traceback.pointee.next)
            for i in 0..<traceback.pointee.count { visit(traceback.values[i]) }
        case .nativeObject:
            visit(object.cast(NativeObject.self).pointee.first)
            visit(object.cast(NativeObject.self).pointee.second)
        }
    }
}
