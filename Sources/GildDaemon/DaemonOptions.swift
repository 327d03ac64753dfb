/// What the command line says about a daemon.
public struct DaemonOptions: Sendable, Equatable {
    /// Configuration file; nil: /etc/gild/gild.yaml and /etc/gild/conf.d/*.yaml.
    public var configurationPath: String?
    /// Path of the control socket, instead of the configuration's.
    public var socketPath: String?
    /// Version of gild, as clients are told it.
    public var version: String

    public init(configurationPath: String? = nil, socketPath: String? = nil, version: String = "0.1.0") {
        self.configurationPath = configurationPath
        self.socketPath = socketPath
        self.version = version
    }
}

/// Exit statuses of `gild serve`.
public enum DaemonExit {
    /// The daemon could not start or keep its service: already running, no permission for the socket, …
    public static let failure: Int32 = 1
    /// EX_CONFIG of sysexits(3): the configuration is wrong, and starting again will not help.
    public static let configuration: Int32 = 78
}

/// Bounds that no configuration changes.
enum DaemonLimits {
    /// Calls and starts that wait for a thread of a pool.
    static let pendingJobs = 256
    static let questionThreads = 4
    static let startThreads = 2
}
