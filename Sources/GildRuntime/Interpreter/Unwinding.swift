// Exceptions on their way to a handler.
//
// For every frame that the exception passes, outward: a traceback entry is added, unless the exception is re-raised in the
// frame that already has one; then the frame's exception table is searched for the innermost range around the
// instruction. Found: the temporaries that the handler does not know are released and the frame goes on at the
// handler. Not found: the frame ends. Its temporaries are released; its locals move into the traceback entry, which
// keeps them alive as CPython's frame object does (an object local to a failed function dies when the exception does).
//
// Another thread may raise the same exception, replace its traceback, or print it. So the entry is put before the traceback while the
// exception is locked (two threads would take the same one over, and one entry would be lost); the frame holds the entry until its locals
// have moved (the traceback may be replaced meanwhile); and the values of an entry are places: written once, read by `load`.

import CGild
import GildScript

extension gild_thread_ref {
    /// Find the handler of the exception being raised. True: the innermost frame goes on at its `pc`. False: the frame
    /// flagged `entry` has ended and the exception goes on in native code.
    @inline(never)
    func unwind(reraising: Bool) -> Bool {
        var reraising = reraising
        while true {
            let frame = s.pointee.frame
            let code = frame.pointee.code
            let instruction = frame.pointee.pc - code.pointee.words
            let entry = reraising ? ownEntry(code) : addTraceback(frame, instruction)
            defer { if let entry { decref(Value(pointer: entry)) } }
            reraising = false

            for i in 0..<(s.pointee.isTerminating ? 0 : code.pointee.rangeCount) {
                let range = code.pointee.ranges[i]
                if instruction >= range.start && instruction < range.end {
                    for r in range.liveRegisters..<max(range.liveRegisters, code.pointee.registerCount) { clearOwn(frame.pointee.registers + r) }
                    frame.pointee.pc = code.pointee.words + range.handler
                    return true
                }
            }

            let registers = frame.pointee.registers
            let flags = frame.pointee.flags
            for r in code.pointee.localCount..<max(code.pointee.localCount, code.pointee.registerCount) { clearOwn(registers + r) }
            if flags & Frame.traced != 0 {
                // An earlier exception refers to the frame too: both tracebacks share the locals.
                if let entry { fillFirst(entry, frame.pointee.namespace) }
                moveLocals(frame, returning: Int.max)
            } else if let entry {
                for r in 0..<code.pointee.localCount {
                    decref(exchange(entry.values + r, registers[r]))
                    registers[r] = .undefined
                }
            } else {
                for r in 0..<code.pointee.localCount { clearOwn(registers + r) }
            }
            if flags & Frame.ownsNamespace != 0 { clearOwn(&frame.pointee.namespace) }
            clearOwn(registers - 1)
            if flags & Frame.constructor != 0 { clearOwn(registers - 2) }
            s.pointee.frame = frame - 1
            if flags & Frame.entry != 0 { return false }
        }
    }

    // MARK: Frames that outlive their end

    /// The exception, which was handled in this frame, lives on: when the frame ends, its locals go to the exception's
    /// traceback, so that `kept = e` makes a cycle as in CPython.
    @inline(never)
    func keepFrame(_ frame: UnsafeMutablePointer<Frame>, of exception: Value) {
        let code = frame.pointee.code
        let count = code.pointee.localCount
        guard count > 0, frame.pointee.namespace.isUndefined || frame.pointee.flags & Frame.traced != 0 else { return }
        let head = lookAtExceptionSlot(exception, ExceptionSlot.traceback)
        defer { endLook(head) }
        guard head.hasShape(.traceback) else { return }
        let entry = head.cast(TracebackObject.self)
        guard entry.pointee.code == code, peek(entry.values).isUndefined else { return }
        if frame.pointee.flags & Frame.traced == 0 {
            let ignored = s.pointee.ignoresHeapLimit
            s.pointee.ignoresHeapLimit = true
            defer { s.pointee.ignoresHeapLimit = ignored }
            guard let object = allocate(bytes: MemoryLayout<TracebackObject>.size + count * 8, shape: .traceback) else {
                clearException()
                return
            }
            let holder = object.cast(TracebackObject.self)
            holder.pointee.next = .none
            holder.pointee.code = code
            holder.pointee.instruction = entry.pointee.instruction
            holder.pointee.count = count
            for i in 0..<count { holder.values[i] = .undefined }
            containerAllocated()
            frame.pointee.namespace = Value(object)
            frame.pointee.flags |= Frame.traced
        }
        fillFirst(entry, frame.pointee.namespace)
    }

