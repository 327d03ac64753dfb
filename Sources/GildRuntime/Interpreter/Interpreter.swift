// The run loop.
//
// State in machine registers: `pc` (the current instruction), `regs` (the frame's window), `frame`. Everything
// else is reached through the thread. One function executes all frames that Python code pushes: a call pushes a frame and
// goes on, a return pops it; only a call made by native code enters the loop again, with a frame flagged `entry` whose
// end returns to the native.
//
// The head of the loop goes on to the next word, so a case that the next instruction follows does nothing for that, and
// whoever goes elsewhere sets `pc` to the word before (docs/decisions/0021).
//
// Each case does its work on immediates inline and leaves the rest to functions outside (`…Slowly`), after saving
// `pc` in the frame: whatever may throw, allocate, call or release an object needs it, for tracebacks, allocation sites
// and nested calls. A failing instruction breaks out of `execute`; `unwind` then finds the handler, releasing registers on
// the way, and the loop goes on there.
//
// The eval breaker is tested at function entry, after a call that ran natively, and in the taken path of backward jumps,
// as in CPython 3.10 and later (Python/bytecodes.c, CHECK_EVAL_BREAKER): `n += 1` on a global cannot be interrupted,
// `n += int(1)` can.

import CGild
import GildScript

enum Interpreter<R: Regime> {
    @inline(__always) private static func a(_ word: UInt64) -> Int { Int(truncatingIfNeeded: (word >> 16) & 0xFFFF) }
    @inline(__always) private static func b(_ word: UInt64) -> Int { Int(truncatingIfNeeded: (word >> 32) & 0xFFFF) }
    @inline(__always) private static func c(_ word: UInt64) -> Int { Int(truncatingIfNeeded: word >> 48) }
    @inline(__always) private static func x(_ word: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> 8) }
    @inline(__always) private static func jump16(_ word: UInt64) -> Int { Int(truncatingIfNeeded: Int64(bitPattern: word) >> 48) }
    @inline(__always) private static func wide(_ word: UInt64) -> Int { Int(truncatingIfNeeded: Int64(bitPattern: word) >> 32) }

    /// A constant of the frame's code. Under one lock it is reached through the frame: the pointer would take a register from the whole loop, which costs
    /// a quarter of a loop's time. Without, `consts` has it: there the loop is slower without that local.
    @inline(__always) private static func constant(_ frame: UnsafeMutablePointer<Frame>, _ consts: UnsafeMutablePointer<Value>, _ i: Int) -> Value {
        R.isFreeThreaded ? consts[i] : frame.pointee.code.pointee.constants[i]
    }

    /// Write a register whose old value may be an object.
    @inline(__always) private static func store(
        _ thread: Thread, _ place: UnsafeMutablePointer<Value>, _ value: Value
    ) {
        let old = place.pointee
        place.pointee = value
        if old.isPointer { R.decref(thread, old) }
    }

    /// Whether the instruction after a call releases the call's result, as in a statement that is a call: then the call does it, too. Not where
    /// each instruction has something to do of its own.
    @inline(__always) private static func isReleasedNext(_ call: UInt64, _ next: UInt64) -> Bool {
        !R.checksEveryInstruction && !R.savesEveryPC
            && UInt32(truncatingIfNeeded: next) == UInt32(truncatingIfNeeded: call) & 0xFFFF_0000 | UInt32(Opcode.release.rawValue)
    }

    /// A builtin function's arguments, which it borrowed.
    @inline(__always) private static func releaseArguments(_ thread: Thread, _ base: UnsafeMutablePointer<Value>, _ count: Int) {
        var i = count
        while i > 0 {
            let argument = base[i]
            if argument.isPointer {
                base[i] = .undefined
                R.decref(thread, argument)
            }
            i &-= 1
        }
    }

    /// The result of the call at `pc` goes to its place, or is released where the next instruction would do that; `pc` is the last instruction executed.
    @inline(__always) private static func deliver(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: inout UnsafeMutablePointer<UInt64>, _ word: UInt64, _ place: UnsafeMutablePointer<Value>,
        _ result: Value
    ) {
        if isReleasedNext(word, (pc + 1).pointee) {
            pc += 1
            thread.s.pointee.executed.two()
            releaseResult(thread, frame, pc, place, result)
        } else {
            store(thread, place, result)
        }
    }

    /// What `release` at `pc` would do if the result had been stored first.
    @inline(__always) private static func releaseResult(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ place: UnsafeMutablePointer<Value>, _ result: Value
    ) {
        let old = place.pointee
        place.pointee = .undefined
        if old.isPointer || result.isPointer {
            frame.pointee.pc = pc
            if old.isPointer { R.decref(thread, old) }
            if result.isPointer { R.decref(thread, result) }
        }
    }

    /// Write a register whose old value may be an object; releasing it needs the frame's `pc`.
    @inline(__always) private static func write(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ place: UnsafeMutablePointer<Value>, _ value: Value
    ) {
        let old = place.pointee
        place.pointee = value
        if old.isPointer {
            frame.pointee.pc = pc
            R.decref(thread, old)
        }
    }

    /// What a place holds that other threads may write, as a new reference.
    @inline(__always) private static func load(_ thread: Thread, _ place: UnsafeMutablePointer<Value>) -> Value {
        if R.isFreeThreaded { return R.load(thread, place) }
        let value = place.pointee
        R.incref(thread, value)
        return value
    }

    /// No other thread works on the object before the next checkpoint: its parts are read and written as they stand.
    @inline(__always) private static func isAlone(_ thread: Thread, _ object: ObjectPointer) -> Bool {
        !R.isFreeThreaded || R.biasesLocks && thread.isBiased(object)
    }

    /// Write a place of the object that other threads may read and write at the same time: the old value. The bias of others is revoked.
    @inline(__always) private static func exchangeFreely(_ thread: Thread, _ object: ObjectPointer, _ place: UnsafeMutablePointer<Value>, _ value: Value) -> Value {
        if isAlone(thread, object) {
            let old = place.pointee
            thread.publish(place, value)
            return old
        }
        return thread.exchangeShared(place, value)
    }

    /// What a class's table holds at `i`, as a new reference; threads run at the same time.
    @inline(__always) private static func loadShared(_ thread: Thread, _ table: NameTablePointer, at i: Int) -> Value {
        thread.loadShared(table, at: i) { R.tryIncref(thread, $0) } release: { R.decref(thread, Value($0)) }
    }

    /// Write a cell. The frame's `pc` is saved.
    @inline(__always) private static func assign(_ thread: Thread, _ cell: Value, _ value: Value) {
        if !R.isFreeThreaded { return store(thread, &cell.cast(CellObject.self).pointee.content, value) }
        if R.biasesLocks { thread.shareForWriting(cell.object) }
        let old = exchangeFreely(thread, cell.object, &cell.cast(CellObject.self).pointee.content, value)
        if old.isPointer { R.decref(thread, old) }
    }

    /// Store what the fast path found, or take the general path. False: raised.
    @inline(__always) private static func arithmetic(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64,
        _ right: Value, _ op: BinaryOperator, _ fast: Value
    ) -> Bool {
        if !fast.isUndefined {
            write(thread, frame, pc, regs + a(word), fast)
            return true
        }
        frame.pointee.pc = pc
        return thread.binarySlowly(op, regs, word, right)
    }

    /// A comparison that produces a value. False: raised.
    @inline(__always) private static func comparison(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64,
        _ op: CompareOperator
    ) -> Bool {
        let decided = FastArithmetic.compare(op, regs[b(word)], regs[c(word)])
        if decided >= 0 {
            write(thread, frame, pc, regs + a(word), Value(decided != 0))
            return true
        }
        frame.pointee.pc = pc
        return thread.compareSlowly(op, regs, word)
    }

    /// The truth of a fused comparison: 1, 0, or -1 raised.
    @inline(__always) private static func decide(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ regs: UnsafeMutablePointer<Value>, _ word: UInt64,
        _ right: Value, _ op: CompareOperator
    ) -> Int32 {
        let decided = FastArithmetic.compare(op, regs[a(word)], right)
        if decided >= 0 { return decided }
        frame.pointee.pc = pc
        return thread.compareForJump(op, regs, word, right)
    }

    /// In the taken path of a jump: a backward one is a checkpoint. False: raised.
    @inline(__always) private static func backEdge(
        _ thread: Thread, _ frame: UnsafeMutablePointer<Frame>, _ pc: UnsafeMutablePointer<UInt64>, _ word: UInt64
    ) -> Bool {
        if jump16(word) < 0 && isDue(thread.s) {
            frame.pointee.pc = pc
            if !thread.checkpoint() { return false }
        }
        thread.s.pointee.executed.jump(jump16(word))
        return true
    }

    /// Whether the eval breaker is set. It hardly ever is: what is done then lies out of the loop's way.
    @inline(__always) private static func isDue(_ state: UnsafeMutablePointer<ThreadState>) -> Bool {
        _slowPath(gild_load_relaxed_32(&state.pointee.evalBreaker) != 0)
    }

    /// The thread's cache entry for the attribute, or a word whose shape does not match.
    @inline(__always) private static func threadCache(
        _ state: UnsafeMutablePointer<ThreadState>, _ receiver: Value, _ name: Value, _ inline: UnsafeMutablePointer<UInt64>
    ) -> UInt64 {
        let shape = shapeNumber(receiver)
        let entry = state.pointee.attributeCache + AttributeCache.slot(shape: shape, name: name)
        let cache = entry.pointee.cache
        if entry.pointee.name != name || UInt32(truncatingIfNeeded: cache) != shape { return 0 }
        if gild_load_relaxed_64(inline) == 0 { gild_store_release_64(inline, cache) }
        return cache
    }

    /// The word of an inline cache, which other threads may fill.
    @inline(__always) private static func inlineCache(_ place: UnsafeMutablePointer<UInt64>) -> UInt64 {
        R.isFreeThreaded ? gild_load_relaxed_64(place) : place.pointee
    }

    /// The shape number of an object, which other threads may change where there is not one lock.
    @inline(__always) private static func shapeNumber(_ value: Value) -> UInt32 {
        R.isFreeThreaded ? gild_load_acquire_32(value.object.shapeWord) : value.object.pointee.shape
    }

    /// What a cache says about an instance's own attribute, where threads run at the same time: a new reference. Undefined: look it up. A slot
    /// whose instance has just become a dictionary is empty.
    @inline(__always) private static func sharedSlot(
        _ thread: Thread, _ receiver: Value, _ inline: UInt64, _ name: Value, _ cachePlace: UnsafeMutablePointer<UInt64>
    ) -> Value {
        var cache = inline
        let shape = shapeNumber(receiver)
        if shape != UInt32(truncatingIfNeeded: cache) { cache = threadCache(thread.s, receiver, name, cachePlace) }
        if shape != UInt32(truncatingIfNeeded: cache) || InlineCache.kind(cache) != InlineCache.inlineSlot { return .undefined }
        return R.load(thread, receiver.cast(InstanceObject.self).slots + InlineCache.index(cache))
    }

    /// Run the thread's innermost frame (flagged `entry`) to its end.
    /// - Returns: its result, a new reference, or `undefined` with the exception set.
    static func run(_ thread: Thread) -> Value {
        let state = thread.s
        var frame = state.pointee.frame
        var pc = frame.pointee.pc - 1
        var regs = frame.pointee.registers
        var consts = frame.pointee.code.pointee.constants
        let executedOutside = state.pointee.executed
        state.pointee.executed = InstructionCount(startingAt: frame.pointee.pc)
        var reraising = false
        // Guarded by the GIL.
        let ticker = state.pointee.ticker

        while true {
            execute: while true {
                pc += 1
                let word = pc.pointee
                if R.savesEveryPC { frame.pointee.pc = pc }
                if R.countsTicks { ticker.pointee &-= 1 }
                if R.checksEveryInstruction && (R.countsTicks && _slowPath(ticker.pointee < 0) || isDue(state)) {
                    // Not where an exception is on its way from the unwinder to its handler.
                    if UInt8(truncatingIfNeeded: word) != Opcode.excEnter.rawValue {
                        frame.pointee.pc = pc
                        var goesOn = true
                        if R.countsTicks && ticker.pointee < 0 {
                            ticker.pointee = GILTicks.checkInterval
                            goesOn = thread.endTick()
                        }
                        if !goesOn || isDue(state) && !thread.checkpoint() {
                            state.pointee.executed.takeBack()
                            break execute
                        }
                    }
                }
                state.pointee.executed.check(at: pc)
                switch unsafeBitCast(UInt8(truncatingIfNeeded: word), to: Opcode.self) {
                case .nop:
                    break

                case .move:
                    let value = regs[b(word)]
                    if x(word) & Opcode.Flags.consumeB != 0 {
                        regs[b(word)] = .undefined
                    } else {
                        R.incref(thread, value)
                    }
                    write(thread, frame, pc, regs + a(word), value)

                case .loadLocal:
                    let value = regs[b(word)]
                    R.incref(thread, value)
                    assert(!regs[a(word)].isPointer, "a new temporary holds an object")
                    regs[a(word)] = value

                case .loadConst:
                    // Constants are immortal.
                    write(thread, frame, pc, regs + a(word), constant(frame, consts, b(word)))

                case .loadInt:
                    write(thread, frame, pc, regs + a(word), Value(smallInt: wide(word)))

                case .undef:
                    let first = regs + a(word)
                    for i in 0..<b(word) { first[i] = .undefined }

                case .release:
                    frame.pointee.pc = pc
                    store(thread, regs + a(word), .undefined)

                case .checkLocal:
                    if regs[a(word)].isUndefined {
                        frame.pointee.pc = pc
                        thread.raiseUnbound(register: a(word))
                        break execute
                    }

                case .deleteLocal:
                    frame.pointee.pc = pc
                    if regs[a(word)].isUndefined {
                        thread.raiseUnbound(register: a(word))
                        break execute
                    }
                    store(thread, regs + a(word), .undefined)

                case .loadGlobal:
                    let namespace = frame.pointee.globals
                    var value = R.isFreeThreaded ? R.load(thread, namespace.pointee.values + b(word)) : namespace.pointee.values[b(word)]
                    if value.isUndefined {
                        // Builtins are immortal.
                        value = namespace.pointee.builtins[b(word)]
                        if value.isUndefined {
                            frame.pointee.pc = pc
                            thread.raiseUndefinedGlobal(namespace, b(word))
                            break execute
                        }
                    }
                    if !R.isFreeThreaded { R.incref(thread, value) }
                    write(thread, frame, pc, regs + a(word), value)

                case .storeGlobal:
                    let value = regs[a(word)]
                    if x(word) & Opcode.Flags.consumeA != 0 {
                        regs[a(word)] = .undefined
                    } else {
                        R.incref(thread, value)
                    }
                    let namespace = frame.pointee.globals
                    let old: Value
                    if R.isFreeThreaded {
                        old = thread.exchangeShared(namespace.pointee.values + b(word), value)
                    } else {
                        old = namespace.pointee.values[b(word)]
                        namespace.pointee.values[b(word)] = value
                    }
                    if old.isPointer {
                        frame.pointee.pc = pc
                        R.decref(thread, old)
                    } else if old.isUndefined {
                        frame.pointee.pc = pc
                        thread.noteGlobalDefined(namespace, b(word))
                    }

                case .deleteGlobal:
                    frame.pointee.pc = pc
                    if !thread.deleteGlobal(frame.pointee.globals, b(word)) { break execute }

                case .makeCell:
                    frame.pointee.pc = pc
                    if !thread.makeCell(regs + a(word)) { break execute }

                case .loadCell:
                    let value = load(thread, &regs[b(word)].cast(CellObject.self).pointee.content)
                    if value.isUndefined {
                        frame.pointee.pc = pc
                        thread.raiseUnbound(register: b(word))
                        break execute
                    }
                    frame.pointee.pc = pc
                    store(thread, regs + a(word), value)

                case .storeCell:
                    let value = regs[b(word)]
                    if x(word) & Opcode.Flags.consumeB != 0 {
                        regs[b(word)] = .undefined
                    } else {
                        R.incref(thread, value)
                    }
                    frame.pointee.pc = pc
                    assign(thread, regs[a(word)], value)

                case .deleteCell:
                    frame.pointee.pc = pc
                    let cell = regs[a(word)]
                    if thread.peek(&cell.cast(CellObject.self).pointee.content).isUndefined {
                        thread.raiseUnbound(register: a(word))
                        break execute
                    }
                    assign(thread, cell, .undefined)

                case .loadFree:
                    let cell = regs[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[b(word)]
                    let value = load(thread, &cell.cast(CellObject.self).pointee.content)
                    if value.isUndefined {
                        frame.pointee.pc = pc
                        thread.raiseUnboundFree(b(word))
                        break execute
                    }
                    frame.pointee.pc = pc
                    store(thread, regs + a(word), value)

                case .storeFree:
                    let value = regs[c(word)]
                    if x(word) & Opcode.Flags.consumeC != 0 {
                        regs[c(word)] = .undefined
                    } else {
                        R.incref(thread, value)
                    }
                    frame.pointee.pc = pc
                    let cell = regs[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[b(word)]
                    assign(thread, cell, value)

                case .deleteFree:
                    frame.pointee.pc = pc
                    let cell = regs[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[b(word)]
                    if thread.peek(&cell.cast(CellObject.self).pointee.content).isUndefined {
                        thread.raiseUnboundFree(b(word))
                        break execute
                    }
                    assign(thread, cell, .undefined)

                case .loadFreeCell:
                    let cell = regs[-1].cast(FunctionObject.self).pointee.closure.unsafelyUnwrapped[b(word)]
                    R.incref(thread, cell)
                    frame.pointee.pc = pc
                    store(thread, regs + a(word), cell)

                case .loadName:
                    frame.pointee.pc = pc
                    let value = thread.loadName(frame, b(word), global: c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .storeName:
                    frame.pointee.pc = pc
                    if !thread.storeName(frame, b(word), regs[a(word)]) { break execute }
                    if x(word) & Opcode.Flags.consumeA != 0 { store(thread, regs + a(word), .undefined) }

                case .deleteName:
                    frame.pointee.pc = pc
                    if !thread.deleteName(frame, b(word)) { break execute }

                case .loadNameOrFree:
                    frame.pointee.pc = pc
                    let value = thread.loadNameOrFree(frame, b(word), free: c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .add:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .add, FastArithmetic.add(regs[b(word)], right)) { break execute }
                case .addK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .add, FastArithmetic.add(regs[b(word)], right)) { break execute }
                case .sub:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .sub, FastArithmetic.sub(regs[b(word)], right)) { break execute }
                case .subK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .sub, FastArithmetic.sub(regs[b(word)], right)) { break execute }
                case .mul:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .mul, FastArithmetic.mul(regs[b(word)], right)) { break execute }
                case .mulK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .mul, FastArithmetic.mul(regs[b(word)], right)) { break execute }
                case .trueDiv:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .trueDiv, FastArithmetic.trueDiv(regs[b(word)], right)) { break execute }
                case .trueDivK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .trueDiv, FastArithmetic.trueDiv(regs[b(word)], right)) { break execute }
                case .floorDiv:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .floorDiv, FastArithmetic.floorDiv(regs[b(word)], right)) { break execute }
                case .floorDivK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .floorDiv, FastArithmetic.floorDiv(regs[b(word)], right)) { break execute }
                case .mod:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .mod, FastArithmetic.mod(regs[b(word)], right)) { break execute }
                case .modK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .mod, FastArithmetic.mod(regs[b(word)], right)) { break execute }
                case .lshift:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .lshift, FastArithmetic.lshift(regs[b(word)], right)) { break execute }
                case .lshiftK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .lshift, FastArithmetic.lshift(regs[b(word)], right)) { break execute }
                case .rshift:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .rshift, FastArithmetic.rshift(regs[b(word)], right)) { break execute }
                case .rshiftK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .rshift, FastArithmetic.rshift(regs[b(word)], right)) { break execute }
                case .and:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .and, FastArithmetic.and(regs[b(word)], right)) { break execute }
                case .andK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .and, FastArithmetic.and(regs[b(word)], right)) { break execute }
                case .or:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .or, FastArithmetic.or(regs[b(word)], right)) { break execute }
                case .orK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .or, FastArithmetic.or(regs[b(word)], right)) { break execute }
                case .xor:
                    let right = regs[c(word)]
                    if !arithmetic(thread, frame, pc, regs, word, right, .xor, FastArithmetic.xor(regs[b(word)], right)) { break execute }
                case .xorK:
                    let right = constant(frame, consts, c(word))
                    if !arithmetic(thread, frame, pc, regs, word, right, .xor, FastArithmetic.xor(regs[b(word)], right)) { break execute }
                case .pow:
                    if !arithmetic(thread, frame, pc, regs, word, regs[c(word)], .pow, .undefined) { break execute }
                case .powK:
                    if !arithmetic(thread, frame, pc, regs, word, constant(frame, consts, c(word)), .pow, .undefined) { break execute }
                case .matMul:
                    if !arithmetic(thread, frame, pc, regs, word, regs[c(word)], .matMul, .undefined) { break execute }

                case .lt:
                    if !comparison(thread, frame, pc, regs, word, .lt) { break execute }
                case .le:
                    if !comparison(thread, frame, pc, regs, word, .le) { break execute }
                case .eq:
                    if !comparison(thread, frame, pc, regs, word, .eq) { break execute }
                case .ne:
                    if !comparison(thread, frame, pc, regs, word, .ne) { break execute }
                case .gt:
                    if !comparison(thread, frame, pc, regs, word, .gt) { break execute }
                case .ge:
                    if !comparison(thread, frame, pc, regs, word, .ge) { break execute }

                // Spelled out, all 24: a function that sets `pc` makes the head of the loop another one, half as fast (docs/decisions/0021).
                case .jlt:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .lt)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jle:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .le)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jeq:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .eq)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jne:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .ne)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jgt:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .gt)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jge:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .ge)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jltK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .lt)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jleK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .le)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jeqK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .eq)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jneK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .ne)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jgtK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .gt)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jgeK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .ge)
                    if decided < 0 { break execute }
                    if decided > 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnlt:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .lt)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnle:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .le)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jneq:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .eq)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnne:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .ne)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jngt:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .gt)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnge:
                    let decided = decide(thread, frame, pc, regs, word, regs[b(word)], .ge)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnltK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .lt)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnleK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .le)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jneqK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .eq)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jnneK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .ne)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jngtK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .gt)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }
                case .jngeK:
                    let decided = decide(thread, frame, pc, regs, word, constant(frame, consts, b(word)), .ge)
                    if decided < 0 { break execute }
                    if decided == 0 {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }

                case .neg:
                    let value = regs[b(word)]
                    if value.isInt, let result = Value(fitting: 0 &- value.int) {
                        frame.pointee.pc = pc
                        store(thread, regs + a(word), result)
                    } else {
                        frame.pointee.pc = pc
                        if !thread.unarySlowly(.neg, regs, word) { break execute }
                    }

                case .pos:
                    frame.pointee.pc = pc
                    if !thread.unarySlowly(.pos, regs, word) { break execute }

                case .invert:
                    frame.pointee.pc = pc
                    if !thread.unarySlowly(.invert, regs, word) { break execute }

                case .not:
                    frame.pointee.pc = pc
                    let truth = thread.consumeTruth(regs + b(word), consume: x(word) & Opcode.Flags.consumeB != 0)
                    if truth < 0 { break execute }
                    store(thread, regs + a(word), Value(truth == 0))

                case .isSame, .isNotSame:
                    let same = thread.isSame(regs[b(word)], regs[c(word)])
                    frame.pointee.pc = pc
                    thread.consume(regs, word)
                    store(thread, regs + a(word), Value(same == (UInt8(truncatingIfNeeded: word) == Opcode.isSame.rawValue)))

                case .contains, .notContains:
                    frame.pointee.pc = pc
                    let found = thread.contains(regs[c(word)], regs[b(word)])
                    if found < 0 { break execute }
                    thread.consume(regs, word)
                    store(thread, regs + a(word), Value((found != 0) == (UInt8(truncatingIfNeeded: word) == Opcode.contains.rawValue)))

                case .jis, .jnis:
                    let same = thread.isSame(regs[a(word)], regs[b(word)])
                    if x(word) != 0 {
                        frame.pointee.pc = pc
                        thread.consumeJump(regs, word)
                    }
                    if same == (UInt8(truncatingIfNeeded: word) == Opcode.jis.rawValue) {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }

                case .jin, .jnin:
                    frame.pointee.pc = pc
                    let found = thread.contains(regs[b(word)], regs[a(word)])
                    if found < 0 { break execute }
                    if x(word) != 0 { thread.consumeJump(regs, word) }
                    if (found != 0) == (UInt8(truncatingIfNeeded: word) == Opcode.jin.rawValue) {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }

                case .jnone, .jnnone:
                    let isNone = regs[a(word)].isNone
                    if x(word) != 0 {
                        frame.pointee.pc = pc
                        store(thread, regs + a(word), .undefined)
                    }
                    if isNone == (UInt8(truncatingIfNeeded: word) == Opcode.jnone.rawValue) {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }

                case .jump:
                    state.pointee.executed.jump(wide(word))
                    pc += wide(word)

                case .jumpBack:
                    if isDue(state) {
                        frame.pointee.pc = pc
                        if !thread.checkpoint() { break execute }
                    }
                    state.pointee.executed.jump(wide(word))
                    pc += wide(word)

                case .jtrue, .jfalse:
                    let value = regs[a(word)]
                    var truth: Int32
                    if value.isBool {
                        truth = value.isTrue ? 1 : 0
                    } else {
                        frame.pointee.pc = pc
                        truth = thread.consumeTruth(regs + a(word), consume: x(word) & Opcode.Flags.consumeA != 0)
                        if truth < 0 { break execute }
                    }
                    if (truth != 0) == (UInt8(truncatingIfNeeded: word) == Opcode.jtrue.rawValue) {
                        if !backEdge(thread, frame, pc, word) { break execute }
                        pc += jump16(word)
                    }

                case .getAttr:
                    let receiver = regs[b(word)]
                    var cache = inlineCache(pc + 1)
                    if R.isFreeThreaded && receiver.isPointer && !isAlone(thread, receiver.object) {
                        let value = sharedSlot(thread, receiver, cache, frame.pointee.code.pointee.names[c(word)], pc + 1)
                        if value.isUndefined {
                            frame.pointee.pc = pc
                            if !thread.getAttributeSlowly(regs, word, pc + 1) { break execute }
                        } else {
                            if x(word) & Opcode.Flags.consumeB != 0 {
                                frame.pointee.pc = pc
                                regs[b(word)] = .undefined
                                R.decref(thread, receiver)
                            }
                            write(thread, frame, pc, regs + a(word), value)
                        }
                        state.pointee.executed.jump(1)
                        pc += 1
                        continue
                    }
                    if receiver.isPointer && receiver.object.pointee.shape != UInt32(truncatingIfNeeded: cache) {
                        cache = threadCache(state, receiver, frame.pointee.code.pointee.names[c(word)], pc + 1)
                    }
                    if receiver.isPointer && receiver.object.pointee.shape == UInt32(truncatingIfNeeded: cache)
                        && InlineCache.kind(cache) == InlineCache.inlineSlot {
                        let value = receiver.cast(InstanceObject.self).slots[InlineCache.index(cache)]
                        R.incref(thread, value)
                        if x(word) & Opcode.Flags.consumeB != 0 {
                            frame.pointee.pc = pc
                            regs[b(word)] = .undefined
                            R.decref(thread, receiver)
                        }
                        write(thread, frame, pc, regs + a(word), value)
                    } else {
                        frame.pointee.pc = pc
                        if !thread.getAttributeSlowly(regs, word, pc + 1) { break execute }
                    }
                    state.pointee.executed.jump(1)
                    pc += 1

                case .setAttr:
                    let receiver = regs[a(word)]
                    let cache = inlineCache(pc + 1)
                    if R.biasesLocks && receiver.isPointer {
                        frame.pointee.pc = pc
                        thread.shareForWriting(receiver.object)
                    }
                    if receiver.isPointer && shapeNumber(receiver) == UInt32(truncatingIfNeeded: cache)
                        && InlineCache.kind(cache) == InlineCache.inlineSlot {
                        let value = regs[b(word)]
                        if x(word) & Opcode.Flags.consumeB != 0 {
                            regs[b(word)] = .undefined
                        } else {
                            R.incref(thread, value)
                        }
                        let place = receiver.cast(InstanceObject.self).slots + InlineCache.index(cache)
                        let old: Value
                        if R.isFreeThreaded {
                            old = exchangeFreely(thread, receiver.object, place, value)
                            if shapeNumber(receiver) != UInt32(truncatingIfNeeded: cache) {
                                frame.pointee.pc = pc
                                thread.moveLateWrite(receiver.cast(InstanceObject.self), UInt32(truncatingIfNeeded: cache), InlineCache.index(cache))
                            }
                        } else {
                            old = place.pointee
                            place.pointee = value
                        }
                        if old.isPointer {
                            frame.pointee.pc = pc
                            R.decref(thread, old)
                        }
                        if x(word) & Opcode.Flags.consumeA != 0 {
                            frame.pointee.pc = pc
                            store(thread, regs + a(word), .undefined)
                        }
                    } else {
                        frame.pointee.pc = pc
                        if !thread.setAttributeSlowly(regs, word, pc + 1) { break execute }
                    }
                    state.pointee.executed.jump(1)
                    pc += 1

                case .deleteAttr:
                    frame.pointee.pc = pc
                    if !thread.deleteAttribute(regs[a(word)], name: frame.pointee.code.pointee.names[c(word)]) { break execute }
                    if x(word) & Opcode.Flags.consumeA != 0 { store(thread, regs + a(word), .undefined) }

                case .getItem:
                    let container = regs[b(word)]
                    let key = regs[c(word)]
                    if container.isPointer && key.isInt {
                        let shape = container.object.pointee.shape
                        if R.isFreeThreaded && shape == BuiltinShape.list.rawValue && !isAlone(thread, container.object) {
                            frame.pointee.pc = pc
                            let value = thread.listItem(container.cast(ListObject.self), key.int)
                            if !value.isUndefined {
                                if x(word) & Opcode.Flags.consumeB != 0 { store(thread, regs + b(word), .undefined) }
                                store(thread, regs + a(word), value)
                                continue
                            }
                        } else if shape == BuiltinShape.list.rawValue {
                            let list = container.cast(ListObject.self)
                            var index = key.int
                            if index < 0 { index &+= list.pointee.count }
                            if UInt(bitPattern: index) < UInt(bitPattern: list.pointee.count) {
                                let value = list.pointee.items.unsafelyUnwrapped[index]
                                R.incref(thread, value)
                                if x(word) & Opcode.Flags.consumeB != 0 {
                                    frame.pointee.pc = pc
                                    regs[b(word)] = .undefined
                                    R.decref(thread, container)
                                }
                                write(thread, frame, pc, regs + a(word), value)
                                continue
                            }
                        } else if shape == BuiltinShape.tuple.rawValue {
                            let tuple = container.cast(TupleObject.self)
                            let index = key.int
                            if UInt(bitPattern: index) < UInt(bitPattern: tuple.pointee.count) {
                                let value = tuple.items[index]
                                R.incref(thread, value)
                                if x(word) & Opcode.Flags.consumeB != 0 {
                                    frame.pointee.pc = pc
                                    regs[b(word)] = .undefined
                                    R.decref(thread, container)
                                }
                                write(thread, frame, pc, regs + a(word), value)
                                continue
                            }
                        }
                    }
                    frame.pointee.pc = pc
                    if !thread.getItemSlowly(regs, word, key) { break execute }

                case .getItemK:
                    let container = regs[b(word)]
                    let key = constant(frame, consts, c(word))
                    if R.isFreeThreaded && container.isPointer && !isAlone(thread, container.object) {
                        if key.isInt && container.hasShape(.list) {
                            frame.pointee.pc = pc
                            let value = thread.listItem(container.cast(ListObject.self), key.int)
                            if !value.isUndefined {
                                if x(word) & Opcode.Flags.consumeB != 0 { store(thread, regs + b(word), .undefined) }
                                store(thread, regs + a(word), value)
                                continue
                            }
                        }
                    } else if container.isPointer && key.isInt && container.object.pointee.shape == BuiltinShape.list.rawValue {
                        let list = container.cast(ListObject.self)
                        var index = key.int
                        if index < 0 { index &+= list.pointee.count }
                        if UInt(bitPattern: index) < UInt(bitPattern: list.pointee.count) {
                            let value = list.pointee.items.unsafelyUnwrapped[index]
                            R.incref(thread, value)
                            if x(word) & Opcode.Flags.consumeB != 0 {
                                frame.pointee.pc = pc
                                regs[b(word)] = .undefined
                                R.decref(thread, container)
                            }
                            write(thread, frame, pc, regs + a(word), value)
                            continue
                        }
                    }
                    frame.pointee.pc = pc
                    if !thread.getItemSlowly(regs, word & ~(UInt64(Opcode.Flags.consumeC) << 8), key) { break execute }

                case .setItem:
                    let container = regs[a(word)]
                    let key = regs[b(word)]
                    if R.isFreeThreaded && container.isPointer && !isAlone(thread, container.object) {
                        if key.isInt && container.hasShape(.list) {
                            frame.pointee.pc = pc
                            let value = regs[c(word)]
                            R.incref(thread, value)
                            let old = thread.listExchange(container.cast(ListObject.self), key.int, value)
                            if !old.isUndefined {
                                R.decref(thread, old)
                                if x(word) & Opcode.Flags.consumeC != 0 { store(thread, regs + c(word), .undefined) }
                                if x(word) & Opcode.Flags.consumeA != 0 { store(thread, regs + a(word), .undefined) }
                                continue
                            }
                            R.decref(thread, value)
                        }
                    } else if key.isInt && container.isPointer && container.object.pointee.shape == BuiltinShape.list.rawValue {
                        let list = container.cast(ListObject.self)
                        var index = key.int
                        if index < 0 { index &+= list.pointee.count }
                        if UInt(bitPattern: index) < UInt(bitPattern: list.pointee.count) {
                            let value = regs[c(word)]
                            if x(word) & Opcode.Flags.consumeC != 0 {
                                regs[c(word)] = .undefined
                            } else {
                                R.incref(thread, value)
                            }
                            let place = list.pointee.items.unsafelyUnwrapped + index
                            let old = place.pointee
                            place.pointee = value
                            if old.isPointer {
                                frame.pointee.pc = pc
                                R.decref(thread, old)
                            }
                            if x(word) & Opcode.Flags.consumeA != 0 {
                                frame.pointee.pc = pc
                                store(thread, regs + a(word), .undefined)
                            }
                            continue
                        }
                    }
                    frame.pointee.pc = pc
                    if !thread.setItemSlowly(regs, word) { break execute }

                case .deleteItem:
                    frame.pointee.pc = pc
                    if !thread.deleteItem(regs[a(word)], regs[b(word)]) { break execute }
                    thread.consumeJump(regs, word)

                case .getSlice:
                    frame.pointee.pc = pc
                    if !thread.getSliceSlowly(regs, word) { break execute }

                case .setSlice:
                    frame.pointee.pc = pc
                    if !thread.setSliceSlowly(regs, word) { break execute }

                case .deleteSlice:
                    frame.pointee.pc = pc
                    if !thread.deleteSliceSlowly(regs, word) { break execute }

                case .buildSlice:
                    frame.pointee.pc = pc
                    let value = thread.buildSlice(regs + b(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildList:
                    frame.pointee.pc = pc
                    let value = thread.buildList(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildTuple:
                    frame.pointee.pc = pc
                    let value = thread.buildTuple(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildSet:
                    frame.pointee.pc = pc
                    let value = thread.buildSet(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildMap:
                    frame.pointee.pc = pc
                    let value = thread.buildMap(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildString:
                    frame.pointee.pc = pc
                    let value = thread.buildString(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .listAppend:
                    let value = regs[b(word)]
                    if x(word) & Opcode.Flags.consumeB != 0 {
                        regs[b(word)] = .undefined
                    } else {
                        R.incref(thread, value)
                    }
                    let list = regs[a(word)].cast(ListObject.self)
                    if list.pointee.count < list.pointee.capacity {
                        list.pointee.items.unsafelyUnwrapped[list.pointee.count] = value
                        list.pointee.count = list.pointee.count &+ 1
                    } else {
                        frame.pointee.pc = pc
                        if !thread.append(list, value) { break execute }
                    }

                case .setAdd:
                    frame.pointee.pc = pc
                    if !thread.setAddSlowly(regs, word) { break execute }

                case .mapAdd:
                    frame.pointee.pc = pc
                    if !thread.mapAddSlowly(regs, word) { break execute }

                case .listExtend:
                    frame.pointee.pc = pc
                    if !thread.listExtendSlowly(regs, word) { break execute }

                case .setUpdate:
                    frame.pointee.pc = pc
                    if !thread.setUpdateSlowly(regs, word) { break execute }

                case .dictUpdate:
                    frame.pointee.pc = pc
                    if !thread.dictUpdateSlowly(regs, word) { break execute }

                case .dictMerge:
                    frame.pointee.pc = pc
                    if !thread.dictMergeSlowly(regs, word) { break execute }

                case .listToTuple:
                    frame.pointee.pc = pc
                    let value = thread.listToTuple(regs + b(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .unpack:
                    frame.pointee.pc = pc
                    if !thread.unpack(regs, word) { break execute }

                case .unpackEx:
                    frame.pointee.pc = pc
                    if !thread.unpackWithStar(regs, word) { break execute }

                case .formatValue:
                    frame.pointee.pc = pc
                    if !thread.formatValueSlowly(regs, word) { break execute }

                case .getIter:
                    frame.pointee.pc = pc
                    let iterator = thread.iterator(regs[b(word)])
                    if iterator.isUndefined { break execute }
                    if x(word) & Opcode.Flags.consumeB != 0 { store(thread, regs + b(word), .undefined) }
                    store(thread, regs + a(word), iterator)

                case .forIter:
                    let iterator = regs[b(word)]
                    var value: Value
                    let shape = iterator.object.pointee.shape
                    let state_ = iterator.cast(IteratorObject.self)
                    let isShared = R.isFreeThreaded && !isAlone(thread, iterator.object)
                    let isUnique = isShared && thread.isUniquelyReferenced(iterator.object)
                    if isShared && !isUnique {
                        // Other threads may take steps of it.
                        frame.pointee.pc = pc
                        value = thread.next(iterator)
                        if value.isUndefined && thread.isRaising { break execute }
                    } else if shape == BuiltinShape.rangeIterator.rawValue {
                        if state_.pointee.limit > 0 {
                            state_.pointee.limit = state_.pointee.limit &- 1
                            let position = state_.pointee.position
                            state_.pointee.position = position &+ state_.pointee.index
                            value = Value(smallInt: position)
                        } else {
                            value = .undefined
                        }
                    } else if shape == BuiltinShape.listIterator.rawValue, state_.pointee.source.isPointer, isAlone(thread, state_.pointee.source.object),
                        state_.pointee.position < state_.pointee.source.cast(ListObject.self).pointee.count {
                        value = state_.pointee.source.cast(ListObject.self).pointee.items.unsafelyUnwrapped[state_.pointee.position]
                        state_.pointee.position = state_.pointee.position &+ 1
                        R.incref(thread, value)
                    } else if shape == BuiltinShape.tupleIterator.rawValue, state_.pointee.source.isPointer,
                        state_.pointee.position < state_.pointee.source.cast(TupleObject.self).pointee.count {
                        value = state_.pointee.source.cast(TupleObject.self).items[state_.pointee.position]
                        state_.pointee.position = state_.pointee.position &+ 1
                        R.incref(thread, value)
                    } else if isUnique && shape == BuiltinShape.listIterator.rawValue {
                        frame.pointee.pc = pc
                        value = thread.nextOfPrivateListIterator(state_)
                    } else {
                        frame.pointee.pc = pc
                        value = thread.next(iterator)
                        if value.isUndefined && thread.isRaising { break execute }
                    }
                    if value.isUndefined {
                        frame.pointee.pc = pc
                        store(thread, regs + b(word), .undefined)
                    } else {
                        write(thread, frame, pc, regs + a(word), value)
                        if isDue(state) {
                            frame.pointee.pc = pc
                            if !thread.checkpoint() { break execute }
                        }
                        state.pointee.executed.jump(jump16(word))
                        pc += jump16(word)
                    }

                case .callLocal:
                    // The local holds its reference while it is called: only its frame writes it.
                    let callee = regs[Int(x(word))]
                    let base = regs + b(word)
                    assert(!base.pointee.isPointer, "a new temporary holds an object")
                    if callee.isPointer && callee.object.pointee.shape == BuiltinShape.native.rawValue {
                        let native = callee.cast(NativeFunctionObject.self)
                        let count = c(word)
                        if native.isPlain(with: count) {
                            frame.pointee.pc = pc
                            base.pointee = callee
                            let result = R.isFreeThreaded
                                ? thread.invoke(native, base + 1, count, .undefined) : native.pointee.function(thread, base + 1, count, .undefined)
                            base.pointee = .undefined
                            if result.isUndefined { break execute }
                            releaseArguments(thread, base, count)
                            deliver(thread, frame, &pc, word, regs + a(word), result)
                            if isDue(state) && !thread.checkpoint() { break execute }
                            continue
                        }
                    }
                    R.incref(thread, callee)
                    base.pointee = callee
                    fallthrough

                case .call:
                    let base = regs + b(word)
                    let callee = base.pointee
                    frame.pointee.pc = pc
                    if callee.isPointer {
                        let shape = callee.object.pointee.shape
                        if shape == BuiltinShape.function.rawValue {
                            let code = callee.cast(FunctionObject.self).pointee.code
                            if code.pointee.isSimple && code.pointee.positionalCount == c(word) {
                                let next = frame + 1
                                let window = base + 1
                                if next >= state.pointee.frameLimit || window + code.pointee.registerCount >= state.pointee.registerLimit {
                                    if !thread.makeRoom(window, code) { break execute }
                                }
                                next.initialize(
                                    to: Frame(
                                        code: code, pc: code.pointee.words, registers: window, destination: regs + a(word), resume: pc + 1,
                                        globals: callee.cast(FunctionObject.self).pointee.globals.cast(NamespaceObject.self), namespace: .undefined, flags: 0))
                                state.pointee.frame = next
                                frame = next
                                regs = window
                                state.pointee.executed.go(from: pc, to: code.pointee.words)
                                pc = code.pointee.words - 1
                                if R.isFreeThreaded { consts = code.pointee.constants }
                                if isDue(state) && !thread.checkpoint() { break execute }
                                continue
                            }
                        } else if shape == BuiltinShape.native.rawValue {
                            let native = callee.cast(NativeFunctionObject.self)
                            let count = c(word)
                            if native.isPlain(with: count) {
                                let result = R.isFreeThreaded
                                    ? thread.invoke(native, base + 1, count, .undefined) : native.pointee.function(thread, base + 1, count, .undefined)
                                if result.isUndefined { break execute }
                                releaseArguments(thread, base, count)
                                base.pointee = .undefined
                                R.decref(thread, callee)
                                deliver(thread, frame, &pc, word, regs + a(word), result)
                                if isDue(state) && !thread.checkpoint() { break execute }
                                continue
                            }
                        }
                    }
                    let result = thread.callSlowly(base, c(word), keywordNames: .undefined, destination: regs + a(word), resume: pc + 1)
                    if result == .framePushed {
                        frame = state.pointee.frame
                        regs = frame.pointee.registers
                        if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
                        state.pointee.executed.go(from: pc, to: frame.pointee.pc)
                        pc = frame.pointee.pc - 1
                        if isDue(state) && !thread.checkpoint() { break execute }
                        continue
                    }
                    if result.isUndefined { break execute }
                    store(thread, regs + a(word), result)
                    if isDue(state) && !thread.checkpoint() { break execute }

                case .callKw:
                    frame.pointee.pc = pc
                    let result = thread.callSlowly(
                        regs + b(word), c(word), keywordNames: constant(frame, consts, Int(truncatingIfNeeded: pc[1])), destination: regs + a(word), resume: pc + 2)
                    if result == .framePushed {
                        frame = state.pointee.frame
                        regs = frame.pointee.registers
                        if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
                        state.pointee.executed.go(from: pc, to: frame.pointee.pc)
                        pc = frame.pointee.pc - 1
                        if isDue(state) && !thread.checkpoint() { break execute }
                        continue
                    }
                    if result.isUndefined { break execute }
                    store(thread, regs + a(word), result)
                    if isDue(state) && !thread.checkpoint() { break execute }
                    state.pointee.executed.jump(1)
                    pc += 1

                case .callEx:
                    frame.pointee.pc = pc
                    let result = thread.callWithUnpacking(regs + b(word), hasKeywords: x(word) & Opcode.Flags.hasKeywords != 0)
                    if result.isUndefined { break execute }
                    store(thread, regs + a(word), result)
                    if isDue(state) && !thread.checkpoint() { break execute }

                case .callMethod:
                    let base = regs + b(word)
                    let receiver = base[1]
                    var cache = inlineCache(pc + 1)
                    frame.pointee.pc = pc
                    if receiver.isPointer && shapeNumber(receiver) != UInt32(truncatingIfNeeded: cache) {
                        cache = threadCache(state, receiver, frame.pointee.code.pointee.names[c(word)], pc + 1)
                    }
                    var count = Int(x(word))
                    if receiver.isPointer && shapeNumber(receiver) == UInt32(truncatingIfNeeded: cache)
                        && InlineCache.kind(cache) == InlineCache.method {
                        let type = state.pointee.shapes[Int(UInt32(truncatingIfNeeded: cache))].unsafelyUnwrapped.pointee.type
                        // Counted where another thread may rebind the name: by the register window, if it becomes a frame's.
                        let callee = R.isFreeThreaded
                            ? loadShared(thread, type.lookup, at: InlineCache.index(cache)) : type.lookup.place(at: InlineCache.index(cache)).pointee
                        count &+= 1
                        if callee.isPointer {
                            let shape = callee.object.pointee.shape
                            if shape == BuiltinShape.function.rawValue {
                                let code = callee.cast(FunctionObject.self).pointee.code
                                if code.pointee.isSimple && code.pointee.positionalCount == count {
                                    let next = frame + 1
                                    let window = base + 1
                                    if next >= state.pointee.frameLimit || window + code.pointee.registerCount >= state.pointee.registerLimit {
                                        if !thread.makeRoom(window, code) {
                                            if R.isFreeThreaded { R.decref(thread, callee) }
                                            break execute
                                        }
                                    }
                                    if !R.isFreeThreaded { R.incref(thread, callee) }
                                    base.pointee = callee
                                    next.initialize(
                                        to: Frame(
                                            code: code, pc: code.pointee.words, registers: window, destination: regs + a(word), resume: pc + 2,
                                            globals: callee.cast(FunctionObject.self).pointee.globals.cast(NamespaceObject.self), namespace: .undefined, flags: 0))
                                    state.pointee.frame = next
                                    frame = next
                                    regs = window
                                    state.pointee.executed.go(from: pc, to: code.pointee.words)
                                    pc = code.pointee.words - 1
                                    if R.isFreeThreaded { consts = code.pointee.constants }
                                    if isDue(state) && !thread.checkpoint() { break execute }
                                    continue
                                }
                            } else if shape == BuiltinShape.native.rawValue {
                                let native = callee.cast(NativeFunctionObject.self)
                                if count >= Int(native.pointee.minimum) && count <= Int(native.pointee.maximum) {
                                    let result = R.isFreeThreaded
                                        ? thread.invoke(native, base + 1, count, .undefined) : native.pointee.function(thread, base + 1, count, .undefined)
                                    if result.isUndefined { break execute }
                                    releaseArguments(thread, base, count)
                                    if isReleasedNext(word, (pc + 2).pointee) {
                                        state.pointee.executed.jump(1)
                                        pc += 2
                                        state.pointee.executed.two()
                                        releaseResult(thread, frame, pc, regs + a(word), result)
                                        if isDue(state) && !thread.checkpoint() { break execute }
                                        continue
                                    }
                                    store(thread, regs + a(word), result)
                                    if isDue(state) && !thread.checkpoint() { break execute }
                                    state.pointee.executed.jump(1)
                                    pc += 1
                                    continue
                                }
                            }
                            // It is looked up again.
                            if R.isFreeThreaded { R.decref(thread, callee) }
                        }
                    }
                    let result = thread.callMethodSlowly(base, Int(x(word)), pc, destination: regs + a(word))
                    if result == .framePushed {
                        frame = state.pointee.frame
                        regs = frame.pointee.registers
                        if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
                        state.pointee.executed.go(from: pc, to: frame.pointee.pc)
                        pc = frame.pointee.pc - 1
                        if isDue(state) && !thread.checkpoint() { break execute }
                        continue
                    }
                    if result.isUndefined { break execute }
                    store(thread, regs + a(word), result)
                    if isDue(state) && !thread.checkpoint() { break execute }
                    state.pointee.executed.jump(1)
                    pc += 1

                case .loadMethod:
                    frame.pointee.pc = pc
                    if !thread.loadMethod(regs + a(word), frame.pointee.code.pointee.names[c(word)], pc + 1) { break execute }
                    state.pointee.executed.jump(1)
                    pc += 1

                case .callLoaded:
                    frame.pointee.pc = pc
                    let base = regs + b(word)
                    var count = c(word)
                    if base[1].isUndefined {
                        thread.shiftArguments(base, count)
                    } else {
                        count &+= 1
                    }
                    let result = thread.callSlowly(base, count, keywordNames: .undefined, destination: regs + a(word), resume: pc + 1)
                    if result == .framePushed {
                        frame = state.pointee.frame
                        regs = frame.pointee.registers
                        if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
                        state.pointee.executed.go(from: pc, to: frame.pointee.pc)
                        pc = frame.pointee.pc - 1
                        if isDue(state) && !thread.checkpoint() { break execute }
                        continue
                    }
                    if result.isUndefined { break execute }
                    store(thread, regs + a(word), result)
                    if isDue(state) && !thread.checkpoint() { break execute }

                case .ret, .retNone:
                    frame.pointee.pc = pc
                    var result: Value
                    if UInt8(truncatingIfNeeded: word) == Opcode.ret.rawValue {
                        result = regs[a(word)]
                        regs[a(word)] = .undefined
                    } else {
                        result = .none
                    }
                    var i = 0
                    let locals = frame.pointee.code.pointee.localCount
                    while i < locals {
                        let value = regs[i]
                        if value.isPointer {
                            regs[i] = .undefined
                            R.decref(thread, value)
                        }
                        i &+= 1
                    }
                    let flags = frame.pointee.flags
                    if flags != 0 {
                        if flags & Frame.constructor != 0 {
                            result = thread.finishConstructor(regs, result)
                            if result.isUndefined { break execute }
                        }
                        if flags & Frame.ownsNamespace != 0 { thread.clear(&frame.pointee.namespace) }
                    }
                    let function = regs[-1]
                    regs[-1] = .undefined
                    R.decref(thread, function)
                    let destination = frame.pointee.destination
                    let resume = frame.pointee.resume
                    frame -= 1
                    state.pointee.frame = frame
                    if flags & Frame.entry != 0 {
                        state.pointee.executed.flush(at: pc + 1, into: &state.pointee.instructions)
                        state.pointee.executed = executedOutside
                        return result
                    }
                    state.pointee.executed.go(from: pc, to: resume)
                    pc = resume - 1
                    regs = frame.pointee.registers
                    if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
                    let old = destination.pointee
                    destination.pointee = result
                    if old.isPointer { R.decref(thread, old) }

                case .makeFunction:
                    frame.pointee.pc = pc
                    let value = thread.makeFunction(frame, word)
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .buildClass:
                    frame.pointee.pc = pc
                    let value = thread.buildClass(regs + b(word), c(word))
                    if value.isUndefined { break execute }
                    store(thread, regs + a(word), value)

                case .raise:
                    frame.pointee.pc = pc
                    thread.raiseStatement(regs[a(word)], cause: .undefined)
                    if x(word) & Opcode.Flags.consumeA != 0 { store(thread, regs + a(word), .undefined) }
                    break execute

                case .raiseFrom:
                    frame.pointee.pc = pc
                    thread.raiseStatement(regs[a(word)], cause: regs[b(word)])
                    thread.consumeJump(regs, word)
                    break execute

                case .raiseActive:
                    frame.pointee.pc = pc
                    reraising = thread.raiseActive()
                    break execute

                case .reraise:
                    frame.pointee.pc = pc
                    let exception = regs[a(word)]
                    regs[a(word)] = .undefined
                    store(thread, &state.pointee.exception, exception)
                    reraising = true
                    break execute

                case .excEnter:
                    let exception = state.pointee.exception
                    state.pointee.exception = .undefined
                    regs[a(word)] = state.pointee.handled
                    regs[a(word) &+ 1] = exception
                    R.incref(thread, exception)
                    state.pointee.handled = exception

                case .excLeave:
                    frame.pointee.pc = pc
                    let handled = state.pointee.handled
                    state.pointee.handled = regs[a(word)]
                    regs[a(word)] = .undefined
                    store(thread, regs + (a(word) &+ 1), .undefined)
                    if !thread.isUniquelyReferenced(handled.object) { thread.keepFrame(frame, of: handled) }
                    R.decref(thread, handled)

                case .keepLocals:
                    if frame.pointee.flags & Frame.traced != 0 {
                        frame.pointee.pc = pc
                        thread.moveLocals(frame, returning: a(word))
                    }

                case .excMatch:
                    frame.pointee.pc = pc
                    let matches = thread.exceptionMatches(regs[a(word)], regs[b(word)])
                    if x(word) & Opcode.Flags.consumeB != 0 { store(thread, regs + b(word), .undefined) }
                    if matches < 0 { break execute }
                    if matches == 0 {
                        state.pointee.executed.jump(jump16(word))
                        pc += jump16(word)
                    }

                case .loadAssertionError:
                    frame.pointee.pc = pc
                    store(thread, regs + a(word), Value(pointer: thread.heap.pointee.types[.assertionError]))

                case .withEnter:
                    frame.pointee.pc = pc
                    if !thread.withEnter(regs, word) { break execute }

                case .withExit:
                    frame.pointee.pc = pc
                    if !thread.withExit(regs, word) { break execute }

                case .importName:
                    frame.pointee.pc = pc
                    let module = thread.importModule(frame.pointee.code.pointee.names[b(word)])
                    if module.isUndefined { break execute }
                    store(thread, regs + a(word), module)

                case .importFrom:
                    frame.pointee.pc = pc
                    let value = thread.importFrom(regs[b(word)], name: frame.pointee.code.pointee.names[c(word)])
                    if value.isUndefined { break execute }
                    if x(word) & Opcode.Flags.consumeB != 0 { store(thread, regs + b(word), .undefined) }
                    store(thread, regs + a(word), value)

                case .invalid:
                    fatalError("gild: the interpreter reached an instruction that no compiler emits")
                }
            }

            // An exception is set.
            if !thread.unwind(reraising: reraising) {
                state.pointee.executed.flush(at: pc + 1, into: &state.pointee.instructions)
                state.pointee.executed = executedOutside
                return .undefined
            }
            reraising = false
            frame = state.pointee.frame
            state.pointee.executed.go(from: pc, to: frame.pointee.pc)
            pc = frame.pointee.pc - 1
            regs = frame.pointee.registers
            if R.isFreeThreaded { consts = frame.pointee.code.pointee.constants }
        }
    }
}
