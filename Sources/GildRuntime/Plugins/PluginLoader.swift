// Loading a plugin into the process.
//
//   1. The path is walked and every step checked (TrustedFile.swift): what is open now is what was checked.
//   2. The ELF header is read from that descriptor (ELFImage.swift): a wrong machine or a truncated file is refused before the
//      dynamic loader runs the library's initialisers.
//   3. dlopen of /proc/self/fd/N: the same open file again, whatever the path has come to mean meanwhile. RTLD_NOW, so that a
//      missing symbol is found now and not in the middle of a call; RTLD_LOCAL, so that plugins do not see each other. The loader knows
//      libraries by the names that they were opened by, and would give the earlier one for a number that came again: the descriptor
//      stays open as long as the library is in memory.
//   4. gild_plugin_init registers what there is. It must have described itself for this interface, and have the version that was
//      asked for.
//
// A file that is loaded already (the same inode) would be the same library with the same variables for two plugins, and is refused.

import CGild
import CGildPlugin
import Glibc

extension Plugin {
    /// Guarded by `loaded`'s mutex; the plugins of the process.
    private static let loaded = LoadedPlugins()

    /// The plugins of the process, by name.
    public static var all: [Plugin] { loaded.all }

    /// Load a plugin and let it register what it has. On any thread, without a lock.
    ///
    /// From the first one on, a crash of the process leaves a record (gild_crash.h): a line on standard error, unless its host has said otherwise before.
    public static func load(_ options: PluginOptions) throws(PluginError) -> Plugin {
        gild_crash_watch(Int32(GILD_CRASH_LINE), nil, nil)
        let file = try TrustedFile.open(options.path)
        let plugin: Plugin
        do throws(PluginError) {
            plugin = Plugin(path: options.path, image: try ELFImage(of: file), parameters: options.parameters)
            try loaded.enter(file)
        } catch {
            close(file.descriptor)
            throw error
        }
        do throws(PluginError) {
            try plugin.open(file)
            try plugin.initialize(options)
            try loaded.add(plugin, file)
        } catch {
            loaded.leave(file)
            plugin.closeLibrary()
            throw error
        }
        return plugin
    }

    /// As the dynamic loader knows the library.
    private var loaderName: String { "/proc/self/fd/\(descriptor)" }

    private func open(_ file: TrustedFile) throws(PluginError) {
        descriptor = file.descriptor
        guard let handle = dlopen(loaderName, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
            throw PluginError(.refused, "the dynamic loader refuses it: \(reason.replacing(loaderName, with: path))", place: path)
        }
        library = handle
        if sharesSwiftRuntime(handle), let same = dlopen(loaderName, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE) { dlclose(same) }
    }

    /// Whether the library is written in Swift and has its Swift runtime from another library. That runtime may be gild's own, or another plugin's, and
    /// outlives this one; it keeps pointers to all types and conformances that it was told of, and cannot be told to forget them. So such a library
    /// stays in memory when it is closed.
    private func sharesSwiftRuntime(_ handle: UnsafeMutableRawPointer) -> Bool {
        guard let runtime = dlsym(handle, "swift_retain"), let own = dlsym(handle, "gild_plugin_init") else { return false }
        return gild_library_base(runtime) != gild_library_base(own)
    }

    private func initialize(_ options: PluginOptions) throws(PluginError) {
        guard let symbol = dlsym(library, "gild_plugin_init") else {
            throw PluginError(.refused, "not a plugin: it does not export gild_plugin_init", place: path)
        }
        if let start = gild_library_base(symbol) {
            base = UInt(bitPattern: start)
            end = base + image.memorySize
            crashEntry = gild_crash_add_library(base, end, path.split(separator: "/").last.map(String.init) ?? path)
        }
        typealias Initializer = @convention(c) (UnsafePointer<gild_host>, OpaquePointer) -> gild_status
        let initialize = unsafeBitCast(symbol, to: Initializer.self)
        isInitializing = true
        let status = initialize(registrationTable, OpaquePointer(Unmanaged.passUnretained(self).toOpaque()))
        isInitializing = false
        if let complaint { throw PluginError(status == GILD_BAD_ABI ? .version : .failed, complaint, place: path) }
        if status != GILD_OK { throw PluginError(.failed, "its gild_plugin_init failed with status \(status)", place: path) }
        if name.isEmpty { throw PluginError(.failed, "its gild_plugin_init did not call gild_describe", place: path) }
        if let wanted = options.version, wanted != version {
            throw PluginError(.version, "'\(name)' has version \(version); version \(wanted) is expected", place: path)
        }
        gild_crash_name_library(crashEntry, name)
        if builtinModuleNames.contains(name) { throw PluginError(.exists, "it calls itself '\(name)', which is a module of gild's own", place: path) }
    }

    fileprivate func closeLibrary() {
        gild_crash_remove_library(crashEntry)
        crashEntry = -1
        if let library { dlclose(library) }
        library = nil
        if descriptor < 0 { return }
        // Some libraries stay in memory: then the name stays taken, and with it the number.
        if let rest = dlopen(loaderName, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) { dlclose(rest) } else { close(descriptor) }
        descriptor = -1
    }

    /// Take the library out of memory. The caller has seen to it that nothing uses it, and that nothing comes to use it.
    func unload() {
        closeForCalls()
        Self.loaded.remove(self)
        closeLibrary()
    }
}

/// Modules that plugins cannot be called.
let builtinModuleNames: Set<String> = ["sys", "gc", "math", "time", "gild", "threading", "builtins", "__main__"]

/// The plugins of the process, by the files that they were loaded from.
private final class LoadedPlugins: @unchecked Sendable {
    private struct File: Hashable {
        let device: UInt
        let inode: UInt
    }

    private let mutex = ConditionMutex()
    /// Guarded by `mutex`. Nil while the plugin is being loaded.
    private var plugins: [File: Plugin?] = [:]

    private func identity(_ file: TrustedFile) -> File {
        var information = stat()
        fstat(file.descriptor, &information)
        return File(device: UInt(information.st_dev), inode: UInt(information.st_ino))
    }

    func enter(_ file: TrustedFile) throws(PluginError) {
        mutex.lock()
        defer { mutex.unlock() }
        let key = identity(file)
        if plugins[key] != nil { throw PluginError(.exists, "this file is loaded already", place: file.path) }
        plugins[key] = .some(nil)
    }

    func leave(_ file: TrustedFile) {
        mutex.lock()
        plugins[identity(file)] = nil
        mutex.unlock()
    }

    func add(_ plugin: Plugin, _ file: TrustedFile) throws(PluginError) {
        mutex.lock()
        defer { mutex.unlock() }
        if let other = plugins.values.first(where: { $0?.name == plugin.name }), let other {
            throw PluginError(.exists, "a plugin of the name '\(plugin.name)' is loaded already, from \(other.path)", place: file.path)
        }
        plugins[identity(file)] = plugin
    }

    var all: [Plugin] {
        mutex.lock()
        defer { mutex.unlock() }
        return plugins.values.compactMap { $0 }.sorted { $0.name < $1.name }
    }

    func remove(_ plugin: Plugin) {
        mutex.lock()
        for (key, other) in plugins where other === plugin { plugins[key] = nil }
        mutex.unlock()
    }
}
