// Making classes, instances and the shapes between them.

import CGild
import GildScript
import Glibc

extension gild_thread_ref {
    // MARK: Shapes

    /// A new shape; its number goes into headers and caches when the shape is complete. Within `withTypes`.
    func makeShape(kind: ObjectKind, type: UnsafeMutablePointer<TypeObject>, number: UInt32? = nil) -> UnsafeMutablePointer<Shape> {
        let tables = heap.pointee.typeTables
        let id: UInt32
        if let number {
            id = number
        } else {
            id = tables.pointee.freeShapes.popLast() ?? UInt32(tables.pointee.shapeCount)
            if Int(id) == tables.pointee.shapeCount { tables.pointee.shapeCount += 1 }
        }
        let shape = UnsafeMutablePointer<Shape>.allocate(capacity: 1)
        let isContainer: Bool
        switch kind {
        case .str, .bytes, .bigInt, .float, .range, .free, .quarantined: isContainer = false
        default: isContainer = true
        }
        shape.initialize(
            to: Shape(id: id, kind: kind, isDictionary: false, isContainer: isContainer, type: type, slotCount: 0, inlineCapacity: 0))
        s.pointee.shapes[Int(id)] = shape
        return shape
    }

    /// The shape with one more attribute, or 0 when instances should go to the dictionary shape.
    func transition(_ shape: UnsafeMutablePointer<Shape>, adding name: Value) -> UInt32 {
        let known = shape.transitions.get(name)
        return known.isUndefined ? withTypes { makeTransition(shape, name) } : UInt32(known.int)
    }

    private func makeTransition(_ shape: UnsafeMutablePointer<Shape>, _ name: Value) -> UInt32 {
        // Another thread may have made it since.
        let known = shape.transitions.get(name)
        if !known.isUndefined { return UInt32(known.int) }
        if shape.pointee.slotCount >= Shape.maximumSlots || heap.pointee.typeTables.pointee.shapeCount >= Heap.shapeCapacity - 1024 { return 0 }
        // A shape with very many branches: names that a program makes up.
        if shape.transitions.count >= 64 { return 0 }
        let next = makeShape(kind: .instance, type: shape.pointee.type)
        next.pointee.inlineCapacity = shape.pointee.inlineCapacity
        next.pointee.slotCount = shape.pointee.slotCount + 1
        copySlots(shape, to: next)
        _ = next.slotsByName.add(name, Value(smallInt: shape.pointee.slotCount))
        _ = shape.transitions.add(name, Value(smallInt: Int(next.pointee.id)))
        return next.pointee.id
    }

    private func copySlots(_ shape: UnsafeMutablePointer<Shape>, to other: UnsafeMutablePointer<Shape>) {
        for i in 0..<shape.slotsByName.count { _ = other.slotsByName.add(shape.slotsByName.name(at: i), shape.slotsByName.value(at: i)) }
    }

    /// The shape of the type's instances whose attributes lie in a dict; 0: there are too many shapes.
    func dictionaryShape(of type: UnsafeMutablePointer<TypeObject>) -> UInt32 {
        withTypes {
            if type.pointee.dictionaryShape == 0 && heap.pointee.typeTables.pointee.shapeCount < Heap.shapeCapacity {
                let dictionary = makeShape(kind: .instance, type: type)
                dictionary.pointee.isDictionary = true
                type.pointee.dictionaryShape = dictionary.pointee.id
            }
            return type.pointee.dictionaryShape
        }
    }

    // MARK: Instances

    /// A new instance with its fixed slots set to None (exceptions) or no attributes at all.
    @inline(__always)
    func makeInstance(_ type: UnsafeMutablePointer<TypeObject>) -> Value {
        let shape = s.pointee.shapes[Int(type.pointee.rootShape)].unsafelyUnwrapped
        let inline = shape.pointee.inlineCapacity
        guard let object = allocate(bytes: InstanceObject.slotsOffset + inline * 8, shape: type.pointee.rootShape) else { return .undefined }
        let instance = object.cast(InstanceObject.self)
        instance.pointee.serial = takeSerial()
        instance.pointee.inlineCapacity = UInt32(inline)
        instance.pointee.overflow = nil
        for i in 0..<inline { instance.slots[i] = .undefined }
        for i in 0..<shape.pointee.slotCount { instance.slots[i] = .none }
        incref(Value(pointer: type))
        containerAllocated()
        return Value(pointer: instance)
    }

