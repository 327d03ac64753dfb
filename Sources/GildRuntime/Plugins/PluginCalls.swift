// Calls of a plugin's functions, and what is looked after when they return.
//
//     scripts' call ──▶ callPlugin: the native behind every function of every plugin
//         take the next frame: whose call, where the arguments lie, the handle of the first one, whether anything is to be looked at
//         count the handles of the others
//         the plugin's function
//         thread has the lock?                  no: take it again, a broken rule
//         status and exception agree?           no: SystemError, as CPython says it
//         the result becomes a value, its handle is closed
//         anything left in the frame?           sections are ended and handles closed, broken rules; those become a SystemError (with checks)
//         give the frame back
//
// So whatever a plugin does, the caller finds the lock held, no handle of the call open, and either a value or an exception.
//
// Which function is called stands in the native's object, which lies in the register before the arguments: `arguments[-1]`
// (every way to call a native that is no method puts it there).
//
// An empty call is a measure that plugins are judged by, so the way through this file is short: frames, with room for a few handles, lie in a block
// that the thread keeps, nothing is allocated, cleared or closed per argument, the clock is read only with checks, and whatever is rare
// stands in a function of its own, which keeps it out of the registers and the stack of the usual call.

import CGild
import CGildPlugin

/// The native behind all functions of plugins. It is no level of native recursion: from within a plugin's code nothing comes here but through
/// `call`, which is one.
@inline(__always) func callPlugin(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let function = arguments[-1].cast(NativeFunctionObject.self).pointee.state.unsafelyUnwrapped.assumingMemoryBound(to: PluginFunction.self)
    let context = thread.pluginContext
    if _slowPath(count > PluginFrame.inlineHandleCount) { return context.callWithManyArguments(function, arguments, count) }
    return context.call(function, arguments, count, context.nextHandles)
}

/// What stands in the place of all functions of a plugin that has been unloaded.
func callUnloaded(
    _ context: UnsafeMutablePointer<gild_context>, _ data: UnsafeMutableRawPointer?, _ arguments: UnsafePointer<gild_handle>, _ count: Int,
    _ result: UnsafeMutablePointer<gild_handle>
) -> gild_status {
    let c = HostContext(context)
    let native = c.frame.pointee.arguments.unsafelyUnwrapped[-1].cast(NativeFunctionObject.self)
    let module = c.thread.string(native.pointee.module)
    c.thread.raise(.runtimeError, "\(module).\(c.thread.string(native.pointee.name))(): the plugin has been unloaded")
    return GILD_RAISED
}

