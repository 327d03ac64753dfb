// The slots that a plugin uses while it is loaded: who it is, and what it offers.
//
// They take `gild_plugin *`, not a context: no runtime is involved yet. What is wrong is answered with a status and noted in the
// plugin as a sentence, which becomes the message of the load that fails; a plugin that ignores the status is refused all the same.
// Definitions begin with their size. All that ABI 1 has must be there; a field that a later header adds is read only where the size says so.

import CGild
import CGildPlugin

extension Plugin {
    static func from(_ plugin: OpaquePointer) -> Plugin { Unmanaged<Plugin>.fromOpaque(UnsafeRawPointer(plugin)).takeUnretainedValue() }

    fileprivate func complain(_ message: String, _ status: gild_status = GILD_BAD_ARGUMENT) -> gild_status {
        if complaint == nil { complaint = message }
        return status
    }

    /// Nil: go on.
    fileprivate func refusal(_ call: String) -> gild_status? {
        if !isInitializing { return GILD_BAD_ARGUMENT }
        if name.isEmpty { return complain("\(call) was called before gild_describe") }
        return nil
    }
}

/// A name that an import statement can say.
private func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
}

func hostDescribe(
    _ plugin: OpaquePointer, _ abi: UInt32, _ size: UInt32, _ name: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?
) -> gild_status {
    let plugin = Plugin.from(plugin)
    if !plugin.isInitializing { return GILD_BAD_ARGUMENT }
    if abi != GILD_ABI {
        return plugin.complain("built for version \(abi) of the plugin interface; this gild has version \(GILD_ABI): build it with this gild's gild_plugin.h", GILD_BAD_ABI)
    }
    let own = UInt32(MemoryLayout<gild_host>.size)
    if size > own {
        return plugin.complain(
            "built with a newer gild_plugin.h, whose table of host functions has \(size) bytes; this gild's has \(own): build it with this gild's header", GILD_BAD_ABI)
    }
    guard let name, let version else { return plugin.complain("gild_describe needs a name and a version") }
    let (text, versionText) = (String(cString: name), String(cString: version))
    guard isIdentifier(text), text.utf8.count <= 64 else {
        return plugin.complain("the name '\(text)' cannot be imported: a letter or underscore first, then letters, digits and underscores, at most 64")
    }
    guard !versionText.isEmpty, versionText.utf8.count <= 64 else { return plugin.complain("the version must have 1 to 64 bytes") }
    if !plugin.name.isEmpty { return plugin.complain("gild_describe was called twice") }
    plugin.name = text
    plugin.version = versionText
    return GILD_OK
}

func hostRegisterFunction(_ plugin: OpaquePointer, _ source: UnsafePointer<gild_function_definition>?) -> gild_status {
    let plugin = Plugin.from(plugin)
    if let refusal = plugin.refusal("gild_register_function") { return refusal }
    guard let source else { return plugin.complain("gild_register_function got a null pointer") }
    // Its function pointers are not nullable in the header; a plugin may still leave one out.
    let size = UnsafeRawPointer(source).load(as: Int.self)
    if size < 48 { return plugin.complain("a function's definition says that it has \(size) bytes; gild_function_definition has 48") }
    guard let name = UnsafeRawPointer(source).load(fromByteOffset: 8, as: UnsafePointer<CChar>?.self),
        UnsafeRawPointer(source).load(fromByteOffset: 24, as: UnsafeRawPointer?.self) != nil
    else { return plugin.complain("a function's definition lacks its name or its call") }
    let text = String(cString: name)
    let given = source.pointee
    guard isIdentifier(text) else { return plugin.complain("the function's name '\(text)' is no identifier") }
    if plugin.functions.contains(where: { String(cString: $0.pointee.name) == text }) { return plugin.complain("the function '\(text)' is registered twice") }
    guard given.minimum >= 0, given.maximum >= given.minimum || given.maximum == -1, given.maximum <= 255 else {
        return plugin.complain("the function '\(text)' takes \(given.minimum) to \(given.maximum) arguments, which makes no sense (at most 255, -1 for any number)")
    }
    plugin.functions.append(
        plugin.makeFunction(
            text, given.call, data: given.data, minimum: Int(given.minimum), maximum: Int(given.maximum),
            documentation: given.documentation.map { String(cString: $0) }))
    return GILD_OK
}

