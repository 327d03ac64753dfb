// The heap: raw memory for objects, in pages of one size class each.
//
// Algorithm. Memory comes from the system in chunks of 1 MiB, cut into 64 KiB pages; a page belongs to one size class (a
// multiple of 16 bytes, 512 at most) and its slots are handed to the allocating thread as a free list. A thread takes
// from and gives to its own lists without any synchronisation; a slot freed by another thread than the one that
// allocated it simply changes lists. When a thread ends, its lists go back to the heap and are taken up by the next
// refill. Objects over 512 bytes are allocated one by one and linked, so that the heap can be walked.
// A free slot has shape 0: a walk over all pages sees every live object and nothing else.
//
// Buffers (list storage, dict tables) of up to 512 bytes come from pages and free lists of their own, which no walk visits;
// larger ones from malloc.
//
// Quota: pages, large objects and buffers (list storage, dict tables) are counted before they are allocated; over the
// limit the allocation fails and the caller raises MemoryError. Nothing is asked of malloc that the quota has not
// granted.

import CGild
import Glibc

struct Page {
    var slotSize: UInt32
    var slotCount: UInt32
    var next: UnsafeMutablePointer<Page>?
    /// Scratch of `reclaimFreePages`.
    var freeSlots: UInt32 = 0

    static let size = 64 * 1024
    static let headerSize = 64
}

/// Before the `ObjectPrefix` of an object with ObjectFlags.large.
struct LargeHeader {
    var previous: UnsafeMutablePointer<LargeHeader>?
    var next: UnsafeMutablePointer<LargeHeader>?
    /// Bytes available from the object's header on.
    var capacity: Int
    var padding: Int = 0
    static let size = 32
    static let objectOffset = 40  // + ObjectPrefix
}

struct Heap {
    static let classCount = 33
    static let maximumSmall = 32 * 16 - 8
    static let chunkSize = 1024 * 1024

    /// Pages in order of creation. Guarded by the GIL, as all that follows.
    var firstPage: UnsafeMutablePointer<Page>?
    var lastPage: UnsafeMutablePointer<Page>?
    /// Pages of small buffers, newest first.
    var firstBufferPage: UnsafeMutablePointer<Page>?
    /// Pages that were given back; all zero but for the link.
    var freePages: UnsafeMutablePointer<Page>?
    var firstLarge: UnsafeMutablePointer<LargeHeader>?
    var chunkNext: UnsafeMutableRawPointer?
    var chunkEnd: UnsafeMutableRawPointer?
    /// Free lists left by threads that ended.
    var abandoned: UnsafeMutablePointer<ObjectPointer?>
    var abandonedBuffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    var limitBytes: Int
    /// Bytes held from the system: pages, large objects, buffers.
    var reservedBytes = 0
    /// Bytes of live objects (slot sizes) and their buffers.
    var liveBytes = 0
    var peakBytes = 0
    /// Bytes of what the bootstrap and the runtime's own modules made, which are in no books.
    var bytesBeforeBooks = 0
    /// Looking for free pages is of no use while more bytes than this are alive.
    var reclaimBelow = Int.max
    /// Debug builds: freed memory is never used again, so that a use after the end is seen.
    var quarantines = false

    // Collector
    /// Container allocations minus deallocations since the last collection.
    var youngContainers = 0
    var collector = CollectorState()

    // Types
    let shapes: UnsafeMutablePointer<UnsafeMutablePointer<Shape>?>
    let typeTables: UnsafeMutablePointer<TypeTables> = {
        let tables = UnsafeMutablePointer<TypeTables>.allocate(capacity: 1)
        tables.initialize(to: TypeTables())
        return tables
    }()
    let typesMutex = LeafMutex()
    let internTable = InternTable()
    var nextSerial: UInt32 = 0
    /// A class with `__del__` was made: the collector must look for finalisers.
    var hasFinalizers = false
    /// Shape of property objects.
    var propertyShape: UInt32 = 0
    var types = BuiltinTypes()
    var names = WellKnownNames()
    /// The one empty tuple, immortal; made with the heap.
    var emptyTuple: Value = .undefined

