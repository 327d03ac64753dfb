// The module `threading`.
//
// What must be native is: locks, the start and the end of threads, thread-local attributes. The rest is written in the
// language itself (`threadingSource`), compiled at the first import, and sees the natives under private names. The names
// without an underscore that it defines become the module's attributes.
//
// The except hook is looked up in the module when a thread ends with an exception, because that is where scripts replace
// it. The frames of `threadingSource` around the script's function are left out of the traceback.
//
// What the import makes is part of the runtime, not of the run: like the builtin types it becomes immortal and is struck
// from the books, so that figures and leaks are the script's own. The main thread's object is made after that.

import CGild
import GildScript

/// What `threadingSource` finds under these names.
private let threadingNatives: [NativeDefinition] = [
    NativeDefinition("get_ident", 0, 0) { thread, _, _, _ in thread.makeInt(thread.s.pointee.identifier) },
    NativeDefinition("get_native_id", 0, 0) { _, _, _, _ in Value(smallInt: Int(gild_thread_id())) },
    NativeDefinition("stack_size", 0, 1, threadingStackSize),
    NativeDefinition("_excepthook", 1, 1, threadingExceptHook),
    NativeDefinition("_new_notification", 0, 0) { thread, _, _, _ in thread.makeNotification() },
    NativeDefinition("_new_handle", 0, 0) { thread, _, _, _ in thread.makeThreadHandle() },
    NativeDefinition("_own_handle", 0, 0) { thread, _, _, _ in thread.makeHandleOfThisThread() },
    NativeDefinition("_start", 4, 4) { thread, a, _, _ in
        let isDaemon = thread.truth(a[3])
        return isDaemon >= 0 && thread.startThread(a[0], a[1], name: thread.string(a[2]), isDaemon: isDaemon > 0) ? .none : .undefined
    },
    NativeDefinition("_join", 2, 2, threadingJoin),
    NativeDefinition("_has_begun", 1, 1) { thread, a, _, _ in Value(thread.hasBegun(a[0])) },
    NativeDefinition("_has_ended", 1, 1) { thread, a, _, _ in Value(thread.hasEnded(a[0])) },
    NativeDefinition("_ident", 1, 1) { thread, a, _, _ in thread.identifiers(a[0]).map { thread.makeInt($0.thread) } ?? .none },
    NativeDefinition("_native_id", 1, 1) { thread, a, _, _ in thread.identifiers(a[0]).map { thread.makeInt($0.kernel) } ?? .none },
    NativeDefinition("_rename", 2, 2) { thread, a, _, _ in
        thread.renameThread(a[0], thread.string(a[1]))
        return .none
    },
    NativeDefinition("_current", 0, 0) { thread, _, _, _ in
        thread.s.pointee.threadObject.isUndefined ? .none : thread.newReference(thread.s.pointee.threadObject)
    },
    NativeDefinition("_become", 2, 2) { thread, a, _, _ in
        let list = thread.s.pointee.runtime.pointee.threads
        let old = list.exchangeIdentity(thread.s, thread.newReference(a[0]), thread.newReference(a[1]))
        thread.decref(old.threadObject)
        thread.decref(old.handle)
        return .none
    },
    NativeDefinition("_threads", 0, 0, threadingThreads),
    NativeDefinition("_now", 0, 0) { thread, _, _, _ in thread.makeFloat(Double(gild_monotonic_ns()) / 1e9) },
]

/// Compiled once in a process, by the first import.
private let compiledThreading: CompiledModule = {
    let source = SourceFile(name: "<threading>", text: threadingSource)
    do throws(Diagnostic) {
        return try compile(try parse(source), source: source)
    } catch {
        fatalError("gild: the module threading does not compile: \(error.rendered())")
    }
}()

/// Fill the module. False: raised.
func populateThreading(_ thread: Thread, module: Value) -> Bool {
    let before = thread.bookmark()
    let runtime = thread.s.pointee.runtime
    var globals = Value.undefined
    if let spare = thread.importing({ runtime.pointee.shelves.pointee.spareThreading.popLast() }) {
        globals = spare.namespace
        spare.code.renewInstructions()
        thread.s.pointee.runtime.pointee.code.locked { thread.s.pointee.run.pointee.modules.append(spare.code) }
    } else {
        globals = runThreadingSource(thread)
        if globals.isUndefined { return false }
        thread.makeImmortal(reachableFrom: globals)
    }
    thread.s.pointee.run.pointee.threadingNamespace = globals
    let namespace = globals.cast(NamespaceObject.self)
    thread.s.pointee.run.pointee.defaultExceptHook = thread.variable("_excepthook", in: namespace)
    for i in 0..<namespace.pointee.orderCount {
        let slot = Int(namespace.pointee.order[i])
        let name = namespace.pointee.names[slot]
        let text = thread.string(name)
        if text.hasPrefix("_") && text != "__excepthook__" { continue }
        thread.setModuleAttribute(module, name: name, namespace.pointee.values[slot])
    }
    thread.strike(since: before)
    return thread.makeMainThreadObject(namespace)
}

