import Glibc

/// A mutex for tables of the runtime that are changed in a few instructions. Under it there is no decref, no exception, no checkpoint, no critical
/// section and no stop of the world, so its holder never waits for another thread's script. Copies denote the same mutex.
struct LeafMutex: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }

    func destroy() {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }
}
