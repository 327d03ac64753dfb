/// What the command line says about a daemon.
public struct DaemonOptions: Sendable, Equatable {
    /// Configuration file; nil: /etc/gild/gild.yaml and /etc/gild/conf.d/*.yaml.
    public var configurationPath: String?

    public init(configurationPath: String? = nil) { self.configurationPath = configurationPath }
}
