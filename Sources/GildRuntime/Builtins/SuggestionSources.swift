// Where the candidates for "Did you mean …?" come from.
//
// A name: the locals, globals and builtins of the frame that raised, in this order; before that, an attribute of `self` of
// exactly that name. An attribute: what `dir` would list for the object, names with a leading underscore only when the wrong name has
// one or the object is the frame's own `self`. An imported name: the module's attributes.

import CGild
import GildScript

extension gild_thread_ref {
    /// The closest of these names to the wrong one, or nil.
    func suggestion(for wrong: String, among candidates: [String]) -> String? { Suggestions.closest(to: wrong, among: candidates) }

    /// What is appended to the message: empty, or `. Did you mean: 'x'?` and so on.
    func suggestion(for exception: Value, _ family: ExceptionFamily, _ traceback: Value) -> String {
        let slot: Int
        switch family {
        case .nameError, .attributeError: slot = ExceptionSlot.extra
        case .importError: slot = ExceptionSlot.extra + 2
        default: return ""
        }
        let wrong = loadExceptionSlot(exception, slot)
        defer { decref(wrong) }
        guard isKind(wrong, .str) else { return "" }
        let name = string(wrong)
        let frame = lastFrame(traceback)
        var found: String?
        switch family {
        case .nameError:
            if let frame { found = suggestion(forName: name, wrong, frame) }
        case .attributeError:
            let object = loadExceptionSlot(exception, ExceptionSlot.extra2)
            defer { decref(object) }
            found = suggestion(forAttribute: name, object, frame)
        default:
            let module = loadExceptionSlot(exception, ExceptionSlot.extra)
            defer { decref(module) }
            if isKind(module, .str) {
                let imported = s.pointee.run.pointee.importedModules.get(intern(newReference(module)))
                if isKind(imported, .module) {
                    found = Suggestions.closest(to: name, among: visible(directory(imported), name))
                }
            }
        }
        var result = found.map { ". Did you mean: '\($0)'?" } ?? ""
        if family == .nameError && Suggestions.isStandardModule(name) {
            result += found == nil ? ". Did you forget to import '\(name)'?" : " Or did you forget to import '\(name)'?"
        }
        return result
    }

    private func lastFrame(_ traceback: Value) -> UnsafeMutablePointer<TracebackObject>? {
        guard isKind(traceback, .traceback) else { return nil }
        var frame = traceback.cast(TracebackObject.self)
        while isKind(frame.pointee.next, .traceback) { frame = frame.pointee.next.cast(TracebackObject.self) }
        return frame
    }

    /// Names and values of a frame's bound locals; the references to the values are the caller's.
    private func locals(_ frame: UnsafeMutablePointer<TracebackObject>) -> [(name: String, value: Value)] {
        let code = frame.pointee.code
        var result: [(String, Value)] = []
        for i in 0..<min(frame.pointee.count, code.pointee.localCount) {
            var value = load(frame.values + i)
            if isKind(value, .cell) {
                let cell = value
                value = load(&cell.cast(CellObject.self).pointee.content)
                decref(cell)
            }
            if !value.isUndefined { result.append((string(code.pointee.localNames[i]), value)) }
        }
        return result
    }

    private func suggestion(forName name: String, _ wrong: Value, _ frame: UnsafeMutablePointer<TracebackObject>) -> String? {
        let locals = locals(frame)
        defer { for local in locals { decref(local.value) } }
        if let receiver = locals.first(where: { $0.name == "self" })?.value {
            let attribute = getOptionalAttribute(receiver, name: intern(newReference(wrong)))
            if !attribute.isUndefined {
                decref(attribute)
                return "self.\(name)"
            }
            clearException()
        }
        var candidates = locals.map { $0.name } + frame.pointee.code.compiled.freeNames
        candidates += globalNames(of: frame.pointee.code)
        candidates += names(in: s.pointee.runtime.pointee.builtins)
        return Suggestions.closest(to: name, among: candidates)
    }

    private func suggestion(forAttribute name: String, _ object: Value, _ frame: UnsafeMutablePointer<TracebackObject>?) -> String? {
        let all = directory(object)
        if let frame {
            let locals = locals(frame)
            defer { for local in locals { decref(local.value) } }
            if let receiver = locals.first(where: { $0.name == "self" })?.value, receiver == object { return Suggestions.closest(to: name, among: all) }
        }
        return Suggestions.closest(to: name, among: visible(all, name))
    }

    private func visible(_ names: [String], _ wrong: String) -> [String] {
        wrong.hasPrefix("_") ? names : names.filter { !$0.hasPrefix("_") }
    }

    private func names(in table: NameTablePointer) -> [String] {
        (0..<table.count).compactMap { table.value(at: $0).isUndefined ? nil : string(table.name(at: $0)) }
    }

    /// Names that are bound in the module that the code belongs to, in the order of binding.
    private func globalNames(of code: UnsafeMutablePointer<CodeImage>) -> [String] {
        let main = s.pointee.run.pointee.mainNamespace
        guard main.isPointer else { return [] }
        let namespace = main.cast(NamespaceObject.self)
        return (0..<namespace.pointee.orderCount).compactMap { i in
            let slot = Int(namespace.pointee.order[i])
            return namespace.pointee.values[slot].isUndefined ? nil : string(namespace.pointee.names[slot])
        }
    }

    /// The names that `dir(object)` lists.
    private func directory(_ object: Value) -> [String] {
        var found: Set<String> = []
        var type: UnsafeMutablePointer<TypeObject>? = self.type(of: object)
        if object.isPointer {
            switch kind(object) {
            case .module:
                return names(in: object.cast(ModuleObject.self).attributes).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            case .type:
                type = object.cast(TypeObject.self)
            case .instance:
                let shape = shape(object.object)
                if shape.pointee.isDictionary {
                    if let overflow = object.cast(InstanceObject.self).pointee.overflow {
                        let done = forEach(Value(pointer: overflow)) { key in
                            if isKind(key, .str) { found.insert(string(key)) }
                            return true
                        }
                        if !done { clearException() }
                    }
                } else {
                    found.formUnion(names(in: shape.slotsByName))
                }
            default:
                break
            }
        }
        while let t = type {
            found.formUnion(names(in: t.attributes))
            type = t.pointee.base
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
