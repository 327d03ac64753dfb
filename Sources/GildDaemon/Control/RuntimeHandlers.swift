// io.gild.Runtime and io.gild.Heap: questions to a runtime, asked on a thread that may wait for its lock.

import CGild
import GildControl
import GildSession
import GildVarlink

extension Daemon {
    static let defaultQuestionTimeout: UInt64 = 2_000_000_000
    private static let longestQuestion: UInt64 = 60_000_000_000
    static let snapshotTimeout: UInt64 = 100_000_000

    func addRuntimeMethods(to table: inout Router.Table) {
        table.on(RuntimeInterface.List.self) { [self] request in
            onPool(request) { [self] in
                let entries = supervisor.entries
                return .success(.init(runtimes: entries.map { RuntimeInterface.Runtime($0, $0.hosting.snapshot(timeoutNanoseconds: Self.snapshotTimeout)) }))
            }
        }
        table.on(RuntimeInterface.Lock.self) { [self] request in
            withRuntime(request, request.parameters.runtime) { entry in
                let snapshot = entry.hosting.snapshot(timeoutNanoseconds: Self.snapshotTimeout)
                return .success(.init(
                    runtime: entry.name, regime: snapshot.regime, wallNanoseconds: snapshot.wallNanoseconds,
                    holder: snapshot.holder, waiting: snapshot.waiting, lock: snapshot.lock.bounded))
            }
        }
        table.on(RuntimeInterface.SetSwitchInterval.self) { [self] request in
            let interval = request.parameters.intervalNanoseconds
            guard interval >= 1000 else { return request.fail(parameter: "interval_ns", "an interval is at least 1 us") }
            withRuntime(request, request.parameters.runtime) { [log] entry in
                guard RegimeName(rawValue: entry.hosting.regime)?.hasSwitchInterval ?? false else {
                    return .failure(.invalidParameter(
                        "runtime", of: RuntimeInterface.SetSwitchInterval.name, "regime \(entry.hosting.regime) has no switch interval"))
                }
                let previous = entry.hosting.switchIntervalNanoseconds
                entry.hosting.setSwitchInterval(UInt64(interval))
                log.emit(
                    .configuration, level: .notice, "the switch interval was set by uid \(request.call.peer.userID)", runtime: entry.name,
                    fields: [LogField("previous_ns", Int(clamping: previous)), LogField("interval_ns", interval)])
                return .success(.init(previousNanoseconds: Int(clamping: previous)))
            }
        }
        table.on(RuntimeInterface.Threads.self) { [self] request in
            question(request, request.parameters.runtime, request.parameters.timeoutNanoseconds) { entry, timeout throws(HostError) in
                .init(threads: try entry.hosting.threads(timeoutNanoseconds: timeout).map(RuntimeInterface.Thread.init))
            }
        }
    }

    func addHeapMethods(to table: inout Router.Table) {
        table.on(HeapInterface.Stats.self) { [self] request in
            let timeout = request.parameters.timeoutNanoseconds.map { UInt64(clamping: $0) } ?? Self.snapshotTimeout
            withRuntime(request, request.parameters.runtime) { entry in
                .success(.init(entry.hosting.snapshot(timeoutNanoseconds: min(timeout, Self.longestQuestion))))
            }
        }
        table.on(HeapInterface.Top.self) { [self] request in
            let limit = request.parameters.limit ?? 20
            guard (1...1000).contains(limit) else { return request.fail(parameter: "limit", "a number of groups is 1 to 1000") }
            let grouping: HeapGrouping =
                switch request.parameters.by ?? .type {
                case .type: .type
                case .refcount: .refcount
                case .site: .site
                }
            question(request, request.parameters.runtime, request.parameters.timeoutNanoseconds) { entry, timeout throws(HostError) in
                let groups = try entry.hosting.heapTop(by: grouping, limit: limit, timeoutNanoseconds: timeout)
                return .init(groups: groups.map { group in
                    HeapInterface.Group(
                        key: group.key, count: group.count, references: group.references, sizeBytes: group.bytes,
                        example: addressText(group.exampleAddress))
                })
            }
        }
        table.on(HeapInterface.Inspect.self) { [self] request in
            let text = request.parameters.address
            guard let address = UInt64(text.hasPrefix("0x") || text.hasPrefix("0X") ? String(text.dropFirst(2)) : text, radix: 16) else {
                return request.fail(parameter: "address", "an address is hexadecimal, such as 0x7f3c5a2e10")
            }
            question(request, request.parameters.runtime, request.parameters.timeoutNanoseconds) { entry, timeout throws(HostError) in
                .init(object: HeapInterface.Object(try entry.hosting.inspect(address: address, timeoutNanoseconds: timeout)))
            }
        }
        table.on(HeapInterface.Leaks.self) { [self] request in
            question(request, request.parameters.runtime, request.parameters.timeoutNanoseconds) { [self] entry, timeout throws(HostError) in
                let leaks = try entry.hosting.leaks(timeoutNanoseconds: timeout)
                let numbers = supervisor.runNumbers(of: entry)
                return .init(leaks: leaks.prefix(1000).map { leak in
                    HeapInterface.Leak(
                        workload: leak.workload, run: numbers[leak.run] ?? Int(clamping: leak.run), type: leak.type, count: leak.count,
                        references: leak.references, sizeBytes: leak.bytes, site: leak.site.isEmpty ? nil : leak.site)
                })
            }
        }
        table.on(HeapInterface.Collect.self) { [self] request in
            question(request, request.parameters.runtime, request.parameters.timeoutNanoseconds) { entry, timeout throws(HostError) in
                let result = try entry.hosting.collect(timeoutNanoseconds: timeout)
                return .init(
                    collectedObjects: result.collectedObjects, durationNanoseconds: Int(clamping: result.nanoseconds),
                    liveObjects: result.liveObjects)
            }
        }
    }

