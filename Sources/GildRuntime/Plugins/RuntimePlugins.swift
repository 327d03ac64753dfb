// What a runtime knows of plugins: which modules its scripts can import, and the script types of their opaque objects.

import CGild
import CGildPlugin

/// In memory of its own. Under `mutex`, under which nothing of the heap is touched; `checks` is set before the first script runs.
struct RuntimePlugins {
    let mutex = ConditionMutex()
    /// In the order in which they were added.
    var known: [Plugin] = []
    /// Nil: rules are not watched beyond what costs nothing.
    var checks: PluginChecks?
    /// By the address of the gild_opaque_type; immortal.
    var opaqueTypes: [UnsafePointer<gild_opaque_type>: UnsafeMutablePointer<TypeObject>] = [:]
}

extension RuntimePlugins {
    /// All plugins that the runtime knows.
    var all: [Plugin] {
        mutex.lock()
        defer { mutex.unlock() }
        return known
    }
}

extension gild_thread_ref {
    /// The plugin whose module has this name, if the runtime knows one.
    func plugin(named name: String) -> Plugin? { s.pointee.runtime.pointee.plugins.pointee.all.first { $0.name == name } }

    /// Fill the module of a plugin. False: raised.
    func populate(_ module: Value, with plugin: Plugin) -> Bool {
        let runtime = s.pointee.runtime
        let moduleName = unbooked { intern(plugin.name) }
        for function in plugin.functions {
            let record = function.pointee
            let name = String(cString: record.name)
            // A plugin that was unloaded and loaded again has new records: its functions are not the ones of before.
            let key = "\(plugin.name).\(name)@\(UInt(bitPattern: function))"
            let native = unbooked { () -> Value in
                if let known = runtime.pointee.shelves.pointee.moduleNatives[key] { return known }
                let made = makeNative(NativeDefinition(name, record.minimum, record.maximum, callPlugin), owner: nil, module: moduleName)
                if !made.isUndefined { made.cast(NativeFunctionObject.self).pointee.state = UnsafeMutableRawPointer(function) }
                return made
            }
            if native.isUndefined { return false }
            runtime.pointee.shelves.pointee.moduleNatives[key] = native
            setModuleAttribute(module, name: unbooked { intern(name) }, native)
        }
        return true
    }

    /// The script's type of opaque objects of this type; nil: raised.
    func opaqueType(_ type: UnsafePointer<gild_opaque_type>, of plugin: Plugin) -> UnsafeMutablePointer<TypeObject>? {
        let plugins = s.pointee.runtime.pointee.plugins
        plugins.pointee.mutex.lock()
        let known = plugins.pointee.opaqueTypes[type]
        plugins.pointee.mutex.unlock()
        if let known { return known }
        let made = unbooked { () -> UnsafeMutablePointer<TypeObject>? in
            let name = intern(String(cString: type.pointee.name))
            guard
                let object = makeType(
                    name: name, qualifiedName: name, module: intern(plugin.name), base: heap.pointee.types[.object], kind: .nativeObject,
                    flags: TypeFlags.builtin | TypeFlags.final | TypeFlags.opaque)
            else { return nil }
            makeImmortal(Value(pointer: object))
            return object
        }
        guard let made else { return nil }
        plugins.pointee.mutex.lock()
        defer { plugins.pointee.mutex.unlock() }
        // Another thread may have been faster; the type that nobody uses stays, being immortal.
        if let other = plugins.pointee.opaqueTypes[type] { return other }
        plugins.pointee.opaqueTypes[type] = made
        return made
    }
}
