// Attributes and representations that the runtime makes up: `__class__`, `__name__`, function and method attributes,
// `<function f at 0x…>`; and the types `type`, `object` and `super` themselves.

import CGild

extension gild_thread_ref {
    /// `module.qualname` of a type for messages; builtins and `__main__` are left out where CPython leaves them out.
    func qualifiedTypeName(_ type: UnsafeMutablePointer<TypeObject>) -> String {
        let name = string(type.pointee.qualifiedName)
        guard isString(type.pointee.module) else { return name }
        let module = string(type.pointee.module)
        return module == "builtins" ? name : "\(module).\(name)"
    }

    func address(_ value: Value) -> String { "0x" + String(value.bits, radix: 16) }

    /// `repr` of the kinds that have no code of their own.
    func intrinsicRepr(_ value: Value) -> String {
        switch kind(value) {
        case .function:
            return "<function \(string(value.cast(FunctionObject.self).pointee.qualifiedName)) at \(address(value))>"
        case .native:
            let native = value.cast(NativeFunctionObject.self)
            if let owner = native.pointee.owner, native.pointee.flags & NativeFlags.isStatic == 0 {
                let kind = isSlotName(string(native.pointee.name)) && !isOrdinaryMethod(string(native.pointee.name)) ? "slot wrapper" : "method"
                return "<\(kind) '\(string(native.pointee.name))' of '\(string(owner.pointee.name))' objects>"
            }
            return "<built-in function \(string(native.pointee.name))>"
        case .boundMethod:
            let method = value.cast(BoundMethodObject.self)
            if method.pointee.function.hasShape(.native) {
                let name = string(method.pointee.function.cast(NativeFunctionObject.self).pointee.name)
                if isSlotName(name) && !isOrdinaryMethod(name) {
                    return "<method-wrapper '\(name)' of \(typeName(method.pointee.receiver)) object at \(address(method.pointee.receiver))>"
                }
                return "<built-in method \(name) of \(typeName(method.pointee.receiver)) object at \(address(method.pointee.receiver))>"
            }
            let receiver = repr(method.pointee.receiver)
            if receiver.isUndefined { return "" }
            defer { decref(receiver) }
            let name = method.pointee.function.hasShape(.function) ? string(method.pointee.function.cast(FunctionObject.self).pointee.qualifiedName) : "?"
            return "<bound method \(name) of \(string(receiver))>"
        case .type:
            return "<class '\(qualifiedTypeName(value.cast(TypeObject.self)))'>"
        case .module:
            return "<module '\(string(value.cast(ModuleObject.self).pointee.name))' (built-in)>"
        case .superObject:
            let object = value.cast(SuperObject.self)
            return "<super: <class '\(string(object.pointee.startType.cast(TypeObject.self).pointee.name))'>, <\(typeName(object.pointee.receiver)) object>>"
        case .cell:
            let content = load(&value.cast(CellObject.self).pointee.content)
            defer { decref(content) }
            return content.isUndefined ? "<cell at \(address(value)): empty>" : "<cell at \(address(value)): \(typeName(content)) object at \(address(content))>"
        case .instance, .nativeObject:
            return "<\(qualifiedTypeName(type(of: value))) object at \(address(value))>"
        default:
            return "<\(typeName(value)) object at \(address(value))>"
        }
    }

