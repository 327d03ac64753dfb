import GildVarlink
import Testing

@Suite struct PeerCredentialsTests {
    @Test func credentialsAreEqualByAllThreeNumbers() {
        #expect(PeerCredentials(processID: 1, userID: 2, groupID: 3) != PeerCredentials(processID: 1, userID: 2, groupID: 4))
    }
}
