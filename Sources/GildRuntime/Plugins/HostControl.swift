// Host functions about the thread, its lock, and exceptions.
//
// gild_leave and gild_enter are drop and take of the lock, with a bit in the innermost call's attention word that makes every other host
// function refuse in between. A critical section is nothing where one lock guards the whole heap: it is only counted, so that a
// plugin that forgets its end is told under every regime, not only where it would have stood still. Where threads run at the same time
// it is one of the runtime's own sections, and gild_leave suspends it.

import CGild
import CGildPlugin

typealias ContextPointer = UnsafeMutablePointer<gild_context>
typealias HandlePlace = UnsafeMutablePointer<gild_handle>

func hostMessage(_ context: ContextPointer) -> UnsafePointer<CChar> { UnsafePointer(HostContext(context).p.pointee.message) }

func hostLog(_ context: ContextPointer, _ level: Int32, _ text: UnsafePointer<CChar>?, _ length: Int) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.log)
    if refusal != GILD_OK { return refusal }
    let names = ["debug", "info", "warning", "error"]
    guard level >= 0, Int(level) < names.count else { return c.misuse(.log, GILD_BAD_ARGUMENT, "got the level \(level); GILD_DEBUG to GILD_ERROR are 0 to 3") }
    guard text != nil || length == 0 else { return c.badPointer(.log, "text") }
    let bytes = UnsafeBufferPointer(start: UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self), count: length)
    return c.thread.logMessage(names[Int(level)], String(decoding: bytes, as: UTF8.self)) ? GILD_OK : GILD_RAISED
}

// MARK: - The lock

func hostLeave(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    if c.frame.pointee.attention != 0 {
        let refusal = c.examine(.leave, needsLock: false)
        if refusal != GILD_OK { return refusal }
        if c.frame.pointee.attention & PluginContext.Attention.detached != 0 {
            return c.misuse(.leave, GILD_UNBALANCED, "was called twice: gild_enter comes first")
        }
        if c.p.pointee.checks != nil { c.checkHold("gild_leave", at: c.callSite()) }
    }
    c.frame.pointee.attention |= PluginContext.Attention.detached
    c.thread.suspendSections()
    c.thread.s.pointee.runtime.pointee.lock.drop(c.thread.s.pointee.lockThread, .blocking)
    return GILD_OK
}

func hostEnter(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    let refusal = c.frame.pointee.attention == 0 ? GILD_OK : c.examine(.enter, needsLock: false)
    if refusal != GILD_OK { return refusal }
    if c.frame.pointee.attention & PluginContext.Attention.detached == 0 {
        return c.misuse(.enter, GILD_UNBALANCED, "was called with the lock held: there was no gild_leave")
    }
    c.thread.s.pointee.runtime.pointee.lock.take(c.thread.s.pointee.lockThread)
    c.thread.resumeInnermostSection()
    c.frame.pointee.attention &= ~PluginContext.Attention.detached
    if c.p.pointee.checks != nil { c.frame.pointee.heldSince = gild_monotonic_ns() }
    return GILD_OK
}

func hostCheckpoint(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.checkpoint)
    if refusal != GILD_OK { return refusal }
    if c.p.pointee.checks != nil { c.checkHold("gild_checkpoint", at: c.callSite()) }
    if gild_load_relaxed_32(&c.thread.s.pointee.evalBreaker) == 0 { return GILD_OK }
    let isFine = c.thread.handleEvalBreaker()
    if c.p.pointee.checks != nil { c.frame.pointee.heldSince = gild_monotonic_ns() }
    return isFine ? GILD_OK : GILD_RAISED
}

/// gil-ticks: nobody asks for the lock, so a checkpoint counts as an instruction.
func hostCheckpointTicks(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    let status = hostCheckpoint(context)
    if status != GILD_OK { return status }
    let ticker = c.thread.s.pointee.ticker
    ticker.pointee &-= 1
    if ticker.pointee >= 0 { return GILD_OK }
    ticker.pointee = GILTicks.checkInterval
    let isFine = c.thread.endTick()
    if c.p.pointee.checks != nil { c.frame.pointee.heldSince = gild_monotonic_ns() }
    return isFine ? GILD_OK : GILD_RAISED
}

func hostInterrupted(_ context: ContextPointer) -> Int32 {
    let c = HostContext(context)
    if c.frame.pointee.attention & ~PluginContext.Attention.detached != 0 && c.examine(.interrupted, needsLock: false) != GILD_OK { return 0 }
    return gild_load_acquire_32(&c.thread.s.pointee.evalBreaker) & EvalBreaker.interrupting != 0 ? 1 : 0
}