    /// Attributes that are not found in any table: new reference, undefined when there is none.
    func intrinsicAttribute(_ value: Value, _ name: Value) -> Value {
        let text = string(name)
        switch text {
        case "__class__":
            return newReference(Value(pointer: shownType(of: value)))
        case "__doc__":
            if isKind(value, .function) { return load(&value.cast(FunctionObject.self).pointee.documentation) }
            return .none
        default:
            break
        }
        guard value.isPointer else { return numericAttribute(self, value, name) }
        switch kind(value) {
        case .type:
            let type = value.cast(TypeObject.self)
            switch text {
            case "__name__": return load(&type.pointee.name)
            case "__qualname__": return load(&type.pointee.qualifiedName)
            case "__module__": return load(&type.pointee.module)
            case "__base__": return type.pointee.base.map { newReference(Value(pointer: $0)) } ?? .none
            case "__bases__":
                guard let base = type.pointee.base else { return newReference(heap.pointee.emptyTuple) }
                guard let tuple = allocateTuple(1) else { return .undefined }
                tuple.items[0] = newReference(Value(pointer: base))
                return Value(pointer: tuple)
            case "__mro__":
                var chain: [Value] = []
                var current: UnsafeMutablePointer<TypeObject>? = type
                while let t = current {
                    chain.append(newReference(Value(pointer: t)))
                    current = t.pointee.base
                }
                return makeTuple(chain)
            default: return .undefined
            }
        case .function:
            let function = value.cast(FunctionObject.self)
            switch text {
            case "__name__": return load(&function.pointee.name)
            case "__qualname__": return load(&function.pointee.qualifiedName)
            case "__module__": return load(&function.pointee.module)
            default: return .undefined
            }
        case .native:
            let native = value.cast(NativeFunctionObject.self)
            switch text {
            case "__name__", "__qualname__": return newReference(native.pointee.name)
            case "__module__": return native.pointee.module.isUndefined ? newReference(heap.pointee.names.builtins) : newReference(native.pointee.module)
            default: return .undefined
            }
        case .boundMethod:
            let method = value.cast(BoundMethodObject.self)
            switch text {
            case "__self__": return newReference(method.pointee.receiver)
            case "__func__": return newReference(method.pointee.function)
            default: return getOptionalAttribute(method.pointee.function, name: name)
            }
        case .module:
            return text == "__name__" ? newReference(value.cast(ModuleObject.self).pointee.name) : .undefined
        case .instance:
            if text == "__module__" { return load(&type(of: value).pointee.module) }
            return .undefined
        case .range:
            let range = value.cast(RangeObject.self)
            switch text {
            case "start": return newReference(range.pointee.start)
            case "stop": return newReference(range.pointee.stop)
            case "step": return newReference(range.pointee.step)
            default: return .undefined
            }
        case .slice:
            let slice = value.cast(SliceObject.self)
            switch text {
            case "start": return newReference(slice.pointee.start)
            case "stop": return newReference(slice.pointee.stop)
            case "step": return newReference(slice.pointee.step)
            default: return .undefined
            }
        case .bigInt, .float:
            return numericAttribute(self, value, name)
        default:
            return .undefined
        }
    }

    /// `__name__`, `__qualname__` and `__module__` of a class. True: done or raised; false: an ordinary attribute.
    func setIntrinsicTypeAttribute(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value, _ value: Value) -> Bool {
        switch string(name) {
        case "__name__":
            guard isString(value) else {
                raise(.typeError, "can only assign string to \(string(type.pointee.name)).__name__, not '\(typeName(value))'")
                return true
            }
            rename(&type.pointee.name, value)
        case "__qualname__":
            guard isString(value) else {
                raise(.typeError, "can only assign string to \(string(type.pointee.name)).__qualname__, not '\(typeName(value))'")
                return true
            }
            rename(&type.pointee.qualifiedName, value)
        case "__module__":
            rename(&type.pointee.module, value)
        default:
            return false
        }
        return true
    }

    /// Set a name of a class or function. Messages use such names without a reference of their own, up to the next checkpoint of their thread.
    private func rename(_ place: UnsafeMutablePointer<Value>, _ name: Value) {
        releaseBorrowed(exchange(place, newReference(name)))
    }

    /// False: raised.
    func setFunctionAttribute(_ function: UnsafeMutablePointer<FunctionObject>, _ name: Value, _ value: Value) -> Bool {
        switch string(name) {
        case "__name__":
            guard isString(value) else {
                raise(.typeError, "__name__ must be set to a string object")
                return false
            }
            rename(&function.pointee.name, value)
        case "__qualname__":
            guard isString(value) else {
                raise(.typeError, "__qualname__ must be set to a string object")
                return false
            }
            rename(&function.pointee.qualifiedName, value)
        case "__doc__":
            replace(&function.pointee.documentation, newReference(value))
        case "__module__":
            rename(&function.pointee.module, value)
        default:
            if peek(&function.pointee.attributes).isUndefined {
                guard let dict = makeDict() else { return false }
                // Unless another thread has been faster.
                if !fill(&function.pointee.attributes, Value(pointer: dict)) { decref(Value(pointer: dict)) }
            }
            return dictSet(self, peek(&function.pointee.attributes).cast(DictObject.self), name, value)
        }
        return true
    }

    /// Bind a module's attribute (value taken over).
    func setModuleAttribute(_ module: Value, name: Value, _ value: Value) {
        decref(withTypes { module.cast(ModuleObject.self).attributes.set(name, value) })
    }

