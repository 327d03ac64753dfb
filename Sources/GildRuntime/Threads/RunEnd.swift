// The end of a run, and its figures.

import CGild
import GildScript
import Glibc

extension gild_thread_ref {
    /// The end of a run: threads, output, modules, figures. Called by the main thread with the lock.
    func finish(_ outcome: ExitOutcome, cpuBefore: UInt64) -> RunFigures {
        var outcome = outcome
        let runtime = s.pointee.runtime
        let run = s.pointee.run
        var notes: [String] = []
        waitForThreads(&outcome)
        if s.pointee.isTerminating { gild_store_release_32(run.pointee.isEnding, 1) }
        if run.pointee.settings.isAborted {
            notes.append("The run was aborted in a deadlock: modules were not torn down, and what was alive then is listed as leaked.")
        } else if s.pointee.isTerminating {
            outcome.status = 124
            notes.append("The run was stopped at its time limit: modules were not torn down, and what was alive then is listed as leaked.")
        }
        run.pointee.settings.isFinalizing = true
        runtime.pointee.lock.beginFinalization(s.pointee.lockThread)
        if runtime.pointee.siblings > 1 { endWaitsOfOthers() }
        let terminated = s.pointee.isTerminating
        s.pointee.isTerminating = false
        gild_fetch_and_32(&s.pointee.evalBreaker, ~(EvalBreaker.timeLimit | EvalBreaker.exit))
        if run.pointee.settings.isAborted { gild_fetch_and_32(&s.pointee.evalBreaker, ~EvalBreaker.signal) }
        if finishOutput() != 0 { outcome.status = 120 }
        if !terminated { tearDownModules() }
        // What finalisers wrote; CPython's stream objects drop errors when they are freed.
        for descriptor: Int32 in 1...2 where !flush(fd: descriptor) { clearException() }
        if run.pointee.settings.isAborted { outcome.status = DeadlockPolicy.status }
        if terminated && !run.pointee.settings.isAborted {
            let message = "gild: time limit reached; the script was stopped\n"
            _ = message.withCString { Glibc.write(2, $0, strlen($0)) }
        }
        #if DEBUG
            let violations = checkInvariants()
            if !violations.isEmpty { fatalError("the heap is not sound:\n" + violations.joined(separator: "\n")) }
        #endif
        SignalBridge.remove(s.pointee.lockThread)
        return figures(outcome, cpuBefore: cpuBefore, notes: notes)
    }

    /// Wait for the threads that are not daemons, unless the run has been stopped.
    func waitForThreads(_ outcome: inout ExitOutcome) {
        if s.pointee.isTerminating { return }
        joinNonDaemonThreads()
        guard isRaising else { return }
        if s.pointee.isTerminating {
            outcome = exitOutcome()
        } else {
            // KeyboardInterrupt while waiting.
            let exception = s.pointee.exception
            s.pointee.exception = .undefined
            printUnraisableAtShutdown(exception)
            decref(exception)
        }
    }

    /// The process goes on with other runtimes: a thread that waits in a channel must take no message from them any more. The
    /// threads park when they come for the lock.
    private func endWaitsOfOthers() {
        var other = s.pointee.runtime.pointee.threads.first
        while let state = other {
            if state != s { state.pointee.lockThread.interrupt(EvalBreaker.exit) }
            other = state.pointee.next
        }
    }

