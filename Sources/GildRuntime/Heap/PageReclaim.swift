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
// No other thread runs meanwhile. Without one lock an allocation cannot see to that, so pages are given back when all threads have been stopped
// (`tidyHeap` in Limbo.swift); under one lock an allocation does it before it fails.

import CGild
import Glibc

extension gild_thread_ref {
    /// Ask the quota once more after wholly free pages have been given back.
    /// - Returns: whether `bytes` are granted.
    @inline(never)
    func reserveByReclaiming(_ bytes: Int) -> Bool {
        let heap = self.heap
        let quota = heap.pointee.quota
        let unused = quota.reservedBytes &- liveBytes
        if unused < min(bytes, Page.size) || liveBytes > heap.pointee.reclaimBelow { return false }
        let granted = reclaimFreePages() > 0 && quota.reserve(bytes, ignoringLimit: false)
        heap.pointee.reclaimBelow = granted ? Int.max : liveBytes &- Page.size
        return granted
    }

    /// Give back all pages that hold nothing.
    /// - Returns: the bytes that the quota gained.
    func reclaimFreePages() -> Int {
        let pages = heap.pointee.pages
        for chain in [pages.pointee.firstPage, pages.pointee.firstBufferPage] {
            var page = chain
            while let current = page {
                current.pointee.freeSlots = 0
                page = current.pointee.next
            }
        }
        forEachFreeList { list, linkOffset in
            var slot = list.pointee
            while let current = slot {
                Heap.page(of: current).pointee.freeSlots += 1
                slot = current.load(fromByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self)
            }
        }
        forEachFreeList { list, linkOffset in
            var kept: UnsafeMutableRawPointer?
            var slot = list.pointee
            list.pointee = nil
            while let current = slot {
                slot = current.load(fromByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self)
                if Heap.page(of: current).pointee.isWhollyFree { continue }
                current.storeBytes(of: nil, toByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self)
                if let kept { kept.storeBytes(of: current, toByteOffset: linkOffset, as: UnsafeMutableRawPointer?.self) } else { list.pointee = current }
                kept = current
            }
        }
        let bytes = pages.takeOutFreePages() * Page.size
        heap.pointee.quota.release(bytes)
        return bytes
    }

    /// Every head of a free list, of objects and of small buffers, and where in a slot the link to the next one lies.
    func forEachFreeList(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ linkOffset: Int) -> Void) {
        func visit(_ objects: UnsafeMutablePointer<ObjectPointer?>, _ buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
            for sizeClass in 0..<Heap.classCount {
                body(UnsafeMutableRawPointer(objects + sizeClass).assumingMemoryBound(to: UnsafeMutableRawPointer?.self), -MemoryLayout<ObjectPrefix>.size)
                body(buffers + sizeClass, 0)
            }
        }
        visit(heap.pointee.pages.pointee.abandoned, heap.pointee.pages.pointee.abandonedBuffers)
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

}

extension UnsafeMutablePointer where Pointee == HeapPages {
    /// Move wholly free pages from the chains to the free pages.
    /// - Returns: how many.
    fileprivate func takeOutFreePages() -> Int {
        pthread_mutex_lock(pointee.mutex)
        defer { pthread_mutex_unlock(pointee.mutex) }
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
        var free = pointee.freePages
        (pointee.firstPage, pointee.lastPage) = kept(pointee.firstPage, &free)
        (pointee.firstBufferPage, _) = kept(pointee.firstBufferPage, &free)
        pointee.freePages = free
        return freed
    }
}
