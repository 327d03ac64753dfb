import GildWorkload
import Testing

@testable import GildDaemon

@Suite struct SupervisorLifecycleTests {
    private static let second: UInt64 = 1_000_000_000

    private func makeLifecycle(_ change: (inout WorkloadDefinition) -> Void = { _ in }) -> Lifecycle { Lifecycle(makeWorkload("w", change)) }

    /// Starts, and ends the run after `seconds` with `result`; returns the effects of the end and the moment.
    private func run(_ lifecycle: inout Lifecycle, from now: UInt64, seconds: UInt64, _ result: Lifecycle.Result) -> [Lifecycle.Effect] {
        _ = lifecycle.handle(.launched(generation: lifecycle.generation), now: now)
        return lifecycle.handle(.ended(result, generation: lifecycle.generation), now: now + seconds * Self.second)
    }

    private func delays(_ effects: [Lifecycle.Effect]) -> [UInt64] {
        effects.compactMap { if case .willRestart(let after, _) = $0 { after / Self.second } else { nil } }
    }

    private func timer(_ effects: [Lifecycle.Effect]) -> (moment: UInt64, generation: UInt64)? {
        effects.compactMap { if case .arm(let moment, let generation) = $0 { (moment: moment, generation: generation) } else { nil } }.last
    }

    @Test func aRunThatSucceedsFinishesTheWorkload() {
        var lifecycle = makeLifecycle()
        #expect(lifecycle.handle(.start, now: 0) == [.launch(generation: 1)])
        #expect(run(&lifecycle, from: 0, seconds: 1, .succeeded) == [.settled])
        #expect(lifecycle.state == .finished)
    }

