// Simple statements, assignment targets, `if`, and imports.

extension Compiler {
    func compileStatements(_ ids: ArraySlice<NodeID>) throws(Diagnostic) {
        for id in ids { try compileStatement(id) }
    }

    func compileStatement(_ id: NodeID) throws(Diagnostic) {
        switch tree.statement(id) {
        case .expression(let value): try compileExpressionStatement(value)
        case .assign(let targets, let value): try compileAssign(targets, value)
        case .augmentedAssign(let target, let op, let value): try compileAugmentedAssign(id, target, op, value)
        case .annotatedAssign(let target, let annotation, let value, let isSimple):
            try compileAnnotatedAssign(target, annotation, value, isSimple: isSimple)
        case .delete(let targets):
            for target in targets { try compileDelete(target) }
        case .pass, .global, .nonlocal: break
        case .break: try compileBreak(id, isContinue: false)
        case .continue: try compileBreak(id, isContinue: true)
        case .return(let value): try compileReturn(id, value)
        case .raise(let exception, let cause): try compileRaise(id, exception, cause)
        case .assert(let condition, let message): try compileAssert(id, condition, message)
        case .if: try compileIf(id)
        case .while(let condition, let body, let otherwise): try compileWhile(id, condition, body, otherwise)
        case .for(let target, let iterable, let body, let otherwise, let isAsync):
            if isAsync { throw unsupported("async functions", id) }
            try compileFor(id, target, iterable, body, otherwise)
        case .try(let body, let handlers, let otherwise, let finally): try compileTry(id, body, handlers, otherwise, finally)
        case .with(let items, let body, let isAsync):
            if isAsync { throw unsupported("async functions", id) }
            try compileWith(id, items[...], body)
        case .function(let definition): try compileFunction(id, definition)
        case .classDefinition(let definition): try compileClass(id, definition)
        case .importModules(let aliases): try compileImport(id, aliases)
        case .importFrom(let module, let aliases, let level): try compileImportFrom(id, module, aliases, level)
        case .match: throw unsupported("the match statement", id)
        case .typeAlias: throw unsupported("type aliases", id)
        }
    }

    /// Statements of an interactive session: expressions show their values.
    func compileInteractiveStatements(_ ids: ArraySlice<NodeID>) throws(Diagnostic) {
        for id in ids {
            guard case .expression(let value) = tree.statement(id) else {
                try compileStatement(id)
                continue
            }
            let top = builder.top
            let base = builder.allocate()
            builder.emit(.loadGlobal, a: base, b: global(displayHookName), at: position(value))
            try compileTemporary(value)
            builder.emit(.call, a: base, b: base, c: 1, at: position(value))
            builder.emit(.release, a: base, at: position(value))
            builder.truncate(to: top)
        }
    }

    private func compileExpressionStatement(_ value: NodeID) throws(Diagnostic) {
        if constants[value] != nil { return }
        let top = builder.top
        let result = try operand(value)
        if result.isTemporary { builder.emit(.release, a: result.register, at: position(value)) }
        builder.truncate(to: top)
    }

    private func compileRaise(_ id: NodeID, _ exception: NodeID?, _ cause: NodeID?) throws(Diagnostic) {
        guard let exception else { return builder.emit(.raiseActive, at: position(id)) }
        let top = builder.top
        let raised = try operand(exception, later: cause.map { [$0] } ?? [])
        if let cause {
            let origin = try operand(cause)
            builder.emit(
                .raiseFrom, x: consume(Flags.consumeA, raised) | consume(Flags.consumeB, origin), a: raised.register,
                b: origin.register, at: position(id))
        } else {
            builder.emit(.raise, x: consume(Flags.consumeA, raised), a: raised.register, at: position(id))
        }
        builder.truncate(to: top)
    }

    private func compileAssert(_ id: NodeID, _ condition: NodeID, _ message: NodeID?) throws(Diagnostic) {
        let end = builder.newLabel()
        try jump(if: condition, is: true, to: end)
        let error = builder.allocate()
        builder.emit(.loadAssertionError, a: error, at: position(condition))
        if let message {
            try compileTemporary(message)
            builder.emit(.call, a: error, b: error, c: 1, at: position(condition))
        }
        builder.emit(.raise, x: Flags.consumeA, a: error, at: position(condition))
        builder.truncate(to: error)
        builder.bind(end)
    }

    private func compileIf(_ id: NodeID) throws(Diagnostic) {
        let end = builder.newLabel()
        var current = id
        // An `elif` is the only statement of the branch before it; a chain of them is compiled without recursion.
        while case .if(let condition, let body, let otherwise) = tree.statement(current) {
            let next = builder.newLabel()
            try jump(if: condition, is: false, to: next)
            try compileStatements(body[...])
            if !otherwise.isEmpty { builder.emitJump(.jump, to: end, at: position(condition)) }
            builder.bind(next)
            if otherwise.count == 1, case .if = tree.statement(otherwise[0]) {
                current = otherwise[0]
                continue
            }
            try compileStatements(otherwise[...])
            break
        }
        builder.bind(end)
    }

