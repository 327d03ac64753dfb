// The protocols of Python's data model: what an operator, a builtin or a statement does with any object.
//
// Builtin kinds are dispatched by kind, instances by the special methods of their type. All functions take borrowed
// values and return new references (or undefined, -1, false, nil: an exception is set).

import BigInt
import CGild

extension gild_thread_ref {
    /// Call a special method found on the type, the receiver being its first argument.
    @inline(__always) func callSpecial(_ method: Value, _ receiver: Value) -> Value { call(method, receiver) }

    /// An instance of a class of the script, or what is left of an object that was freed too early (Quarantine.swift): its special methods are asked.
    func isInstanceKind(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        let kind = kind(value)
        return kind == .instance || kind == .quarantined
    }

    // MARK: Text

    func repr(_ value: Value) -> Value {
        if !enterNative(" while getting the repr of an object") { return .undefined }
        defer { leaveNative() }
        if value.isPointer {
            switch kind(value) {
            case .instance, .quarantined:
                let method = special(value, .repr)
                if !method.isUndefined { return expectString(callSpecial(method, value), "__repr__") }
                if type(of: value).pointee.flags & TypeFlags.exception != 0 { return exceptionRepr(value) }
            case .nativeObject:
                let method = nativeMethod(value, .repr)
                if !method.isUndefined { return call(method, value) }
            case .str:
                return stringRepr(self, value)
            case .bytes:
                return bytesRepr(self, value)
            case .list, .tuple, .dict, .set, .frozenSet, .range, .slice, .dictView:
                return containerRepr(self, value)
            case .bigInt, .float:
                return numericRepr(self, value)
            default:
                break
            }
            return makeString(intrinsicRepr(value))
        }
        if value.isInt || value.isImmediateFloat { return numericRepr(self, value) }
        return makeString(immediateText(value))
    }

    /// The native that a type of a native module defines for a special method, borrowed; undefined: none.
    func nativeMethod(_ value: Value, _ method: SpecialMethod) -> Value {
        let found = lookUp(type(of: value), heap.pointee.types[method])
        return found.hasShape(.native) ? found : .undefined
    }

    func immediateText(_ value: Value) -> String {
        switch value {
        case .none: return "None"
        case .true: return "True"
        case .false: return "False"
        case .notImplemented: return "NotImplemented"
        case .ellipsis: return "Ellipsis"
        default: return "<undefined>"
        }
    }

    private func expectString(_ result: Value, _ method: String) -> Value {
        if result.isUndefined || isKind(result, .str) { return result }
        raise(.typeError, "\(method) returned non-string (type \(typeName(result)))")
        decref(result)
        return .undefined
    }

    func str(_ value: Value) -> Value {
        if value.isPointer {
            if isString(value) { return newReference(value) }
            if isInstanceKind(value) {
                let method = special(value, .str)
                if !method.isUndefined {
                    if !enterNative(" while getting the str of an object") { return .undefined }
                    defer { leaveNative() }
                    return expectString(callSpecial(method, value), "__str__")
                }
                if type(of: value).pointee.flags & TypeFlags.exception != 0 { return exceptionStr(value) }
                // object.__str__ calls __repr__; the complaint is str's.
                let shown = special(value, .repr)
                if !shown.isUndefined {
                    if !enterNative(" while getting the repr of an object") { return .undefined }
                    defer { leaveNative() }
                    return expectString(callSpecial(shown, value), "__str__")
                }
            }
        }
        return repr(value)
    }

    // MARK: Identity, equality, order

    /// `a is b`.
    @inline(__always) func isSame(_ a: Value, _ b: Value) -> Bool { a == b }

    /// 1 equal, 0 not, -1 raised; identical objects are equal.
    func equal(_ a: Value, _ b: Value) -> Int32 {
        if a == b { return 1 }
        if a.bits & b.bits & 1 != 0 { return 0 }
        if a.isPointer && b.isPointer && a.hasShape(.str) && b.hasShape(.str) {
            return equalStrings(a.cast(StringObject.self), b.cast(StringObject.self)) ? 1 : 0
        }
        let result = compare(a, b, .eq)
        if result.isUndefined { return -1 }
        if result.isBool { return result.isTrue ? 1 : 0 }
        let truth = self.truth(result)
        decref(result)
        return truth
    }

