// Questions about the threads and the heap of a runtime. Each is one job of the control thread: nothing moves meanwhile, no
// code of a script runs, and no count of the heap changes.

import CGild
import GildScript

/// What one thread does.
public struct ThreadActivity: Sendable {
    public enum State: String, Sendable {
        case holding, waiting, blocked
        /// Between two of them: starting, or ending.
        case outside
    }
    public var number: UInt32
    public var name: String
    public var workload: String
    public var state: State
    /// How long it has been in this state, in nanoseconds.
    public var sinceNanoseconds: UInt64
    /// What a blocked thread waits in: sleep, join, lock, write, read; nil: unknown.
    public var blockedIn: String?
    /// `file:line` of the innermost frame, and its function; nil where no code runs. For a thread that held the lock when the
    /// question was asked, where it gave it up for the answer.
    public var place: String?
    public var function: String?
}

/// By what `heapGroups` puts objects together.
public enum HeapGrouping: String, Sendable, CaseIterable {
    case type, refcount, site
}

/// Objects that have something in common.
public struct HeapGroup: Sendable {
    public var key: String
    public var count: Int
    /// Sum of their refcounts.
    public var references: Int
    /// Objects with their buffers.
    public var bytes: Int
    /// One of them: the one with the highest refcount.
    public var exampleAddress: UInt64
}

/// An object as another one's referrer or referent.
public struct ObjectSummary: Sendable {
    public var address: UInt64
    public var type: String
    public var site: String
    public var representation: String
}

/// Everything that is known about one object.
public struct ObjectDescription: Sendable {
    public var address: UInt64
    public var type: String
    /// Nil: immortal.
    public var refcount: Int?
    public var bytes: Int
    public var site: String
    /// Workload whose thread allocated it; empty: the runtime's, or that of a run that has ended.
    public var workload: String
    /// The cycle collector looks at it.
    public var isTracked: Bool
    /// Short, made without running any code of a script.
    public var representation: String
    public var referrers: [ObjectSummary]
    public var referrersTruncated: Bool
    public var referents: [ObjectSummary]
}

/// Objects that runs which have ended left behind.
public struct HeapLeak: Sendable {
    public var workload: String
    public var run: UInt64
    public var type: String
    public var count: Int
    public var references: Int
    public var bytes: Int
    public var site: String
    /// Reachable from `gild.shared`, so perhaps left on purpose.
    public var isShared: Bool
}

/// What one collection did.
public struct CollectionResult: Sendable {
    public var collectedObjects: Int
    public var nanoseconds: UInt64
    public var liveObjects: Int
}

extension RuntimeHost {
    // MARK: Threads

    /// What every thread does now.
    public func threads(timeoutNanoseconds: UInt64) throws(HostError) -> [ThreadActivity] {
        let now = gild_monotonic_ns()
        // Before the control thread takes the lock: afterwards nobody else would hold it.
        let activities = runtime.pointee.lock.activities()
        let places = try ask(timeoutNanoseconds: timeoutNanoseconds) { thread -> [UInt32: (String, String?, String?)] in
            var result: [UInt32: (String, String?, String?)] = [:]
            var current = thread.s.pointee.runtime.pointee.threads.first
            while let state = current {
                let frame = state.pointee.frame
                var place: String?
                var function: String?
                if frame > state.pointee.frameBase {
                    place = thread.siteText(UInt32(truncatingIfNeeded: UInt(bitPattern: frame.pointee.pc)))
                    function = thread.string(frame.pointee.code.pointee.qualifiedName)
                }
                result[state.pointee.lockThread.pointee.number] = (state.pointee.run.pointee.workload, place, function)
                current = state.pointee.next
            }
            return result
        }
        return activities.compactMap { activity in
            guard activity.number != 1, let (workload, place, function) = places[activity.number] else { return nil }
            let state: ThreadActivity.State =
                switch activity.state {
                case .holding: .holding
                case .waiting: .waiting
                case .blocked: .blocked
                case .outside: .outside
                }
            return ThreadActivity(
                number: activity.number, name: activity.name, workload: workload, state: state,
                sinceNanoseconds: activity.since == 0 || activity.since > now ? 0 : now - activity.since,
                blockedIn: activity.state == .blocked && activity.blockedIn != .other ? "\(activity.blockedIn)" : nil, place: place, function: function)
        }
    }

    // MARK: The heap

