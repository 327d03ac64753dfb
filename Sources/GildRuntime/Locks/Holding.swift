// Who holds a lock, since when, and where it was taken: a note in the object itself, written by the holder.
//
//     take                                     release
//     take the word                            a stranger releases: note that the lock is handed over
//     write site, ticks, depth, kind           holder = nobody
//     holder = me                              let the word go
//
// - *The holder last, and gone first.* Whoever reads the number of a holder that waits itself finds everything beside it
//   written: that thread registered its wait (WaitForGraph.swift) after it took the lock. Between two holders the number
//   is 0, and the detector sees a lock that is on its way.
// - *No clock, no list.* Taking a lock that is free must stay cheap: the note costs a few stores and one reading of the
//   tick counter, which is turned into nanoseconds only when a deadlock is told.
//
// A thread holds its own end in the same way, from its start: that is what `join` waits for.

import CGild

/// The note. All but `thread` and `flags` mean something only while `thread` is not 0.
struct Holding {
    /// Number of the holder (`LockThread.number`); 0: nobody. Atomic.
    var thread: UInt32 = 0
    /// The instruction that took it, as allocation sites are written; 0: none. Holder only.
    var site: UInt32 = 0
    /// `gild_ticks()` when it was taken. Holder only.
    var ticks: UInt64 = 0
    /// Index of the frame that took it in the holder's stack of frames. Holder only.
    var depth: UInt32 = 0
    /// `HoldingFlags`. Atomic.
    var flags: UInt32 = 0
}

enum HoldingFlags {
    /// Taken by a `with` statement: the same thread releases it when the block ends.
    static let scoped: UInt32 = 1
    /// Was released by another thread than the one that took it. For ever.
    static let handedOver: UInt32 = 2
    /// Made for one notification: its waiter has taken it, its notifier releases it. For ever.
    static let notification: UInt32 = 4
}

/// Lock, RLock and thread handle: a native object with the note behind it.
struct HoldableObject {
    var native: NativeObject
    var holding: Holding
}

extension UnsafeMutablePointer where Pointee == HoldableObject {
    @inline(__always) var native: UnsafeMutablePointer<NativeObject> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: NativeObject.self) }

    /// Number of the holder; 0: nobody, or on the way from one to the next.
    @inline(__always) var holder: UInt32 {
        get { gild_load_relaxed_32(holderWord) }
        nonmutating set { gild_store_relaxed_32(holderWord, newValue) }
    }

    @inline(__always) var holdingFlags: UInt32 {
        get { gild_load_relaxed_32(flagsWord) }
        nonmutating set { gild_store_relaxed_32(flagsWord, newValue) }
    }

    @inline(__always) private var holderWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.thread).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) private var flagsWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.flags).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }

    /// The lock's word is about to be let go by this thread.
    @inline(__always) func noteReleased(by thread: UInt32) {
        if holder != thread { holdingFlags |= HoldingFlags.handedOver }
        holder = 0
    }
}

extension gild_thread_ref {
    /// The calling thread has just taken a lock.
    @inline(__always) func noteTaken(_ lock: UnsafeMutablePointer<HoldableObject>, isScoped: Bool) {
        let frame = scriptFrame()
        lock.native.pointee.first = Value(smallInt: Int(s.pointee.run.pointee.number))
        lock.pointee.holding.site = UInt32(truncatingIfNeeded: UInt(bitPattern: frame.pointee.pc))
        lock.pointee.holding.ticks = gild_ticks()
        lock.pointee.holding.depth = UInt32(truncatingIfNeeded: frame - s.pointee.frameBase)
        // What the module's own source takes it gives back itself, in whichever frame.
        let scope = isScoped || frame != s.pointee.frame ? HoldingFlags.scoped : 0
        lock.holdingFlags = lock.holdingFlags & ~HoldingFlags.scoped | scope
        lock.holder = s.pointee.lockThread.pointee.number
    }

    /// The innermost frame that is not of `threading`'s own source.
    @inline(__always) func scriptFrame() -> UnsafeMutablePointer<Frame> {
        let frame = s.pointee.frame
        let own = s.pointee.run.pointee.threadingNamespace
        return Value(pointer: frame.pointee.globals) == own ? callerOfModule(frame, own) : frame
    }

    @inline(never) private func callerOfModule(_ innermost: UnsafeMutablePointer<Frame>, _ own: Value) -> UnsafeMutablePointer<Frame> {
        var frame = innermost
        while frame > s.pointee.frameBase && Value(pointer: frame.pointee.globals) == own { frame -= 1 }
        // A thread of which the module's source is all there is.
        return frame > s.pointee.frameBase ? frame : innermost
    }

    /// The line of the script that is being executed, as allocation sites are written.
    func scriptSite() -> UInt32 { UInt32(truncatingIfNeeded: UInt(bitPattern: scriptFrame().pointee.pc)) }
}