    func compare(_ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
        let decided = FastArithmetic.compare(op, a, b)
        if decided >= 0 { return Value(decided != 0) }
        // Builtin on builtin needs no depth of its own but recursion through containers does.
        if !enterNative(" in comparison") { return .undefined }
        defer { leaveNative() }
        var triedReflected = false
        if a.isPointer || b.isPointer {
            // The right operand's type goes first when it is a proper subclass.
            let typeA = type(of: a)
            let typeB = type(of: b)
            if typeA != typeB && isInstanceKind(b) && isSubtype(typeB, of: typeA) {
                let method = special(b, op.mirrored.special)
                if !method.isUndefined {
                    triedReflected = true
                    let result = call(method, b, a)
                    if !result.isNotImplemented { return result }
                }
            }
            let forward = compareWith(a, b, op)
            if !forward.isNotImplemented { return forward }
            if !triedReflected {
                let reflected = compareWith(b, a, op.mirrored)
                if !reflected.isNotImplemented { return reflected }
            }
        } else {
            let result = numericCompare(self, a, b, op)
            if !result.isNotImplemented { return result }
        }
        switch op {
        case .eq: return Value(a == b)
        case .ne: return Value(a != b)
        default:
            return raise(.typeError, "'\(op.symbol)' not supported between instances of '\(typeName(a))' and '\(typeName(b))'")
        }
    }

    /// What the left operand's type says; notImplemented when it has nothing to say.
    private func compareWith(_ a: Value, _ b: Value, _ op: CompareOperator) -> Value {
        guard a.isPointer else { return numericCompare(self, a, b, op) }
        switch kind(a) {
        case .instance, .quarantined:
            let method = special(a, op.special)
            if !method.isUndefined { return call(method, a, b) }
            if op == .ne {
                // object.__ne__ inverts __eq__.
                let eq = special(a, .eq)
                if eq.isUndefined { return .notImplemented }
                let result = call(eq, a, b)
                if result.isUndefined || result.isNotImplemented { return result }
                let truth = self.truth(result)
                decref(result)
                return truth < 0 ? .undefined : Value(truth == 0)
            }
            return .notImplemented
        case .str:
            return isString(b) ? stringCompare(self, a, b, op) : .notImplemented
        case .bytes:
            return bytesCompare(self, a, b, op)
        case .bigInt, .float:
            return numericCompare(self, a, b, op)
        case .list, .tuple, .dict, .set, .frozenSet, .range, .dictView, .slice:
            return containerCompare(self, a, b, op)
        case .boundMethod:
            guard isKind(b, .boundMethod), op == .eq || op == .ne else { return .notImplemented }
            let x = a.cast(BoundMethodObject.self)
            let y = b.cast(BoundMethodObject.self)
            let same = x.pointee.function == y.pointee.function && x.pointee.receiver == y.pointee.receiver
            return Value(same == (op == .eq))
        case .nativeObject:
            return compareChannels(a, b, op)
        default:
            return .notImplemented
        }
    }

    func hash(_ value: Value) -> Int? {
        if value.isPointer {
            switch kind(value) {
            case .str, .bytes:
                return hash(string: value.cast(StringObject.self))
            case .bigInt, .float:
                return numericHash(value)
            case .instance, .quarantined:
                let method = special(value, .hash)
                if method.isNone {
                    raise(.typeError, "unhashable type: '\(typeName(value))'")
                    return nil
                }
                if !method.isUndefined {
                    let result = callSpecial(method, value)
                    if result.isUndefined { return nil }
                    defer { decref(result) }
                    guard isInteger(result) else {
                        raise(.typeError, "__hash__ method should return an integer")
                        return nil
                    }
                    if result.isInt { return result.int == -1 ? -2 : result.int }
                    return numericHash(result)
                }
            case .list, .dict, .set, .tuple, .frozenSet, .range, .slice, .dictView:
                return containerHash(self, value)
            case .boundMethod:
                let method = value.cast(BoundMethodObject.self)
                return identityHash(method.pointee.receiver) ^ identityHash(method.pointee.function)
            case .nativeObject:
                if isChannel(value) { return channelHash(value) }
            default:
                break
            }
            return identityHash(value)
        }
        if value.isInt || value.isImmediateFloat || value.isBool { return numericHash(value) }
        return value.isNone ? 0xFCA8_6420 : Int(value.bits)
    }

