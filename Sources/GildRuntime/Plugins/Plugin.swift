// A loaded plugin: what it registered, and who uses it.
//
// A plugin belongs to the process: every runtime that is told to sees its module. Its functions are records in raw memory,
// because each call reads one, and are never freed: a script may hold a function object longer than the plugin is loaded.
// Unloading lets them lead to a function that raises instead (`PluginFunction.entry`).
//
// **Who may write what.** Everything but the counters is written while the plugin is loaded, before another thread sees it,
// or when it is unloaded, after nothing uses it any more. The counters are atomic.

import CGild
import CGildPlugin
import Glibc
import Synchronization

/// What a plugin is loaded with.
public struct PluginOptions: Sendable, Equatable {
    /// Absolute.
    public var path: String
    /// What the plugin finds in `gild_plugin_parameters`.
    public var parameters: [String: String]
    /// The version that it must have; nil: any.
    public var version: String?

    public init(path: String, parameters: [String: String] = [:], version: String? = nil) {
        self.path = path
        self.parameters = parameters
        self.version = version
    }
}

/// A registered function, or a workload's `prepare` or `run`: what a call needs, and what messages say. Immortal.
struct PluginFunction {
    /// What is told if the process crashes in it. First, because the handler of that reads it.
    let crashNames: gild_crash_names
    /// The plugin's function; nil: a workload's.
    let call: gild_function?
    /// What is called: address of that function, or of `callUnloaded`. Atomic.
    fileprivate var entryWord: Int
    let data: UnsafeMutableRawPointer?
    let minimum: Int
    /// -1: any number.
    let maximum: Int
    /// Zero-terminated.
    let name: UnsafePointer<CChar>
    let documentation: String?
    let plugin: Unmanaged<Plugin>
}

extension UnsafeMutablePointer where Pointee == PluginFunction {
    /// (Not through CGild: a call of a C function is never inlined where Swift makes a function for C to call, which is where this ends up.)
    private var entryPlace: UnsafeMutablePointer<Synchronization.Atomic<Int>> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<PluginFunction>.offset(of: \PluginFunction.entryWord).unsafelyUnwrapped).assumingMemoryBound(
            to: Synchronization.Atomic<Int>.self)
    }

    /// What a call of the function calls.
    @inline(__always) var entry: gild_function {
        unsafeBitCast(UnsafeRawPointer(bitPattern: entryPlace.pointee.load(ordering: .relaxed)).unsafelyUnwrapped, to: gild_function.self)
    }

    /// From now on a call goes to the plugin, or raises.
    func setOpen(_ isOpen: Bool) {
        let function: gild_function = isOpen ? pointee.call ?? callUnloaded : callUnloaded
        entryPlace.pointee.store(Int(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)), ordering: .relaxed)
    }
}

/// A registered workload.
struct PluginWorkload {
    let name: String
    let definition: gild_workload_definition
    /// For messages about `prepare` and `run`.
    let prepareFunction: UnsafeMutablePointer<PluginFunction>
    let runFunction: UnsafeMutablePointer<PluginFunction>
}

/// A registered metric. In memory of its own, which the plugin has the address of.
struct PluginMetric {
    let name: String
    let help: String
    let isCounter: Bool
    /// Atomic.
    var value: UInt64 = 0
}

public final class Plugin: @unchecked Sendable {
    public let path: String
    let image: ELFImage
    let parameters: PluginParameters
    /// Set by gild_describe, once.
    public internal(set) var name = ""
    public internal(set) var version = ""
    var functions: [UnsafeMutablePointer<PluginFunction>] = []
    var workloads: [PluginWorkload] = []
    var metrics: [UnsafeMutablePointer<PluginMetric>] = []
    /// Only while `gild_plugin_init` runs: registrations are taken, and what was wrong with them is noted.
    var isInitializing = false
    var complaint: String?
    /// dlopen's.
    var library: UnsafeMutableRawPointer?
    /// What the library was loaded through; -1: nothing.
    var descriptor: Int32 = -1
    /// Its number in the table that the handler of crashes reads; −1: none.
    var crashEntry: Int32 = -1
    /// Addresses of the library in memory.
    var base: UInt = 0
    var end: UInt = 0
    /// 1 until the plugin is unloaded. Atomic.
    let isOpen: UnsafeMutablePointer<UInt32>
    /// Opaque objects and kept references that are alive, runs of workloads that have begun; atomic.
    let holds: UnsafeMutablePointer<UInt32>
    /// Broken rules that were found, and handles that calls left open; atomic.
    let violations: UnsafeMutablePointer<UInt64>
    let leakedHandles: UnsafeMutablePointer<UInt64>

