// Calls, whatever the callable.
//
// The run loop handles plain functions with matching positional arguments itself. Everything else comes here with the
// callable in `base[0]` and the arguments behind it. A Python function is not run here: its frame is pushed and
// `framePushed` returned, so that Python-to-Python calls never recurse on the native stack, not even through defaults,
// keywords, bound methods or `__init__`. On failure callable and arguments stay in their registers, where `unwind` (or
// the native caller) releases them.
//
// Natives that call back use `call(…)`: it copies callable and arguments above everything live and, when that pushes a
// frame, enters the run loop with the frame flagged `entry`.

import CGild
import GildScript

extension gild_thread_ref {
    // MARK: Room

    /// The recursion limit has changed: every thread's last frame moves.
    func updateFrameLimits() {
        var state = s.pointee.runtime.pointee.threads.first
        while let current = state {
            if current.pointee.run == s.pointee.run {
                current.pointee.frameLimit = current.pointee.frameBase + min(ThreadMemory.frameCount - 16, s.pointee.run.pointee.settings.recursionLimit + 1)
            }
            state = current.pointee.next
        }
    }

    /// Registers that may be written beyond `registerLimit` without asking.
    static var registerSlack: Int { 512 }
    /// Native frames that may be nested; the stacks of runtime threads have room for them.
    static var nativeDepthLimit: Int { 6000 }

    /// Make room for a frame of `code` at `window`. False: RecursionError raised.
    @inline(never) func makeRoom(_ window: UnsafeMutablePointer<Value>, _ code: UnsafeMutablePointer<CodeImage>) -> Bool {
        if s.pointee.frame + 1 >= s.pointee.frameLimit {
            raise(.recursionError, "maximum recursion depth exceeded")
            return false
        }
        return fillRegisters(upTo: window + code.pointee.registerCount)
    }

    /// Fill registers for the first time. False: RecursionError raised.
    func fillRegisters(upTo end: UnsafeMutablePointer<Value>) -> Bool {
        while end >= s.pointee.registerLimit {
            let filled = s.pointee.registerLimit + gild_thread_ref.registerSlack
            let more = 4096
            if filled + more > s.pointee.registerEnd {
                raise(.recursionError, "maximum recursion depth exceeded")
                return false
            }
            filled.update(repeating: .undefined, count: more)
            s.pointee.registerLimit += more
        }
        return true
    }

    /// Before native recursion. False: RecursionError raised.
    @inline(__always) func enterNative(_ activity: String = "") -> Bool {
        if s.pointee.nativeDepth >= gild_thread_ref.nativeDepthLimit {
            raise(.recursionError, "maximum recursion depth exceeded\(activity)")
            return false
        }
        s.pointee.nativeDepth &+= 1
        return true
    }

    @inline(__always) func leaveNative() { s.pointee.nativeDepth &-= 1 }

    // MARK: The general call

