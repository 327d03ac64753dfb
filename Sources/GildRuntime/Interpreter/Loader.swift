// Loading: from compiled Swift data to raw code images and a namespace.
//
// Constants and names become immortal: they live as long as the runtime and are not counted.

import BigInt
import CGild
import GildScript

extension gild_thread_ref {
    /// Load a compiled file. Returns the function object of the module's body, whose globals are a new namespace; undefined: raised.
    /// `existing`: the namespace to use instead, which gets the slots that it lacks.
    func load(_ compiled: CompiledModule, moduleName: String, into existing: Value = .undefined) -> Value {
        let runtime = s.pointee.runtime
        let isScript = compiled.fileName == s.pointee.run.pointee.scriptPath
        let shownName = isScript ? s.pointee.run.pointee.shownScriptPath : compiled.fileName
        let module = reuseModule(compiled, shownName: shownName) ?? LoadedModule(compiled: compiled, shownName: shownName)
        runtime.pointee.code.locked { s.pointee.run.pointee.modules.append(module) }
        let reference = Unmanaged.passUnretained(module)
        let isLoaded = unbooked {
            for (index, code) in compiled.codes.enumerated().dropFirst(module.images.count) {
                guard let image = loadCode(code, index: index, module: reference) else { return false }
                module.append(image)
                runtime.pointee.code.locked { runtime.pointee.code.pointee.add(image) }
            }
            return true
        }
        if !isLoaded { return raiseMemoryError() }
        let namespace = existing.isUndefined ? makeNamespace(compiled.globalNames, moduleName: moduleName) : newReference(existing)
        if !existing.isUndefined { extend(existing.cast(NamespaceObject.self), to: compiled.globalNames) }
        if namespace.isUndefined { return namespace }
        guard let object = allocate(bytes: MemoryLayout<FunctionObject>.size, shape: .function) else {
            decref(namespace)
            return .undefined
        }
        let image = module.images[0]
        let function = object.cast(FunctionObject.self)
        function.pointee.code = image
        function.pointee.closure = nil
        function.pointee.defaults = .undefined
        function.pointee.keywordDefaults = .undefined
        function.pointee.globals = namespace
        function.pointee.name = image.pointee.name
        function.pointee.qualifiedName = image.pointee.qualifiedName
        function.pointee.documentation = .none
        function.pointee.module = namespace.cast(NamespaceObject.self).pointee.moduleName
        function.pointee.attributes = .undefined
        incref(function.pointee.module)
        containerAllocated()
        return Value(object)
    }