    @Test func aRunThatFailsFailsTheWorkload() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        #expect(run(&lifecycle, from: 0, seconds: 1, .failed) == [.settled])
        #expect(lifecycle.state == .failed)
    }

    @Test func theBackOffDoublesUpToAMinute() {
        var lifecycle = makeLifecycle { $0.restart = .onFailure }
        _ = lifecycle.handle(.start, now: 0)
        var now: UInt64 = 0
        var seen: [UInt64] = []
        for _ in 0..<9 {
            let effects = run(&lifecycle, from: now, seconds: 1, .failed)
            seen += delays(effects)
            guard let timer = timer(effects) else { return #expect(Bool(false), "no timer") }
            now = timer.moment
            #expect(lifecycle.handle(.due(generation: timer.generation), now: now).last == .launch(generation: lifecycle.generation))
        }
        #expect(seen == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        #expect(lifecycle.restarts == 9)
    }

    @Test func aHealthyRunResetsTheBackOff() {
        var lifecycle = makeLifecycle { $0.restart = .always }
        _ = lifecycle.handle(.start, now: 0)
        var effects = run(&lifecycle, from: 0, seconds: 1, .failed)
        guard let first = timer(effects) else { return #expect(Bool(false)) }
        _ = lifecycle.handle(.due(generation: first.generation), now: first.moment)
        effects = run(&lifecycle, from: first.moment, seconds: 60, .failed)
        #expect(delays(effects) == [1])
    }

    @Test(arguments: [
        (WorkloadDefinition.Restart.never, Lifecycle.Result.succeeded, Lifecycle.State.finished), (.never, .failed, .failed),
        (.onFailure, .succeeded, .finished), (.onFailure, .failed, .waiting), (.onFailure, .timedOut, .waiting),
        (.always, .succeeded, .waiting), (.always, .failed, .waiting),
    ])
    func thePolicyDecides(_ policy: WorkloadDefinition.Restart, _ result: Lifecycle.Result, _ state: Lifecycle.State) {
        var lifecycle = makeLifecycle { $0.restart = policy }
        _ = lifecycle.handle(.start, now: 0)
        _ = run(&lifecycle, from: 0, seconds: 1, result)
        #expect(lifecycle.state == state)
    }

    @Test func ticksKeepTheirPeriodWhateverTheRunsTake() {
        var lifecycle = makeLifecycle { $0.everyNanoseconds = 10 * Self.second }
        let effects = lifecycle.handle(.start, now: 0)
        #expect(timer(effects)?.moment == 10 * Self.second)
        let end = run(&lifecycle, from: 0, seconds: 3, .succeeded)
        #expect(timer(end)?.moment == 10 * Self.second)
        #expect(lifecycle.state == .waiting)
        let tick = lifecycle.handle(.due(generation: timer(end)!.generation), now: 10 * Self.second)
        #expect(timer(tick)?.moment == 20 * Self.second)
        #expect(tick.last == .launch(generation: lifecycle.generation))
    }

    @Test func aTickThatFindsTheWorkloadBusyIsSkippedAndCounted() {
        var lifecycle = makeLifecycle { $0.everyNanoseconds = 10 * Self.second }
        let effects = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: lifecycle.generation), now: 0)
        let tick = lifecycle.handle(.due(generation: timer(effects)!.generation), now: 10 * Self.second)
        #expect(tick.contains(.skippedTick))
        #expect(lifecycle.skippedTicks == 1)
        #expect(timer(tick)?.moment == 20 * Self.second)
        #expect(lifecycle.state == .running)
    }

    @Test func ticksThatAMachineSleptThroughAreNotMadeUpFor() {
        var lifecycle = makeLifecycle { $0.everyNanoseconds = 10 * Self.second }
        _ = lifecycle.handle(.start, now: 0)
        let end = run(&lifecycle, from: 0, seconds: 1, .succeeded)
        let tick = lifecycle.handle(.due(generation: timer(end)!.generation), now: 57 * Self.second)
        #expect(tick.filter { if case .launch = $0 { true } else { false } }.count == 1)
        #expect(timer(tick)?.moment == 60 * Self.second)
        #expect(lifecycle.skippedTicks == 4)
    }

    @Test func aStoppedWorkloadStaysStopped() {
        var lifecycle = makeLifecycle {
            $0.restart = .always
            $0.everyNanoseconds = Self.second
        }
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: 1), now: 0)
        let stop = lifecycle.handle(.stop, now: 5)
        #expect(stop.contains(.stopRun) && stop.contains(.disarm))
        #expect(lifecycle.handle(.ended(.failed, generation: 1), now: 6) == [.settled])
        #expect(lifecycle.state == .stopped)
    }

    @Test func aStopThatComesWhileTheScriptIsCompiledReachesTheRun() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.stop, now: 1)
        #expect(lifecycle.handle(.launched(generation: 1), now: 2) == [.stopRun])
    }

    @Test func aTimerThatFiresWhileAStopIsTakingTheLockStartsNothing() {
        var lifecycle = makeLifecycle { $0.restart = .always }
        _ = lifecycle.handle(.start, now: 0)
        let end = run(&lifecycle, from: 0, seconds: 1, .failed)
        _ = lifecycle.handle(.stop, now: 2)
        #expect(lifecycle.handle(.due(generation: timer(end)!.generation), now: 3).isEmpty)
        #expect(lifecycle.state == .stopped)
    }

    @Test func theEndOfAnOldRunIsNotTakenForThatOfTheNewOne() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = run(&lifecycle, from: 0, seconds: 1, .succeeded)
        _ = lifecycle.handle(.start, now: 2)
        #expect(lifecycle.handle(.ended(.failed, generation: 1), now: 3).isEmpty)
        #expect(lifecycle.state == .starting)
    }

    @Test func aRestartStopsFirstAndStartsAfterTheEnd() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: 1), now: 0)
        #expect(lifecycle.handle(.restart, now: 1) == [.stopRun])
        #expect(lifecycle.handle(.ended(.stopped, generation: 1), now: 2) == [.launch(generation: 2)])
    }

    @Test func aStopAfterARestartWins() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: 1), now: 0)
        _ = lifecycle.handle(.restart, now: 1)
        _ = lifecycle.handle(.stop, now: 2)
        #expect(lifecycle.handle(.ended(.stopped, generation: 1), now: 3) == [.settled])
        #expect(lifecycle.state == .stopped)
    }

    @Test func aNewDefinitionIsUsedFromTheNextRunOn() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: 1), now: 0)
        let new = makeWorkload("w") { $0.arguments = ["new"] }
        #expect(lifecycle.handle(.replace(new, starts: false), now: 1) == [.stopRun])
        #expect(lifecycle.definition.arguments.isEmpty)
        #expect(lifecycle.handle(.ended(.stopped, generation: 1), now: 2) == [.launch(generation: 2)])
        #expect(lifecycle.definition == new)
    }

    @Test func aDefinitionThatComesBackBeforeItsOldRunHasEndedStays() {
        var lifecycle = makeLifecycle()
        _ = lifecycle.handle(.start, now: 0)
        _ = lifecycle.handle(.launched(generation: 1), now: 0)
        _ = lifecycle.handle(.remove, now: 1)
        _ = lifecycle.handle(.replace(makeWorkload("w"), starts: true), now: 2)
        #expect(lifecycle.handle(.ended(.stopped, generation: 1), now: 3) == [.launch(generation: 2)])
    }

    /// Whatever happens in whatever order: at most one run at a time, every launch is answered by one end, a timer is armed only
    /// where something is to come, and a workload that was stopped stays so until somebody starts it.
    @Test func noSequenceOfEventsBreaksTheRules() {
        let seed = UInt64.random(in: 0 ... .max)
        print("lifecycle seed", seed)
        var random = SplitMix(seed)
        for _ in 0..<300 {
            var lifecycle = makeLifecycle {
                $0.restart = WorkloadDefinition.Restart.allCases[random.below(3)]
                $0.everyNanoseconds = random.below(2) == 0 ? nil : UInt64(1 + random.below(20)) * Self.second
            }
            var now: UInt64 = 0
            var launched: UInt64?
            var armed: (UInt64, UInt64)?
            var mayRun = false
            for _ in 0..<200 {
                now += UInt64(random.below(5)) * Self.second / 2
                let event: Lifecycle.Event
                switch random.below(8) {
                case 0: (event, mayRun) = (.start, true)
                case 1: (event, mayRun) = (.stop, false)
                case 2: (event, mayRun) = (.restart, true)
                case 3, 4:
                    guard let launched else { continue }
                    event = .launched(generation: launched)
                case 5, 6:
                    guard let generation = launched else { continue }
                    event = .ended(Lifecycle.Result.allCases[random.below(3)], generation: generation)
                    launched = nil
                default:
                    guard let timer = armed, timer.0 <= now else { continue }
                    event = .due(generation: timer.1)
                    armed = nil
                }
                let wasBusy = lifecycle.isBusy
                for effect in lifecycle.handle(event, now: now) {
                    switch effect {
                    case .launch(let generation):
                        #expect(launched == nil, "two runs at a time")
                        #expect(mayRun, "a stopped workload was started")
                        launched = generation
                    case .arm(let moment, let generation): armed = (moment, generation)
                    case .disarm: armed = nil
                    case .stopRun: #expect(wasBusy)
                    default: break
                    }
                }
                #expect(lifecycle.isBusy == (launched != nil))
                if lifecycle.state == .waiting { #expect(armed != nil, "nothing will ever start it") }
                if [.stopped, .finished, .failed].contains(lifecycle.state) { #expect(armed == nil) }
            }
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