    /// Call `base[0]` with `count` arguments from `base[1]` on, the last ones named by `keywordNames` (tuple or undefined).
    /// - Returns: the result, with callable and arguments released; or `framePushed`; or `undefined`.
    @inline(never)
    func callSlowly(
        _ base: UnsafeMutablePointer<Value>, _ count: Int, keywordNames: Value, destination: UnsafeMutablePointer<Value>,
        resume: UnsafeMutablePointer<UInt64>
    ) -> Value {
        let callee = base.pointee
        guard callee.isPointer else {
            return raise(.typeError, "'\(typeName(callee))' object is not callable")
        }
        switch kind(callee) {
        case .function:
            let function = callee.cast(FunctionObject.self)
            if !bindArguments(function, base + 1, count, keywordNames) { return .undefined }
            return pushFrame(function, base + 1, destination: destination, resume: resume, flags: 0) ? .framePushed : .undefined
        case .native:
            return callNative(callee.cast(NativeFunctionObject.self), base, count, keywordNames)
        case .boundMethod:
            let method = callee.cast(BoundMethodObject.self)
            // Make place for the receiver behind the function.
            if !fillRegisters(upTo: base + count + 2) { return .undefined }
            var i = count
            while i > 0 {
                base[i + 1] = base[i]
                i -= 1
            }
            base[1] = newReference(method.pointee.receiver)
            base[0] = newReference(method.pointee.function)
            decref(callee)
            return callSlowly(base, count + 1, keywordNames: keywordNames, destination: destination, resume: resume)
        case .type:
            return callType(callee.cast(TypeObject.self), base, count, keywordNames, destination: destination, resume: resume)
        default:
            let method = load(type(of: callee).pointee.specials + SpecialMethod.call.rawValue)
            if method.isUndefined { return raise(.typeError, "'\(typeName(callee))' object is not callable") }
            if !fillRegisters(upTo: base + count + 2) {
                decref(method)
                return .undefined
            }
            var i = count
            while i > 0 {
                base[i + 1] = base[i]
                i -= 1
            }
            base[1] = callee
            base[0] = method
            return callSlowly(base, count + 1, keywordNames: keywordNames, destination: destination, resume: resume)
        }
    }

    /// Push a frame whose arguments already lie in their registers; `window[-1]` holds the function.
    @inline(__always)
    func pushFrame(
        _ function: UnsafeMutablePointer<FunctionObject>, _ window: UnsafeMutablePointer<Value>,
        destination: UnsafeMutablePointer<Value>, resume: UnsafeMutablePointer<UInt64>, flags: Int
    ) -> Bool {
        let code = function.pointee.code
        let next = s.pointee.frame + 1
        if next >= s.pointee.frameLimit || window + code.pointee.registerCount >= s.pointee.registerLimit {
            if !makeRoom(window, code) { return false }
        }
        next.initialize(
            to: Frame(
                code: code, pc: code.pointee.words, registers: window, destination: destination, resume: resume,
                globals: function.pointee.globals.cast(NamespaceObject.self), namespace: .undefined, flags: flags))
        s.pointee.frame = next
        return true
    }

    private func callNative(_ native: UnsafeMutablePointer<NativeFunctionObject>, _ base: UnsafeMutablePointer<Value>, _ count: Int, _ keywordNames: Value) -> Value {
        var count = count
        let named = keywordNames.isPointer ? keywordNames.cast(TupleObject.self).pointee.count : 0
        if !native.pointee.receiver.isUndefined {
            if !fillRegisters(upTo: base + count + 2) { return .undefined }
            var i = count
            while i > 0 {
                base[i + 1] = base[i]
                i -= 1
            }
            base[1] = newReference(native.pointee.receiver)
            count += 1
        }
        let positional = count - named
        if !checkArity(native, base, positional, named) { return .undefined }
        let saved = s.pointee.nativeTop
        s.pointee.nativeTop = max(saved, base + count + 1)
        let result = invoke(native, base + 1, positional, named > 0 ? keywordNames : .undefined)
        s.pointee.nativeTop = saved
        if result.isUndefined { return result }
        releaseWindow(base, count)
        return result
    }

    /// Release callable and arguments after a call that pushed no frame.
    @inline(__always) func releaseWindow(_ base: UnsafeMutablePointer<Value>, _ count: Int) {
        var i = count
        while i >= 0 {
            let value = base[i]
            base[i] = .undefined
            decref(value)
            i -= 1
        }
    }

    /// `__add__` and the like, which CPython implements as slots.
    func isSlotName(_ name: String) -> Bool { name.hasPrefix("__") && name.hasSuffix("__") && name.utf8.count > 4 }

    /// Special methods that are ordinary methods in CPython.
    func isOrdinaryMethod(_ name: String) -> Bool {
        ["__round__", "__floor__", "__ceil__", "__trunc__", "__format__", "__reversed__", "__length_hint__"].contains(name)
    }