    /// The live objects in groups, those with most bytes (for `.refcount`: with the highest count) first.
    public func heapGroups(by grouping: HeapGrouping, limit: Int, timeoutNanoseconds: UInt64) throws(HostError) -> [HeapGroup] {
        try ask(timeoutNanoseconds: timeoutNanoseconds) { $0.heapGroups(by: grouping, limit: limit) }
    }

    /// One object. Throws `.noSuchObject`.
    public func inspect(address: UInt64, timeoutNanoseconds: UInt64) throws(HostError) -> ObjectDescription {
        let found = try ask(timeoutNanoseconds: timeoutNanoseconds) { $0.describe(address: address) }
        guard let found else {
            throw HostError(.noSuchObject, "no object lives at 0x\(String(address, radix: 16)) in runtime '\(name)'", address: address)
        }
        return found
    }

    /// What runs that have ended left behind and is still alive.
    public func leaks(timeoutNanoseconds: UInt64) throws(HostError) -> [HeapLeak] {
        try ask(timeoutNanoseconds: timeoutNanoseconds) { $0.leftBehind() }
    }

    /// Collect cycles.
    public func collect(timeoutNanoseconds: UInt64) throws(HostError) -> CollectionResult {
        try ask(timeoutNanoseconds: timeoutNanoseconds) { thread in
            let start = gild_monotonic_ns()
            let collected = thread.collectGarbage()
            thread.clearException()
            let end = gild_monotonic_ns()
            var live = 0
            thread.heap.pointee.forEachObject { if !$0.isImmortal { live += 1 } }
            return CollectionResult(collectedObjects: collected, nanoseconds: end - start, liveObjects: live)
        }
    }
}

extension gild_thread_ref {
    func typeText(_ object: ObjectPointer) -> String {
        let shape = shape(object)
        if object.pointee.shape == BuiltinShape.namespace.rawValue { return "namespace" }
        return shape.pointee.kind == .type ? "type" : string(shape.pointee.type.pointee.name)
    }

    fileprivate func heapGroups(by grouping: HeapGrouping, limit: Int) -> [HeapGroup] {
        struct Sum {
            var count = 0
            var references = 0
            var bytes = 0
            var example: UInt64 = 0
            var exampleCount: UInt32 = 0
        }
        var sums: [UInt64: Sum] = [:]
        heap.pointee.forEachObject { object in
            if object.isImmortal { return }
            let key: UInt64 =
                switch grouping {
                case .type: UInt64(object.pointee.shape)
                case .refcount: UInt64(references(of: object))
                case .site: UInt64(object.prefix.pointee.site)
                }
            var sum = sums[key] ?? Sum()
            sum.count += 1
            sum.references += Int(references(of: object))
            sum.bytes += object.allocatedCapacity + 8
            if references(of: object) > sum.exampleCount {
                sum.exampleCount = references(of: object)
                sum.example = UInt64(UInt(bitPattern: object))
            }
            sums[key] = sum
        }
        var named: [String: Sum] = [:]
        for (key, sum) in sums {
            let text: String =
                switch grouping {
                case .type: typeText(UnsafeMutablePointer(bitPattern: UInt(sum.example)).unsafelyUnwrapped)
                case .refcount: String(key)
                case .site: siteText(UInt32(key))
                }
            var old = named[text] ?? Sum()
            old.count += sum.count
            old.references += sum.references
            old.bytes += sum.bytes
            if sum.exampleCount > old.exampleCount {
                old.exampleCount = sum.exampleCount
                old.example = sum.example
            }
            named[text] = old
        }
        let groups = named.map {
            HeapGroup(key: $0.key, count: $0.value.count, references: $0.value.references, bytes: $0.value.bytes, exampleAddress: $0.value.example)
        }
        let sorted = grouping == .refcount
            ? groups.sorted { (Int($0.key) ?? 0) > (Int($1.key) ?? 0) } : groups.sorted { ($1.bytes, $0.key) < ($0.bytes, $1.key) }
        return Array(sorted.prefix(limit))
    }

    // MARK: One object