    /// Hash of an object by its address: rotated, because the low bits are always zero.
    func identityHash(_ value: Value) -> Int {
        let hash = Int(truncatingIfNeeded: value.bits >> 4 | value.bits << 60)
        return hash == -1 ? -2 : hash
    }

    // MARK: Truth and length

    /// 1, 0, or -1 raised.
    func truth(_ value: Value) -> Int32 {
        if value.isPointer {
            switch kind(value) {
            case .str, .bytes: return value.cast(StringObject.self).pointee.count != 0 ? 1 : 0
            case .list: return listCount(value.cast(ListObject.self)) != 0 ? 1 : 0
            case .tuple: return value.cast(TupleObject.self).pointee.count != 0 ? 1 : 0
            case .dict, .set, .frozenSet, .range, .dictView: return containerLength(self, value) != 0 ? 1 : 0
            case .float: return value.cast(FloatObject.self).pointee.value != 0 ? 1 : 0
            case .instance, .quarantined:
                let method = special(value, .bool)
                if !method.isUndefined {
                    let result = callSpecial(method, value)
                    if result.isUndefined { return -1 }
                    if result.isBool { return result.isTrue ? 1 : 0 }
                    raise(.typeError, "__bool__ should return bool, returned \(typeName(result))")
                    decref(result)
                    return -1
                }
                if !special(value, .len).isUndefined {
                    let length = self.length(value)
                    return length < 0 ? -1 : (length > 0 ? 1 : 0)
                }
                return 1
            default: return 1
            }
        }
        if value.isInt { return value.int != 0 ? 1 : 0 }
        if value.isImmediateFloat { return value.immediateFloat != 0 ? 1 : 0 }
        return value.isNone || value.isFalse ? 0 : 1
    }

    /// `len(value)`, or -1 raised.
    func length(_ value: Value) -> Int {
        if value.isPointer {
            switch kind(value) {
            case .str, .bytes: return value.cast(StringObject.self).pointee.count
            case .list: return listCount(value.cast(ListObject.self))
            case .tuple: return value.cast(TupleObject.self).pointee.count
            case .range:
                if let length = smallInt(value.cast(RangeObject.self).pointee.length) { return length }
                raise(.overflowError, "Python int too large to convert to C ssize_t")
                return -1
            case .dict, .set, .frozenSet, .dictView: return containerLength(self, value)
            case .instance, .quarantined:
                let method = special(value, .len)
                if !method.isUndefined {
                    let result = callSpecial(method, value)
                    if result.isUndefined { return -1 }
                    let number = self.index(result) as Value
                    decref(result)
                    if number.isUndefined { return -1 }
                    defer { decref(number) }
                    guard let length = smallInt(number) else {
                        raise(.overflowError, "cannot fit 'int' into an index-sized integer")
                        return -1
                    }
                    if length < 0 {
                        raise(.valueError, "__len__() should return >= 0")
                        return -1
                    }
                    return length
                }
            case .nativeObject:
                let method = nativeMethod(value, .len)
                if !method.isUndefined { return call(method, value).int }
            default: break
            }
        }
        raise(.typeError, "object of type '\(typeName(value))' has no len()")
        return -1
    }

    /// The integer that the object stands for (`__index__`): new reference.
    func index(_ value: Value) -> Value {
        if value.isInt { return value }
        if value.isBool { return Value(smallInt: value.isTrue ? 1 : 0) }
        if value.isPointer {
            if kind(value) == .bigInt { return newReference(value) }
            let method = special(value, .index)
            if !method.isUndefined {
                let result = callSpecial(method, value)
                if result.isUndefined || isInteger(result) { return result }
                raise(.typeError, "__index__ returned non-int (type \(typeName(result)))")
                decref(result)
                return .undefined
            }
        }
        return raise(.typeError, "'\(typeName(value))' object cannot be interpreted as an integer")
    }

    /// `index` as a machine integer; nil raised (IndexError when it does not fit, as sequence indices have it).
    func indexInt(_ value: Value, _ error: BuiltinType = .indexError) -> Int? {
        if value.isInt { return value.int }
        let number = index(value)
        if number.isUndefined { return nil }
        defer { decref(number) }
        if let small = smallInt(number) { return small }
        raise(error, "cannot fit '\(typeName(value))' into an index-sized integer")
        return nil
    }

