// Why a command ended badly: one line on standard error that says what to do, and the exit status.
//
// Whatever the daemon sent is escaped before it reaches the terminal.

import ArgumentParser
import GildControl
import GildReport
import Glibc

struct Failure: Error {
    var message: String
    var status: Int32
    /// Further lines, printed as they are.
    var details: [String] = []

    init(_ message: String, status: Int32 = 1, details: [String] = []) {
        self.message = message
        self.status = status
        self.details = details
    }

    func report() {
        Output.complain("gilctl: \(message)\n" + details.map { $0 + "\n" }.joined())
    }
}

extension Failure {
    /// - Parameter path: of the socket.
    init(_ error: ControlClientError, path: String) {
        let shown = escaped(path)
        switch error {
        case .cannotConnect(let number):
            let reason = String(cString: strerror(number))
            let advice =
                switch number {
                case ENOENT: "is the daemon running? Try: systemctl start gild"
                case ECONNREFUSED: "the socket is there but nobody listens; was the daemon killed? Try: systemctl start gild"
                case EACCES, EPERM: "you may not open it; members of the socket's group (gild) may, and so may root"
                case ENOTSOCK: "this is no socket"
                case ENAMETOOLONG: "the path of a socket has at most 107 bytes"
                case EAGAIN: "too many clients are waiting to be let in; try again"
                default: "see gilctl --help for --socket"
                }
            self.init("cannot connect to \(shown): \(reason): \(advice)", status: 3)
        case .refused("org.varlink.service.MethodNotFound", let parameters),
            .refused("org.varlink.service.MethodNotImplemented", let parameters),
            .refused("org.varlink.service.InterfaceNotFound", let parameters):
            self.init("the daemon does not have this method \(escaped(parameters)); compare gilctl status and gilctl --version")
        case .refused("io.gild.Daemon.LimitExceeded", let parameters):
            self.init("a limit of the daemon (daemon.limits) does not allow it: \(escaped(parameters))")
        case .refused(let name, let parameters):
            self.init("the daemon answered \(escaped(name)) \(escaped(parameters))")
        case .control(let error, let method): self.init(error, method: method)
        case .timedOut:
            self.init("the daemon at \(shown) did not answer in time; --timeout waits longer", status: 1)
        case .closed:
            self.init("the daemon at \(shown) closed the connection", status: 3)
        case .malformed(let what):
            self.init("what answers at \(shown) does not speak as gild does: \(escaped(what))", status: 1)
        }
    }

    /// - Parameter method: with its interface.
    init(_ error: ControlError, method: String) {
        let short = method.split(separator: ".").suffix(2).joined(separator: ".")
        switch error {
        case .notPermitted(_, let group):
            self.init(
                "not permitted: \(short) needs root, the daemon's own user or membership in group '\(escaped(group))'")
        case .notFound(let kind, let name):
            let list =
                switch kind {
                case "workload": "; gilctl list shows what there is"
                case "runtime": "; gilctl runtimes shows what there is"
                case "object": "; it may have been freed since its address was shown"
                default: ""
                }
            self.init("there is no \(escaped(kind)) '\(escaped(name))'" + list)
        case .invalid(let problems):
            let details = problems.map(Self.line)
            if details.count == 1 && problems[0].line == nil {
                self.init(escaped(problems[0].message))
            } else {
                self.init("\(counted(problems.count, "problem")); nothing was changed", details: details)
            }
        case .alreadyRunning(let name, let run):
            self.init("workload '\(escaped(name))' is running already (run \(run)); gilctl restart starts it anew")
        case .notRunning(let name): self.init("workload '\(escaped(name))' has no run")
        case .timedOut(let nanoseconds):
            self.init("it did not happen within \(formatSetting(nanoseconds)); --timeout waits longer")
        case .busy: self.init("another client is doing the same; try again")
        case .limitReached(let limit, let value):
            self.init("the limit \(escaped(limit)) of \(formatCount(value)) does not allow it")
        case .moreRequired: self.init("\(short) answers only with a stream of replies")
        case .stopping: self.init("the daemon is ending")
        }
    }

    /// `file:line:column: path: message`.
    static func line(_ problem: Problem) -> String {
        var place = escaped(problem.file)
        if let line = problem.line { place += ":\(line)" }
        if let column = problem.column { place += ":\(column)" }
        if let path = problem.path, !path.isEmpty { place += ": \(escaped(path))" }
        return "\(place): \(escaped(problem.message))"
    }
}