    /// As most complaints about arguments call a native: `list.append`, `math.sqrt`, `len`.
    private func shownName(_ native: UnsafeMutablePointer<NativeFunctionObject>) -> String {
        let name = string(native.pointee.name)
        if let owner = native.pointee.owner { return "\(string(owner.pointee.name)).\(name)" }
        return native.pointee.module.isUndefined ? name : "\(string(native.pointee.module)).\(name)"
    }

    private func checkArity(_ native: UnsafeMutablePointer<NativeFunctionObject>, _ base: UnsafeMutablePointer<Value>, _ positional: Int, _ named: Int) -> Bool {
        let name = string(native.pointee.name)
        let isMethod = native.pointee.owner != nil
        // A method read from its type: the receiver must be an instance.
        if let owner = native.pointee.owner, native.pointee.flags & NativeFlags.isStatic == 0 {
            let typeText = string(owner.pointee.name)
            if positional == 0 {
                raise(.typeError, "unbound method \(typeText).\(name)() needs an argument")
                return false
            }
            if !isSubtype(type(of: base[1]), of: owner) {
                if isSlotName(name) && !isOrdinaryMethod(name) {
                    raise(.typeError, "descriptor '\(name)' requires a '\(typeText)' object but received a '\(typeName(base[1]))'")
                    return false
                }
                raise(.typeError, "descriptor '\(name)' for '\(typeText)' objects doesn't apply to a '\(typeName(base[1]))' object")
                return false
            }
        }
        if named > 0 && native.pointee.flags & NativeFlags.keywords == 0 {
            let shown = shownName(native)
            raise(.typeError, "\(shown)() takes no keyword arguments")
            return false
        }
        let skipped = isMethod && native.pointee.flags & NativeFlags.isStatic == 0 ? 1 : 0
        let given = positional - skipped
        let minimum = Int(native.pointee.minimum) - skipped
        let maximum = native.pointee.maximum == Int32.max ? Int.max : Int(native.pointee.maximum) - skipped
        if given + (native.pointee.flags & NativeFlags.keywords != 0 ? named : 0) < minimum || given > maximum {
            let shown = shownName(native)
            if isMethod && isSlotName(name) && !isOrdinaryMethod(name) {
                // Slot wrappers have words of their own.
                if minimum == maximum {
                    raise(.typeError, "expected \(minimum) argument\(minimum == 1 ? "" : "s"), got \(given)")
                } else {
                    let bound = given < minimum ? "at least \(minimum)" : "at most \(maximum)"
                    raise(.typeError, "expected \(bound) argument\((given < minimum ? minimum : maximum) == 1 ? "" : "s"), got \(given)")
                }
            } else if minimum == maximum {
                switch minimum {
                case 0: raise(.typeError, "\(shown)() takes no arguments (\(given) given)")
                case 1: raise(.typeError, "\(shown)() takes exactly one argument (\(given) given)")
                default: raise(.typeError, "\(name) expected \(minimum) arguments, got \(given)")
                }
            } else if given < minimum {
                raise(.typeError, "\(name) expected at least \(minimum) argument\(minimum == 1 ? "" : "s"), got \(given)")
            } else {
                raise(.typeError, "\(name) expected at most \(maximum) argument\(maximum == 1 ? "" : "s"), got \(given)")
            }
            return false
        }
        return true
    }

    // MARK: Classes