    // MARK: Items

    func getItem(_ container: Value, _ key: Value) -> Value {
        if container.isPointer {
            switch kind(container) {
            case .list: return listGetItem(self, container.cast(ListObject.self), key)
            case .tuple: return tupleGetItem(self, container.cast(TupleObject.self), key)
            case .dict: return dictGetItem(self, container.cast(DictObject.self), key)
            case .str: return stringSubscript(container, key)
            case .bytes: return bytesSubscript(self, container, key)
            case .range: return rangeGetItem(self, container.cast(RangeObject.self), key)
            case .instance, .quarantined:
                let method = special(container, .getitem)
                if !method.isUndefined { return call(method, container, key) }
            case .type:
                return raise(.typeError, "type '\(string(container.cast(TypeObject.self).pointee.name))' is not subscriptable")
            default: break
            }
        }
        return raise(.typeError, "'\(typeName(container))' object is not subscriptable")
    }

    private func stringSubscript(_ text: Value, _ key: Value) -> Value {
        if key.hasShape(.slice) {
            guard let (start, _, step, count) = sliceIndices(key, text.cast(StringObject.self).pointee.count) else { return .undefined }
            return stringSlice(self, text, start: start, step: step, count: count)
        }
        if !isInteger(key) && special(key, .index).isUndefined {
            return raise(.typeError, "string indices must be integers, not '\(typeName(key))'")
        }
        guard let index = indexInt(key) else { return .undefined }
        return stringGetItem(self, text, index)
    }

    func setItem(_ container: Value, _ key: Value, _ value: Value) -> Bool {
        if container.isPointer {
            switch kind(container) {
            case .list: return listSetItem(self, container.cast(ListObject.self), key, value)
            case .dict: return dictSet(self, container.cast(DictObject.self), key, value)
            case .instance, .quarantined:
                let method = special(container, .setitem)
                if !method.isUndefined {
                    let result = call(method, container, key, value)
                    decref(result)
                    return !result.isUndefined
                }
            default: break
            }
        }
        raise(.typeError, "'\(typeName(container))' object does not support item assignment")
        return false
    }

    func deleteItem(_ container: Value, _ key: Value) -> Bool {
        if container.isPointer {
            switch kind(container) {
            case .list: return listDeleteItem(self, container.cast(ListObject.self), key)
            case .dict: return dictDeleteItem(self, container.cast(DictObject.self), key)
            case .instance, .quarantined:
                let method = special(container, .delitem)
                if !method.isUndefined {
                    let result = call(method, container, key)
                    decref(result)
                    return !result.isUndefined
                }
            default: break
            }
        }
        // Types with a sequence protocol answer an integer through it, in other words.
        var verb = "does not"
        if container.isPointer, isInteger(key) || !special(key, .index).isUndefined {
            switch kind(container) {
            case .tuple, .str, .bytes, .range, .set, .frozenSet, .instance: verb = "doesn't"
            default: break
            }
        }
        raise(.typeError, "'\(typeName(container))' object \(verb) support item deletion")
        return false
    }

    /// `item in container`: 1, 0, or -1 raised.
    func contains(_ container: Value, _ item: Value) -> Int32 {
        if container.isPointer {
            switch kind(container) {
            case .list, .tuple, .dict, .set, .frozenSet, .range, .dictView: return containerContains(self, container, item)
            case .str:
                return stringContains(self, container, item)
            case .bytes:
                return bytesContains(self, container, item)
            case .instance, .quarantined:
                let method = special(container, .contains)
                if method.isNone {
                    raise(.typeError, "'\(typeName(container))' object is not a container")
                    return -1
                }
                if !method.isUndefined {
                    let result = call(method, container, item)
                    if result.isUndefined { return -1 }
                    let truth = self.truth(result)
                    decref(result)
                    return truth
                }
            default: break
            }
        }
        // By iteration.
        let iterator = iterator(container, complaint: "argument of type '\(typeName(container))' is not iterable")
        if iterator.isUndefined { return -1 }
        defer { decref(iterator) }
        while true {
            let candidate = next(iterator)
            if candidate.isUndefined { return isRaising ? -1 : 0 }
            let same = equal(candidate, item)
            decref(candidate)
            if same != 0 { return same }
        }
    }

