// Namespaces from outside the run loop: variables by name, and the growth of an interactive session's `__main__`.

import CGild

extension gild_thread_ref {
    /// The slot of a name; nil: the namespace has none.
    func slot(_ name: String, in namespace: UnsafeMutablePointer<NamespaceObject>) -> Int? {
        let name = intern(name)
        return (0..<namespace.pointee.count).first { namespace.pointee.names[$0] == name }
    }

    /// A global variable, borrowed; undefined: it has no slot, or is not bound.
    func variable(_ name: String, in namespace: UnsafeMutablePointer<NamespaceObject>) -> Value {
        slot(name, in: namespace).map { namespace.pointee.values[$0] } ?? .undefined
    }

    /// Give a namespace the slots of `names` beyond those that it has. The run loop reads the tables through the object at
    /// every access, so they may move while functions of the namespace are active.
    func extend(_ namespace: UnsafeMutablePointer<NamespaceObject>, to names: [String]) {
        let old = namespace.pointee.count
        guard names.count > old else { return }
        let capacity = names.count + 1
        func grown<T>(_ table: UnsafeMutablePointer<T>, used: Int) -> UnsafeMutablePointer<T> {
            let larger = UnsafeMutablePointer<T>.allocate(capacity: capacity)
            larger.moveInitialize(from: table, count: used)
            table.deallocate()
            return larger
        }
        namespace.pointee.values = grown(namespace.pointee.values, used: old)
        namespace.pointee.builtins = grown(namespace.pointee.builtins, used: old)
        namespace.pointee.names = grown(namespace.pointee.names, used: old)
        namespace.pointee.order = grown(namespace.pointee.order, used: namespace.pointee.orderCount)
        for i in old..<names.count {
            let name = intern(names[i])
            namespace.pointee.names[i] = name
            namespace.pointee.values[i] = .undefined
            namespace.pointee.builtins[i] = s.pointee.runtime.pointee.builtins.get(name)
        }
        namespace.pointee.count = names.count
    }

    /// Bind a global of the main module that has a slot; takes the reference over.
    func setMainVariable(_ name: String, _ value: Value) {
        let namespace = s.pointee.run.pointee.mainNamespace
        guard namespace.isPointer, let slot = slot(name, in: namespace.cast(NamespaceObject.self)) else { return decref(value) }
        let object = namespace.cast(NamespaceObject.self)
        if object.pointee.values[slot].isUndefined { noteGlobalDefined(object, slot) }
        replace(object.pointee.values + slot, value)
    }
}
