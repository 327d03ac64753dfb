// What a validated configuration says. Defaults are here and nowhere else: the schema and the shipped gild.yaml take them
// from these initial values.

/// A configuration in which every reference and every range has been checked.
public struct Configuration: Sendable, Equatable {
    public var daemon = DaemonSettings()
    /// In order of definition; `main` exists always.
    public var runtimes: [RuntimeDefinition] = []
    /// In order of definition; names are unique.
    public var workloads: [WorkloadDefinition] = []
    /// In order of definition; paths are unique.
    public var plugins: [PluginDefinition] = []
    /// Where it says so.
    public var places = ConfigurationPlaces()

    public init() {}
}

/// Where the definitions stand. Not part of what a configuration says: any two are equal.
public struct ConfigurationPlaces: Sendable, Equatable {
    /// A value's place, and its path in that file.
    public struct Value: Sendable {
        public var place: ConfigurationPlace
        public var path: String
    }
    /// By workload: its name.
    public var workloads: [String: ConfigurationPlace] = [:]
    /// By workload: its `script` or `source`.
    public var scripts: [String: Value] = [:]

    public init() {}

    public static func == (_: ConfigurationPlaces, _: ConfigurationPlaces) -> Bool { true }
}

/// `daemon:`; needs a restart where `Reload` says so.
public struct DaemonSettings: Sendable, Equatable {
    /// Path of the control socket.
    public var socket = "/run/gild/gild.sock"
    /// Group that may change things through the socket, besides root and the daemon's own user.
    public var group = "gild"
    public var log = LogSettings()
    public var limits = ClientLimits()
    public var metrics = MetricsSettings()

    public init() {}
}

/// `daemon.log:`
public struct LogSettings: Sendable, Equatable {
    public enum Format: String, Sendable, Equatable, CaseIterable {
        /// The journal under systemd, text on a terminal, else JSON.
        case auto, journal, text, json
    }
    /// As in syslog, without the two levels that a daemon cannot use.
    public enum Level: String, Sendable, Equatable, CaseIterable {
        case debug, info, notice, warning, error
    }
    public var format = Format.auto
    public var level = Level.info
    /// Period of the metrics records; 0: none.
    public var metricsIntervalNanoseconds: UInt64 = 10_000_000_000
    /// A warning for every hold of a lock that lasts longer; 0: none.
    public var holdThresholdNanoseconds: UInt64 = 100_000_000
    /// Records that wait to be written; beyond it they are dropped and counted.
    public var queue = 4096

    public init() {}
}

/// `daemon.limits:`
public struct ClientLimits: Sendable, Equatable {
    public var clients = 256
    public var clientsPerUID = 64
    /// Bytes of one message, either way.
    public var frameBytes = 1 << 20
    /// Bytes that wait for a client that does not read; beyond it the client is closed.
    public var outputBufferBytes = 1 << 20
    /// A connection without a call for so long is closed; 0: never.
    public var idleTimeoutNanoseconds: UInt64 = 600_000_000_000

    public init() {}
}

/// `daemon.metrics:`
public struct MetricsSettings: Sendable, Equatable {
    /// Path of an OpenMetrics file that is rewritten at every metrics interval, for node_exporter's textfile collector.
    public var textfile: String?

    public init() {}
}

/// Who gets a runtime's lock next.
public enum SchedulingOrder: String, CaseIterable, Sendable {
    case interval, priority
}

/// In which order a runtime's operations on two objects lock them; for object-lock.
public enum ObjectLockOrder: String, CaseIterable, Sendable {
    case address, access
}

/// One entry of `runtimes:`
public struct RuntimeDefinition: Sendable, Equatable {
    public var name: String
    public var regime = "gil"
    public var lockOrder = ObjectLockOrder.address
    public var scheduling = SchedulingOrder.interval
    public var switchIntervalNanoseconds: UInt64 = 5_000_000
    /// Bytes that live objects may take; beyond it scripts get MemoryError.
    public var heapLimitBytes = 512 << 20
    /// Threads alive at a time.
    public var threadLimit = 256
    /// Watch what plugins do, and how long one may keep the lock without a checkpoint.
    public var checksPlugins = false
    public var pluginHoldLimitNanoseconds: UInt64 = 100_000_000

    public init(name: String) { self.name = name }
}

/// One entry of `plugins:`; needs a restart, or `gilctl plugin load`.
public struct PluginDefinition: Sendable, Equatable {
    /// Absolute path of a shared library.
    public var path = ""
    /// The version that it must have; nil: any.
    public var version: String?
    /// What it finds as its parameters.
    public var parameters: [String: String] = [:]

    public init() {}
}

/// One entry of `workloads:`
public struct WorkloadDefinition: Sendable, Equatable {
    public enum Script: Sendable, Equatable {
        /// Absolute path.
        case file(String)
        /// Text in the configuration; `line` is that of its first line in `file`.
        case source(String, file: String, line: Int)
        /// A workload that a plugin registers.
        case plugin(String, workload: String)
    }
    public enum Restart: String, Sendable, Equatable, CaseIterable {
        case never
        case onFailure = "on-failure"
        case always
    }

    public var name: String
    public var runtime = "main"
    public var script: Script
    /// `sys.argv[1:]`.
    public var arguments: [String] = []
    /// What a plugin's workload finds as its parameters.
    public var parameters: [String: String] = [:]
    /// Threads that call `entry(index)` after the module has run, or run a plugin's workload; a script needs `entry`.
    public var threads = 1
    /// Name of a function of the module.
    public var entry: String?
    public var restart = Restart.never
    /// Start again at this period, if the run before has ended; nil: once.
    public var everyNanoseconds: UInt64?
    public var autostart = true
    /// Wall time after which a run is stopped; nil: none.
    public var timeLimitNanoseconds: UInt64?
    /// Bytes of output that are kept for `logs`, oldest dropped first, and beyond which a run's further output in the
    /// log records is cut.
    public var outputBytes = 1 << 20

    public init(name: String, script: Script) {
        self.name = name
        self.script = script
    }
}
