import Foundation
import GildReport
import Testing

/// Two threads that ran at the same time for a while; every identity holds.
private func freeReport() -> RunReport {
    var report = exampleReport()
    report.regime = "atomic"
    report.lock.handoffs = .init()
    report.lock.handoffPairs = []
    report.lock.handoff = .init()
    report.lock.attachedNanoseconds = 7_000_000
    report.lock.idleNanoseconds = 3_000_000
    report.lock.unaccountedNanoseconds = 0
    let stopping = TimeDistribution(count: 3, sum: 30_000, minimum: 10_000, p50: 10_000, p90: 10_000, p99: 10_000, p999: 10_000, maximum: 10_000)
    let stopped = TimeDistribution(count: 2, sum: 40_000, minimum: 20_000, p50: 20_000, p90: 20_000, p99: 20_000, p999: 20_000, maximum: 20_000)
    report.lock.stops = .init(count: 3, stopping: stopping, stopped: stopped)
    report.lock.contendedSections = 17
    return report
}

/// Reports of runs whose threads ran at the same time.
@Suite struct FreeThreadedReportTests {
    @Test func holdsMayAddUpToMoreThanTheTimeInWhichThreadsWereAttached() {
        #expect(freeReport().lock.hold.sum > 7_000_000)
        #expect(freeReport().consistency() == [])
    }

    static let breakages: [(@Sendable (inout RunReport) -> Void, String)] = [
        ({ $0.lock.idleNanoseconds += 20_000 }, "attached + idle = wall"),
        ({ $0.lock.unaccountedNanoseconds = 1 }, "unaccounted"),
        ({ $0.lock.handoffs.finish = 1; $0.lock.handoffPairs = [.init(from: "a", to: "b", reason: .finish, count: 1)] }, "those of no lock"),
        ({ $0.lock.stops?.count = 4 }, "times until all had stopped"),
        ({ $0.lock.stops?.stopped.count = 4 }, "stops that ended"),
        ({ $0.lock.stops?.stopping.p50 = 10_001 }, "stopping times are not in order"),
    ]

    @Test(arguments: breakages.indices)
    func everyBrokenIdentityIsNamed(index: Int) {
        var report = freeReport()
        Self.breakages[index].0(&report)
        #expect(report.consistency().contains { $0.contains(Self.breakages[index].1) }, "\(report.consistency())")
    }

    @Test func itsKeysAreThereOnlyWithoutALock() throws {
        let free = freeReport().json()
        let keys = ["attached_ns", "stops", "stopping_ns", "stopped_ns", "contended_sections"]
        for key in keys {
            #expect(free.contains("\"\(key)\":"))
            #expect(!exampleReport().json().contains("\"\(key)\":"))
        }
        #expect(try JSONDecoder().decode(RunReport.self, from: Data(free.utf8)) == freeReport())
    }

    @Test func theTableSpeaksOfNoLock() {
        let text = freeReport().table()
        for part in [
            "No lock", "threads attached", "70.0 %", "none attached", "30.0 %", "attachments", "locked objects met", "17", "stopping", "stopped",
            "3 times one thread needed all others to stand still",
        ] {
            #expect(text.contains(part), "\(part) is missing in\n\(text)")
        }
        for part in ["switch interval", "handoff", "Handoffs", "lock held"] { #expect(!text.contains(part), "\(part) stands in\n\(text)") }
    }

    /// The stop that ends the run is no reason to explain anything.
    @Test func stopsAreExplainedOnlyIfThreadsWentOnAfterOne() {
        var report = freeReport()
        report.lock.stops?.stopped = .init()
        #expect(!report.table().contains("to stand still"))
    }
}
