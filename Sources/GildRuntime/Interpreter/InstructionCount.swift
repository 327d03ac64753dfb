// How many instructions the run loop has executed, known without counting them.
//
// Algorithm. Code is an array of words, and nearly every instruction is one word. Along a straight line the address of the next instruction
// grows by one word with each instruction, so the address counts. The invariant, where `pc` is the instruction to be executed next:
//
//     instructions executed since the last flush = pc in words + correction        (mod 2^64)
//
// `pc += 1` keeps it and costs nothing. Every other change of `pc` (a taken jump, a call, a return, an instruction with extra words, a
// handler) adds to `correction` what the address does not tell: `jump` and `go`. So a loop pays one subtraction for each jump that it takes,
// and the count is exact, not sampled.
//
// **Where it lives.** In the thread's state, not in a local of the run loop: a local would take a register from the loop for every instruction,
// here it costs where it changes. A run loop that a native enters puts the correction of the one outside aside until it ends.
//
// **Flush.** The count goes into the thread's counter where somebody may read it: at a checkpoint whose eval breaker is set, and where a run
// loop ends. In the middle of an instruction that one is not in it; it is counted when the loop leaves it.
//
// **Check.** A debug build counts one by one as well and compares before every instruction, so a change of `pc` that forgets `go` stops the
// first test that passes it.
//
// Owner thread only.

struct InstructionCount {
    /// In words.
    private var correction: UInt64 = 0
    #if DEBUG
        private var counted: UInt64 = 0
    #endif

    @inline(__always) private static func words(_ pc: UnsafeMutablePointer<UInt64>) -> UInt64 { UInt64(UInt(bitPattern: pc)) >> 3 }

    @inline(__always) init() {}

    /// - Parameter pc: the first instruction.
    @inline(__always) init(startingAt pc: UnsafeMutablePointer<UInt64>) {
        #if !GILD_UNMEASURED
            correction = 0 &- InstructionCount.words(pc)
        #endif
    }

    /// An instruction is executed, and the next one is so many words after its first word's end: a jump's distance, or its extra words.
    @inline(__always) mutating func jump(_ words: Int) {
        #if !GILD_UNMEASURED
            correction &-= UInt64(bitPattern: Int64(words))
        #endif
    }

    /// The instruction at `pc` is executed, and the next one is at `target`, anywhere.
    @inline(__always) mutating func go(from pc: UnsafeMutablePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>) {
        #if !GILD_UNMEASURED
            correction &+= UInt64(bitPattern: Int64(Int(bitPattern: pc + 1) &- Int(bitPattern: target)) >> 3)
        #endif
    }

    /// The instruction at `pc` was not executed after all, and `go(from: pc, …)` is about to be called.
    @inline(__always) mutating func takeBack() {
        #if !GILD_UNMEASURED
            correction &-= 1
        #endif
    }

    /// The instruction before the one at hand has been executed, and this one with it.
    @inline(__always) mutating func two() {
        #if DEBUG && !GILD_UNMEASURED
            counted &+= 1
        #endif
    }

    /// Add what was executed before `pc` to the thread's counter.
    @inline(__always) mutating func flush(at pc: UnsafeMutablePointer<UInt64>, into counter: inout UInt64) {
        #if !GILD_UNMEASURED
            let executed = correction &+ InstructionCount.words(pc)
            counter &+= executed
            correction = 0 &- InstructionCount.words(pc)
            #if DEBUG
                counted &-= executed
            #endif
        #endif
    }

    /// The instruction at `pc` is about to be executed.
    @inline(__always) mutating func check(at pc: UnsafeMutablePointer<UInt64>) {
        #if DEBUG && !GILD_UNMEASURED
            let executed = correction &+ InstructionCount.words(pc)
            if executed != counted { fatalError("the run loop has executed \(counted) instructions since the last flush, its address says \(executed)") }
            counted &+= 1
        #endif
    }
}
