// The run loop derives the number of executed instructions from where it is; the numbers here are counted by hand from `gild disassemble`.

import GildReport
import GildSession
import Testing

@Suite struct InstructionCountTests {
    private func instructions(_ source: String, _ regime: RegimeName, _ stress: RunOptions.Stress = []) throws -> Int {
        var options = RunOptions()
        options.regime = regime
        options.stress = stress
        let outcome = try runScript(.source(text: Array(source.utf8), name: "count.py"), options: options)
        #expect(outcome.exitStatus == 0)
        return outcome.report.threads.reduce(0) { $0 + $1.instructions }
    }

    /// Everything that takes the loop to another place than the next word: jumps, calls of every kind, extra words, handlers, and a native that
    /// calls back.
    private func program(_ rounds: Int) -> String {
        """
        class Box:
            def get(self):
                return self.value

        def add(a, b=1):
            return a + b

        def work(n):
            box = Box()
            box.value = 1
            i = 0
            while i < n:                    # 1
                i += 1                      # 1
                add(i)                      # 4 + 2 in add
                add(i, b=2)                 # 5 + 2
                box.get()                   # 3 + 2 in get
                box.value = i               # 1
                try:
                    add(i, None)            # 4 + 1: the addition raises
                except TypeError:
                    pass                    # 5
                sorted([2, 1], key=add)     # 7 + 2 for each of two items
        work(\(rounds))
        """
    }

    @Test(arguments: RegimeName.allCases)
    func everyRoundHasItsInstructions(_ regime: RegimeName) throws {
        let none = try instructions(program(0), regime)
        // A round, and the jump to the loop's end.
        #expect(try instructions(program(1), regime) == none + 42)
        #expect(try instructions(program(100), regime) == none + 4200)
    }

    /// At every checkpoint the count is handed over and begins anew.
    @Test(arguments: RegimeName.allCases)
    func checkpointsDoNotChangeTheCount(_ regime: RegimeName) throws {
        #expect(try instructions(program(50), regime, .switchAtEveryCheckpoint) == instructions(program(50), regime))
    }

    /// An exception that leaves the frame that a native entered, and one that leaves the program's own frames.
    @Test func exceptionsThatLeaveTheLoopAreCounted() throws {
        func program(_ rounds: Int) -> String {
            """
            def fail(x):
                return x + None             # 1
            def outer(x):
                return fail(x)              # 3
            def work(n):
                i = 0
                while i < n:                # 1
                    i += 1                  # 1
                    try:
                        sorted([i], key=outer)  # 5
                    except TypeError:
                        pass                # 5
            work(\(rounds))
            """
        }
        let none = try instructions(program(0), .gil)
        #expect(try instructions(program(10), .gil) == none + 160)
    }
}
