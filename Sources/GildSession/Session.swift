// One run, from a script's text to its report: read, parse, compile, execute, turn figures into a report.

import CGild
import GildReport
import GildRuntime
import GildScript
import Glibc

/// Run a script in a runtime of its own. Its output goes to descriptors 1 and 2. Blocks until the run has ended.
///
/// A script that does not compile ends as in CPython: the diagnostic on standard error and status 1.
public func runScript(_ input: ScriptInput, options: RunOptions) throws(SessionError) -> RunOutcome {
    let module = try compileScript(input)
    for warning in module.warnings { writeToStandardError(warning) }
    var settings = RuntimeOptions()
    settings.switchIntervalNanoseconds = options.switchIntervalNanoseconds
    settings.heapLimitBytes = options.heapLimitBytes
    settings.timeLimitNanoseconds = options.timeLimitNanoseconds
    settings.recursionLimit = options.recursionLimit
    settings.arguments = options.arguments
    settings.scriptPath = input.absoluteName
    settings.shownScriptPath = input.name
    settings.switchAtEveryCheckpoint = options.stress.contains(.switchAtEveryCheckpoint)
    settings.collectAtEveryAllocation = options.stress.contains(.collectAtEveryAllocation)
    let figures = execute(module, options: settings)
    return RunOutcome(exitStatus: figures.exitStatus, killedBySignal: figures.killedBySignal, report: report(figures, script: input.name))
}

/// The listing of a script's code objects.
public func disassembleScript(_ input: ScriptInput) throws(SessionError) -> String {
    disassemble(try compileScript(input))
}

/// Compile a script and throw what is wrong with it.
public func checkScript(_ input: ScriptInput) throws(SessionError) {
    _ = try compileScript(input)
}

private func compileScript(_ input: ScriptInput) throws(SessionError) -> CompiledModule {
    let source = SourceFile(name: input.absoluteName, text: try input.read())
    do throws(Diagnostic) {
        return try onLargeStack { () throws(Diagnostic) in try compile(try parse(source), source: source) }
    } catch {
        throw SessionError(code: .invalidScript, message: error.rendered(), place: input.name)
    }
}

/// Parsing and compiling recurse with the nesting of the source, up to the parser's limits: give them a stack for it.
private func onLargeStack<T>(_ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    var result: Result<T, Diagnostic>?
    withoutActuallyEscaping({
        do throws(Diagnostic) { result = .success(try body()) } catch { result = .failure(error) }
    }) { work in
        let box = Unmanaged.passRetained(WorkBox(work: work))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 256 << 20)
        var handle = pthread_t()
        let code = pthread_create(&handle, &attributes, { argument in
            Unmanaged<WorkBox>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue().work()
            return nil
        }, box.toOpaque())
        pthread_attr_destroy(&attributes)
        if code == 0 {
            pthread_join(handle, nil)
        } else {
            box.release()
            work()
        }
    }
    return try result.unsafelyUnwrapped.get()
}

private final class WorkBox {
    let work: () -> Void
    init(work: @escaping () -> Void) { self.work = work }
}

private func writeToStandardError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        var at = 0
        while at < bytes.count {
            let written = write(STDERR_FILENO, bytes.baseAddress.unsafelyUnwrapped + at, bytes.count - at)
            if written < 0 && errno != EINTR { return }
            at += max(0, written)
        }
    }
}

// MARK: - The report

