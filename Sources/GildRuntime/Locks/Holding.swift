// Who holds a lock, since when, and where it was taken: a note in the object itself, written by the holder.
//
//     take                                     release
//     take the word                            the holder is another one: note that the lock is handed over
//     write site, ticks, depth, kind           holder = nobody, if it is still who it was
//     holder = me                              let the word go
//
// - *The holder last, and gone first.* Whoever reads the number of a holder that waits itself finds everything beside it
//   written: that thread registered its wait (WaitForGraph.swift) after it took the lock. Between two holders the number
//   is 0, and the detector sees a lock that is on its way.
// - *Still who it was.* Two threads that release a lock at once: the slower one must not take the name of a third away that has taken the lock
//   meanwhile.
// - *Every field by itself.* A stranger may release the lock, and the next one take it, before the first taker has written its note. Such
//   a lock is handed over for ever, and the detector believes none of its notes; but no word is torn.
// - *No clock, no list.* Taking a lock that is free must stay cheap: the note costs a few stores and one reading of the
//   tick counter, which is turned into nanoseconds only when a deadlock is told.
//
// A thread holds its own end in the same way, from its start: that is what `join` waits for.

import CGild

/// The note. All but `thread` and `flags` mean something only while `thread` is not 0.
struct Holding {
    /// Number of the holder (`LockThread.number`); 0: nobody. Atomic, as all fields.
    var thread: UInt32 = 0
    /// The instruction that took it, as allocation sites are written; 0: none. Written by the holder.
    var site: UInt32 = 0
    /// `gild_ticks()` when it was taken. Written by the holder.
    var ticks: UInt64 = 0
    /// Index of the frame that took it in the holder's stack of frames. Written by the holder.
    var depth: UInt32 = 0
    /// `HoldingFlags`.
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
        get { gild_load_acquire_32(holderWord) }
        nonmutating set { gild_store_release_32(holderWord, newValue) }
    }

    @inline(__always) var holdingFlags: UInt32 {
        get { gild_load_relaxed_32(flagsWord) }
        nonmutating set { gild_store_relaxed_32(flagsWord, newValue) }
    }

    /// What the last holder wrote.
    var note: (site: UInt32, ticks: UInt64, depth: UInt32) {
        (gild_load_relaxed_32(siteWord), gild_load_relaxed_64(ticksWord), gild_load_relaxed_32(depthWord))
    }

    @inline(__always) func setNote(site: UInt32, ticks: UInt64, depth: UInt32 = 0) {
        gild_store_relaxed_32(siteWord, site)
        gild_store_relaxed_64(ticksWord, ticks)
        gild_store_relaxed_32(depthWord, depth)
    }

    /// Number of the run whose thread took the lock last.
    @inline(__always) var runNumber: Value {
        get { Value(bits: gild_load_relaxed_64(runWord)) }
        nonmutating set { gild_store_relaxed_64(runWord, newValue.bits) }
    }

    /// The lock was taken by a `with` statement, or was not.
    @inline(__always) func setScoped(_ scope: UInt32) {
        let flags = holdingFlags
        if flags & HoldingFlags.scoped == scope { return }
        if scope == 0 {
            gild_fetch_and_32(flagsWord, ~HoldingFlags.scoped)
        } else {
            gild_fetch_or_32(flagsWord, scope)
        }
    }

    @inline(__always) private var holderWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.thread).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) private var flagsWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.flags).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) private var siteWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.site).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) private var depthWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.depth).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }
    @inline(__always) private var ticksWord: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<HoldableObject>.offset(of: \.holding.ticks).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }
    @inline(__always) private var runWord: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<NativeObject>.offset(of: \.first).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
    }

    /// The lock's word is about to be let go by this thread.
    @inline(__always) func noteReleased(by thread: UInt32) {
        let seen = holder
        if seen == thread {
            // Nobody else may write while this thread holds the lock; a stranger that releases it at this moment has noted that.
            holder = 0
            return
        }
        gild_fetch_or_32(flagsWord, HoldingFlags.handedOver)
        if seen != 0 { _ = gild_compare_exchange_32(holderWord, seen, 0) }
    }
}

extension gild_thread_ref {
    /// The calling thread has just taken a lock.
    @inline(__always) func noteTaken(_ lock: UnsafeMutablePointer<HoldableObject>, isScoped: Bool) {
        let frame = scriptFrame()
        lock.runNumber = Value(smallInt: Int(s.pointee.run.pointee.number))
        lock.setNote(
            site: UInt32(truncatingIfNeeded: UInt(bitPattern: frame.pointee.pc)), ticks: gild_ticks(),
            depth: UInt32(truncatingIfNeeded: frame - s.pointee.frameBase))
        // What the module's own source takes it gives back itself, in whichever frame.
        lock.setScoped(isScoped || frame != s.pointee.frame ? HoldingFlags.scoped : 0)
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
