/// A method of one of gild's interfaces with its messages.
public protocol ControlMethod: Sendable {
    /// What the caller sends.
    associatedtype Parameters: Codable & Sendable & Equatable
    /// What each reply holds.
    associatedtype Reply: Codable & Sendable & Equatable

    /// The method with its interface, such as `io.gild.Daemon.Ping`.
    static var name: String { get }
    /// Whether it needs the right to change: root, the daemon's own user, or the configured group.
    static var isChange: Bool { get }
    /// Whether it can send more than one reply, when it is called with `more`.
    static var isStream: Bool { get }
}

/// All of gild's methods.
public enum ControlMethods {
    /// Interface by interface, in the order of their descriptions.
    public static let all: [any ControlMethod.Type] =
        DaemonInterface.methods + WorkloadInterface.methods + RuntimeInterface.methods + HeapInterface.methods
        + MetricsInterface.methods + ScriptInterface.methods + PluginInterface.methods

    private static let changes = Set(all.filter { $0.isChange }.map { $0.name })
    private static let streams = Set(all.filter { $0.isStream }.map { $0.name })

    /// Whether `method` (with its interface) needs the right to change. Methods that gild does not have are no changes.
    public static func isChange(_ method: String) -> Bool { changes.contains(method) }

    /// Whether `method` (with its interface) can send more than one reply.
    public static func isStream(_ method: String) -> Bool { streams.contains(method) }
}

/// The texts of the descriptions, as files of the package.
public enum ControlDescriptions {
    /// Interface name and description, in the order in which `GetInfo` lists them.
    public static let all: [(name: String, text: String)] = [
        (DaemonInterface.name, text(PackageResources.io_gild_Daemon_varlink)),
        (WorkloadInterface.name, text(PackageResources.io_gild_Workload_varlink)),
        (RuntimeInterface.name, text(PackageResources.io_gild_Runtime_varlink)),
        (HeapInterface.name, text(PackageResources.io_gild_Heap_varlink)),
        (MetricsInterface.name, text(PackageResources.io_gild_Metrics_varlink)),
        (ScriptInterface.name, text(PackageResources.io_gild_Script_varlink)),
        (PluginInterface.name, text(PackageResources.io_gild_Plugin_varlink)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
