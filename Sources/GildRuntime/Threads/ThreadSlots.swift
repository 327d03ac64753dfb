// Which thread made an object, and for which run.
//
// Every object carries a 16-bit number in its header: the slot of the thread that allocated it. A table says to which run a slot belongs. So the
// objects that a run has left behind can be told at its end and later, and the biased regime sees with one comparison whether an object is its
// thread's own.
//
// The life of a slot:
//
//     fresh → used by a thread of a run ⇄ idle: the thread has ended, the run goes on
//               ↑                          │ the run ends
//               └────────── free ←──────── ended: live objects may carry it
//                   no live object carries it
//
// - *A run's new thread takes an idle slot of the run first.* The objects that carry it have their run still, and for the biased regime the new thread is the
//   heir of the one that had the slot before (Tests/Models/biased_merge.pml, step 7). So a run needs as many slots as it has threads at a time.
// - *Ended slots stay as they are* until a walk over the heap, at the end of some run, finds that no object carries them: a slot given to another run before
//   would put what the first one left behind into the second one's books. The walk is made only when few slots are left.
//
// Slot 0 belongs to no thread: what nobody made, and what a run has given to the runtime. Of the 16 bits the highest is not part of the number: biased counting
// sets it when an object's counts have been merged, so that no thread takes the object for its own, while its run is still known.

import CGild
import Glibc

struct ThreadSlots: @unchecked Sendable {
    static let count = 1 << 15
    /// In an object's owner: the object is no thread's own any more.
    static let merged: UInt16 = 1 << 15

    private struct State {
        var mutex = pthread_mutex_t()

        // MARK: Guarded by `mutex`
        var next: UInt16 = 1
        /// By run.
        var idle: [UInt64: [UInt16]] = [:]
        var ended: [UInt16] = []
        var free: [UInt16] = []
        /// Slots that a thread has now.
        var live: Set<UInt16> = []
    }

    private let state: UnsafeMutablePointer<State>
    /// Run of each slot; 0: the runtime itself. Atomic.
    private let runs: UnsafeMutablePointer<UInt64>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        pthread_mutex_init(&state.pointee.mutex, nil)
        // Touched as used.
        let bytes = ThreadSlots.count * MemoryLayout<UInt64>.stride
        guard let table = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), table != MAP_FAILED
        else { fatalError("gild: cannot reserve address space for the table of thread slots") }
        runs = table.assumingMemoryBound(to: UInt64.self)
    }

    private func locked<T>(_ body: (inout State) -> T) -> T {
        pthread_mutex_lock(&state.pointee.mutex)
        defer { pthread_mutex_unlock(&state.pointee.mutex) }
        return body(&state.pointee)
    }

    /// Number of the run that an object's owner works for; 0: the runtime's own.
    @inline(__always) func run(of owner: UInt16) -> UInt64 { gild_load_relaxed_64(runs + Int(owner & ~ThreadSlots.merged)) }

    /// A slot for a new thread of a run; nil: live objects carry all of them.
    func take(run: UInt64) -> UInt16? {
        locked { state in
            let slot: UInt16
            if let idle = state.idle[run]?.popLast() {
                slot = idle
            } else if let known = state.free.popLast() {
                slot = known
            } else if Int(state.next) < ThreadSlots.count {
                slot = state.next
                state.next += 1
            } else {
                return nil
            }
            gild_store_relaxed_64(runs + Int(slot), run)
            state.live.insert(slot)
            return slot
        }
    }

    /// The slot's thread has ended.
    func giveBack(_ slot: UInt16) {
        locked {
            $0.live.remove(slot)
            $0.idle[run(of: slot), default: []].append(slot)
        }
    }

    /// Run `body` if no thread has the slot, and before one takes it. False: a thread has it.
    func whileNobodyHas(_ slot: UInt16, _ body: () -> Void) -> Bool {
        locked { state in
            if state.live.contains(slot) { return false }
            body()
            return true
        }
    }

    /// The run has ended, with all of its threads.
    func end(run: UInt64) {
        locked { state in
            if let slots = state.idle.removeValue(forKey: run) { state.ended += slots }
        }
    }

    /// Few slots are left: it is time for `reclaim`.
    func areScarce(reserve: Int = 2 * greatestThreadCount) -> Bool {
        locked { $0.free.count + ThreadSlots.count - Int($0.next) < reserve }
    }

    /// Free the ended slots that no live object carries. `isCarried` by slot, found while nobody allocated.
    func reclaim(isCarried: [Bool]) {
        locked { state in
            state.free += state.ended.filter { !isCarried[Int($0)] }
            state.ended.removeAll { !isCarried[Int($0)] }
        }
    }
}

extension gild_thread_ref {
    /// Number of the run whose thread made the object; 0: the runtime itself.
    @inline(__always) func runNumber(of object: ObjectPointer) -> UInt64 {
        s.pointee.runtime.pointee.slots.run(of: gild_load_relaxed_16(object.ownerWord))
    }

    /// Make slots free that nothing carries any more, if few are left. The heap does not change meanwhile.
    func reclaimSlotsIfScarce() {
        let slots = s.pointee.runtime.pointee.slots
        guard slots.areScarce() else { return }
        var isCarried = [Bool](repeating: false, count: ThreadSlots.count)
        heap.pointee.forEachObject { isCarried[Int($0.pointee.owner & ~ThreadSlots.merged)] = true }
        // Names of workloads are kept for runs that are still to be named.
        let left = Set(isCarried.indices.lazy.filter { isCarried[$0] }.map { slots.run(of: UInt16($0)) })
        slots.reclaim(isCarried: isCarried)
        s.pointee.runtime.pointee.shelves.pointee.endedWorkloads = s.pointee.runtime.pointee.shelves.pointee.endedWorkloads.filter { left.contains($0.key) }
    }
}