    static let shapeCapacity = 1 << 20

    static func create(limitBytes: Int) -> UnsafeMutablePointer<Heap> {
        let heap = UnsafeMutablePointer<Heap>.allocate(capacity: 1)
        let bytes = shapeCapacity * MemoryLayout<UnsafeMutablePointer<Shape>?>.stride
        let table = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let table, table != MAP_FAILED else { fatalError("gild: cannot reserve address space for the shape table") }
        let abandoned = UnsafeMutablePointer<ObjectPointer?>.allocate(capacity: classCount)
        abandoned.initialize(repeating: nil, count: classCount)
        heap.initialize(
            to: Heap(abandoned: abandoned, limitBytes: limitBytes, shapes: table.assumingMemoryBound(to: UnsafeMutablePointer<Shape>?.self)))
        return heap
    }

    private init(abandoned: UnsafeMutablePointer<ObjectPointer?>, limitBytes: Int, shapes: UnsafeMutablePointer<UnsafeMutablePointer<Shape>?>) {
        self.abandoned = abandoned
        abandonedBuffers = .allocate(capacity: Heap.classCount)
        abandonedBuffers.initialize(repeating: nil, count: Heap.classCount)
        self.limitBytes = limitBytes
        self.shapes = shapes
    }

    /// Ask the quota for bytes. False: over the limit.
    @inline(__always) mutating func reserve(_ bytes: Int, ignoringLimit: Bool) -> Bool {
        if bytes > limitBytes - reservedBytes && !ignoringLimit { return false }
        reservedBytes += bytes
        return true
    }

    /// A page from the current chunk, or from a new one. Its memory is zero.
    mutating func newPage(slotSize: Int) -> UnsafeMutablePointer<Page>? {
        guard let page = takePage() else { return nil }
        page.initialize(to: Page(slotSize: UInt32(slotSize), slotCount: UInt32((Page.size - Page.headerSize) / slotSize), next: nil))
        if let last = lastPage { last.pointee.next = page } else { firstPage = page }
        lastPage = page
        return page
    }

    /// The memory of a page, zero.
    mutating func takePage() -> UnsafeMutablePointer<Page>? {
        if let page = freePages {
            freePages = page.pointee.next
            page.pointee.next = nil
            return page
        }
        if chunkNext == chunkEnd {
            // Twice the size, so that an aligned chunk lies in it; the rest goes back.
            let size = Heap.chunkSize + Page.size
            guard let raw = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), raw != MAP_FAILED else { return nil }
            let start = (UInt(bitPattern: raw) + UInt(Page.size) - 1) & ~UInt(Page.size - 1)
            let head = Int(start - UInt(bitPattern: raw))
            if head > 0 { munmap(raw, head) }
            let aligned = UnsafeMutableRawPointer(bitPattern: start).unsafelyUnwrapped
            if Page.size - head > 0 { munmap(aligned + Heap.chunkSize, Page.size - head) }
            chunkNext = aligned
            chunkEnd = aligned + Heap.chunkSize
        }
        let page = chunkNext.unsafelyUnwrapped.assumingMemoryBound(to: Page.self)
        chunkNext = chunkNext.unsafelyUnwrapped + Page.size
        return page
    }

    /// Call `body` for every live object. The heap must not change meanwhile.
    func forEachObject(_ body: (ObjectPointer) -> Void) {
        var page = firstPage
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
        var large = firstLarge
        while let current = large {
            large = current.pointee.next
            body((UnsafeMutableRawPointer(current) + LargeHeader.objectOffset).assumingMemoryBound(to: ObjectHeader.self))
        }
    }
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    /// Link of a free list, in the first word of a free slot.
    @inline(__always) var nextFree: ObjectPointer? {
        get { UnsafeMutableRawPointer(self).load(as: ObjectPointer?.self) }
        nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: ObjectPointer?.self) }
    }

    @inline(__always) var page: UnsafeMutablePointer<Page> {
        UnsafeMutablePointer<Page>(bitPattern: UInt(bitPattern: self) & ~UInt(Page.size - 1)).unsafelyUnwrapped
    }

    @inline(__always) var largeHeader: UnsafeMutablePointer<LargeHeader> {
        (UnsafeMutableRawPointer(self) - LargeHeader.objectOffset).assumingMemoryBound(to: LargeHeader.self)
    }

    /// Bytes that the object may use from its header on.
    @inline(__always) var allocatedCapacity: Int {
        pointee.flags & ObjectFlags.large != 0 ? largeHeader.pointee.capacity : Int(page.pointee.slotSize) - 8
    }
}

