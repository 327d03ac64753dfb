// Buffers: the storage of lists, the tables of dicts and sets, the slots of instances that have many.
//
// Those of up to 512 bytes come from pages and free lists of their own, which no walk visits; larger ones from malloc.
//
// Without one lock another thread may still read a buffer that its object has just replaced or given up. The caller of `freeBuffer` and
// `reallocateBuffer` knows whether that can be: then (`mayBeRead`) the buffer goes to limbo as it is (Limbo.swift), and is never moved in place. The link of
// a free list would otherwise be read as a value. Under one lock nobody reads meanwhile, and everything is done at once.

import CGild
import Glibc

extension gild_thread_ref {
    /// Uninitialised memory that belongs to an object (list storage, dict table), or nil with MemoryError raised.
    func allocateBuffer(bytes: Int) -> UnsafeMutableRawPointer? {
        let sizeClass = (bytes &+ 15) >> 4
        if sizeClass < Heap.classCount {
            guard let buffer = takeSmallBuffer(sizeClass) else { return nil }
            countBuffer(grownBy: bytes)
            return buffer
        }
        guard reserve(bytes) else {
            raiseMemoryError()
            return nil
        }
        guard let raw = malloc(bytes) else {
            heap.pointee.quota.release(bytes)
            raiseMemoryError()
            return nil
        }
        countBuffer(grownBy: bytes)
        return raw
    }

    /// As realloc; on failure nil with MemoryError raised, and the old buffer stays. With `mayBeRead` the new buffer is another one, which the
    /// caller publishes; the old one keeps its content for those who still read it.
    func reallocateBuffer(_ buffer: UnsafeMutableRawPointer?, from oldBytes: Int, to bytes: Int, mayBeRead: Bool = false) -> UnsafeMutableRawPointer? {
        guard let buffer else { return allocateBuffer(bytes: bytes) }
        if mayBeRead && s.pointee.isFreeThreaded {
            guard let moved = allocateBuffer(bytes: bytes) else { return nil }
            moved.copyMemory(from: buffer, byteCount: min(oldBytes, bytes))
            freeBuffer(buffer, bytes: oldBytes, mayBeRead: true)
            return moved
        }
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
            guard reserve(more) else {
                raiseMemoryError()
                return nil
            }
        }
        guard let raw = realloc(buffer, bytes) else {
            if bytes > oldBytes { heap.pointee.quota.release(bytes - oldBytes) }
            raiseMemoryError()
            return nil
        }
        if bytes < oldBytes { heap.pointee.quota.release(oldBytes - bytes) }
        if bytes >= oldBytes { countBuffer(grownBy: bytes - oldBytes) } else { countBuffer(shrunkBy: oldBytes - bytes) }
        return raw
    }

    /// Give a buffer back; with `mayBeRead` once nobody can read it any more.
    func freeBuffer(_ buffer: UnsafeMutableRawPointer, bytes: Int, mayBeRead: Bool = false) {
        countBuffer(shrunkBy: bytes)
        if mayBeRead && s.pointee.isFreeThreaded {
            retireBuffer(buffer, bytes: bytes)
        } else {
            recycleBuffer(buffer, bytes: bytes)
        }
    }

    /// A buffer that nobody can read becomes free memory.
    func recycleBuffer(_ buffer: UnsafeMutableRawPointer, bytes: Int) {
        let sizeClass = (bytes &+ 15) >> 4
        #if DEBUG
            memset(buffer, 0xDD, bytes)
        #endif
        if sizeClass < Heap.classCount {
            #if DEBUG
                if heap.pointee.quarantines { return }
            #endif
            buffer.storeBytes(of: s.pointee.bufferLists[sizeClass], as: UnsafeMutableRawPointer?.self)
            s.pointee.bufferLists[sizeClass] = buffer
            return
        }
        heap.pointee.quota.release(bytes)
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
        var list = heap.pointee.pages.takeAbandonedBuffers(sizeClass)
        if list == nil {
            // Class 0 (no bytes) takes the smallest slot.
            let slotSize = max(sizeClass, 1) << 4
            guard let page = newPage({ heap.pointee.pages.newBufferPage(slotSize: slotSize) }) else {
                raiseMemoryError()
                return nil
            }
            let slotCount = Int(page.pointee.slotCount)
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
        countLive(grownBy: bytes)
    }

    @inline(__always) private func countBuffer(shrunkBy bytes: Int) {
        measured { s.pointee.freedBytes &+= UInt64(truncatingIfNeeded: bytes) }
        countLive(shrunkBy: bytes)
    }
}