    private func loadCode(_ code: CodeObject, index: Int, module: Unmanaged<LoadedModule>) -> UnsafeMutablePointer<CodeImage>? {
        let arena = s.pointee.runtime.pointee.code
        guard let words = arena.locked({ arena.pointee.allocate(words: code.words.count) }) else { return nil }
        code.words.withUnsafeBufferPointer { words.initialize(from: $0.baseAddress.unsafelyUnwrapped, count: $0.count) }
        let constants = UnsafeMutablePointer<Value>.allocate(capacity: max(1, code.constants.count))
        for i in 0..<code.constants.count { constants[i] = loadConstant(code.constants[i], constants) }
        let image = UnsafeMutablePointer<CodeImage>.allocate(capacity: 1)
        let captures = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, code.captures.count))
        for (i, capture) in code.captures.enumerated() {
            switch capture {
            case .register(let register): captures[i] = Int32(register)
            case .free(let free): captures[i] = ~Int32(free)
            }
        }
        let ranges = UnsafeMutablePointer<ExceptionRange>.allocate(capacity: max(1, code.exceptionTable.count))
        for (i, range) in code.exceptionTable.enumerated() { (ranges + i).initialize(to: range) }
        image.initialize(
            to: CodeImage(
                words: words, wordCount: code.words.count, constants: constants, names: internAll(code.names), registerCount: code.registerCount,
                localCount: code.localNames.count, positionalCount: code.positionalCount, positionalOnlyCount: code.positionalOnlyCount,
                keywordOnlyCount: code.keywordOnlyCount, hasVariadic: code.hasVariadic, hasVariadicKeywords: code.hasVariadicKeywords,
                isSimple: code.keywordOnlyCount == 0 && !code.hasVariadic && !code.hasVariadicKeywords, isClassBody: code.isClassBody,
                hasDocstring: code.hasDocstring, freeCount: code.freeNames.count, captures: captures, name: intern(code.name), qualifiedName: intern(code.qualifiedName),
                localNames: internAll(code.localNames), ranges: ranges, rangeCount: code.exceptionTable.count, index: index, siblings: module.takeUnretainedValue().table, module: module))
        return image
    }

    private func internAll(_ names: [String]) -> UnsafeMutablePointer<Value> {
        let table = UnsafeMutablePointer<Value>.allocate(capacity: max(1, names.count))
        for (i, name) in names.enumerated() { table[i] = intern(name) }
        return table
    }

    private func loadConstant(_ constant: CodeConstant, _ earlier: UnsafeMutablePointer<Value>) -> Value {
        let value: Value
        switch constant {
        case .none: return .none
        case .true: return .true
        case .false: return .false
        case .ellipsis: return .ellipsis
        case .int(let number): value = makeInt(number)
        case .bigInt(let number): value = makeInt(number)
        case .float(let pattern): value = makeFloat(Double(bitPattern: pattern))
        case .string(let points):
            value = makeString(points)
            // As CPython does: constants that look like names are interned.
            if points.count < 4096 && points.allSatisfy({ $0 == 0x5F || ($0 < 128 && (UInt8($0).isLetterOrDigit)) }) { return intern(value) }
        case .bytes(let bytes): value = makeBytes(bytes)
        case .tuple(let items):
            if items.isEmpty { return heap.pointee.emptyTuple }
            guard let tuple = allocateTuple(items.count) else { return .none }
            for (i, item) in items.enumerated() { tuple.items[i] = earlier[item] }
            value = Value(pointer: tuple)
        case .frozenSet(let items):
            guard let set = makeSet(frozen: true) else { return .none }
            for item in items { _ = setAdd(self, set, earlier[item]) }
            // CPython's constants pass through a second set, which changes the order of colliding elements.
            guard let again = makeSet(frozen: true) else { return .none }
            var position = 0
            while let entry = setNext(set, &position) { _ = setAdd(self, again, entry.key) }
            decref(Value(pointer: set))
            value = Value(pointer: again)
            if again.pointee.table != again.smallTable {
                // Immortal with its table: neither counts as the run's.
                let bytes = (again.pointee.mask + 1) * MemoryLayout<SetEntry>.stride
                s.pointee.freedBytes &+= UInt64(bytes)
                leaveBooks(bytes)
            }
        }
        makeImmortal(value)
        return value
    }

    /// A namespace with a slot per name, bound to the builtins of the same names.
    func makeNamespace(_ names: [String], moduleName: String) -> Value {
        guard let object = allocate(bytes: MemoryLayout<NamespaceObject>.size, shape: .namespace) else { return .undefined }
        let namespace = object.cast(NamespaceObject.self)
        let count = names.count
        let values = UnsafeMutablePointer<Value>.allocate(capacity: count + 1)
        let builtins = UnsafeMutablePointer<Value>.allocate(capacity: count + 1)
        let nameTable = UnsafeMutablePointer<Value>.allocate(capacity: count + 1)
        let order = UnsafeMutablePointer<Int32>.allocate(capacity: count + 1)
        namespace.pointee.values = values
        namespace.pointee.builtins = builtins
        namespace.pointee.names = nameTable
        namespace.pointee.order = order
        namespace.pointee.orderCount = 0
        namespace.pointee.count = count
        namespace.pointee.moduleName = intern(moduleName)
        for (i, text) in names.enumerated() {
            let name = intern(text)
            nameTable[i] = name
            values[i] = .undefined
            builtins[i] = s.pointee.runtime.pointee.builtins.get(name)
            if name == heap.pointee.names.name {
                values[i] = namespace.pointee.moduleName
                noteGlobalDefined(namespace, i)
            } else if text == "__doc__" {
                values[i] = .none
                noteGlobalDefined(namespace, i)
            } else if text == "__file__" {
                values[i] = makeString(s.pointee.run.pointee.scriptPath)
                noteGlobalDefined(namespace, i)
            }
        }
        containerAllocated()
        return Value(object)
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (self >= 0x30 && self <= 0x39) || (self >= 0x41 && self <= 0x5A) || (self >= 0x61 && self <= 0x7A)
    }
}
