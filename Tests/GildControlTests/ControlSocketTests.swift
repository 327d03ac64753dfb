import GildControl
import Testing

@Suite struct ControlSocketTests {
    @Test func theDefaultSocketIsTheServiceRuntimeDirectory() { #expect(ControlSocket.defaultPath == "/run/gild/gild.sock") }
}
