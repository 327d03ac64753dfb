// Making a runtime: heap, types, builtins, and the first thread.
//
// All that is made here is immortal, and what its making counted is struck from the books at the end: a run's figures
// start from zero.

import CGild
import GildScript
import Glibc

extension gild_thread_ref {
    // MARK: Threads

    /// The state of a new thread. It does not hold the lock. Nil: no address space is left, or no slot.
    static func make(run: UnsafeMutablePointer<RunState>, name: String, isMain: Bool) -> Thread? {
        let runtime = run.pointee.runtime
        guard let memory = ThreadMemory.map() else { return nil }
        let breaker = memory.state
        guard let slot = runtime.pointee.slots.take(run: run.pointee.number) else {
            ThreadMemory.unmap(breaker)
            return nil
        }
        let registers = memory.registers
        let frames = memory.frames
        let filled = 1024 + registerSlack
        registers.update(repeating: .undefined, count: filled)
        let heap = runtime.pointee.heap
        memory.freeLists.initialize(repeating: nil, count: Heap.classCount)
        memory.bufferLists.initialize(repeating: nil, count: Heap.classCount)
        memory.attributeCache.initialize(repeating: AttributeCacheEntry(name: .undefined, cache: 0), count: AttributeCache.size)
        let offset = MemoryLayout<ThreadState>.offset(of: \.evalBreaker).unsafelyUnwrapped
        let breakerWord = (UnsafeMutableRawPointer(breaker) + offset).assumingMemoryBound(to: UInt32.self)
        breakerWord.initialize(to: 0)
        let record = runtime.pointee.lock.register(evalBreaker: breakerWord, name: name, account: run.pointee.account)
        breaker.initialize(
            to: ThreadState(
                frame: frames, frameBase: frames, frameLimit: frames + min(ThreadMemory.frameCount - 16, run.pointee.settings.recursionLimit + 1),
                registerLimit: registers + (filled - registerSlack), registerBase: registers, registerEnd: registers + ThreadMemory.registerCount,
                nativeTop: registers + 2, heap: heap, shapes: heap.pointee.shapes, freeLists: memory.freeLists, bufferLists: memory.bufferLists,
                figures: runtime.pointee.regime.hasOneLock ? heap.pointee.figures : HeapFigures.own(), attributeCache: memory.attributeCache,
                ticker: runtime.pointee.ticker, isFreeThreaded: !runtime.pointee.regime.hasOneLock, counting: runtime.pointee.counting,
                initialSharedCount: runtime.pointee.counting.initialSharedCount, races: runtime.pointee.races, sections: .allocate(capacity: 0),
                mutexes: runtime.pointee.lockOrder == .access ? ObjectMutexes.make() : nil,
                spread: runtime.pointee.regime.counting == .biased ? SpreadCounts.table() : .allocate(capacity: 0), ledger: runtime.pointee.ledger, owner: slot,
                biasWord: LockBias.word(owner: slot),
                birthWord: runtime.pointee.regime.counting == .biased ? LockBias.word(owner: slot) : UInt32(slot), run: run, runtime: runtime,
                lockThread: record, isMain: isMain))
        record.pointee.threadState = UnsafeMutableRawPointer(breaker)
        if runtime.pointee.regime.counting == .biased { runtime.pointee.mergeQueues.open(owner: slot, evalBreaker: breakerWord) }
        // Below the first frame: what allocation sites read.
        frames.initialize(
            to: Frame(
                code: runtime.pointee.emptyCode, pc: runtime.pointee.emptyCode.pointee.words, registers: registers + 2, destination: registers,
                resume: runtime.pointee.emptyCode.pointee.words, globals: runtime.pointee.emptyNamespace, namespace: .undefined, flags: 0))
        return Thread(breaker)
    }

    /// The end of a thread whose counters are in the books, by the thread itself or the one that made it in vain, without the lock. Retiring comes after
    /// everything that is the run's: whoever frees the run's account waits for it (`freeAccount`), and may then free the run.
    func retire() {
        s.pointee.runtime.pointee.slots.giveBack(s.pointee.owner)
        s.pointee.runtime.pointee.lock.retire(s.pointee.lockThread)
        destroyState()
    }

