// print and input.
//
// `print` writes every part on its own, as CPython does: a thread that gets the GIL while `__str__` runs, or while a full
// buffer goes to the file, may write in between. Without `file` it writes to what `sys.stdout` is; the standard
// streams themselves are written without a detour through their methods.

import CGild

let inputOutputFunctions: [NativeDefinition] = [
    NativeDefinition("print", 0, -1, keywords: true) { thread, args, count, keywordNames in
        printValues(thread, args, count, keywordNames)
    },
    NativeDefinition("input", 0, 1) { thread, args, count, _ in
        _ = thread.flush(fd: 2)
        if count > 0 {
            let prompt = thread.str(args[0])
            if prompt.isUndefined { return prompt }
            let written = thread.write(fd: 1, prompt)
            thread.decref(prompt)
            if !written { return .undefined }
        }
        if !thread.flush(fd: 1) { return .undefined }
        let line = thread.readInputLine()
        if line.isUndefined { return line }
        let string = line.cast(StringObject.self)
        let length = string.pointee.count
        if length == 0 { return thread.raise(.eofError, "EOF when reading a line") }
        if string[codePoint: length - 1] != 0x0A { return line }
        var points = thread.codePoints(line)
        thread.decref(line)
        points.removeLast()
        return thread.makeString(points)
    },
]

/// Where print writes.
private enum PrintTarget {
    case descriptor(Int32)
    /// Anything with a `write` method; owned.
    case object(Value)
    /// sys.stdout is None: nowhere.
    case nowhere
}

/// A standard stream is written directly, anything else through its method.
private func printTarget(to file: Value, _ thread: Thread) -> PrintTarget {
    if file.isPointer, thread.type(of: file) == thread.heap.pointee.types[.textIOWrapper] {
        let descriptor = file.cast(NativeObject.self).pointee.word0
        if descriptor == 1 || descriptor == 2 { return .descriptor(Int32(descriptor)) }
    }
    return .object(thread.newReference(file))
}

/// nil: raised.
private func printTarget(_ thread: Thread, _ file: Value) -> PrintTarget? {
    if !file.isUndefined && !file.isNone { return printTarget(to: file, thread) }
    let sys = thread.s.pointee.run.pointee.importedModules.get(thread.intern("sys"))
    if !thread.isKind(sys, .module) { return .descriptor(1) }
    let stdout = thread.load(sys.cast(ModuleObject.self).attributes, thread.intern("stdout"))
    defer { thread.decref(stdout) }
    if stdout.isNone { return .nowhere }
    if stdout.isUndefined {
        thread.raise(.runtimeError, "lost sys.stdout")
        return nil
    }
    return printTarget(to: stdout, thread)
}

private func printValues(_ thread: Thread, _ args: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var separator = Value.none
    var end = Value.none
    var file = Value.undefined
    var flush = Value.false
    if keywordNames.isPointer {
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<names.pointee.count {
            let value = args[count + i]
            switch thread.string(names.items[i]) {
            case "sep": separator = value
            case "end": end = value
            case "file": file = value
            case "flush": flush = value
            case let other: return thread.raise(.typeError, "print() got an unexpected keyword argument '\(other)'")
            }
        }
    }
    let flushes = flush.isFalse ? 0 : thread.truth(flush)
    if flushes < 0 { return .undefined }
    guard let target = printTarget(thread, file) else { return .undefined }
    if case .nowhere = target { return .none }
    defer { if case .object(let object) = target { thread.decref(object) } }
    if !separator.isNone && !thread.isString(separator) {
        return thread.raise(.typeError, "sep must be None or a string, not \(thread.typeName(separator))")
    }
    if !end.isNone && !thread.isString(end) {
        return thread.raise(.typeError, "end must be None or a string, not \(thread.typeName(end))")
    }

    func write(_ text: Value) -> Bool {
        switch target {
        case .descriptor(let descriptor): return thread.write(fd: descriptor, text)
        case .nowhere: return true
        case .object(let object):
            let method = thread.getAttribute(object, name: thread.intern("write"))
            if method.isUndefined { return false }
            let result = thread.call(method, text)
            thread.decref(method)
            thread.decref(result)
            return !result.isUndefined
        }
    }

    let single = thread.heap.pointee.internTable.single
    for i in 0..<count {
        if i > 0 && !write(separator.isNone ? single[0x20] : separator) { return .undefined }
        if args[i].hasShape(.str) {
            if !write(args[i]) { return .undefined }
            continue
        }
        let text = thread.str(args[i])
        if text.isUndefined { return text }
        let written = write(text)
        thread.decref(text)
        if !written { return .undefined }
    }
    if !write(end.isNone ? single[0x0A] : end) { return .undefined }
    if flushes > 0 {
        switch target {
        case .descriptor(let descriptor): if !thread.flush(fd: descriptor) { return .undefined }
        case .nowhere: break
        case .object(let object):
            let method = thread.getAttribute(object, name: thread.intern("flush"))
            if method.isUndefined { return .undefined }
            let result = thread.call(method)
            thread.decref(method)
            if result.isUndefined { return .undefined }
            thread.decref(result)
        }
    }
    return .none
}
