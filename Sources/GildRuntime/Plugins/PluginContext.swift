// A thread's way between a plugin and the heap.
//
// The context is what a plugin gets as `gild_context *`: its first word is the table of host functions, the rest is here. A
// thread makes its context when it first calls a plugin and keeps it. Every host function begins with `refusal`:
//
//     attention word   0: the thread is in a plugin's call and has the lock            go on
//     of the innermost detached: between gild_leave and gild_enter                     GILD_DETACHED
//     call             idle: no call is in progress (a context kept too long)          GILD_DETACHED
//                      checked: --check-plugins                                        is this the context's own thread?
//     an exception set                                                                GILD_PENDING
//
// so that without checks the rules about the lock and exceptions cost two loads and two predictable branches.
//
// **Misuse.** A broken rule is a status and a sentence (gild_message). With checks on, the sentence also has the place, the
// first one of each call is kept in the call's frame, and the call ends with a SystemError that tells it. All are kept for the run's
// report (PluginViolations.swift); a misuse for which there is no frame to keep it in (another thread, no call in progress) also goes to
// standard error, or to the host of the run.
//
// Everything that touches the heap or the lock for a plugin goes through the functions of Host*.swift, so a regime has one place
// to say how: what differs between regimes are the slots `checkpoint`, `section_begin`, `section_begin_two`, `section_end`.

import CGild
import CGildPlugin
import Glibc

/// Rules that are watched. Set before the first script runs.
struct PluginChecks {
    /// A plugin that keeps the lock longer than this without a checkpoint breaks a rule; nanoseconds.
    var greatestHold: UInt64
}

/// One call of a plugin's function that is in progress, or the place of one to come.
struct PluginFrame {
    /// Nil only below the outermost call. First, because the crash handler reads it.
    var function: UnsafeMutablePointer<PluginFunction>?
    /// What the function makes of its result.
    var result = gild_handle(bits: 0)
    /// Where the arguments lie, how many there are, and the handle of the first one, which also says which call this is (HandleTable.swift).
    var arguments: Arguments?
    var argumentCount: UInt64 = 0
    var firstArgument: UInt64 = 0
    /// `PluginContext.Attention` bits: what a host function or the end of the call has to look at; usually none.
    var attention: UInt32 = 0
    /// When the thread took the lock or came to a checkpoint last; only with checks.
    var heldSince: UInt64 = 0

    // Nothing of these wherever no call is in progress: a call that is over has been tidied up after.
    /// What the call has begun and not ended, in one word, so that a look at it says whether there is anything: handles that it owns in the lower
    /// half, critical sections from bit 32 on, and the highest bit when it broke a rule.
    var remains: UInt64 = 0
    /// How many rules it broke; and the first one, only with checks.
    var violationCount = 0
    var firstViolation: Unmanaged<ViolationText>?
    /// Handles of the arguments, if they are no more than these.
    var handles: InlineHandles = (.init(), .init(), .init(), .init(), .init(), .init(), .init(), .init())

    typealias InlineHandles = (gild_handle, gild_handle, gild_handle, gild_handle, gild_handle, gild_handle, gild_handle, gild_handle)
    static let inlineHandleCount = 8
    private static let aSection: UInt64 = 1 << 32
    private static let aViolation: UInt64 = 1 << 63

    var openHandles: Int { Int(remains & 0xFFFF_FFFF) }
    var sections: Int { Int((remains & ~Self.aViolation) >> 32) }
    mutating func addHandle() { remains &+= 1 }
    mutating func removeHandle() { remains &-= 1 }
    mutating func addSection() { remains &+= Self.aSection }
    mutating func removeSection() { remains &-= Self.aSection }
    mutating func addViolation() {
        violationCount += 1
        remains |= Self.aViolation
    }
    mutating func removeAll() {
        remains = 0
        violationCount = 0
    }
}

final class ViolationText {
    let text: String
    init(_ text: String) { self.text = text }
}

struct PluginContext {
    // MARK: What the plugin sees
    let host: UnsafePointer<gild_host>

