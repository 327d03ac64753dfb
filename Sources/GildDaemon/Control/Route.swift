// From a call of the wire to a typed request, and back.
//
// The server has held the parameters against the interface's description already; decoding them can fail only where the
// description allows what the type does not. Who may call is decided here, once for all methods, by the method's own flag.

import CGild
import GildControl
import GildVarlink

/// One call of the method `M`, to be answered once from any thread.
struct Request<M: ControlMethod>: Sendable {
    let call: VarlinkCall
    let parameters: M.Parameters

    func reply(_ reply: M.Reply) {
        do { call.reply(try JSONValue(encoding: reply)) } catch { failInternally(error) }
    }

    /// One reply of several. False once nobody listens; the call is still to be ended.
    func replyContinues(_ reply: M.Reply) -> Bool {
        do { return call.replyContinues(try JSONValue(encoding: reply)) } catch { return false }
    }

    func fail(_ error: ControlError) { call.fail(error) }

    func answer(_ result: Result<M.Reply, ControlError>) {
        switch result {
        case .success(let value): reply(value)
        case .failure(let error): fail(error)
        }
    }

    /// A parameter that the description allows and the daemon does not.
    func fail(parameter: String, _ message: String) { fail(.invalidParameter(parameter, of: M.name, message)) }

    /// For methods that only stream.
    func requireMore() -> Bool {
        if call.wantsMore { return true }
        fail(.moreRequired)
        return false
    }

    private func failInternally(_ error: any Error) {
        call.fail(VarlinkErrorNames.gild.internalError, ["message": .string("\(error)")])
    }
}

extension VarlinkErrorNames {
    /// The server's own errors belong to io.gild.Daemon.
    static let gild = VarlinkErrorNames(interface: DaemonInterface.name)
}

extension VarlinkCall {
    func fail(_ error: ControlError) { fail(error.name(in: interface), error.parameterValue) }
}

extension ControlError {
    /// The parameters of the error reply.
    var parameterValue: JSONValue {
        switch self {
        case .notPermitted(let method, let group): ["method": .string(method), "group": .string(group)]
        case .notFound(let kind, let name): ["kind": .string(kind), "name": .string(name)]
        case .invalid(let problems): ["problems": .array(problems.map(\.value))]
        case .alreadyRunning(let name, let run): ["name": .string(name), "run": .integer(Int64(run))]
        case .notRunning(let name): ["name": .string(name)]
        case .timedOut(let nanoseconds): ["after_ns": .integer(Int64(nanoseconds))]
        case .limitReached(let limit, let value): ["limit": .string(limit), "value": .integer(Int64(value))]
        case .busy, .moreRequired, .stopping: [:]
        }
    }
}

extension Problem {
    fileprivate var value: JSONValue {
        var value: JSONValue = ["file": .string(file), "message": .string(message)]
        if let line { value["line"] = .integer(Int64(line)) }
        if let column { value["column"] = .integer(Int64(column)) }
        if let path { value["path"] = .string(path) }
        return value
    }
}

/// Every method of the daemon and who may call it.
final class Router: VarlinkHandler {
    fileprivate struct Route: Sendable {
        let isChange: Bool
        let body: @Sendable (VarlinkCall) -> Void
    }

    private let routes: [String: Route]
    private let permission: Permission
    private let executor: any JobExecutor
    private let log: EventLog

    struct Table: Sendable {
        fileprivate var routes: [String: Route] = [:]

        mutating func on<M: ControlMethod>(_ method: M.Type, _ body: @escaping @Sendable (Request<M>) -> Void) {
            routes[M.name] = Route(isChange: M.isChange) { call in
                let parameters: M.Parameters
                do {
                    parameters = try call.decode(M.Parameters.self)
                } catch {
                    return call.fail(invalidParameter: Router.parameter(of: error))
                }
                body(Request(call: call, parameters: parameters))
            }
        }

        var methods: Set<String> { Set(routes.keys) }
    }

    init(_ table: Table, permission: Permission, executor: any JobExecutor, log: EventLog) {
        routes = table.routes
        self.permission = permission
        self.executor = executor
        self.log = log
    }

    func handle(_ call: VarlinkCall) {
        guard let route = routes[call.method] else { return call.failNotImplemented() }
        guard route.isChange else { return route.body(call) }
        switch permission.decide(call.peer) {
        case .permitted: permit(call, route)
        case .refused: refuse(call)
        case .unknown:
            // Who is in a group may be a question to a server of the network.
            let isTaken = executor.submit(deadlineNanoseconds: 5_000_000_000) { [self] isLate in
                if !isLate && permission.lookUp(call.peer) { permit(call, route) } else { refuse(call) }
            }
            if !isTaken { refuse(call) }
        }
    }

    private func permit(_ call: VarlinkCall, _ route: Route) {
        log.emit(.clientCall, "\(call.method) called by uid \(call.peer.userID), pid \(call.peer.processID)", fields: fields(call))
        route.body(call)
    }

    private func refuse(_ call: VarlinkCall) {
        log.emit(
            .clientRefused, "\(call.method) refused to uid \(call.peer.userID), pid \(call.peer.processID): not in group \(permission.group)",
            fields: fields(call))
        call.fail(.notPermitted(method: call.method, group: permission.group))
    }

    private func fields(_ call: VarlinkCall) -> [LogField] {
        [
            LogField("method", call.method), LogField("peer_uid", Int(call.peer.userID)), LogField("peer_gid", Int(call.peer.groupID)),
            LogField("peer_pid", Int(call.peer.processID)),
        ]
    }

    /// Name of the parameter that a `DecodingError` is about.
    private static func parameter(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath.first?.stringValue ?? ""
        case .keyNotFound(let key, _): return key.stringValue
        @unknown default: return ""
        }
    }
}
