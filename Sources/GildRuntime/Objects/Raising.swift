// Raising exceptions from Swift.
//
// An exception is an instance whose class derives from BaseException. Its first slots are fixed by the root shape of
// BaseException, so that attribute look-ups need no special case: args, traceback, cause, context, suppress flag.

import CGild

/// Slot numbers of every exception instance.
enum ExceptionSlot {
    static let args = 0
    static let traceback = 1
    static let cause = 2
    static let context = 3
    static let suppressContext = 4
    /// StopIteration.value, SystemExit.code, NameError.name, AttributeError.name, ImportError.name, OSError.errno, KeyError none.
    static let extra = 5
    /// AttributeError.obj, ImportError.path, OSError.strerror.
    static let extra2 = 6
    /// OSError.filename.
    static let extra3 = 7
    static let inlineCapacity = 9
    static let names = ["args", "__traceback__", "__cause__", "__context__", "__suppress_context__"]
}

extension gild_thread_ref {
    /// Whether an exception is set.
    @inline(__always) var isRaising: Bool { !s.pointee.exception.isUndefined }

    /// Set an exception of a builtin class with one message argument. Returns `undefined`, so that natives can write
    /// `return thread.raise(…)`.
    @inline(never) @discardableResult
    func raise(_ type: BuiltinType, _ message: String) -> Value {
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        let text = makeString(message)
        let exception = makeException(type, text)
        s.pointee.ignoresHeapLimit = ignored
        return raise(exception)
    }

    /// Set an exception of a builtin class with one argument of any kind (borrowed), or none when undefined.
    @inline(never) @discardableResult
    func raise(_ type: BuiltinType, argument: Value) -> Value {
        let ignored = s.pointee.ignoresHeapLimit
        s.pointee.ignoresHeapLimit = true
        let exception = makeException(type, newReference(argument))
        s.pointee.ignoresHeapLimit = ignored
        return raise(exception)
    }

    @inline(never) @discardableResult
    func raiseMemoryError() -> Value {
        // Garbage in cycles may be what fills the heap: the next checkpoint looks.
        let heap = self.heap
        if s.pointee.run.pointee.settings.isCollectorEnabled && !heap.pointee.collector.isRunning && youngContainers > 100 {
            _ = gild_fetch_or_32(&s.pointee.evalBreaker, EvalBreaker.collect)
        }
        return raise(.memoryError, argument: .undefined)
    }

    /// Set this exception instance (its reference is taken over) with the exception being handled as its context.
    @discardableResult
    func raise(_ exception: Value) -> Value {
        let handled = s.pointee.handled
        if !handled.isUndefined && handled != exception {
            setContext(of: exception, to: handled)
        }
        let old = s.pointee.exception
        s.pointee.exception = exception
        decref(old)
        return .undefined
    }

    /// `context` becomes the __context__ of `exception`; a chain that would become a cycle is cut, as CPython's _PyErr_SetObject does. (Where
    /// threads link the same exceptions at once, a cycle may come about; who follows a chain is ready for that.)
    private func setContext(of exception: Value, to context: Value) {
        var node = context
        // Brent's teleporting tortoise: the chain may already contain a cycle made by a script.
        var mark = context
        var steps = 0
        var limit = 1
        // In a free-threaded regime what the walk stands on is held.
        if s.pointee.isFreeThreaded {
            incref(node)
            incref(mark)
        }
        while true {
            let next = lookAtExceptionSlot(node, ExceptionSlot.context)
            if !next.isPointer { break }
            if next == exception {
                setExceptionSlot(node, ExceptionSlot.context, .none)
                endLook(next)
                break
            }
            endLook(node)
            node = next
            if node == mark { break }
            steps += 1
            if steps == limit {
                steps = 0
                limit *= 2
                if s.pointee.isFreeThreaded { incref(node) }
                endLook(mark)
                mark = node
            }
        }
        endLook(node)
        endLook(mark)
        setExceptionSlot(exception, ExceptionSlot.context, context)
    }

    /// A new exception instance of a builtin class; `argument` is taken over, undefined = no argument.
    func makeException(_ type: BuiltinType, _ argument: Value) -> Value {
        let exception = makeInstance(heap.pointee.types[type])
        if exception.isUndefined { return exception }
        let slots = exception.cast(InstanceObject.self).slots
        if argument.isUndefined {
            slots[ExceptionSlot.args] = newReference(heap.pointee.emptyTuple)
        } else {
            guard let tuple = allocateTuple(1) else { return exception }
            tuple.items[0] = argument
            slots[ExceptionSlot.args] = Value(pointer: tuple)
        }
        fillExceptionExtras(exception)
        return exception
    }

    /// Whether the exception being raised is an instance of this class.
    func isRaising(_ type: BuiltinType) -> Bool {
        isRaising && isInstance(s.pointee.exception, of: type)
    }

    /// Drop the exception being raised.
    func clearException() { clear(&s.pointee.exception) }
}
