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
    /// The counters of threads that have ended.
    var endedThreads: [EndedThread] = []
    var recursionLimit = 1000
    var maxStringDigits = 4300
    var arguments: [String] = []
    var scriptPath = ""
    var isFinalizing = false
    var mainThread: UnsafeMutablePointer<ThreadState>?
    let output: UnsafeMutablePointer<OutputBuffer>
    /// Set before the time limit's bit is posted.
    var timeLimitReached = false
    /// Unraisable exceptions are printed; hooks for tests may look here.
    var stress = StressSwitches()
}

/// Switches for tests: make rare things happen always.
struct StressSwitches {
    var collectAtEveryAllocation = false
    var switchAtEveryCheckpoint = false
    var alwaysSlowPath = false
}
