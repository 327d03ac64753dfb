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

    /// A global variable or the builtin of its name: a new reference, or undefined.
    @inline(__always) func loadGlobal(_ namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) -> Value {
        let value = load(namespace.pointee.values + slot)
        return value.isUndefined ? newReference(namespace.pointee.builtins[slot]) : value
    }

    /// A global came into being: it has a place in the module's order from now on.
    @inline(never)
    func noteGlobalDefined(_ namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) {
        if s.pointee.isFreeThreaded { return reconcileOrder(of: namespace, slot) }
        namespace.pointee.order[namespace.pointee.orderCount] = Int32(slot)
        namespace.pointee.orderCount = namespace.pointee.orderCount + 1
    }

    func deleteGlobal(_ namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) -> Bool {
        let old = exchange(namespace.pointee.values + slot, .undefined)
        if old.isUndefined {
            raiseUndefinedGlobal(namespace, slot)
            return false
        }
        if s.pointee.isFreeThreaded {
            reconcileOrder(of: namespace, slot)
        } else {
            removeFromOrder(of: namespace, slot)
        }
        decref(old)
        return true
    }

    private func removeFromOrder(of namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) {
        var kept = 0
        for i in 0..<namespace.pointee.orderCount where namespace.pointee.order[i] != Int32(slot) {
            namespace.pointee.order[kept] = namespace.pointee.order[i]
            kept += 1
        }
        namespace.pointee.orderCount = kept
    }

    /// A variable was bound for the first time, or deleted, and another thread may have done the opposite since: the order has it once if it is bound
    /// now, and not at all if it is not. Whoever changes that comes here afterwards, so the last one to come leaves it right.
    private func reconcileOrder(of namespace: UnsafeMutablePointer<NamespaceObject>, _ slot: Int) {
        guarded(header(of: namespace)) {
            if peek(namespace.pointee.values + slot).isUndefined { return removeFromOrder(of: namespace, slot) }
            for i in 0..<namespace.pointee.orderCount where namespace.pointee.order[i] == Int32(slot) { return }
            namespace.pointee.order[namespace.pointee.orderCount] = Int32(slot)
            namespace.pointee.orderCount = namespace.pointee.orderCount + 1
        }
    }

    /// Give a namespace the slots of `names` beyond those that it has. The run loop reads the tables through the object at
    /// every access, so they may move while functions of the namespace are active and no thread is between two instructions' checkpoints.
    func extend(_ namespace: UnsafeMutablePointer<NamespaceObject>, to names: [String]) {
        guard names.count > namespace.pointee.count else { return }
        let interned = names.map { intern($0) }
        exclusively { extend(namespace, to: interned) }
    }

    private func extend(_ namespace: UnsafeMutablePointer<NamespaceObject>, to names: [Value]) {
        let old = namespace.pointee.count
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
            let name = names[i]
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
        let old = exchange(object.pointee.values + slot, value)
        if old.isUndefined { noteGlobalDefined(object, slot) }
        decref(old)
    }
}
