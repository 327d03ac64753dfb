import GildWorkload
import Testing

@Suite struct DefaultsTests {
    @Test func aWorkloadRunsOnceAndIsNotRestarted() {
        let workload = WorkloadDefinition(name: "a", script: .file("/a.py"))
        #expect(workload.restart == .never && workload.everyNanoseconds == nil && workload.autostart)
    }
}