    // MARK: Types

    /// A type object without attributes. `name` and `qualifiedName` are taken over.
    func makeType(
        name: Value, qualifiedName: Value, module: Value, base: UnsafeMutablePointer<TypeObject>?, kind: ObjectKind, flags: UInt32,
        rootShapeNumber: UInt32? = nil, inlineCapacity: Int = 0
    ) -> UnsafeMutablePointer<TypeObject>? {
        // Shape numbers come again only at the end of a run among several, so they bound the classes of a run.
        let isOutOfShapes = shapesLeft <= 8
        if isOutOfShapes { raiseMemoryError() }
        guard !isOutOfShapes, let object = allocate(bytes: MemoryLayout<TypeObject>.size, shape: .type) else {
            decref(name)
            decref(qualifiedName)
            decref(module)
            return nil
        }
        let type = object.cast(TypeObject.self)
        let specials = UnsafeMutablePointer<Value>.allocate(capacity: SpecialMethod.count)
        let header = type.pointee.header
        type.initialize(
            to: TypeObject(
                header: header, name: name, qualifiedName: qualifiedName, module: module, base: base, instanceKind: kind, flags: flags, rootShape: 0,
                dictionaryShape: 0, attributeTable: NameTable(), lookupTable: NameTable(), construct: nil, specials: specials, subclasses: nil, subclassCount: 0,
                subclassCapacity: 0))
        if let base { incref(Value(pointer: base)) }
        // What is inherited, and the base's list that passes later changes on to the type, in one step.
        withTypes {
            if let base {
                specials.initialize(from: base.pointee.specials, count: SpecialMethod.count)
                if kind == .instance, base.pointee.instanceKind == .instance { type.pointee.construct = base.pointee.construct }
            } else {
                specials.initialize(repeating: .undefined, count: SpecialMethod.count)
            }
            let root = makeShape(kind: kind, type: type, number: rootShapeNumber)
            type.pointee.rootShape = root.pointee.id
            root.pointee.inlineCapacity = inlineCapacity
            if kind == .instance, let base, base.pointee.instanceKind == .instance {
                // Fixed slots of exceptions are inherited.
                let parent = s.pointee.shapes[Int(base.pointee.rootShape)].unsafelyUnwrapped
                copySlots(parent, to: root)
                root.pointee.slotCount = parent.pointee.slotCount
                root.pointee.inlineCapacity = max(inlineCapacity, parent.pointee.inlineCapacity)
            }
            // The class object has a shape of its own, so that its attributes can be cached by shape.
            let own = makeShape(kind: .type, type: heap.pointee.types.isReady ? heap.pointee.types[.type] : type)
            gild_store_release_32(object.shapeWord, own.pointee.id)
            if let base { addSubclass(base, type) }
        }
        containerAllocated()
        return type
    }

    /// Within `withTypes`.
    private func addSubclass(_ base: UnsafeMutablePointer<TypeObject>, _ type: UnsafeMutablePointer<TypeObject>) {
        if base.pointee.subclassCount == base.pointee.subclassCapacity {
            let capacity = max(4, base.pointee.subclassCapacity * 2)
            let list = UnsafeMutablePointer<UnsafeMutablePointer<TypeObject>>.allocate(capacity: capacity)
            if let old = base.pointee.subclasses {
                list.update(from: old, count: base.pointee.subclassCount)
                old.deallocate()
            }
            base.pointee.subclasses = list
            base.pointee.subclassCapacity = capacity
        }
        base.pointee.subclasses.unsafelyUnwrapped[base.pointee.subclassCount] = type
        base.pointee.subclassCount = base.pointee.subclassCount + 1
    }

    /// Within `withTypes`.
    func removeSubclass(_ base: UnsafeMutablePointer<TypeObject>, _ type: UnsafeMutablePointer<TypeObject>) {
        guard let list = base.pointee.subclasses else { return }
        for i in 0..<base.pointee.subclassCount where list[i] == type {
            base.pointee.subclassCount = base.pointee.subclassCount - 1
            list[i] = list[base.pointee.subclassCount]
            return
        }
    }

    // MARK: The class statement