    // MARK: The thread's own
    let thread: Thread
    /// The innermost call, one of `frames`; the first of those while there is none.
    var frame: UnsafeMutablePointer<PluginFrame>
    let frames: UnsafeMutablePointer<PluginFrame>
    /// The latest call, by the handle of its first argument.
    var lastCall: UInt64
    var handles: HandleTable
    /// gild_message's answer, zero-terminated.
    let message: UnsafeMutablePointer<CChar>
    let checks: PluginChecks?
    let osThread: pthread_t

    static let messageCapacity = 1024
    /// Between a call and a call within it lies a call from native code, which counts as native recursion; a workload's `prepare` does not.
    static let frameCount = gild_thread_ref.nativeDepthLimit + 2

    enum Attention {
        static let detached: UInt32 = 1
        static let idle: UInt32 = 2
        static let checked: UInt32 = 4
    }
}

/// Numbers contexts, so that their handles differ. Atomic.
nonisolated(unsafe) private let contextNumber: UnsafeMutablePointer<UInt32> = {
    let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    word.initialize(to: 0)
    return word
}()

/// A context as host functions use it.
struct HostContext {
    let p: UnsafeMutablePointer<PluginContext>

    @inline(__always) init(_ context: UnsafeMutablePointer<gild_context>) {
        p = UnsafeMutableRawPointer(context).assumingMemoryBound(to: PluginContext.self)
    }
    @inline(__always) init(_ context: UnsafeMutablePointer<PluginContext>) { p = context }

    @inline(__always) var thread: Thread { p.pointee.thread }
    @inline(__always) var frame: UnsafeMutablePointer<PluginFrame> { p.pointee.frame }
    /// The innermost call's function; there is a call.
    @inline(__always) var function: UnsafeMutablePointer<PluginFunction> { frame.pointee.function.unsafelyUnwrapped }
    /// As plugins get it.
    @inline(__always) var pointer: UnsafeMutablePointer<gild_context> { UnsafeMutableRawPointer(p).assumingMemoryBound(to: gild_context.self) }

    @inline(never) static func make(_ thread: Thread) -> HostContext {
        let message = UnsafeMutablePointer<CChar>.allocate(capacity: PluginContext.messageCapacity)
        message.initialize(repeating: 0, count: PluginContext.messageCapacity)
        // Zeroed by the system as they are touched, and all fields of a frame that has no call are zero.
        let frames = calloc(PluginContext.frameCount, MemoryLayout<PluginFrame>.stride).unsafelyUnwrapped.assumingMemoryBound(to: PluginFrame.self)
        let runtime = thread.s.pointee.runtime
        let checks = runtime.pointee.plugins.pointee.checks
        frames.pointee.attention = PluginContext.Attention.idle
        if checks != nil { for i in 0..<PluginContext.frameCount { frames[i].attention |= PluginContext.Attention.checked } }
        let handles = HandleTable(context: gild_fetch_add_32(contextNumber, 1))
        let p = UnsafeMutablePointer<PluginContext>.allocate(capacity: 1)
        p.initialize(
            to: PluginContext(
                host: hostTable(for: runtime.pointee.regime), thread: thread, frame: frames, frames: frames, lastCall: handles.zeroth, handles: handles,
                message: message, checks: checks, osThread: pthread_self()))
        gild_crash_enter_thread(innermostWord(p))
        return HostContext(p)
    }

    /// The word that says which call is the innermost, for the handler of crashes: it leads to a frame, that to a function, that to names.
    private static func innermostWord(_ p: UnsafeMutablePointer<PluginContext>) -> UnsafeRawPointer {
        precondition(MemoryLayout<PluginFrame>.offset(of: \.function) == 0 && MemoryLayout<PluginFunction>.offset(of: \.crashNames) == 0)
        return UnsafeRawPointer(p) + MemoryLayout<PluginContext>.offset(of: \.frame).unsafelyUnwrapped
    }

    func destroy() {
        gild_crash_leave_thread(Self.innermostWord(p))
        p.pointee.handles.destroy()
        p.pointee.message.deallocate()
        free(p.pointee.frames)
        p.deallocate()
    }

    // MARK: Before every host function