    // MARK: Assignment

    private func compileAssign(_ targets: [NodeID], _ value: NodeID) throws(Diagnostic) {
        let top = builder.top
        if targets.count == 1 {
            if case .name(let name) = tree.expression(targets[0]) { try checkClassAttribute(name, targets[0]) }
            if let register = directDestination(targets[0]) {
                try compile(value, into: register)
                builder.assigned.insert(register)
                return
            }
            if try compileParallelAssign(targets[0], value) { return }
        }
        let result = try operand(value, later: targets)
        for (index, target) in targets.enumerated() {
            let isLast = index == targets.count - 1
            try assign(result.register, isTemporary: result.isTemporary && isLast, to: target)
        }
        builder.truncate(to: top)
    }

    /// `a, b = x, y`: no tuple is made. All values are computed before the first target is written.
    private func compileParallelAssign(_ target: NodeID, _ value: NodeID) throws(Diagnostic) -> Bool {
        let targets: [NodeID]
        switch tree.expression(target) {
        case .tuple(let items), .list(let items): targets = items
        default: return false
        }
        guard case .tuple(let values) = tree.expression(value), values.count == targets.count, !values.isEmpty,
            values.count <= 1000, !values.contains(where: isStarred), !targets.contains(where: isStarred)
        else { return false }
        let base = builder.top
        for item in values { try compileTemporary(item) }
        for (index, target) in targets.enumerated() { try assign(base + index, isTemporary: true, to: target) }
        builder.truncate(to: base)
        return true
    }

    /// Stores a register's value in a target, moving it when it is a temporary.
    func assign(_ register: Int, isTemporary: Bool, to target: NodeID) throws(Diagnostic) {
        let top = builder.top
        let value = Operand(register: register, isTemporary: isTemporary)
        let position = position(target)
        switch tree.expression(target) {
        case .name(let name):
            try checkClassAttribute(name, target)
            store(register, isTemporary: isTemporary, name: name, at: position)
        case .attribute(let objectID, let name):
            try checkAttribute(name, target)
            let object = try operand(objectID)
            builder.emit(
                .setAttr, x: consume(Flags.consumeA, object) | consume(Flags.consumeB, value), a: object.register, b: register,
                c: builder.name(mangled(name)), at: attributePosition(target, attribute: target))
        case .subscripted(let objectID, let index):
            let object = try operand(objectID, later: [index])
            if case .slice(let lower, let upper, nil) = tree.expression(index) {
                let bounds = try compileBounds(lower, upper, index)
                builder.emit(
                    .setSlice, x: consume(Flags.consumeA, object) | consume(Flags.consumeB, value), a: object.register,
                    b: register, c: bounds, at: position)
            } else {
                let key = try operand(index)
                builder.emit(
                    .setItem,
                    x: consume(Flags.consumeA, object) | consume(Flags.consumeB, key) | consume(Flags.consumeC, value),
                    a: object.register, b: key.register, c: register, at: position)
            }
        case .tuple(let items), .list(let items): try unpack(value, items, target)
        case .starred: throw syntaxError("starred assignment target must be in a list or tuple", target)
        default: throw syntaxError("cannot assign to expression", target)
        }
        builder.truncate(to: top)
    }

    private func unpack(_ value: Operand, _ items: [NodeID], _ target: NodeID) throws(Diagnostic) {
        let stars = items.indices.filter { isStarred(items[$0]) }
        let base = builder.allocate(max(items.count, 1))
        let flags = consume(Flags.consumeB, value)
        if let star = stars.first {
            if stars.count > 1 { throw syntaxError("multiple starred expressions in assignment", target) }
            let after = items.count - 1 - star
            if star > 255 || after > 255 {
                throw syntaxError("too many expressions in star-unpacking assignment", target)
            }
            builder.emit(.unpackEx, x: flags, a: base, b: value.register, c: star | after << 8, at: position(target))
        } else {
            builder.emit(.unpack, x: flags, a: base, b: value.register, c: items.count, at: position(target))
        }
        for (index, item) in items.enumerated() {
            if case .starred(let inner) = tree.expression(item) {
                try assign(base + index, isTemporary: true, to: inner)
            } else {
                try assign(base + index, isTemporary: true, to: item)
            }
        }
    }