    private func callType(
        _ type: UnsafeMutablePointer<TypeObject>, _ base: UnsafeMutablePointer<Value>, _ count: Int, _ keywordNames: Value,
        destination: UnsafeMutablePointer<Value>, resume: UnsafeMutablePointer<UInt64>
    ) -> Value {
        let named = keywordNames.isPointer ? keywordNames.cast(TupleObject.self).pointee.count : 0
        if let construct = type.pointee.construct {
            let saved = s.pointee.nativeTop
            s.pointee.nativeTop = max(saved, base + count + 1)
            let result = construct(self, base + 1, count - named, keywordNames)
            s.pointee.nativeTop = saved
            if !result.isUndefined { releaseWindow(base, count) }
            return result
        }
        // Only instances proper have the layout that `makeInstance` lays out.
        if type.pointee.flags & TypeFlags.final != 0 || type.pointee.instanceKind != .instance {
            return raise(.typeError, "cannot create '\(string(type.pointee.name))' instances")
        }
        let instance = makeInstance(type)
        if instance.isUndefined { return .undefined }
        if type.pointee.flags & TypeFlags.exception != 0 {
            // BaseException.__new__ keeps the positional arguments.
            guard let tuple = allocateTuple(count - named) else {
                decref(instance)
                return .undefined
            }
            for i in 0..<(count - named) { tuple.items[i] = newReference(base[1 + i]) }
            replaceOwn(instance.cast(InstanceObject.self).slots + ExceptionSlot.args, count - named == 0 ? emptyTupleInstead(of: tuple) : Value(pointer: tuple))
        }
        let initializer = peek(type.pointee.specials + SpecialMethod.`init`.rawValue)
        if initializer.isUndefined {
            if type.pointee.flags & TypeFlags.exception != 0 {
                let saved = s.pointee.nativeTop
                s.pointee.nativeTop = max(saved, base + count + 1)
                let done = initializeException(instance, base + 1, count - named, keywordNames)
                s.pointee.nativeTop = saved
                if !done {
                    decref(instance)
                    return .undefined
                }
            } else if count > 0 {
                decref(instance)
                return raise(.typeError, "\(string(type.pointee.name))() takes no arguments")
            }
            releaseWindow(base, count)
            return instance
        }
        // base: instance, __init__, self, arguments…
        if !fillRegisters(upTo: base + count + 3) {
            decref(instance)
            return .undefined
        }
        var i = count
        while i > 0 {
            base[i + 2] = base[i]
            i -= 1
        }
        base[2] = newReference(instance)
        base[1] = newReference(initializer)
        let callee = base[0]
        base[0] = instance
        decref(callee)
        if initializer.hasShape(.function) {
            let function = initializer.cast(FunctionObject.self)
            if !bindArguments(function, base + 2, count + 1, keywordNames) { return cleanConstructor(base, count + 2) }
            return pushFrame(function, base + 2, destination: destination, resume: resume, flags: Frame.constructor)
                ? .framePushed : cleanConstructor(base, count + 2)
        }
        let result = callSlowly(base + 1, count + 1, keywordNames: keywordNames, destination: destination, resume: resume)
        if result == .framePushed {
            // An unusual __init__ (a bound method, say): its frame's window does not lie behind the instance.
            let outcome = runPushedFrame()
            if outcome.isUndefined { return cleanConstructor(base, count + 2) }
            return finishUnusualConstructor(base, outcome)
        }
        if result.isUndefined { return cleanConstructor(base, count + 2) }
        return finishUnusualConstructor(base, result)
    }

    /// Registers above the caller's own temporaries are released here: `unwind` knows only the caller's window.
    private func cleanConstructor(_ base: UnsafeMutablePointer<Value>, _ count: Int) -> Value {
        releaseWindow(base, count)
        return .undefined
    }

    private func finishUnusualConstructor(_ base: UnsafeMutablePointer<Value>, _ result: Value) -> Value {
        let instance = base[0]
        base[0] = .undefined
        if !result.isNone {
            raise(.typeError, "__init__() should return None, not '\(typeName(result))'")
            decref(result)
            decref(instance)
            return .undefined
        }
        return instance
    }

    private func emptyTupleInstead(of tuple: UnsafeMutablePointer<TupleObject>) -> Value {
        decref(Value(pointer: tuple))
        return newReference(heap.pointee.emptyTuple)
    }

    /// The end of an `__init__` frame: `registers[-2]` holds the instance. Takes over `result`.
    func finishConstructor(_ registers: UnsafeMutablePointer<Value>, _ result: Value) -> Value {
        if !result.isNone {
            raise(.typeError, "__init__() should return None, not '\(typeName(result))'")
            decref(result)
            return .undefined
        }
        let instance = registers[-2]
        registers[-2] = .undefined
        return instance
    }

