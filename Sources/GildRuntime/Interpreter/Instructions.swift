// The general paths of single instructions. Each returns false (or undefined) with an exception set; operands that the
// instruction consumes are then still in their registers, where `unwind` releases them.

import CGild
import GildScript
import Glibc

extension gild_thread_ref {
    @inline(__always) private func a(_ word: UInt64) -> Int { Int((word >> 16) & 0xFFFF) }
    @inline(__always) private func b(_ word: UInt64) -> Int { Int((word >> 32) & 0xFFFF) }
    @inline(__always) private func c(_ word: UInt64) -> Int { Int(word >> 48) }
    @inline(__always) private func x(_ word: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> 8) }

    // MARK: Consuming operands

    /// Release operands b and c where their flags say so.
    @inline(__always) func consume(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) {
        let flags = x(word)
        if flags & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        if flags & Opcode.Flags.consumeC != 0 { clearOwn(regs + c(word)) }
    }

    /// Release operands a and b where their flags say so.
    @inline(__always) func consumeJump(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) {
        let flags = x(word)
        if flags & Opcode.Flags.consumeA != 0 { clearOwn(regs + a(word)) }
        if flags & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
    }

    func consumeTruth(_ place: UnsafeMutablePointer<Value>, consume: Bool) -> Int32 {
        let result = truth(place.pointee)
        if consume && result >= 0 { clearOwn(place) }
        return result
    }

    // MARK: Arithmetic

    @inline(never)
    func binarySlowly(_ op: BinaryOperator, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ right: Value) -> Bool {
        let left = regs[b(word)]
        // s += t, or (s + t) + u: the only reference to the left string is the one that this instruction ends.
        if op == .add && left.hasShape(.str) && right.hasShape(.str)
            && (a(word) == b(word) || x(word) & Opcode.Flags.consumeB != 0) && isUniquelyReferenced(left.object) {
            if !stringAppendInPlace(self, regs + b(word), right) { return false }
            let isConstant = UInt8(truncatingIfNeeded: word) >= Opcode.addK.rawValue
            if !isConstant && x(word) & Opcode.Flags.consumeC != 0 { clearOwn(regs + c(word)) }
            if a(word) != b(word) {
                let result = regs[b(word)]
                regs[b(word)] = .undefined
                replaceOwn(regs + a(word), result)
            }
            return true
        }
        var result = Value.undefined
        if op == .pow && left.isImmediateFloat && right.isImmediateFloat && left.immediateFloat > 0 {
            let power = Glibc.pow(left.immediateFloat, right.immediateFloat)
            if power.isFinite { result = makeFloat(power) }
        }
        if result.isUndefined { result = binary(op, left, right, inPlace: x(word) & Opcode.Flags.inPlace != 0) }
        if result.isUndefined { return false }
        let isConstant = UInt8(truncatingIfNeeded: word) >= Opcode.addK.rawValue
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        if !isConstant && x(word) & Opcode.Flags.consumeC != 0 { clearOwn(regs + c(word)) }
        replaceOwn(regs + a(word), result)
        return true
    }

    @inline(never)
    func compareSlowly(_ op: CompareOperator, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let result = compare(regs[b(word)], regs[c(word)], op)
        if result.isUndefined { return false }
        consume(regs, word)
        replaceOwn(regs + a(word), result)
        return true
    }

    /// Truth of a comparison for a jump: 1, 0, or -1 raised.
    @inline(never)
    func compareForJump(_ op: CompareOperator, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ right: Value) -> Int32 {
        let left = regs[a(word)]
        var truth: Int32
        if left.hasShape(.str) && right.hasShape(.str) && (op == .eq || op == .ne) {
            truth = equalStrings(left.cast(StringObject.self), right.cast(StringObject.self)) == (op == .eq) ? 1 : 0
        } else {
            let result = compare(left, right, op)
            if result.isUndefined { return -1 }
            truth = result.isBool ? (result.isTrue ? 1 : 0) : self.truth(result)
            decref(result)
            if truth < 0 { return -1 }
        }
        if x(word) & Opcode.Flags.consumeA != 0 { clearOwn(regs + a(word)) }
        let isConstant = UInt8(truncatingIfNeeded: word) >= Opcode.jltK.rawValue && UInt8(truncatingIfNeeded: word) <= Opcode.jngeK.rawValue
        if !isConstant && x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return truth
    }

    @inline(never)
    func unarySlowly(_ method: SpecialMethod, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let result = unary(method, regs[b(word)])
        if result.isUndefined { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        replaceOwn(regs + a(word), result)
        return true
    }

    // MARK: Items and slices

    @inline(never)
    func getItemSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ key: Value) -> Bool {
        let container = regs[b(word)]
        let result: Value
        if container.hasShape(.dict) {
            result = dictGetItem(self, container.cast(DictObject.self), key)
        } else {
            result = getItem(container, key)
        }
        if result.isUndefined { return false }
        consume(regs, word)
        replaceOwn(regs + a(word), result)
        return true
    }

    @inline(never)
    func setItemSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let container = regs[a(word)]
        if container.hasShape(.dict) {
            if !dictSet(self, container.cast(DictObject.self), regs[b(word)], regs[c(word)]) { return false }
        } else if !setItem(container, regs[b(word)], regs[c(word)]) {
            return false
        }
        consume(regs, word)
        if x(word) & Opcode.Flags.consumeA != 0 { clearOwn(regs + a(word)) }
        return true
    }

    /// `slice(base[0], base[1], base[2])`, the three consumed.
    func buildSlice(_ base: UnsafeMutablePointer<Value>) -> Value {
        guard let object = allocate(bytes: MemoryLayout<SliceObject>.size, shape: .slice) else { return .undefined }
        let slice = object.cast(SliceObject.self)
        slice.pointee.start = base[0]
        slice.pointee.stop = base[1]
        slice.pointee.step = base[2]
        for i in 0..<3 { base[i] = .undefined }
        containerAllocated()
        return Value(object)
    }

    private func makeSlice(_ start: Value, _ stop: Value) -> Value {
        guard let object = allocate(bytes: MemoryLayout<SliceObject>.size, shape: .slice) else { return .undefined }
        let slice = object.cast(SliceObject.self)
        slice.pointee.start = newReference(start)
        slice.pointee.stop = newReference(stop)
        slice.pointee.step = .none
        containerAllocated()
        return Value(object)
    }

    /// Bounds of a slice without step when they are None or small ints; nil: take the general path.
    private func simpleBounds(_ start: Value, _ stop: Value, _ length: Int) -> (start: Int, count: Int)? {
        var low = 0
        var high = length
        if start.isInt { low = start.int < 0 ? max(0, start.int + length) : min(start.int, length) } else if !start.isNone { return nil }
        if stop.isInt { high = stop.int < 0 ? max(0, stop.int + length) : min(stop.int, length) } else if !stop.isNone { return nil }
        return (low, max(0, high - low))
    }

    @inline(never)
    func getSliceSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let container = regs[b(word)]
        let bounds = regs + c(word)
        var result = Value.undefined
        if container.hasShape(.list), simpleBounds(bounds[0], bounds[1], 0) != nil {
            let list = container.cast(ListObject.self)
            result = holding(list) {
                guard let (start, count) = simpleBounds(bounds[0], bounds[1], list.pointee.count) else { return .undefined }
                return listGetSlice(list, start: start, step: 1, count: count)
            }
        } else if container.hasShape(.str), let (start, count) = simpleBounds(bounds[0], bounds[1], container.cast(StringObject.self).pointee.count) {
            result = stringSlice(self, container, start: start, step: 1, count: count)
        } else {
            let slice = makeSlice(bounds[0], bounds[1])
            if slice.isUndefined { return false }
            result = getItem(container, slice)
            decref(slice)
        }
        if result.isUndefined { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        clearOwn(bounds)
        clearOwn(bounds + 1)
        replaceOwn(regs + a(word), result)
        return true
    }

    /// `list[bounds] = other list` of the same length, at most 64 items. False: not that simple, or raised.
    private func replaceSameLength(_ target: Value, _ bounds: UnsafeMutablePointer<Value>, _ source: Value) -> Bool {
        guard target.hasShape(.list), source.hasShape(.list), target != source else { return false }
        return holding(target, source) { replaceSameLengthHeld(target, bounds, source) }
    }

    private func replaceSameLengthHeld(_ target: Value, _ bounds: UnsafeMutablePointer<Value>, _ source: Value) -> Bool {
        guard let (start, count) = simpleBounds(bounds[0], bounds[1], target.cast(ListObject.self).pointee.count),
            count == source.cast(ListObject.self).pointee.count, count > 0, count <= 64
        else { return false }
        let places = target.cast(ListObject.self).pointee.items.unsafelyUnwrapped + start
        let items = source.cast(ListObject.self).pointee.items.unsafelyUnwrapped
        // The old items go when the list is whole again: releasing them may run code.
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 64) { old in
            for i in 0..<count {
                old[i] = places[i]
                (places + i).setItem(newReference(items[i]))
            }
            for i in 0..<count { decref(old[i]) }
        }
        return true
    }

    @inline(never)
    func setSliceSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let bounds = regs + c(word)
        if replaceSameLength(regs[a(word)], bounds, regs[b(word)]) {
            consumeJump(regs, word)
            return true
        }
        if isRaising { return false }
        let slice = makeSlice(bounds[0], bounds[1])
        if slice.isUndefined { return false }
        let done = setItem(regs[a(word)], slice, regs[b(word)])
        decref(slice)
        if !done { return false }
        consumeJump(regs, word)
        clearOwn(bounds)
        clearOwn(bounds + 1)
        return true
    }

    @inline(never)
    func deleteSliceSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let bounds = regs + c(word)
        let slice = makeSlice(bounds[0], bounds[1])
        if slice.isUndefined { return false }
        let done = deleteItem(regs[a(word)], slice)
        decref(slice)
        if !done { return false }
        if x(word) & Opcode.Flags.consumeA != 0 { clearOwn(regs + a(word)) }
        clearOwn(bounds)
        clearOwn(bounds + 1)
        return true
    }

    // MARK: Building containers

    @inline(never)
    func buildList(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        guard let list = makeList(capacity: count) else { return .undefined }
        if count > 0 {
            let items = list.pointee.items.unsafelyUnwrapped
            for i in 0..<count {
                items[i] = base[i]
                base[i] = .undefined
            }
            list.pointee.count = count
        }
        return Value(pointer: list)
    }

    @inline(never)
    func buildTuple(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        if count == 0 { return newReference(heap.pointee.emptyTuple) }
        guard let tuple = allocateTuple(count) else { return .undefined }
        for i in 0..<count {
            tuple.items[i] = base[i]
            base[i] = .undefined
        }
        return Value(pointer: tuple)
    }

    @inline(never)
    func buildSet(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        guard let set = makeSet() else { return .undefined }
        for i in 0..<count where setAdd(self, set, base[i]) < 0 {
            decref(Value(pointer: set))
            return .undefined
        }
        for i in 0..<count { clearOwn(base + i) }
        return Value(pointer: set)
    }

    @inline(never)
    func buildMap(_ base: UnsafeMutablePointer<Value>, _ pairs: Int) -> Value {
        guard let dict = makeDict() else { return .undefined }
        for i in 0..<pairs where !dictSet(self, dict, base[2 * i], base[2 * i + 1]) {
            decref(Value(pointer: dict))
            return .undefined
        }
        for i in 0..<(2 * pairs) { clearOwn(base + i) }
        return Value(pointer: dict)
    }

    /// Concatenate strings; used by f-strings.
    @inline(never)
    func buildString(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        var length = 0
        var wide = false
        var ascii = true
        for i in 0..<count {
            let part = base[i].cast(StringObject.self)
            length += part.pointee.count
            if part.isWide { wide = true }
            if !part.isASCII { ascii = false }
        }
        guard let result = allocateString(count: length, wide: wide, isASCII: ascii) else { return .undefined }
        var at = 0
        for i in 0..<count {
            let part = base[i].cast(StringObject.self)
            let n = part.pointee.count
            if wide {
                if part.isWide { (result.wides + at).update(from: part.wides, count: n) } else { for k in 0..<n { result.wides[at + k] = UInt32(part.bytes[k]) } }
            } else {
                (result.bytes + at).update(from: part.bytes, count: n)
            }
            at += n
        }
        for i in 0..<count { clearOwn(base + i) }
        return Value(pointer: result)
    }

    @inline(never)
    func setAddSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        if setAdd(self, regs[a(word)].cast(SetObject.self), regs[b(word)]) < 0 { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return true
    }

    @inline(never)
    func mapAddSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        if !dictSet(self, regs[a(word)].cast(DictObject.self), regs[b(word)], regs[c(word)]) { return false }
        consume(regs, word)
        return true
    }

    @inline(never)
    func listExtendSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let iterable = regs[b(word)]
        if !isKind(iterable, .list) && !isKind(iterable, .tuple) && !isIterable(iterable) {
            raise(.typeError, "Value after * must be an iterable, not \(typeName(iterable))")
            return false
        }
        if !listExtend(regs[a(word)].cast(ListObject.self), iterable) { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return true
    }

    func isIterable(_ value: Value) -> Bool {
        guard value.isPointer else { return false }
        switch kind(value) {
        case .instance, .quarantined: return !special(value, .iter).isUndefined || !special(value, .getitem).isUndefined
        case .str, .bytes, .list, .tuple, .dict, .set, .frozenSet, .range, .dictView, .iterator: return true
        default: return false
        }
    }

    @inline(never)
    func setUpdateSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let set = regs[a(word)].cast(SetObject.self)
        if isKind(regs[b(word)], .set) || isKind(regs[b(word)], .frozenSet) {
            if !setMerge(self, set, regs[b(word)].cast(SetObject.self)) { return false }
        } else if !forEach(regs[b(word)], { setAdd(self, set, $0) >= 0 }) { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return true
    }

    @inline(never)
    func dictUpdateSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let source = regs[b(word)]
        guard isKind(source, .dict) else {
            raise(.typeError, "'\(typeName(source))' object is not a mapping")
            return false
        }
        if !dictUpdate(self, regs[a(word)].cast(DictObject.self), from: source.cast(DictObject.self)) { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return true
    }

    @inline(never)
    func dictMergeSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let source = regs[b(word)]
        let callee = callableText(regs[c(word)])
        guard isKind(source, .dict) else {
            raise(.typeError, "\(callee) argument after ** must be a mapping, not \(typeName(source))")
            return false
        }
        // The target is nobody else's, and comparing strings runs no script: the source stays held.
        let target = regs[a(word)].cast(DictObject.self)
        let isMerged: Bool = holding(source) {
            var position = 0
            while let (key, value) = dictNext(source.cast(DictObject.self), &position) {
                guard isString(key) else {
                    raise(.typeError, "keywords must be strings")
                    return false
                }
                let present = dictContains(self, target, key)
                if present < 0 { return false }
                if present > 0 {
                    raise(.typeError, "\(callee) got multiple values for keyword argument '\(string(key))'")
                    return false
                }
                if !dictSet(self, target, key, value) { return false }
            }
            return true
        }
        if !isMerged { return false }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        return true
    }

    /// `module.name()` of a callable for messages about its arguments.
    func callableText(_ callee: Value) -> String {
        if callee.hasShape(.function) {
            let function = callee.cast(FunctionObject.self)
            return "\(isString(function.pointee.module) ? string(function.pointee.module) + "." : "")\(string(function.pointee.qualifiedName))()"
        }
        if callee.hasShape(.native) { return "\(string(callee.cast(NativeFunctionObject.self).pointee.name))()" }
        if isKind(callee, .boundMethod) { return callableText(callee.cast(BoundMethodObject.self).pointee.function) }
        if isKind(callee, .type) { return "\(qualifiedTypeName(callee.cast(TypeObject.self)))()" }
        return "\(typeName(callee)) object"
    }

    func listToTuple(_ place: UnsafeMutablePointer<Value>) -> Value {
        let list = place.pointee.cast(ListObject.self)
        let count = list.pointee.count
        let result: Value
        if count == 0 {
            result = newReference(heap.pointee.emptyTuple)
        } else {
            guard let tuple = allocateTuple(count) else { return .undefined }
            for i in 0..<count { tuple.items[i] = newReference(list.pointee.items.unsafelyUnwrapped[i]) }
            result = Value(pointer: tuple)
        }
        clearOwn(place)
        return result
    }

    // MARK: Unpacking

    @inline(never)
    func unpack(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let source = regs[b(word)]
        let wanted = c(word)
        let target = regs + a(word)
        // The source register may be one of the targets: keep the object until the end.
        if source.hasShape(.list) && s.pointee.isFreeThreaded { return unpackHolding(regs, word, source.cast(ListObject.self)) }
        if source.hasShape(.tuple) || source.hasShape(.list) {
            let isTuple = source.hasShape(.tuple)
            let count = isTuple ? source.cast(TupleObject.self).pointee.count : source.cast(ListObject.self).pointee.count
            if count != wanted {
                raiseUnpackMismatch(count, wanted)
                return false
            }
            incref(source)
            if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
            for i in 0..<wanted {
                let item = isTuple ? source.cast(TupleObject.self).items[i] : source.cast(ListObject.self).pointee.items.unsafelyUnwrapped[i]
                replaceOwn(target + i, newReference(item))
            }
            decref(source)
            return true
        }
        guard isIterable(source) else {
            raise(.typeError, "cannot unpack non-iterable \(typeName(source)) object")
            return false
        }
        let iterator = iterator(source)
        if iterator.isUndefined { return false }
        defer { decref(iterator) }
        return withScratch(of: Value.self, count: max(wanted, 1)) { buffer in
            var got = 0
            func fail() -> Bool {
                for i in 0..<got { decref(buffer[i]) }
                return false
            }
            while got < wanted {
                let item = next(iterator)
                if item.isUndefined {
                    if !isRaising { raiseUnpackMismatch(got, wanted) }
                    return fail()
                }
                buffer[got] = item
                got += 1
            }
            let extra = next(iterator)
            if !extra.isUndefined {
                decref(extra)
                raiseUnpackMismatch(Int.max, wanted)
                return fail()
            }
            if isRaising { return fail() }
            if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
            for i in 0..<wanted { replaceOwn(target + i, buffer[i]) }
            return true
        }
    }

    /// `unpack` of a list that other threads may change: all items are taken at one moment.
    @inline(never) private func unpackHolding(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64, _ list: ListPointer) -> Bool {
        let wanted = c(word)
        return withScratch(of: Value.self, count: max(wanted, 1)) { buffer in
            let count = briefly(list) {
                let count = list.pointee.count
                if count == wanted { for i in 0..<count { buffer[i] = newReference(list.pointee.items.unsafelyUnwrapped[i]) } }
                return count
            }
            if count != wanted {
                raiseUnpackMismatch(count, wanted)
                return false
            }
            if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
            for i in 0..<wanted { replaceOwn(regs + a(word) + i, buffer[i]) }
            return true
        }
    }

    private func raiseUnpackMismatch(_ count: Int, _ wanted: Int) {
        if count > wanted {
            raise(.valueError, "too many values to unpack (expected \(wanted))")
        } else {
            raise(.valueError, "not enough values to unpack (expected \(wanted), got \(count))")
        }
    }

    @inline(never)
    func unpackWithStar(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let source = regs[b(word)]
        let before = c(word) & 0xFF
        let after = c(word) >> 8
        guard isIterable(source) else {
            raise(.typeError, "cannot unpack non-iterable \(typeName(source)) object")
            return false
        }
        let all = listFrom(source)
        if all.isUndefined { return false }
        let list = all.cast(ListObject.self)
        let count = list.pointee.count
        if count < before + after {
            decref(all)
            raise(.valueError, "not enough values to unpack (expected at least \(before + after), got \(count))")
            return false
        }
        let middle = listGetSlice(list, start: before, step: 1, count: count - before - after)
        if middle.isUndefined {
            decref(all)
            return false
        }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        let target = regs + a(word)
        for i in 0..<before { replaceOwn(target + i, newReference(list.pointee.items.unsafelyUnwrapped[i])) }
        replaceOwn(target + before, middle)
        for i in 0..<after { replaceOwn(target + before + 1 + i, newReference(list.pointee.items.unsafelyUnwrapped[count - after + i])) }
        decref(all)
        return true
    }

    // MARK: Formatting

    @inline(never)
    func formatValueSlowly(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let flags = x(word)
        var value = newReference(regs[b(word)])
        let conversion = flags >> Opcode.Flags.conversionShift
        if conversion != 0 {
            let converted = conversion == 1 ? str(value) : conversion == 2 ? repr(value) : asciiRepr(value)
            decref(value)
            if converted.isUndefined { return false }
            value = converted
        }
        let specification = flags & Opcode.Flags.hasSpecification != 0 ? regs[c(word)] : .undefined
        let result = format(value, specification)
        decref(value)
        if result.isUndefined { return false }
        consume(regs, flags & Opcode.Flags.hasSpecification != 0 ? word : word & ~(UInt64(Opcode.Flags.consumeC) << 8))
        replaceOwn(regs + a(word), result)
        return true
    }

    // MARK: Functions and cells

    func makeCell(_ place: UnsafeMutablePointer<Value>) -> Bool {
        guard let object = allocate(bytes: MemoryLayout<CellObject>.size, shape: .cell) else { return false }
        let cell = object.cast(CellObject.self)
        cell.pointee.content = place.pointee.isUndefined ? .undefined : place.pointee
        place.pointee = Value(object)
        containerAllocated()
        return true
    }

    @inline(never)
    func makeFunction(_ frame: UnsafeMutablePointer<Frame>, _ word: UInt64) -> Value {
        let regs = frame.pointee.registers
        let code = frame.pointee.code.pointee.siblings[b(word)]
        guard let object = allocate(bytes: MemoryLayout<FunctionObject>.size, shape: .function) else { return .undefined }
        let function = object.cast(FunctionObject.self)
        function.pointee.code = code
        function.pointee.closure = nil
        function.pointee.defaults = .undefined
        function.pointee.keywordDefaults = .undefined
        function.pointee.globals = newReference(Value(pointer: frame.pointee.globals))
        function.pointee.name = newReference(code.pointee.name)
        function.pointee.qualifiedName = newReference(code.pointee.qualifiedName)
        function.pointee.documentation = code.pointee.hasDocstring ? newReference(code.pointee.constants[0]) : .none
        function.pointee.module = newReference(frame.pointee.globals.pointee.moduleName)
        function.pointee.attributes = .undefined
        containerAllocated()
        let count = code.pointee.freeCount
        if count > 0 {
            guard let buffer = allocateBuffer(bytes: count * 8) else {
                decref(Value(object))
                return .undefined
            }
            let closure = buffer.assumingMemoryBound(to: Value.self)
            for i in 0..<count {
                let capture = Int(code.pointee.captures[i])
                // Cells, which never change place.
                closure[i] = newReference(capture >= 0 ? regs[capture] : regs[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[~capture])
            }
            function.pointee.closure = closure
        }
        if x(word) & Opcode.Flags.hasDefaults != 0 {
            function.pointee.defaults = regs[c(word)]
            regs[c(word)] = .undefined
        }
        if x(word) & Opcode.Flags.hasKeywordDefaults != 0 {
            function.pointee.keywordDefaults = regs[c(word) + 1]
            regs[c(word) + 1] = .undefined
        }
        return Value(object)
    }

    // MARK: Names

    func loadName(_ frame: UnsafeMutablePointer<Frame>, _ name: Int, global: Int) -> Value {
        let value = dictLoad(self, frame.pointee.namespace.cast(DictObject.self), frame.pointee.code.pointee.names[name])
        if !value.isUndefined { return value }
        let namespace = frame.pointee.globals
        let found = loadGlobal(namespace, global)
        if found.isUndefined { raiseUndefinedGlobal(namespace, global) }
        return found
    }

    func loadNameOrFree(_ frame: UnsafeMutablePointer<Frame>, _ name: Int, free: Int) -> Value {
        let value = dictLoad(self, frame.pointee.namespace.cast(DictObject.self), frame.pointee.code.pointee.names[name])
        if !value.isUndefined { return value }
        let cell = frame.pointee.registers[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[free].cast(CellObject.self)
        let content = load(&cell.pointee.content)
        if content.isUndefined { raiseUnboundFree(free) }
        return content
    }

    func storeName(_ frame: UnsafeMutablePointer<Frame>, _ name: Int, _ value: Value) -> Bool {
        dictSet(self, frame.pointee.namespace.cast(DictObject.self), frame.pointee.code.pointee.names[name], value)
    }

    func deleteName(_ frame: UnsafeMutablePointer<Frame>, _ name: Int) -> Bool {
        let key = frame.pointee.code.pointee.names[name]
        let outcome = dictDelete(self, frame.pointee.namespace.cast(DictObject.self), key)
        if outcome == 0 {
            clearException()
            raise(.nameError, "name '\(string(key))' is not defined")
        }
        return outcome > 0
    }

    // MARK: with

    @inline(never)
    func withEnter(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let manager = regs[b(word)]
        let types = heap.pointee.types
        let enter = lookUp(type(of: manager), types[SpecialMethod.enter])
        if enter.isUndefined {
            if raiseIfQuarantined(manager) { return false }
            raise(.typeError, "'\(typeName(manager))' object does not support the context manager protocol")
            return false
        }
        let exit = lookUp(type(of: manager), types[SpecialMethod.exit])
        if exit.isUndefined {
            raise(.typeError, "'\(typeName(manager))' object does not support the context manager protocol (missed __exit__ method)")
            return false
        }
        let boundExit = bind(newReference(exit), to: manager)
        if boundExit.isUndefined { return false }
        let result = call(enter, manager)
        if result.isUndefined {
            decref(boundExit)
            return false
        }
        if x(word) & Opcode.Flags.consumeB != 0 { clearOwn(regs + b(word)) }
        replaceOwn(regs + c(word), boundExit)
        replaceOwn(regs + a(word), result)
        return true
    }

    @inline(never)
    func withExit(_ regs: UnsafeMutablePointer<Value>, _ word: UInt64) -> Bool {
        let exit = regs[b(word)]
        let result: Value
        if x(word) & Opcode.Flags.leavingNormally != 0 {
            result = call(exit, .none, .none, .none)
        } else {
            let exception = regs[c(word)]
            let traceback = lookAtExceptionSlot(exception, ExceptionSlot.traceback)
            result = call(exit, Value(pointer: type(of: exception)), exception, traceback)
            endLook(traceback)
        }
        if result.isUndefined { return false }
        clearOwn(regs + b(word))
        replaceOwn(regs + a(word), result)
        return true
    }

    // MARK: Imports

    func importFrom(_ module: Value, name: Value) -> Value {
        let value = getOptionalAttribute(module, name: name)
        if !value.isUndefined || isRaising { return value }
        raise(.importError, "cannot import name '\(string(name))' from '\(string(module.cast(ModuleObject.self).pointee.name))' (unknown location)")
        return .undefined
    }
}