    /// Give back the memory that a thread owned.
    func destroyState() {
        let state = s
        state.pointee.sections.deallocate()
        state.pointee.spread.deallocate()
        state.pointee.mutexes?.deinitialize(count: 1)
        state.pointee.mutexes?.deallocate()
        state.pointee.deferredDeallocations.destroy()
        state.pointee.limbo.destroy()
        if state.pointee.figures != state.pointee.heap.pointee.figures { state.pointee.figures.deallocate() }
        if let context = state.pointee.pluginContext { HostContext(context).destroy() }
        ThreadMemory.unmap(state)
    }

    // MARK: Types and builtins

    /// Fill a new heap with the builtin types and functions. Called once, by the first thread.
    func bootstrap() {
        let heap = self.heap
        makeNames()
        makeTypes()
        for definition in builtinFunctions { defineBuiltin(definition.name, makeNative(definition, owner: nil)) }
        for type in BuiltinType.allCases where type.isVisible { defineBuiltin(type.name, Value(pointer: heap.pointee.types[type])) }
        defineBuiltin("IOError", Value(pointer: heap.pointee.types[.osError]))
        defineBuiltin("EnvironmentError", Value(pointer: heap.pointee.types[.osError]))
        defineBuiltin("NotImplemented", .notImplemented)
        defineBuiltin("Ellipsis", .ellipsis)
        defineBuiltin("__debug__", .true)
        defineBuiltin(displayHookName, makeNative(displayHook, owner: nil))
        // The books start here.
        setCounters(to: Bookmark())
        s.pointee.contendedCounts = 0
        s.pointee.contendedSections = 0
        beginBooks()
    }

    private func defineBuiltin(_ name: String, _ value: Value) {
        let index = s.pointee.runtime.pointee.builtins.findOrAdd(intern(name))
        _ = s.pointee.runtime.pointee.builtins.exchange(at: index, value)
    }

    private func makeNames() {
        // Interning allocates strings, which needs the str shape; its type is filled in by makeTypes.
        let placeholder = UnsafeMutablePointer<TypeObject>.allocate(capacity: 1)
        _ = makeShape(kind: .str, type: placeholder, number: BuiltinShape.str.rawValue)
        _ = makeShape(kind: .type, type: placeholder, number: BuiltinShape.type.rawValue)
        for code in 0..<256 {
            guard let string = allocateString(count: 1, wide: false, isASCII: code < 128) else { fatalError("gild: no memory for the first strings") }
            string.bytes[0] = UInt8(code)
            heap.pointee.internTable.single[code] = intern(Value(pointer: string))
        }
        heap.pointee.names.empty = intern("")
        heap.pointee.names.name = intern("__name__")
        heap.pointee.names.main = intern("__main__")
        heap.pointee.names.builtins = intern("builtins")
        heap.pointee.names.module = intern("__module__")
        heap.pointee.names.qualname = intern("__qualname__")
        heap.pointee.names.args = intern("args")
        for special in SpecialMethod.allCases { heap.pointee.types[special] = intern(special.name) }
    }