    /// GILD_OK: go on. Otherwise the status that the host function answers at once.
    @inline(__always) func refusal(_ slot: HostSlot) -> gild_status {
        if _slowPath(frame.pointee.attention != 0) {
            let status = examine(slot)
            if status != GILD_OK { return status }
        }
        if _slowPath(thread.isRaising) { return pending(slot) }
        return GILD_OK
    }

    /// The same for the functions that may be called with an exception set.
    @inline(__always) func refusalWhileRaising(_ slot: HostSlot) -> gild_status {
        _slowPath(frame.pointee.attention != 0) ? examine(slot) : GILD_OK
    }

    @inline(never) private func pending(_ slot: HostSlot) -> gild_status {
        misuse(slot, GILD_PENDING, "was called while an exception is set: return GILD_RAISED, or call gild_clear first")
    }

    /// Whether the thread may call this now.
    @inline(never) func examine(_ slot: HostSlot, needsLock: Bool = true) -> gild_status {
        let attention = frame.pointee.attention
        if attention & PluginContext.Attention.checked != 0 && pthread_equal(p.pointee.osThread, pthread_self()) == 0 {
            // The context's owner may be working with it at this moment: nothing of it is touched.
            reportElsewhere("\(slot.rawValue) was called on a thread that the context does not belong to")
            return GILD_DETACHED
        }
        if attention & PluginContext.Attention.idle != 0 {
            setMessage("\(slot.rawValue) was called with the context of a call that has ended")
            if p.pointee.checks != nil { reportElsewhere("\(slot.rawValue) was called with the context of a call that has ended") }
            return GILD_DETACHED
        }
        if needsLock && attention & PluginContext.Attention.detached != 0 {
            return misuse(slot, GILD_DETACHED, "was called without the lock: call gild_enter first")
        }
        return GILD_OK
    }

    // MARK: Misuse

    /// Note that the plugin broke a rule. Returns the status.
    @inline(never) func misuse(_ slot: HostSlot, _ status: gild_status, _ what: String) -> gild_status {
        let address = p.pointee.checks == nil ? 0 : callSite()
        note("\(slot.rawValue) \(what)", at: address)
        return status
    }

    /// The return address of the plugin's innermost frame on this stack; 0: unknown.
    @inline(never) func callSite() -> UInt {
        let plugin = function.pointee.plugin.takeUnretainedValue()
        return gild_call_site(plugin.base, plugin.end)
    }

    /// A broken rule of the innermost call.
    func note(_ what: String, at address: UInt) {
        let function = self.function
        let plugin = function.pointee.plugin.takeUnretainedValue()
        let place = plugin.place(of: address).map { ", at \($0)" } ?? ""
        let name = String(cString: function.pointee.name)
        let text = "plugin '\(plugin.name)', function '\(name)'\(place): \(what)"
        setMessage(text)
        _ = gild_fetch_add_64(plugin.violations, 1)
        frame.pointee.addViolation()
        guard p.pointee.checks != nil else { return }
        record(PluginViolation(plugin: plugin.name, function: name, place: plugin.place(of: address), message: text))
        if frame.pointee.firstViolation == nil { frame.pointee.firstViolation = Unmanaged.passRetained(ViolationText(text)) }
    }