    /// `buildClass`: base[0] body function, base[1] name, then `count` bases. Consumed on success.
    func buildClass(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        var parent = heap.pointee.types[.object]
        if count > 0 {
            guard isKind(base[2], .type) else {
                return raise(.typeError, "gild does not support '\(typeName(base[2]))' as a base class")
            }
            parent = base[2].cast(TypeObject.self)
            if parent.pointee.flags & TypeFlags.final != 0 {
                return raise(.typeError, "type '\(string(parent.pointee.name))' is not an acceptable base type")
            }
            if parent.pointee.instanceKind != .instance {
                return raise(.typeError, "gild does not support '\(string(parent.pointee.name))' as a base class yet")
            }
        }
        guard let namespace = makeDict() else { return .undefined }
        // The body runs as a frame with the namespace.
        let cell = runClassBody(base[0], Value(pointer: namespace))
        if cell.isUndefined {
            decref(Value(pointer: namespace))
            return .undefined
        }
        let names = heap.pointee.names
        // The body's frame has ended, and nobody else ever had its dict.
        let qualified = dictGet(self, namespace, names.qualname)
        let module = dictGet(self, namespace, names.module)
        let capacity = attributeHint(namespace, parent)
        guard
            let type = makeType(
                name: newReference(base[1]), qualifiedName: newReference(qualified.isUndefined ? base[1] : qualified),
                module: newReference(module.isUndefined ? names.main : module), base: parent, kind: .instance,
                flags: parent.pointee.flags & TypeFlags.inherited, inlineCapacity: capacity)
        else {
            decref(cell)
            decref(Value(pointer: namespace))
            return .undefined
        }
        var position = 0
        while let (key, value) = dictNext(namespace, &position) {
            if key == names.qualname || key == names.module { continue }
            setTypeAttribute(type, key, newReference(value))
        }
        // Defining __eq__ without __hash__ makes instances unhashable.
        let eq = heap.pointee.types[SpecialMethod.eq]
        let hash = heap.pointee.types[SpecialMethod.hash]
        if !type.attributes.get(eq).isUndefined && type.attributes.get(hash).isUndefined {
            setTypeAttribute(type, hash, .none)
        }
        if cell.isPointer {
            if s.pointee.isFreeThreaded { shareForWriting(cell.object) }
            replace(&cell.cast(CellObject.self).pointee.content, newReference(Value(pointer: type)))
        }
        decref(cell)
        decref(Value(pointer: namespace))
        releaseWindow(base, count + 1)
        return Value(pointer: type)
    }

    private func runClassBody(_ function: Value, _ namespace: Value) -> Value {
        if !enterNative() { return .undefined }
        defer { leaveNative() }
        let frame = s.pointee.frame
        let top = frame.pointee.registers + frame.pointee.code.pointee.registerCount
        let base = max(s.pointee.nativeTop, top)
        if !fillRegisters(upTo: base + 2) { return .undefined }
        base[0] = newReference(function)
        if !pushFrame(function.cast(FunctionObject.self), base + 1, destination: base, resume: frame.pointee.pc, flags: Frame.ownsNamespace) {
            clear(base)
            return .undefined
        }
        s.pointee.frame.pointee.namespace = newReference(namespace)
        return runPushedFrame()
    }

    /// Inline slots for instances of a new class: the distinct names that its methods set on their first parameter, and those of the base.
    private func attributeHint(_ namespace: UnsafeMutablePointer<DictObject>, _ parent: UnsafeMutablePointer<TypeObject>) -> Int {
        var names: [Value] = []
        var position = 0
        while let (_, value) = dictNext(namespace, &position) {
            guard value.hasShape(.function) else { continue }
            let code = value.cast(FunctionObject.self).pointee.code
            var i = 0
            while i < code.pointee.wordCount {
                let instruction = Instruction(word: code.pointee.words[i])
                guard let opcode = instruction.opcode else { break }
                if opcode == .setAttr && instruction.a == 0 {
                    let name = code.pointee.names[instruction.c]
                    if !names.contains(name) { names.append(name) }
                }
                i += 1 + opcode.info.extraWords
            }
        }
        let inherited = s.pointee.shapes[Int(parent.pointee.rootShape)].unsafelyUnwrapped.pointee.inlineCapacity
        let parentNames = parent.pointee.flags & TypeFlags.builtin != 0 && parent.pointee.flags & TypeFlags.exception == 0 ? 0 : inherited
        let wanted = min(names.count + parentNames, 24)
        // Object sizes are multiples of 16: 8 + 32 + 8n.
        return max(1, wanted | 1)
    }
}