    private func makeTypes() {
        let heap = self.heap
        for type in BuiltinType.allCases {
            let name = intern(type.name)
            let base = type.base.map { heap.pointee.types[$0] }
            let slots = type.isException ? exceptionSlotNames(for: type) : type == .threadLocal ? [threadLocalSlotName] : []
            let inline = type.isException ? exceptionInlineCapacity(for: type) : type == .object || type == .threadLocal ? 1 : 0
            guard
                let object = makeType(
                    name: name, qualifiedName: name, module: type.moduleName.map { intern($0) } ?? heap.pointee.names.builtins, base: base, kind: type.instanceKind,
                    flags: TypeFlags.builtin | (type.isException ? TypeFlags.exception : type == .threadLocal ? TypeFlags.threadLocal : 0) | (type.isFinal ? TypeFlags.final : 0),
                    rootShapeNumber: type.shape?.rawValue, inlineCapacity: inline)
            else { fatalError("gild: no memory for the builtin types") }
            heap.pointee.types[type] = object
            let root = s.pointee.shapes[Int(object.pointee.rootShape)].unsafelyUnwrapped
            for (i, slot) in slots.enumerated() {
                let index = root.slotsByName.findOrAdd(intern(slot))
                _ = root.slotsByName.exchange(at: index, Value(smallInt: i))
            }
            if !slots.isEmpty {
                root.pointee.slotCount = slots.count
                root.pointee.inlineCapacity = max(inline, slots.count)
            }
            object.pointee.construct = type.construct
        }
        // Names made before the types existed.
        for shape in [BuiltinShape.str, .type] {
            heap.pointee.shapes[Int(shape.rawValue)].unsafelyUnwrapped.pointee.type = heap.pointee.types[shape == .str ? .str : .type]
        }
        heap.pointee.types.isReady = true
        heap.pointee.propertyShape = heap.pointee.types[.property].pointee.rootShape
        for type in BuiltinType.allCases {
            let object = heap.pointee.types[type]
            s.pointee.shapes[Int(object.pointee.header.shape)].unsafelyUnwrapped.pointee.type = heap.pointee.types[.type]
            makeImmortal(Value(pointer: object))
        }
        // Kinds without a type of their own to look at.
        for (shape, kind, type) in [(BuiltinShape.namespace, ObjectKind.namespace, BuiltinType.module)] {
            _ = makeShape(kind: kind, type: heap.pointee.types[type], number: shape.rawValue)
        }
        for type in BuiltinType.allCases {
            for definition in type.methods { define(definition, in: heap.pointee.types[type]) }
        }
        makeQuarantineType()
        for definition in channelProperties { defineProperty(definition, in: heap.pointee.types[.channel]) }
        let hashName = heap.pointee.types[.hash] as Value
        for type in [BuiltinType.list, .dict, .set, .dictKeys, .dictItems] { setTypeAttribute(heap.pointee.types[type], hashName, .none) }
        guard let empty = allocateTuple(0) else { fatalError("gild: no memory for the empty tuple") }
        heap.pointee.emptyTuple = Value(pointer: empty)
        makeImmortal(heap.pointee.emptyTuple)
    }

    func define(_ definition: NativeDefinition, in type: UnsafeMutablePointer<TypeObject>) {
        setTypeAttribute(type, intern(definition.name), makeNative(definition, owner: type))
    }

    /// An immortal read-only attribute that a native computes from the receiver.
    private func defineProperty(_ definition: NativeDefinition, in type: UnsafeMutablePointer<TypeObject>) {
        let property = makeNativeObject(.property)
        property.cast(NativeObject.self).pointee.first = makeNative(definition, owner: nil)
        makeImmortal(property)
        setTypeAttribute(type, intern(definition.name), property)
    }

    /// An immortal function object for a definition.
    func makeNative(_ definition: NativeDefinition, owner: UnsafeMutablePointer<TypeObject>?, receiver: Value = .undefined, module: Value = .undefined) -> Value {
        guard let object = allocate(bytes: MemoryLayout<NativeFunctionObject>.size, shape: .native) else { return .undefined }
        let native = object.cast(NativeFunctionObject.self)
        let own = owner != nil && definition.flags & NativeFlags.isStatic == 0 ? 1 : 0
        native.pointee.function = definition.function
        native.pointee.name = intern(definition.name)
        native.pointee.module = module
        native.pointee.minimum = Int32(definition.minimum + own)
        native.pointee.maximum = definition.maximum < 0 ? Int32.max : Int32(definition.maximum + own)
        native.pointee.flags = definition.flags
        native.pointee.owner = owner
        native.pointee.receiver = receiver
        native.pointee.state = nil
        let isPlain = (owner == nil || definition.flags & NativeFlags.isStatic != 0) && receiver.isUndefined
        native.pointee.plainMinimum = isPlain ? UInt32(native.pointee.minimum) : UInt32.max
        native.pointee.plainSpan = isPlain ? UInt32(native.pointee.maximum - native.pointee.minimum) : 0
        makeImmortal(Value(object))
        return Value(object)
    }

    // MARK: Modules

    /// The module of this name: new reference.
    func importModule(_ name: Value) -> Value {
        let run = s.pointee.run
        let known = run.pointee.importedModules.get(name)
        return known.isUndefined ? importing { importFirst(name, run) } : newReference(known)
    }