// MARK: - Allocation

extension gild_thread_ref {
    /// A new object of `bytes` bytes (its header included) with one reference, or nil with MemoryError raised.
    /// Only the header is initialised.
    @inline(__always) func allocate(bytes: Int, shape: UInt32) -> ObjectPointer? {
        let sizeClass = (bytes &+ 23) >> 4
        if sizeClass < Heap.classCount, let object = s.pointee.freeLists[sizeClass] {
            s.pointee.freeLists[sizeClass] = object.nextFree
            initialize(object, shape: shape, bytes: sizeClass << 4, flags: 0)
            return object
        }
        return allocateSlowly(bytes: bytes, shape: shape)
    }

    @inline(__always) func allocate(bytes: Int, shape: BuiltinShape) -> ObjectPointer? {
        allocate(bytes: bytes, shape: shape.rawValue)
    }

    @inline(__always) private func initialize(_ object: ObjectPointer, shape: UInt32, bytes: Int, flags: UInt8) {
        object.initialize(to: ObjectHeader(count: 1, sharedCount: 0, owner: s.pointee.owner, lock: 0, flags: flags, shape: shape))
        object.prefix.pointee.site = UInt32(truncatingIfNeeded: UInt(bitPattern: s.pointee.frame.pointee.pc))
        measured {
            s.pointee.allocations &+= 1
            s.pointee.allocatedBytes &+= UInt64(truncatingIfNeeded: bytes)
        }
        let live = heap.pointee.liveBytes &+ bytes
        heap.pointee.liveBytes = live
        measured { if live > heap.pointee.peakBytes { heap.pointee.peakBytes = live } }
        if _slowPath(s.pointee.ledger != nil) { noteAllocation(object) }
    }

    @inline(never) private func allocateSlowly(bytes: Int, shape: UInt32) -> ObjectPointer? {
        let sizeClass = (bytes + 23) >> 4
        if sizeClass >= Heap.classCount { return allocateLarge(bytes: bytes, shape: shape) }
        if let list = heap.pointee.abandoned[sizeClass] {
            heap.pointee.abandoned[sizeClass] = nil
            s.pointee.freeLists[sizeClass] = list
        } else {
            if !heap.pointee.reserve(Page.size, ignoringLimit: s.pointee.ignoresHeapLimit) && !reserveByReclaiming(Page.size) {
                raiseMemoryError()
                return nil
            }
            // Reclaiming took this thread's lists apart, but an empty one stays empty.
            guard let page = heap.pointee.newPage(slotSize: sizeClass << 4) else {
                raiseMemoryError()
                return nil
            }
            let slotSize = sizeClass << 4
            let first = UnsafeMutableRawPointer(page) + Page.headerSize + MemoryLayout<ObjectPrefix>.size
            // Linked from the last to the first, so that addresses ascend.
            var next: ObjectPointer?
            for i in stride(from: Int(page.pointee.slotCount) - 1, through: 0, by: -1) {
                let slot = (first + i * slotSize).assumingMemoryBound(to: ObjectHeader.self)
                slot.nextFree = next
                next = slot
            }
            s.pointee.freeLists[sizeClass] = next
        }
        let object = s.pointee.freeLists[sizeClass].unsafelyUnwrapped
        s.pointee.freeLists[sizeClass] = object.nextFree
        initialize(object, shape: shape, bytes: sizeClass << 4, flags: 0)
        return object
    }

