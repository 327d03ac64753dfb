// The threads of a runtime: who there is, and what others may know of them.
//
// A thread is on the list from before its OS thread exists until its counters are in its run's books. The list and everything of a
// `ThreadState` that other threads use while that one runs (its links, `threadObject`, `handle`) change under `mutex`, in every regime.
//
//     add: the limit, the link, both counts         by the starter
//     take the thread object out                    by the thread, which then releases it: that may run code
//     take the handle out; it counts no more        by the thread, before it tells its end
//     remove: the link, the figures                 by the thread, while it is attached for the last time
//
// What the steps prevent:
//
// - *The limit and the link in one step.* Two starters at the limit would both find room for one more thread.
// - *Taken out, then released.* Who lists or joins threads takes a reference of its own under the mutex: it must not find a value whose last
//   reference is just being dropped. Releasing under the mutex could run a finaliser that wants it, too.
// - *Counted no more before its end is told.* Who has joined a thread may start another one in its place.
// - *Figures and link in one step, still attached.* Whoever stops the world, or has the GIL, finds every thread either on the list with its
//   counters or in the books.
//
// Under the mutex nothing is released, raised or allocated on the heap, and nobody waits but for the mutex of the lock's books. A thread's state is
// freed by the thread itself after it has left the list, so a pointer to another one's state is good for as long as the mutex is held, or the world
// stands still.

import CGild
import Glibc

/// A handle to one list; copies denote the same list. Lives as long as its runtime.
struct ThreadList: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Newest first. Guarded by `mutex`.
    private let newest: UnsafeMutablePointer<UnsafeMutablePointer<ThreadState>?>
    /// Threads that have not told their end. Atomic, changed under `mutex`.
    private let alive: UnsafeMutablePointer<UInt32>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        newest = .allocate(capacity: 1)
        newest.initialize(to: nil)
        alive = .allocate(capacity: 1)
        alive.initialize(to: 0)
    }

    /// Threads alive.
    @inline(__always) var count: Int { Int(gild_load_relaxed_32(alive)) }

    /// The newest thread, which leads to the others by `next`; for walkers that have stopped the world, or hold the GIL.
    var first: UnsafeMutablePointer<ThreadState>? { newest.pointee }

    /// `body` is short and calls nothing that waits.
    func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Call `body` for every thread, the newest first, under the mutex.
    func forEach(_ body: (UnsafeMutablePointer<ThreadState>) -> Void) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var current = newest.pointee
        while let state = current {
            body(state)
            current = state.pointee.next
        }
    }

    /// False: there are `limit` threads already.
    func add(_ state: UnsafeMutablePointer<ThreadState>, limit: Int) -> Bool {
        locked {
            if count >= limit { return false }
            state.pointee.next = newest.pointee
            newest.pointee = state
            gild_store_relaxed_32(alive, UInt32(count + 1))
            state.pointee.run.pointee.books.pointee.threadCount += 1
            return true
        }
    }

    /// The thread's object, whose reference is the caller's from now on; undefined: it has none.
    func takeThreadObject(_ state: UnsafeMutablePointer<ThreadState>) -> Value {
        locked {
            let value = state.pointee.threadObject
            state.pointee.threadObject = .undefined
            return value
        }
    }

    /// The thread's handle likewise; the thread is about to tell its end, and counts no more.
    func takeHandle(_ state: UnsafeMutablePointer<ThreadState>) -> Value {
        locked {
            let value = state.pointee.handle
            state.pointee.handle = .undefined
            gild_store_relaxed_32(alive, UInt32(count - 1))
            return value
        }
    }

    /// Thread object and handle of a thread; the references are handed over, and those of the old ones are the caller's.
    func exchangeIdentity(_ state: UnsafeMutablePointer<ThreadState>, _ threadObject: Value, _ handle: Value) -> (threadObject: Value, handle: Value) {
        locked {
            let old = (state.pointee.threadObject, state.pointee.handle)
            state.pointee.threadObject = threadObject
            state.pointee.handle = handle
            return old
        }
    }

    /// Take a thread off the list; `note` puts its figures into the books of its run.
    func remove(_ state: UnsafeMutablePointer<ThreadState>, _ note: (UnsafeMutablePointer<RunBooks>) -> Void = { _ in }) {
        locked {
            let books = state.pointee.run.pointee.books
            books.pointee.threadCount -= 1
            note(books)
            if newest.pointee == state {
                newest.pointee = state.pointee.next
                return
            }
            var current = newest.pointee
            while let previous = current {
                if previous.pointee.next == state {
                    previous.pointee.next = state.pointee.next
                    return
                }
                current = previous.pointee.next
            }
        }
    }
}

/// What the threads of a run leave to it. Guarded by the mutex of the runtime's thread list.
struct RunBooks {
    /// Threads of the run that are on the list.
    var threadCount = 0
    /// The counters of threads that have ended.
    var endedThreads: [EndedThread] = []
    /// CPU time of threads that have ended, in nanoseconds.
    var endedCPUNanoseconds: UInt64 = 0
    /// Threads, beside the main one, that ended with an exception.
    var failedThreads = 0
    /// Deadlocks that threads of the run found.
    var deadlocks = DeadlockLog()
}