func hostRegisterWorkload(_ plugin: OpaquePointer, _ source: UnsafePointer<gild_workload_definition>?) -> gild_status {
    let plugin = Plugin.from(plugin)
    if let refusal = plugin.refusal("gild_register_workload") { return refusal }
    guard let source else { return plugin.complain("gild_register_workload got a null pointer") }
    let raw = UnsafeRawPointer(source)
    let size = raw.load(as: Int.self)
    if size < 48 { return plugin.complain("a workload's definition says that it has \(size) bytes; gild_workload_definition has 48") }
    guard let name = raw.load(fromByteOffset: 8, as: UnsafePointer<CChar>?.self), raw.load(fromByteOffset: 24, as: UnsafeRawPointer?.self) != nil else {
        return plugin.complain("a workload's definition lacks its name or its run")
    }
    let text = String(cString: name)
    if text.isEmpty || text.utf8.count > 64 { return plugin.complain("a workload's name must have 1 to 64 bytes") }
    if plugin.workloads.contains(where: { $0.name == text }) { return plugin.complain("the workload '\(text)' is registered twice") }
    plugin.workloads.append(
        PluginWorkload(
            name: text, definition: source.pointee,
            prepareFunction: plugin.makeFunction("\(text).prepare", nil, data: nil, minimum: 0, maximum: 0, documentation: nil),
            runFunction: plugin.makeFunction("\(text).run", nil, data: nil, minimum: 0, maximum: 0, documentation: nil)))
    return GILD_OK
}

func hostRegisterMetric(
    _ plugin: OpaquePointer, _ source: UnsafePointer<gild_metric_definition>?, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> gild_status {
    let plugin = Plugin.from(plugin)
    result?.pointee = nil
    if let refusal = plugin.refusal("gild_register_metric") { return refusal }
    guard let source, let result else { return plugin.complain("gild_register_metric got a null pointer") }
    let raw = UnsafeRawPointer(source)
    let size = raw.load(as: Int.self)
    if size < 32 { return plugin.complain("a metric's definition says that it has \(size) bytes; gild_metric_definition has 32") }
    guard let name = raw.load(fromByteOffset: 8, as: UnsafePointer<CChar>?.self), let help = raw.load(fromByteOffset: 16, as: UnsafePointer<CChar>?.self) else {
        return plugin.complain("a metric's definition lacks its name or its help")
    }
    let text = String(cString: name)
    let isNamed = text.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
    guard isNamed, text.utf8.count <= 64, text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }) else {
        return plugin.complain("the metric's name '\(text)' must be lower-case letters, digits and underscores, a letter first, at most 64")
    }
    let kind = source.pointee.kind
    guard kind == GILD_COUNTER || kind == GILD_GAUGE else { return plugin.complain("the metric '\(text)' is neither a counter nor a gauge") }
    if plugin.metrics.contains(where: { $0.pointee.name == text }) { return plugin.complain("the metric '\(text)' is registered twice") }
    let metric = UnsafeMutablePointer<PluginMetric>.allocate(capacity: 1)
    metric.initialize(to: PluginMetric(name: text, help: String(cString: help), isCounter: kind == GILD_COUNTER))
    plugin.metrics.append(metric)
    result.pointee = OpaquePointer(metric)
    return GILD_OK
}

func hostPluginParameters(_ plugin: OpaquePointer) -> OpaquePointer {
    OpaquePointer(Unmanaged.passUnretained(Plugin.from(plugin).parameters).toOpaque())
}

func hostParameter(
    _ parameters: OpaquePointer, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> gild_status {
    guard let name, let value else { return GILD_BAD_ARGUMENT }
    let all = Unmanaged<PluginParameters>.fromOpaque(UnsafeRawPointer(parameters)).takeUnretainedValue()
    value.pointee = all[String(cString: name)]
    return value.pointee == nil ? GILD_END : GILD_OK
}

func hostMetricAdd(_ metric: OpaquePointer?, _ amount: Int64) -> gild_status {
    guard let metric else { return GILD_BAD_ARGUMENT }
    let place = UnsafeMutablePointer<PluginMetric>(metric)
    if place.pointee.isCounter && amount < 0 { return GILD_BAD_ARGUMENT }
    _ = gild_fetch_add_64(valueOf(place), UInt64(bitPattern: amount))
    return GILD_OK
}

func hostMetricSet(_ metric: OpaquePointer?, _ value: Int64) -> gild_status {
    guard let metric else { return GILD_BAD_ARGUMENT }
    let place = UnsafeMutablePointer<PluginMetric>(metric)
    if place.pointee.isCounter { return GILD_BAD_ARGUMENT }
    gild_store_release_64(valueOf(place), UInt64(bitPattern: value))
    return GILD_OK
}