    init(path: String, image: ELFImage, parameters: [String: String]) {
        self.path = path
        self.image = image
        self.parameters = PluginParameters(parameters)
        isOpen = .allocate(capacity: 1)
        isOpen.initialize(to: 1)
        holds = .allocate(capacity: 1)
        holds.initialize(to: 0)
        violations = .allocate(capacity: 1)
        violations.initialize(to: 0)
        leakedHandles = .allocate(capacity: 1)
        leakedHandles.initialize(to: 0)
    }

    /// The function's record; its name is copied.
    func makeFunction(
        _ name: String, _ call: gild_function?, data: UnsafeMutableRawPointer?, minimum: Int, maximum: Int, documentation: String?
    ) -> UnsafeMutablePointer<PluginFunction> {
        let record = UnsafeMutablePointer<PluginFunction>.allocate(capacity: 1)
        record.initialize(
            to: PluginFunction(
                crashNames: gild_crash_names(plugin: crashText(self.name), function: crashText(name)), call: call, entryWord: 0, data: data, minimum: minimum,
                maximum: maximum, name: UnsafePointer(strdup(name)), documentation: documentation, plugin: .passUnretained(self)))
        record.setOpen(true)
        return record
    }

    /// `sha256_call+0x34 (hash.so+0x1a34)` for a return address in the library; nil for 0.
    func place(of address: UInt) -> String? {
        if address < base || address > end || address == 0 { return nil }
        // The call itself ends at the return address.
        let place = image.place(of: address - base - 1)
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let offset = "\(file)+0x\(String(address - base, radix: 16))"
        return place.hasPrefix("+") ? offset : "\(place) (\(offset))"
    }

    /// What `gilctl plugin list` and reports show.
    public struct Figures: Sendable, Equatable {
        public var name: String
        public var version: String
        public var path: String
        public var functions: [String]
        public var workloads: [String]
        public var metrics: [Metric]
        /// Broken rules that were found, and handles that calls left open.
        public var violations: Int
        public var leakedHandles: Int

        public struct Metric: Sendable, Equatable {
            public var name: String
            public var help: String
            public var isCounter: Bool
            public var value: Int
        }
    }

    public var figures: Figures {
        Figures(
            name: name, version: version, path: path, functions: functions.map { String(cString: $0.pointee.name) }, workloads: workloads.map(\.name),
            metrics: metrics.map {
                .init(name: $0.pointee.name, help: $0.pointee.help, isCounter: $0.pointee.isCounter, value: Int(bitPattern: UInt(gild_load_relaxed_64(valueOf($0)))))
            },
            violations: Int(gild_load_relaxed_64(violations)), leakedHandles: Int(gild_load_relaxed_64(leakedHandles)))
    }
}

/// A name as the record of a crash can hold it, whatever the log's form; never freed.
private func crashText(_ name: String) -> UnsafePointer<CChar> {
    let marks = Set("\"\\'".utf8)
    return UnsafePointer(strdup(String(decoding: name.utf8.map { $0 < 0x20 || $0 > 0x7E || marks.contains($0) ? UInt8(ascii: "?") : $0 }, as: UTF8.self)))
}

/// The atomic word of a metric.
func valueOf(_ metric: UnsafeMutablePointer<PluginMetric>) -> UnsafeMutablePointer<UInt64> {
    (UnsafeMutableRawPointer(metric) + MemoryLayout<PluginMetric>.offset(of: \.value).unsafelyUnwrapped).assumingMemoryBound(to: UInt64.self)
}

/// Texts by name, as C sees them. Immutable.
final class PluginParameters: @unchecked Sendable {
    private let values: [String: UnsafeMutablePointer<CChar>]

    init(_ parameters: [String: String]) { values = parameters.mapValues { strdup($0) } }
    deinit { for value in values.values { free(value) } }

    subscript(name: String) -> UnsafePointer<CChar>? { values[name].map { UnsafePointer($0) } }
}
