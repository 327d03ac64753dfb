// Pages that hold nothing go back to the heap when the quota would refuse.
//
// A page serves one size class. A program that fills the heap with objects of one size, drops them and then wants another
// size would find every page taken though nothing is alive. So before an allocation fails:
//   1. Every page's `freeSlots` becomes 0, and every slot on every free list (all threads', and those of ended threads) counts
//      one on its page. A page all of whose slots are on lists holds nothing: a slot is either on one list or alive.
//   2. The lists lose the slots of such pages, and keep their order otherwise.
//   3. The pages leave their chain, their memory goes back to the system (it reads as zero again, which a new page relies on),
//      and the quota gets their bytes. `takePage` takes them before it asks for more.
// The work is proportional to the free memory. When it would gain nothing, because no more than last time is free, it is
// not done: a script that lives at its limit and catches MemoryError must not pay for it every time.
//
// Under the GIL; no other thread uses its free lists meanwhile.

import CGild
import Glibc

extension gild_thread_ref {
    /// Ask the quota once more after wholly free pages have been given back.
    /// - Returns: whether `bytes` are granted.
    @inline(never)
    func reserveByReclaiming(_ bytes: Int) -> Bool {
        let heap = self.heap
        let unused = heap.pointee.reservedBytes &- heap.pointee.liveBytes
        if unused < min(bytes, Page.size) || heap.pointee.liveBytes > heap.pointee.reclaimBelow { return false }
        let granted = reclaimFreePages() > 0 && heap.pointee.reserve(bytes, ignoringLimit: false)
        heap.pointee.reclaimBelow = granted ? Int.max : heap.pointee.liveBytes &- Page.size
        return granted
    }

    /// Give back all pages that hold nothing.
    /// - Returns: the bytes that the quota gained.
    func reclaimFreePages() -> Int {
        let heap = self.heap
        for chain in [heap.pointee.firstPage, heap.pointee.firstBufferPage] {
            var page = chain
            while let current = page {
                current.pointee.freeSlots = 0
                page = current.pointee.next
            }
        }
        forEachFreeList { list in
            var slot = list.pointee
            while let current = slot {
                Heap.page(of: current).pointee.freeSlots += 1
                slot = current.load(as: UnsafeMutableRawPointer?.self)
            }
        }
        forEachFreeList { list in
            var kept: UnsafeMutableRawPointer?
            var slot = list.pointee
            list.pointee = nil
            while let current = slot {
                slot = current.load(as: UnsafeMutableRawPointer?.self)
                if Heap.page(of: current).pointee.isWhollyFree { continue }
                current.storeBytes(of: nil, as: UnsafeMutableRawPointer?.self)
                if let kept { kept.storeBytes(of: current, as: UnsafeMutableRawPointer?.self) } else { list.pointee = current }
                kept = current
            }
        }
        let pages = heap.pointee.takeOutFreePages()
        heap.pointee.reservedBytes -= pages * Page.size
        return pages * Page.size
    }

    /// Every head of a free list, of objects and of small buffers.
    func forEachFreeList(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Void) {
        func visit(_ objects: UnsafeMutablePointer<ObjectPointer?>, _ buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
            for sizeClass in 0..<Heap.classCount {
                body(UnsafeMutableRawPointer(objects + sizeClass).assumingMemoryBound(to: UnsafeMutableRawPointer?.self))
                body(buffers + sizeClass)
            }
        }
        visit(heap.pointee.abandoned, heap.pointee.abandonedBuffers)
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            visit(state.pointee.freeLists, state.pointee.bufferLists)
            thread = state.pointee.next
        }
    }
}

extension Page {
    var isWhollyFree: Bool { freeSlots == slotCount }
}

extension Heap {
    /// The page in which an address of a size class lies.
    @inline(__always) static func page(of address: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Page> {
        UnsafeMutablePointer<Page>(bitPattern: UInt(bitPattern: address) & ~UInt(Page.size - 1)).unsafelyUnwrapped
    }

    /// Move wholly free pages from the chains to the free pages.
    /// - Returns: how many.
    fileprivate mutating func takeOutFreePages() -> Int {
        var freed = 0
        func kept(_ chain: UnsafeMutablePointer<Page>?, _ free: inout UnsafeMutablePointer<Page>?) -> (UnsafeMutablePointer<Page>?, UnsafeMutablePointer<Page>?) {
            var first: UnsafeMutablePointer<Page>?
            var last: UnsafeMutablePointer<Page>?
            var page = chain
            while let current = page {
                page = current.pointee.next
                if current.pointee.isWhollyFree {
                    madvise(current, Page.size, MADV_DONTNEED)
                    current.pointee.next = free
                    free = current
                    freed += 1
                } else {
                    current.pointee.next = nil
                    if let last { last.pointee.next = current } else { first = current }
                    last = current
                }
            }
            return (first, last)
        }
        (firstPage, lastPage) = kept(firstPage, &freePages)
        (firstBufferPage, _) = kept(firstBufferPage, &freePages)
        return freed
    }
}
