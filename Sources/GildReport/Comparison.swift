// One script under several regimes and interpreters, and at several thread counts: the figures, ready to be judged, encoded and
// drawn.
//
// A *subject* is who ran the script: a regime of gild, or a Python interpreter. A *configuration* is a subject with a thread count. It is
// run once in every round; the rounds go over all configurations in turn, so that a change of the machine's speed hits all of them.
//
// Noise only ever adds time, so the least wall time of a configuration stands for it, and every other figure shown beside it is taken
// from that same run: held, waited and counted then belong together. How far the least time can be trusted is its *spread*: how much
// longer the median run took. One run that was disturbed moves the largest time, but neither the least nor the median.
//
// As in RunReport, the coding keys are a public format: keys are added, never renamed. Times are nanoseconds.

/// What `gild compare` found.
public struct Comparison: Codable, Sendable, Equatable {
    /// Version of gild that measured.
    public var gild: String
    public var script: String
    /// What the script got after the thread count.
    public var arguments: [String]
    public var work: Work
    /// Rounds that were asked for.
    public var repetitions: Int
    /// Processors that the runs could use.
    public var processors: Int
    public var threadCounts: [Int]
    public var subjects: [Subject]
    /// By subject, then by thread count.
    public var configurations: [Configuration]
    /// One for each subject.
    public var verdicts: [Verdict]
    /// What limits the figures, one sentence each.
    public var notes: [String]

    /// How the amount of work depends on the thread count.
    public enum Work: String, Codable, Sendable, CaseIterable {
        /// The script does the same work in total, whatever the count: threads share it.
        case total
        /// Each thread does the same work: twice the threads do twice the work.
        case perThread = "per-thread"
    }

    public struct Subject: Codable, Sendable, Equatable {
        /// Name in tables: a regime's, with its lock order where one was asked for, or `CPython 3.13.0 (GIL)`.
        public var name: String
        /// The regime; nil for a Python interpreter.
        public var regime: String?
        /// Where one was asked for: in which order the regime's operations lock two objects.
        public var lockOrder: String?
        /// The script runs in several runtimes of one process, each with one thread, instead of in one with several; nil: it does not.
        public var isInRuntimes: Bool?
        /// Whether one lock guards all that threads share; nil for a Python interpreter, whose lock gild cannot look at.
        public var hasOneLock: Bool?
        /// Path and version of a Python interpreter, and whether it ran with its lock.
        public var python: Python?

        public struct Python: Codable, Sendable, Equatable {
            public var path: String
            /// `CPython`, `PyPy`, ….
            public var implementation: String
            public var version: String
            /// Built without the need for a GIL (PEP 703); such an interpreter can still run with it.
            public var isFreeThreadedBuild: Bool
            public var isGILEnabled: Bool

            enum CodingKeys: String, CodingKey {
                case path, implementation, version
                case isFreeThreadedBuild = "free_threaded_build"
                case isGILEnabled = "gil_enabled"
            }

            public init(path: String, implementation: String, version: String, isFreeThreadedBuild: Bool, isGILEnabled: Bool) {
                self.path = path
                self.implementation = implementation
                self.version = version
                self.isFreeThreadedBuild = isFreeThreadedBuild
                self.isGILEnabled = isGILEnabled
            }

            /// `CPython 3.13.0 (GIL)`.
            public var name: String {
                let lock = !isFreeThreadedBuild ? "GIL" : isGILEnabled ? "free-threaded build, GIL on" : "free-threaded"
                return "\(implementation) \(version) (\(lock))"
            }
        }

        enum CodingKeys: String, CodingKey {
            case name, regime
            case lockOrder = "lock_order"
            case isInRuntimes = "in_runtimes"
            case hasOneLock = "one_lock"
            case python
        }

        public init(regime: String, lockOrder: String? = nil, hasOneLock: Bool) {
            name = regime + (lockOrder.map { " (\($0))" } ?? "")
            self.regime = regime
            self.lockOrder = lockOrder
            self.hasOneLock = hasOneLock
        }

