// Calls of a plugin's functions, and what is looked after when they return.
//
//     scripts' call ──▶ callPlugin: the native behind every function of every plugin
//         push a frame; open borrowed handles for the arguments
//         the plugin's function
//         thread has the lock?                  no: take it again, a broken rule
//         critical sections ended?              no: end them, a broken rule
//         status and exception agree?           no: SystemError, as CPython says it
//         the result becomes a value, its handle is closed
//         handles left open?                    yes: close them, a broken rule
//         pop the frame; broken rules become a SystemError (with checks)
//
// So whatever a plugin does, the caller finds the lock held, no handle of the call open, and either a value or an exception.
//
// Which function is called stands in the native's object, which lies in the register before the arguments: `arguments[-1]`
// (every way to call a native that is no method puts it there).

import CGild
import CGildPlugin

/// The native behind all functions of plugins.
func callPlugin(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let native = arguments[-1].cast(NativeFunctionObject.self)
    let function = native.pointee.state.unsafelyUnwrapped.assumingMemoryBound(to: PluginFunction.self)
    if _slowPath(gild_load_relaxed_32(function.pointee.isOpen) == 0) {
        return thread.raise(.runtimeError, "\(thread.string(native.pointee.module)).\(String(cString: function.pointee.name))(): the plugin has been unloaded")
    }
    if !thread.enterNative() { return .undefined }
    let context = thread.pluginContext
    let result = count == 0
        ? context.call(function, nil, 0)
        : withScratch(of: gild_handle.self, count: count) { context.call(function, arguments, count, handles: $0) }
    thread.leaveNative()
    return result
}

extension HostContext {
    /// Run `function` with borrowed arguments. Returns a new reference, or undefined with an exception set.
    @inline(__always) fileprivate func call(
        _ function: UnsafeMutablePointer<PluginFunction>, _ arguments: Arguments?, _ count: Int, handles: UnsafeMutablePointer<gild_handle>? = nil
    ) -> Value {
        withFrame(function) { frame in
            if count > 0 {
                let serial = frame.pointee.serial
                for i in 0..<count {
                    handles.unsafelyUnwrapped[i] = p.pointee.handles.open(arguments.unsafelyUnwrapped[i], call: serial, isBorrowed: true)
                    if _slowPath(handles.unsafelyUnwrapped[i].bits == 0) {
                        close(handles.unsafelyUnwrapped, i)
                        return thread.raise(.memoryError, "a thread of a plugin can have \(HandleTable.greatestCount) handles open at a time")
                    }
                }
            }
            var result = gild_handle(bits: 0)
            let status = function.pointee.call.unsafelyUnwrapped(
                pointer, function.pointee.data, handles ?? p.pointee.noHandles, count, &result)
            if _slowPath(p.pointee.attention != 0) { settle() }
            let value = conclude(status, result)
            if count > 0 { close(handles.unsafelyUnwrapped, count) }
            return value
        }
    }

    /// A frame around `body`; what `body` returns, or undefined where the rules demand an exception instead.
    @inline(__always) func withFrame(_ function: UnsafeMutablePointer<PluginFunction>, _ body: (UnsafeMutablePointer<PluginFrame>) -> Value) -> Value {
        let caller = p.pointee.frame
        p.pointee.lastSerial &+= 1
        if p.pointee.lastSerial == 0 { p.pointee.lastSerial = 1 }
        var frame = PluginFrame(function: function, caller: caller, serial: p.pointee.lastSerial)
        if _slowPath(p.pointee.checks != nil) { frame.heldSince = gild_monotonic_ns() }
        return withUnsafeMutablePointer(to: &frame) { frame in
            p.pointee.frame = frame
            let attention = p.pointee.attention
            p.pointee.attention = attention & ~PluginContext.Attention.idle
            var value = body(frame)
            if _slowPath(frame.pointee.sections != 0 || frame.pointee.openHandles != 0) { cleanUp() }
            if _slowPath(frame.pointee.violationCount != 0) { value = raiseViolations(insteadOf: value) }
            p.pointee.frame = caller
            p.pointee.attention = attention
            return value
        }
    }

    @inline(__always) private func close(_ handles: UnsafeMutablePointer<gild_handle>, _ count: Int) {
        for i in 0..<count { _ = p.pointee.handles.release(Int(handles[i].bits & 0xFF_FFFF)) }
    }

    /// The plugin's code has returned: the lock is taken again if it is away, and with checks the time that it was held is looked at.
    @inline(never) func settle() {
        if p.pointee.attention & PluginContext.Attention.detached != 0 {
            thread.s.pointee.runtime.pointee.lock.take(thread.s.pointee.lockThread)
            thread.resumeInnermostSection()
            p.pointee.attention &= ~PluginContext.Attention.detached
            frame.pointee.heldSince = gild_monotonic_ns()
            note("returned between gild_leave and gild_enter, without the lock", at: 0)
        }
        checkHold("it returned", at: 0)
    }

    /// What a function's status and result stand for: a new reference, or undefined with an exception set.
    @inline(__always) func conclude(_ status: gild_status, _ result: gild_handle) -> Value {
        if _fastPath(status >= GILD_OK && !thread.isRaising) {
            if result.bits == 0 { return .none }
            let value = self.value(result)
            let index = Int(result.bits & 0xFF_FFFF)
            if !value.isUndefined && !p.pointee.handles.entries[index].isBorrowed {
                frame.pointee.openHandles &-= 1
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
        note("returned a bad handle: the result \(p.pointee.handles.complaint(result))", at: 0)
        return thread.raise(.systemError, "\(shownFunction) returned a bad handle: the result \(p.pointee.handles.complaint(result))")
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
        let function = frame.pointee.function
        return "plugin '\(function.pointee.plugin.takeUnretainedValue().name)', function '\(String(cString: function.pointee.name))'"
    }

    /// End sections and close handles that the call left behind.
    @inline(never) private func cleanUp() {
        if frame.pointee.sections > 0 {
            if thread.s.pointee.isFreeThreaded { for _ in 0..<frame.pointee.sections { endFreeSection() } }
            note("returned within \(frame.pointee.sections) critical section\(frame.pointee.sections == 1 ? "" : "s"): gild_section_end is missing", at: 0)
            frame.pointee.sections = 0
        }
        guard frame.pointee.openHandles > 0 else { return }
        let plugin = frame.pointee.function.pointee.plugin.takeUnretainedValue()
        _ = gild_fetch_add_64(plugin.leakedHandles, UInt64(frame.pointee.openHandles))
        let serial = frame.pointee.serial
        let raised = thread.s.pointee.exception
        thread.s.pointee.exception = .undefined
        for i in 4..<p.pointee.handles.used {
            let entry = p.pointee.handles.entries + i
            guard entry.pointee.bits != 0, entry.pointee.call == serial, !entry.pointee.isBorrowed else { continue }
            let site = entry.pointee.site
            if p.pointee.checks != nil {
                note("left a handle open that it owns (an object of type \(thread.typeName(entry.pointee.value))), opened here", at: site)
            }
            thread.decref(p.pointee.handles.release(i))
        }
        frame.pointee.openHandles = 0
        thread.s.pointee.exception = raised
    }

    /// With checks: the call ends with what it did wrong.
    @inline(never) private func raiseViolations(insteadOf value: Value) -> Value {
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
