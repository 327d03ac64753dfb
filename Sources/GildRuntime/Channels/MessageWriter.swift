// Writing a value into a message (the format: Message.swift).
//
// The value is walked depth first with an explicit path of the containers from the root to where the walk is; there is no
// recursion, so a list nested a million deep takes heap memory and no stack.
//
//   slot       an immediate is its own slot. An object that has a number is that number. A new one gets the next number and
//              its record: leaves are written at once; a container reserves its slots and goes to the end of the path.
//   walk       the innermost container gives its next child a slot; one without further children leaves the path. When a dict
//              or set leaves, its number goes to the list of those to be filled: what it contains has left before it. (What a
//              hash depends on cannot contain the container that needs the hash, so that order always exists.)
//
// Reserving before filling is what makes the cycle [x] → x work: the second visit finds a number. Nothing runs in between: the
// writer's thread holds the lock and calls no code of the script, so the containers stay as they are.
//
// Where threads run at the same time, they do not. There a container that changes is copied when it is met, with the container
// locked, and the walk goes on over the copy. Its references are kept until the message is written: an address that has a number stands for
// one object. So a message is one moment of each container, not of all of them together.
//
// **Bytes** from 8 KiB on are no copy in the words but a block of their own, which the receiver's heap adopts (Heap/LargeBlocks.swift). Where the object's own memory
// may become that block, this is decided last, when nothing can be refused any more: the argument is released, and those large bytes
// objects that died with it, at whatever depth, are the blocks. The others have another holder, and are copied; as are all of them, at once,
// when the argument is not the only reference to its value.
//
// Only values whose type is exactly one of the builtin ones are written. An instance of a class would need that class in the
// other runtime, where another script may have defined another one of the same name.

import CGild
import Glibc

struct MessageWriter {
    enum Failure: Error {
        /// Of this type, at this path from the root.
        case unsendable(typeName: String, path: String)
        case tooLarge
        case noMemory
    }

    /// A container on the path.
    private struct Step {
        let object: ObjectPointer
        let number: UInt64
        /// Where the first slot lies, where the next one goes, and behind the last one.
        let start: Int
        var next: Int
        let end: Int
        /// Position in the table of a dict or set.
        var position = 0
        /// Where the copy of the items begins in `held`; nil: they are read from the container.
        var copy: Int?
        /// A dict's value whose key has been written; else undefined.
        var pendingValue = Value.undefined
        /// Slots written, the one that is being written included.
        var done: Int { next - start }
    }

    private let thread: Thread
    private let wordLimit: Int
    private var words: UnsafeMutablePointer<UInt64>
    private var count = 3
    private var capacity = 32
    private var numbers: NumberTable
    private var path: [Step] = []
    private var fillOrder: [UInt64] = []
    /// Dicts and sets met so far: what `fillOrder` will hold.
    private var fillCount = 0
    private var channels: [Channel] = []
    /// The argument may be released, so that the message gets what dies with it.
    private let isReleasable: Bool
    /// What the channel's limit counts for the content of large bytes objects.
    private var blockWords = 0
    /// Copies of them; or, with `isReleasable`, nothing, and the objects.
    private var blocks: [LargeBlock?] = []
    private var largeBytes: [ObjectPointer] = []
    /// Items of containers that other threads may change; counted references.
    private var held: [Value] = []

    /// A message with a copy of the value of an argument. The argument is the caller's register, and may have been released and be undefined afterwards.
    /// The lock is held.
    static func message(_ thread: Thread, _ argument: UnsafeMutablePointer<Value>, byteLimit: Int) throws(Failure) -> Message {
        guard var writer = MessageWriter(thread, byteLimit: byteLimit, isReleasable: thread.canKeepContent(of: argument.pointee)) else { throw .noMemory }
        defer {
            writer.numbers.destroy()
            writer.held.forEach(thread.decref)
        }
        do throws(Failure) {
            try writer.write(argument.pointee)
        } catch {
            writer.free()
            throw error
        }
        for channel in writer.channels { ChannelRegistry.shared.hold(channel) }
        guard let message = Message(words: writer.words, count: writer.count, channels: writer.channels, blockWords: writer.blockWords) else {
            writer.free()
            for channel in writer.channels { ChannelRegistry.shared.release(channel) }
            throw .noMemory
        }
        message.blocks = writer.largeBytes.isEmpty ? writer.blocks : try writer.blocks(releasing: argument)
        return message
    }

