// The daemon's log: a bounded queue that anybody fills, and one thread that empties it into a sink.
//
// Emitting never waits for input or output. It takes the monitor's mutex for the length of an array append, and nobody
// holds that mutex longer: the writer takes the whole queue in one exchange and encodes and sends outside. A thread that
// holds a runtime's lock may therefore emit; a full pipe, a full disk or a stopped journal stalls the writer only.
//
//   emitters                                   writer
//   ───────────────────────────────            ─────────────────────────────────────────────────────────────
//   below the level: return                    wait for records, drops or closing
//   lock                                       lock; take queue and drop counts; count as in flight; unlock
//     full: dropped[kind] += 1                 for each record: encode, send; pause and retry as the sink says
//     else: append; wake a sleeping writer     drops taken? write one `records-dropped` record
//   unlock                                     lock; in flight = 0; wake those who flush; unlock
//
// Full means: `limits.records` records or `limits.bytes` bytes in the queue and in flight together. So a writer that is
// stuck on its first record leaves the oldest records in order and loses the newest, whose number is known; they are
// reported as soon as something can be written again, after the records that were queued before them.
// A record that its sink cannot send is counted as dropped too, and the writer goes on with the next.
//
// Retrying goes on until the log is closed, with pauses that double from 1 ms to 250 ms; closing interrupts a pause.

import CGild
import Glibc
import Synchronization

