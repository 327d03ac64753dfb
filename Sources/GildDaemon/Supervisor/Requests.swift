// What clients ask of workloads. Each request answers once, through its `done`, on any thread: at once, when the run has
// started or ended, or when its time is up; what was asked for then goes on.

import GildControl
import GildReport
import GildWorkload
import NIOConcurrencyHelpers

/// Calls its closure for the first of several who want to.
final class Once<Value: Sendable>: Sendable {
    private let body: NIOLockedValueBox<(@Sendable (Value) -> Void)?>

    init(_ body: @escaping @Sendable (Value) -> Void) { self.body = NIOLockedValueBox(body) }

    func callAsFunction(_ value: Value) { take()?(value) }

    /// Nobody is told any more.
    func cancel() { _ = take() }

    private func take() -> (@Sendable (Value) -> Void)? {
        body.withLockedValue { body in
            defer { body = nil }
            return body
        }
    }
}

extension Supervisor {
    typealias Answer<Value: Sendable> = @Sendable (Result<Value, ControlError>) -> Void

    /// Starts a run; `done` has its number once it runs.
    func start(_ name: String, done: @escaping Answer<Int>) {
        attempt(done) { deferred throws(ControlError) in
            guard !isStopping else { throw .stopping }
            let workload = try find(name)
            if workload.lifecycle.isBusy { throw .alreadyRunning(name: name, run: workload.runNumber ?? 0) }
            workload.nextStartWaiters.append(done)
            handle(.start, workload, &deferred)
        }
    }

    /// Stops the run, and what would start the next one; `done` has the run's exit status, nil where none was under way.
    func stop(_ name: String, timeoutNanoseconds: UInt64, done: @escaping Answer<Int?>) {
        let once = Once(done)
        attempt({ once($0) }) { deferred throws(ControlError) in
            let workload = try find(name)
            guard workload.lifecycle.isBusy else {
                guard workload.lifecycle.state == .waiting else { throw .notRunning(name: name) }
                handle(.stop, workload, &deferred)
                deferred.add { once(.success(nil)) }
                return
            }
            onEnd(of: workload, timeoutNanoseconds, once) { once(.success($0.exitStatus)) }
            handle(.stop, workload, &deferred)
        }
    }

    /// Stops the run, if there is one, and starts another, whose number `done` has.
    func restart(_ name: String, timeoutNanoseconds: UInt64, done: @escaping Answer<Int>) {
        let once = Once(done)
        attempt({ once($0) }) { deferred throws(ControlError) in
            guard !isStopping else { throw .stopping }
            let workload = try find(name)
            workload.nextStartWaiters.append { once($0) }
            if workload.lifecycle.isBusy { armTimeout(timeoutNanoseconds, once) }
            handle(.restart, workload, &deferred)
        }
    }

    /// Stops the workload and forgets it.
    func remove(_ name: String, timeoutNanoseconds: UInt64, done: @escaping Answer<Void>) {
        let once = Once(done)
        attempt({ once($0) }) { deferred throws(ControlError) in
            let workload = try find(name)
            workload.removalWaiters.append { once(.success(())) }
            if workload.lifecycle.isBusy { armTimeout(timeoutNanoseconds, once) }
            handle(.remove, workload, &deferred)
        }
    }

    /// The end of the run under way, or of the latest one.
    /// - Returns: ends the wait without an answer.
    func wait(_ name: String, timeoutNanoseconds: UInt64?, done: @escaping Answer<RunEnd>) -> @Sendable () -> Void {
        let once = Once(done)
        var cancel: @Sendable () -> Void = { once.cancel() }
        attempt({ once($0) }) { deferred throws(ControlError) in
            let workload = try find(name)
            guard workload.lifecycle.isBusy else {
                guard let end = workload.lastEnd else { throw .notRunning(name: name) }
                deferred.add { once(.success(end)) }
                return
            }
            let waiter = onEnd(of: workload, timeoutNanoseconds, once) { once(.success($0)) }
            cancel = { [weak self] in
                once.cancel()
                self?.lock.withLock { workload.endWaiters[waiter] = nil }
            }
        }
        return cancel
    }

    /// Defines workloads; all or none.
    func submit(
        _ definitions: [WorkloadDefinition], from file: String, replaces: Bool, starts: Bool
    ) -> Result<[String], ControlError> {
        var result: Result<[String], ControlError> = .failure(.stopping)
        attempt({ result = $0 }) { deferred throws(ControlError) in
            guard !isStopping else { throw .stopping }
            var problems: [Problem] = []
            for (index, definition) in definitions.enumerated() {
                let path = "workloads[\(index)]"
                if entry(definition.runtime) == nil {
                    problems.append(Problem(file: file, path: path + ".runtime", message: "there is no runtime '\(definition.runtime)'"))
                }
                guard let old = byName[definition.name] else { continue }
                if !replaces {
                    problems.append(Problem(file: file, path: path + ".name", message: "there is a workload '\(definition.name)' already"))
                } else if old.lifecycle.isBusy {
                    throw .alreadyRunning(name: definition.name, run: old.runNumber ?? 0)
                }
            }
            if !problems.isEmpty { throw .invalid(problems) }
            for definition in definitions {
                define(definition, isSubmitted: true, definedIn: file, starts: starts && definition.autostart, &deferred)
            }
            let names = definitions.map(\.name)
            deferred.add { result = .success(names) }
        }
        return result
    }

    // MARK: - Steps

    /// Runs `body` under the lock; what it throws goes to `done`.
    private func attempt<Value>(
        _ done: (Result<Value, ControlError>) -> Void, _ body: (inout Deferred) throws(ControlError) -> Void
    ) {
        var failure: ControlError?
        transaction { deferred in
            do throws(ControlError) { try body(&deferred) } catch { failure = error }
        }
        if let failure { done(.failure(failure)) }
    }

    /// Under the lock.
    @discardableResult
    private func onEnd<Value>(
        of workload: Workload, _ timeoutNanoseconds: UInt64?, _ once: Once<Result<Value, ControlError>>,
        _ body: @escaping @Sendable (RunEnd) -> Void
    ) -> Int {
        lastWaiter += 1
        let waiter = lastWaiter
        let timer = timeoutNanoseconds.map { nanoseconds in
            clock.schedule(after: nanoseconds) { [weak self] in
                self?.lock.withLock { workload.endWaiters[waiter] = nil }
                once(.failure(.timedOut(afterNanoseconds: Int(clamping: nanoseconds))))
            }
        }
        workload.endWaiters[waiter] = { [clock] end in
            if let timer { clock.cancel(timer) }
            body(end)
        }
        return waiter
    }

    private func armTimeout<Value>(_ nanoseconds: UInt64, _ once: Once<Result<Value, ControlError>>) {
        clock.schedule(after: nanoseconds) { once(.failure(.timedOut(afterNanoseconds: Int(clamping: nanoseconds)))) }
    }

    /// Under the lock. A new workload, or a new definition of one.
    func define(
        _ definition: WorkloadDefinition, isSubmitted: Bool, definedIn: String, starts: Bool, _ deferred: inout Deferred
    ) {
        if let workload = byName[definition.name] {
            workload.isSubmitted = isSubmitted
            workload.definedIn = definedIn
            workload.output.setLimit(definition.outputBytes)
            handle(.replace(definition, starts: starts), workload, &deferred)
            return
        }
        let workload = Workload(definition, isSubmitted: isSubmitted, definedIn: definedIn, now: clock.now())
        workloads.append(workload)
        byName[definition.name] = workload
        if starts { handle(.start, workload, &deferred) }
    }
}
