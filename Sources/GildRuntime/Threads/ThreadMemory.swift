// Where the memory lies that a thread's run loop touches with every instruction: state, free lists, frames and registers, in one mapping.
//
// The parts grow upwards from where they start, and are touched as used. They start on different pages and different cache lines, at distances that
// are always the same. When each part was an allocation of its own, the distances depended on where the kernel had put the mappings; with some of
// them (about every second start of the process, one bit of an address decided it) the first-level cache of an AMD EPYC took lines of two parts for
// one another, and all programs ran at half their speed: fib 0.18 s in one process and 0.40 s in the next.

import CGild
import Glibc

enum ThreadMemory {
    /// Registers of a thread: 16 Mi values of address space.
    static let registerCount = 1 << 24
    static let frameCount = 1 << 20

    // Offsets in the mapping. Pages 0, 0x47 and 0x191 (modulo 512): no two parts that are hot at the same depth of calls lie on lines of the same number.
    private static let state = 0xC40
    private static let freeLists = 0x1600
    private static let bufferLists = 0x1800
    private static let attributeCache = 0x2000
    private static let frames = 0x47400
    private static let registers = frameCount * MemoryLayout<Frame>.stride + 0x191000
    private static let bytes = registers + registerCount * MemoryLayout<Value>.stride

    struct Parts {
        let state: UnsafeMutablePointer<ThreadState>
        let freeLists: UnsafeMutablePointer<ObjectPointer?>
        let bufferLists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
        let attributeCache: UnsafeMutablePointer<AttributeCacheEntry>
        let frames: UnsafeMutablePointer<Frame>
        let registers: UnsafeMutablePointer<Value>
    }

    /// Memory for a thread, zeroed. Nil: no address space is left.
    static func map() -> Parts? {
        precondition(state + MemoryLayout<ThreadState>.size <= freeLists && attributeCache + AttributeCache.size * MemoryLayout<AttributeCacheEntry>.stride <= frames)
        guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else { return nil }
        return Parts(
            state: (memory + state).assumingMemoryBound(to: ThreadState.self),
            freeLists: (memory + freeLists).assumingMemoryBound(to: ObjectPointer?.self),
            bufferLists: (memory + bufferLists).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
            attributeCache: (memory + attributeCache).assumingMemoryBound(to: AttributeCacheEntry.self),
            frames: (memory + frames).assumingMemoryBound(to: Frame.self), registers: (memory + registers).assumingMemoryBound(to: Value.self))
    }

    /// Give it back, the state included.
    static func unmap(_ state: UnsafeMutablePointer<ThreadState>) { munmap(UnsafeMutableRawPointer(state) - Self.state, bytes) }
}
