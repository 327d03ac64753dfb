// An interactive session: a run whose main thread waits for inputs.
//
//     asker                                        main thread of the run
//     parse and compile (any thread)
//     put the input into the queue, wake ────────▶ take it, with the lock
//                                                  extend `__main__` by the new names, run the code
//                                                  an exception: print it, forget it
//     told the outcome ◀────────────────────────── done
//                                                  wait without the lock
//
// All inputs share one namespace, whose slots only ever grow: the compiler numbers the names of an input after those of the
// inputs before it. So inputs are compiled one at a time, each against the names that the one before it left.
//
// KeyboardInterrupt ends the evaluation, not the session; SystemExit ends the session.

import CGild
import GildScript
import Glibc

/// How one input ended.
public enum EvaluationOutcome: Sendable, Equatable {
    case complete
    /// More lines are needed; nothing was run.
    case incomplete
    /// An exception, or a syntax error, was printed to standard error.
    case failed
    /// The session is over (SystemExit, or it was closed); nothing more will be evaluated.
    case ended
}

final class InteractiveRun: @unchecked Sendable {
    static let sourceName = "<stdin>"

    private struct Input {
        var compiled: CompiledModule
        var done: @Sendable (EvaluationOutcome) -> Void
    }

    private let mutex = ConditionMutex()
    /// Guarded by `mutex`.
    private var queue: [Input] = []
    private var isClosed = false
    private var hasEnded = false
    /// Set when there is something in the queue; the main thread sleeps on it. Lives as long as the session.
    private let word: UnsafeMutablePointer<UInt32>
    /// Names of the slots of `__main__`. One asker at a time: guarded by `asking`.
    private var names = ["_", "__name__", "__doc__"]
    private let asking = ConditionMutex()
    let onError: @Sendable (String) -> Void

    /// What can be imported beside gild's own modules, now.
    private let modules: @Sendable () -> Set<String>

