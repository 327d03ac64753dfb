// Objects that were freed too early (Regimes/Unsynchronized.swift): every use of one raises ReferenceError.
//
// The object keeps its memory and its contents, only its shape changes, while no thread runs, so a thread that was in the middle of an operation on
// it finds what it left. Whoever looks at it from then on finds an object of a class of which all special methods and attributes are this error.

import CGild

private func useAfterFree(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.raiseQuarantined(arguments[0])
}

extension gild_thread_ref {
    /// ReferenceError that names the object.
    @discardableResult
    func raiseQuarantined(_ object: Value) -> Value {
        let origin = s.pointee.races?.takeUnretainedValue().origin(of: object.object)
        let what = origin.map { "the \($0.type) object that was made at \(siteText($0.site))" } ?? "the object"
        return raise(.referenceError, "\(what) has been freed: the last reference was dropped as far as its count tells, which has lost updates")
    }

    /// The error instead of another one that would say less. False: the value is no object in quarantine.
    func raiseIfQuarantined(_ value: Value) -> Bool {
        guard value.isPointer, kind(value) == .quarantined else { return false }
        raiseQuarantined(value)
        return true
    }

    /// Make the class. At the start of a runtime.
    func makeQuarantineType() {
        let type = heap.pointee.types[.quarantined] as UnsafeMutablePointer<TypeObject>
        for special in SpecialMethod.allCases where special != .`init` && special != .del {
            type.pointee.specials[special.rawValue] = makeNative(NativeDefinition(special.name, 0, -1, keywords: true, useAfterFree), owner: type)
        }
    }
}