    private func importFirst(_ name: Value, _ run: UnsafeMutablePointer<RunState>) -> Value {
        // Another thread may have been faster.
        let known = run.pointee.importedModules.get(name)
        if !known.isUndefined { return newReference(known) }
        let module = makeModule(name)
        if module.isUndefined { return module }
        guard populate(module, string(name)) else {
            decref(module)
            if !isRaising { raise(.moduleNotFoundError, "No module named '\(string(name))'") }
            return .undefined
        }
        _ = run.pointee.importedModules.set(name, newReference(module))
        return module
    }

    /// Natives are made once in a runtime, whatever imports their module.
    private func setModuleFunctions(_ module: Value, _ name: String, _ definitions: [NativeDefinition]) {
        let runtime = s.pointee.runtime
        for definition in definitions {
            let key = name + "." + definition.name
            let native = unbooked { runtime.pointee.shelves.pointee.moduleNatives[key] ?? makeNative(definition, owner: nil, module: intern(name)) }
            runtime.pointee.shelves.pointee.moduleNatives[key] = native
            setModuleAttribute(module, name: unbooked { intern(definition.name) }, native)
        }
    }

    func makeModule(_ name: Value) -> Value {
        let types = heap.pointee.types
        let shape = withTypes { makeShape(kind: .module, type: types[.module]) }
        guard let object = allocate(bytes: MemoryLayout<ModuleObject>.size, shape: shape.pointee.id) else { return .undefined }
        object.cast(ModuleObject.self).pointee.name = newReference(name)
        object.cast(ModuleObject.self).pointee.attributeTable = NameTable()
        containerAllocated()
        return Value(object)
    }

    /// Fill a module. False: there is none of this name, or something was raised.
    private func populate(_ module: Value, _ name: String) -> Bool {
        switch name {
        case "sys":
            setModuleFunctions(module, name, sysFunctions)
            populateSys(self, module: module)
        case "gc":
            setModuleFunctions(module, name, gcFunctions)
            populateGC(self, module: module)
        case "math":
            setModuleFunctions(module, name, mathFunctions)
            for (name, value) in mathConstants { setModuleAttribute(module, name, makeFloat(value)) }
        case "time":
            setModuleFunctions(module, name, timeFunctions)
        case "gild":
            setModuleFunctions(module, name, gildFunctions + gildChannelFunctions)
            return populateGild(self, module: module)
        case "threading":
            return populateThreading(self, module: module)
        default:
            guard let plugin = plugin(named: name) else { return false }
            return populate(module, with: plugin)
        }
        return !isRaising
    }
}

extension BuiltinType {
    /// Reachable by its name in scripts.
    var isVisible: Bool {
        if isException { return moduleName == nil }
        switch self {
        case .object, .type, .int, .bool, .float, .str, .list, .tuple, .dict, .set, .frozenset, .range, .slice, .super, .reversed, .enumerate, .zip,
            .map, .filter, .bytes:
            return true
        default: return false
        }
    }

    /// CPython refuses it as a base too.
    var isFinal: Bool {
        switch self {
        case .bool, .range, .slice, .noneType, .ellipsisType, .notImplementedType, .function, .builtinFunction, .method, .methodDescriptor, .slotWrapper, .methodWrapper, .cell,
            .traceback, .rangeIterator, .longRangeIterator, .listIterator, .tupleIterator, .strIterator, .setIterator, .sequenceIterator, .callableIterator,
            .dictKeyIterator, .dictValueIterator, .dictItemIterator, .dictKeys, .dictValues, .dictItems, .lock, .threadHandle,
            .threadLocalAnchor, .channel, .bytesIterator:
            return true
        default: return false
        }
    }