    /// Drop what the runtime holds for the script, in CPython's order (Python/pylifecycle.c, finalize_modules).
    func tearDownModules() {
        let run = s.pointee.run
        clear(&s.pointee.handled)
        // A last collection while all is whole; what survives it is finalised in the order in which it was reached.
        collectGarbage()
        if heap.pointee.hasFinalizers { renumber(reachableFrom: run.pointee.mainNamespace) }
        // sys.modules is emptied: a module that nothing else refers to goes at once.
        let namespace = run.pointee.mainNamespace
        run.pointee.mainNamespace = .undefined
        if namespace.isPointer {
            incref(namespace)
            decref(namespace)
            decref(namespace)
        }
        for i in 0..<run.pointee.importedModules.count { decref(run.pointee.importedModules.exchange(at: i, .undefined)) }
        run.pointee.keptReferences.releaseAll(self)
        releaseThreadLocals()
        if run.pointee.callbacks != nil { releaseThreadingModule() } else { clear(&s.pointee.runtime.pointee.shared) }
        let identity = s.pointee.runtime.pointee.threads.exchangeIdentity(s, .undefined, .undefined)
        // Which of the references to the main thread's object is the last depends on who ends the module `threading`.
        let immortals = s.pointee.immortals
        decref(identity.threadObject)
        decref(identity.handle)
        s.pointee.immortals = immortals
        collectGarbage()
        // Namespaces that something still holds are emptied, newest last.
        var namespaces: [ObjectPointer] = []
        exclusively {
            heap.pointee.forEachObject {
                let isOwn = $0.pointee.shape == BuiltinShape.namespace.rawValue && runNumber(of: $0) == run.pointee.number
                if isOwn && (!$0.isImmortal || run.pointee.callbacks == nil) { namespaces.append($0) }
            }
            for object in namespaces where !object.isImmortal { incref(object) }
        }
        for object in namespaces {
            // What is immortal is the runtime's: emptying it is not the run's doing.
            let immortals = s.pointee.immortals
            clearNamespace(object.cast(NamespaceObject.self))
            if object.isImmortal { s.pointee.immortals = immortals }
        }
        for object in namespaces where !object.isImmortal { decref(object) }
        collectGarbage()
        clearException()
        mergeAllQueues()
    }

    // MARK: Figures

    /// What the thread counted so far, as sums.
    var counters: ThreadCounters {
        ThreadCounters(
            instructions: s.pointee.instructions, increfs: s.pointee.increfs &+ s.pointee.allocations, decrefs: s.pointee.decrefs,
            allocations: s.pointee.allocations, frees: s.pointee.frees, allocatedBytes: s.pointee.allocatedBytes, freedBytes: s.pointee.freedBytes)
    }

    /// What the thread counted so far.
    func threadFigures() -> ThreadFigures {
        // A thread that the end of the run has left behind may come for the lock just now: its record is the lock's business.
        let (number, name) = s.pointee.runtime.pointee.lock.identity(of: s.pointee.lockThread)
        return ThreadFigures(
            number: number, name: name, instructions: s.pointee.instructions,
            increfs: s.pointee.increfs &+ s.pointee.allocations, decrefs: s.pointee.decrefs, immortals: s.pointee.immortals, allocations: s.pointee.allocations,
            frees: s.pointee.frees, allocatedBytes: s.pointee.allocatedBytes, freedBytes: s.pointee.freedBytes, contendedSections: s.pointee.contendedSections, contendedCounts: s.pointee.contendedCounts,
            sharedOperations: s.pointee.sharedIncrefs &+ s.pointee.sharedDecrefs, merges: s.pointee.merges, handedOver: s.pointee.handedOver,
            spreadOperations: s.pointee.spreadOperations)
    }