extension HostContext {
    /// The room for handles in the next call's frame.
    @inline(__always) fileprivate var nextHandles: UnsafeMutablePointer<gild_handle> {
        let offset = MemoryLayout<PluginFrame>.offset(of: \.handles).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(p.pointee.frame + 1) + offset).assumingMemoryBound(to: gild_handle.self)
    }

    /// Run `function` with borrowed arguments. Returns a new reference, or undefined with an exception set.
    ///
    /// After the plugin's code everything is found through the context again: what need not outlast that call need not be saved around it.
    @inline(__always) fileprivate func call(
        _ function: UnsafeMutablePointer<PluginFunction>, _ arguments: Arguments, _ count: Int, _ handles: UnsafeMutablePointer<gild_handle>
    ) -> Value {
        let frame = push(function, arguments, count)
        if count > 0 { number(handles, count, from: frame.pointee.firstArgument) }
        frame.pointee.result = gild_handle(bits: 0)
        let status = function.entry(pointer, function.pointee.data, handles, count, &frame.pointee.result)
        if _slowPath(self.frame.pointee.attention != 0) { settle() }
        return pop(conclude(status, self.frame.pointee.result))
    }

    /// Consecutive handles. There is always room for four, and so many are written without counting.
    @inline(__always) private func number(_ handles: UnsafeMutablePointer<gild_handle>, _ count: Int, from first: UInt64) {
        let four = SIMD4<UInt64>(repeating: first) &+ SIMD4(0, 1, 2, 3)
        UnsafeMutableRawPointer(handles).storeBytes(of: four, as: SIMD4<UInt64>.self)
        var i = 4
        while i < count {
            handles[i] = gild_handle(bits: first &+ UInt64(truncatingIfNeeded: i))
            i &+= 1
        }
    }

    @inline(never) fileprivate func callWithManyArguments(_ function: UnsafeMutablePointer<PluginFunction>, _ arguments: Arguments, _ count: Int) -> Value {
        if count > HandleTable.greatestCount { return tooManyHandles() }
        let handles = UnsafeMutablePointer<gild_handle>.allocate(capacity: count)
        defer { handles.deallocate() }
        return call(function, arguments, count, handles)
    }

    /// A call begins: its frame.
    @inline(__always) func push(_ function: UnsafeMutablePointer<PluginFunction>, _ arguments: Arguments?, _ count: Int) -> UnsafeMutablePointer<PluginFrame> {
        let first = HandleTable.next(after: p.pointee.lastCall)
        p.pointee.lastCall = first
        let frame = p.pointee.frame + 1
        frame.pointee.function = function
        frame.pointee.arguments = arguments
        frame.pointee.argumentCount = UInt64(truncatingIfNeeded: count)
        frame.pointee.firstArgument = first
        p.pointee.frame = frame
        if _slowPath(frame.pointee.attention != 0) { frame.pointee.heldSince = gild_monotonic_ns() }
        return frame
    }

    /// The innermost call ends; what it made of its result, or undefined where the rules demand an exception instead.
    @inline(__always) func pop(_ value: Value) -> Value {
        var value = value
        if _slowPath(self.frame.pointee.remains != 0) { value = tidyUp(value) }
        p.pointee.frame -= 1
        return value
    }

    /// The call left something behind, or broke a rule.
    @inline(never) private func tidyUp(_ value: Value) -> Value {
        cleanUp()
        let result = raiseViolations(insteadOf: value)
        frame.pointee.removeAll()
        return result
    }

    /// The plugin's code has returned: the lock is taken again if it is away, and with checks the time that it was held is looked at.
    @inline(never) func settle() {
        if frame.pointee.attention & PluginContext.Attention.detached != 0 {
            thread.s.pointee.runtime.pointee.lock.take(thread.s.pointee.lockThread)
            thread.resumeInnermostSection()
            frame.pointee.attention &= ~PluginContext.Attention.detached
            frame.pointee.heldSince = gild_monotonic_ns()
            note("returned between gild_leave and gild_enter, without the lock", at: 0)
        }
        checkHold("it returned", at: 0)
    }

    /// What a function's status and result stand for: a new reference, or undefined with an exception set.
    @inline(__always) func conclude(_ status: gild_status, _ result: gild_handle) -> Value {
        if _fastPath(status >= GILD_OK && !thread.isRaising) {
            if _fastPath(result.bits == 0) { return .none }
            let value = self.value(result)
            let index = Int(result.bits & 0xFF_FFFF)
            if !value.isUndefined && index >= 4 && result.bits & HandleTable.argument == 0 {
                frame.pointee.removeHandle()
                return p.pointee.handles.release(index)
            }
            return concludeUnusually(result, value)
        }
        return concludeFailure(status)
    }

    /// A constant, a borrowed handle, or none at all.
    @inline(never) private func concludeUnusually(_ result: gild_handle, _ value: Value) -> Value {
        if result.bits < 4 { return value }
        if !value.isUndefined {
            note("returned a handle that it does not own: return one from gild_dup", at: 0)
            return thread.newReference(value)
        }
        note("returned a bad handle: the result \(complaint(result))", at: 0)
        return thread.raise(.systemError, "\(shownFunction) returned a bad handle: the result \(complaint(result))")
    }

    @inline(never) private func concludeFailure(_ status: gild_status) -> Value {
        if status == GILD_RAISED && thread.isRaising { return .undefined }
        // Whatever status it was, an exception that is set says more than the status does.
        if thread.isRaising {
            if status >= GILD_OK {
                note("returned success with an exception set", at: 0)
                let cause = thread.s.pointee.exception
                thread.s.pointee.exception = .undefined
                thread.raise(.systemError, "\(shownFunction) returned success with an exception set")
                thread.setExceptionSlot(thread.s.pointee.exception, ExceptionSlot.cause, cause)
                thread.decref(cause)
            }
            return .undefined
        }
        if status == GILD_RAISED {
            note("returned GILD_RAISED without setting an exception", at: 0)
            return thread.raise(.systemError, "\(shownFunction) returned GILD_RAISED without setting an exception")
        }
        // The status of a host function that found a broken rule, handed on.
        let message = frame.pointee.violationCount > 0 ? String(cString: p.pointee.message) : "\(shownFunction) returned status \(status)"
        return thread.raise(.systemError, message)
    }

    private var shownFunction: String {
        return "plugin '\(function.pointee.plugin.takeUnretainedValue().name)', function '\(String(cString: function.pointee.name))'"
    }

    /// End sections and close handles that the call left behind.
    private func cleanUp() {
        if frame.pointee.sections > 0 {
            if thread.s.pointee.isFreeThreaded { for _ in 0..<frame.pointee.sections { endFreeSection() } }
            note("returned within \(frame.pointee.sections) critical section\(frame.pointee.sections == 1 ? "" : "s"): gild_section_end is missing", at: 0)
        }
        guard frame.pointee.openHandles > 0 else { return }
        let plugin = function.pointee.plugin.takeUnretainedValue()
        _ = gild_fetch_add_64(plugin.leakedHandles, UInt64(frame.pointee.openHandles))
        let call = frame.pointee.firstArgument
        let raised = thread.s.pointee.exception
        thread.s.pointee.exception = .undefined
        for i in 4..<p.pointee.handles.used {
            let entry = p.pointee.handles.entries + i
            guard entry.pointee.bits != 0, entry.pointee.call == call else { continue }
            let site = entry.pointee.site
            if p.pointee.checks != nil {
                note("left a handle open that it owns (an object of type \(thread.typeName(entry.pointee.value))), opened here", at: site)
            }
            thread.decref(p.pointee.handles.release(i))
        }
        thread.s.pointee.exception = raised
    }

    /// With checks: the call ends with what it did wrong.
    private func raiseViolations(insteadOf value: Value) -> Value {
        let count = frame.pointee.violationCount
        guard let first = frame.pointee.firstViolation?.takeRetainedValue() else { return value }
        frame.pointee.firstViolation = nil
        thread.decref(value)
        // A run that is being stopped stays so.
        if thread.s.pointee.isTerminating && thread.isRaising { return .undefined }
        let more = count > 1 ? " (and \(count - 1) more)" : ""
        let earlier = thread.s.pointee.exception
        thread.s.pointee.exception = .undefined
        thread.raise(.systemError, first.text + more)
        if earlier.isPointer {
            thread.setExceptionSlot(thread.s.pointee.exception, ExceptionSlot.context, earlier)
            thread.decref(earlier)
        }
        return .undefined
    }
}
