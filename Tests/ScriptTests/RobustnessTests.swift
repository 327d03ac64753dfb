// No script, however wrong, kills the process: sources of every shape, the heap's limit, and the stop at the time limit.

import Testing

/// Runs the text; a death by signal, or a status that no script asks for, is a failure of the test.
@discardableResult
private func survives(
    _ source: [UInt8], _ options: [String] = ["--heap-limit", "128MiB"], statuses: Set<Int32> = [0, 1],
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Completed {
    let result = try Slots.shared.occupy { try runProgram([Gild.executable, "run"] + options + ["-"], input: source) }
    #expect(result.signal == nil && statuses.contains(result.status), "\(result.errorText.suffix(300))", sourceLocation: sourceLocation)
    return result
}

private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

@Suite struct RobustnessTests {
    @Test(arguments: [50, 1000, 100_000])
    func sourceOfAnyDepthAndLength(_ n: Int) throws {
        let sources = [
            "x = " + repeated("(", n) + "1" + repeated(")", n), "x = " + repeated("[", n) + repeated("]", n), "x = " + repeated("{1:", n),
            "x = " + repeated("-", n) + "1", "y = 1\nx = " + repeated("~", n) + "y", "x = " + repeated("not ", n) + "1",
            "x = " + repeated("1 if x else ", n) + "2", "x = " + repeated("lambda: ", n) + "1", "y = 1\nx = y" + repeated("+y", n),
            "y = 1\nx = y" + repeated("**y", n), "y = 1\nx = y" + repeated(" and y", n), "y = 1\nx = y" + repeated("<=y", n),
            "x = 1\nx" + repeated(".real", n), "f = 1\nf" + repeated("()", n), "x = [" + repeated("1,", n) + "]", repeated("x = ", n) + "1",
            "x = 0\n" + repeated("x = x + 1\n", n), "if 1: pass\n" + repeated("elif 2: pass\n", n), "print(" + repeated("1,", n) + ")",
            repeated("if 1:\n ", n) + "pass", "x = f'" + repeated("{1:", n), "try: raise KeyError\n" + repeated("except ValueError: pass\n", n),
        ]
        for source in sources { try survives(Array((source + "\n").utf8)) }
    }

    @Test func bytesThatAreNoSource() throws {
        let texts: [[UInt8]] = [
            [], [0], Array("x = 1\0\n".utf8), Array("x = '".utf8) + [0xFF, 0xFE], Array("x = '".utf8) + [0xE2, 0x82], [0xEF, 0xBB, 0xBF], [0x5C],
            Array("'''".utf8), Array("f'{".utf8), Array("f'{x!".utf8), Array(("x = " + repeated("1", 1 << 20)).utf8), Array(repeated("a", 1 << 20).utf8),
            (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) },
        ]
        for text in texts { try survives(text) }
    }

    /// What is dropped makes room for objects of any other size.
    @Test func memoryComesBackAfterMemoryError() throws {
        let source = """
            def fill(make):
                items = []
                try:
                    while True: items.append(make(len(items)))
                except MemoryError:
                    return len(items)
            for turn in range(2):
                for make in (lambda i: [i], lambda i: (i, i, i, i), lambda i: {i: i}, lambda i: {i}, lambda i: "x" * 200 + str(i), lambda i: "y" * 5000,
                             lambda i: [0] * 30, lambda i: [0] * 300, lambda i: 10 ** 30 + i, lambda i: lambda: i, lambda i: range(i, 10 ** 20)):
                    if fill(make) < 20: print("too few")
            print("end")
            """
        for limit in ["1MiB", "2MiB", "5MiB"] {
            let result = try survives(Array(source.utf8), ["--heap-limit", limit, "--report"], statuses: [0])
            #expect(result.outputText == "end\n")
            #expect(result.errorText.contains("Nothing leaked."))
        }
    }

    @Test(arguments: [
        "while True: pass", "def f(): pass\nwhile True:\n    try: f()\n    except BaseException: pass", "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire(timeout=1000)",
        "import time\nwhile True:\n    try: time.sleep(100)\n    except BaseException: pass\n    finally:\n        while True: pass",
        "import threading\ndef f():\n    while True: pass\nt = threading.Thread(target=f)\nt.start()\nt.join()",
        "class C:\n    def __exit__(self, *a):\n        while True: pass\n    def __enter__(self): pass\n    def __del__(self):\n        while True: pass\nwith C():\n    while True: C()",
        "x = 7 ** 100000000", "x = sum(range(10 ** 15))", "while True: print(1)",
    ])
    func theTimeLimitEndsEverything(_ source: String) throws {
        let result = try survives(Array(source.utf8), ["--time-limit", "300ms"], statuses: [124])
        #expect(result.errorText.contains("time limit"))
    }
}