    /// The object that takes over the locals of a frame becomes the first value of an entry that has none.
    private func fillFirst(_ entry: UnsafeMutablePointer<TracebackObject>, _ holder: Value) {
        if !peek(entry.values).isUndefined { return }
        incref(holder)
        if !fill(entry.values, holder) { decref(holder) }
    }

    /// A frame flagged `traced` ends: its locals move to the traceback object that `namespace` holds, unless nobody else
    /// refers to that. The register `returning` keeps its value.
    @inline(never)
    func moveLocals(_ frame: UnsafeMutablePointer<Frame>, returning: Int) {
        let holder = frame.pointee.namespace
        frame.pointee.namespace = .undefined
        frame.pointee.flags &= ~Frame.traced
        if !isUniquelyReferenced(holder.object) {
            let values = holder.cast(TracebackObject.self).values
            for r in 0..<frame.pointee.code.pointee.localCount {
                let value = frame.pointee.registers[r]
                if r == returning { incref(value) } else { frame.pointee.registers[r] = .undefined }
                _ = exchange(values + r, value)
            }
        } else if returning == Int.max {
            for r in 0..<frame.pointee.code.pointee.localCount { clearOwn(frame.pointee.registers + r) }
        }
        decref(holder)
    }

    /// The entry that a frame has in the traceback of an exception that it raises again: a new reference; nil when a script has changed
    /// the traceback.
    private func ownEntry(_ code: UnsafeMutablePointer<CodeImage>) -> UnsafeMutablePointer<TracebackObject>? {
        let head = loadExceptionSlot(s.pointee.exception, ExceptionSlot.traceback)
        let entry = head.hasShape(.traceback) ? head.cast(TracebackObject.self) : nil
        if let entry, entry.pointee.code == code, (0..<entry.pointee.count).allSatisfy({ peek(entry.values + $0).isUndefined }) { return entry }
        decref(head)
        return nil
    }

    /// Put an entry for this frame before the exception's traceback: a new reference. Nil when there is no memory for it.
    private func addTraceback(_ frame: UnsafeMutablePointer<Frame>, _ instruction: Int) -> UnsafeMutablePointer<TracebackObject>? {
        let exception = s.pointee.exception
        let code = frame.pointee.code
        let count = code.pointee.localCount
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        defer { s.pointee.ignoresHeapLimit = ignored }
        guard let object = allocate(bytes: MemoryLayout<TracebackObject>.size + count * 8, shape: .traceback) else { return nil }
        let entry = object.cast(TracebackObject.self)
        entry.pointee.next = .none
        entry.pointee.code = code
        entry.pointee.instruction = instruction
        entry.pointee.count = count
        for i in 0..<count { entry.values[i] = .undefined }
        containerAllocated()
        guarded(exception) {
            entry.pointee.next = loadExceptionSlot(exception, ExceptionSlot.traceback)
            setExceptionSlot(exception, ExceptionSlot.traceback, Value(object))
        }
        return entry
    }

    // MARK: raise

