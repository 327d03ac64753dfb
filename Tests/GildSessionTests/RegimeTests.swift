// What distinguishes the regimes: where a thread may lose the lock.

import GildReport
import GildSession
import GildWorkload
import Testing

@Suite struct RegimeTests {
    /// The race as a program that stops as soon as an update is lost, or after so many rounds that none can be.
    private func loses(_ increment: String, _ regime: RegimeName, rounds: Int) throws -> Bool {
        let source = """
            import sys, threading
            sys.setswitchinterval(0.000001)
            n = 0
            def add():
                global n
                start.wait()
                for _ in range(2000):
                    \(increment)
            for _ in range(\(rounds)):
                n = 0
                start = threading.Barrier(3)
                threads = [threading.Thread(target=add) for _ in range(3)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                if n != 6000:
                    sys.exit(7)
            """
        var options = RunOptions()
        options.regime = regime
        options.stress = .switchAtEveryCheckpoint
        let outcome = try runScript(.source(text: Array(source.utf8), name: "race.py"), options: options)
        #expect(outcome.report.regime == regime.rawValue)
        #expect([0, 7].contains(outcome.exitStatus))
        return outcome.exitStatus == 7
    }

    @Test func anIncrementIsNotInterruptedUnderGil() throws {
        #expect(try !loses("n += 1", .gil, rounds: 5))
        #expect(try loses("n += int(1)", .gil, rounds: 200))
    }

    @Test(arguments: [RegimeName.gil32, .gilTicks])
    func anyInstructionCanBeTheLastOfATurn(_ regime: RegimeName) throws {
        #expect(try loses("n += 1", regime, rounds: 200))
        #expect(try loses("n += int(1)", regime, rounds: 200))
    }

    /// The configuration knows the regimes and orders that the runtime has, and no others.
    @Test func configurationNamesWhatThereIs() {
        #expect(regimesOfConfiguration == RegimeName.allCases.map(\.rawValue))
        #expect(regimesWithSwitchInterval == RegimeName.allCases.filter(\.hasSwitchInterval).map(\.rawValue))
        #expect(ObjectLockOrder.allCases.map(\.rawValue) == LockOrder.allCases.map(\.rawValue))
        #expect(SchedulingOrder.allCases.map(\.rawValue) == Scheduling.allCases.map(\.rawValue))
    }
}
