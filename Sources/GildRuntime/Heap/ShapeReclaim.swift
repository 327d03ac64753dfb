// Giving shape numbers back in a runtime that outlives its runs.
//
// A class that is freed takes its shapes with it: no instance is left that could have one. But inline caches and the
// threads' attribute caches may still name them, and a cache trusts the number: under a new shape of the same number it
// would read a slot that is not there. So the numbers of dead shapes are collected first, and when there are many, one pass
// at the end of a run, with all other threads stopped and no deallocation going on, takes them out of every cache; then they are free.
//
// In a process with one run the numbers are simply used up: the process ends before the table does.

import CGild
import GildScript

extension gild_thread_ref {
    /// Dead shapes that make a pass worth its while.
    private static var reclaimThreshold: Int { 256 }

    /// A type is being freed: its own shape, and those of its instances, are dead.
    func noteDeadShapes(_ type: UnsafeMutablePointer<TypeObject>) {
        withTypes { noteDeadShapes(type, in: heap.pointee.typeTables) }
    }

    private func noteDeadShapes(_ type: UnsafeMutablePointer<TypeObject>, in tables: UnsafeMutablePointer<TypeTables>) {
        tables.pointee.deadShapes.append(type.pointee.header.shape)
        if type.pointee.dictionaryShape != 0 { tables.pointee.deadShapes.append(type.pointee.dictionaryShape) }
        var pending = [type.pointee.rootShape]
        while let number = pending.popLast() {
            guard number != 0, let shape = s.pointee.shapes[Int(number)] else { continue }
            tables.pointee.deadShapes.append(number)
            for i in 0..<shape.transitions.count {
                pending.append(UInt32(shape.transitions.value(at: i).int))
            }
        }
    }

    /// Make the numbers of dead shapes free, if there are many.
    func reclaimShapes() {
        let isDue = withTypes { heap.pointee.typeTables.pointee.deadShapes.count >= gild_thread_ref.reclaimThreshold }
        if isDue { exclusively { reclaimShapes(heap.pointee.typeTables) } }
    }

    private func reclaimShapes(_ tables: UnsafeMutablePointer<TypeTables>) {
        var isDead = [Bool](repeating: false, count: tables.pointee.shapeCount)
        for number in tables.pointee.deadShapes where number >= BuiltinShape.firstDynamic { isDead[Int(number)] = true }
        for image in s.pointee.runtime.pointee.code.pointee.images { emptyCaches(of: image, naming: isDead) }
        var thread = s.pointee.runtime.pointee.threads.first
        while let state = thread {
            for i in 0..<AttributeCache.size { state.pointee.attributeCache[i] = AttributeCacheEntry(name: .undefined, cache: 0) }
            thread = state.pointee.next
        }
        s.pointee.ledger?.pointee.forgetShapes()
        for (number, dead) in isDead.enumerated() where dead {
            guard let shape = s.pointee.shapes[number] else { continue }
            shape.slotsByName.destroy()
            shape.transitions.destroy()
            shape.deinitialize(count: 1)
            shape.deallocate()
            s.pointee.shapes[number] = nil
            tables.pointee.freeShapes.append(UInt32(number))
        }
        tables.pointee.deadShapes = []
    }

    private func emptyCaches(of image: UnsafeMutablePointer<CodeImage>, naming isDead: [Bool]) {
        var at = 0
        while at < image.pointee.wordCount {
            guard let opcode = Opcode(rawValue: UInt8(truncatingIfNeeded: image.pointee.words[at])) else { return }
            switch opcode {
            case .getAttr, .setAttr, .callMethod, .loadMethod:
                let cache = image.pointee.words + at + 1
                let number = Int(UInt32(truncatingIfNeeded: gild_load_relaxed_64(cache)))
                if number < isDead.count && isDead[number] { gild_store_relaxed_64(cache, 0) }
            default: break
            }
            at += 1 + opcode.info.extraWords
        }
    }
}
