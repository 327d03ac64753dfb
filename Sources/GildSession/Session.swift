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
    let module = try compileAndWarn(input, options)
    var settings = settings(input, options)
    if let limit = options.traceLimitBytes {
        guard let recording = TraceRecording(limitBytes: limit) else {
            throw SessionError(code: .noMemory, message: "no address space for a trace of \(limit) bytes (--trace-limit)", place: input.name)
        }
        settings.trace = recording
    }
    let figures = execute(module, options: settings)
    var report = report(figures, script: input.name)
    if !options.plugins.isEmpty { report.plugins = options.plugins.map { PluginReport($0.figures) } }
    if options.recentHandoffs { report.lock.recentHandoffs = recentHandoffs(figures.lock) }
    let trace = settings.trace.map { RunTrace($0, figures: figures, report: report) }
    if let note = trace?.note { report.notes.append(note) }
    return RunOutcome(exitStatus: figures.exitStatus, killedBySignal: figures.killedBySignal, report: report, trace: trace)
}

/// Run a script in so many runtimes of this process at the same time (1 ... `greatestSiblings`), each with its own heap and lock.
/// The status is that of the first runtime, by number, whose status is not 0.
public func runScript(_ input: ScriptInput, options: RunOptions, runtimes count: Int) throws(SessionError) -> SiblingsOutcome {
    let module = try compileAndWarn(input, options)
    let figures = execute(module, options: settings(input, options), runtimes: count)
    let decisive = figures.runtimes.first { $0.exitStatus != 0 || $0.killedBySignal != nil }
    return SiblingsOutcome(
        exitStatus: decisive?.exitStatus ?? 0, killedBySignal: decisive?.killedBySignal,
        report: SiblingsReport(
            script: input.name, wallNanoseconds: Int(figures.wallNanoseconds), cpuNanoseconds: Int(figures.cpuNanoseconds),
            runtimes: figures.runtimes.map { report($0, script: input.name) }))
}

public let greatestSiblings = GildRuntime.greatestSiblings

private func compileAndWarn(_ input: ScriptInput, _ options: RunOptions) throws(SessionError) -> CompiledModule {
    let module = try compileText(try input.read(), of: input, modules: Set(options.plugins.map(\.name)))
    for warning in module.warnings { writeToStandardError(warning) }
    return module
}

private func settings(_ input: ScriptInput, _ options: RunOptions) -> RuntimeOptions {
    var settings = RuntimeOptions()
    settings.regime = options.regime
    settings.lockOrder = options.lockOrder
    settings.scheduling = options.scheduling
    settings.switchIntervalNanoseconds = options.switchIntervalNanoseconds
    settings.heapLimitBytes = options.heapLimitBytes
    settings.timeLimitNanoseconds = options.timeLimitNanoseconds
    settings.recursionLimit = options.recursionLimit
    settings.onDeadlock = options.onDeadlock
    settings.arguments = options.arguments
    settings.workload = input.name
    settings.scriptPath = input.absoluteName
    settings.shownScriptPath = input.name
    settings.switchAtEveryCheckpoint = options.stress.contains(.switchAtEveryCheckpoint)
    settings.collectAtEveryAllocation = options.stress.contains(.collectAtEveryAllocation)
    settings.ledger = options.ledger
    settings.plugins = options.plugins
    settings.greatestPluginHoldNanoseconds = options.greatestPluginHoldNanoseconds
    return settings
}

/// The listing of a script's code objects.
public func disassembleScript(_ input: ScriptInput) throws(SessionError) -> String {
    disassemble(try compileScript(input))
}

/// Compile a script and throw what is wrong with it.
/// - Parameter modules: names that it can import beside gild's own modules.
public func checkScript(_ input: ScriptInput, modules: Set<String> = []) throws(SessionError) {
    _ = try compileText(try input.read(), of: input, modules: modules)
}

func compileScript(_ input: ScriptInput) throws(SessionError) -> CompiledModule { try compileText(try input.read(), of: input) }

/// - Parameter modules: names that the script can import beside gild's own modules.
func compileText(_ text: [UInt8], of input: ScriptInput, modules: Set<String> = []) throws(SessionError) -> CompiledModule {
    let source = SourceFile(name: input.absoluteName, text: text)
    do throws(Diagnostic) {
        return try onLargeStack { () throws(Diagnostic) in try compile(try parse(source), source: source, modules: modules) }
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