        /// Several runtimes of one process, each with a heap and a lock of this regime.
        public init(runtimesOf regime: String) {
            name = "\(regime) per runtime"
            self.regime = regime
            isInRuntimes = true
            hasOneLock = false
        }

        public init(_ python: Python) {
            name = python.name
            self.python = python
        }
    }

    public struct Configuration: Codable, Sendable, Equatable {
        /// Name of the subject.
        public var subject: String
        public var threads: Int
        /// Number of runtimes that the threads ran in, one in each; nil: all in one.
        public var runtimes: Int?
        /// Work done in a second by the fastest run: whole runs, or threads' shares of work (see `Work`); nil where none ended well.
        public var throughput: Double?
        /// Throughput over that of the same subject with one thread; nil where that was not measured.
        public var speedUp: Double?
        /// The runs that ended well, in their order.
        public var runs: [Run]
        /// The run that did not end well: this configuration was not run again after it.
        public var failure: Failure?
        /// Where the output first differed from that of the reference; nil where it never did.
        public var difference: OutputDifference?
        /// Report of the fastest run, of several runtimes their figures together (`SiblingsReport.together`); nil for a Python interpreter.
        public var report: RunReport?

        enum CodingKeys: String, CodingKey {
            case subject, threads, runtimes, throughput
            case speedUp = "speed_up"
            case runs, failure, difference, report
        }

        public init(
            subject: String, threads: Int, runtimes: Int? = nil, runs: [Run] = [], failure: Failure? = nil, difference: OutputDifference? = nil, report: RunReport? = nil
        ) {
            self.subject = subject
            self.threads = threads
            self.runtimes = runtimes
            self.runs = runs
            self.failure = failure
            self.difference = difference
            self.report = report
        }
    }

    /// One run of a configuration.
    public struct Run: Codable, Sendable, Equatable {
        /// From the start of the process to its end: start-up of the interpreter included.
        public var wallNanoseconds: Int
        /// CPU time of the process.
        public var cpuNanoseconds: Int
        /// Objects that were alive at the end; nil for a Python interpreter.
        public var leakedObjects: Int?
        /// Deadlocks that were found; nil for a Python interpreter.
        public var deadlocks: Int?

        enum CodingKeys: String, CodingKey {
            case wallNanoseconds = "wall_ns"
            case cpuNanoseconds = "cpu_ns"
            case leakedObjects = "leaked_objects"
            case deadlocks
        }

        public init(wallNanoseconds: Int, cpuNanoseconds: Int = 0, leakedObjects: Int? = nil, deadlocks: Int? = nil) {
            self.wallNanoseconds = wallNanoseconds
            self.cpuNanoseconds = cpuNanoseconds
            self.leakedObjects = leakedObjects
            self.deadlocks = deadlocks
        }
    }

    /// A run that ended with a status, by a signal or at the time limit.
    public struct Failure: Codable, Sendable, Equatable {
        /// The round, from 1.
        public var round: Int
        /// `ended with status 1`.
        public var reason: String
        /// The end of what it wrote to standard error.
        public var standardError: String
        /// Deadlocks that were found in it; nil where it left no report.
        public var deadlocks: Int?

        enum CodingKeys: String, CodingKey {
            case round, reason
            case standardError = "stderr"
            case deadlocks
        }

        public init(round: Int, reason: String, standardError: String, deadlocks: Int? = nil) {
            self.round = round
            self.reason = reason
            self.standardError = standardError
            self.deadlocks = deadlocks
        }
    }

    /// The first line in which two outputs differ, without its end; long lines are cut.
    public struct OutputDifference: Codable, Sendable, Equatable {
        /// Who printed what was expected: `gil, 1 thread`.
        public var reference: String
        /// From 1.
        public var line: Int
        /// The reference's line; nil where its output had ended.
        public var expected: String?
        /// This configuration's line; nil where its output had ended.
        public var found: String?

        public init(reference: String, line: Int, expected: String?, found: String?) {
            self.reference = reference
            self.line = line
            self.expected = expected
            self.found = found
        }
    }

