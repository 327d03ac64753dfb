import GildDaemon
import Testing

@Suite struct DaemonOptionsTests {
    @Test func withoutAFileTheSystemConfigurationIsMeant() { #expect(DaemonOptions().configurationPath == nil) }
}