    fileprivate func figures(_ outcome: ExitOutcome, cpuBefore: UInt64, notes: [String]) -> RunFigures {
        let runtime = s.pointee.runtime
        let run = s.pointee.run
        var notes = notes
        var threads = [threadFigures()]
        threads += run.pointee.books.pointee.endedThreads.map { $0.figures }
        var alive = 0
        var other = runtime.pointee.threads.first
        while let state = other {
            if state != s {
                threads.append(Thread(state).threadFigures())
                alive += 1
            }
            other = state.pointee.next
        }
        if alive > 0 {
            notes.append("\(alive) thread\(alive == 1 ? " was" : "s were") still running at exit; what \(alive == 1 ? "it" : "they") held is counted as alive.")
        }
        settleFigures()
        let liveBytes = self.liveBytes
        let peak = peakBytes
        if let note = noteOnPeak(threads: threads.count) { notes.append(note) }
        let cycles = heap.pointee.collector.collected
        let (leaks, objects, references) = survey()
        let races = raceFigures()
        let ledger = ledgerFigures()
        var cpu = gild_process_cpu_ns() &- cpuBefore
        if runtime.pointee.siblings > 1 {
            cpu = gild_thread_cpu_ns() &- cpuBefore &+ run.pointee.books.pointee.endedCPUNanoseconds
            if alive > 0 { notes.append("CPU time is that of the threads that had ended.") }
        }
        runtime.pointee.lock.drop(s.pointee.lockThread, .finish)
        let report = runtime.pointee.lock.stopMeasuring()
        threads.sort { $0.number < $1.number }
        return RunFigures(
            regime: runtime.pointee.regime, lockOrder: runtime.pointee.regime == .objectLock ? runtime.pointee.lockOrder : nil,
            exitStatus: outcome.status, killedBySignal: outcome.signal, cpuNanoseconds: cpu, lock: report, threads: threads,
            peakBytes: peak, liveReferences: references, liveObjects: objects, liveBytes: liveBytes, cyclesCollected: cycles, leaks: leaks, notes: notes,
            ledger: ledger, races: races, deadlockCount: run.pointee.books.pointee.deadlocks.count, deadlocks: run.pointee.books.pointee.deadlocks.first,
            pluginViolations: run.pointee.pluginViolations.figures.known, pluginViolationsBeyond: run.pointee.pluginViolations.figures.beyond)
    }

    /// The run's objects that are alive and not immortal, by type and allocation site.
    func survey() -> (leaks: [LeakFigures], objects: Int, references: Int) {
        quarantineAlone()
        let run = s.pointee.run.pointee.number
        struct Key: Hashable {
            var shape: UInt32
            var site: UInt32
        }
        let shared = reachableFromShared()
        var groups: [Key: (count: Int, references: Int, bytes: Int, shared: Int)] = [:]
        var objects = 0
        var references = 0
        heap.pointee.forEachObject { object in
            if object.isImmortal || runNumber(of: object) != run { return }
            objects += 1
            references += Int(self.references(of: object))
            let key = Key(shape: object.pointee.shape, site: object.prefix.pointee.site)
            let bytes = object.allocatedCapacity + 8
            let old = groups[key] ?? (0, 0, 0, 0)
            groups[key] = (
                old.count + 1, old.references + Int(self.references(of: object)), old.bytes + bytes, old.shared + (shared.contains(object) ? 1 : 0)
            )
        }
        var merged: [String: LeakFigures] = [:]
        for (key, group) in groups {
            let shape = s.pointee.shapes[Int(key.shape)].unsafelyUnwrapped
            let type = shape.pointee.kind == .quarantined ? "freed too early" : key.shape == BuiltinShape.namespace.rawValue ? "namespace" : shape.pointee.kind == .type ? "type" : string(shape.pointee.type.pointee.name)
            let site = siteText(key.site)
            var entry = merged[type + "\u{0}" + site] ?? LeakFigures(type: type, site: site, count: 0, references: 0, bytes: 0)
            entry.count += group.count
            entry.references += group.references
            entry.bytes += group.bytes
            entry.shared += group.shared
            merged[type + "\u{0}" + site] = entry
        }
        let leaks = merged.values.sorted { ($1.count, $0.type, $0.site) < ($0.count, $1.type, $1.site) }
        return (leaks, objects, references)
    }

    /// `file:line` of an allocation site.
    func siteText(_ site: UInt32) -> String {
        guard let (code, instruction) = s.pointee.runtime.pointee.code.locate(site: site) else { return "runtime" }
        return "\(code.shownName):\(code.position(at: instruction).line)"
    }
}