    enum CodingKeys: String, CodingKey {
        case gild, script, arguments, work
        case repetitions = "repeat"
        case processors
        case threadCounts = "thread_counts"
        case subjects, configurations, verdicts, notes
    }

    /// Throughput, speed-up, verdicts and notes are worked out here.
    public init(
        gild: String = "0.1.0", script: String, arguments: [String] = [], work: Work = .total, repetitions: Int, processors: Int,
        threadCounts: [Int], subjects: [Subject], configurations: [Configuration]
    ) {
        self.gild = gild
        self.script = script
        self.arguments = arguments
        self.work = work
        self.repetitions = repetitions
        self.processors = processors
        self.threadCounts = threadCounts
        self.subjects = subjects
        self.configurations = configurations
        verdicts = []
        notes = []
        for index in configurations.indices { self.configurations[index].throughput = throughput(of: configurations[index]) }
        for index in configurations.indices {
            let configuration = self.configurations[index]
            guard let own = configuration.throughput, let one = self[configuration.subject, 1]?.throughput else { continue }
            self.configurations[index].speedUp = own / one
        }
        verdicts = subjects.map(verdict)
        notes = limits()
    }

    public subscript(subject: String, threads: Int) -> Configuration? {
        configurations.first { $0.subject == subject && $0.threads == threads }
    }

    func configurations(of subject: Subject) -> [Configuration] { configurations.filter { $0.subject == subject.name } }

    /// Work in a second: the unit is the work of a run, or of one thread.
    private func throughput(of configuration: Configuration) -> Double? {
        guard let fastest = configuration.fastest, fastest > 0 else { return nil }
        return Double(workUnits(of: configuration)) * 1e9 / Double(fastest)
    }

    /// Threads may share the work of a run; each of several runtimes does all of it.
    func workUnits(of configuration: Configuration) -> Int { configuration.runtimes ?? (work == .total ? 1 : configuration.threads) }

    /// Two-space indented JSON, keys in the order of the model; one line end at the end.
    public func json() -> String {
        // Only NaN and infinities cannot be encoded; a throughput is taken from a time above 0.
        ((try? OrderedJSONEncoder().encode(self)) ?? "{}") + "\n"
    }
}

extension Comparison.Configuration {
    /// Least wall time, in nanoseconds; nil without a run that ended well, and after a failure.
    public var fastest: Int? { failure == nil ? runs.map(\.wallNanoseconds).min() : nil }

    /// How much longer than the fastest run the median one took, as a part of the former; nil for fewer than two runs.
    public var spread: Double? { repetitionSpread(runs.map(\.wallNanoseconds)) }

    /// Runs that left objects, and the most that one left; nil where nothing is known of leaks.
    public var leaks: (runs: Int, most: Int)? {
        let counts = runs.compactMap(\.leakedObjects)
        return counts.isEmpty ? nil : (counts.count { $0 > 0 }, counts.max() ?? 0)
    }

    /// Runs in which deadlocks were found, the one that failed included, and how many in all; nil where nothing is known of them.
    public var deadlocks: (runs: Int, count: Int)? {
        let counts = runs.compactMap(\.deadlocks) + (failure?.deadlocks.map { [$0] } ?? [])
        return counts.isEmpty ? nil : (counts.count { $0 > 0 }, counts.reduce(0, +))
    }

    /// `gil, 4 threads`, `gil per runtime, 4 runtimes`.
    public var name: String { "\(subject), \(crowd)" }

    /// `4 threads`, `4 runtimes`.
    var crowd: String { runtimes.map { countOf($0, "runtime") } ?? countOf(threads, "thread") }
}

/// Median over minimum, less 1; of an even number the upper of the two medians. Nil for fewer than two times.
func repetitionSpread(_ times: [Int]) -> Double? {
    guard times.count > 1, let least = times.min(), least > 0 else { return nil }
    return Double(times.sorted()[times.count / 2]) / Double(least) - 1
}

/// `1 thread`, `4 threads`.
func countOf(_ count: Int, _ noun: String) -> String { "\(formatCount(count)) \(noun)\(count == 1 ? "" : "s")" }
