// What threads hand to the owners of biased objects: steps 4, 6 and 7 of the merge protocol (Tests/Models/biased_merge.pml).
//
//     push(object, owner)                                pop(owner), the owner at a checkpoint      close(owner), at its end
//     lock                                               lock; take one object; unlock              lock
//     the owner is registered: append, set its                                                      its queue is empty: unregister; unlock; done
//         eval breaker                                                                              else unlock; merge what is queued; again
//     else: merge here
//     unlock
//
// One lock for pushing and for ending: either the pusher finds the owner registered and the owner finds what was pushed, or neither.
// An owner that is blocked merges when it is back. Who has stopped the world merges for all (`drain`).

import CGild
import Glibc

struct MergeQueues {
    enum Outcome {
        case queued
        /// The owner is gone; the pusher has merged. `isLast`: that was the last reference.
        case merged(isLast: Bool)
    }

    private struct Queue {
        /// Nil: nobody has this number now.
        var evalBreaker: UnsafeMutablePointer<UInt32>?
        var objects = ObjectStack(capacity: 16)
    }

    private struct State {
        var mutex = pthread_mutex_t()
        /// By the number of the owner; nil: never registered. Guarded by `mutex`.
        var queues: UnsafeMutablePointer<UnsafeMutablePointer<Queue>?>
        /// The highest number that was ever registered. Guarded by `mutex`.
        var highest = 0
    }

    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        // Touched as used.
        let bytes = (Int(UInt16.max) + 1) * MemoryLayout<UnsafeMutablePointer<Queue>?>.stride
        guard let table = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), table != MAP_FAILED
        else { fatalError("gild: cannot reserve address space for the merge queues") }
        state.initialize(to: State(queues: table.assumingMemoryBound(to: UnsafeMutablePointer<Queue>?.self)))
        pthread_mutex_init(&state.pointee.mutex, nil)
    }

    private func locked<T>(_ body: () -> T) -> T {
        pthread_mutex_lock(&state.pointee.mutex)
        defer { pthread_mutex_unlock(&state.pointee.mutex) }
        return body()
    }

    /// A thread with this number begins; it becomes the owner of what an earlier one left.
    func open(owner: UInt16, evalBreaker: UnsafeMutablePointer<UInt32>) {
        locked {
            if let queue = state.pointee.queues[Int(owner)] {
                queue.pointee.evalBreaker = evalBreaker
                return
            }
            let queue = UnsafeMutablePointer<Queue>.allocate(capacity: 1)
            queue.initialize(to: Queue(evalBreaker: evalBreaker))
            state.pointee.queues[Int(owner)] = queue
            state.pointee.highest = max(state.pointee.highest, Int(owner))
        }
    }

    /// Step 4. The caller's reference goes with the object.
    func push(_ object: ObjectPointer, owner: UInt16, by thread: Thread) -> Outcome {
        locked {
            guard let queue = state.pointee.queues[Int(owner)], let evalBreaker = queue.pointee.evalBreaker else {
                return .merged(isLast: Self.merge(object, by: thread))
            }
            queue.pointee.objects.push(object)
            gild_fetch_or_32(evalBreaker, EvalBreaker.merge)
            return .queued
        }
    }

    /// An object that was handed to this owner, with the reference; nil: there is none.
    func pop(owner: UInt16) -> ObjectPointer? {
        locked { state.pointee.queues[Int(owner)]?.pointee.objects.pop() }
    }

    /// Step 7. False: something is queued.
    func close(owner: UInt16) -> Bool {
        locked {
            guard let queue = state.pointee.queues[Int(owner)] else { return true }
            if queue.pointee.objects.count > 0 { return false }
            queue.pointee.evalBreaker = nil
            return true
        }
    }

    /// Merge everything that is queued anywhere, while the world is stopped. What has no reference left goes to `dead`.
    func drain(into dead: inout ObjectStack, by thread: Thread) {
        locked {
            for owner in 0...state.pointee.highest {
                guard let queue = state.pointee.queues[owner] else { continue }
                while let object = queue.pointee.objects.pop() {
                    if Self.merge(object, by: thread) { dead.push(object) }
                }
            }
        }
    }
}