    // MARK: Calls with * and **

    /// `base[0](*base[1], **base[2])`; always runs to the end. Callable and operands are released.
    func callWithUnpacking(_ base: UnsafeMutablePointer<Value>, hasKeywords: Bool) -> Value {
        // `f(*x)` passes any iterable as it is.
        if !isKind(base[1], .list) && !isKind(base[1], .tuple) {
            if !isIterable(base[1]) {
                return raise(.typeError, "\(callableText(base[0])) argument after * must be an iterable, not \(typeName(base[1]))")
            }
            let list = listFrom(base[1])
            if list.isUndefined { return list }
            replaceOwn(base + 1, list)
        }
        // The keywords are a dict that the call's instructions have made; the sequence may be a list that other threads change. Once its items
        // lie in the window, it does not matter any more.
        let named = hasKeywords ? base[2].cast(DictObject.self).pointee.used : 0
        var keywordNames = Value.undefined
        if named > 0 {
            guard let names = allocateTuple(named) else { return .undefined }
            keywordNames = Value(pointer: names)
        }
        defer { decref(keywordNames) }
        if !enterNative() { return .undefined }
        defer { leaveNative() }
        let frame = s.pointee.frame
        let window = max(s.pointee.nativeTop, frame.pointee.registers + frame.pointee.code.pointee.registerCount)
        let sequence = base[1]
        let positional = holding(sequence) { () -> Int? in
            let count = sequenceCount(sequence)
            if !fillRegisters(upTo: window + count + named + 4) { return nil }
            let items = sequenceItems(sequence)
            for i in 0..<count { window[1 + i] = newReference(items.unsafelyUnwrapped[i]) }
            return count
        }
        guard let positional else { return .undefined }
        if named > 0 {
            let names = keywordNames.cast(TupleObject.self)
            var position = 0
            var i = 0
            while let (key, value) = dictNext(base[2].cast(DictObject.self), &position) {
                names.items[i] = newReference(key)
                window[1 + positional + i] = newReference(value)
                i += 1
            }
        }
        return callMoved(base, window, operands: hasKeywords ? 2 : 1, count: positional + named, keywordNames: keywordNames)
    }

    /// Call `base[0]` with the arguments that lie in `window` behind its place. The operands that they came from are released before the callee
    /// runs, so that they do not count.
    private func callMoved(
        _ base: UnsafeMutablePointer<Value>, _ window: UnsafeMutablePointer<Value>, operands: Int, count: Int, keywordNames: Value
    ) -> Value {
        let frame = s.pointee.frame
        window[0] = base[0]
        base[0] = .undefined
        let saved = s.pointee.nativeTop
        s.pointee.nativeTop = window + count + 4
        for i in 1...operands { clearOwn(base + i) }
        let result = callSlowly(window, count, keywordNames: keywordNames, destination: window, resume: frame.pointee.pc)
        let outcome = result == .framePushed ? runPushedFrame() : result
        s.pointee.nativeTop = saved
        if outcome.isUndefined {
            for i in 0..<(count + 4) { clearOwn(window + i) }
        }
        return outcome
    }

    // MARK: Methods

    /// `callMethod` when the inline cache does not serve. `pc` addresses the instruction.
    @inline(never)
    func callMethodSlowly(
        _ base: UnsafeMutablePointer<Value>, _ count: Int, _ pc: UnsafeMutablePointer<UInt64>, destination: UnsafeMutablePointer<Value>
    ) -> Value {
        let receiver = base[1]
        let name = s.pointee.frame.pointee.code.pointee.names[Int(pc.pointee >> 48)]
        let method = lookUpMethod(receiver, name, cache: pc + 1)
        if !method.isUndefined {
            base[0] = method
            return callSlowly(base, count + 1, keywordNames: .undefined, destination: destination, resume: pc + 2)
        }
        s.pointee.frame.pointee.pc = pc + 1
        let attribute = getAttribute(receiver, name: name)
        s.pointee.frame.pointee.pc = pc
        if attribute.isUndefined {
            s.pointee.frame.pointee.pc = pc + 1
            return .undefined
        }
        base[0] = attribute
        base[1] = .undefined
        decref(receiver)
        shiftArguments(base, count)
        return callSlowly(base, count, keywordNames: .undefined, destination: destination, resume: pc + 2)
    }