    private func compileAugmentedAssign(_ id: NodeID, _ target: NodeID, _ op: BinaryOperator, _ value: NodeID) throws(Diagnostic) {
        let top = builder.top
        let statement = position(id)
        switch tree.expression(target) {
        case .name(let name):
            if let register = localRegister(name, at: position(target)) {
                var left = Operand(register: register, isTemporary: false)
                if mayRebind(name, in: [value]) {
                    left = Operand(register: builder.allocate(), isTemporary: true)
                    builder.emit(.move, a: left.register, b: register, at: position(target))
                }
                try emitBinary(op, left, value, inPlace: true, into: register, at: statement)
            } else {
                let result = builder.allocate()
                try loadVariable(name, into: result, target)
                try emitBinary(op, Operand(register: result, isTemporary: true), value, inPlace: true, into: result, at: statement)
                store(result, isTemporary: true, name: name, at: position(target))
            }
        case .attribute(let objectID, let name):
            try checkAttribute(name, target)
            let object = try operand(objectID, later: [value])
            let result = builder.allocate()
            let index = builder.name(mangled(name))
            let place = attributePosition(target, attribute: target)
            builder.emit(.getAttr, a: result, b: object.register, c: index, at: place)
            try emitBinary(op, Operand(register: result, isTemporary: true), value, inPlace: true, into: result, at: statement)
            builder.emit(
                .setAttr, x: consume(Flags.consumeA, object) | Flags.consumeB, a: object.register, b: result, c: index, at: place)
        case .subscripted(let objectID, let index):
            let object = try operand(objectID, later: [index, value])
            let key = try operand(index, later: [value])
            let result = builder.allocate()
            builder.emit(.getItem, a: result, b: object.register, c: key.register, at: position(target))
            try emitBinary(op, Operand(register: result, isTemporary: true), value, inPlace: true, into: result, at: statement)
            builder.emit(
                .setItem, x: consume(Flags.consumeA, object) | consume(Flags.consumeB, key) | Flags.consumeC,
                a: object.register, b: key.register, c: result, at: position(target))
        default: throw syntaxError("illegal expression for augmented assignment", target)
        }
        builder.truncate(to: top)
    }

    private func compileAnnotatedAssign(_ target: NodeID, _ annotation: NodeID, _ value: NodeID?, isSimple: Bool) throws(Diagnostic) {
        if let value {
            try compileAssign([target], value)
        } else {
            switch tree.expression(target) {
            case .attribute(let object, _): try compileExpressionStatement(object)
            case .subscripted(let object, let index):
                try compileExpressionStatement(object)
                try compileExpressionStatement(index)
            default: break
            }
        }
        if symbols.scopes[builder.scope].kind != .function { try compileAnnotation(annotation) }
    }

    /// Annotations are evaluated for their effects and dropped.
    func compileAnnotation(_ annotation: NodeID) throws(Diagnostic) {
        if !hasFutureAnnotations { try compileExpressionStatement(annotation) }
    }

    private func compileDelete(_ target: NodeID) throws(Diagnostic) {
        let top = builder.top
        switch tree.expression(target) {
        case .name(let name): deleteVariable(name, at: position(target))
        case .attribute(let objectID, let name):
            try checkAttribute(name, target)
            let object = try operand(objectID)
            builder.emit(
                .deleteAttr, x: consume(Flags.consumeA, object), a: object.register, c: builder.name(mangled(name)),
                at: attributePosition(target, attribute: target))
        case .subscripted(let objectID, let index):
            let object = try operand(objectID, later: [index])
            if case .slice(let lower, let upper, nil) = tree.expression(index) {
                let bounds = try compileBounds(lower, upper, index)
                builder.emit(
                    .deleteSlice, x: consume(Flags.consumeA, object), a: object.register, c: bounds, at: position(target))
            } else {
                let key = try operand(index)
                builder.emit(
                    .deleteItem, x: consume(Flags.consumeA, object) | consume(Flags.consumeB, key), a: object.register,
                    b: key.register, at: position(target))
            }
        case .tuple(let items), .list(let items):
            for item in items { try compileDelete(item) }
        default: throw syntaxError("cannot delete expression", target)
        }
        builder.truncate(to: top)
    }

    // MARK: Imports

    private func compileImport(_ id: NodeID, _ aliases: [ImportAlias]) throws(Diagnostic) {
        for alias in aliases {
            try checkModule(alias.name, alias.range)
            let module = builder.allocate()
            builder.emit(.importName, a: module, b: builder.name(alias.name), at: position(id))
            store(module, isTemporary: true, name: alias.asName ?? alias.name, at: position(id))
            builder.truncate(to: module)
        }
    }

    private func compileImportFrom(_ id: NodeID, _ name: String?, _ aliases: [ImportAlias], _ level: Int) throws(Diagnostic) {
        if level > 0 { throw unsupported("relative imports", id) }
        if name == "__future__" {
            if tree.range(id).line > lastFutureLine {
                throw syntaxError("from __future__ imports must occur at the beginning of the file", id)
            }
            return
        }
        let name = name ?? ""
        try checkModule(name, tree.range(id))
        if let star = aliases.first(where: { $0.name == "*" }) {
            throw unsupported("'from \(name) import *'", hint: "name what you need", star.range)
        }
        let module = builder.allocate()
        builder.emit(.importName, a: module, b: builder.name(name), at: position(id))
        for alias in aliases {
            let value = builder.allocate()
            builder.emit(.importFrom, a: value, b: module, c: builder.name(alias.name), at: position(id))
            store(value, isTemporary: true, name: alias.asName ?? alias.name, at: position(id))
            builder.truncate(to: value)
        }
        builder.emit(.release, a: module, at: position(id))
        builder.truncate(to: module)
    }
}
