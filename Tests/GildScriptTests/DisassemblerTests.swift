import Testing

@testable import GildScript

@Suite struct DisassemblerTests {
    @Test func listing_of_a_function() throws {
        let source = SourceFile(name: "fib.py", text: "def fib(n, /, *, k=1):\n    if n < 2:\n        return n\n    return fib(n - 1)\n")
        let module = try compile(parse(source), source: source)
        #expect(
            disassemble(module) == """
                <module>  fib.py:1
                  registers 3
                     1     0 loadConst      %1, 'k'
                           1 loadInt        %2, 1
                           2 buildMap       %1, %1…, 1
                           3 makeFunction   %0, <code fib>, %0…, keyword defaults
                           4 storeGlobal    %0*, global fib
                           5 retNone

                fib(n, /, *, k)  fib.py:1
                  registers 4: n, k
                     2     0 jnltK          n, 2, L1
                     3     1 ret            n
                          L1:
                     4     2 loadGlobal     %2, global fib
                           3 subK           %3, n, 1
                           4 call           %2, %2…, 1
                           5 ret            %2*

                """)
    }

    @Test func listing_shows_handlers_and_captures() throws {
        let source = SourceFile(name: "t.py", text: "def f(x):\n    def g():\n        try:\n            x()\n        finally:\n            pass\n    return g\n")
        let text = disassemble(try compile(parse(source), source: source))
        #expect(text.contains("cells: x"))
        #expect(text.contains("free: x from register 0"))
        #expect(text.contains("exceptions:"))
    }

    @Test func strings_are_quoted() throws {
        let source = SourceFile(name: "t.py", text: "x = 'a\\n\\'\\ud800'")
        let text = disassemble(try compile(parse(source), source: source))
        #expect(text.contains("'a\\n\\'\\ud800'"))
    }
}
