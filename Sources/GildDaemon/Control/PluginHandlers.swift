// io.gild.Plugin: what is loaded, loading, unloading. All on the pool's threads: a plugin's initialiser may take its time.

import CGild
import GildControl
import GildReport
import GildSession
import GildVarlink
import Glibc

extension Daemon {
    private static let unloadTimeout: UInt64 = 5_000_000_000
    private static let longestUnload: UInt64 = 600_000_000_000

    func addPluginMethods(to table: inout Router.Table) {
        table.on(PluginInterface.List.self) { [self] request in
            onPool(request) { .success(.init(plugins: Plugin.all.map { PluginInterface.Plugin($0.figures) })) }
        }
        table.on(PluginInterface.Load.self) { [self] request in
            onPool(request) { [self] in
                let parameters = request.parameters
                let texts = Dictionary((parameters.parameters ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
                do throws(PluginError) {
                    let plugin = try Plugin.load(PluginOptions(path: parameters.path, parameters: texts, version: parameters.version))
                    for entry in supervisor.entries { entry.hosting.addPlugin(plugin) }
                    log.emit(
                        .pluginLoaded, LogText("plugin \(plugin.name) \(plugin.version) was loaded by uid \(request.call.peer.userID)"),
                        fields: [LogField("path", plugin.path)])
                    return .success(.init(plugin: PluginInterface.Plugin(plugin.figures)))
                } catch {
                    return .failure(.invalid([Problem(file: parameters.path, message: error.message)]))
                }
            }
        }
        table.on(PluginInterface.Unload.self) { [self] request in
            onPool(request) { [self] in
                let name = request.parameters.name
                guard let plugin = Plugin.all.first(where: { $0.name == name }) else { return .failure(.notFound(kind: "plugin", name: name)) }
                let timeout = min(request.parameters.timeoutNanoseconds.map { UInt64(clamping: $0) } ?? Self.unloadTimeout, Self.longestUnload)
                guard unload(plugin, timeoutNanoseconds: timeout) else { return .failure(.timedOut(afterNanoseconds: Int(clamping: timeout))) }
                log.emit(
                    .pluginUnloaded, LogText("plugin \(name) was unloaded by uid \(request.call.peer.userID)"), fields: [LogField("path", plugin.path)])
                return .success(.init())
            }
        }
    }

    /// False: something of the plugin was alive for so long; it is as it was.
    private func unload(_ plugin: Plugin, timeoutNanoseconds: UInt64) -> Bool {
        let deadline = gild_monotonic_ns() &+ timeoutNanoseconds
        let entries = supervisor.entries
        for entry in entries { entry.hosting.removePlugin(plugin) }
        plugin.closeForCalls()
        while true {
            let left = deadline &- min(deadline, gild_monotonic_ns())
            let isCalled = entries.contains { (try? $0.hosting.isCalling(plugin, timeoutNanoseconds: min(max(left, 10_000_000), 1_000_000_000))) ?? true }
            if !isCalled && plugin.holdCount == 0 {
                plugin.closeForGood()
                return true
            }
            if gild_monotonic_ns() >= deadline { break }
            usleep(5_000)
        }
        plugin.reopen()
        for entry in entries { entry.hosting.addPlugin(plugin) }
        return false
    }
}

extension PluginInterface.Plugin {
    init(_ figures: Plugin.Figures) {
        self.init(
            name: figures.name, version: figures.version, path: figures.path, functions: figures.functions, workloads: figures.workloads,
            metrics: figures.metrics.map { .init(name: $0.name, kind: $0.isCounter ? "counter" : "gauge", value: $0.value, help: $0.help) },
            violations: figures.violations, leakedHandles: figures.leakedHandles)
    }
}
