// What happens when a count falls to zero.
//
// The object's finaliser (`__del__`) runs first, once in its life, with a reference of its own; if it left a reference
// behind, the object lives on. Then what the object holds is released, in CPython's order, and its memory goes back.
// Releasing may bring other counts to zero: that recursion is bounded. Beyond `maximumDepth` nested deallocations an
// object is only put on a stack, which the outermost deallocation empties; so a list nested ten million deep is freed
// with a constant amount of stack, while shallow structures are freed depth first, as a person expects and as CPython's
// "trashcan" does.

import CGild
import Glibc

extension gild_thread_ref {
    private static var maximumDepth: Int { 50 }

    /// Free an object whose last reference is gone.
    @inline(never)
    func deallocate(_ object: ObjectPointer) {
        let shape = shape(object)
        switch shape.pointee.kind {
        case .str, .bytes, .float, .bigInt:
            free(object)
            return
        default:
            break
        }
        if s.pointee.deallocationDepth >= gild_thread_ref.maximumDepth {
            object.setOwnFlags(ObjectFlags.dying)
            // Not linked through the object: its counts stay zero for whoever looks.
            s.pointee.deferredDeallocations.push(object)
            return
        }
        s.pointee.deallocationDepth &+= 1
        dispose(object, shape)
        s.pointee.deallocationDepth &-= 1
        if s.pointee.deallocationDepth == 0 {
            while s.pointee.deferredDeallocations.count > s.pointee.deferredBase {
                let next = s.pointee.deferredDeallocations.pop().unsafelyUnwrapped
                s.pointee.deallocationDepth = 1
                dispose(next, self.shape(next))
                s.pointee.deallocationDepth = 0
            }
        }
    }

    private func dispose(_ object: ObjectPointer, _ shape: UnsafeMutablePointer<Shape>) {
        if shape.pointee.kind == .instance {
            disposeInstance(object, shape)
            return
        }
        // What is released below may run code that collects: the collector must not find an object with count 0.
        object.setOwnFlags(ObjectFlags.dying)
        containerFreed()
        release(contentOf: object, shape)
        free(object)
    }

    private func disposeInstance(_ object: ObjectPointer, _ shape: UnsafeMutablePointer<Shape>) {
        let finalizer = shape.pointee.type.pointee.specials[SpecialMethod.del.rawValue]
        if !finalizer.isUndefined && object.flags & ObjectFlags.finalized == 0 {
            if finalize(object, finalizer) { return }
        }
        object.setOwnFlags(ObjectFlags.dying)
        containerFreed()
        release(contentOf: object, self.shape(object))
        free(object)
    }

    /// Run `__del__`. True when the object was resurrected. The object's count is 0 before and, unless resurrected, after.
    private func finalize(_ object: ObjectPointer, _ finalizer: Value) -> Bool {
        // An object whose turn came late is marked as dying; it may live on.
        object.clearOwnFlags(ObjectFlags.dying)
        object.setOwnFlags(ObjectFlags.finalized)
        // The reference that the finaliser's caller holds; a reference like any other in the books.
        revive(object)
        // Deallocations that wait are not the finaliser's; and it starts at depth 0, as a program of its own.
        let depth = s.pointee.deallocationDepth
        let base = s.pointee.deferredBase
        s.pointee.deferredBase = s.pointee.deferredDeallocations.count
        s.pointee.deallocationDepth = 0
        runFinalizer(Value(object), finalizer)
        s.pointee.deallocationDepth = depth
        s.pointee.deferredBase = base
        return hasOutlivedItsFinalizer(object)
    }

    /// Call `__del__` of an object that the caller keeps alive; what it raises is reported and dropped.
    func runFinalizer(_ object: Value, _ finalizer: Value) {
        let raised = s.pointee.exception
        s.pointee.exception = .undefined
        let result = call(finalizer, object)
        if result.isUndefined {
            printUnraisable(object: finalizer)
        } else {
            decref(result)
        }
        s.pointee.exception = raised
    }

