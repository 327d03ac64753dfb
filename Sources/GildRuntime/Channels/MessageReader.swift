// Reading a message into a heap (the format: Message.swift).
//
// Four passes over flat arrays, without recursion:
//
//   make     an object for every node: leaves are complete, containers empty but large enough
//   connect  the items of lists and tuples
//   fill     dicts and sets in the order of the list: hashes of keys and elements need their content
//   hand on  the root's reference goes to the caller; those by which the table of nodes held the others are given back
//
// Everything is made, counted and released as if a script had made it; of a block (LargeBlocks.swift) the object is made where it lies. When the heap has no
// room, what was made so far is released, and the message can be read again. For that the containers let go of what they hold before they are released: then no
// cycle keeps a block.

import CGild

struct MessageReader {
    private let thread: Thread
    private let message: Message
    private let words: UnsafeMutablePointer<UInt64>
    /// A reference to the object of every node made so far.
    private let nodes: UnsafeMutablePointer<Value>
    private let nodeCount: Int
    private var made = 0

    /// A copy of the message's value: new reference, or undefined with MemoryError (or RecursionError from the hash of a key)
    /// raised. The lock is held.
    static func value(_ thread: Thread, _ message: Message) -> Value {
        var reader = MessageReader(thread, message)
        defer { reader.nodes.deallocate() }
        var result = Value.undefined
        if reader.make() && reader.connect() && reader.fill() {
            result = thread.newReference(reader.value(message.words[0]))
            for i in 0..<reader.made { thread.decref(reader.nodes[i]) }
        } else {
            reader.unmake()
        }
        return result
    }

    private init(_ thread: Thread, _ message: Message) {
        self.thread = thread
        self.message = message
        words = message.words
        nodeCount = Int(words[1])
        nodes = .allocate(capacity: nodeCount)
    }

    private func value(_ slot: UInt64) -> Value { slot & 7 == 0 ? nodes[Int(slot >> 3)] : Value(bits: slot) }

    /// One node's record.
    private struct Record {
        let kind: MessageKind
        let flags: UInt64
        let count: Int
        /// Of the content.
        let start: Int
        let end: Int

        init(_ words: UnsafeMutablePointer<UInt64>, at place: Int) {
            let header = words[place]
            kind = MessageKind(rawValue: header & 0xFF).unsafelyUnwrapped
            flags = header >> 8 & 0xFF
            count = Int(header >> 16)
            start = place + 1
            switch kind {
            case .str: end = start + (count * (flags & MessageKind.wide != 0 ? 4 : 1) + 7) / 8
            case .bytes: end = start + (count + 7) / 8
            case .dict: end = start + 2 * count
            case .channel, .block: end = start
            case .bigInt, .float, .list, .tuple, .set, .frozenSet: end = start + count
            }
        }
    }

    // MARK: Passes. False: raised.

    private mutating func make() -> Bool {
        var place = 3
        while made < nodeCount {
            let record = Record(words, at: place)
            let object = object(record)
            if object.isUndefined { return false }
            nodes[made] = object
            made += 1
            place = record.end
        }
        return true
    }

