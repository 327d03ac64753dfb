// What CPython 3.13 prints for an exception: chain, frames, type, message, notes.
//
// An exception's chain is a line: its cause if it has one, else its context unless that is suppressed (PEP 3134, 409), as
// long as the exception has not been seen before. The chain is walked from the newest exception to the oldest, each is
// rendered on the way (its `__str__` may run any code, so a reference to it is held), and the parts are then put out from
// the oldest to the newest. Nothing recurses, so the length of the chain does not matter.
//
// More than three equal frames in a row (same file, line and function) become one line with their number.
// Whatever a script's `__str__` or `__repr__` raises here is dropped and shown as `<exception str() failed>`.

import CGild
import GildScript

/// UTF-8 text of an exception as an uncaught one is printed, without colour. Lone surrogates are escaped.
func renderException(_ thread: Thread, _ exception: Value) -> [UInt8] {
    thread.withoutException { thread.renderChain(exception) }
}

/// Print an uncaught exception on standard error. Errors of writing are dropped.
func printException(_ thread: Thread, _ exception: Value) {
    thread.printToStandardError(renderException(thread, exception))
}

/// Print an exception that ended a thread, as `threading.excepthook` does.
func printThreadException(_ thread: Thread, threadName: String, _ exception: Value) {
    thread.printToStandardError(Array("Exception in thread \(threadName):\n".utf8) + renderException(thread, exception))
}

/// Print and drop the exception being raised, as `sys.unraisablehook` does: `message` (without colon), then traceback and
/// exception without chain, markers and suggestions.
func printUnraisable(_ thread: Thread, message: String) {
    let exception = thread.s.pointee.exception
    if exception.isUndefined { return }
    thread.s.pointee.exception = .undefined
    // The stop at the time limit is not the script's exception.
    if thread.s.pointee.isTerminating {
        thread.decref(exception)
        return
    }
    var text = Array((message + ":\n").utf8)
    thread.renderUnraisable(exception, &text)
    thread.printToStandardError(text)
    thread.decref(exception)
}

/// As above, with the object in whose code it happened.
func printUnraisable(_ thread: Thread, object: Value) {
    let exception = thread.s.pointee.exception
    if exception.isUndefined { return }
    thread.s.pointee.exception = .undefined
    // The stop at the time limit is not the script's exception.
    if thread.s.pointee.isTerminating {
        thread.decref(exception)
        return
    }
    var text = Array("Exception ignored in: ".utf8)
    thread.appendText(thread.safeText(object, asRepr: true), "<object repr() failed>", to: &text)
    text.append(0x0A)
    thread.renderUnraisable(exception, &text)
    thread.printToStandardError(text)
    thread.decref(exception)
}

extension gild_thread_ref {
    /// `printUnraisable` for the code that the runtime calls for an object (`__del__`).
    func printUnraisable(object: Value) { GildRuntime.printUnraisable(self, object: object) }

    /// Print what interrupted the wait for threads at the end of the interpreter; the exception is borrowed.
    func printUnraisableAtShutdown(_ exception: Value) {
        var text = Array("Exception ignored on threading shutdown:\n".utf8)
        withoutException { renderUnraisable(exception, &text) }
        printToStandardError(text)
    }

    /// Print an exception as an uncaught one is printed.
    func printException(_ exception: Value) { GildRuntime.printException(self, exception) }

    /// Run `body` with no exception set; the one that was set comes back afterwards.
    fileprivate func withoutException<T>(_ body: () -> T) -> T {
        let saved = s.pointee.exception
        s.pointee.exception = .undefined
        let result = body()
        clearException()
        s.pointee.exception = saved
        return result
    }

    fileprivate func printToStandardError(_ text: [UInt8]) {
        withoutException {
            let done = text.withUnsafeBufferPointer { write(fd: 2, bytes: $0) }
            if done { _ = flush(fd: 2) }
        }
    }

    // MARK: Text of values