    init(modules: @escaping @Sendable () -> Set<String>, onError: @escaping @Sendable (String) -> Void) {
        self.modules = modules
        self.onError = onError
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    deinit { word.deallocate() }

    // MARK: Asking

    /// On a thread of its own: parsing and compiling recurse with the nesting of the text.
    func evaluate(_ text: String, _ done: @escaping @Sendable (EvaluationOutcome) -> Void) {
        let started = startOSThread(stackSize: 256 << 20) { [self] in compileAndQueue(text, done) }
        if !started {
            onError("gild: the system refuses another thread\n")
            done(.failed)
        }
    }

    private func compileAndQueue(_ text: String, _ done: @escaping @Sendable (EvaluationOutcome) -> Void) {
        asking.lock()
        defer { asking.unlock() }
        switch completeness(ofInput: text, name: InteractiveRun.sourceName) {
        case .incomplete: return done(.incomplete)
        case .invalid(let diagnostic):
            onError(diagnostic.rendered())
            return done(.failed)
        case .complete: break
        }
        let source = SourceFile(name: InteractiveRun.sourceName, text: Array(text.utf8))
        do throws(Diagnostic) {
            let compiled = try compileInteractive(try parse(source), source: source, globals: names, modules: modules())
            names = compiled.globalNames
            for warning in compiled.warnings { onError(warning) }
            mutex.lock()
            let isOver = isClosed || hasEnded
            if !isOver { queue.append(Input(compiled: compiled, done: done)) }
            mutex.unlock()
            if isOver { return done(.ended) }
            RawEvent(word: word).set()
        } catch {
            onError(error.rendered())
            done(.failed)
        }
    }

    func close() {
        mutex.lock()
        isClosed = true
        mutex.unlock()
        RawEvent(word: word).set()
    }

    // MARK: The main thread

    func serve(_ thread: Thread) -> ExitOutcome {
        var outcome = ExitOutcome()
        while true {
            mutex.lock()
            let input = queue.isEmpty ? nil : queue.removeFirst()
            if input == nil {
                gild_fetch_and_32(word, ~1)
                if isClosed {
                    mutex.unlock()
                    break
                }
            }
            mutex.unlock()
            guard let input else {
                let record = thread.s.pointee.lockThread
                let event = RawEvent(word: word)
                if thread.allowThreads(.read, { event.wait(record, deadline: nil) }) == .interrupted {
                    if !thread.handleEvalBreaker() {
                        if thread.s.pointee.isTerminating {
                            outcome = thread.exitOutcome()
                            break
                        }
                        // KeyboardInterrupt with nothing to interrupt.
                        thread.clearException()
                    }
                }
                continue
            }
            let (result, exit) = run(input.compiled, thread)
            input.done(result)
            if let exit {
                outcome = exit
                break
            }
        }
        mutex.lock()
        hasEnded = true
        let left = queue
        queue = []
        mutex.unlock()
        for input in left { input.done(.ended) }
        return outcome
    }

    private func run(_ compiled: CompiledModule, _ thread: Thread) -> (EvaluationOutcome, ExitOutcome?) {
        let run = thread.s.pointee.run
        let function = thread.load(compiled, moduleName: "__main__", into: run.pointee.mainNamespace)
        if function.isUndefined {
            thread.printException()
            return (.failed, nil)
        }
        if run.pointee.mainNamespace.isUndefined {
            run.pointee.mainNamespace = thread.newReference(function.cast(FunctionObject.self).pointee.globals)
        }
        let result = thread.call(function)
        thread.decref(function)
        if !result.isUndefined {
            thread.decref(result)
            for descriptor: Int32 in 1...2 where !thread.flush(fd: descriptor) { thread.clearException() }
            return (.complete, nil)
        }
        if thread.s.pointee.isTerminating { return (.ended, thread.exitOutcome()) }
        if thread.isInstance(thread.s.pointee.exception, of: .systemExit) { return (.ended, thread.exitOutcome()) }
        if !thread.isInstance(thread.s.pointee.exception, of: .baseException) { return (.failed, nil) }
        thread.printException()
        for descriptor: Int32 in 1...2 where !thread.flush(fd: descriptor) { thread.clearException() }
        return (.failed, nil)
    }
}

extension gild_thread_ref {
    /// Print the exception being raised, which is none afterwards. As `exitOutcome` prints it, KeyboardInterrupt too.
    fileprivate func printException() {
        let exception = s.pointee.exception
        s.pointee.exception = .undefined
        if !flush() { clearException() }
        printException(exception)
        decref(exception)
    }
}

/// `sys.displayhook`: show a value that is not None, and remember it as `_`.
let displayHook = NativeDefinition(displayHookName, 1, 1) { thread, arguments, _, _ in
    let value = arguments[0]
    if value.isNone { return .none }
    let text = thread.repr(value)
    if text.isUndefined { return text }
    defer { thread.decref(text) }
    if !thread.write(fd: 1, text) || !thread.write(fd: 1, thread.heap.pointee.internTable.single[10]) { return .undefined }
    thread.setMainVariable("_", thread.newReference(value))
    return .none
}

/// A session in a runtime, as its host sees it.
public final class InteractiveSession: Sendable {
    public let run: HostedRun
    private let session: InteractiveRun

    init(run: HostedRun, session: InteractiveRun) {
        self.run = run
        self.session = session
    }

    /// Evaluate one input; `done` is called once, on whatever thread knows. One at a time: the next after `done`.
    public func evaluate(_ text: String, _ done: @escaping @Sendable (EvaluationOutcome) -> Void) { session.evaluate(text, done) }

    /// KeyboardInterrupt in the evaluation that is going on.
    public func interrupt() { run.interruptMainThread() }

    /// End the session after what is queued.
    public func close() { session.close() }
}

extension RuntimeHost {
    public func openInteractive(_ options: HostedRunOptions) throws(HostError) -> InteractiveSession {
        let output = options.onOutput
        let session = InteractiveRun(
            modules: { [weak self] in self?.pluginModules ?? [] },
            onError: { text in Array(text.utf8).withUnsafeBufferPointer { output(2, $0) } })
        let run = HostedRun(host: self, options: options, program: .interactive(session))
        try run.start()
        return InteractiveSession(run: run, session: session)
    }
}
