/// What a server allows its peers.
///
/// Memory for one connection stays below `frameBytes` + `outputBufferBytes` + 256 KiB, whatever the peer does: what was read
/// and not yet answered is bounded by the former, what was answered and not yet read by the latter.
public struct VarlinkLimits: Sendable, Equatable {
    /// Connections at a time.
    public var clients: Int
    /// Connections of one user at a time.
    public var clientsPerUID: Int
    /// Length of one message in bytes without its NUL, and also what its values may take in memory.
    public var frameBytes: Int
    /// Bytes that wait for a peer to read them.
    public var outputBufferBytes: Int
    /// A connection with no call in progress is closed after so long; 0: never.
    public var idleTimeoutNanoseconds: UInt64
    /// A message must be complete so long after its first byte.
    public var partialFrameTimeoutNanoseconds: UInt64
    /// Arrays and objects inside one another in one message.
    public var nestingDepth: Int

    public init(
        clients: Int = 256, clientsPerUID: Int = 64, frameBytes: Int = 1 << 20, outputBufferBytes: Int = 1 << 20,
        idleTimeoutNanoseconds: UInt64 = 600_000_000_000, partialFrameTimeoutNanoseconds: UInt64 = 30_000_000_000,
        nestingDepth: Int = 64
    ) {
        self.clients = clients
        self.clientsPerUID = clientsPerUID
        self.frameBytes = frameBytes
        self.outputBufferBytes = outputBufferBytes
        self.idleTimeoutNanoseconds = idleTimeoutNanoseconds
        self.partialFrameTimeoutNanoseconds = partialFrameTimeoutNanoseconds
        self.nestingDepth = nestingDepth
    }
}
