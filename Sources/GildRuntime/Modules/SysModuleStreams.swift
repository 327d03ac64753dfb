// sys.stdin, sys.stdout, sys.stderr: objects of the type TextIOWrapper over the runtime's standard streams.
//
// An object only names its file descriptor (`word0`); buffers and locks are the runtime's (`OutputBuffer`), so that all
// objects of one descriptor, and `print`, write into the same stream.

import CGild
import Glibc

/// Natives of the type TextIOWrapper.
let streamMethods: [NativeDefinition] = [
    NativeDefinition("write", 1, 1, streamWrite),
    NativeDefinition("writelines", 1, 1, streamWriteLines),
    NativeDefinition("flush", 0, 0, streamFlush),
    NativeDefinition("readline", 0, 1, streamReadLine),
    NativeDefinition("readlines", 0, 1, streamReadLines),
    NativeDefinition("read", 0, 1, streamRead),
    NativeDefinition("fileno", 0, 0, streamFileNumber),
    NativeDefinition("isatty", 0, 0, streamIsTerminal),
    NativeDefinition("readable", 0, 0, streamReadable),
    NativeDefinition("writable", 0, 0, streamWritable),
    NativeDefinition("__iter__", 0, 0, streamIterator),
    NativeDefinition("__next__", 0, 0, streamNext),
    NativeDefinition("__repr__", 0, 0, streamRepr),
]

extension gild_thread_ref {
    /// A stream object for file descriptor 0, 1 or 2.
    func makeStream(descriptor: Int) -> Value {
        let shape = heap.pointee.types[.textIOWrapper].pointee.rootShape
        guard let object = allocate(bytes: MemoryLayout<NativeObject>.size, shape: shape) else { return .undefined }
        let stream = object.cast(NativeObject.self)
        stream.pointee.first = .undefined
        stream.pointee.second = .undefined
        stream.pointee.destroy = nil
        stream.pointee.state = nil
        stream.pointee.word0 = descriptor
        stream.pointee.word1 = 0
        return Value(object)
    }

    /// The file descriptor of a stream object; nil for anything else.
    func streamDescriptor(_ value: Value) -> Int32? {
        guard value.isPointer, type(of: value) == heap.pointee.types[.textIOWrapper] else { return nil }
        return Int32(value.cast(NativeObject.self).pointee.word0)
    }

    /// The next line of a stream, or undefined with an exception raised.
    fileprivate func nextLine(_ stream: Value) -> Value {
        if stream.cast(NativeObject.self).pointee.word0 != 0 { return raise(.osError, "not readable") }
        return readInputLine()
    }
}

/// `write(text)`: the number of characters.
func streamWrite(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isKind(arguments[1], .str) else {
        return thread.raise(.typeError, "write() argument must be str, not \(thread.typeName(arguments[1]))")
    }
    let descriptor = arguments[0].cast(NativeObject.self).pointee.word0
    if descriptor == 0 { return thread.raise(.osError, "not writable") }
    if !thread.write(fd: Int32(descriptor), arguments[1]) { return .undefined }
    return thread.makeInt(arguments[1].cast(StringObject.self).pointee.count)
}

func streamWriteLines(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let descriptor = arguments[0].cast(NativeObject.self).pointee.word0
    if descriptor == 0 { return thread.raise(.osError, "not writable") }
    let done = thread.forEach(arguments[1]) { line in
        guard thread.isKind(line, .str) else {
            thread.raise(.typeError, "write() argument must be str, not \(thread.typeName(line))")
            return false
        }
        return thread.write(fd: Int32(descriptor), line)
    }
    return done && !thread.isRaising ? .none : .undefined
}

func streamFlush(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let descriptor = arguments[0].cast(NativeObject.self).pointee.word0
    return descriptor == 0 || thread.flush(fd: Int32(descriptor)) ? .none : .undefined
}

/// `readline(size=-1)`; a size limits the characters that are returned, the rest of the line is read next.
func streamReadLine(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count > 1 && !arguments[1].isNone && !thread.isInteger(arguments[1]) {
        return thread.raise(.typeError, "'\(thread.typeName(arguments[1]))' object cannot be interpreted as an integer")
    }
    if count > 1, let size = thread.smallInt(arguments[1]), size >= 0 {
        return thread.raise(.valueError, "gild does not support readline() with a size yet")
    }
    return thread.nextLine(arguments[0])
}

func streamReadLines(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard let list = thread.makeList(capacity: 0) else { return .undefined }
    while true {
        let line = thread.nextLine(arguments[0])
        if line.isUndefined {
            thread.decref(Value(pointer: list))
            return .undefined
        }
        if line.cast(StringObject.self).pointee.count == 0 { return Value(pointer: list) }
        if !thread.append(list, line) {
            thread.decref(Value(pointer: list))
            return .undefined
        }
    }
}

func streamRead(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if arguments[0].cast(NativeObject.self).pointee.word0 != 0 { return thread.raise(.osError, "not readable") }
    if count > 1, let size = thread.smallInt(arguments[1]), size >= 0 {
        return thread.raise(.valueError, "gild does not support read() with a size yet")
    }
    return thread.readInput()
}

func streamFileNumber(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(smallInt: arguments[0].cast(NativeObject.self).pointee.word0)
}

func streamIsTerminal(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(thread.s.pointee.run.pointee.callbacks == nil && isatty(Int32(arguments[0].cast(NativeObject.self).pointee.word0)) != 0)
}

func streamReadable(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(arguments[0].cast(NativeObject.self).pointee.word0 == 0)
}

func streamWritable(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    Value(arguments[0].cast(NativeObject.self).pointee.word0 != 0)
}

func streamIterator(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.newReference(arguments[0])
}

func streamNext(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let line = thread.nextLine(arguments[0])
    if line.isUndefined || line.cast(StringObject.self).pointee.count > 0 { return line }
    return thread.raise(.stopIteration, argument: .undefined)
}

func streamRepr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let descriptor = arguments[0].cast(NativeObject.self).pointee.word0
    let name = ["<stdin>", "<stdout>", "<stderr>"][min(max(descriptor, 0), 2)]
    return thread.makeString("<_io.TextIOWrapper name='\(name)' mode='\(descriptor == 0 ? "r" : "w")' encoding='utf-8'>")
}
