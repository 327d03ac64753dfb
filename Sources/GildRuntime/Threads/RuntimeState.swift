// What the threads of one runtime share, apart from the heap.

import CGild
import GildScript

struct RuntimeState {
    let heap: UnsafeMutablePointer<Heap>
    let lock: GlobalInterpreterLock
    var code = CodeArena()
    /// Keeps loaded modules alive (their raw images are never freed during a run).
    var modules: [LoadedModule] = []
    /// Imported modules by name; owned.
    var importedModules = NameTable()
    /// The builtins module's attributes: name → value, owned.
    var builtins = NameTable()
    /// Namespace object of `__main__`, owned.
    var mainNamespace: Value = .undefined
    /// All threads that have a state, newest first. Guarded by the GIL.
    var threads: UnsafeMutablePointer<ThreadState>?
    var threadCount = 0
    /// Stack of threads that scripts start, in bytes of address space.
    var threadStackSize = startedThreadStackSize
    /// What `threading.stack_size()` says; 0: the default.
    var requestedStackSize = 0
    /// Live `threading.local` objects. Guarded by the GIL.
    var threadLocals: UnsafeMutablePointer<ThreadLocalAnchor>?
    /// `threading`'s own except hook, borrowed from the module's natives.
    var defaultExceptHook: Value = .undefined
    /// The counters of threads that have ended.
    var endedThreads: [EndedThread] = []
    var recursionLimit = 1000
    var maxStringDigits = 4300
    var arguments: [String] = []
    var scriptPath = ""
    var shownScriptPath = ""
    var isFinalizing = false
    var mainThread: UnsafeMutablePointer<ThreadState>?
    let output: UnsafeMutablePointer<OutputBuffer>
    /// What the frame below a thread's first one refers to.
    let emptyCode: UnsafeMutablePointer<CodeImage>
    let emptyNamespace: UnsafeMutablePointer<NamespaceObject>
    /// 1 when the main thread has begun to end the run: it heard of the time limit. Atomic.
    let isEnding: UnsafeMutablePointer<UInt32> = {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()
    /// Unraisable exceptions are printed; hooks for tests may look here.
    var stress = StressSwitches()
}

extension RuntimeState {
    init(heap: UnsafeMutablePointer<Heap>, lock: GlobalInterpreterLock, output: UnsafeMutablePointer<OutputBuffer>) {
        self.heap = heap
        self.lock = lock
        self.output = output
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        words.initialize(to: UInt64(Opcode.invalid.rawValue))
        let module = Unmanaged.passRetained(
            LoadedModule(compiled: CompiledModule(fileName: "", source: SourceFile(name: "", text: []), codes: [], globalNames: [])))
        let nothing = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        nothing.initialize(to: .undefined)
        emptyCode = .allocate(capacity: 1)
        emptyCode.initialize(
            to: CodeImage(
                words: words, wordCount: 0, constants: nothing, names: nothing, registerCount: 0, localCount: 0, positionalCount: 0,
                positionalOnlyCount: 0, keywordOnlyCount: 0, hasVariadic: false, hasVariadicKeywords: false, isSimple: false, isClassBody: false,
                hasDocstring: false, freeCount: 0, name: .undefined, qualifiedName: .undefined, localNames: nothing,
                ranges: .allocate(capacity: 1), rangeCount: 0, index: 0, module: module))
        emptyNamespace = .allocate(capacity: 1)
        emptyNamespace.initialize(
            to: NamespaceObject(
                header: ObjectHeader(count: ObjectHeader.immortalCount, sharedCount: 0, owner: 0, lock: 0, flags: 0, shape: 0), values: nothing,
                builtins: nothing, names: nothing, order: .allocate(capacity: 1), orderCount: 0, count: 0, moduleName: .undefined))
    }
}

/// Switches for tests: make rare things happen always.
struct StressSwitches {
    var collectAtEveryAllocation = false
}