private func report(_ figures: RunFigures, script: String) -> RunReport {
    var report = RunReport(script: script)
    report.exitStatus = figures.killedBySignal.map { 128 + Int($0) } ?? Int(figures.exitStatus)
    report.wallNanoseconds = Int(figures.lock.wallNanoseconds)
    report.cpuNanoseconds = Int(figures.cpuNanoseconds)
    report.notes = figures.notes

    let lock = figures.lock
    let names = Dictionary(lock.threads.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    var pairs: [GildReport.LockReport.HandoffPair] = []
    for pair in lock.pairs {
        for (reason, count) in [(HandoffReason.blocking, pair.counts.blocking), (.interval, pair.counts.interval), (.finish, pair.counts.finish)]
        where count > 0 {
            pairs.append(.init(from: names[pair.from] ?? "?", to: names[pair.to] ?? "?", reason: reason, count: Int(count)))
        }
    }
    if lock.handoffsBeyondPairs.total > 0 {
        report.notes.append("\(lock.handoffsBeyondPairs.total) handoffs between further pairs of threads are counted but not listed by pair.")
    }
    report.lock = GildReport.LockReport(
        switchIntervalNanoseconds: Int(lock.switchIntervalNanoseconds), acquisitions: Int(lock.acquisitions),
        contendedAcquisitions: Int(lock.contendedAcquisitions), drops: Int(lock.drops.total),
        handoffs: .init(blocking: Int(lock.handoffs.blocking), interval: Int(lock.handoffs.interval), finish: Int(lock.handoffs.finish)),
        dropRequests: Int(lock.dropRequests), futileWakeups: Int(lock.futileWakeups), hold: distribution(lock.hold), wait: distribution(lock.wait),
        handoff: distribution(lock.handoff), idleNanoseconds: Int(lock.idleNanoseconds), unaccountedNanoseconds: Int(lock.unaccountedNanoseconds),
        handoffPairs: pairs)

    let byNumber = Dictionary(figures.threads.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    report.threads = lock.threads.map { thread in
        let counters = byNumber[thread.number]
        return ThreadReport(
            name: thread.name, holdNanoseconds: Int(thread.hold.sum), waitNanoseconds: Int(thread.wait.sum), blockedNanoseconds: Int(thread.blocked.sum),
            acquisitions: Int(thread.acquisitions), instructions: Int(counters?.instructions ?? 0), increfs: Int(counters?.increfs ?? 0),
            decrefs: Int(counters?.decrefs ?? 0), allocations: Int(counters?.allocations ?? 0))
    }

    let increfs = figures.threads.reduce(0) { $0 + Int($1.increfs) }
    let decrefs = figures.threads.reduce(0) { $0 + Int($1.decrefs) }
    report.refcounts = RefcountReport(increfs: increfs, decrefs: decrefs, liveReferences: figures.liveReferences)

    var live: [String: (count: Int, bytes: Int)] = [:]
    for leak in figures.leaks {
        let old = live[leak.type] ?? (0, 0)
        live[leak.type] = (old.count + leak.count, old.bytes + leak.bytes)
    }
    report.heap = HeapReport(
        allocatedObjects: figures.threads.reduce(0) { $0 + Int($1.allocations) }, freedObjects: figures.threads.reduce(0) { $0 + Int($1.frees) },
        liveObjects: figures.liveObjects, allocatedBytes: figures.threads.reduce(0) { $0 + Int($1.allocatedBytes) },
        freedBytes: figures.threads.reduce(0) { $0 + Int($1.freedBytes) }, liveBytes: figures.liveBytes, peakBytes: figures.peakBytes,
        cyclesCollected: figures.cyclesCollected,
        leaked: figures.leaks.map { .init(type: $0.type, count: $0.count, refcount: $0.references, site: $0.site) },
        live: live.map { HeapReport.LiveType(type: $0.key, count: $0.value.count, bytes: $0.value.bytes) }
            .sorted { ($1.bytes, $0.type) < ($0.bytes, $1.type) })
    return report
}

private func distribution(_ times: GildRuntime.TimeDistribution) -> GildReport.TimeDistribution {
    GildReport.TimeDistribution(
        count: Int(times.count), sum: Int(times.sum), minimum: Int(times.min), p50: Int(times.p50), p90: Int(times.p90), p99: Int(times.p99),
        p999: Int(times.p999), maximum: Int(times.max))
}