    /// Give back what no message takes over.
    private func free() {
        Glibc.free(words)
        for block in blocks { block?.free() }
    }

    private init?(_ thread: Thread, byteLimit: Int, isReleasable: Bool) {
        guard let numbers = NumberTable() else { return nil }
        guard let memory = malloc(capacity * MemoryLayout<UInt64>.size) else {
            numbers.destroy()
            return nil
        }
        self.numbers = numbers
        self.thread = thread
        self.isReleasable = isReleasable
        wordLimit = (byteLimit - Message.overheadBytes) / MemoryLayout<UInt64>.size
        words = memory.assumingMemoryBound(to: UInt64.self)
    }

    private mutating func write(_ root: Value) throws(Failure) {
        // `slot` may move `words`: its result is stored afterwards.
        let rootSlot = try slot(root)
        words[0] = rootSlot
        while let innermost = path.indices.last {
            if path[innermost].next == path[innermost].end {
                let step = path.removeLast()
                let shape = step.object.pointee.shape
                if shape != BuiltinShape.list.rawValue && shape != BuiltinShape.tuple.rawValue { fillOrder.append(step.number) }
                continue
            }
            let child = nextChild(innermost)
            let place = path[innermost].next
            path[innermost].next += 1
            let written = try slot(child)
            words[place] = written
        }
        words[1] = UInt64(numbers.count)
        words[2] = UInt64(fillOrder.count)
        fillCount = 0
        let list = try reserve(fillOrder.count)
        for (i, number) in fillOrder.enumerated() { words[list + i] = number }
    }

    private mutating func nextChild(_ index: Int) -> Value {
        let object = path[index].object
        let done = path[index].done
        if let copy = path[index].copy { return held[copy + done] }
        switch BuiltinShape(rawValue: object.pointee.shape) {
        case .list:
            return object.cast(ListObject.self).pointee.items.unsafelyUnwrapped[done]
        case .tuple:
            return object.cast(TupleObject.self).items[done]
        case .dict:
            let pending = path[index].pendingValue
            if !pending.isUndefined {
                path[index].pendingValue = .undefined
                return pending
            }
            guard let entry = dictNext(object.cast(DictObject.self), &path[index].position) else { return .undefined }
            path[index].pendingValue = entry.value
            return entry.key
        default:
            return setNext(object.cast(SetObject.self), &path[index].position)?.key ?? .undefined
        }
    }

    // MARK: Nodes

    private mutating func slot(_ value: Value) throws(Failure) -> UInt64 {
        guard value.isPointer else {
            if value.isInt || value.isImmediateFloat || value.isNone || value.isBool { return value.bits }
            throw unsendable(value)
        }
        let object = value.object
        if let known = numbers.number(of: object) { return known << 3 }
        let number = UInt64(numbers.count)
        switch BuiltinShape(rawValue: object.pointee.shape) {
        case .str:
            let string = object.cast(StringObject.self)
            let length = string.pointee.count * (string.isWide ? 4 : 1)
            let flags = (string.isWide ? MessageKind.wide : 0) | (string.isASCII ? MessageKind.ascii : 0)
            let place = try leaf(.str, count: string.pointee.count, flags: flags, words: (length + 7) / 8)
            memcpy(words + place, string.bytes, length)
        case .bytes:
            let bytes = object.cast(StringObject.self)
            if bytes.pointee.count >= LargeBlock.minimumCount {
                try block(bytes)
                break
            }
            let place = try leaf(.bytes, count: bytes.pointee.count, words: (bytes.pointee.count + 7) / 8)
            memcpy(words + place, bytes.bytes, bytes.pointee.count)
        case .bigInt:
            let integer = object.cast(BigIntObject.self)
            let flags = integer.pointee.isNegative ? MessageKind.negative : 0
            let place = try leaf(.bigInt, count: integer.pointee.count, flags: flags, words: integer.pointee.count)
            memcpy(words + place, integer.words, integer.pointee.count * 8)
        case .float:
            let place = try leaf(.float, count: 1, words: 1)
            words[place] = object.cast(FloatObject.self).pointee.value.bitPattern
        case .list: try container(.list, object, number, count: object.cast(ListObject.self).pointee.count, slotsEach: 1)
        case .tuple: try container(.tuple, object, number, count: object.cast(TupleObject.self).pointee.count, slotsEach: 1)
        case .dict: try container(.dict, object, number, count: object.cast(DictObject.self).pointee.used, slotsEach: 2)
        case .set: try container(.set, object, number, count: object.cast(SetObject.self).pointee.used, slotsEach: 1)
        case .frozenSet: try container(.frozenSet, object, number, count: object.cast(SetObject.self).pointee.used, slotsEach: 1)
        default:
            guard let channel = thread.channel(of: value) else { throw unsendable(value) }
            _ = try leaf(.channel, count: channels.count, words: 0)
            channels.append(channel)
        }
        if !numbers.add(object) { throw .noMemory }
        return number << 3
    }

