// Objects that plugins keep beyond a call.
//
// Each run has a table of its own, so that what is kept ends with the run: the table is emptied before the heap is surveyed, and a
// reference that outlives its run, or is opened in another one, is a bad reference, not a pointer to freed memory. A reference is
// built as a handle is (HandleTable.swift), with the number of the table in place of the thread's context.
//
// The table has a mutex of its own, because threads of a run work at the same time in some regimes. Objects are counted under it and
// released outside of it.

import CGild
import CGildPlugin

final class KeptReferences {
    static let greatestCount = 1 << 20

    private struct Entry {
        /// 0: free.
        var bits: UInt64
        var value: Value
        var generation: UInt64
        var plugin: Unmanaged<Plugin>?
    }

    private let mutex = ConditionMutex()
    /// Guarded by `mutex`, as `free`.
    private var entries: [Entry] = []
    private var free: [Int] = []
    private let number: UInt64

    /// Numbers tables. Atomic.
    nonisolated(unsafe) private static let lastNumber: UnsafeMutablePointer<UInt32> = {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        word.initialize(to: 0)
        return word
    }()

    init() { number = UInt64(gild_fetch_add_32(Self.lastNumber, 1) % 0xFFFF + 1) << 48 }

    /// Keep a value; the table takes a reference of its own. Nil: there are too many.
    func keep(_ value: Value, for plugin: Plugin, _ thread: Thread) -> gild_reference? {
        mutex.lock()
        defer { mutex.unlock() }
        let index: Int
        if let last = free.popLast() {
            index = last
        } else {
            if entries.count >= Self.greatestCount { return nil }
            index = entries.count
            entries.append(Entry(bits: 0, value: .undefined, generation: 0))
        }
        entries[index].bits = number | (entries[index].generation & 0xFF_FFFF) << 24 | UInt64(index)
        entries[index].value = thread.newReference(value)
        entries[index].plugin = .passUnretained(plugin)
        _ = gild_fetch_add_32(plugin.holds, 1)
        return gild_reference(bits: entries[index].bits)
    }

    /// The object, a new reference; undefined: not a reference of this run and plugin.
    func open(_ kept: gild_reference, of plugin: Plugin, _ thread: Thread) -> Value {
        mutex.lock()
        defer { mutex.unlock() }
        guard let index = index(of: kept), entries[index].plugin?.toOpaque() == Unmanaged.passUnretained(plugin).toOpaque() else { return .undefined }
        return thread.newReference(entries[index].value)
    }

    /// Forget a reference. The value's count is the caller's; undefined: not a reference of this run and plugin.
    func drop(_ kept: gild_reference, of plugin: Plugin) -> Value {
        mutex.lock()
        defer { mutex.unlock() }
        guard let index = index(of: kept), entries[index].plugin?.toOpaque() == Unmanaged.passUnretained(plugin).toOpaque() else { return .undefined }
        return take(index)
    }

    func complaint(_ kept: gild_reference) -> String {
        mutex.lock()
        defer { mutex.unlock() }
        if kept.bits == 0 { return "is none" }
        if kept.bits & 0xFFFF << 48 != number { return "was kept by another run, or never" }
        if index(of: kept) != nil { return "was kept by another plugin" }
        return Int(kept.bits & 0xFF_FFFF) < entries.count ? "was dropped" : "was never kept"
    }

    /// The end of the run.
    func releaseAll(_ thread: Thread) {
        mutex.lock()
        let values = entries.indices.filter { entries[$0].bits != 0 }.map { take($0) }
        mutex.unlock()
        for value in values { thread.decref(value) }
    }

    /// Place of an open reference. With the mutex.
    private func index(of kept: gild_reference) -> Int? {
        let index = Int(kept.bits & 0xFF_FFFF)
        return kept.bits != 0 && index < entries.count && entries[index].bits == kept.bits ? index : nil
    }

    /// Free an entry; its value. With the mutex.
    private func take(_ index: Int) -> Value {
        let value = entries[index].value
        if let plugin = entries[index].plugin { _ = gild_fetch_add_32(plugin.takeUnretainedValue().holds, UInt32.max) }
        entries[index].bits = 0
        entries[index].value = .undefined
        entries[index].plugin = nil
        entries[index].generation += 1
        free.append(index)
        return value
    }
}
