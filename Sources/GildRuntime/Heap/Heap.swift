// The heap: raw memory for objects, in pages of one size class each.
//
// Algorithm. A thread takes slots from its own free lists, one for each size class (a multiple of 16 bytes, 512 at most), and puts the slots
// of what it frees onto them, without any synchronisation; a slot freed by another thread than the one that allocated it simply changes
// lists. An empty list is refilled with a list that an ended thread has left, or with the slots of a new page (HeapPages.swift). Objects over
// 512 bytes are allocated one by one and linked, so that the heap can be walked.
//
// **A free slot** has the shape 0 and counts of 0: a walk over all pages sees every live object and nothing else. The link of the free list lies in
// front of the header, because without one lock a thread may still hold the address of an object that another one has freed, and try to take a
// reference: it adds one to a count that is not zero, atomically, and then looks whether the object is still where it found the address.
//
//     thread A                          thread B
//     loads the address from a list
//                                       removes the object from the list, frees it
//     count is 0: looks again           (a link in the count's place would be changed into another address)
//                                       allocates the slot anew: shape and flags first, then count 1
//     count is 1: takes a reference     (a count before the shape would lend A an object without one)
//     the list holds another object: gives the reference back
//
// So an object's slot stays a slot of its size as long as a thread that runs may know its address. Pages change their size only while no thread
// runs, and the memory of large objects waits for that, too (Limbo.swift).
//
// Buffers (list storage, dict tables) are in Buffers.swift; what may be allocated at all, in HeapQuota.swift.

import CGild
import Glibc

struct Heap {
    static let classCount = 33
    static let maximumSmall = 32 * 16 - 8

    // MARK: Constants, and what lies in memory of its own
    let pages = HeapPages.create()
    let quota: HeapQuota
    let totals = HeapTotals()
    /// The figures of all threads, under one lock.
    let figures: UnsafeMutablePointer<HeapFigures>
    let limbo = Limbo()

    // MARK: Under the lock, or while no other thread runs
    /// Looking for free pages is of no use while more bytes than this are alive.
    var reclaimBelow = Int.max
    /// Debug builds: freed memory is never used again, so that a use after the end is seen.
    var quarantines = false
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
        heap.initialize(to: Heap(limitBytes: limitBytes, shapes: table.assumingMemoryBound(to: UnsafeMutablePointer<Shape>?.self)))
        return heap
    }

    private init(limitBytes: Int, shapes: UnsafeMutablePointer<UnsafeMutablePointer<Shape>?>) {
        quota = HeapQuota(limitBytes: limitBytes)
        figures = HeapFigures.shared(threshold: gild_load_relaxed_int(collector.thresholds))
        self.shapes = shapes
    }

    /// Call `body` for every live object. No other thread runs, and the heap does not change meanwhile.
    func forEachObject(_ body: (ObjectPointer) -> Void) { pages.forEachObject(body) }
}

extension UnsafeMutablePointer where Pointee == ObjectHeader {
    /// Link of a free list, in the place of a free slot's prefix.
    @inline(__always) var nextFree: ObjectPointer? {
        get { (UnsafeMutableRawPointer(self) - 8).load(as: ObjectPointer?.self) }
        nonmutating set { (UnsafeMutableRawPointer(self) - 8).storeBytes(of: newValue, as: ObjectPointer?.self) }
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
        // The count last: who finds it may read the rest. The second count word of a free slot is 0, or a reader that found the object's predecessor
        // holds the mutex in there for a moment (ObjectLock.swift).
        gild_store_relaxed_32(object.ownerLockFlagsWord, s.pointee.birthWord | UInt32(flags) << 24)
        gild_store_relaxed_32(object.shapeWord, shape)
        let shared = s.pointee.initialSharedCount
        if shared != 0 { gild_store_release_32(object.sharedCountWord, shared) }
        object.prefix.pointee.site = UInt32(truncatingIfNeeded: UInt(bitPattern: s.pointee.frame.pointee.pc))
        gild_store_release_32(object.countWord, _slowPath(s.pointee.ledger != nil) ? firstCount(of: object) : 1)
        measured {
            s.pointee.allocations &+= 1
            s.pointee.allocatedBytes &+= UInt64(truncatingIfNeeded: bytes)
        }
        countLive(grownBy: bytes)
    }

