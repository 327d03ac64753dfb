import GildReport
import GildSession
import GildWorkload

func hostRuntime(_ definition: RuntimeDefinition, settings: LogSettings, log: EventLog) throws -> any RuntimeHosting {
    throw HostError(code: .closed, message: "no runtime")
}