    /// Release everything that the object holds, in CPython's order. The object's own memory stays.
    func release(contentOf object: ObjectPointer, _ shape: UnsafeMutablePointer<Shape>) {
        switch shape.pointee.kind {
        case .free, .str, .bytes, .bigInt, .float, .quarantined:
            break
        case .list:
            listRelease(self, object.cast(ListObject.self))
        case .tuple:
            let tuple = object.cast(TupleObject.self)
            var i = tuple.pointee.count
            while i > 0 {
                i &-= 1
                clearOwn(tuple.items + i)
            }
        case .dict:
            dictRelease(self, object.cast(DictObject.self))
        case .set, .frozenSet:
            setRelease(self, object.cast(SetObject.self))
        case .range:
            let range = object.cast(RangeObject.self)
            clearOwn(&range.pointee.start)
            clearOwn(&range.pointee.stop)
            clearOwn(&range.pointee.step)
            clearOwn(&range.pointee.length)
        case .slice:
            let slice = object.cast(SliceObject.self)
            clearOwn(&slice.pointee.start)
            clearOwn(&slice.pointee.stop)
            clearOwn(&slice.pointee.step)
        case .iterator:
            let iterator = object.cast(IteratorObject.self)
            clearOwn(&iterator.pointee.source)
            clearOwn(&iterator.pointee.extra)
        case .dictView:
            clearOwn(&object.cast(IteratorObject.self).pointee.source)
        case .function:
            let function = object.cast(FunctionObject.self)
            clearOwn(&function.pointee.defaults)
            clearOwn(&function.pointee.keywordDefaults)
            clearOwn(&function.pointee.attributes)
            clearOwn(&function.pointee.name)
            clearOwn(&function.pointee.qualifiedName)
            clearOwn(&function.pointee.documentation)
            clearOwn(&function.pointee.module)
            if let closure = function.pointee.closure {
                function.pointee.closure = nil
                let count = function.pointee.code.pointee.freeCount
                for i in 0..<count { decref(closure[i]) }
                freeBuffer(closure, bytes: count * 8)
            }
            clearOwn(&function.pointee.globals)
        case .native:
            clearOwn(&object.cast(NativeFunctionObject.self).pointee.receiver)
        case .boundMethod:
            let method = object.cast(BoundMethodObject.self)
            clearOwn(&method.pointee.receiver)
            clearOwn(&method.pointee.function)
        case .cell:
            clearOwn(&object.cast(CellObject.self).pointee.content)
        case .type:
            releaseType(object.cast(TypeObject.self))
        case .instance:
            releaseInstance(object.cast(InstanceObject.self), shape)
        case .superObject:
            let object = object.cast(SuperObject.self)
            clearOwn(&object.pointee.startType)
            clearOwn(&object.pointee.receiver)
        case .module:
            let module = object.cast(ModuleObject.self)
            for i in 0..<module.attributes.count { decref(module.attributes.exchange(at: i, .undefined)) }
            module.attributes.destroy()
            withTypes { heap.pointee.typeTables.pointee.deadShapes.append(object.pointee.shape) }
            clearOwn(&module.pointee.name)
        case .namespace:
            releaseNamespace(object.cast(NamespaceObject.self))
        case .traceback:
            let traceback = object.cast(TracebackObject.self)
            clearOwn(&traceback.pointee.next)
            for i in 0..<traceback.pointee.count { clearOwn(traceback.values + i) }
        case .nativeObject:
            let native = object.cast(NativeObject.self)
            clearOwn(&native.pointee.first)
            clearOwn(&native.pointee.second)
            if let destroy = native.pointee.destroy {
                native.pointee.destroy = nil
                destroy(UnsafeMutableRawPointer(object))
            }
        }
    }

    private func releaseInstance(_ instance: UnsafeMutablePointer<InstanceObject>, _ shape: UnsafeMutablePointer<Shape>) {
        if shape.pointee.isDictionary {
            if let overflow = instance.pointee.overflow {
                instance.pointee.overflow = nil
                decref(UnsafeMutableRawPointer(overflow).assumingMemoryBound(to: ObjectHeader.self))
            }
        } else {
            let count = shape.pointee.slotCount
            let inline = Int(instance.pointee.inlineCapacity)
            for i in 0..<min(count, inline) { clearOwn(instance.slots + i) }
            if let overflow = instance.pointee.overflow {
                instance.pointee.overflow = nil
                for i in 0..<(count - inline) { decref(overflow[i]) }
                freeBuffer(overflow, bytes: overflowBytes(count, inline))
            }
        }
        decref(Value(pointer: shape.pointee.type))
    }

    /// Slots and namespaces are released once; the tables themselves go with the object.
    private func releaseNamespace(_ namespace: UnsafeMutablePointer<NamespaceObject>) {
        clearNamespace(namespace)
        clearOwn(&namespace.pointee.moduleName)
        namespace.pointee.values.deallocate()
        namespace.pointee.builtins.deallocate()
        namespace.pointee.names.deallocate()
        namespace.pointee.order.deallocate()
    }

    /// Unbind all global variables in the order in which they were bound.
    func clearNamespace(_ namespace: UnsafeMutablePointer<NamespaceObject>) {
        let count = namespace.pointee.orderCount
        for i in 0..<count {
            let slot = Int(namespace.pointee.order[i])
            clear(namespace.pointee.values + slot)
        }
        namespace.pointee.orderCount = 0
    }

    private func releaseType(_ type: UnsafeMutablePointer<TypeObject>) {
        noteDeadShapes(type)
        for i in 0..<type.attributes.count { decref(type.attributes.exchange(at: i, .undefined)) }
        clearOwn(&type.pointee.name)
        clearOwn(&type.pointee.qualifiedName)
        clearOwn(&type.pointee.module)
        if let base = type.pointee.base {
            type.pointee.base = nil
            withTypes { removeSubclass(base, type) }
            decref(Value(pointer: base))
        }
        type.attributes.destroy()
        type.lookup.destroy()
        type.pointee.specials.deallocate()
        type.pointee.subclasses?.deallocate()
        type.pointee.subclasses = nil
    }
}
