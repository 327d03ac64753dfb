// What all threads of a heap take memory from: chunks, pages, abandoned free lists, large objects.
//
// Algorithm. Memory comes from the system in chunks of 1 MiB, cut into 64 KiB pages. A page belongs to one size class from the moment it is
// taken until it comes back to `freePages`, and that happens only while no other thread runs (PageReclaim.swift): a thread may still look at
// an object that another one has freed (Places.swift), and finds there the header of an object, alive or free, and never something else.
//
// Threads come here when a list of theirs is empty, when they end, and for large objects; everything is guarded by one mutex, under
// one lock too. What the mutex prevents:
//
//     two threads take the page at `chunkNext`, or one abandoned list: every slot of it would be handed out twice
//     a page is appended to a chain while another one is: the walk would miss it, and all objects in it
//     two large objects are linked or unlinked side by side: the chain of large objects breaks
//
// Under the mutex nothing is released, nothing raised, and no thread lets others run: it is the innermost of all.

import CGild
import Glibc

struct Page {
    var slotSize: UInt32
    var slotCount: UInt32
    /// Guarded by the mutex of `HeapPages`, as a chain's other links.
    var next: UnsafeMutablePointer<Page>?
    /// Scratch of `reclaimFreePages`.
    var freeSlots: UInt32 = 0

    static let size = 64 * 1024
    static let headerSize = 64
}

/// Before the `ObjectPrefix` of an object with ObjectFlags.large.
struct LargeHeader {
    /// Guarded by the mutex of `HeapPages`.
    var previous: UnsafeMutablePointer<LargeHeader>?
    var next: UnsafeMutablePointer<LargeHeader>?
    /// Bytes available from the object's header on.
    var capacity: Int
    /// What shall become of the memory when the object dies. Under one lock guarded by it; else only written while no other thread knows the object.
    var keeping = Keeping.no
    static let size = 32
    static let objectOffset = 40  // + ObjectPrefix

    enum Keeping: UInt64 {
        case no
        /// It is not given back (LargeBlocks.swift).
        case wanted
        /// The object has died: the memory belongs to who wanted it.
        case kept
    }

    /// Bytes of the allocation for an object of `bytes` bytes.
    @inline(__always) static func total(_ bytes: Int) -> Int { (objectOffset + bytes + 15) & ~15 }

    /// An allocation of `total` bytes, which belongs to nobody yet. Nil: no memory.
    static func allocate(_ total: Int) -> UnsafeMutablePointer<LargeHeader>? {
        guard let raw = malloc(total) else { return nil }
        let header = raw.assumingMemoryBound(to: LargeHeader.self)
        header.initialize(to: LargeHeader(previous: nil, next: nil, capacity: total - objectOffset))
        return header
    }
}

extension UnsafeMutablePointer where Pointee == LargeHeader {
    @inline(__always) var object: ObjectPointer {
        (UnsafeMutableRawPointer(self) + LargeHeader.objectOffset).assumingMemoryBound(to: ObjectHeader.self)
    }

    /// Bytes of the whole allocation.
    @inline(__always) var total: Int { pointee.capacity + LargeHeader.objectOffset }
}

/// In memory of its own, for the reason that `RuntimeState` tells.
struct HeapPages {
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    // MARK: Guarded by `mutex`
    /// Pages in order of creation.
    var firstPage: UnsafeMutablePointer<Page>?
    var lastPage: UnsafeMutablePointer<Page>?
    /// Pages of small buffers, newest first.
    var firstBufferPage: UnsafeMutablePointer<Page>?
    /// Pages that were given back; all zero but for the link.
    var freePages: UnsafeMutablePointer<Page>?
    var firstLarge: UnsafeMutablePointer<LargeHeader>?
    var chunkNext: UnsafeMutableRawPointer?
    var chunkEnd: UnsafeMutableRawPointer?
    /// Free lists left by threads that ended, by size class.
    let abandoned: UnsafeMutablePointer<ObjectPointer?>
    let abandonedBuffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    static let chunkSize = 1024 * 1024

    static func create() -> UnsafeMutablePointer<HeapPages> {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        let abandoned = UnsafeMutablePointer<ObjectPointer?>.allocate(capacity: Heap.classCount)
        abandoned.initialize(repeating: nil, count: Heap.classCount)
        let buffers = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: Heap.classCount)
        buffers.initialize(repeating: nil, count: Heap.classCount)
        let pages = UnsafeMutablePointer<HeapPages>.allocate(capacity: 1)
        pages.initialize(to: HeapPages(mutex: mutex, abandoned: abandoned, abandonedBuffers: buffers))
        return pages
    }
}

