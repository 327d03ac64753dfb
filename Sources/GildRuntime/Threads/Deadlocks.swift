// What a thread does about deadlocks: registers its waits, tells those that it finds, and carries out sentences.
//
// The finder tells: it writes the cycle to standard error, into the run's figures and to the daemon, while every thread of
// the deadlock still stands where it is told to stand. Then the victim gets DeadlockError (the finder itself, if its own wait
// closed the cycle), or, where the run asked for that, the run ends as it does at a time limit, with status 3.
//
// How deadlocks are found: WaitForGraph.swift; objects' mutexes: ObjectMutexes.swift.

import CGild
import Glibc

/// What happens when a deadlock was found.
public enum DeadlockPolicy: String, CaseIterable, Sendable {
    /// One thread gets DeadlockError.
    case `raise`
    /// The run ends with status 3.
    case abort

    /// Exit status of a run that was aborted.
    public static let status: Int32 = 3
}

/// A deadlock that was found.
public struct DeadlockFigures: Sendable {
    /// What a thread holds and another one wants.
    public struct Holding: Sendable {
        public var what: String
        /// How long it had been held, in nanoseconds; from a tick counter, exact to about 1 in 1,000.
        public var nanoseconds: UInt64
        /// `file:line`; nil: gild itself.
        public var takenAt: String?
        /// It is the end of the thread itself, held since its start.
        public var isEnd: Bool
    }

    public struct Member: Sendable {
        public var thread: String
        public var workload: String
        /// Nil where no other thread of the deadlock is known to want anything of this one.
        public var holds: Holding?
        public var wants: String
        /// `file:line` of the wait; nil: at the end of the program.
        public var waitsAt: String?
    }

    /// For a cycle: each wants what the next one holds, the last what the first one holds.
    public var threads: [Member]
    /// False: no cycle, but none of all threads can go on.
    public var isCycle: Bool
    /// From the moment when the last of them began to wait until this was found, in nanoseconds.
    public var foundAfterNanoseconds: UInt64
    /// Name of the thread that got DeadlockError; nil: the run was aborted.
    public var victim: String?
    /// Workload of the victim.
    public var workload: String
}

extension DeadlockFigures {
    /// Members named in one line.
    private static let lineLimit = 8

    /// The message of the exception: one line.
    public var sentence: String {
        var parts: [String] = []
        for (index, member) in threads.prefix(Self.lineLimit).enumerated() {
            var text = "\(member.thread) wants \(member.wants)"
            if isCycle, let held = threads[(index + 1) % threads.count].holds, !held.isEnd {
                text += ", held by \(threads[(index + 1) % threads.count].thread)"
                if let place = held.takenAt { text += " since \(place)" }
            }
            parts.append(text)
        }
        if threads.count > Self.lineLimit { parts.append("and \(threads.count - Self.lineLimit) more threads") }
        return (isCycle ? "threads wait for each other: " : "no thread can go on: ") + parts.joined(separator: "; ")
    }

    /// Lines for standard error, with their ends.
    public var text: String {
        var lines: [String] = []
        let count = threads.count
        if !isCycle {
            lines.append("gild: deadlock: \(count == 1 ? "the only thread waits" : "all \(count) threads wait") for what no thread can give")
        } else {
            lines.append(count == 1 ? "gild: deadlock: a thread waits for itself" : "gild: deadlock: \(count) threads wait for each other")
        }
        for member in threads {
            lines.append("  \(member.thread)")
            if let held = member.holds {
                let place = held.takenAt.map { " at \($0)" } ?? ""
                lines.append("    holds  \(held.what), \(held.isEnd ? "started" : "taken") \(Self.duration(held.nanoseconds)) ago\(place)")
            }
            lines.append("    wants  \(member.wants)" + (member.waitsAt.map { ", at \($0)" } ?? ", at the end of the program"))
        }
        lines.append(victim.map { "  \($0) gets DeadlockError" } ?? "  the run is aborted")
        return lines.map { $0 + "\n" }.joined()
    }

