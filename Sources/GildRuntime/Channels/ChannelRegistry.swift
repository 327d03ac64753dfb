// The channels of the process, by name.
//
// A runtime opens a channel by its name and gets a handle; all runtimes of the process that open the same name get the same
// channel. What keeps it: every handle (an object of some heap), and every message on its way that carries the channel, is a
// *hold*. With the last hold the channel goes, unless messages wait in it: these stay for whoever opens the name next. So a
// producer that ends before the consumer has begun loses nothing, and a name that nobody uses takes no memory.
//
// Holds and the table are guarded by `mutex`, so that no hold can be added to a channel that is going. It is taken under a
// runtime's lock and takes a channel's mutex under it, never the other way round; nothing waits while it is held.

import Glibc

final class ChannelRegistry: @unchecked Sendable {
    static let shared = ChannelRegistry()
    /// Channels in the process at one time.
    static let capacity = 1 << 16

    enum Refusal: Error {
        /// The channel has been opened with this capacity.
        case otherCapacity(Int)
        case tooManyChannels
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Names are code points: Swift takes strings for equal that Python does not. Guarded by `mutex`.
    private var channels: [[UInt32]: Channel] = [:]

    private init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    /// The channel of this name, with one hold for the caller; it is made when there is none.
    ///
    /// - Parameter capacity: messages that may wait, 0 for no limit but the bytes; nil: as the channel has it, 0 for a new one.
    func open(_ name: [UInt32], capacity: Int?) throws(Refusal) -> Channel {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let channel = channels[name] {
            if let capacity, capacity != channel.capacity { throw .otherCapacity(channel.capacity) }
            channel.holds += 1
            return channel
        }
        if channels.count >= ChannelRegistry.capacity { throw .tooManyChannels }
        let channel = Channel(name: name, capacity: capacity ?? 0)
        channel.holds = 1
        channels[name] = channel
        return channel
    }

    /// Another hold on a channel that the caller holds.
    func hold(_ channel: Channel) {
        pthread_mutex_lock(mutex)
        channel.holds += 1
        pthread_mutex_unlock(mutex)
    }

    /// Give a hold back.
    func release(_ channel: Channel) {
        pthread_mutex_lock(mutex)
        channel.holds -= 1
        if channel.holds == 0 && channel.count == 0 { channels[channel.name] = nil }
        pthread_mutex_unlock(mutex)
    }

    /// Number of channels in the process.
    var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return channels.count
    }
}
