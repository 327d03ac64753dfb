// The module `gild`: what workloads of one runtime share.
//
// `shared` is one dict for all runs of the runtime; it lives as long as the runtime and belongs to none of them, so what a
// run puts there outlives it. `workload` is the name under which the run appears in reports. `log(message, level="info")`
// hands one message to whoever hosts the run; a run that has the process for itself writes it to standard error.
// `runtime` and `runtimes` tell a script in which of how many runtimes it runs that `gild run --runtimes` started with it;
// `channel` connects runtimes (GildChannels.swift).
//
// A module of the same name for CPython ships with gild, so that a script which imports it runs there, too.

import CGild
import GildScript

let gildFunctions: [NativeDefinition] = [
    NativeDefinition("log", 1, 2, keywords: true, gildLog)
]

/// Levels of `log`, as in Python's logging.
private let logLevels = ["debug", "info", "warning", "error"]

/// Set the constants of the module. False: raised.
func populateGild(_ thread: Thread, module: Value) -> Bool {
    let runtime = thread.s.pointee.runtime
    if !thread.makeShared() { return false }
    let types = thread.heap.pointee.types
    let constants: [(String, Value)] = [
        ("Channel", Value(pointer: types[.channel])), ("ChannelClosed", Value(pointer: types[.channelClosed])),
        ("runtime", Value(smallInt: runtime.pointee.index)), ("runtimes", Value(smallInt: runtime.pointee.siblings)),
    ]
    for (name, value) in constants { thread.setModuleAttribute(module, name: thread.unbooked { thread.intern(name) }, thread.newReference(value)) }
    thread.setModuleAttribute(module, "shared", thread.newReference(runtime.pointee.shared))
    thread.setModuleAttribute(module, "workload", thread.makeString(thread.s.pointee.run.pointee.workload))
    return true
}

extension gild_thread_ref {
    /// Make `gild.shared`, if it is the first run that wants it. False: raised.
    fileprivate func makeShared() -> Bool {
        let runtime = s.pointee.runtime
        if !runtime.pointee.shared.isUndefined { return true }
        let before = counters
        guard let dict = makeDict() else { return false }
        runtime.pointee.shared = Value(pointer: dict)
        // A run that has the runtime for itself drops the dict at its end. Otherwise it is no run's object, and in no run's books.
        if s.pointee.run.pointee.callbacks != nil { giveToRuntime(dict, since: before) }
        return true
    }

    /// What was counted since `before`, the making of this object, goes from the thread's books to the runtime's.
    fileprivate func giveToRuntime(_ dict: UnsafeMutablePointer<DictObject>, since before: ThreadCounters) {
        let made = counters.interval(since: before)
        UnsafeMutableRawPointer(dict).assumingMemoryBound(to: ObjectHeader.self).pointee.owner = 0
        s.pointee.runtime.pointee.shelves.pointee.endedRuns += made
        s.pointee.run.pointee.liveBytesBefore += Int(made.allocatedBytes) - Int(made.freedBytes)
        s.pointee.increfs = before.increfs &- before.allocations
        s.pointee.decrefs = before.decrefs
        s.pointee.allocations = before.allocations
        s.pointee.frees = before.frees
        s.pointee.allocatedBytes = before.allocatedBytes
        s.pointee.freedBytes = before.freedBytes
    }
}

private func gildLog(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var given = (Value.undefined, Value.undefined)
    let isBound = withUnsafeMutableBytes(of: &given) { bytes in
        thread.bind(
            "log", arguments, count, keywordNames, parameters: ["message", "level"], required: 1,
            into: bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self))
    }
    guard isBound else { return .undefined }
    var level = "info"
    if !given.1.isUndefined {
        guard thread.isKind(given.1, .str) else { return thread.raise(.typeError, "log() level must be str, not \(thread.typeName(given.1))") }
        level = thread.string(given.1)
        if !logLevels.contains(level) {
            return thread.raise(.valueError, "log() level must be one of \(logLevels.map { "'\($0)'" }.joined(separator: ", ")), not '\(level)'")
        }
    }
    let text = thread.str(given.0)
    if text.isUndefined { return text }
    defer { thread.decref(text) }
    return thread.logMessage(level, thread.string(text)) ? .none : .undefined
}

extension gild_thread_ref {
    /// Hand a message to whoever hosts the run; else it goes to standard error. False: raised.
    func logMessage(_ level: String, _ text: String) -> Bool {
        if let callbacks = s.pointee.run.pointee.callbacks {
            callbacks.log(level, text)
            return true
        }
        let line = Array("\(level): \(text)\n".utf8)
        return line.withUnsafeBufferPointer { write(fd: 2, bytes: $0) }
    }
}

// MARK: - Entry points

/// Run by the main thread after the module: as many threads as asked for call the entry with their index.
private let entrySource = """
    import threading

    def start(entry, count):
        threads = [threading.Thread(target=entry, args=(index,), name=f"{entry.__name__}-{index}") for index in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """

private let compiledEntry: CompiledModule = {
    let source = SourceFile(name: "<gild>", text: entrySource)
    do throws(Diagnostic) {
        return try compile(try parse(source), source: source)
    } catch {
        fatalError("gild: the entry code does not compile: \(error.rendered())")
    }
}()

extension gild_thread_ref {
    /// Call the function `name` of the main module on `count` threads, and wait for them. False: raised.
    func runEntry(_ name: String, count: Int) -> Bool {
        let main = s.pointee.run.pointee.mainNamespace
        let entry = main.isPointer ? variable(name, in: main.cast(NamespaceObject.self)) : .undefined
        if entry.isUndefined {
            raise(.nameError, "the script defines no function '\(name)', which the workload names as its entry")
            return false
        }
        return startEntryThreads(entry, count: count)
    }

    /// Call `entry` with its index on `count` threads, and wait for them. False: raised.
    func startEntryThreads(_ entry: Value, count: Int) -> Bool {
        let body = load(compiledEntry, moduleName: "gild")
        if body.isUndefined { return false }
        let namespace = newReference(body.cast(FunctionObject.self).pointee.globals)
        defer { decref(namespace) }
        let loaded = call(body)
        decref(body)
        if loaded.isUndefined { return false }
        decref(loaded)
        let start = variable("start", in: namespace.cast(NamespaceObject.self))
        let result = call(start, entry, Value(smallInt: count))
        decref(result)
        return !result.isUndefined
    }
}