    /// Three significant digits and a unit.
    static func duration(_ nanoseconds: UInt64) -> String {
        var value = Double(nanoseconds)
        for unit in ["ns", "µs", "ms"] {
            if value < 999.5 {
                let decimals = unit == "ns" || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
                return "\(fixed(value, decimals)) \(unit)"
            }
            value /= 1000
        }
        return "\(fixed(value, 1)) s"
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = [1, 10, 100][decimals]
        let scaled = Int((value * Double(scale)).rounded())
        if decimals == 0 { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}

/// The deadlocks of a run.
struct DeadlockLog {
    /// Those beyond are counted.
    static let capacity = 100
    var count = 0
    var first: [DeadlockFigures] = []
}

extension gild_thread_ref {
    // MARK: Waits

    /// The calling thread is about to wait without a time-out. False: it must not, an exception is set.
    ///
    /// - Parameter cannotFail: the wait takes place in any case; the victim is another one.
    func enterWait(for resource: AwaitedResource, isAtExit: Bool = false, cannotFail: Bool = false) -> Bool {
        let runtime = s.pointee.runtime
        let waiter = Waiter(
            thread: s, resource: resource, since: gild_monotonic_ns(), isAtExit: isAtExit, cannotFail: cannotFail,
            number: s.pointee.lockThread.pointee.number, held: heldMutexes)
        var told: DeadlockFigures?
        let found = runtime.pointee.waits.enter(waiter, bystanders) { deadlock in
            let figures = describe(deadlock)
            told = figures
            return figures.victim == nil ? nil : figures.sentence
        }
        guard let found, let told else { return true }
        tell(told)
        if told.victim == nil { return abortRun() }
        if found.victim.thread != s { return true }
        raise(.deadlockError, told.sentence)
        return false
    }

    /// The wait is over. False: the thread was a deadlock's victim; DeadlockError is set.
    ///
    /// - Parameter isDone: it got what it wanted: a sentence is void.
    func leaveWait(isDone: Bool) -> Bool {
        guard let message = s.pointee.runtime.pointee.waits.leave(s.pointee.lockThread), !isDone else { return true }
        raise(.deadlockError, message)
        return false
    }

    /// The calling thread ends, and wakes only those that join it.
    func lookForStandstill() {
        var told: DeadlockFigures?
        _ = s.pointee.runtime.pointee.waits.end(s.pointee.lockThread.pointee.number, bystanders) { deadlock in
            let figures = describe(deadlock)
            told = figures
            return figures.victim == nil ? nil : figures.sentence
        }
        guard let told else { return }
        tell(told)
        if told.victim == nil { _ = abortRun() }
    }

    private var bystanders: Bystanders {
        let run = s.pointee.run
        if run.pointee.callbacks != nil { return .unknown }
        return run.pointee.settings.isFinalizing ? (s.pointee.isMain ? .none : .unknown) : .all
    }

    // MARK: Telling

    /// Into the books, to the daemon, and to the script's standard error.
    private func tell(_ figures: DeadlockFigures) {
        let run = s.pointee.run
        s.pointee.runtime.pointee.threads.locked {
            let books = run.pointee.books
            books.pointee.deadlocks.count += 1
            if books.pointee.deadlocks.first.count < DeadlockLog.capacity { books.pointee.deadlocks.first.append(figures) }
        }
        run.pointee.callbacks?.deadlock(figures)
        let pending = s.pointee.exception
        s.pointee.exception = .undefined
        if !Array(figures.text.utf8).withUnsafeBufferPointer({ write(fd: 2, bytes: $0) }) || !flush(fd: 2) { clearException() }
        s.pointee.exception = pending
    }

    /// End the run from whichever thread; returns false with the exception set that unwinds the main thread. Other threads wait on.
    private func abortRun() -> Bool {
        s.pointee.run.pointee.settings.isAborted = true
        s.pointee.run.pointee.abort?()
        if !s.pointee.isMain { return true }
        s.pointee.lockThread.interrupt(EvalBreaker.exit)
        return handleEvalBreaker()
    }

    private func describe(_ deadlock: Deadlock) -> DeadlockFigures {
        let now = gild_monotonic_ns()
        let graph = s.pointee.runtime.pointee.waits
        let waiters = deadlock.waiters
        var members: [DeadlockFigures.Member] = []
        for (index, waiter) in waiters.enumerated() {
            let wanted =
                deadlock.isCycle
                ? waiters[(index + waiters.count - 1) % waiters.count].resource
                : wish(for: waiter, among: waiters)
            let holds = wanted.map { resource -> DeadlockFigures.Holding in
                let (site, ticks): (UInt32, UInt64)
                var isEnd = false
                switch resource {
                case .objectMutex(let object): (site, ticks) = waiter.hasLocked(object).map { ($0.site, $0.ticks) } ?? (0, 0)
                case .threadEnd(let object):
                    isEnd = true
                    (site, ticks) = (object.note.site, object.note.ticks)
                case .lock(let object), .reentrantLock(let object): (site, ticks) = (object.note.site, object.note.ticks)
                }
                return .init(
                    what: isEnd ? "its own end" : text(resource), nanoseconds: ticks == 0 ? 0 : graph.age(ofTicks: ticks, now: now), takenAt: place(site), isEnd: isEnd)
            }
            members.append(
                .init(
                    thread: name(waiter.thread), workload: waiter.thread.pointee.run.pointee.workload, holds: holds, wants: text(waiter.resource),
                    waitsAt: waiter.isAtExit ? nil : place(Thread(waiter.thread).scriptSite())))
        }
        let aborts = s.pointee.run.pointee.deadlockPolicy == .abort
        return DeadlockFigures(
            threads: members, isCycle: deadlock.isCycle, foundAfterNanoseconds: now - min(now, waiters.map(\.since).max() ?? now), victim: aborts ? nil : name(deadlock.victim.thread),
            workload: deadlock.victim.thread.pointee.run.pointee.workload)
    }

    /// What another one wants of this one; its end only if there is nothing else.
    private func wish(for holder: Waiter, among waiters: [Waiter]) -> AwaitedResource? {
        var found: AwaitedResource?
        for waiter in waiters where isHeld(waiter.resource, by: holder) {
            found = waiter.resource
            guard case .threadEnd = waiter.resource else { break }
        }
        return found
    }

    private func isHeld(_ resource: AwaitedResource, by waiter: Waiter) -> Bool {
        if case .objectMutex(let object) = resource { return waiter.hasLocked(object) != nil }
        return resource.holdable?.holder == waiter.number && !resource.isNotification
    }

    private func name(_ thread: UnsafeMutablePointer<ThreadState>) -> String {
        s.pointee.runtime.pointee.lock.name(of: thread.pointee.lockThread)
    }

    private func place(_ site: UInt32) -> String? { s.pointee.runtime.pointee.code.locate(site: site) == nil ? nil : siteText(site) }

    private func text(_ resource: AwaitedResource) -> String {
        func made(_ type: String, _ object: ObjectPointer) -> String { place(object.prefix.pointee.site).map { "\(type) made at \($0)" } ?? type }
        func header(_ object: UnsafeMutablePointer<HoldableObject>) -> ObjectPointer {
            UnsafeMutableRawPointer(object).assumingMemoryBound(to: ObjectHeader.self)
        }
        switch resource {
        case .lock(let object): return resource.isNotification ? "a notification" : made("Lock", header(object))
        case .reentrantLock(let object): return made("RLock", header(object))
        case .objectMutex(let object): return made(typeName(Value(object)), object)
        case .threadEnd(let object):
            var found = "the end of a thread"
            s.pointee.runtime.pointee.threads.forEach { if $0.pointee.handle == Value(pointer: object) { found = "the end of \(name($0))" } }
            return found
        }
    }
}