    /// `raise value [from cause]`; both borrowed. Sets the exception, or the TypeError that the operands deserve.
    func raiseStatement(_ value: Value, cause: Value) {
        guard let exception = instantiateException(value, "exceptions must derive from BaseException") else { return }
        if !cause.isUndefined {
            if cause.isNone {
                setExceptionSlot(exception, ExceptionSlot.cause, .none)
            } else {
                guard let origin = instantiateException(cause, "exception causes must derive from BaseException") else {
                    decref(exception)
                    return
                }
                setExceptionSlot(exception, ExceptionSlot.cause, origin)
                decref(origin)
            }
            setExceptionSlot(exception, ExceptionSlot.suppressContext, .true)
        }
        raise(exception)
    }

    /// An exception instance from a class or an instance: new reference, nil when something was raised.
    private func instantiateException(_ value: Value, _ complaint: String) -> Value? {
        if isKind(value, .type), isSubtype(value.cast(TypeObject.self), of: heap.pointee.types[.baseException]) {
            let exception = call(value)
            if exception.isUndefined { return nil }
            if !isInstance(exception, of: .baseException) {
                raise(.typeError, "calling \(string(type(of: value).pointee.name)) should have returned an instance of BaseException, not \(typeName(exception))")
                decref(exception)
                return nil
            }
            return exception
        }
        if value.isPointer && isInstance(value, of: .baseException) { return newReference(value) }
        raise(.typeError, complaint)
        return nil
    }

    /// `raise` without operand. True when the exception goes on with its traceback as it is.
    func raiseActive() -> Bool {
        let handled = s.pointee.handled
        if handled.isUndefined {
            raise(.runtimeError, "No active exception to reraise")
            return false
        }
        replaceOwn(&s.pointee.exception, newReference(handled))
        return true
    }

    /// 1 when the exception is an instance of the class or of one in the tuple, 0 when not, -1 raised.
    func exceptionMatches(_ exception: Value, _ pattern: Value) -> Int32 {
        if isKind(pattern, .tuple) {
            let tuple = pattern.cast(TupleObject.self)
            for i in 0..<tuple.pointee.count where !isExceptionClass(tuple.items[i]) { return complainAboutPattern() }
            for i in 0..<tuple.pointee.count where isSubtype(type(of: exception), of: tuple.items[i].cast(TypeObject.self)) { return 1 }
            return 0
        }
        if !isExceptionClass(pattern) { return complainAboutPattern() }
        return isSubtype(type(of: exception), of: pattern.cast(TypeObject.self)) ? 1 : 0
    }

    private func isExceptionClass(_ value: Value) -> Bool {
        isKind(value, .type) && isSubtype(value.cast(TypeObject.self), of: heap.pointee.types[.baseException])
    }

    private func complainAboutPattern() -> Int32 {
        raise(.typeError, "catching classes that do not inherit from BaseException is not allowed")
        return -1
    }

    // MARK: Unbound variables

    func raiseUnbound(register: Int) {
        let code = s.pointee.frame.pointee.code
        let name = string(code.pointee.localNames[register])
        raise(.unboundLocalError, "cannot access local variable '\(name)' where it is not associated with a value")
    }

    func raiseUnboundFree(_ index: Int) {
        let name = s.pointee.frame.pointee.code.compiled.freeNames[index]
        raise(.nameError, "cannot access free variable '\(name)' where it is not associated with a value in enclosing scope")
        fillNameError(name: intern(name))
    }

    func raiseUndefinedGlobal(_ namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) {
        let name = namespace.pointee.names[slot]
        raise(.nameError, "name '\(string(name))' is not defined")
        fillNameError(name: name)
    }

    /// `NameError.name`, for suggestions.
    func fillNameError(name: Value) {
        guard isRaising(.nameError) else { return }
        setExceptionSlot(s.pointee.exception, ExceptionSlot.extra, name)
    }

    /// `AttributeError.name` and `.obj`, for suggestions.
    func fillAttributeError(name: Value, object: Value) {
        guard isRaising(.attributeError) else { return }
        setExceptionSlot(s.pointee.exception, ExceptionSlot.extra, name)
        setExceptionSlot(s.pointee.exception, ExceptionSlot.extra2, object)
    }
}
