// The metrics records: at every `metrics_interval` one for each runtime and each run, and the OpenMetrics file.
//
// The timer posts a job to the pool and arms itself for the next multiple of the interval. A tick that finds the job before
// still at work (a slow disk, a runtime whose lock does not come) is left out: the next record then covers a longer
// interval and says so.

import CGild
import GildControl
import NIOConcurrencyHelpers

final class MetricsLoop: Sendable {
    private struct State: Sendable {
        var interval: UInt64 = 0
        var textfile: TextfileWriter?
        var timer: UInt64?
        var isBusy = false
        var isEnded = false
        /// Grows with every change of the interval: timers of an earlier one do nothing.
        var generation = 0
    }

    private let supervisor: Supervisor
    private let clock: any DaemonClock
    private let executor: any JobExecutor
    private let log: EventLog
    private let daemonFigures: @Sendable () -> DaemonFigures
    /// Called after each interval's records, on a thread that may wait.
    let onInterval = NIOLockedValueBox<@Sendable () -> Void>({})
    private let state = NIOLockedValueBox(State())
    /// Used by the job only, of which there is one at a time.
    private let sampler = NIOLockedValueBox(Sampler())

    init(
        supervisor: Supervisor, clock: any DaemonClock, executor: any JobExecutor, log: EventLog,
        daemonFigures: @escaping @Sendable () -> DaemonFigures
    ) {
        self.supervisor = supervisor
        self.clock = clock
        self.executor = executor
        self.log = log
        self.daemonFigures = daemonFigures
    }

    /// From now on at this interval (0: not at all), with this file.
    func configure(intervalNanoseconds: UInt64, textfile path: String?) {
        let old = state.withLockedValue { state -> TextfileWriter? in
            let old = state.textfile
            if old?.path != path { state.textfile = path.map { TextfileWriter(path: $0, log: log) } }
            if let timer = state.timer { clock.cancel(timer) }
            (state.interval, state.timer) = (intervalNanoseconds, nil)
            state.generation += 1
            return old?.path == path ? nil : old
        }
        old?.remove()
        arm(after: clock.now())
    }

    /// No further records; the OpenMetrics file goes.
    func end() {
        let textfile = state.withLockedValue { state -> TextfileWriter? in
            state.isEnded = true
            if let timer = state.timer { clock.cancel(timer) }
            return state.textfile
        }
        textfile?.remove()
    }

    private func arm(after moment: UInt64) {
        state.withLockedValue { state in
            guard state.interval > 0, !state.isEnded else { return }
            let generation = state.generation
            let next = moment &+ state.interval
            state.timer = clock.schedule(at: next) { [weak self] in self?.tick(next, generation) }
        }
    }

    private func tick(_ moment: UInt64, _ generation: Int) {
        let isMine = state.withLockedValue { state -> Bool in
            guard state.generation == generation, !state.isEnded else { return false }
            return true
        }
        guard isMine else { return }
        let isFree = state.withLockedValue { state -> Bool in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if isFree {
            let isTaken = executor.submit { [self] in
                emit()
                onInterval.withLockedValue { $0 }()
                state.withLockedValue { $0.isBusy = false }
            }
            if !isTaken { state.withLockedValue { $0.isBusy = false } }
        }
        // After a long sleep of the machine the ticks that were missed are not made up for.
        let interval = state.withLockedValue { $0.interval }
        let now = clock.now()
        arm(after: interval > 0 && now > moment ? moment + (now - moment) / interval * interval : moment)
    }

    /// BLOCKING.
    private func emit() {
        let samples = sampler.withLockedValue { $0.sample(supervisor, timeoutNanoseconds: Daemon.snapshotTimeout) }
        if log.isEnabled(EventKind.runtimeMetrics.level) {
            for sample in samples {
                log.emit(MetricsRecords.record(of: RuntimeFigures(sample.interval)))
                for run in sample.interval.runs {
                    log.emit(MetricsRecords.record(of: WorkloadFigures(run, number: sample.number(run.number), of: sample.interval)))
                }
            }
        }
        if log.isEnabled(EventKind.pluginMetrics.level) {
            for plugin in daemonFigures().plugins where !plugin.metrics.isEmpty { log.emit(MetricsRecords.record(of: plugin)) }
        }
        guard let textfile = state.withLockedValue({ $0.isEnded ? nil : $0.textfile }) else { return }
        textfile.write(openMetrics(samples))
        // One that `end` has removed in between must not come back.
        if state.withLockedValue({ $0.isEnded }) { textfile.remove() }
    }

    func openMetrics(_ samples: [Sampler.Sample]) -> String {
        OpenMetricsText.render(
            samples.map { RuntimeFigures($0.cumulative) },
            samples.flatMap { sample in
                sample.cumulative.runs.map {
                    WorkloadFigures($0, number: sample.number($0.number), of: sample.cumulative)
                }
            }, daemonFigures())
    }
}