    /// `loadMethod`: base[1] is the receiver. False: raised.
    @inline(never)
    func loadMethod(_ base: UnsafeMutablePointer<Value>, _ name: Value, _ cache: UnsafeMutablePointer<UInt64>) -> Bool {
        let method = lookUpMethod(base[1], name, cache: cache)
        if !method.isUndefined {
            base[0] = method
            return true
        }
        let attribute = getAttribute(base[1], name: name)
        if attribute.isUndefined { return false }
        base[0] = attribute
        clearOwn(base + 1)
        return true
    }

    /// Close the gap that a receiver left behind the callable.
    func shiftArguments(_ base: UnsafeMutablePointer<Value>, _ count: Int) {
        var i = 1
        while i <= count {
            base[i] = base[i + 1]
            i += 1
        }
        base[count + 1] = .undefined
    }

    // MARK: Calls from natives

    /// Call with borrowed callable and arguments; `count` includes the named ones at the end.
    func call(_ callee: Value, arguments: UnsafeMutablePointer<Value>, count: Int, keywordNames: Value = .undefined) -> Value {
        if !enterNative() { return .undefined }
        defer { leaveNative() }
        let frame = s.pointee.frame
        var base = s.pointee.nativeTop
        if frame != s.pointee.frameBase {
            let top = frame.pointee.registers + frame.pointee.code.pointee.registerCount
            if top > base { base = top }
        }
        if !fillRegisters(upTo: base + count + 4) { return .undefined }
        base[0] = newReference(callee)
        for i in 0..<count { base[1 + i] = newReference(arguments[i]) }
        let saved = s.pointee.nativeTop
        s.pointee.nativeTop = base + count + 4
        let result = callSlowly(base, count, keywordNames: keywordNames, destination: base, resume: frame.pointee.pc)
        let outcome = result == .framePushed ? runPushedFrame() : result
        s.pointee.nativeTop = saved
        if outcome.isUndefined {
            for i in 0..<(count + 4) { clearOwn(base + i) }
        }
        return outcome
    }

    func call(_ callee: Value) -> Value {
        var nothing = Value.undefined
        return call(callee, arguments: &nothing, count: 0)
    }

    func call(_ callee: Value, _ first: Value) -> Value {
        var argument = first
        return call(callee, arguments: &argument, count: 1)
    }

    func call(_ callee: Value, _ first: Value, _ second: Value) -> Value {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { buffer in
            buffer[0] = first
            buffer[1] = second
            return call(callee, arguments: buffer.baseAddress.unsafelyUnwrapped, count: 2)
        }
    }

    func call(_ callee: Value, _ first: Value, _ second: Value, _ third: Value) -> Value {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 3) { buffer in
            buffer[0] = first
            buffer[1] = second
            buffer[2] = third
            return call(callee, arguments: buffer.baseAddress.unsafelyUnwrapped, count: 3)
        }
    }

    /// Run the frame just pushed to its end. The critical sections of the natives that called are suspended meanwhile: what a script does may
    /// take any time, and wait for threads that need the same objects.
    func runPushedFrame() -> Value {
        s.pointee.frame.pointee.flags |= Frame.entry
        return suspendingSections { runEntryFrame() }
    }

    @inline(__always) private func runEntryFrame() -> Value {
        if gild_load_relaxed_32(&s.pointee.evalBreaker) != 0 && !handleEvalBreaker() {
            if unwind(reraising: false) { return runLoop() }
            return .undefined
        }
        return runLoop()
    }
}