    @inline(never) private func allocateSlowly(bytes: Int, shape: UInt32) -> ObjectPointer? {
        let sizeClass = (bytes + 23) >> 4
        if sizeClass >= Heap.classCount { return allocateLarge(bytes: bytes, shape: shape) }
        if let list = heap.pointee.pages.takeAbandoned(sizeClass) {
            s.pointee.freeLists[sizeClass] = list
        } else {
            // Reclaiming takes this thread's lists apart, but an empty one stays empty.
            guard let page = newPage({ heap.pointee.pages.newPage(slotSize: sizeClass << 4) }) else {
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

    /// A page from the quota and from the system.
    @inline(__always) func newPage(_ take: () -> UnsafeMutablePointer<Page>?) -> UnsafeMutablePointer<Page>? {
        guard reserve(Page.size) else { return nil }
        if let page = take() { return page }
        heap.pointee.quota.release(Page.size)
        return nil
    }

    private func allocateLarge(bytes: Int, shape: UInt32) -> ObjectPointer? {
        let total = LargeHeader.total(bytes)
        guard reserve(total) else {
            raiseMemoryError()
            return nil
        }
        guard let header = LargeHeader.allocate(total) else {
            heap.pointee.quota.release(total)
            raiseMemoryError()
            return nil
        }
        return makeLarge(header, shape: shape)
    }

    /// The object of an allocation of its own, whose bytes are reserved.
    func makeLarge(_ header: UnsafeMutablePointer<LargeHeader>, shape: UInt32) -> ObjectPointer {
        let object = header.object
        object.initialize(to: ObjectHeader(count: 0, sharedCount: 0, owner: 0, lock: 0, flags: 0, shape: 0))
        initialize(object, shape: shape, bytes: header.total, flags: ObjectFlags.large)
        heap.pointee.pages.link(header)
        return object
    }

    /// Bytes from the quota. Before it refuses, wholly free pages are given back: at once under one lock, else at the stop that is asked for here
    /// (Limbo.swift). False: MemoryError is to be raised.
    func reserve(_ bytes: Int) -> Bool {
        let quota = heap.pointee.quota
        let isGranted = quota.reserve(bytes, ignoringLimit: s.pointee.ignoresHeapLimit)
        if s.pointee.isFreeThreaded {
            let limbo = heap.pointee.limbo
            if isGranted ? quota.reservedBytes > limbo.threshold(of: quota) : quota.reservedBytes &- liveBytes >= min(bytes, Page.size) { limbo.requestStop() }
            askForStopIfWanted()
            return isGranted
        }
        return isGranted || reserveByReclaiming(bytes)
    }

    /// Give an object's memory back. What it held must have been released.
    @inline(__always) func free(_ object: ObjectPointer) {
        measured { s.pointee.frees &+= 1 }
        if object.flags & ObjectFlags.large != 0 {
            freeLarge(object)
            return
        }
        // The counts are 0 already.
        let size = Int(object.page.pointee.slotSize)
        gild_store_relaxed_32(object.shapeWord, 0)
        measured { s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: size) }
        countLive(shrunkBy: size)
        #if DEBUG
            memset(UnsafeMutableRawPointer(object) + 16, 0xDD, size - 24)
            if heap.pointee.quarantines { return }
        #endif
        object.nextFree = s.pointee.freeLists[size >> 4]
        s.pointee.freeLists[size >> 4] = object
    }

    @inline(never) private func freeLarge(_ object: ObjectPointer) {
        let header = object.largeHeader
        let total = header.total
        heap.pointee.pages.unlink(header)
        s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: total)
        countLive(shrunkBy: total)
        if header.pointee.keeping == .wanted {
            heap.pointee.quota.release(total)
            header.pointee.keeping = .kept
            return
        }
        if s.pointee.isFreeThreaded {
            gild_store_relaxed_32(object.shapeWord, 0)
            retire(UnsafeMutableRawPointer(header), bytes: total)
            return
        }
        heap.pointee.quota.release(total)
        Glibc.free(header)
    }
}
