// Attribute look-up, with and without caches.
//
// An instance's own attributes come first, then those of its type's base chain. What the base chain says about a name is
// kept in the type's `lookup` table, whose indices are stable. Two kinds of classes are different, and flagged: those with
// properties, which come before the instance's own attributes, and those of `threading.local` (see SpecialAttributes.swift).
//
// Three levels. The *inline cache*, one 64-bit word behind the instruction: shape (32 bits), kind (4), index (28). It is
// read and written as one aligned word, so a reader sees all of it or nothing, and the shape in it validates the rest; it
// is filled once and never rewritten, because two threads that rewrite each other's entries were measured at 1.7 times
// the time. What misses it goes to the *thread's cache*, direct-mapped by shape and name. What misses that is looked up.

import CGild
import GildScript

enum InlineCache {
    static let inlineSlot: UInt64 = 1
    static let overflowSlot: UInt64 = 2
    /// Index into the lookup table of the receiver's type: a function, to be bound or called with the receiver.
    static let method: UInt64 = 4
    /// Index into the lookup table of the receiver's type: any other value.
    static let typeAttribute: UInt64 = 3
    /// The receiver is a type: index into its own lookup table.
    static let ownTypeAttribute: UInt64 = 5
    /// The receiver is a module: index into its attribute table.
    static let moduleAttribute: UInt64 = 6
    /// setAttr: the next shape, which has one slot more.
    static let transition: UInt64 = 7

    @inline(__always) static func make(shape: UInt32, kind: UInt64, index: Int) -> UInt64 {
        UInt64(shape) | kind << 32 | UInt64(index) << 36
    }
    @inline(__always) static func kind(_ cache: UInt64) -> UInt64 { (cache >> 32) & 15 }
    @inline(__always) static func index(_ cache: UInt64) -> Int { Int(truncatingIfNeeded: cache >> 36) }
}

/// One entry of a thread's attribute cache.
struct AttributeCacheEntry {
    var name: Value
    /// As an inline cache word; 0 = empty.
    var cache: UInt64
}

enum AttributeCache {
    static let size = 1024
    @inline(__always) static func slot(shape: UInt32, name: Value) -> Int {
        Int(truncatingIfNeeded: (UInt64(shape) &* 0x9E37_79B1 ^ name.bits >> 5) & UInt64(size - 1))
    }
}

extension gild_thread_ref {
    // MARK: Types

