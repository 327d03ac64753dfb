import ArgumentParser
import GildControl
import GildReport

struct Heap: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap",
        abstract: "Look into a runtime's heap.",
        discussion: """
              gilctl heap                      counters
              gilctl heap top --by site        what was allocated where
              gilctl heap inspect 0x7f3c5a2e10 one object and who refers to it
              gilctl heap leaks                what outlived its run
            """,
        subcommands: [HeapStats.self, HeapTop.self, HeapInspect.self, HeapLeaks.self, HeapCollect.self],
        defaultSubcommand: HeapStats.self)

    /// How long the daemon waits for the runtime's lock when a call does not say so.
    static let defaultWait: UInt64 = 2_000_000_000
}

struct HeapStats: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show the counters of objects, bytes and references. (default)")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        let parameters = HeapInterface.Stats.Parameters(
            runtime: runtime.runtime, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(HeapInterface.Stats.self, parameters, waits: daemon.options.chosenTimeout ?? 0) { reply, page in
            if !reply.isExact { return ["the lock of \(escaped(reply.runtime)) did not come in time; --timeout waits longer"] }
            var table = TextTable(["<heap of \(reply.runtime)", "made", "undone", "live", "peak", "limit"])
            table.add(["objects"] + [reply.allocations, reply.frees, reply.liveObjects].map(formatCount) + ["", ""])
            table.add(
                ["bytes"]
                    + [reply.allocatedBytes, reply.freedBytes, reply.liveBytes, reply.peakBytes, reply.limitBytes]
                    .map(formatSize))
            table.add(
                ["references"] + [reply.increfs, reply.decrefs].map(formatCount)
                    + [reply.liveReferences.map(formatCount) ?? "–", "", ""])
            return table.lines(width: page.width, style: page.style) + [
                "  The cycle collector ran \(reply.collections == 1 ? "once" : formatCount(reply.collections) + " times") "
                    + "and freed \(counted(reply.cyclesCollected, "object"))."
            ]
        }
    }
}

extension HeapInterface.Grouping: ExpressibleByArgument {}

struct HeapTop: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show the largest groups of live objects.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    @Option(help: ArgumentHelp("What the objects of a group have in common: type, refcount or site of allocation.", valueName: "property"))
    var by = HeapInterface.Grouping.type

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("At most so many groups.", valueName: "number"))
    var limit = 20

    func validate() throws {
        if limit < 1 || limit > 1000 { throw ValidationError("--limit must be between 1 and 1000") }
    }

    func run(_ daemon: Daemon) throws {
        let parameters = HeapInterface.Top.Parameters(
            runtime: runtime.runtime, by: by, limit: limit, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(HeapInterface.Top.self, parameters, waits: daemon.options.chosenTimeout ?? Heap.defaultWait) { reply, page in
            if reply.groups.isEmpty { return ["no live objects"] }
            var table = TextTable(["<\(by.rawValue)", "objects", "bytes", "references", "<example"])
            for group in reply.groups {
                table.add([
                    group.key, formatCount(group.count), formatSize(group.sizeBytes), formatCount(group.references),
                    group.example ?? "–",
                ])
            }
            return table.lines(width: page.width, style: page.style)
        }
    }
}

struct HeapInspect: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show one object, what it refers to and who refers to it.",
        discussion: "Addresses come from gilctl heap top and from this command. No code of a script is run to show an object.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    @Argument(help: "Such as 0x7f3c5a2e10.")
    var address: String

    func run(_ daemon: Daemon) throws {
        let parameters = HeapInterface.Inspect.Parameters(
            runtime: runtime.runtime, address: address, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(HeapInterface.Inspect.self, parameters, waits: daemon.options.chosenTimeout ?? Heap.defaultWait) { reply, page in
            let object = reply.object
            var lines = [page.style.bold("\(escaped(object.type)) at \(escaped(object.address))")]
            lines += page.fields([
                ("value", escaped(object.representation)),
                ("refcount", formatCount(object.refcount)),
                ("size", formatSize(object.sizeBytes)),
                ("allocated at", object.site.map(escaped) ?? ""),
                ("by workload", object.workload.map(escaped) ?? ""),
                ("cycle collector", object.isTracked ? "looks at it" : "does not look at it"),
            ])
            lines += table("Referrers", "who refers to it", object.referrers, page)
            if object.referrersTruncated { lines.append("  … and more") }
            lines += table("Referents", "what it refers to", object.referents, page)
            return lines
        }
    }

    private func table(_ heading: String, _ note: String, _ objects: [HeapInterface.Referent], _ page: Page) -> [String] {
        guard !objects.isEmpty else { return [] }
        var table = TextTable(["<address", "<type", "<allocated at", "<value"])
        for object in objects {
            table.add([object.address ?? "–", object.type, object.site ?? "–", object.representation])
        }
        return ["", page.style.bold(heading) + page.style.faint("  " + note)] + table.lines(width: page.width, style: page.style)
    }
}

struct HeapLeaks: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "leaks", abstract: "Show objects that outlived the run that allocated them.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        let parameters = HeapInterface.Leaks.Parameters(
            runtime: runtime.runtime, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(HeapInterface.Leaks.self, parameters, waits: daemon.options.chosenTimeout ?? Heap.defaultWait) { reply, page in
            if reply.leaks.isEmpty { return ["no leaks"] }
            var table = TextTable(["<workload", "run", "<type", "objects", "bytes", "references", "<allocated at"])
            for leak in reply.leaks {
                table.add([
                    leak.workload, String(leak.run), leak.type, formatCount(leak.count), formatSize(leak.sizeBytes),
                    formatCount(leak.references), leak.site ?? "–",
                ])
            }
            return table.lines(width: page.width, style: page.style)
        }
    }
}

struct HeapCollect: DaemonCommand {
    static let configuration = CommandConfiguration(commandName: "collect", abstract: "Run the cycle collector.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var runtime: RuntimeOption

    func run(_ daemon: Daemon) throws {
        let parameters = HeapInterface.Collect.Parameters(
            runtime: runtime.runtime, timeoutNanoseconds: daemon.waitNanoseconds)
        try daemon.show(HeapInterface.Collect.self, parameters, waits: daemon.options.chosenTimeout ?? Heap.defaultWait) { reply, _ in
            [
                "freed \(counted(reply.collectedObjects, "object")) in \(formatDuration(reply.durationNanoseconds)); "
                    + "\(formatCount(reply.liveObjects)) live"
            ]
        }
    }
}