    // MARK: - Asking

    /// Answers on a thread of the pool.
    func onPool<M: ControlMethod>(
        _ request: Request<M>, within nanoseconds: UInt64 = 5_000_000_000,
        _ body: @escaping @Sendable () -> Result<M.Reply, ControlError>
    ) {
        let isTaken = questions.submit(deadlineNanoseconds: nanoseconds) { isLate in
            if !request.call.isConnected { return request.fail(.stopping) }
            request.answer(isLate ? .failure(.timedOut(afterNanoseconds: Int(clamping: nanoseconds))) : body())
        }
        if !isTaken { request.fail(.timedOut(afterNanoseconds: 0)) }
    }

    /// Answers on a thread of the pool with the runtime of that name; `main` without one.
    func withRuntime<M: ControlMethod>(
        _ request: Request<M>, _ name: String?, within nanoseconds: UInt64 = 5_000_000_000,
        _ body: @escaping @Sendable (HostedEntry) -> Result<M.Reply, ControlError>
    ) {
        let name = name ?? "main"
        guard let entry = supervisor.runtime(name) else { return request.fail(.notFound(kind: "runtime", name: name)) }
        onPool(request, within: nanoseconds) { body(entry) }
    }

    /// The same for what needs the runtime's lock.
    private func question<M: ControlMethod>(
        _ request: Request<M>, _ name: String?, _ timeout: Int?,
        _ body: @escaping @Sendable (HostedEntry, UInt64) throws(HostError) -> M.Reply
    ) {
        let timeout = timeout ?? Int(Self.defaultQuestionTimeout)
        guard timeout >= 0 else { return request.fail(parameter: "timeout_ns", "a timeout is 0 or more") }
        let nanoseconds = min(UInt64(timeout), Self.longestQuestion)
        let begun = gild_monotonic_ns()
        withRuntime(request, name, within: nanoseconds) { entry in
            let waited = gild_monotonic_ns() - begun
            do throws(HostError) {
                return .success(try body(entry, nanoseconds > waited ? nanoseconds - waited : 0))
            } catch {
                return .failure(ControlError(error, runtime: entry, afterNanoseconds: Int(clamping: nanoseconds)))
            }
        }
    }
}

extension ControlError {
    init(_ error: HostError, runtime: HostedEntry, afterNanoseconds: Int) {
        self =
            switch error.code {
            case .closed: .stopping
            case .timedOut: .timedOut(afterNanoseconds: afterNanoseconds)
            case .noSuchObject: .notFound(kind: "object", name: error.address.flatMap(addressText) ?? error.message)
            case .threadLimit: .limitReached(limit: "thread_limit", value: runtime.threadLimit)
            }
    }
}

private func addressText(_ address: UInt64) -> String? { address == 0 ? nil : "0x" + String(address, radix: 16) }

extension RuntimeInterface.Runtime {
    init(_ entry: HostedEntry, _ snapshot: RuntimeSnapshot) {
        self.init(
            name: entry.name, regime: snapshot.regime, switchIntervalNanoseconds: Int(clamping: entry.hosting.switchIntervalNanoseconds),
            heapLimitBytes: snapshot.heapLimitBytes, threadLimit: entry.threadLimit, holder: snapshot.holder, waiting: snapshot.waiting,
            threads: snapshot.threadCount, runs: snapshot.runs.count,
            liveObjects: snapshot.isExact ? snapshot.liveObjects : nil, liveBytes: snapshot.isExact ? snapshot.liveBytes : nil)
    }
}

extension RuntimeInterface.Thread {
    init(_ activity: ThreadActivity) {
        self.init(
            number: Int(activity.number), name: activity.name, workload: activity.workload,
            state: RuntimeInterface.ThreadState(rawValue: activity.state.rawValue) ?? .outside,
            sinceNanoseconds: Int(clamping: activity.sinceNanoseconds), blockedIn: activity.blockedIn, place: activity.place,
            function: activity.function)
    }
}

extension HeapInterface.Stats.Reply {
    init(_ snapshot: RuntimeSnapshot) {
        self.init(
            runtime: snapshot.name, isExact: snapshot.isExact, liveObjects: snapshot.liveObjects, liveBytes: snapshot.liveBytes,
            peakBytes: snapshot.peakBytes, limitBytes: snapshot.heapLimitBytes, allocations: snapshot.allocations, frees: snapshot.frees,
            allocatedBytes: snapshot.allocatedBytes, freedBytes: snapshot.freedBytes, increfs: snapshot.increfs, decrefs: snapshot.decrefs,
            liveReferences: snapshot.isExact ? snapshot.liveReferences : nil, collections: snapshot.collections, cyclesCollected: snapshot.cyclesCollected)
    }
}

extension HeapInterface.Object {
    init(_ object: ObjectDescription) {
        func referent(_ other: ObjectSummary) -> HeapInterface.Referent {
            HeapInterface.Referent(
                address: addressText(other.address), type: other.type, site: other.site.isEmpty ? nil : other.site,
                representation: other.representation)
        }
        self.init(
            address: addressText(object.address) ?? "0x0", type: object.type, refcount: object.refcount ?? 0, sizeBytes: object.bytes,
            site: object.site.isEmpty ? nil : object.site, workload: object.workload.isEmpty ? nil : object.workload,
            isTracked: object.isTracked, representation: object.representation, referrers: object.referrers.map(referent),
            referrersTruncated: object.referrersTruncated, referents: object.referents.prefix(1000).map(referent))
    }
}
