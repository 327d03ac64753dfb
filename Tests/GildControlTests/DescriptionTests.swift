import GildControl
import GildVarlink
import Glibc
import Testing

/// The descriptions as texts: they parse, they say everything, and the Swift side comes from them.
@Suite struct DescriptionTests {
    static let interfaces: [VarlinkInterface] = ControlDescriptions.all.compactMap { try? VarlinkInterface(parsing: $0.text) }

    @Test func everyDescriptionParsesUnderItsName() throws {
        #expect(ControlDescriptions.all.count == 7)
        for (name, text) in ControlDescriptions.all {
            let interface = try VarlinkInterface(parsing: text)
            #expect(interface.name == name)
        }
    }

    @Test func printingAndParsingGivesTheSameDescription() throws {
        for (_, text) in ControlDescriptions.all {
            let interface = try VarlinkInterface(parsing: text)
            #expect(try VarlinkInterface(parsing: interface.formatted()) == interface)
        }
    }

    @Test func everythingIsDocumented() throws {
        for interface in Self.interfaces {
            #expect(!interface.documentation.isEmpty, "\(interface.name)")
            for type in interface.types {
                #expect(!type.documentation.isEmpty, "\(interface.name).\(type.name)")
                if case .structure(let fields) = type.type { expectDocumented(fields, "\(interface.name).\(type.name)") }
            }
            for method in interface.methods {
                #expect(!method.documentation.isEmpty, "\(interface.name).\(method.name)")
                expectDocumented(method.input + method.output, "\(interface.name).\(method.name)")
            }
            for error in interface.errors {
                #expect(!error.documentation.isEmpty, "\(interface.name).\(error.name)")
                expectDocumented(error.parameters, "\(interface.name).\(error.name)")
            }
        }
    }

    private func expectDocumented(_ fields: [VarlinkInterface.Field], _ place: String) {
        for field in fields { #expect(!field.documentation.isEmpty, "\(place).\(field.name)") }
    }

    @Test func everyMethodOfADescriptionHasItsMessages() {
        let described = Self.interfaces.flatMap { interface in interface.methods.map { "\(interface.name).\($0.name)" } }
        #expect(described == ControlMethods.all.map { $0.name })
    }

    /// Errors that the server itself answers with, whatever the method.
    static let serverErrors: Set = ["LimitExceeded", "MalformedMessage", "InternalError"]

    @Test func everyErrorThatAMethodNamesIsDefined() {
        let names = [
            "NotPermitted", "NotFound", "Invalid", "AlreadyRunning", "NotRunning", "TimedOut", "Busy", "LimitReached",
            "MoreRequired", "Stopping",
        ]
        for interface in Self.interfaces {
            let mentioned = names.filter { name in interface.methods.contains { $0.documentation.contains(name) } }
            #expect(Set(mentioned) == Set(interface.errors.map(\.name)).subtracting(Self.serverErrors), "\(interface.name)")
        }
    }

    @Test func readingNeedsNoRightAndChangingDoes() {
        let changes = [
            "Daemon.Reload", "Daemon.Shutdown", "Daemon.SetLogLevel", "Workload.Submit", "Workload.Start", "Workload.Stop",
            "Workload.Restart", "Workload.Remove", "Runtime.SetSwitchInterval", "Heap.Collect", "Script.Run", "Script.Stop",
            "Script.Open", "Script.Evaluate", "Script.Interrupt", "Script.Close", "Plugin.Load", "Plugin.Unload",
        ].map { "io.gild.\($0)" }
        #expect(ControlMethods.all.map { $0.name }.filter(ControlMethods.isChange) == changes)
        #expect(!ControlMethods.isChange("org.varlink.service.GetInfo"))
    }

    @Test func streamsAreThoseWithSeveralReplies() {
        let streams = ["Workload.Logs", "Metrics.Subscribe", "Script.Run", "Script.Evaluate"].map { "io.gild.\($0)" }
        #expect(ControlMethods.all.map { $0.name }.filter(ControlMethods.isStream) == streams)
    }

    @Test func theSwiftSideIsUpToDate() throws {
        let check = try runProgram([repositoryPath + "/scripts/make-control-messages", "--check"])
        #expect(check.status == 0, "\(check.errorText)")
    }
}