    private func setMessage(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let count = min(bytes.count, PluginContext.messageCapacity - 1)
            for i in 0..<count { p.pointee.message[i] = CChar(bitPattern: bytes[i]) }
            p.pointee.message[count] = 0
        }
    }

    /// A broken rule that no call can be blamed for: the plugin is known by the address that called.
    private func reportElsewhere(_ what: String) {
        let runtime = thread.s.pointee.runtime
        for plugin in runtime.pointee.plugins.pointee.all {
            let address = gild_call_site(plugin.base, plugin.end)
            if address == 0 { continue }
            _ = gild_fetch_add_64(plugin.violations, 1)
            let place = plugin.place(of: address)
            let text = "plugin '\(plugin.name)', at \(place ?? "?"): \(what)"
            record(PluginViolation(plugin: plugin.name, function: "", place: place, message: text))
            // A run that somebody hosts has no standard error of its own.
            if thread.s.pointee.run.pointee.callbacks == nil { _ = "gild: \(text)\n".withCString { write(2, $0, strlen($0)) } }
            return
        }
    }

    /// For the run's report; its host hears of the first of each kind.
    private func record(_ violation: PluginViolation) {
        let run = thread.s.pointee.run
        if run.pointee.pluginViolations.add(violation) { run.pointee.callbacks?.pluginViolation(violation) }
    }

    // MARK: Handles

    /// The object of a handle, borrowed; undefined: `badHandle` says why.
    @inline(__always) func value(_ handle: gild_handle) -> Value {
        let frame = self.frame
        if handle.bits & HandleTable.argument != 0 {
            let position = handle.bits &- frame.pointee.firstArgument
            return position < frame.pointee.argumentCount ? frame.pointee.arguments.unsafelyUnwrapped[Int(position)] : .undefined
        }
        return p.pointee.handles.value(handle, call: frame.pointee.firstArgument)
    }

    /// What is wrong with a handle that `value` does not know.
    func complaint(_ handle: gild_handle) -> String {
        if handle.bits & HandleTable.argument == 0 || handle.bits & HandleTable.contextMask != p.pointee.handles.context { return p.pointee.handles.complaint(handle) }
        var call = frame
        while call > p.pointee.frames {
            if handle.bits >> 24 == call.pointee.firstArgument >> 24 {
                return handle.bits &- call.pointee.firstArgument < call.pointee.argumentCount ? "belongs to another call" : "is not a handle"
            }
            call -= 1
        }
        return "was closed"
    }

    @inline(never) func badHandle(_ slot: HostSlot, _ handle: gild_handle, _ name: String) -> gild_status {
        misuse(slot, GILD_BAD_HANDLE, "got a bad handle: \(name) \(complaint(handle))")
    }

    @inline(never) func badPointer(_ slot: HostSlot, _ name: String) -> gild_status { misuse(slot, GILD_BAD_ARGUMENT, "got a null pointer: \(name)") }

    /// Give a new reference to the plugin. `undefined`: an exception is set.
    @inline(__always) func give(_ value: Value, _ result: UnsafeMutablePointer<gild_handle>) -> gild_status {
        if value.isUndefined { return GILD_RAISED }
        let site = _slowPath(p.pointee.checks != nil) ? callSite() : 0
        let handle = p.pointee.handles.open(value, call: frame.pointee.firstArgument, site: site)
        if _slowPath(handle.bits == 0) {
            thread.decref(value)
            _ = tooManyHandles()
            return GILD_RAISED
        }
        frame.pointee.addHandle()
        result.pointee = handle
        return GILD_OK
    }

    @inline(never) func tooManyHandles() -> Value {
        thread.raise(.memoryError, "a thread of a plugin can have \(HandleTable.greatestCount) handles open at a time")
    }

    // MARK: Holding the lock

    /// The lock was held until now: longer than it may be? Only with checks.
    func checkHold(_ where_: String, at address: UInt) {
        guard let checks = p.pointee.checks else { return }
        let now = gild_monotonic_ns()
        let held = now &- frame.pointee.heldSince
        frame.pointee.heldSince = now
        if held > checks.greatestHold {
            note(
                "kept the lock for \(milliseconds(held)) ms without gild_checkpoint or gild_leave, until \(where_); at most \(milliseconds(checks.greatestHold)) ms are allowed (--plugin-hold-limit)",
                at: address)
        }
    }

    private func milliseconds(_ nanoseconds: UInt64) -> String {
        let hundredths = nanoseconds / 10_000
        let fraction = hundredths % 100
        return fraction == 0 ? "\(hundredths / 100)" : "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

extension gild_thread_ref {
    /// The thread's context, made when it is first needed.
    @inline(__always) var pluginContext: HostContext {
        if _fastPath(s.pointee.pluginContext != nil) { return HostContext(s.pointee.pluginContext.unsafelyUnwrapped) }
        return makePluginContext()
    }

    @inline(never) private func makePluginContext() -> HostContext {
        let made = HostContext.make(self)
        s.pointee.pluginContext = made.p
        return made
    }
}
