// Blocks: the memory of large bytes objects while no heap has it.
//
// A large object (Heap.swift) lies alone in a piece of memory from malloc, which any thread may free. So the piece can go from one heap to another:
// it leaves the first when the object dies there, and becomes an object of the second. Neither heap's books notice: one counts a deallocation, the other an
// allocation, each with the header words, counts and limits of its own regime.
//
//     heap A        keeping = wanted; the last reference goes; freeLarge unlinks, counts, gives the bytes back to
//                   the quota, and instead of giving the memory to malloc says keeping = kept
//     no heap       a block. Its objects' words are stale; length and content are valid
//     heap B        reserve its bytes (or MemoryError, and it stays a block); new header words, count 1; link
//
// **The last reference.** That an object is unique is not decided here and then believed: the reference is released as any other, by the counts of the regime and with
// what a ledger writes, and what has died then is ours. What has not died has another holder.
//
// Under one lock nobody can have freed it since, and it can be copied still. Where threads run at the same time somebody can, and there is another reason for care:
// a thread that has loaded the object's address from a list may still be about to try its count (Places.swift), even when the list does not hold
// it any more; that is why memory of large objects goes through limbo. Such a thread is attached. So there an object is only
// released in this way when it is unique and, at a moment after that, no other thread of the runtime is attached: whoever attaches later finds its address nowhere,
// because the one reference is in a register of ours.

import CGild
import Glibc

struct LargeBlock: @unchecked Sendable {
    /// Bytes from which on a block costs less than to copy the content into a message and out of it (decision 0020). All such objects are large.
    static let minimumCount = 8 * 1024

    fileprivate let header: UnsafeMutablePointer<LargeHeader>

    fileprivate init(_ header: UnsafeMutablePointer<LargeHeader>) { self.header = header }

    /// A block with the content of a bytes object. Nil: no memory.
    init?(copying bytes: UnsafeMutablePointer<StringObject>) {
        let size = MemoryLayout<StringObject>.size + bytes.pointee.count
        guard let header = LargeHeader.allocate(LargeHeader.total(size)) else { return nil }
        self.header = header
        let copy = header.object.cast(StringObject.self)
        copy.pointee.count = bytes.pointee.count
        copy.bytes.update(from: bytes.bytes, count: bytes.pointee.count)
    }

    /// Give the memory back to the system.
    func free() { Glibc.free(header) }
}

extension gild_thread_ref {
    /// Whether `release(_:keeping:)` of this value, of which the caller has one reference, will find what dies with it, and may keep it.
    func canKeepContent(of value: Value) -> Bool {
        guard value.isPointer, isUniquelyReferenced(value.object) else { return false }
        if !s.pointee.isFreeThreaded { return true }
        return isBytes(value) && s.pointee.runtime.pointee.lock.isOnlyAttached(s.pointee.lockThread)
    }

    /// Release the reference in a place that only this thread sees. Those of `objects`, large bytes objects, that die with it become blocks; nil for those that live on.
    /// Needs `canKeepContent`.
    func release(_ place: UnsafeMutablePointer<Value>, keeping objects: [ObjectPointer]) -> [LargeBlock?] {
        for object in objects { object.largeHeader.pointee.keeping = .wanted }
        clearOwn(place)
        return objects.map { object in
            let header = object.largeHeader
            let isOurs = header.pointee.keeping == .kept
            precondition(isOurs || !s.pointee.isFreeThreaded, "another thread had a reference to an object that was unique")
            header.pointee.keeping = .no
            return isOurs ? LargeBlock(header) : nil
        }
    }

    /// The block becomes an object: a new reference; or undefined with MemoryError raised, and it stays a block.
    func adopt(_ block: LargeBlock) -> Value {
        guard reserve(block.header.total) else {
            raiseMemoryError()
            return .undefined
        }
        let bytes = block.header.object
        bytes.prefix.pointee.collectorCount = 0
        bytes.cast(StringObject.self).pointee.hash = 0
        return Value(makeLarge(block.header, shape: BuiltinShape.bytes.rawValue))
    }
}