    // MARK: Iteration

    func iterator(_ value: Value) -> Value { iterator(value, complaint: nil) }

    private func iterator(_ value: Value, complaint: String?) -> Value {
        if value.isPointer {
            if isInstanceKind(value) {
                let method = special(value, .iter)
                if method.isNone { return raise(.typeError, complaint ?? "'\(typeName(value))' object is not iterable") }
                if !method.isUndefined {
                    let result = callSpecial(method, value)
                    if result.isUndefined { return result }
                    if isIterator(result) { return result }
                    raise(.typeError, "iter() returned non-iterator of type '\(typeName(result))'")
                    decref(result)
                    return .undefined
                }
                if !special(value, .getitem).isUndefined { return sequenceIterator(self, value) }
            } else {
                let result = nativeIterator(self, value)
                if !result.isUndefined || isRaising { return result }
                if kind(value) == .nativeObject {
                    let method = nativeMethod(value, .iter)
                    if !method.isUndefined { return call(method, value) }
                }
            }
        }
        return raise(.typeError, complaint ?? "'\(typeName(value))' object is not iterable")
    }

    func isIterator(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        if kind(value) == .iterator { return true }
        if kind(value) == .nativeObject { return !nativeMethod(value, .next).isUndefined }
        return isInstanceKind(value) && !special(value, .next).isUndefined
    }

    /// The next item: new reference; undefined when exhausted (nothing raised) or raised.
    func next(_ iterator: Value) -> Value {
        if iterator.isPointer {
            if kind(iterator) == .iterator { return nativeNext(self, iterator.cast(IteratorObject.self)) }
            let method = kind(iterator) == .nativeObject ? nativeMethod(iterator, .next) : special(iterator, .next)
            if !method.isUndefined {
                let result = callSpecial(method, iterator)
                if result.isUndefined && isRaising(.stopIteration) { clearException() }
                return result
            }
        }
        return raise(.typeError, "'\(typeName(iterator))' object is not an iterator")
    }

    /// Call `body` with every item (borrowed) until it answers false. False: raised, by the iteration or with body's false.
    /// A container is held between the items, so that bodies which run no script see one state of it.
    func forEach(_ iterable: Value, _ body: (Value) -> Bool) -> Bool {
        holding(iterable) { forEachHeld(iterable, body) }
    }

    private func forEachHeld(_ iterable: Value, _ body: (Value) -> Bool) -> Bool {
        if iterable.hasShape(.list) {
            var i = 0
            while i < iterable.cast(ListObject.self).pointee.count {
                let item = newReference(iterable.cast(ListObject.self).pointee.items.unsafelyUnwrapped[i])
                let proceed = body(item)
                decref(item)
                if !proceed { return !isRaising }
                i += 1
            }
            return true
        }
        if iterable.hasShape(.tuple) {
            let tuple = iterable.cast(TupleObject.self)
            for i in 0..<tuple.pointee.count where !body(tuple.items[i]) { return !isRaising }
            return true
        }
        let iterator = iterator(iterable)
        if iterator.isUndefined { return false }
        defer { decref(iterator) }
        while true {
            let item = next(iterator)
            if item.isUndefined { return !isRaising }
            let proceed = body(item)
            decref(item)
            if !proceed { return !isRaising }
        }
    }

    // MARK: Operators

    func binary(_ op: BinaryOperator, _ a: Value, _ b: Value) -> Value { binary(op, a, b, inPlace: false) }

    func binary(_ op: BinaryOperator, _ a: Value, _ b: Value, inPlace: Bool) -> Value {
        let result = binaryOrNotImplemented(op, a, b, inPlace: inPlace)
        if !result.isNotImplemented { return result }
        if op == .add, isString(a) {
            return raise(.typeError, "can only concatenate str (not \"\(typeName(b))\") to str")
        }
        if op == .add, let complaint = concatenationComplaint(self, a, b, inPlace: inPlace) { return raise(.typeError, complaint) }
        if op == .mul, !(inPlace && hasSequenceProtocolWithoutRepeat(a)), let complaint = repetitionComplaint(self, a, b) {
            return raise(.typeError, complaint)
        }
        return raise(
            .typeError,
            "unsupported operand type(s) for \(inPlace ? op.inPlaceSymbol : op.symbol): '\(typeName(a))' and '\(typeName(b))'")
    }

