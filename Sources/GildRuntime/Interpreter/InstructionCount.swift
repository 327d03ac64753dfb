// How many instructions the run loop has executed, known without counting them.
//
// Algorithm. Code is an array of words of eight bytes, and nearly every instruction is one word. Along a straight line the address
// of the next instruction grows by eight with each instruction, so the address counts. The invariant, where `pc` is the instruction to be
// executed next:
//
//     8 × instructions executed since the last flush = pc + correction        (mod 2^64)
//
// `pc += 1` keeps it and costs nothing. Every other change of `pc` (a taken jump, a call, a return, an instruction with extra words, a
// handler) adds to `correction` what the address does not tell: `go`. So a loop pays one subtraction for each iteration, a call two
// additions, and the count is exact, not sampled.
//
// **Flush.** The count goes into the thread's counter where somebody may read it: at a checkpoint whose eval breaker is set, and where the run
// loop ends. In the middle of an instruction that one is not in it; it is counted when the loop leaves it.
//
// **Check.** A debug build counts one by one as well and compares before every instruction, so a change of `pc` that forgets `go` stops the
// first test that passes it.
//
// Owner thread only: a local of the run loop.

struct InstructionCount {
    private var correction: UInt64 = 0
    #if DEBUG
        private var counted: UInt64 = 0
    #endif

    @inline(__always) private static func address(_ pc: UnsafeMutablePointer<UInt64>) -> UInt64 { UInt64(UInt(bitPattern: pc)) }

    /// - Parameter pc: the first instruction.
    @inline(__always) init(startingAt pc: UnsafeMutablePointer<UInt64>) {
        #if !GILD_UNMEASURED
            correction = 0 &- InstructionCount.address(pc)
        #endif
    }

    /// The instruction at `pc` is executed, and the next one is at `target`, which need not be the next word.
    @inline(__always) mutating func go(from pc: UnsafeMutablePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>) {
        #if !GILD_UNMEASURED
            correction &+= InstructionCount.address(pc + 1) &- InstructionCount.address(target)
        #endif
    }

    /// The instruction at `pc` was not executed after all, and `go(from: pc, …)` is about to be called.
    @inline(__always) mutating func takeBack() {
        #if !GILD_UNMEASURED
            correction &-= 8
        #endif
    }

    /// Add what was executed before `pc` to the thread's counter.
    @inline(__always) mutating func flush(at pc: UnsafeMutablePointer<UInt64>, into counter: inout UInt64) {
        #if !GILD_UNMEASURED
            let executed = (correction &+ InstructionCount.address(pc)) >> 3
            counter &+= executed
            correction = 0 &- InstructionCount.address(pc)
            #if DEBUG
                counted &-= executed
            #endif
        #endif
    }

    /// The instruction at `pc` is about to be executed.
    @inline(__always) mutating func check(at pc: UnsafeMutablePointer<UInt64>) {
        #if DEBUG && !GILD_UNMEASURED
            let executed = (correction &+ InstructionCount.address(pc)) >> 3
            if executed != counted { fatalError("the run loop has executed \(counted) instructions since the last flush and its address says \(executed)") }
            counted &+= 1
        #endif
    }
}
