// What threads do to types, shapes and modules at the same time.
//
// Where one lock guards everything, nothing here costs more than a test. Elsewhere:
//
// - *One mutex for writers* (`withTypes`): numbers of shapes, transitions, tables of attributes, what is derived from them for subclasses. All
//   these change rarely, for classes and attributes that are new; `C.x += 1` takes it for one exchange.
// - *Readers take no lock.* Tables are published (NameTable.swift), shapes are filled before their number is, and a value is counted by `load`.
// - *A class that nobody else knows yet* is filled under the same mutex, entry by entry, because its base's list of subclasses leads to it.
// - *Special methods are used without a reference* (`special`), up to the call that takes one. So what was bound to a special name is given up only
//   after all threads have been at a checkpoint (`releaseBorrowed`).
//
// The order of locks: types before names (Strings.swift).

import CGild

/// Guarded by the types' mutex, in memory of its own.
struct TypeTables {
    /// Numbers below have been given to shapes.
    var shapeCount = Int(BuiltinShape.firstDynamic)
    /// Numbers of shapes whose type or module is gone; caches may still name them (ShapeReclaim.swift).
    var deadShapes: [UInt32] = []
    /// Numbers that nothing names any more.
    var freeShapes: [UInt32] = []
}

extension gild_thread_ref {
    /// Run `body`, which writes tables of types, shapes or modules, while no other thread does. It allocates no objects and gives up no reference.
    @inline(__always) func withTypes<T>(_ body: () -> T) -> T {
        let isFree = s.pointee.isFreeThreaded
        if isFree { heap.pointee.typesMutex.lock() }
        let result = body()
        if isFree { heap.pointee.typesMutex.unlock() }
        return result
    }

    /// Give up what others may be using without a reference of their own, which they do up to their next checkpoint at most: wait until all
    /// threads have come to one.
    func releaseBorrowed(_ value: Value) {
        if s.pointee.isFreeThreaded && value.isPointer && !value.object.isImmortal { exclusively {} }
        decref(value)
    }

    /// The shapes that there are room for beyond those that exist.
    var shapesLeft: Int { withTypes { Heap.shapeCapacity - heap.pointee.typeTables.pointee.shapeCount } }
}