    /// New reference.
    private func object(_ record: Record) -> Value {
        let content = UnsafeMutableRawPointer(words + record.start)
        switch record.kind {
        case .str:
            if record.flags & MessageKind.wide == 0 {
                return thread.makeString(latin1: UnsafeBufferPointer(start: content.assumingMemoryBound(to: UInt8.self), count: record.count))
            }
            return thread.makeString(codePoints: UnsafeBufferPointer(start: content.assumingMemoryBound(to: UInt32.self), count: record.count))
        case .bytes:
            return thread.makeBytes(UnsafeBufferPointer(start: content.assumingMemoryBound(to: UInt8.self), count: record.count))
        case .bigInt:
            guard let object = thread.allocate(bytes: MemoryLayout<BigIntObject>.size + record.count * 8, shape: .bigInt) else { return .undefined }
            let integer = object.cast(BigIntObject.self)
            integer.pointee.isNegative = record.flags & MessageKind.negative != 0
            integer.pointee.count = record.count
            UnsafeMutableRawPointer(integer.words).copyMemory(from: content, byteCount: record.count * 8)
            return Value(object)
        case .float: return thread.makeFloat(Double(bitPattern: words[record.start]))
        case .list: return thread.makeList(capacity: record.count).map { Value(pointer: $0) } ?? .undefined
        case .tuple: return thread.allocateTuple(record.count).map { Value(pointer: $0) } ?? .undefined
        case .dict: return thread.makeDict(entries: record.count).map { Value(pointer: $0) } ?? .undefined
        case .set: return thread.makeSet().map { Value(pointer: $0) } ?? .undefined
        case .frozenSet: return thread.makeSet(frozen: true).map { Value(pointer: $0) } ?? .undefined
        case .channel:
            let channel = message.channels[record.count]
            ChannelRegistry.shared.hold(channel)
            return thread.makeChannelHandle(channel)
        case .block:
            let object = thread.adopt(message.blocks[record.count].unsafelyUnwrapped)
            if !object.isUndefined { message.blocks[record.count] = nil }
            return object
        }
    }

    private func connect() -> Bool {
        var place = 3
        for node in 0..<nodeCount {
            let record = Record(words, at: place)
            place = record.end
            if record.count == 0 { continue }
            if record.kind == .list {
                let list = nodes[node].cast(ListObject.self)
                let items = list.pointee.items.unsafelyUnwrapped
                for i in 0..<record.count { items[i] = thread.newReference(value(words[record.start + i])) }
                list.pointee.count = record.count
            } else if record.kind == .tuple {
                let items = nodes[node].cast(TupleObject.self).items
                for i in 0..<record.count { items[i] = thread.newReference(value(words[record.start + i])) }
            }
        }
        return true
    }

    private func fill() -> Bool {
        let listCount = Int(words[2])
        if listCount == 0 { return true }
        // The list names nodes by number; their records lie one behind the other.
        let places = UnsafeMutablePointer<Int>.allocate(capacity: nodeCount)
        defer { places.deallocate() }
        var place = 3
        for node in 0..<nodeCount {
            places[node] = place
            place = Record(words, at: place).end
        }
        for i in 0..<listCount {
            let node = Int(words[place + i])
            let record = Record(words, at: places[node])
            let isFilled = record.kind == .dict ? fill(nodes[node].cast(DictObject.self), record) : fill(nodes[node].cast(SetObject.self), record)
            if !isFilled { return false }
        }
        return true
    }

    // MARK: Failure

    /// Release everything; blocks are the message's again.
    private func unmake() {
        var blocks: [(node: Int, index: Int)] = []
        var place = 3
        for node in 0..<made {
            let record = Record(words, at: place)
            place = record.end
            switch record.kind {
            case .list: thread.listClear(nodes[node].cast(ListObject.self), isDead: true)
            case .tuple: for i in 0..<record.count { thread.clearOwn(nodes[node].cast(TupleObject.self).items + i) }
            case .dict: dictClear(thread, nodes[node].cast(DictObject.self), isDead: true)
            case .set, .frozenSet: setClear(thread, nodes[node].cast(SetObject.self))
            case .block: blocks.append((node, record.count))
            case .str, .bytes, .bigInt, .float, .channel: break
            }
        }
        for (node, index) in blocks { message.blocks[index] = thread.release(nodes + node, keeping: [nodes[node].object])[0] }
        for node in 0..<made { thread.decref(nodes[node]) }
    }

    private func fill(_ dict: DictPointer, _ record: Record) -> Bool {
        for i in 0..<record.count where !dictSet(thread, dict, value(words[record.start + 2 * i]), value(words[record.start + 2 * i + 1])) { return false }
        return true
    }

    private func fill(_ set: SetPointer, _ record: Record) -> Bool {
        for i in 0..<record.count where setAdd(thread, set, value(words[record.start + i])) < 0 { return false }
        return true
    }
}