    /// Types for which `a *= sequence` never asks the right operand (PyNumber_InPlaceMultiply looks at one side only).
    private func hasSequenceProtocolWithoutRepeat(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        switch kind(value) {
        case .instance, .dict, .set, .frozenSet, .range, .dictView: return true
        default: return false
        }
    }

    private func binaryOrNotImplemented(_ op: BinaryOperator, _ a: Value, _ b: Value, inPlace: Bool) -> Value {
        let instanceA = isInstanceKind(a)
        let instanceB = isInstanceKind(b)
        if instanceA || instanceB {
            if !enterNative() { return .undefined }
            defer { leaveNative() }
            if inPlace && instanceA {
                let method = special(a, op.inPlace)
                if !method.isUndefined {
                    let result = call(method, a, b)
                    if !result.isNotImplemented { return result }
                }
            }
            let typeA = type(of: a)
            let typeB = type(of: b)
            var reflectedDone = false
            if instanceB && typeA != typeB && isSubtype(typeB, of: typeA) {
                let method = special(b, op.reflected)
                if !method.isUndefined && method != special(a, op.reflected) {
                    reflectedDone = true
                    let result = call(method, b, a)
                    if !result.isNotImplemented { return result }
                }
            }
            if instanceA {
                let method = special(a, op.special)
                if !method.isUndefined {
                    let result = call(method, a, b)
                    if !result.isNotImplemented { return result }
                }
            }
            if instanceB && !reflectedDone && typeA != typeB {
                let method = special(b, op.reflected)
                if !method.isUndefined {
                    let result = call(method, b, a)
                    if !result.isNotImplemented { return result }
                }
            }
        }
        let numeric = numericBinary(self, op, a, b)
        if !numeric.isNotImplemented { return numeric }
        switch op {
        case .add:
            if isString(a) && isString(b) { return stringConcatenate(self, a, b) }
            if isBytes(a) { return bytesConcatenate(self, a, b) }
        case .mul:
            if isString(a) && (isInteger(b)) { return stringRepeat(self, a, b) }
            if isString(b) && (isInteger(a)) { return stringRepeat(self, b, a) }
            if (isString(a) && canIndex(self, b)) || (isString(b) && canIndex(self, a)) {
                let times = index(isString(a) ? b : a) as Value
                if times.isUndefined { return times }
                defer { decref(times) }
                return stringRepeat(self, isString(a) ? a : b, times)
            }
            if isBytes(a) || isBytes(b) { return bytesRepeat(self, a, b) }
        case .mod:
            if isString(a) { return percentFormat(self, a, b) }
        default:
            break
        }
        return containerBinary(self, op, a, b, inPlace: inPlace)
    }

    func negate(_ value: Value) -> Value { unary(.neg, value) }

    func unary(_ method: SpecialMethod, _ value: Value) -> Value {
        if isInstanceKind(value) {
            let function = special(value, method)
            if !function.isUndefined { return callSpecial(function, value) }
        } else {
            let result: Value
            switch method {
            case .neg: result = numericNegate(self, value)
            case .pos: result = numericPositive(self, value)
            default: result = numericInvert(self, value)
            }
            if !result.isNotImplemented { return result }
        }
        let symbol = method == .neg ? "-" : method == .pos ? "+" : "~"
        return raise(.typeError, "bad operand type for unary \(symbol): '\(typeName(value))'")
    }

    // MARK: Formatting

    /// `format(value, specification)`; an undefined specification is the empty one.
    func format(_ value: Value, _ specification: Value) -> Value {
        let method = isInstanceKind(value) ? special(value, .format) : .undefined
        if !method.isUndefined {
            let result = call(method, value, specification.isUndefined ? heap.pointee.names.empty : specification)
            if result.isUndefined || isString(result) { return result }
            raise(.typeError, "__format__ must return a str, not \(typeName(result))")
            decref(result)
            return .undefined
        }
        if specification.isUndefined || specification.cast(StringObject.self).pointee.count == 0 { return str(value) }
        return formatBuiltin(self, value, specification)
    }
}
