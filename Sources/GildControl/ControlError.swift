// The errors of gild's interfaces.
//
// Varlink errors belong to an interface (`io.gild.Heap.NotFound`), but gild's mean the same in all of them, so they are
// one type here: the server asks for `name(in:)`, the client drops the interface again.


/// Why a method did not do what it was asked for. Codable as the parameters of the error.
public enum ControlError: Error, Sendable, Equatable {
    /// The peer may not call `method`; members of `group` may.
    case notPermitted(method: String, group: String)
    /// There is no `kind` (workload, run, runtime, object, session) of this name.
    case notFound(kind: String, name: String)
    case invalid([Problem])
    /// The workload `name` has the run under way.
    case alreadyRunning(name: String, run: Int)
    /// The workload `name` has no run that could be stopped or waited for.
    case notRunning(name: String)
    /// It did not happen within the time; what was asked for may go on.
    case timedOut(afterNanoseconds: Int)
    case busy
    /// A limit of the configuration does not allow it.
    case limitReached(limit: String, value: Int)
    /// The method must be called with `more`.
    case moreRequired
    /// The daemon is ending.
    case stopping

    /// The error's name without its interface.
    public var shortName: String {
        switch self {
        case .notPermitted: "NotPermitted"
        case .notFound: "NotFound"
        case .invalid: "Invalid"
        case .alreadyRunning: "AlreadyRunning"
        case .notRunning: "NotRunning"
        case .timedOut: "TimedOut"
        case .busy: "Busy"
        case .limitReached: "LimitReached"
        case .moreRequired: "MoreRequired"
        case .stopping: "Stopping"
        }
    }

    /// The error's name in `interface`, such as `io.gild.Heap.NotFound`.
    public func name(in interface: String) -> String { interface + "." + shortName }

    /// A parameter of `method` that is not allowed.
    public static func invalidParameter(_ parameter: String, of method: String, _ message: String) -> ControlError {
        .invalid([Problem(file: method, path: parameter, message: message)])
    }
}

/// The parameters of an error reply, all errors' in one.
struct ErrorParameters: Codable {
    var method: String?
    var group: String?
    var kind: String?
    var name: String?
    var problems: [Problem]?
    var run: Int?
    var afterNanoseconds: Int?
    var limit: String?
    var value: Int?

    enum CodingKeys: String, CodingKey {
        case method, group, kind, name, problems, run
        case afterNanoseconds = "after_ns"
        case limit, value
    }
}

extension ControlError {
    var parameters: ErrorParameters {
        switch self {
        case .notPermitted(let method, let group): ErrorParameters(method: method, group: group)
        case .notFound(let kind, let name): ErrorParameters(kind: kind, name: name)
        case .invalid(let problems): ErrorParameters(problems: problems)
        case .alreadyRunning(let name, let run): ErrorParameters(name: name, run: run)
        case .notRunning(let name): ErrorParameters(name: name)
        case .timedOut(let nanoseconds): ErrorParameters(afterNanoseconds: nanoseconds)
        case .limitReached(let limit, let value): ErrorParameters(limit: limit, value: value)
        case .busy, .moreRequired, .stopping: ErrorParameters()
        }
    }

    /// The error `name` (with its interface) of one of gild's interfaces; nil when it is none of them, or when a
    /// parameter is missing.
    init?(name: String, parameters: ErrorParameters) {
        guard name.hasPrefix("io.gild."), let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...] {
        case "NotPermitted":
            guard let method = parameters.method, let group = parameters.group else { return nil }
            self = .notPermitted(method: method, group: group)
        case "NotFound":
            guard let kind = parameters.kind, let name = parameters.name else { return nil }
            self = .notFound(kind: kind, name: name)
        case "Invalid":
            guard let problems = parameters.problems else { return nil }
            self = .invalid(problems)
        case "AlreadyRunning":
            guard let name = parameters.name, let run = parameters.run else { return nil }
            self = .alreadyRunning(name: name, run: run)
        case "NotRunning":
            guard let name = parameters.name else { return nil }
            self = .notRunning(name: name)
        case "TimedOut":
            guard let nanoseconds = parameters.afterNanoseconds else { return nil }
            self = .timedOut(afterNanoseconds: nanoseconds)
        case "Busy": self = .busy
        case "LimitReached":
            guard let limit = parameters.limit, let value = parameters.value else { return nil }
            self = .limitReached(limit: limit, value: value)
        case "MoreRequired": self = .moreRequired
        case "Stopping": self = .stopping
        default: return nil
        }
    }
}
