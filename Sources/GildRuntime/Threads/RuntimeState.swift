// What the threads of one runtime share, apart from the heap.

import CGild
import GildScript

struct RuntimeState {
    /// Threads alive at a time. Constant once there is more than one. First, because ThreadSanitizer takes an in-place change of any field for an
    /// access to the first one, and heap and lock are read by threads that do not have the GIL yet.
    var threadLimit = greatestThreadCount
    let regime: RegimeName
    /// In which order operations on two objects lock them.
    let lockOrder: LockOrder
    let heap: UnsafeMutablePointer<Heap>
    let lock: GlobalInterpreterLock
    /// gil-ticks: instructions left until the lock is let go. Guarded by the GIL.
    let ticker: UnsafeMutablePointer<Int> = {
        let ticker = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        ticker.initialize(to: GILTicks.checkInterval)
        return ticker
    }()
    /// Which threads wait for which: threading.Lock, RLock, join, objects' mutexes.
    let waits = WaitForGraph()
    /// Which thread's slot belongs to which run.
    let slots = ThreadSlots()
    /// Only in the regime unsynchronized; lives as long as the runtime.
    let races: Unmanaged<RaceBook>?
    /// Only with biased counts.
    let mergeQueues = MergeQueues()
    let spread = SpreadCounts()
    /// In memory of its own as `shelves`.
    let code: UnsafeMutablePointer<CodeArena> = {
        let code = UnsafeMutablePointer<CodeArena>.allocate(capacity: 1)
        code.initialize(to: CodeArena())
        return code
    }()
    /// Taken by who imports a module that its run does not have yet.
    let importLock = ImportLock()
    /// The builtins module's attributes: name → value, owned. Not changed after the bootstrap.
    let builtins = NameTable.make()
    /// All threads that have a state.
    let threads = ThreadList()
    /// The runs that have begun and not ended, newest first. Guarded by the GIL, or changed and read while the world is stopped.
    var runs: UnsafeMutablePointer<RunState>?
    /// Highest number of live bytes before the current peak was begun anew for a run.
    var peakBytes = 0
    /// Live `threading.local` objects.
    let threadLocals = ThreadLocalList()
    /// `gild.shared`: a dict that all runs see, owned; undefined until one of them imports the module. Guarded by the import lock.
    var shared: Value = .undefined
    /// What ended runs leave. Memory of its own: threads read the constants above without the GIL, and Swift's in-place changes
    /// of a collection count as accesses to all of the struct that it lies in.
    let shelves: UnsafeMutablePointer<RuntimeShelves> = {
        let shelves = UnsafeMutablePointer<RuntimeShelves>.allocate(capacity: 1)
        shelves.initialize(to: RuntimeShelves())
        return shelves
    }()
    /// The plugins whose modules scripts can import.
    let plugins: UnsafeMutablePointer<RuntimePlugins> = {
        let plugins = UnsafeMutablePointer<RuntimePlugins>.allocate(capacity: 1)
        plugins.initialize(to: RuntimePlugins())
        return plugins
    }()
    /// What the frame below a thread's first one refers to.
    let emptyCode: UnsafeMutablePointer<CodeImage>
    let emptyNamespace: UnsafeMutablePointer<NamespaceObject>
    /// Set before the first script runs, and never changed.
    var ledger: UnsafeMutablePointer<RefcountLedger>?
    /// How this runtime's threads count references.
    var counting: Counting { ledger == nil || regime.hasOneLock ? regime.counting : .ledgered }
    /// Which of how many runtimes this is that were started together with one script; 0 of 1 for a runtime of its own.
    var index = 0
    var siblings = 1
    /// Unraisable exceptions are printed; hooks for tests may look here.
    var stress = StressSwitches()
}

extension RuntimeState {
    init(regime: RegimeName, lockOrder: LockOrder = .address, heap: UnsafeMutablePointer<Heap>, lock: GlobalInterpreterLock) {
        self.regime = regime
        self.lockOrder = lockOrder
        self.heap = heap
        self.lock = lock
        races = regime == .unsynchronized ? Unmanaged.passRetained(RaceBook()) : nil
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
                hasDocstring: false, freeCount: 0, captures: .allocate(capacity: 1), name: .undefined, qualifiedName: .undefined, localNames: nothing,
                ranges: .allocate(capacity: 1), rangeCount: 0, index: 0, siblings: module.takeUnretainedValue().table, module: module))
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

/// What runs that have ended leave to a runtime. All guarded by the GIL; where there is none, by what the fields say.
struct RuntimeShelves {
    /// What the threads of ended runs counted.
    var endedRuns = ThreadCounters()
    /// Workloads of ended runs by the run's number; only of those that left objects behind.
    var endedWorkloads: [UInt64: String] = [:]
    /// Code of runs that have ended. Guarded by the mutex of the code.
    var retired = RetiredModules()
    /// Functions of builtin modules by module and name; immortal. Guarded by the import lock.
    var moduleNatives: [String: Value] = [:]
    /// Namespaces and code of `threading` whose runs have ended. Guarded by the import lock.
    var spareThreading: [(namespace: Value, code: LoadedModule)] = []
}