    private func allocateLarge(bytes: Int, shape: UInt32) -> ObjectPointer? {
        let total = (LargeHeader.objectOffset + bytes + 15) & ~15
        guard heap.pointee.reserve(total, ignoringLimit: s.pointee.ignoresHeapLimit) || reserveByReclaiming(total) else {
            raiseMemoryError()
            return nil
        }
        guard let raw = malloc(total) else {
            heap.pointee.reservedBytes -= total
            raiseMemoryError()
            return nil
        }
        let header = raw.assumingMemoryBound(to: LargeHeader.self)
        header.initialize(to: LargeHeader(previous: nil, next: heap.pointee.firstLarge, capacity: total - LargeHeader.objectOffset))
        heap.pointee.firstLarge?.pointee.previous = header
        heap.pointee.firstLarge = header
        let object = (raw + LargeHeader.objectOffset).assumingMemoryBound(to: ObjectHeader.self)
        initialize(object, shape: shape, bytes: total, flags: ObjectFlags.large)
        return object
    }

    /// Give an object's memory back. What it held must have been released.
    @inline(__always) func free(_ object: ObjectPointer) {
        measured { s.pointee.frees &+= 1 }
        if object.pointee.flags & ObjectFlags.large != 0 {
            freeLarge(object)
            return
        }
        let size = Int(object.page.pointee.slotSize)
        object.pointee.shape = 0
        #if DEBUG
            memset(UnsafeMutableRawPointer(object) + 16, 0xDD, size - 24)
            if heap.pointee.quarantines {
                object.pointee.count = 0
                s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: size)
                heap.pointee.liveBytes &-= size
                return
            }
        #endif
        object.nextFree = s.pointee.freeLists[size >> 4]
        s.pointee.freeLists[size >> 4] = object
        measured { s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: size) }
        heap.pointee.liveBytes &-= size
    }

    @inline(never) private func freeLarge(_ object: ObjectPointer) {
        let header = object.largeHeader
        let total = header.pointee.capacity + LargeHeader.objectOffset
        if let previous = header.pointee.previous { previous.pointee.next = header.pointee.next } else { heap.pointee.firstLarge = header.pointee.next }
        header.pointee.next?.pointee.previous = header.pointee.previous
        s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: total)
        heap.pointee.liveBytes &-= total
        heap.pointee.reservedBytes -= total
        Glibc.free(header)
    }

    // MARK: Buffers

    /// Uninitialised memory that belongs to an object (list storage, dict table), or nil with MemoryError raised.
    func allocateBuffer(bytes: Int) -> UnsafeMutableRawPointer? {
        let sizeClass = (bytes &+ 15) >> 4
        if sizeClass < Heap.classCount {
            guard let buffer = takeSmallBuffer(sizeClass) else { return nil }
            countBuffer(grownBy: bytes)
            return buffer
        }
        guard heap.pointee.reserve(bytes, ignoringLimit: s.pointee.ignoresHeapLimit) || reserveByReclaiming(bytes) else {
            raiseMemoryError()
            return nil
        }
        guard let raw = malloc(bytes) else {
            heap.pointee.reservedBytes -= bytes
            raiseMemoryError()
            return nil
        }
        countBuffer(grownBy: bytes)
        return raw
    }

    /// As realloc; on failure nil with MemoryError raised, and the old buffer stays.
    func reallocateBuffer(_ buffer: UnsafeMutableRawPointer?, from oldBytes: Int, to bytes: Int) -> UnsafeMutableRawPointer? {
        guard let buffer else { return allocateBuffer(bytes: bytes) }
        let oldClass = (oldBytes &+ 15) >> 4
        let newClass = (bytes &+ 15) >> 4
        if oldClass < Heap.classCount || newClass < Heap.classCount {
            if oldClass == newClass {
                if bytes >= oldBytes { countBuffer(grownBy: bytes - oldBytes) } else { countBuffer(shrunkBy: oldBytes - bytes) }
                return buffer
            }
            guard let moved = allocateBuffer(bytes: bytes) else { return nil }
            moved.copyMemory(from: buffer, byteCount: min(oldBytes, bytes))
            freeBuffer(buffer, bytes: oldBytes)
            return moved
        }
        if bytes > oldBytes {
            let more = bytes - oldBytes
            guard heap.pointee.reserve(more, ignoringLimit: s.pointee.ignoresHeapLimit) || reserveByReclaiming(more) else {
                raiseMemoryError()
                return nil
            }
        }
        guard let raw = realloc(buffer, bytes) else {
            if bytes > oldBytes { heap.pointee.reservedBytes -= bytes - oldBytes }
            raiseMemoryError()
            return nil
        }
        if bytes < oldBytes { heap.pointee.reservedBytes -= oldBytes - bytes }
        if bytes >= oldBytes { countBuffer(grownBy: bytes - oldBytes) } else { countBuffer(shrunkBy: oldBytes - bytes) }
        return raw
    }

    func freeBuffer(_ buffer: UnsafeMutableRawPointer, bytes: Int) {
        let sizeClass = (bytes &+ 15) >> 4
        #if DEBUG
            memset(buffer, 0xDD, bytes)
        #endif
        if sizeClass < Heap.classCount {
            #if DEBUG
                if heap.pointee.quarantines {
                    countBuffer(shrunkBy: bytes)
                    return
                }
            #endif
            buffer.storeBytes(of: s.pointee.bufferLists[sizeClass], as: UnsafeMutableRawPointer?.self)
            s.pointee.bufferLists[sizeClass] = buffer
            countBuffer(shrunkBy: bytes)
            return
        }
        heap.pointee.reservedBytes -= bytes
        countBuffer(shrunkBy: bytes)
        Glibc.free(buffer)
    }

    @inline(__always) private func takeSmallBuffer(_ sizeClass: Int) -> UnsafeMutableRawPointer? {
        if let buffer = s.pointee.bufferLists[sizeClass] {
            s.pointee.bufferLists[sizeClass] = buffer.load(as: UnsafeMutableRawPointer?.self)
            return buffer
        }
        return refillBuffers(sizeClass)
    }

    @inline(never) private func refillBuffers(_ sizeClass: Int) -> UnsafeMutableRawPointer? {
        var list = heap.pointee.abandonedBuffers[sizeClass]
        if list != nil {
            heap.pointee.abandonedBuffers[sizeClass] = nil
        } else {
            guard heap.pointee.reserve(Page.size, ignoringLimit: s.pointee.ignoresHeapLimit) || reserveByReclaiming(Page.size),
                let page = heap.pointee.takePage()
            else {
                raiseMemoryError()
                return nil
            }
            // Class 0 (no bytes) takes the smallest slot.
            let slotSize = max(sizeClass, 1) << 4
            let slotCount = (Page.size - Page.headerSize) / slotSize
            page.initialize(to: Page(slotSize: UInt32(slotSize), slotCount: UInt32(slotCount), next: heap.pointee.firstBufferPage))
            heap.pointee.firstBufferPage = page
            for i in stride(from: slotCount - 1, through: 0, by: -1) {
                let slot = UnsafeMutableRawPointer(page) + Page.headerSize + i * slotSize
                slot.storeBytes(of: list, as: UnsafeMutableRawPointer?.self)
                list = slot
            }
        }
        let buffer = list.unsafelyUnwrapped
        s.pointee.bufferLists[sizeClass] = buffer.load(as: UnsafeMutableRawPointer?.self)
        return buffer
    }

    @inline(__always) private func countBuffer(grownBy bytes: Int) {
        measured { s.pointee.allocatedBytes &+= UInt64(truncatingIfNeeded: bytes) }
        heap.pointee.liveBytes &+= bytes
        if heap.pointee.liveBytes > heap.pointee.peakBytes { heap.pointee.peakBytes = heap.pointee.liveBytes }
    }

    @inline(__always) private func countBuffer(shrunkBy bytes: Int) {
        measured { s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: bytes) }
        heap.pointee.liveBytes &-= bytes
    }
}
