// What must be true of the heap whenever no operation is in progress.
//
//   slots     a slot of an object page is alive (a shape that exists, a count above 0) or on exactly one free list;
//             free lists hold nothing else, and each only slots of its size, with counts of 0
//   counts    the references found by walking all objects never exceed an object's count (registers, frames and native
//             code hold the rest), and every reference found points to a live object
//   bytes     the sizes of all objects and of their buffers add up to the books
//
// Checked at the end of every run of a debug build, and by tests. The heap does not change.

import CGild

extension gild_thread_ref {
    /// The first invariants that do not hold, at most ten, described; empty when the heap is sound. Under the GIL.
    func checkInvariants() -> [String] {
        var violations: [String] = []
        func complain(_ text: @autoclosure () -> String) { if violations.count < 10 { violations.append(text()) } }
        let heap = self.heap

        // Pages and their slots.
        var pages: Set<UnsafeMutablePointer<Page>> = []
        var freeSlots = 0
        var page = heap.pointee.pages.pointee.firstPage
        while let current = page {
            pages.insert(current)
            var slot = UnsafeMutableRawPointer(current) + Page.headerSize + MemoryLayout<ObjectPrefix>.size
            for _ in 0..<Int(current.pointee.slotCount) {
                if slot.assumingMemoryBound(to: ObjectHeader.self).pointee.shape == 0 { freeSlots += 1 }
                slot += Int(current.pointee.slotSize)
            }
            page = current.pointee.next
        }
        var large: Set<ObjectPointer> = []
        heap.pointee.forEachObject { if $0.pointee.flags & ObjectFlags.large != 0 { large.insert($0) } }

        // Live objects, one by one. Where counts are wrong on purpose, an object may be alive without a reference, and what was freed too early is what
        // it was no longer.
        let isRacy = scheme == .unsynchronized
        var quarantined = 0
        var bytes = 0
        heap.pointee.forEachObject { object in
            object.prefix.pointee.collectorCount = 0
            let number = Int(object.pointee.shape)
            guard number < heap.pointee.typeTables.pointee.shapeCount, let shape = heap.pointee.shapes[number] else {
                complain("an object has shape \(number), which does not exist")
                return
            }
            if shape.pointee.kind == .quarantined { quarantined += 1 }
            if references(of: object) == 0 && !isRacy && !object.isSpread { complain("an object of kind \(shape.pointee.kind) is alive with count 0") }
            // What is immortal left the books as if it had been freed.
            if !object.isImmortal {
                bytes += object.pointee.flags & ObjectFlags.large != 0 ? object.largeHeader.total : object.allocatedCapacity + 8
            }
            bytes += bufferBytes(object, shape)
        }
        if !violations.isEmpty { return violations }
        settleFigures()
        let unbooked = heap.pointee.totals.bytesBeforeBooks
        if bytes != liveBytes + unbooked && quarantined == 0 { complain("live objects take \(bytes - unbooked) bytes; the books say \(liveBytes)") }

        // References from object to object.
        heap.pointee.forEachObject { object in
            let kind = shape(object).pointee.kind
            traverse(object) { value in
                guard value.isPointer else { return }
                let target = value.object
                let owner = Heap.page(of: UnsafeMutableRawPointer(target))
                let offset = UInt(bitPattern: target) & UInt(Page.size - 1)
                let inPage = pages.contains(owner) && offset >= UInt(Page.headerSize + 8) && (offset - UInt(Page.headerSize + 8)) % UInt(owner.pointee.slotSize) == 0
                if !inPage && !large.contains(target) {
                    complain("an object of kind \(kind) refers to what is no object")
                } else if target.pointee.shape == 0 {
                    complain("an object of kind \(kind) refers to a freed object")
                } else {
                    target.prefix.pointee.collectorCount += 1
                }
            }
        }
        heap.pointee.forEachObject { object in
            let found = object.prefix.pointee.collectorCount
            if !object.isImmortal && found > references(of: object) {
                complain("an object of kind \(shape(object).pointee.kind) has count \(references(of: object)), but \(found) references lead to it")
            }
            object.prefix.pointee.collectorCount = 0
        }

        // Free lists.
        var seen = 0
        func walk(_ lists: UnsafeMutablePointer<ObjectPointer?>) {
            for sizeClass in 0..<Heap.classCount {
                var slot = lists[sizeClass]
                while let current = slot {
                    seen += 1
                    if seen > freeSlots { return complain("the free lists hold more slots than are free") }
                    let owner = Heap.page(of: UnsafeMutableRawPointer(current))
                    if !pages.contains(owner) { return complain("a free list leads out of the pages") }
                    if Int(owner.pointee.slotSize) != sizeClass << 4 { return complain("a free list of size \(sizeClass << 4) holds a slot of size \(owner.pointee.slotSize)") }
                    if current.pointee.shape != 0 { return complain("a live object is on a free list") }
                    if current.pointee.count != 0 || current.pointee.sharedCount != 0 { return complain("a free slot has counts of \(current.pointee.count) and \(current.pointee.sharedCount)") }
                    slot = current.nextFree
                }
            }
        }
        walk(heap.pointee.pages.pointee.abandoned)
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            walk(state.pointee.freeLists)
            thread = state.pointee.next
        }
        if violations.isEmpty && seen != freeSlots && !heap.pointee.quarantines { complain("\(freeSlots) slots are free; the free lists hold \(seen)") }
        return violations
    }

    /// Bytes of the buffers that belong to an object, as the books count them.
    private func bufferBytes(_ object: ObjectPointer, _ shape: UnsafeMutablePointer<Shape>) -> Int {
        switch shape.pointee.kind {
        case .list:
            return object.cast(ListObject.self).pointee.capacity * 8
        case .dict:
            let dict = object.cast(DictObject.self)
            return dict.pointee.entries == nil ? 0 : DictTable.bytes(dict.pointee.mask + 1)
        case .set, .frozenSet:
            let set = object.cast(SetObject.self)
            return set.pointee.table == set.smallTable ? 0 : (set.pointee.mask + 1) * MemoryLayout<SetEntry>.stride
        case .instance:
            let instance = object.cast(InstanceObject.self)
            if shape.pointee.isDictionary || instance.pointee.overflow == nil { return 0 }
            return overflowBytes(shape.pointee.slotCount, Int(instance.pointee.inlineCapacity))
        case .function:
            let function = object.cast(FunctionObject.self)
            return function.pointee.closure == nil ? 0 : function.pointee.code.pointee.freeCount * 8
        default:
            return 0
        }
    }
}
