// One import at a time, where threads run at the same time.
//
// A module is made, filled (for `threading` by a script), and then entered under its name: of two threads that import it for the first time the
// second one has to wait for the first. The thread that has the lock may take it again, because a module may import others.
//
// Whoever waits is detached, and the lock is a word with an owner, not a mutex that is held while a script runs: so a thread that stops
// the world finds nobody in its way, and the owner may wait for other locks. It guards, beside the order of imports, what imports share
// in a runtime: RuntimeShelves.moduleNatives, RuntimeShelves.spareThreading and RuntimeState.shared.

import CGild

final class ImportLock: @unchecked Sendable {
    private let mutex = ConditionMutex()
    /// Guarded by `mutex`.
    private var owner: UnsafeMutableRawPointer?
    private var depth = 0

    /// False: another thread has it.
    fileprivate func tryTake(_ thread: UnsafeMutableRawPointer) -> Bool {
        mutex.lock()
        defer { mutex.unlock() }
        if owner != nil && owner != thread { return false }
        owner = thread
        depth += 1
        return true
    }

    fileprivate func waitAndTake(_ thread: UnsafeMutableRawPointer) {
        mutex.lock()
        while owner != nil { mutex.wait() }
        owner = thread
        depth = 1
        mutex.unlock()
    }

    fileprivate func release() {
        mutex.lock()
        depth -= 1
        if depth == 0 {
            owner = nil
            mutex.signal()
        }
        mutex.unlock()
    }
}

extension gild_thread_ref {
    /// Run `body` while no other thread imports.
    func importing<T>(_ body: () -> T) -> T {
        if !s.pointee.isFreeThreaded { return body() }
        let lock = s.pointee.runtime.pointee.importLock
        if !lock.tryTake(state) { allowThreads { lock.waitAndTake(state) } }
        defer { lock.release() }
        return body()
    }
}