/// Run the module's body. Its namespace: new reference, or undefined: raised.
private func runThreadingSource(_ thread: Thread) -> Value {
    let body = thread.load(compiledThreading, moduleName: "threading")
    if body.isUndefined { return .undefined }
    defer { thread.decref(body) }
    let globals = body.cast(FunctionObject.self).pointee.globals
    let namespace = globals.cast(NamespaceObject.self)
    for definition in threadingNatives {
        let native = thread.makeNative(definition, owner: nil)
        thread.define(namespace, definition.name, native)
    }
    for (name, type) in [("Lock", BuiltinType.lock), ("_RLock", .rlock), ("local", .threadLocal), ("_property", .property)] {
        thread.define(namespace, name, Value(pointer: thread.heap.pointee.types[type]))
    }
    let result = thread.call(body)
    if result.isUndefined { return .undefined }
    thread.decref(result)
    return thread.newReference(globals)
}

extension gild_thread_ref {
    fileprivate func makeImmortal(reachableFrom root: Value) {
        var pending = [root]
        while let value = pending.popLast() {
            if !value.isPointer || value.object.isImmortal { continue }
            makeImmortal(value)
            traverse(value.object) { pending.append($0) }
        }
    }

    /// The object of the thread that imports first, which is the main thread. False: raised.
    fileprivate func makeMainThreadObject(_ namespace: UnsafeMutablePointer<NamespaceObject>) -> Bool {
        let begin = variable("_begin", in: namespace)
        if begin.isUndefined { return true }
        let result = call(begin)
        decref(result)
        return !result.isUndefined
    }

    /// The run has ended, the runtime goes on: what the module's source keeps for its run goes, and the rest waits for the
    /// next run that imports it. (Being immortal, it could not be freed.)
    func releaseThreadingModule() {
        let run = s.pointee.run
        let value = run.pointee.threadingNamespace
        // The run has no other thread any more.
        guard value.isPointer, let index = run.pointee.modules.firstIndex(where: { $0.compiled.fileName == compiledThreading.fileName }) else { return }
        let code = run.pointee.modules.remove(at: index)
        run.pointee.threadingNamespace = .undefined
        let namespace = value.cast(NamespaceObject.self)
        let immortals = s.pointee.immortals
        for (text, fresh) in [("_main_thread", Value.none), ("_threads_named", Value(smallInt: 0)), ("_dummies_named", Value(smallInt: 0))] {
            if let slot = unbooked({ slot(text, in: namespace) }) { replace(namespace.pointee.values + slot, fresh) }
        }
        // As where the module ends with its run.
        s.pointee.immortals = immortals
        importing { s.pointee.runtime.pointee.shelves.pointee.spareThreading.append((value, code)) }
    }

    /// Bind a global variable of a namespace that has a slot for it; else do nothing.
    fileprivate func define(_ namespace: UnsafeMutablePointer<NamespaceObject>, _ name: String, _ value: Value) {
        guard let slot = slot(name, in: namespace) else { return }
        namespace.pointee.values[slot] = newReference(value)
        noteGlobalDefined(namespace, slot)
    }

    /// Hand the exception that ended a thread to the except hook.
    func reportThreadException(_ threadObject: Value) {
        let exception = s.pointee.exception
        s.pointee.exception = .undefined
        defer { decref(exception) }
        // The stop from outside is not the script's exception.
        if s.pointee.isTerminating { return }
        if !isInstance(exception, of: .systemExit) {
            s.pointee.runtime.pointee.threads.locked { s.pointee.run.pointee.books.pointee.failedThreads += 1 }
        }
        dropOwnFrames(exception)
        let module = s.pointee.run.pointee.importedModules.get(intern("threading"))
        let hook = module.isPointer ? getOptionalAttribute(module, name: intern("excepthook")) : .undefined
        defer { decref(hook) }
        if hook.isUndefined || hook == s.pointee.run.pointee.defaultExceptHook {
            clearException()
            if isInstance(exception, of: .systemExit) { return }
            printThreadException(self, threadName: threadName(threadObject), exception)
            return
        }
        let arguments = exceptHookArguments(module, exception, threadObject)
        let result = arguments.isUndefined ? arguments : call(hook, arguments)
        decref(arguments)
        decref(result)
        if result.isUndefined {
            let raised = s.pointee.exception
            s.pointee.exception = .undefined
            let text = Array("Exception in threading.excepthook:\n".utf8)
            if !text.withUnsafeBufferPointer({ write(fd: 2, bytes: $0) }) { clearException() }
            printException(raised)
            decref(raised)
        }
    }