    var instanceKind: ObjectKind {
        if isException { return .instance }
        switch self {
        case .quarantined: return .quarantined
        case .object: return .instance
        case .type: return .type
        case .int, .bool: return .bigInt
        case .float: return .float
        case .str: return .str
        case .bytes: return .bytes
        case .list: return .list
        case .tuple: return .tuple
        case .dict: return .dict
        case .set: return .set
        case .frozenset: return .frozenSet
        case .range: return .range
        case .slice: return .slice
        case .function: return .function
        case .builtinFunction: return .native
        case .method: return .boundMethod
        case .cell: return .cell
        case .super: return .superObject
        case .module: return .module
        case .traceback: return .traceback
        case .dictKeys, .dictValues, .dictItems: return .dictView
        case .lock, .rlock, .threadHandle, .threadLocalAnchor, .property, .textIOWrapper, .channel: return .nativeObject
        case .threadLocal: return .instance
        case .noneType, .ellipsisType, .notImplementedType, .methodDescriptor, .slotWrapper, .methodWrapper: return .free
        default: return .iterator
        }
    }

    var shape: BuiltinShape? {
        switch self {
        case .type: return .type
        case .int: return .bigInt
        case .float: return .float
        case .str: return .str
        case .bytes: return .bytes
        case .list: return .list
        case .tuple: return .tuple
        case .dict: return .dict
        case .set: return .set
        case .frozenset: return .frozenSet
        case .range: return .range
        case .slice: return .slice
        case .function: return .function
        case .builtinFunction: return .native
        case .method: return .boundMethod
        case .cell: return .cell
        case .super: return .superObject
        case .traceback: return .traceback
        case .listReverseIterator: return .listReverseIterator
        case .rangeIterator: return .rangeIterator
        case .longRangeIterator: return .longRangeIterator
        case .listIterator: return .listIterator
        case .tupleIterator: return .tupleIterator
        case .strIterator: return .strIterator
        case .setIterator: return .setIterator
        case .bytesIterator: return .bytesIterator
        case .sequenceIterator: return .sequenceIterator
        case .callableIterator: return .callableIterator
        case .dictKeyIterator: return .dictKeyIterator
        case .dictValueIterator: return .dictValueIterator
        case .dictItemIterator: return .dictItemIterator
        case .dictReverseKeyIterator: return .dictReverseKeyIterator
        case .dictReverseValueIterator: return .dictReverseValueIterator
        case .dictReverseItemIterator: return .dictReverseItemIterator
        case .reversed: return .reversedIterator
        case .enumerate: return .enumerate
        case .zip: return .zip
        case .map: return .map
        case .filter: return .filter
        case .dictKeys: return .dictKeys
        case .dictValues: return .dictValues
        case .dictItems: return .dictItems
        default: return nil
        }
    }

    var construct: gild_native? {
        switch self {
        case .type: return typeNew
        case .super: return superNew
        case .int: return intNew
        case .float: return floatNew
        case .bool: return boolNew
        case .str: return strNew
        case .bytes: return bytesNew
        case .list: return listNew
        case .tuple: return tupleNew
        case .dict: return dictNew
        case .set: return setNew
        case .frozenset: return frozensetNew
        case .range: return rangeNew
        case .slice: return sliceNew
        case .enumerate: return enumerateNew
        case .zip: return zipNew
        case .map: return mapNew
        case .filter: return filterNew
        case .reversed: return reversedNew
        case .lock: return lockNew
        case .rlock: return reentrantLockNew
        case .threadLocal: return threadLocalNew
        case .property: return propertyNew
        default: return nil
        }
    }

    var methods: [NativeDefinition] {
        switch self {
        case .object: return objectMethods
        case .noneType: return BuiltinSpecialMethods.none
        case .function, .builtinFunction, .method, .type: return BuiltinSpecialMethods.callable
        case .int: return BuiltinSpecialMethods.int + intMethods
        case .float: return BuiltinSpecialMethods.float + floatMethods
        case .str: return BuiltinSpecialMethods.str + strMethods
        case .bytes: return bytesMethods
        case .list: return listMethods
        case .tuple: return tupleMethods
        case .dict: return dictMethods
        case .set: return setMethods
        case .frozenset: return frozensetMethods
        case .range: return rangeMethods
        case .slice: return sliceMethods
        case .dictKeys: return dictKeysMethods
        case .dictValues: return dictValuesMethods
        case .dictItems: return dictItemsMethods
        case .baseException: return exceptionMethods
        case .textIOWrapper: return streamMethods
        case .channel: return channelMethods
        case .lock: return lockMethods
        case .rlock: return reentrantLockMethods
        default: return instanceKind == .iterator ? iteratorMethods : []
        }
    }
}