    fileprivate func describe(address: UInt64) -> ObjectDescription? {
        // Any number may be asked for: only what the walk meets is an object.
        var found: ObjectPointer?
        heap.pointee.forEachObject { if UInt64(UInt(bitPattern: $0)) == address { found = $0 } }
        guard let object = found else { return nil }
        let limit = 100
        var referrers: [ObjectSummary] = []
        var isTruncated = false
        let value = Value(object)
        heap.pointee.forEachObject { other in
            if other == object { return }
            var refers = false
            traverse(other) { if $0 == value { refers = true } }
            guard refers else { return }
            if referrers.count < limit { referrers.append(summary(other)) } else { isTruncated = true }
        }
        var referents: [ObjectSummary] = []
        traverse(object) { if $0.isPointer && referents.count < limit { referents.append(summary($0.object)) } }
        var workload = ""
        var run = s.pointee.runtime.pointee.runs
        while let current = run {
            if current.pointee.number == runNumber(of: object) { workload = current.pointee.workload }
            run = current.pointee.next
        }
        return ObjectDescription(
            address: address, type: typeText(object), refcount: object.isImmortal ? nil : Int(references(of: object)), bytes: object.allocatedCapacity + 8,
            site: siteText(object.prefix.pointee.site), workload: workload, isTracked: shape(object).pointee.isContainer,
            representation: shortText(object), referrers: referrers, referrersTruncated: isTruncated, referents: referents)
    }

    private func summary(_ object: ObjectPointer) -> ObjectSummary {
        ObjectSummary(
            address: UInt64(UInt(bitPattern: object)), type: typeText(object), site: object.isImmortal ? "runtime" : siteText(object.prefix.pointee.site),
            representation: shortText(object))
    }

    /// What an object is, without its `__repr__`.
    private func shortText(_ object: ObjectPointer) -> String {
        let value = Value(object)
        let shape = shape(object)
        switch shape.pointee.kind {
        case .str:
            let text = string(value)
            let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
            return "'" + short.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
        case .bytes: return "bytes of \(object.cast(StringObject.self).pointee.count)"
        case .bigInt: return "int of \(object.allocatedCapacity) bytes"
        case .float: return "\(float(value))"
        case .list: return "list of \(object.cast(ListObject.self).pointee.count)"
        case .tuple: return "tuple of \(object.cast(TupleObject.self).pointee.count)"
        case .dict: return "dict of \(object.cast(DictObject.self).pointee.used)"
        case .set, .frozenSet: return "\(typeText(object)) of \(object.cast(SetObject.self).pointee.used)"
        case .function: return "function \(string(object.cast(FunctionObject.self).pointee.qualifiedName))"
        case .type: return "class \(string(object.cast(TypeObject.self).pointee.name))"
        case .module: return "module \(string(object.cast(ModuleObject.self).pointee.name))"
        case .namespace: return "globals of \(string(object.cast(NamespaceObject.self).pointee.moduleName))"
        default: return "\(typeText(object)) object"
        }
    }

    // MARK: Left behind

    fileprivate func leftBehind() -> [HeapLeak] {
        let runtime = s.pointee.runtime
        var running: Set<UInt64> = [0]
        var run = runtime.pointee.runs
        while let current = run {
            running.insert(current.pointee.number)
            run = current.pointee.next
        }
        let shared = reachableFromShared()
        struct Key: Hashable {
            var run: UInt64
            var shape: UInt32
            var site: UInt32
            var isShared: Bool
        }
        var sums: [Key: (count: Int, references: Int, bytes: Int, example: ObjectPointer)] = [:]
        heap.pointee.forEachObject { object in
            let run = runNumber(of: object)
            if object.isImmortal || running.contains(run) { return }
            let key = Key(run: run, shape: object.pointee.shape, site: object.prefix.pointee.site, isShared: shared.contains(object))
            let old = sums[key] ?? (0, 0, 0, object)
            sums[key] = (old.count + 1, old.references + Int(references(of: object)), old.bytes + object.allocatedCapacity + 8, object)
        }
        return sums.map { key, sum in
            return HeapLeak(
                workload: runtime.pointee.shelves.pointee.endedWorkloads[key.run] ?? "", run: key.run, type: typeText(sum.example), count: sum.count, references: sum.references,
                bytes: sum.bytes, site: siteText(key.site), isShared: key.isShared)
        }.sorted { ($1.bytes, $0.site, $0.type) < ($0.bytes, $1.site, $1.type) }
    }

    /// What `gild.shared` leads to, the dict itself included.
    func reachableFromShared() -> Set<ObjectPointer> {
        let root = s.pointee.runtime.pointee.shared
        guard root.isPointer else { return [] }
        var seen: Set<ObjectPointer> = [root.object]
        var pending = [root.object]
        while let object = pending.popLast() {
            traverse(object) { if $0.isPointer && seen.insert($0.object).inserted { pending.append($0.object) } }
        }
        return seen
    }
}