    /// Index of the name in the type's lookup table, which gets an entry if it has none.
    func lookupIndex(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Int {
        let found = type.lookup.find(name)
        if found >= 0 { return found }
        return withTypes {
            // Another thread may have made it since.
            let found = type.lookup.find(name)
            return found >= 0 ? found : type.lookup.add(name, searchBases(type, name))
        }
    }

    /// What the base chain says about a name, undefined when nothing: borrowed. Where threads run at the same time only what is bound to a special
    /// name, or is immortal, may be used; about other values only whether there is one.
    func lookUp(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Value { type.lookup.value(at: lookupIndex(type, name)) }

    /// What the base chain says about a name: a new reference, or undefined.
    func loadFromType(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Value { load(type.lookup, at: lookupIndex(type, name)) }

    /// Within `withTypes`.
    private func searchBases(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Value {
        var current: UnsafeMutablePointer<TypeObject>? = type
        while let t = current {
            let value = t.attributes.get(name)
            if !value.isUndefined { return value }
            current = t.pointee.base
        }
        return .undefined
    }

    /// Bind `name` in the type itself (value taken over; undefined removes) and bring derived tables up to date.
    func setTypeAttribute(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value, _ value: Value) {
        var isSpecial = false
        let old = withTypes {
            let old = type.attributes.set(name, value)
            isSpecial = refresh(type, name)
            return old
        }
        if isSpecial { releaseBorrowed(old) } else { decref(old) }
    }

    /// What the tables of a type and of its subclasses say about the name. True: it is a special name. Within `withTypes`.
    @discardableResult
    private func refresh(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Bool {
        let found = searchBases(type, name)
        let index = type.lookup.find(name)
        if index >= 0 { _ = type.lookup.exchange(at: index, found) }
        if isProperty(found) && type.pointee.flags & TypeFlags.hasProperties == 0 { type.pointee.flags = type.pointee.flags | TypeFlags.hasProperties }
        let special = heap.pointee.types.special(named: name)
        if special == SpecialMethod.del.rawValue && !found.isUndefined && !heap.pointee.hasFinalizers { heap.pointee.hasFinalizers = true }
        if special >= 0 {
            let method = isBuiltinObject(found) || type.pointee.flags & TypeFlags.builtin != 0 ? .undefined : found
            _ = exchange(type.pointee.specials + special, method)
        }
        for i in 0..<type.pointee.subclassCount { refresh(type.pointee.subclasses.unsafelyUnwrapped[i], name) }
        return special >= 0
    }

    /// Natives found under special names stand for the runtime's own behaviour, which needs no dispatch.
    private func isBuiltinObject(_ value: Value) -> Bool { value.hasShape(.native) }

    // MARK: Reading

    /// `getAttr` when the inline cache's first test failed: fills the cache when it is empty.
    @inline(never)
    func getAttributeSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ cachePlace: UnsafeMutablePointer<UInt64>) -> Bool {
        let b = Int((word >> 32) & 0xFFFF)
        let receiver = regs[b]
        let name = s.pointee.frame.pointee.code.pointee.names[Int(word >> 48)]
        let result = readCached(receiver, name, cachePlace)
        if result.isUndefined { return false }
        if UInt8(truncatingIfNeeded: word >> 8) & Opcode.Flags.consumeB != 0 { clear(regs + b) }
        replace(regs + Int((word >> 16) & 0xFFFF), result)
        return true
    }

    @inline(__always) private func readCached(_ receiver: Value, _ name: Value, _ cachePlace: UnsafeMutablePointer<UInt64>) -> Value {
        guard receiver.isPointer else { return getAttribute(receiver, name: name) }
        let shapeNumber = receiver.object.shapeNumber
        let inline = gild_load_relaxed_64(cachePlace)
        if UInt32(truncatingIfNeeded: inline) == shapeNumber {
            let value = readThroughCache(receiver, inline)
            if !value.isUndefined { return value }
        }
        let entry = s.pointee.attributeCache + AttributeCache.slot(shape: shapeNumber, name: name)
        if entry.pointee.name == name && UInt32(truncatingIfNeeded: entry.pointee.cache) == shapeNumber {
            if inline == 0 { gild_store_release_64(cachePlace, entry.pointee.cache) }
            let value = readThroughCache(receiver, entry.pointee.cache)
            if !value.isUndefined { return value }
        }
        return readAndRemember(receiver, name, shapeNumber, cachePlace, entry)
    }

    /// Look the attribute up and fill both caches.
    @inline(never)
    private func readAndRemember(
        _ receiver: Value, _ name: Value, _ number: UInt32, _ cachePlace: UnsafeMutablePointer<UInt64>, _ entry: UnsafeMutablePointer<AttributeCacheEntry>
    ) -> Value {
        let cache = findCache(receiver, name)
        // Not where another thread has changed the instance's shape meanwhile: the entry would be another one's.
        if cache != 0 && UInt32(truncatingIfNeeded: cache) == number {
            if gild_load_relaxed_64(cachePlace) == 0 { gild_store_release_64(cachePlace, cache) }
            entry.pointee = AttributeCacheEntry(name: name, cache: cache)
            let value = readThroughCache(receiver, cache)
            if !value.isUndefined { return value }
        }
        return getAttribute(receiver, name: name)
    }

    /// The attribute that a valid cache word describes: new reference, or undefined when it must be looked up.
    @inline(__always) private func readThroughCache(_ receiver: Value, _ cache: UInt64) -> Value {
        let index = InlineCache.index(cache)
        switch InlineCache.kind(cache) {
        case InlineCache.inlineSlot:
            return load(receiver.cast(InstanceObject.self).slots + index)
        case InlineCache.overflowSlot:
            return loadOverflow(receiver.cast(InstanceObject.self), UInt32(truncatingIfNeeded: cache), index)
        case InlineCache.method, InlineCache.typeAttribute:
            let value = load(type(of: receiver).lookup, at: index)
            return value.isUndefined ? value : bind(value, to: receiver)
        case InlineCache.ownTypeAttribute:
            return load(receiver.cast(TypeObject.self).lookup, at: index)
        case InlineCache.moduleAttribute:
            return load(receiver.cast(ModuleObject.self).attributes, at: index)
        default:
            return .undefined
        }
    }

    /// The cache word for reading `name` from objects of this receiver's shape, or 0.
    private func findCache(_ receiver: Value, _ name: Value) -> UInt64 {
        let shape = shape(receiver.object)
        let number = shape.pointee.id
        if shape.pointee.isDictionary { return 0 }
        switch shape.pointee.kind {
        case .type:
            let index = lookupIndex(receiver.cast(TypeObject.self), name)
            let value = receiver.cast(TypeObject.self).lookup.value(at: index)
            return value.isUndefined ? 0 : InlineCache.make(shape: number, kind: InlineCache.ownTypeAttribute, index: index)
        case .module:
            let index = receiver.cast(ModuleObject.self).attributes.find(name)
            return index < 0 ? 0 : InlineCache.make(shape: number, kind: InlineCache.moduleAttribute, index: index)
        case .function, .superObject, .nativeObject, .quarantined:
            return 0
        case .instance:
            if isSpecialAttribute(shape.pointee.type, name) { return 0 }
            let slot = slot(shape, name)
            if slot >= 0 {
                return slot < shape.pointee.inlineCapacity
                    ? InlineCache.make(shape: number, kind: InlineCache.inlineSlot, index: slot)
                    : InlineCache.make(shape: number, kind: InlineCache.overflowSlot, index: slot - shape.pointee.inlineCapacity)
            }
        default:
            break
        }
        let index = lookupIndex(shape.pointee.type, name)
        let value = load(shape.pointee.type.lookup, at: index)
        if value.isUndefined { return 0 }
        let kind = isMethod(value) ? InlineCache.method : InlineCache.typeAttribute
        decref(value)
        return InlineCache.make(shape: number, kind: kind, index: index)
    }

    /// Functions and natives become methods when read from an instance.
    @inline(__always) private func isMethod(_ value: Value) -> Bool {
        value.hasShape(.function)
            || (value.hasShape(.native) && value.cast(NativeFunctionObject.self).pointee.owner != nil
                && value.cast(NativeFunctionObject.self).pointee.flags & NativeFlags.isStatic == 0)
    }

    /// A class attribute, taken over, as an instance shows it: functions bound, everything else itself. New reference.
    func bind(_ value: Value, to receiver: Value) -> Value {
        if !isMethod(value) {
            if !isProperty(value) { return value }
            let result = getProperty(value, receiver)
            decref(value)
            return result
        }
        guard let object = allocate(bytes: MemoryLayout<BoundMethodObject>.size, shape: .boundMethod) else {
            decref(value)
            return .undefined
        }
        let method = object.cast(BoundMethodObject.self)
        method.pointee.function = value
        method.pointee.receiver = newReference(receiver)
        containerAllocated()
        return Value(pointer: method)
    }

    /// The function to call with the receiver as first argument, a new reference; undefined when the attribute is no method of the type or is
    /// hidden by an own attribute.
    func lookUpMethod(_ receiver: Value, _ name: Value, cache cachePlace: UnsafeMutablePointer<UInt64>) -> Value {
        guard receiver.isPointer else { return onlyMethod(loadFromType(type(of: receiver), name)) }
        let shape = shape(receiver.object)
        let number = shape.pointee.id
        let entry = s.pointee.attributeCache + AttributeCache.slot(shape: number, name: name)
        if entry.pointee.name == name && UInt32(truncatingIfNeeded: entry.pointee.cache) == number {
            if gild_load_relaxed_64(cachePlace) == 0 { gild_store_release_64(cachePlace, entry.pointee.cache) }
            if InlineCache.kind(entry.pointee.cache) != InlineCache.method { return .undefined }
            return onlyMethod(load(shape.pointee.type.lookup, at: InlineCache.index(entry.pointee.cache)))
        }
        if shape.pointee.isDictionary {
            let own = loadOwnAttribute(receiver, name)
            decref(own)
            return own.isUndefined ? onlyMethod(loadFromType(shape.pointee.type, name)) : .undefined
        }
        let cache = findCache(receiver, name)
        // A cache for another shape: another thread has changed the instance's meanwhile.
        if cache == 0 || UInt32(truncatingIfNeeded: cache) != number { return .undefined }
        entry.pointee = AttributeCacheEntry(name: name, cache: cache)
        if gild_load_relaxed_64(cachePlace) == 0 { gild_store_release_64(cachePlace, cache) }
        if InlineCache.kind(cache) != InlineCache.method { return .undefined }
        return onlyMethod(load(shape.pointee.type.lookup, at: InlineCache.index(cache)))
    }

    /// A reference that is handed over, if it is one to a method; else it is given back.
    @inline(__always) private func onlyMethod(_ value: Value) -> Value {
        if !value.isPointer || isMethod(value) { return value.isPointer ? value : .undefined }
        decref(value)
        return .undefined
    }

    /// `getattr(receiver, name)`; the name is interned. New reference, or undefined with AttributeError raised.
    func getAttribute(_ receiver: Value, name: Value) -> Value {
        let value = getOptionalAttribute(receiver, name: name)
        if value.isUndefined && !isRaising { raiseNoAttribute(receiver, name) }
        return value
    }

    /// As `getAttribute`, but undefined without raising when there is no such attribute.
    func getOptionalAttribute(_ receiver: Value, name: Value) -> Value {
        if receiver.isPointer {
            switch kind(receiver) {
            case .instance:
                if isSpecialAttribute(type(of: receiver), name) { return getSpecialAttribute(receiver, name) }
                let own = loadOwnAttribute(receiver, name)
                if !own.isUndefined { return own }
            case .type:
                let value = loadFromType(receiver.cast(TypeObject.self), name)
                if !value.isUndefined { return value }
            case .module:
                let value = load(receiver.cast(ModuleObject.self).attributes, name)
                if !value.isUndefined { return value }
            case .quarantined:
                return raiseQuarantined(receiver)
            case .superObject:
                let value = superAttribute(receiver.cast(SuperObject.self), name)
                if !value.isUndefined || isRaising { return value }
            case .function:
                // A function keeps the dict that it once has.
                let attributes = peek(&receiver.cast(FunctionObject.self).pointee.attributes)
                if attributes.isPointer {
                    let value = loadItem(attributes.cast(DictObject.self), name)
                    if !value.isUndefined { return value }
                }
            default:
                break
            }
        }
        let value = loadFromType(type(of: receiver), name)
        if !value.isUndefined { return bind(value, to: receiver) }
        return intrinsicAttribute(receiver, name)
    }

    private func superAttribute(_ object: UnsafeMutablePointer<SuperObject>, _ name: Value) -> Value {
        guard let base = object.pointee.startType.cast(TypeObject.self).pointee.base else { return .undefined }
        let value = loadFromType(base, name)
        return value.isUndefined || isKind(object.pointee.receiver, .type) ? value : bind(value, to: object.pointee.receiver)
    }

    @discardableResult
    func raiseNoAttribute(_ receiver: Value, _ name: Value) -> Value {
        let text = string(name)
        let message: String
        if isKind(receiver, .type) {
            message = "type object '\(string(receiver.cast(TypeObject.self).pointee.name))' has no attribute '\(text)'"
        } else if isKind(receiver, .module) {
            message = "module '\(string(receiver.cast(ModuleObject.self).pointee.name))' has no attribute '\(text)'"
        } else {
            // A bound method asks its function last.
            let isMethod = isKind(receiver, .boundMethod) && receiver.cast(BoundMethodObject.self).pointee.function.hasShape(.function)
            message = "'\(isMethod ? "function" : typeName(receiver))' object has no attribute '\(text)'"
        }
        raise(.attributeError, message)
        fillAttributeError(name: name, object: receiver)
        return .undefined
    }

    // MARK: Writing

    @inline(never)
    func setAttributeSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ cachePlace: UnsafeMutablePointer<UInt64>) -> Bool {
        let a = Int((word >> 16) & 0xFFFF)
        let b = Int((word >> 32) & 0xFFFF)
        let receiver = regs[a]
        let name = s.pointee.frame.pointee.code.pointee.names[Int(word >> 48)]
        if !writeCached(receiver, name, regs[b], cachePlace) { return false }
        let x = UInt8(truncatingIfNeeded: word >> 8)
        if x & Opcode.Flags.consumeB != 0 { clear(regs + b) }
        if x & Opcode.Flags.consumeA != 0 { clear(regs + a) }
        return true
    }

    private func writeCached(_ receiver: Value, _ name: Value, _ value: Value, _ cachePlace: UnsafeMutablePointer<UInt64>) -> Bool {
        guard receiver.isPointer, shape(receiver.object).pointee.kind == .instance else { return setAttribute(receiver, name: name, value) }
        let shape = shape(receiver.object)
        let number = shape.pointee.id
        let inline = gild_load_relaxed_64(cachePlace)
        if UInt32(truncatingIfNeeded: inline) == number { return writeThroughCache(receiver, name, inline, value) }
        if shape.pointee.isDictionary || shape.pointee.type.pointee.flags & TypeFlags.exception != 0 || isSpecialAttribute(shape.pointee.type, name) {
            return setAttribute(receiver, name: name, value)
        }
        let slot = slot(shape, name)
        let capacity = Int(receiver.cast(InstanceObject.self).pointee.inlineCapacity)
        let cache: UInt64
        if slot >= 0 {
            cache = slot < capacity
                ? InlineCache.make(shape: number, kind: InlineCache.inlineSlot, index: slot)
                : InlineCache.make(shape: number, kind: InlineCache.overflowSlot, index: slot - capacity)
        } else {
            if shape.pointee.type == heap.pointee.types[.object] { return setAttribute(receiver, name: name, value) }
            let next = transition(shape, adding: name)
            if next == 0 { return setAttribute(receiver, name: name, value) }
            cache = InlineCache.make(shape: number, kind: InlineCache.transition, index: Int(next))
        }
        if inline == 0 { gild_store_release_64(cachePlace, cache) }
        return writeThroughCache(receiver, name, cache, value)
    }

    private func writeThroughCache(_ receiver: Value, _ name: Value, _ cache: UInt64, _ value: Value) -> Bool {
        let index = InlineCache.index(cache)
        let shape = UInt32(truncatingIfNeeded: cache)
        let instance = receiver.cast(InstanceObject.self)
        switch InlineCache.kind(cache) {
        case InlineCache.inlineSlot:
            setInlineSlot(instance, shape, index, newReference(value))
            return true
        case InlineCache.overflowSlot:
            return setOverflowSlot(instance, shape, index, value) || setAttribute(receiver, name: name, value)
        default:
            switch addSlot(instance, from: shape, to: UInt32(index), value) {
            case .done: return true
            case .raised: return false
            case .shapeHasChanged: return setAttribute(receiver, name: name, value)
            }
        }
    }

    /// `setattr(receiver, name, value)`, the value borrowed. False: raised.
    func setAttribute(_ receiver: Value, name: Value, _ value: Value) -> Bool {
        guard receiver.isPointer else {
            raiseReadOnly(receiver, name)
            return false
        }
        switch kind(receiver) {
        case .quarantined:
            raiseQuarantined(receiver)
            return false
        case .instance:
            let shape = shape(receiver.object)
            let instance = receiver.cast(InstanceObject.self)
            if isSpecialAttribute(shape.pointee.type, name) { return setSpecialAttribute(receiver, name, value) }
            if shape.pointee.isDictionary {
                return dictSet(self, attributeDict(instance).unsafelyUnwrapped, name, value)
            }
            if shape.pointee.type.pointee.flags & TypeFlags.exception != 0, !checkExceptionAttribute(receiver, name, value) { return false }
            if shape.pointee.type.pointee.flags & TypeFlags.exception != 0, name == heap.pointee.names.args, !isKind(value, .tuple) {
                return setExceptionArguments(receiver, value)
            }
            let slot = slot(shape, name)
            if slot >= 0 {
                let capacity = Int(instance.pointee.inlineCapacity)
                if slot < capacity {
                    setInlineSlot(instance, shape.pointee.id, slot, newReference(value))
                    return true
                }
                return setOverflowSlot(instance, shape.pointee.id, slot - capacity, value) || setAttribute(receiver, name: name, value)
            }
            if shape.pointee.type == heap.pointee.types[.object] { return raiseReadOnly(receiver, name) }
            let next = transition(shape, adding: name)
            if next == 0 {
                if !becomeDictionary(instance) { return false }
                return setAttribute(receiver, name: name, value)
            }
            switch addSlot(instance, from: shape.pointee.id, to: next, value) {
            case .done: return true
            case .raised: return false
            case .shapeHasChanged: return setAttribute(receiver, name: name, value)
            }
        case .type:
            let type = receiver.cast(TypeObject.self)
            if type.pointee.flags & TypeFlags.builtin != 0 {
                raise(.typeError, "cannot set '\(string(name))' attribute of immutable type '\(string(type.pointee.name))'")
                return false
            }
            if setIntrinsicTypeAttribute(type, name, value) { return !isRaising }
            setTypeAttribute(type, name, newReference(value))
            return true
        case .module:
            setModuleAttribute(receiver, name: name, newReference(value))
            return true
        case .function:
            return setFunctionAttribute(receiver.cast(FunctionObject.self), name, value)
        case .superObject, .nativeObject:
            raiseReadOnly(receiver, name)
            return false
        default:
            raiseReadOnly(receiver, name)
            return false
        }
    }

    /// Refuse an assignment. Returns false.
    @discardableResult
    private func raiseReadOnly(_ receiver: Value, _ name: Value) -> Bool {
        let text = string(name)
        if isNumber(receiver) && ["real", "imag", "numerator", "denominator"].contains(text) && !(isFloat(receiver) && text.hasSuffix("tor")) {
            let owner = isFloat(receiver) ? "float" : "int"
            raise(.attributeError, "attribute '\(text)' of '\(owner)' objects is not writable")
        } else if (isKind(receiver, .range) || isKind(receiver, .slice)) && ["start", "stop", "step"].contains(text) {
            raise(.attributeError, "readonly attribute")
        } else if !lookUp(type(of: receiver), name).isUndefined {
            raise(.attributeError, "'\(typeName(receiver))' object attribute '\(string(name))' is read-only")
        } else {
            raise(.attributeError, "'\(typeName(receiver))' object has no attribute '\(string(name))' and no __dict__ for setting new attributes")
        }
        fillAttributeError(name: name, object: receiver)
        return false
    }

    /// False for values of builtin types, which only have what their type gives them.
    private func hasOwnAttributes(_ receiver: Value) -> Bool {
        guard receiver.isPointer else { return false }
        switch kind(receiver) {
        case .instance: return type(of: receiver) != heap.pointee.types[.object]
        case .type, .module, .function: return true
        default: return false
        }
    }

    /// `delattr(receiver, name)`. False: raised.
    func deleteAttribute(_ receiver: Value, name: Value) -> Bool {
        if !hasOwnAttributes(receiver) { return raiseReadOnly(receiver, name) }
        if receiver.isPointer {
            switch kind(receiver) {
            case .quarantined:
                raiseQuarantined(receiver)
                return false
            case .instance:
                if isSpecialAttribute(type(of: receiver), name) { return deleteSpecialAttribute(receiver, name) }
                let own = loadOwnAttribute(receiver, name)
                decref(own)
                if own.isUndefined { break }
                let instance = receiver.cast(InstanceObject.self)
                if !shape(receiver.object).pointee.isDictionary && !becomeDictionary(instance) { return false }
                let outcome = dictDelete(self, attributeDict(instance).unsafelyUnwrapped, name)
                if outcome != 0 { return outcome > 0 }
                // Another thread has deleted it meanwhile.
                clearException()
            case .type:
                let type = receiver.cast(TypeObject.self)
                if type.pointee.flags & TypeFlags.builtin != 0 {
                    raise(.typeError, "cannot set '\(string(name))' attribute of immutable type '\(string(type.pointee.name))'")
                    return false
                }
                if type.attributes.get(name).isUndefined { break }
                setTypeAttribute(type, name, .undefined)
                return true
            case .module:
                let attributes = receiver.cast(ModuleObject.self).attributes
                let index = attributes.find(name)
                if index < 0 { break }
                let old = withTypes { attributes.exchange(at: index, .undefined) }
                if old.isUndefined { break }
                decref(old)
                return true
            case .function:
                let attributes = peek(&receiver.cast(FunctionObject.self).pointee.attributes)
                if attributes.isPointer {
                    let outcome = dictDelete(self, attributes.cast(DictObject.self), name)
                    if outcome != 0 { return outcome > 0 }
                    clearException()
                }
            default:
                break
            }
        }
        raiseNoAttribute(receiver, name)
        return false
    }
}
