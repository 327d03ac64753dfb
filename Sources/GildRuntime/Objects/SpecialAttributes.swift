// Attributes that are not simply found in an instance or its class.
//
// *Properties* are the runtime's own means to make assignment and reading of an attribute run code, for the classes that
// it defines itself. A property of the class comes before what the instance holds under that name. Such a name is never
// cached, so the run loop's fast paths cannot pass it by; other names of the same class are cached as usual.
//
// *Thread-local* instances (`threading.local` and its subclasses) have a dict of attributes for every thread that used
// them; no name of theirs is cached. Where the dicts are kept: ThreadLocals.swift.

import CGild

extension gild_thread_ref {
    @inline(__always) func isProperty(_ value: Value) -> Bool { value.isPointer && value.object.shapeNumber == heap.pointee.propertyShape }

    /// Whether instances of the type treat the name in another way than slot first, class second.
    @inline(__always) func isSpecialAttribute(_ type: UnsafeMutablePointer<TypeObject>, _ name: Value) -> Bool {
        let flags = type.pointee.flags & TypeFlags.special
        if flags == 0 { return false }
        return flags & TypeFlags.threadLocal != 0 || isProperty(lookUp(type, name))
    }

    /// New reference; undefined without an exception when there is no such attribute.
    func getSpecialAttribute(_ receiver: Value, _ name: Value) -> Value {
        if isProperty(lookUp(type(of: receiver), name)) { return bind(loadFromType(type(of: receiver), name), to: receiver) }
        guard let attributes = threadLocalAttributes(receiver) else { return .undefined }
        if string(name) == "__dict__" { return newReference(Value(pointer: attributes)) }
        let own = dictGet(self, attributes, name)
        if !own.isUndefined { return newReference(own) }
        let inClass = loadFromType(type(of: receiver), name)
        return inClass.isUndefined ? intrinsicAttribute(receiver, name) : bind(inClass, to: receiver)
    }

    /// False: raised.
    func setSpecialAttribute(_ receiver: Value, _ name: Value, _ value: Value) -> Bool {
        let inClass = lookUp(type(of: receiver), name)
        if !isProperty(inClass) {
            guard let attributes = threadLocalAttributes(receiver) else { return false }
            return dictSet(self, attributes, name, value)
        }
        let setter = inClass.cast(NativeObject.self).pointee.second
        if !setter.isPointer {
            raise(.attributeError, "property '\(string(name))' of '\(typeName(receiver))' object has no setter")
            return false
        }
        let result = call(setter, receiver, value)
        decref(result)
        return !result.isUndefined
    }

    /// False: raised.
    func deleteSpecialAttribute(_ receiver: Value, _ name: Value) -> Bool {
        if isProperty(lookUp(type(of: receiver), name)) {
            raise(.attributeError, "property '\(string(name))' of '\(typeName(receiver))' object has no deleter")
            return false
        }
        guard let attributes = threadLocalAttributes(receiver) else { return false }
        if dictGet(self, attributes, name).isUndefined {
            raiseNoAttribute(receiver, name)
            return false
        }
        return dictDelete(self, attributes, name) >= 0
    }

    func getProperty(_ property: Value, _ receiver: Value) -> Value {
        call(property.cast(NativeObject.self).pointee.first, receiver)
    }
}

/// `property(getter[, setter])`.
func propertyNew(_ thread: Thread, _ arguments: Arguments, _ count: Int, _ keywordNames: Value) -> Value {
    if count < 1 || count > 2 || keywordNames.isPointer { return thread.raise(.typeError, "property expected 1 or 2 arguments, got \(count)") }
    let value = thread.makeNativeObject(.property)
    if value.isUndefined { return value }
    value.cast(NativeObject.self).pointee.first = thread.newReference(arguments[0])
    if count > 1 { value.cast(NativeObject.self).pointee.second = thread.newReference(arguments[1]) }
    return value
}
