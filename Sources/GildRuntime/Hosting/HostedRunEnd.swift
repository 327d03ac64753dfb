// The end of a hosted run; the order and its reasons stand in HostedRun.swift.

import CGild
import Glibc

extension gild_thread_ref {
    /// Join the runtime's list of runs, and note where its counters stand. By the main thread, with the lock.
    func beginHostedRun() { exclusively { joinRuns() } }

    private func joinRuns() {
        let runtime = s.pointee.runtime
        let run = s.pointee.run
        if runtime.pointee.runs == nil {
            // Alone: the highest number of live bytes from now on is this run's.
            runtime.pointee.peakBytes = max(runtime.pointee.peakBytes, peakBytes)
            beginPeak()
        } else {
            run.pointee.isAccompanied = true
            var other = runtime.pointee.runs
            while let current = other {
                current.pointee.isAccompanied = true
                other = current.pointee.next
            }
        }
        run.pointee.next = runtime.pointee.runs
        runtime.pointee.runs = run
        run.pointee.liveBytesBefore = liveBytes
        run.pointee.cyclesBefore = heap.pointee.collector.collected
    }

    /// Until only the main thread is left: joins, and the end of the others.
    func prepareHostedEnd(_ outcome: inout ExitOutcome) {
        let run = s.pointee.run
        waitForThreads(&outcome)
        run.pointee.settings.isFinalizing = true
        var pause: UInt64 = 200_000
        let threads = s.pointee.runtime.pointee.threads
        while threads.locked({ run.pointee.books.pointee.threadCount }) > 1 {
            threads.forEach { if $0 != s && $0.pointee.run == run { $0.pointee.lockThread.interrupt(EvalBreaker.exit) } }
            let nanoseconds = pause
            allowThreads(.join) {
                var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
                nanosleep(&time, nil)
            }
            pause = min(pause * 2, 20_000_000)
        }
    }