    private mutating func leaf(_ kind: MessageKind, count: Int, flags: UInt64 = 0, words wordCount: Int) throws(Failure) -> Int {
        let place = try reserve(1 + wordCount)
        words[place] = kind.header(count: count, flags: flags)
        return place + 1
    }

    private mutating func block(_ bytes: UnsafeMutablePointer<StringObject>) throws(Failure) {
        let content = (bytes.pointee.count + 7) / 8
        if content > wordLimit - count - fillCount - blockWords { throw .tooLarge }
        blockWords += content
        let index = blocks.count
        if isReleasable {
            blocks.append(nil)
            largeBytes.append(bytes.asObject)
        } else {
            guard let copy = LargeBlock(copying: bytes) else { throw .noMemory }
            blocks.append(copy)
        }
        _ = try leaf(.block, count: index, words: 0)
    }

    /// Release the argument: a block for each of `largeBytes`.
    private func blocks(releasing argument: UnsafeMutablePointer<Value>) throws(Failure) -> [LargeBlock?] {
        var blocks = thread.release(argument, keeping: largeBytes)
        for (i, object) in largeBytes.enumerated() where blocks[i] == nil {
            guard let copy = LargeBlock(copying: object.cast(StringObject.self)) else {
                for block in blocks { block?.free() }
                throw .noMemory
            }
            blocks[i] = copy
        }
        return blocks
    }

    private mutating func container(
        _ kind: MessageKind, _ object: ObjectPointer, _ number: UInt64, count known: @autoclosure () -> Int, slotsEach: Int
    ) throws(Failure) {
        if kind != .list && kind != .tuple { fillCount += 1 }
        var count = 0
        var copy: Int?
        if thread.s.pointee.isFreeThreaded && kind != .tuple {
            copy = held.count
            count = copyItems(kind, object) / slotsEach
        } else {
            count = known()
        }
        let start = try leaf(kind, count: count, words: count * slotsEach)
        path.append(Step(object: object, number: number, start: start, next: start, end: start + count * slotsEach, copy: copy))
    }

    /// Put new references to what a container holds now into `held`: items; a dict's keys, each with its value behind it. How many they are.
    private mutating func copyItems(_ kind: MessageKind, _ object: ObjectPointer) -> Int {
        var items: [Value] = []
        thread.guarded(object) {
            switch kind {
            case .list:
                let list = object.cast(ListObject.self)
                for i in 0..<list.pointee.count { items.append(thread.newReference(list.pointee.items.unsafelyUnwrapped[i])) }
            case .dict:
                var position = 0
                while let entry = dictNext(object.cast(DictObject.self), &position) {
                    items.append(thread.newReference(entry.key))
                    items.append(thread.newReference(entry.value))
                }
            default:
                var position = 0
                while let entry = setNext(object.cast(SetObject.self), &position) { items.append(thread.newReference(entry.key)) }
            }
        }
        held += items
        return items.count
    }