    func setModuleAttribute(_ module: Value, _ name: String, _ value: Value) { setModuleAttribute(module, name: intern(name), value) }
}

// MARK: type, object, super

/// `type(x)`.
func typeNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if keywordNames.isPointer { return thread.raise(.typeError, "type() takes 1 or 3 arguments") }
    if count == 1 { return thread.newReference(Value(pointer: thread.shownType(of: arguments[0]))) }
    if count == 3 { return thread.raise(.typeError, "gild does not support making classes by calling type() yet; use a class statement") }
    return thread.raise(.typeError, "type() takes 1 or 3 arguments")
}

/// `super(type, object)`; the compiler passes both arguments for a plain `super()`.
func superNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count == 0 { return thread.raise(.runtimeError, "super(): no arguments") }
    guard thread.isKind(arguments[0], .type) else {
        return thread.raise(.typeError, "super() argument 1 must be a type, not \(thread.typeName(arguments[0]))")
    }
    guard count == 2 else { return thread.raise(.typeError, "gild does not support unbound super objects; pass the instance too") }
    let type = arguments[0].cast(TypeObject.self)
    let isReceiver = thread.isSubtype(thread.type(of: arguments[1]), of: type)
        || (thread.isKind(arguments[1], .type) && thread.isSubtype(arguments[1].cast(TypeObject.self), of: type))
    if !isReceiver {
        return thread.raise(.typeError, "super(type, obj): obj (instance of \(thread.typeName(arguments[1]))) is not an instance or subtype of type (\(thread.string(type.pointee.name))).")
    }
    guard let object = thread.allocate(bytes: MemoryLayout<SuperObject>.size, shape: .superObject) else { return .undefined }
    let result = object.cast(SuperObject.self)
    result.pointee.startType = thread.newReference(arguments[0])
    result.pointee.receiver = thread.newReference(arguments[1])
    thread.containerAllocated()
    return Value(object)
}

private func objectInit(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count > 1 || keywordNames.isPointer {
        let type = thread.type(of: arguments[0])
        if !thread.special(arguments[0], .`init`).isUndefined {
            return thread.raise(.typeError, "object.__init__() takes exactly one argument (the instance to initialize)")
        }
        if thread.isKind(arguments[0], .instance) {
            return thread.raise(.typeError, "\(thread.string(type.pointee.name)).__init__() takes exactly one argument (the instance to initialize)")
        }
    }
    return .none
}

private func objectRepr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    return thread.makeString("<\(thread.qualifiedTypeName(thread.type(of: arguments[0]))) object at \(thread.address(arguments[0]))>")
}

private func objectStr(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value { thread.repr(arguments[0]) }

private func objectEq(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    arguments[0] == arguments[1] ? .true : .notImplemented
}

private func objectNe(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    let method = thread.special(arguments[0], .eq)
    if method.isUndefined { return arguments[0] == arguments[1] ? .false : .notImplemented }
    let result = thread.call(method, arguments[0], arguments[1])
    if result.isUndefined || result.isNotImplemented { return result }
    let truth = thread.truth(result)
    thread.decref(result)
    return truth < 0 ? .undefined : Value(truth == 0)
}

private func objectHash(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    thread.makeInt(thread.identityHash(arguments[0]))
}

private func objectFormat(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    guard thread.isString(arguments[1]) else { return thread.raise(.typeError, "__format__() argument must be str, not \(thread.typeName(arguments[1]))") }
    if arguments[1].cast(StringObject.self).pointee.count == 0 { return thread.str(arguments[0]) }
    return thread.raise(.typeError, "unsupported format string passed to \(thread.typeName(arguments[0])).__format__")
}

let objectMethods: [NativeDefinition] = [
    .init("__init__", 0, -1, keywords: true, objectInit),
    .init("__repr__", 0, 0, objectRepr),
    .init("__str__", 0, 0, objectStr),
    .init("__eq__", 1, 1, objectEq),
    .init("__ne__", 1, 1, objectNe),
    .init("__lt__", 1, 1) { _, _, _, _ in .notImplemented },
    .init("__le__", 1, 1) { _, _, _, _ in .notImplemented },
    .init("__gt__", 1, 1) { _, _, _, _ in .notImplemented },
    .init("__ge__", 1, 1) { _, _, _, _ in .notImplemented },
    .init("__hash__", 0, 0, objectHash),
    .init("__format__", 1, 1, objectFormat),
]
