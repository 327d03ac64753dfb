// One script in several runtimes of one process at the same time (PEP 684): each has its heap, its lock, its modules and its
// streams; they share the process and what goes through channels.
//
//     caller                                 main thread of each runtime
//     start a keeper for each runtime        make heap, types, builtins
//                                            wait at the gate until all have come so far
//     wait until all keepers are done        run the script to its end and its figures
//
// The gate is why their figures can be compared: nobody's time includes the making of another's heap, and on as many
// cores all begin together. A keeper is an OS thread that does for its runtime what the caller of `execute` does for a runtime
// of its own: it waits for the run, and stops it at the time limit.
//
// What belongs to the process and cannot be divided: standard input is the first runtime's, and at its end for the others.
// SIGINT goes to all of them (SignalBridge.swift). The CPU time of a runtime is the sum over its threads.

import CGild
import GildScript
import Glibc

/// Runtimes that may be started together.
public let greatestSiblings = 64

/// What several runtimes did.
public struct SiblingFigures: Sendable {
    /// By the number of the runtime.
    public var runtimes: [RunFigures]
    /// From the opening of the gate to the end of the last run, in nanoseconds.
    public var wallNanoseconds: UInt64
    /// CPU time of the process within that span.
    public var cpuNanoseconds: UInt64
}

/// Where main threads wait for one another.
final class StartGate: @unchecked Sendable {
    private let mutex = ConditionMutex()
    // Guarded by `mutex`.
    private var missing: Int
    private var opened: (wall: UInt64, cpu: UInt64) = (0, 0)

    init(count: Int) { missing = count }

    /// Returns when all have arrived.
    func arrive() {
        mutex.lock()
        defer { mutex.unlock() }
        missing -= 1
        if missing == 0 {
            opened = (gild_monotonic_ns(), gild_process_cpu_ns())
            mutex.signal()
        }
        while missing > 0 { mutex.wait() }
    }

    /// Nanoseconds since the gate opened.
    var elapsed: (wall: UInt64, cpu: UInt64) {
        mutex.lock()
        defer { mutex.unlock() }
        return (gild_monotonic_ns() &- opened.wall, gild_process_cpu_ns() &- opened.cpu)
    }
}

/// A run's place among those started with it.
struct SiblingPlace {
    var index = 0
    var count = 1
    var gate: StartGate?
}

/// Run a compiled script to its end in `count` runtimes, at most `greatestSiblings`. Blocks the calling thread.
public func execute(_ compiled: CompiledModule, options: RuntimeOptions, runtimes count: Int) -> SiblingFigures {
    precondition(count >= 1 && count <= greatestSiblings, "from 1 to \(greatestSiblings) runtimes can be started together")
    let gate = StartGate(count: count)
    let results = SiblingResults(count: count)
    for index in 0..<count {
        let place = SiblingPlace(index: index, count: count, gate: gate)
        let started = startOSThread(stackSize: 1 << 20) { results.add(execute(compiled, options: options, place: place), at: index) }
        guard started else { fatalError("gild: the system refuses a thread for runtime \(index) of \(count)") }
    }
    let figures = results.wait()
    let elapsed = gate.elapsed
    return SiblingFigures(runtimes: figures, wallNanoseconds: elapsed.wall, cpuNanoseconds: elapsed.cpu)
}

/// Figures of runs as they end.
private final class SiblingResults: @unchecked Sendable {
    private let mutex = ConditionMutex()
    // Guarded by `mutex`.
    private var figures: [RunFigures?]
    private var missing: Int

    init(count: Int) {
        figures = Array(repeating: nil, count: count)
        missing = count
    }

    func add(_ one: RunFigures, at index: Int) {
        mutex.lock()
        figures[index] = one
        missing -= 1
        if missing == 0 { mutex.signal() }
        mutex.unlock()
    }

    func wait() -> [RunFigures] {
        mutex.lock()
        defer { mutex.unlock() }
        while missing > 0 { mutex.wait() }
        return figures.compactMap { $0 }
    }
}