    /// Release everything, count, and leave the lists. Drops the lock; the thread's record, the account and the run's memory
    /// are the caller's to free.
    func finishHosted(_ outcome: ExitOutcome) -> (figures: RunFigures, wasStopped: Bool) {
        var outcome = outcome
        let runtime = s.pointee.runtime
        let run = s.pointee.run
        var notes: [String] = []
        let released = exclusively { releaseLocks() }
        if released > 0 {
            notes.append("\(released) lock\(released == 1 ? "" : "s") that the run held at its end, and that others can reach, \(released == 1 ? "was" : "were") released.")
        }
        if finishOutput() != 0 { outcome.status = 120 }
        tearDownModules()
        for descriptor: Int32 in 1...2 where !flush(fd: descriptor) { clearException() }
        let wasStopped = s.pointee.isTerminating
        if wasStopped {
            outcome = ExitOutcome(status: 124)
            notes.append("The run was stopped: its threads were unwound without handlers, and no finaliser ran after that.")
        }
        #if DEBUG
            let violations = exclusively { checkInvariants() }
            if !violations.isEmpty { fatalError("the heap is not sound:\n" + violations.joined(separator: "\n")) }
        #endif

        mergeAllQueues()
        var races: RaceFigures?
        var threads: [ThreadFigures] = []
        var sums = ThreadCounters()
        // Sums and survey are of the same moment: other runs may give back what this one has left.
        let (leaks, objects, references) = exclusively {
            threads = [threadFigures()] + run.pointee.books.pointee.endedThreads.map { $0.figures }
            for thread in threads { sums += ThreadCounters(thread) }
            let result = survey()
            races = raceFigures()
            runtime.pointee.shelves.pointee.endedRuns += sums
            if result.objects > 0 { runtime.pointee.shelves.pointee.endedWorkloads[run.pointee.number] = run.pointee.workload }
            reclaimSlotsIfScarce()
            settleFigures()
            return result
        }
        let peak = peakBytes
        var liveBytes = self.liveBytes - run.pointee.liveBytesBefore
        if let note = noteOnPeak(threads: threads.count) { notes.append(note) }
        if races != nil { notes.append("Lost updates and premature frees are those of the runtime since its start.") }
        let exchanged = sums.liveObjects - objects
        if run.pointee.isAccompanied {
            notes.append("Other runs used the heap at the same time: peak bytes and cycles collected are those of the runtime, and live bytes leave out the buffers of containers.")
            liveBytes = leaks.reduce(0) { $0 + $1.bytes }
        }
        if exchanged != 0 {
            notes.append(
                "\(abs(exchanged)) more objects \(exchanged > 0 ? "of this run were freed by other runs than it freed of theirs" : "of other runs were freed by this run than they freed of its").")
        }
        let cycles = heap.pointee.collector.collected - run.pointee.cyclesBefore
        retireModules(run)
        reclaimShapes()
        exclusively { leaveRuns(run) }
        closeMergeQueue()
        leaveSpreadCounts()
        leaveHeap()
        unlink(s)
        let cpu = run.pointee.books.pointee.endedCPUNanoseconds &+ gild_thread_cpu_ns()
        runtime.pointee.lock.drop(s.pointee.lockThread, .finish)
        let report = runtime.pointee.lock.closeAccount(run.pointee.account.unsafelyUnwrapped)
        threads.sort { $0.number < $1.number }
        return (
            RunFigures(
                regime: runtime.pointee.regime, lockOrder: runtime.pointee.regime == .objectLock ? runtime.pointee.lockOrder : nil,
                exitStatus: outcome.status, killedBySignal: outcome.signal, cpuNanoseconds: cpu, lock: report, threads: threads,
                peakBytes: run.pointee.isAccompanied ? peak : peak - run.pointee.liveBytesBefore, liveReferences: references, liveObjects: objects,
                liveBytes: liveBytes, cyclesCollected: cycles, leaks: leaks, exchangedObjects: exchanged,
                exchangedReferences: sums.liveReferences - references, notes: notes,
                races: races, deadlockCount: run.pointee.books.pointee.deadlocks.count, deadlocks: run.pointee.books.pointee.deadlocks.first,
                pluginViolations: run.pointee.pluginViolations.figures.known, pluginViolationsBeyond: run.pointee.pluginViolations.figures.beyond),
            wasStopped
        )
    }

    private func leaveRuns(_ run: UnsafeMutablePointer<RunState>) {
        let runtime = s.pointee.runtime
        if runtime.pointee.runs == run {
            runtime.pointee.runs = run.pointee.next
            return
        }
        var current = runtime.pointee.runs
        while let previous = current {
            if previous.pointee.next == run {
                previous.pointee.next = run.pointee.next
                return
            }
            current = previous.pointee.next
        }
    }

    /// Release the locks that threads of this run took and did not give back. All of its other threads have ended, and those of other
    /// runs stand still. Returns how many there were.
    private func releaseLocks() -> Int {
        let number = Value(smallInt: Int(s.pointee.run.pointee.number))
        let types = heap.pointee.types
        let lock = types[.lock].pointee.rootShape
        let reentrant = types[.rlock].pointee.rootShape
        var count = 0
        heap.pointee.forEachObject { object in
            guard object.pointee.shape == lock || object.pointee.shape == reentrant else { return }
            let native = object.cast(NativeObject.self)
            // No holder: this run gave it back, and a thread of another one has the word and waits for the GIL to say so.
            let holdable = object.cast(HoldableObject.self)
            guard holdable.runNumber == number, native.rawLock.isLocked, holdable.holder != 0 else { return }
            if object.pointee.shape == reentrant {
                native.owner = 0
                native.depth = 0
            }
            holdable.holder = 0
            _ = native.rawLock.release()
            if references(of: object) > 0 && runNumber(of: object) != s.pointee.run.pointee.number { count += 1 }
        }
        return count
    }
}