    private func exceptHookArguments(_ module: Value, _ exception: Value, _ threadObject: Value) -> Value {
        let type = getOptionalAttribute(module, name: intern("ExceptHookArgs"))
        if type.isUndefined { return type }
        defer { decref(type) }
        guard let fields = allocateTuple(4) else { return .undefined }
        fields.items[0] = newReference(Value(pointer: self.type(of: exception)))
        fields.items[1] = newReference(exception)
        fields.items[2] = loadExceptionSlot(exception, ExceptionSlot.traceback)
        fields.items[3] = newReference(threadObject)
        defer { decref(Value(pointer: fields)) }
        return call(type, Value(pointer: fields))
    }

    /// Leave out the frames of the module's own code at the start of the traceback.
    private func dropOwnFrames(_ exception: Value) {
        while true {
            let first = loadExceptionSlot(exception, ExceptionSlot.traceback)
            defer { decref(first) }
            guard isKind(first, .traceback), first.cast(TracebackObject.self).pointee.code.fileName == "<threading>" else { return }
            let next = first.cast(TracebackObject.self).pointee.next
            if !isKind(next, .traceback) { return }
            setExceptionSlot(exception, ExceptionSlot.traceback, next)
        }
    }

    /// The name that messages show.
    fileprivate func threadName(_ threadObject: Value) -> String {
        let name = threadObject.isPointer ? getOptionalAttribute(threadObject, name: intern("name")) : .undefined
        defer { decref(name) }
        if isKind(name, .str) { return string(name) }
        clearException()
        return "\(s.pointee.identifier)"
    }
}

/// `excepthook(args)`: print the exception of a thread.
private func threadingExceptHook(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    func field(_ name: String) -> Value { thread.getAttribute(arguments[0], name: thread.intern(name)) }
    let exception = field("exc_value")
    if exception.isUndefined { return .undefined }
    defer { thread.decref(exception) }
    let owner = field("thread")
    if owner.isUndefined { return .undefined }
    defer { thread.decref(owner) }
    if !exception.isPointer || !thread.isInstance(exception, of: .baseException) || thread.isInstance(exception, of: .systemExit) { return .none }
    printThreadException(thread, threadName: thread.threadName(owner), exception)
    return .none
}

/// `_join(handle, timeout)`: seconds or None.
private func threadingJoin(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var timeout: Int?
    if !arguments[1].isNone {
        guard let nanoseconds = thread.durationArgument(arguments[1]) else { return .undefined }
        timeout = nanoseconds
    }
    return thread.join(arguments[0], timeout: timeout) < 0 ? .undefined : .none
}

/// The Thread objects of all threads, in the order of their start.
private func threadingThreads(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    var objects: [Value] = []
    thread.s.pointee.runtime.pointee.threads.forEach {
        if $0.pointee.run == thread.s.pointee.run && $0.pointee.threadObject.isPointer { objects.append(thread.newReference($0.pointee.threadObject)) }
    }
    let list = thread.makeList(capacity: objects.count)
    for object in objects.reversed() {
        if let list, !thread.isRaising { _ = thread.append(list, object) } else { thread.decref(object) }
    }
    guard let list else { return .undefined }
    if thread.isRaising {
        thread.decref(Value(pointer: list))
        return .undefined
    }
    return Value(pointer: list)
}

/// `stack_size([size])`: the size of new threads' stacks until now; 0: the default.
private func threadingStackSize(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let run = thread.s.pointee.run
    let old = run.pointee.settings.requestedStackSize
    if count > 0 {
        guard let size = thread.indexInt(arguments[0]) else { return .undefined }
        if size < 0 { return thread.raise(.valueError, "size must be 0 or a positive value") }
        if size != 0 && size < 32768 { return thread.raise(.valueError, "size not valid: \(size) bytes") }
        // Deep native recursion must have the room that its limit promises: a smaller wish is noted, not granted.
        run.pointee.settings.requestedStackSize = size
        run.pointee.settings.threadStackSize = max(size, startedThreadStackSize)
    }
    return thread.makeInt(old)
}
