// The order in which finalisers run at exit.
//
// CPython finalises garbage in the order of its list of containers. A collection leaves in that list, behind everything
// that is a root, the objects that the roots reach, in the order in which it reached them: breadth first. At exit the last
// collection before the modules go has therefore sorted all that hangs on the main module by its distance from the
// module's dict, and within it by the order of the names. gild has no such list: this walk gives the instances the serial
// numbers that stand for their places in it.
//
// Classes keep their attributes in a dict of their own and functions their cells in a tuple: both count as a step.

import CGild

extension gild_thread_ref {
    /// Renumber the instances that a namespace reaches, breadth first.
    func renumber(reachableFrom namespace: Value) {
        guard namespace.isPointer else { return }
        voidSerialBlocks()
        // Bit 0 of an entry: the object's inner dict or tuple instead of the object itself.
        var queue: [UInt64] = []
        var reached: [ObjectPointer] = []
        func reach(_ value: Value) {
            guard value.isPointer, value.object.pointee.flags & (ObjectFlags.collectorReached | ObjectFlags.dying) == 0, !value.object.isImmortal,
                shape(value.object).pointee.isContainer
            else { return }
            value.object.pointee.flags |= ObjectFlags.collectorReached
            reached.append(value.object)
            queue.append(value.bits)
        }
        let main = namespace.cast(NamespaceObject.self)
        namespace.object.pointee.flags |= ObjectFlags.collectorReached
        reached.append(namespace.object)
        for i in 0..<main.pointee.orderCount { reach(main.pointee.values[Int(main.pointee.order[i])]) }
        var next = 0
        while next < queue.count {
            let entry = queue[next]
            next += 1
            let object = Value(bits: entry & ~1).object
            let isInner = entry & 1 == 1
            switch shape(object).pointee.kind {
            case .type:
                let type = object.cast(TypeObject.self)
                if isInner {
                    for i in 0..<type.attributes.count { reach(type.attributes.value(at: i)) }
                } else {
                    queue.append(entry | 1)
                    if let base = type.pointee.base { reach(Value(pointer: base)) }
                }
            case .function:
                let function = object.cast(FunctionObject.self)
                if isInner {
                    if let closure = function.pointee.closure {
                        for i in 0..<function.pointee.code.pointee.freeCount { reach(closure[i]) }
                    }
                } else {
                    reach(function.pointee.globals)
                    reach(function.pointee.defaults)
                    reach(function.pointee.keywordDefaults)
                    reach(function.pointee.attributes)
                    if function.pointee.closure != nil { queue.append(entry | 1) }
                }
            case .instance:
                object.cast(InstanceObject.self).pointee.serial = takeSerial()
                traverse(object, reach)
            default:
                traverse(object, reach)
            }
        }
        for object in reached { object.pointee.flags &= ~ObjectFlags.collectorReached }
    }
}
