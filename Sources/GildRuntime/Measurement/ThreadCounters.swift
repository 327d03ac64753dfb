/// Sums of what threads counted. The first reference of a new object is an incref.
public struct ThreadCounters: Sendable, Equatable {
    public var instructions: UInt64 = 0
    public var increfs: UInt64 = 0
    public var decrefs: UInt64 = 0
    public var allocations: UInt64 = 0
    public var frees: UInt64 = 0
    public var allocatedBytes: UInt64 = 0
    public var freedBytes: UInt64 = 0

    /// References that were counted and not given back: the sum of the refcounts of the live objects, where all threads
    /// that ever worked on the heap are in the sums.
    public var liveReferences: Int { Int(bitPattern: UInt(truncatingIfNeeded: increfs &- decrefs)) }
    public var liveObjects: Int { Int(bitPattern: UInt(truncatingIfNeeded: allocations &- frees)) }

    static func += (left: inout ThreadCounters, right: ThreadCounters) {
        left.instructions &+= right.instructions
        left.increfs &+= right.increfs
        left.decrefs &+= right.decrefs
        left.allocations &+= right.allocations
        left.frees &+= right.frees
        left.allocatedBytes &+= right.allocatedBytes
        left.freedBytes &+= right.freedBytes
    }
}

extension ThreadCounters {
    init(_ figures: ThreadFigures) {
        self.init(
            instructions: figures.instructions, increfs: figures.increfs, decrefs: figures.decrefs, allocations: figures.allocations,
            frees: figures.frees, allocatedBytes: figures.allocatedBytes, freedBytes: figures.freedBytes)
    }
}