    /// Room for `more` words; where it begins.
    private mutating func reserve(_ more: Int) throws(Failure) -> Int {
        let place = count
        if more > wordLimit - count - fillCount - blockWords { throw .tooLarge }
        if more > capacity - count {
            let wanted = max(count + more, capacity * 2)
            guard let memory = realloc(words, wanted * MemoryLayout<UInt64>.size) else { throw .noMemory }
            words = memory.assumingMemoryBound(to: UInt64.self)
            capacity = wanted
        }
        count += more
        return place
    }

    // MARK: Errors

    private func unsendable(_ value: Value) -> Failure {
        .unsendable(typeName: value.isUndefined ? "undefined" : thread.typeName(value), path: pathText())
    }

    /// From the root to the child that is being written, such as `['parts'][2]`; the middle of a long path is left out.
    private func pathText() -> String {
        var shown: [Int] = Array(0..<path.count)
        if shown.count > 8 { shown.removeSubrange(4..<shown.count - 4) }
        var text = ""
        for (i, index) in shown.enumerated() {
            if i > 0 && index != shown[i - 1] + 1 { text += "[… \(index - shown[i - 1] - 1) more …]" }
            text += stepText(path[index])
        }
        return text
    }

    private func stepText(_ step: Step) -> String {
        switch BuiltinShape(rawValue: step.object.pointee.shape) {
        case .list, .tuple: return "[\(step.done - 1)]"
        case .dict:
            let index = (step.done - 1) / 2
            if let copy = step.copy { return step.done % 2 == 1 ? "{key \(index)}" : "[\(keyText(held[copy + 2 * index]))]" }
            if !step.pendingValue.isUndefined { return "{key \(index)}" }
            var position = 0
            for _ in 0..<index { _ = dictNext(step.object.cast(DictObject.self), &position) }
            return "[\(keyText(dictNext(step.object.cast(DictObject.self), &position)?.key ?? .none))]"
        default: return "{element}"
        }
    }

    /// A dict's key as a script writes it, where that is short; else `…`.
    private func keyText(_ key: Value) -> String {
        if !key.isPointer { return key.isInt ? "\(key.int)" : key.isImmediateFloat ? "\(key.immediateFloat)" : thread.immediateText(key) }
        guard key.hasShape(.str), key.cast(StringObject.self).pointee.count <= 40 else { return "…" }
        let shown = thread.repr(key)
        if shown.isUndefined { return "…" }
        defer { thread.decref(shown) }
        return thread.string(shown)
    }
}

/// From the addresses of objects to their numbers, in the order in which they were added: open addressing, linear probing.
private struct NumberTable {
    private var slots: UnsafeMutablePointer<(address: UInt, number: UInt64)>
    private var mask: Int
    private(set) var count = 0

    /// Nil: no memory.
    init?() {
        guard let table = NumberTable.table(of: 16) else { return nil }
        slots = table
        mask = 15
    }

    private static func table(of count: Int) -> UnsafeMutablePointer<(address: UInt, number: UInt64)>? {
        // Zeroed: an address of 0 marks a free place.
        calloc(count, MemoryLayout<(address: UInt, number: UInt64)>.stride)?
            .bindMemory(to: (address: UInt, number: UInt64).self, capacity: count)
    }

    private func place(_ address: UInt) -> Int {
        var i = Int(truncatingIfNeeded: (UInt64(address) >> 4) &* 0x9E37_79B9_7F4A_7C15 >> 32) & mask
        while slots[i].address != 0 && slots[i].address != address { i = (i &+ 1) & mask }
        return i
    }

    func number(of object: ObjectPointer) -> UInt64? {
        let found = slots[place(UInt(bitPattern: object))]
        return found.address == 0 ? nil : found.number
    }

    /// False: no memory.
    mutating func add(_ object: ObjectPointer) -> Bool {
        if count * 2 > mask && !grow() { return false }
        let address = UInt(bitPattern: object)
        slots[place(address)] = (address, UInt64(count))
        count += 1
        return true
    }

    private mutating func grow() -> Bool {
        let old = slots
        let oldCount = mask + 1
        guard let table = NumberTable.table(of: oldCount * 2) else { return false }
        slots = table
        mask = oldCount * 2 - 1
        for i in 0..<oldCount where old[i].address != 0 { slots[place(old[i].address)] = old[i] }
        Glibc.free(old)
        return true
    }

    func destroy() { Glibc.free(slots) }
}