func hostSectionBegin(_ context: ContextPointer, _ object: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.sectionBegin)
    if refusal != GILD_OK { return refusal }
    if c.value(object).isUndefined { return c.badHandle(.sectionBegin, object, "object") }
    c.frame.pointee.addSection()
    return GILD_OK
}

func hostSectionBeginTwo(_ context: ContextPointer, _ one: gild_handle, _ other: gild_handle) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.sectionBeginTwo)
    if refusal != GILD_OK { return refusal }
    if c.value(one).isUndefined { return c.badHandle(.sectionBeginTwo, one, "one") }
    if c.value(other).isUndefined { return c.badHandle(.sectionBeginTwo, other, "other") }
    c.frame.pointee.addSection()
    return GILD_OK
}

func hostSectionEnd(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusalWhileRaising(.sectionEnd)
    if refusal != GILD_OK { return refusal }
    if c.frame.pointee.sections == 0 { return c.misuse(.sectionEnd, GILD_UNBALANCED, "ends a critical section that was not begun") }
    c.frame.pointee.removeSection()
    return GILD_OK
}

// Regimes whose threads run at the same time: the sections are real (Locks/CriticalSections.swift). A section keeps a reference to each of its
// objects until it ends: a plugin that closes its handles in between must not leave a lock byte behind in memory that has become another object.

extension HostContext {
    private var innermostSection: CriticalSection { thread.s.pointee.sections[thread.s.pointee.sectionCount - 1] }

    fileprivate func beginFreeSection(_ one: Value, _ other: Value) -> gild_status {
        if !thread.beginOperation(one, other) {
            frame.pointee.removeSection()
            return GILD_RAISED
        }
        let section = innermostSection
        if let first = section.first { _ = thread.newReference(Value(pointer: first)) }
        if let second = section.second { _ = thread.newReference(Value(pointer: second)) }
        return GILD_OK
    }

    func endFreeSection() {
        let section = innermostSection
        thread.endSection()
        if let first = section.first { release(Value(pointer: first)) }
        if let second = section.second { release(Value(pointer: second)) }
    }
}

func hostSectionBeginFree(_ context: ContextPointer, _ object: gild_handle) -> gild_status {
    let status = hostSectionBegin(context, object)
    if status != GILD_OK { return status }
    let c = HostContext(context)
    return c.beginFreeSection(c.value(object), .none)
}

func hostSectionBeginTwoFree(_ context: ContextPointer, _ one: gild_handle, _ other: gild_handle) -> gild_status {
    let status = hostSectionBeginTwo(context, one, other)
    if status != GILD_OK { return status }
    let c = HostContext(context)
    return c.beginFreeSection(c.value(one), c.value(other))
}

func hostSectionEndFree(_ context: ContextPointer) -> gild_status {
    let status = hostSectionEnd(context)
    if status == GILD_OK { HostContext(context).endFreeSection() }
    return status
}

// MARK: - Exceptions

/// By GILD_EXCEPTION, GILD_TYPE_ERROR and so on.
private let exceptionTypes: [BuiltinType] = [
    .exception, .typeError, .valueError, .indexError, .keyError, .overflowError, .zeroDivisionError, .runtimeError, .notImplementedError, .osError,
    .timeoutError, .memoryError, .arithmeticError, .lookupError, .bufferError, .systemError,
]

func hostRaise(_ context: ContextPointer, _ exception: Int32, _ message: UnsafePointer<CChar>?) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusal(.raise)
    if refusal != GILD_OK { return refusal }
    guard exception >= 0, Int(exception) < exceptionTypes.count else { return c.misuse(.raise, GILD_BAD_ARGUMENT, "got \(exception), which is no class of exceptions") }
    guard let message else { return c.badPointer(.raise, "message") }
    c.thread.raise(exceptionTypes[Int(exception)], String(cString: message))
    return GILD_RAISED
}

func hostRaised(_ context: ContextPointer, _ exception: Int32, _ answer: UnsafeMutablePointer<Int32>?) -> gild_status {
    let c = HostContext(context)
    answer?.pointee = 0
    let refusal = c.refusalWhileRaising(.raised)
    if refusal != GILD_OK { return refusal }
    guard exception >= -1, Int(exception) < exceptionTypes.count else { return c.misuse(.raised, GILD_BAD_ARGUMENT, "got \(exception), which is no class of exceptions") }
    guard let answer else { return c.badPointer(.raised, "answer") }
    let isSet = exception == -1 ? c.thread.isRaising : c.thread.isRaising(exceptionTypes[Int(exception)])
    answer.pointee = isSet ? 1 : 0
    return GILD_OK
}

func hostClear(_ context: ContextPointer) -> gild_status {
    let c = HostContext(context)
    let refusal = c.refusalWhileRaising(.clear)
    if refusal != GILD_OK { return refusal }
    c.thread.clearException()
    return GILD_OK
}