extension UnsafeMutablePointer where Pointee == HeapPages {
    @inline(__always) private func locked<T>(_ body: () -> T) -> T {
        let mutex = pointee.mutex
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// A page for objects of one size, at the end of the chain. All of its slots are free, and on no list.
    func newPage(slotSize: Int) -> UnsafeMutablePointer<Page>? {
        locked {
            guard let page = takePage() else { return nil }
            page.initialize(to: Page(slotSize: UInt32(slotSize), slotCount: UInt32((Page.size - Page.headerSize) / slotSize), next: nil))
            if let last = pointee.lastPage { last.pointee.next = page } else { pointee.firstPage = page }
            pointee.lastPage = page
            return page
        }
    }

    /// A page for buffers of one size.
    func newBufferPage(slotSize: Int) -> UnsafeMutablePointer<Page>? {
        locked {
            guard let page = takePage() else { return nil }
            let slotCount = (Page.size - Page.headerSize) / slotSize
            page.initialize(to: Page(slotSize: UInt32(slotSize), slotCount: UInt32(slotCount), next: pointee.firstBufferPage))
            pointee.firstBufferPage = page
            return page
        }
    }

    /// The memory of a page, zero: one that was given back, or the next of the chunk. Under the mutex.
    private func takePage() -> UnsafeMutablePointer<Page>? {
        if let page = pointee.freePages {
            pointee.freePages = page.pointee.next
            page.pointee.next = nil
            return page
        }
        if pointee.chunkNext == pointee.chunkEnd {
            // Twice the size, so that an aligned chunk lies in it; the rest goes back.
            let size = HeapPages.chunkSize + Page.size
            guard let raw = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), raw != MAP_FAILED else { return nil }
            let start = (UInt(bitPattern: raw) + UInt(Page.size) - 1) & ~UInt(Page.size - 1)
            let head = Int(start - UInt(bitPattern: raw))
            if head > 0 { munmap(raw, head) }
            let aligned = UnsafeMutableRawPointer(bitPattern: start).unsafelyUnwrapped
            if Page.size - head > 0 { munmap(aligned + HeapPages.chunkSize, Page.size - head) }
            pointee.chunkNext = aligned
            pointee.chunkEnd = aligned + HeapPages.chunkSize
        }
        let page = pointee.chunkNext.unsafelyUnwrapped.assumingMemoryBound(to: Page.self)
        pointee.chunkNext = pointee.chunkNext.unsafelyUnwrapped + Page.size
        return page
    }

    // MARK: Lists of ended threads

    /// As many slots as a page has of what others left of a size class: the rest is for the next thread that comes.
    func takeAbandoned(_ sizeClass: Int) -> ObjectPointer? {
        locked {
            guard let first = pointee.abandoned[sizeClass] else { return nil }
            var last = first
            var count = Page.size / (max(sizeClass, 1) << 4)
            while count > 1, let next = last.nextFree {
                last = next
                count -= 1
            }
            pointee.abandoned[sizeClass] = last.nextFree
            last.nextFree = nil
            return first
        }
    }

    func takeAbandonedBuffers(_ sizeClass: Int) -> UnsafeMutableRawPointer? {
        locked {
            guard let first = pointee.abandonedBuffers[sizeClass] else { return nil }
            var last = first
            var count = Page.size / (max(sizeClass, 1) << 4)
            while count > 1, let next = last.load(as: UnsafeMutableRawPointer?.self) {
                last = next
                count -= 1
            }
            pointee.abandonedBuffers[sizeClass] = last.load(as: UnsafeMutableRawPointer?.self)
            last.storeBytes(of: nil, as: UnsafeMutableRawPointer?.self)
            return first
        }
    }

    /// Leave a list, whose last slot is given, to other threads.
    func abandon(_ sizeClass: Int, from first: ObjectPointer, to last: ObjectPointer) {
        locked {
            last.nextFree = pointee.abandoned[sizeClass]
            pointee.abandoned[sizeClass] = first
        }
    }

    func abandonBuffers(_ sizeClass: Int, from first: UnsafeMutableRawPointer, to last: UnsafeMutableRawPointer) {
        locked {
            last.storeBytes(of: pointee.abandonedBuffers[sizeClass], as: UnsafeMutableRawPointer?.self)
            pointee.abandonedBuffers[sizeClass] = first
        }
    }

    // MARK: Large objects

    func link(_ header: UnsafeMutablePointer<LargeHeader>) {
        locked {
            header.pointee.previous = nil
            header.pointee.next = pointee.firstLarge
            pointee.firstLarge?.pointee.previous = header
            pointee.firstLarge = header
        }
    }

    func unlink(_ header: UnsafeMutablePointer<LargeHeader>) {
        locked {
            if let previous = header.pointee.previous { previous.pointee.next = header.pointee.next } else { pointee.firstLarge = header.pointee.next }
            header.pointee.next?.pointee.previous = header.pointee.previous
        }
    }

    // MARK: Walks

    /// Call `body` for every live object. No other thread runs, and the heap does not change meanwhile.
    func forEachObject(_ body: (ObjectPointer) -> Void) {
        var page = pointee.firstPage
        while let current = page {
            let slotSize = Int(current.pointee.slotSize)
            var address = UnsafeMutableRawPointer(current) + Page.headerSize + MemoryLayout<ObjectPrefix>.size
            for _ in 0..<Int(current.pointee.slotCount) {
                let object = address.assumingMemoryBound(to: ObjectHeader.self)
                if object.pointee.shape != 0 { body(object) }
                address += slotSize
            }
            page = current.pointee.next
        }
        var large = pointee.firstLarge
        while let current = large {
            large = current.pointee.next
            body(current.object)
        }
    }
}

extension gild_thread_ref {
    /// Hand the free lists to the heap, for other threads. By the thread itself, or while no other thread runs.
    func abandonFreeLists() {
        let pages = heap.pointee.pages
        for sizeClass in 0..<Heap.classCount {
            guard let list = s.pointee.freeLists[sizeClass] else { continue }
            s.pointee.freeLists[sizeClass] = nil
            // The walk is to the end of this thread's own list.
            var last = list
            while let next = last.nextFree { last = next }
            pages.abandon(sizeClass, from: list, to: last)
        }
        for sizeClass in 0..<Heap.classCount {
            guard let list = s.pointee.bufferLists[sizeClass] else { continue }
            s.pointee.bufferLists[sizeClass] = nil
            var last = list
            while let next = last.load(as: UnsafeMutableRawPointer?.self) { last = next }
            pages.abandonBuffers(sizeClass, from: list, to: last)
        }
    }

    /// The thread will use the heap no more: others take over its free memory, its figures and its limbo.
    func leaveHeap() {
        abandonFreeLists()
        flushFigures()
        leaveLimbo()
    }
}
