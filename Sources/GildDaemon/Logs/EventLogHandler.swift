// What the libraries inside the daemon log (swift-service-lifecycle, SwiftNIO) goes the same way as everything else: a
// swift-log handler that turns an event into a record of the kind `library`. The libraries' own idea of a level is one
// lower: what they call info (a service was started) is a daemon's debug.

import Logging

public struct EventLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level

    private let log: EventLog
    private let label: String

    /// - Parameter label: the logger's, shown as the field `label`.
    public init(label: String, log: EventLog, level: Logger.Level = .debug) {
        self.label = label
        self.log = log
        logLevel = level
    }

    /// Makes this the handler of every logger of the process. Once; swift-log traps on a second time.
    public static func bootstrap(_ log: EventLog) {
        LoggingSystem.bootstrap { EventLogHandler(label: $0, log: log) }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let level = EventLogHandler.level(of: event.level)
        guard log.isEnabled(level) else { return }
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        if let own = event.metadata { all.merge(own) { $1 } }
        let fields = [LogField("label", label)] + all.sorted { $0.key < $1.key }.map { LogField($0.key, "\($0.value)") }
        log.emit(LogRecord(.library, level: level, LogText(event.message.description), fields: fields))
    }

    static func level(of level: Logger.Level) -> LogLevel {
        switch level {
        case .trace, .debug, .info: .debug
        case .notice: .info
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