public final class EventLog: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Records in the queue or being written.
        public var records: Int
        /// Their size in memory, about.
        public var bytes: Int

        public init(records: Int = 4096, bytes: Int = 16 << 20) {
            self.records = max(1, records)
            self.bytes = bytes
        }
    }

    /// Counters since the start.
    public struct Statistics: Sendable, Equatable {
        /// Records that the sink took.
        public var written = 0
        /// Records that were thrown away, by kind.
        public var dropped: [EventKind: Int] = [:]
        /// Records in the queue or being written.
        public var pending = 0

        public init() {}

        init(written: Int, dropped: [EventKind: Int], pending: Int) {
            (self.written, self.dropped, self.pending) = (written, dropped, pending)
        }

        public var droppedTotal: Int { dropped.values.reduce(0, +) }
    }

    private struct State {
        var queue: [LogRecord] = []
        /// Sizes of `queue` and of what the writer has taken.
        var queuedBytes = 0
        var inFlight = 0
        var inFlightBytes = 0
        /// Drops that no record has told of yet, and all drops, by `EventKind.index`.
        var unreportedDrops = [Int](repeating: 0, count: EventKind.count)
        var hasUnreportedDrops = false
        /// Some of them are news that deserve a record of their own; those that the sink itself caused wait for the next
        /// record that gets through.
        var isReportDue = false
        var drops = [Int](repeating: 0, count: EventKind.count)
        var written = 0
        /// Records that have left the queue for good, written or not.
        var enqueued: UInt64 = 0
        var finished: UInt64 = 0
        var sink: any LogSink
        var limits: Limits
        var isWriterAsleep = false
        /// No new records; the writer ends once the queue is empty, or at once when it is also abandoned.
        var isClosed = false
        var isAbandoned = false
        var hasEnded = false

        mutating func drop(_ kind: EventKind) {
            unreportedDrops[kind.index] += 1
            drops[kind.index] += 1
            hasUnreportedDrops = true
        }

        mutating func dropForWantOfRoom(_ kind: EventKind) {
            drop(kind)
            isReportDue = true
        }
    }

    private let monitor: Monitor<State>
    /// `LogLevel.priority` of the least important level that is kept.
    private let threshold: Atomic<Int>

    /// Starts the writer.
    public init(sink: any LogSink, level: LogLevel = .info, limits: Limits = Limits()) {
        monitor = Monitor(State(sink: sink, limits: limits))
        threshold = Atomic(level.priority)
        let monitor = self.monitor
        startThread(named: "gild-log") { EventLog.write(monitor) }
    }

    deinit {
        monitor.withLock { state in
            state.isClosed = true
            monitor.wake()
        }
    }

    // MARK: Emitting

    public var level: LogLevel {
        let priority = threshold.load(ordering: .relaxed)
        return LogLevel.allCases.first { $0.priority == priority } ?? .info
    }

    public func setLevel(_ level: LogLevel) { threshold.store(level.priority, ordering: .relaxed) }

    public func isEnabled(_ level: LogLevel) -> Bool { level.priority <= threshold.load(ordering: .relaxed) }

    /// Queues the record, or drops and counts it when the queue is full. Never waits for output; any thread.
    public func emit(_ record: LogRecord) {
        guard isEnabled(record.level) else { return }
        let size = record.queuedByteCount
        monitor.withLock { state in
            guard !state.isClosed else { return state.dropForWantOfRoom(record.kind) }
            guard state.queue.count + state.inFlight < state.limits.records,
                state.queuedBytes + state.inFlightBytes + size <= state.limits.bytes
            else { return state.dropForWantOfRoom(record.kind) }
            state.queue.append(record)
            state.queuedBytes += size
            state.enqueued += 1
            if state.isWriterAsleep {
                state.isWriterAsleep = false
                monitor.wake()
            }
        }
    }

    /// The same; message and fields are only made for a level that is kept.
    public func emit(
        _ kind: EventKind, level: LogLevel? = nil, _ message: @autoclosure () -> LogText, runtime: String? = nil,
        workload: String? = nil, regime: String? = nil, fields: @autoclosure () -> [LogField] = []
    ) {
        guard isEnabled(level ?? kind.level) else { return }
        emit(LogRecord(
            kind, level: level, message(), runtime: runtime, workload: workload, regime: regime, fields: fields()))
    }

    // MARK: Control

    /// From the writer's next batch on; at once for a record that the old sink cannot get rid of.
    public func setSink(_ sink: any LogSink) {
        monitor.withLock { state in
            state.sink = sink
            monitor.wake()
        }
    }

    public func setLimits(_ limits: Limits) { monitor.withLock { $0.limits = limits } }

    public var statistics: Statistics {
        monitor.withLock { state in
            var dropped: [EventKind: Int] = [:]
            for (kind, count) in zip(EventKind.allCases, state.drops) where count > 0 { dropped[kind] = count }
            return Statistics(written: state.written, dropped: dropped, pending: state.queue.count + state.inFlight)
        }
    }

    /// Waits until every record that was emitted before the call is written or dropped.
    /// - Parameter deadline: CLOCK_MONOTONIC, ns.
    /// - Returns: false when the deadline came first.
    @discardableResult
    public func flush(deadline: UInt64) -> Bool {
        let target = monitor.withLock { $0.enqueued }
        return monitor.withLock(when: { $0.finished >= target }, before: deadline) { $0.finished >= target }
    }

    /// Takes no more records, writes what is queued until the deadline, gives up the rest and ends the writer.
    /// - Parameter deadline: CLOCK_MONOTONIC, ns.
    /// - Returns: whether everything that was queued was written or refused by the sink. After false the writer may still be
    ///   in its sink for a moment; a second call waits for it.
    @discardableResult
    public func close(deadline: UInt64) -> Bool {
        monitor.withLock { state in
            state.isClosed = true
            state.isWriterAsleep = false
            monitor.wake()
        }
        let isComplete = monitor.withLock(when: { $0.hasEnded }, before: deadline) { $0.hasEnded && !$0.isAbandoned }
        monitor.withLock { state in
            state.isAbandoned = true
            monitor.wake()
        }
        return isComplete
    }

    // MARK: The writer

    private static func write(_ monitor: Monitor<State>) {
        var bytes: [UInt8] = []
        var records: [LogRecord] = []
        while let (drops, sink) = nextBatch(monitor, &records) {
            var sink = sink
            for record in records {
                let size = record.queuedByteCount
                let isWritten = send(record, to: &sink, monitor, &bytes)
                monitor.withLock { state in
                    state.inFlight -= 1
                    state.inFlightBytes -= size
                    state.finished += 1
                    if isWritten { state.written += 1 } else { state.drop(record.kind) }
                    if state.inFlight == 0 { monitor.wake() }
                }
            }
            records.removeAll(keepingCapacity: true)
            guard let drops, let record = droppedRecord(drops) else { continue }
            let isWritten = send(record, to: &sink, monitor, &bytes)
            monitor.withLock { state in
                if isWritten {
                    state.written += 1
                } else {
                    for (index, count) in drops.enumerated() { state.unreportedDrops[index] += count }
                    state.hasUnreportedDrops = true
                }
            }
        }
        monitor.withLock { state in
            state.hasEnded = true
            monitor.wake()
        }
    }

    /// Waits for something to do and exchanges the queue for `records`, which is empty; nil when the log is closed and
    /// empty, or abandoned.
    private static func nextBatch(
        _ monitor: Monitor<State>, _ records: inout [LogRecord]
    ) -> (drops: [Int]?, sink: any LogSink)? {
        monitor.withLock(when: { state in
            let isReady = !state.queue.isEmpty || state.isReportDue || state.isClosed || state.isAbandoned
            state.isWriterAsleep = !isReady
            return isReady
        }) { state in
            if state.isAbandoned || state.queue.isEmpty && !state.isReportDue { return nil }
            swap(&records, &state.queue)
            state.inFlight = records.count
            state.inFlightBytes = state.queuedBytes
            state.queuedBytes = 0
            state.isReportDue = false
            guard state.hasUnreportedDrops else { return (nil, state.sink) }
            let drops = state.unreportedDrops
            state.unreportedDrops = [Int](repeating: 0, count: EventKind.count)
            state.hasUnreportedDrops = false
            return (drops, state.sink)
        }
    }

    /// Whether the sink took the record. When the log gets another sink while this one cannot send, that one is used.
    private static func send(
        _ record: LogRecord, to sink: inout any LogSink, _ monitor: Monitor<State>, _ bytes: inout [UInt8]
    ) -> Bool {
        var sent = 0
        var pause: UInt64 = 1_000_000
        func encode() {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
            sink.encode(record, to: &bytes)
            sent = 0
        }
        encode()
        while true {
            switch sink.send(bytes, from: &sent) {
            case .sent: return true
            case .failed: return false
            case .again:
                let old = sink
                let (isAbandoned, current) = monitor.withLock(
                    when: { $0.isAbandoned || $0.sink !== old }, before: gild_monotonic_ns() + pause
                ) { ($0.isAbandoned, $0.sink) }
                if isAbandoned { return false }
                pause = min(pause * 2, 250_000_000)
                if current !== old {
                    sink = current
                    encode()
                }
            }
        }
    }

    private static func droppedRecord(_ drops: [Int]) -> LogRecord? {
        let total = drops.reduce(0, +)
        guard total > 0 else { return nil }
        var fields = [LogField("count", total)]
        for (kind, count) in zip(EventKind.allCases, drops) where count > 0 {
            fields.append(LogField("dropped_" + kind.rawValue.map { $0 == "-" ? "_" : String($0) }.joined(), count))
        }
        return LogRecord(
            .recordsDropped, "\(total) record\(total == 1 ? " was" : "s were") dropped: the log could not be written fast enough",
            fields: fields)
    }
}
