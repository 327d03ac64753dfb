/// Why a plugin was not loaded or unloaded.
public struct PluginError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, Equatable {
        /// The file cannot be opened or read.
        case unreadable
        /// Somebody else could have put the file there.
        case untrusted
        /// The file is no shared library that this process can load.
        case notALibrary
        /// The dynamic loader refused it, or it does not export `gild_plugin_init`.
        case refused
        /// It was built for another version of the interface, or is not the version that was asked for.
        case version
        /// Its `gild_plugin_init` failed or broke a rule.
        case failed
        /// A plugin or module of this name is there already.
        case exists
        /// No plugin of this name is loaded.
        case unknown
        /// Calls or objects of the plugin are alive.
        case inUse
    }

    public let code: Code
    public let message: String
    /// The plugin's path, or its name.
    public let place: String

    public var description: String { "plugin \(place): \(message)" }

    init(_ code: Code, _ message: String, place: String) {
        self.code = code
        self.message = message
        self.place = place
    }
}
