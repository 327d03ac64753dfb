// A message on its way from one heap to another: a copy of a value that belongs to no heap.
//
// The copy is an array of 64-bit words in malloc'ed memory, written by MessageWriter and read by MessageReader:
//
//     word 0     the root: a slot
//     word 1     number of nodes
//     word 2     number of entries in the list at the end
//     nodes      in the order of their numbers, each a header word and its content
//     list       numbers of the dicts and sets, inner ones first: the order in which they are filled
//
// A *slot* is a value as in Value.swift whose pointers are replaced: an immediate (None, bool, small int, most floats) has
// the same bits in every heap; an object is its node's number shifted left by 3, which leaves a pointer's tag 000. An object
// has one node however many slots name it, so references that are shared in the message are shared in the copy, and cycles
// stay cycles.
//
// A *header* holds kind (bits 0-7), flags (8-15) and count (16-63). Content by kind: str: code points, one or four bytes each;
// bytes: one byte each; big int: magnitude words; float: its bits; list, tuple, set: `count` slots; dict: `count` pairs of slots; channel: nothing,
// `count` is the place in `channels`; block, which is bytes from `LargeBlock.minimumCount` on: nothing, `count` is the place in `blocks`.
//
// The content of large bytes objects is not in the words but in blocks (Heap/LargeBlocks.swift), which the receiver's heap adopts as they are. The sender
// hands over the object's own memory when the message has the only reference to it, and else a copy.
//
// A message is made by its sender, handed on under the channel's mutex, and read and freed by its receiver. What exists at
// one time is bounded: a channel holds `Channel.byteLimit`, the process `Message.processLimit`. No heap's books know of it.

import CGild
import Glibc

/// What a node is.
enum MessageKind: UInt64 {
    case str = 1, bigInt, float, list, tuple, dict, set, frozenSet, channel, bytes, block

    /// Flags of a str: four bytes a code point; all below 128. Of a big int: below zero.
    static let wide: UInt64 = 1
    static let ascii: UInt64 = 2
    static let negative: UInt64 = 1

    func header(count: Int, flags: UInt64 = 0) -> UInt64 { rawValue | flags << 8 | UInt64(count) << 16 }
}

final class Message: @unchecked Sendable {
    /// Bytes of all messages that exist in the process at one time.
    static let processLimit = 512 << 20
    /// What a message is counted with beside its words.
    static let overheadBytes = 64

    let words: UnsafeMutablePointer<UInt64>
    /// The message as limits count it.
    let bytes: Int
    /// Channels that the message carries; each is held open by it.
    let channels: [Channel]
    /// Blocks that the message carries; nil where an object has been made of one. Belongs to who has the message.
    var blocks: [LargeBlock?] = []

    /// Bytes of the messages that exist; atomic.
    nonisolated(unsafe) private static let total: UnsafeMutablePointer<UInt64> = {
        let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()

    /// Takes over `words`, which malloc gave, and one hold on each of the channels. Nil, and nothing is taken over: the
    /// process has no room for another message of this size.
    ///
    /// - Parameter blockWords: what the content of the blocks, which are handed over afterwards, counts.
    init?(words: UnsafeMutablePointer<UInt64>, count: Int, channels: [Channel], blockWords: Int = 0) {
        let bytes = Message.overheadBytes + (count + channels.count + blockWords) * MemoryLayout<UInt64>.size
        let before = gild_fetch_add_64(Message.total, UInt64(bytes))
        if before + UInt64(bytes) > UInt64(Message.processLimit) {
            // Before any property has its value: a deinit would free what was not taken over.
            gild_fetch_add_64(Message.total, 0 &- UInt64(bytes))
            return nil
        }
        self.words = words
        self.channels = channels
        self.bytes = bytes
    }

    deinit {
        gild_fetch_add_64(Message.total, 0 &- UInt64(bytes))
        Glibc.free(words)
        for block in blocks { block?.free() }
        for channel in channels { ChannelRegistry.shared.release(channel) }
    }

    static var totalBytes: Int { Int(gild_load_acquire_64(total)) }
}