    /// `str` or `repr` of a value, or nil when that raised (the exception is dropped).
    fileprivate func safeText(_ value: Value, asRepr: Bool = false) -> [UInt32]? {
        // The message of a builtin exception must come out at the heap's limit, too.
        let ignored = s.pointee.ignoresHeapLimit
        if special(value, .str).isUndefined && special(value, .repr).isUndefined { s.pointee.ignoresHeapLimit = true }
        let result = text(asRepr ? repr(value) : str(value))
        s.pointee.ignoresHeapLimit = ignored
        if result == nil { clearException() }
        return result
    }

    fileprivate func appendText(_ points: [UInt32]?, _ replacement: String = "", to output: inout [UInt8]) {
        guard let points else {
            output += Array(replacement.utf8)
            return
        }
        for c in points {
            if let scalar = Unicode.Scalar(c) {
                output += Array(UTF8.encode(scalar).unsafelyUnwrapped)
            } else {
                output += Array("\\u\(String(c, radix: 16))".utf8)
            }
        }
    }

    // MARK: Chain

    fileprivate func renderChain(_ exception: Value) -> [UInt8] {
        var parts: [[UInt8]] = []
        var messages: [String] = []
        var seen: Set<UInt64> = []
        var held: [Value] = []
        defer { held.forEach(decref) }
        var current = exception
        incref(current)
        while true {
            seen.insert(current.bits)
            held.append(current)
            var part: [UInt8] = []
            let traceback = loadExceptionSlot(current, ExceptionSlot.traceback)
            renderFrames(traceback, &part)
            renderExceptionOnly(current, traceback, &part)
            decref(traceback)
            parts.append(part)
            if !isTrueForTraceback(current) { break }
            // The references go to `held` in the next round.
            let cause = loadExceptionSlot(current, ExceptionSlot.cause)
            if cause.isPointer && !seen.contains(cause.bits) {
                messages.append("\nThe above exception was the direct cause of the following exception:\n\n")
                current = cause
                continue
            }
            decref(cause)
            let suppresses = loadExceptionSlot(current, ExceptionSlot.suppressContext)
            defer { decref(suppresses) }
            let context = suppresses.isTrue ? .none : loadExceptionSlot(current, ExceptionSlot.context)
            if context.isPointer && !seen.contains(context.bits) {
                messages.append("\nDuring handling of the above exception, another exception occurred:\n\n")
                current = context
                continue
            }
            decref(context)
            break
        }
        var result = parts[parts.count - 1]
        for i in stride(from: parts.count - 2, through: 0, by: -1) {
            result += Array(messages[i].utf8)
            result += parts[i]
        }
        return result
    }

    /// CPython follows the chain of exceptions that are true only.
    private func isTrueForTraceback(_ exception: Value) -> Bool {
        if special(exception, .bool).isUndefined && special(exception, .len).isUndefined { return true }
        let result = truth(exception)
        if result < 0 { clearException() }
        return result != 0
    }

    // MARK: Frames

    private func renderFrames(_ traceback: Value, _ output: inout [UInt8]) {
        if !isKind(traceback, .traceback) { return }
        output += Array("Traceback (most recent call last):\n".utf8)
        var last: (code: UnsafeMutablePointer<CodeImage>, line: Int32)?
        var repeated = 0
        func endRepetition() {
            if repeated > 3 { output += Array("  [Previous line repeated \(repeated - 3) more time\(repeated - 3 > 1 ? "s" : "")]\n".utf8) }
        }
        forEachFrame(traceback) { code, position in
            if let known = last, known.line == position.line, known.code == code || isSameFunction(known.code, code) {
                repeated += 1
                if repeated > 3 { return }
            } else {
                endRepetition()
                repeated = 1
                last = (code, position.line)
            }
            output += frameHeader(code, position)
            let module = code.pointee.module.takeUnretainedValue()
            output += Array(TracebackFrameLines.render(source: module.compiled.source, position: position).utf8)
        }
        endRepetition()
    }

