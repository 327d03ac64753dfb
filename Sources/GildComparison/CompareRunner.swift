// gild compare: the same script under every configuration, in turn.
//
//   round 1:  gil·1  gil·2  biased·1  biased·2  CPython·1  CPython·2
//   round 2:  gil·1  …
//
// A configuration that fails is not run again; the others go on. Every run's standard output is held against the reference's, which is
// the first run that ended well; where each thread does its own work the amount of output may follow the count, so there is a reference
// for each thread count then. Of the reports only that of the fastest run of a configuration is kept, and of those only the one with the
// most threads lists its handoffs one by one: it is what the timeline is drawn from.
//
// Beside its threads, a regime with one lock can be run in several runtimes of one process (`gild run --runtimes`), each of which gets a thread count
// of 1 and does all the work. What several of them print mixes, and is not compared.

import CGild
import GildReport
import Glibc

public struct ComparePlan: Sendable {
    public var script: String
    /// After the thread count.
    public var arguments: [String]
    /// Names of regimes, and whether one lock guards the whole heap.
    public var regimes: [(name: String, hasOneLock: Bool)]
    /// For object-lock; nil: what `gild run` takes.
    public var lockOrder: String?
    public var pythons: [Comparison.Subject.Python]
    /// In ascending order.
    public var threadCounts: [Int]
    /// Runtimes of a process that the script runs in at once, at most; nil: only one.
    public var runtimes: Int?
    public var repetitions: Int
    public var work: Comparison.Work
    /// Of each run.
    public var timeLimitNanoseconds: UInt64
    /// Processors that the runs may use.
    public var processors: Int

    public init(
        script: String, arguments: [String], regimes: [(name: String, hasOneLock: Bool)], lockOrder: String? = nil,
        pythons: [Comparison.Subject.Python] = [],
        threadCounts: [Int], runtimes: Int? = nil, repetitions: Int, work: Comparison.Work = .total, timeLimitNanoseconds: UInt64, processors: Int = usableProcessors()
    ) {
        self.script = script
        self.arguments = arguments
        self.regimes = regimes
        self.lockOrder = lockOrder
        self.pythons = pythons
        self.threadCounts = threadCounts
        self.runtimes = runtimes
        self.repetitions = repetitions
        self.work = work
        self.timeLimitNanoseconds = timeLimitNanoseconds
        self.processors = processors
    }

    private static let regimeWithLockOrder = "object-lock"

    /// Regimes, then interpreters; two that call themselves the same are told apart by their paths.
    var subjects: [Comparison.Subject] {
        let python = pythons.map { python in
            var subject = Comparison.Subject(python)
            if pythons.count(where: { $0.name == python.name }) > 1 { subject.name += " \(python.path)" }
            return subject
        }
        let own = regimes.map {
            Comparison.Subject(regime: $0.name, lockOrder: $0.name == Self.regimeWithLockOrder ? lockOrder : nil, hasOneLock: $0.hasOneLock)
        }
        let apart = runtimes == nil ? [] : regimes.filter(\.hasOneLock).map { Comparison.Subject(runtimesOf: $0.name) }
        return own + apart + python
    }

    /// As many runtimes as there are threads, and the most that there shall be.
    var runtimeCounts: [Int] {
        guard let runtimes else { return [] }
        return threadCounts.filter { $0 < runtimes } + [runtimes]
    }

    /// What is run, in its order; nothing has been run yet.
    var configurations: [(subject: Comparison.Subject, result: Comparison.Configuration)] {
        subjects.flatMap { subject in
            let isApart = subject.isInRuntimes == true
            return (isApart ? runtimeCounts : threadCounts).map {
                (subject, Comparison.Configuration(subject: subject.name, threads: $0, runtimes: isApart ? $0 : nil))
            }
        }
    }
}

/// Runs everything. `progress` gets a line before each run.
public func compare(_ plan: ComparePlan, progress: (String) -> Void = { _ in }) throws(ComparisonError) -> Comparison {
    let subjects = plan.subjects
    var pending = plan.configurations
    var references: [Int: (name: String, output: ScratchFile)] = [:]
    for round in 1...plan.repetitions {
        for index in pending.indices where pending[index].result.failure == nil {
            let (subject, configuration) = pending[index]
            progress("round \(round) of \(plan.repetitions): \(configuration.name)")
            let ended = try plan.run(subject, configuration)
            if let failure = ended.failure {
                pending[index].result.failure = ended.failed(failure, round: round)
                continue
            }
            pending[index].result.add(ended)
            if configuration.runtimes ?? 1 > 1 { continue }
            let key = plan.work == .total ? 0 : configuration.threads
            if let reference = references[key] {
                if pending[index].result.difference == nil,
                    let place = firstDifference(expected: reference.output, found: ended.child.standardOutput)
                {
                    pending[index].result.difference = .init(
                        reference: reference.name, line: place.line, expected: place.expected, found: place.found)
                }
            } else {
                references[key] = (configuration.name, ended.child.standardOutput)
            }
        }
    }
    for subject in subjects {
        let own = pending.indices.filter { pending[$0].subject == subject && pending[$0].result.report != nil }
        for index in own.dropLast() { pending[index].result.report?.lock.recentHandoffs = nil }
    }
    return Comparison(
        script: plan.script, arguments: plan.arguments, work: plan.work, repetitions: plan.repetitions, processors: plan.processors,
        threadCounts: Set(plan.threadCounts + plan.runtimeCounts).sorted(), subjects: subjects, configurations: pending.map(\.result))
}

extension ComparePlan {
    fileprivate func run(_ subject: Comparison.Subject, _ configuration: Comparison.Configuration) throws(ComparisonError) -> EndedRun {
        let threads = configuration.runtimes == nil ? configuration.threads : 1
        if let python = subject.python {
            do throws(ChildError) {
                let child = try runChild(
                    python.path, [python.path, script, "\(threads)"] + arguments, deadlineNanoseconds: timeLimitNanoseconds)
                return EndedRun(child: child, failure: child.failure(timeLimit: timeLimitNanoseconds))
            } catch {
                throw ComparisonError(error, what: python.path)
            }
        }
        var options = ["--regime", subject.regime ?? subject.name]
        if let runtimes = configuration.runtimes { options += ["--runtimes", "\(runtimes)"] } else { options.append("--recent-handoffs") }
        if let order = subject.lockOrder { options += ["--lock-order", order] }
        return try GildRun(
            options: options, script: script, arguments: ["\(threads)"] + arguments, timeLimitNanoseconds: timeLimitNanoseconds,
            isInRuntimes: configuration.runtimes != nil
        ).run()
    }
}

extension Comparison.Configuration {
    fileprivate mutating func add(_ ended: EndedRun) {
        let isFastest = ended.child.wallNanoseconds < runs.map(\.wallNanoseconds).min() ?? .max
        runs.append(
            .init(
                wallNanoseconds: ended.child.wallNanoseconds, cpuNanoseconds: ended.child.cpuNanoseconds,
                leakedObjects: ended.report?.heap.liveObjects, deadlocks: ended.report?.deadlocks.count))
        if isFastest { report = ended.report }
    }
}

/// Processors that this process and so its children may run on.
public func usableProcessors() -> Int { Int(gild_usable_processors()) }