    private func forEachFrame(_ traceback: Value, _ body: (UnsafeMutablePointer<CodeImage>, CodePosition) -> Void) {
        var current = traceback
        while isKind(current, .traceback) {
            let frame = current.cast(TracebackObject.self)
            body(frame.pointee.code, frame.pointee.code.position(at: frame.pointee.instruction))
            current = frame.pointee.next
        }
    }

    private func isSameFunction(_ a: UnsafeMutablePointer<CodeImage>, _ b: UnsafeMutablePointer<CodeImage>) -> Bool {
        a.fileName == b.fileName && string(a.pointee.name) == string(b.pointee.name)
    }

    private func frameHeader(_ code: UnsafeMutablePointer<CodeImage>, _ position: CodePosition) -> [UInt8] {
        Array("  File \"\(code.fileName)\", line \(position.line), in \(string(code.pointee.name))\n".utf8)
    }

    // MARK: The exception itself

    private func renderExceptionOnly(_ exception: Value, _ traceback: Value, _ output: inout [UInt8]) {
        var message = safeText(exception) ?? "<exception str() failed>".unicodeScalars.map { $0.value }
        let type = type(of: exception)
        let family = exceptionFamily(of: type)
        if family == .syntaxError {
            renderSyntaxError(exception, typeText(type), &output)
        } else {
            message += suggestion(for: exception, family, traceback).unicodeScalars.map { $0.value }
            appendText(typeText(type), to: &output)
            if !message.isEmpty {
                output += [0x3A, 0x20]
                appendText(message, to: &output)
            }
            output.append(0x0A)
        }
        renderNotes(exception, &output)
    }

    /// `module.QualifiedName`; the module is left out for builtins and the main program.
    private func typeText(_ type: UnsafeMutablePointer<TypeObject>) -> [UInt32] {
        let name = codePoints(isKind(type.pointee.qualifiedName, .str) ? type.pointee.qualifiedName : type.pointee.name)
        if type.pointee.flags & TypeFlags.builtin != 0 && type.pointee.module.isUndefined { return name }
        guard isKind(type.pointee.module, .str) else { return "<unknown>.".unicodeScalars.map { $0.value } + name }
        let module = string(type.pointee.module)
        return module == "__main__" || module == "builtins" ? name : codePoints(type.pointee.module) + [0x2E] + name
    }

    private func renderNotes(_ exception: Value, _ output: inout [UInt8]) {
        let notes = getOptionalAttribute(exception, name: intern("__notes__"))
        if notes.isUndefined {
            clearException()
            return
        }
        defer { decref(notes) }
        if notes.isNone { return }
        guard isKind(notes, .list) || isKind(notes, .tuple) else {
            appendText(safeText(notes, asRepr: true), "<__notes__ repr() failed>", to: &output)
            output.append(0x0A)
            return
        }
        let done = forEach(notes) { note in
            appendText(safeText(note), "<note str() failed>", to: &output)
            output.append(0x0A)
            return true
        }
        if !done { clearException() }
    }

    fileprivate func renderUnraisable(_ exception: Value, _ output: inout [UInt8]) {
        let traceback = loadExceptionSlot(exception, ExceptionSlot.traceback)
        defer { decref(traceback) }
        if isKind(traceback, .traceback) {
            output += Array("Traceback (most recent call last):\n".utf8)
            forEachFrame(traceback) { code, position in
                output += frameHeader(code, position)
                let line = code.pointee.module.takeUnretainedValue().compiled.source.line(Int(position.line)).unicodeScalars
                let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{C}" }
                if !trimmed.isEmpty { output += Array("    \(String(trimmed))\n".utf8) }
            }
        }
        appendText(typeText(type(of: exception)), to: &output)
        let message = safeText(exception)
        if message?.isEmpty != true {
            output += [0x3A, 0x20]
            appendText(message, "<exception str() failed>", to: &output)
        }
        output.append(0x0A)
    }
}
