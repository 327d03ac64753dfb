import GildScript
import Testing

@testable import GildRuntime

/// Markers under source lines, against what the `traceback` module of CPython 3.13.0 prints for the same ranges.
@Suite struct TracebackFrameLinesTests {
    static let source = #"""
        def f(*a, **k):
            return 1
        def g(日本, é, v):
            x = f(1)
            return f(x, 2)
        def h(v, d):
            y = v.m(3) + (4)*(5,6) +(7)
            é = f(3)
            w = f(v) # comment
            if v: return f(v)
            print(d["k"][日本] - 'é'.count("é"), v)
            v[1][2] = 4; del v[3]; v += (3)
            raise ValueError("x")
        def k(v, a, b, c, d):
            return f(v) + f(v, # first
                 3,
                 4, 5,

                 7) // \
                3 ** (
                    12) % (
                    a
                    + b
                  )

        """#

    struct Sample: Sendable, CustomTestStringConvertible {
        let range: [Int32]
        let anchor: CodePosition.Anchor
        let expected: String
        var testDescription: String { "lines \(range[0])-\(range[1]), columns \(range[2])-\(range[3])" }
    }

    @Test(arguments: samples) func markers(_ sample: Sample) {
        let position = CodePosition(
            line: sample.range[0], endLine: sample.range[1], column: sample.range[2], endColumn: sample.range[3], anchor: sample.anchor)
        let source = SourceFile(name: "x.py", text: Self.source)
        #expect(TracebackFrameLines.render(source: source, position: position) == sample.expected)
    }

    static let samples: [Sample] = [
        Sample(
            range: [4, 4, 8, 12], anchor: .call(line: 4, column: 9),
            expected: #"""
                    x = f(1)

                """#),
        Sample(
            range: [4, 4, 10, 11], anchor: .none,
            expected: #"""
                    x = f(1)
                          ^

                """#),
        Sample(
            range: [5, 5, 11, 18], anchor: .call(line: 5, column: 12),
            expected: #"""
                    return f(x, 2)

                """#),
        Sample(
            range: [5, 5, 13, 14], anchor: .none,
            expected: #"""
                    return f(x, 2)
                             ^

                """#),
        Sample(
            range: [7, 7, 8, 14], anchor: .call(line: 7, column: 11),
            expected: #"""
                    y = v.m(3) + (4)*(5,6) +(7)
                        ~~~^^^

                """#),
        Sample(
            range: [7, 7, 8, 26], anchor: .binaryOperator(line: 7, column: 15, length: 1),
            expected: #"""
                    y = v.m(3) + (4)*(5,6) +(7)
                        ~~~~~~~^~~~~~~~~~~

                """#),
        Sample(
            range: [7, 7, 8, 31], anchor: .binaryOperator(line: 7, column: 27, length: 1),
            expected: #"""
                    y = v.m(3) + (4)*(5,6) +(7)
                        ~~~~~~~~~~~~~~~~~~~^^~~

                """#),
        Sample(
            range: [7, 7, 17, 26], anchor: .binaryOperator(line: 7, column: 20, length: 1),
            expected: #"""
                    y = v.m(3) + (4)*(5,6) +(7)
                                 ~~~^~~~~~

                """#),
        Sample(
            range: [8, 8, 4, 6], anchor: .none,
            expected: #"""
                    é = f(3)
                    ^

                """#),
        Sample(
            range: [8, 8, 9, 13], anchor: .call(line: 8, column: 10),
            expected: #"""
                    é = f(3)
                        ~^^^

                """#),
        Sample(
            range: [9, 9, 8, 12], anchor: .call(line: 9, column: 9),
            expected: #"""
                    w = f(v) # comment

                """#),
        Sample(
            range: [10, 10, 10, 21], anchor: .none,
            expected: #"""
                    if v: return f(v)
                          ^^^^^^^^^^^

                """#),
        Sample(
            range: [10, 10, 17, 18], anchor: .none,
            expected: #"""
                    if v: return f(v)
                                 ^

                """#),
        Sample(
            range: [10, 10, 17, 21], anchor: .call(line: 10, column: 18),
            expected: #"""
                    if v: return f(v)
                                 ~^^^

                """#),
        Sample(
            range: [10, 10, 19, 20], anchor: .none,
            expected: #"""
                    if v: return f(v)
                                   ^

                """#),
        Sample(
            range: [11, 11, 4, 47], anchor: .call(line: 11, column: 9),
            expected: #"""
                    print(d["k"][日本] - 'é'.count("é"), v)
                    ~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

                """#),
        Sample(
            range: [11, 11, 10, 16], anchor: .subscript_(line: 11, column: 11),
            expected: #"""
                    print(d["k"][日本] - 'é'.count("é"), v)
                          ~^^^^^

                """#),
        Sample(
            range: [11, 11, 10, 24], anchor: .subscript_(line: 11, column: 16),
            expected: #"""
                    print(d["k"][日本] - 'é'.count("é"), v)
                          ~~~~~~^^^^^^

                """#),
        Sample(
            range: [11, 11, 10, 43], anchor: .binaryOperator(line: 11, column: 25, length: 1),
            expected: #"""
                    print(d["k"][日本] - 'é'.count("é"), v)
                          ~~~~~~~~~~~~~^~~~~~~~~~~~~~~~

                """#),
        Sample(
            range: [11, 11, 27, 43], anchor: .call(line: 11, column: 37),
            expected: #"""
                    print(d["k"][日本] - 'é'.count("é"), v)
                                         ~~~~~~~~~^^^^^

                """#),
        Sample(
            range: [12, 12, 4, 5], anchor: .none,
            expected: #"""
                    v[1][2] = 4; del v[3]; v += (3)
                    ^

                """#),
        Sample(
            range: [12, 12, 4, 8], anchor: .subscript_(line: 12, column: 5),
            expected: #"""
                    v[1][2] = 4; del v[3]; v += (3)
                    ~^^^

                """#),
        Sample(
            range: [12, 12, 4, 11], anchor: .subscript_(line: 12, column: 8),
            expected: #"""
                    v[1][2] = 4; del v[3]; v += (3)
                    ~~~~^^^

                """#),
        Sample(
            range: [12, 12, 21, 22], anchor: .none,
            expected: #"""
                    v[1][2] = 4; del v[3]; v += (3)
                                     ^

                """#),
        Sample(
            range: [12, 12, 21, 25], anchor: .subscript_(line: 12, column: 22),
            expected: #"""
                    v[1][2] = 4; del v[3]; v += (3)
                                     ~^^^

                """#),
        Sample(
            range: [13, 13, 10, 25], anchor: .call(line: 13, column: 20),
            expected: #"""
                    raise ValueError("x")
                          ~~~~~~~~~~^^^^^

                """#),
        Sample(
            range: [15, 15, 11, 15], anchor: .call(line: 15, column: 12),
            expected: #"""
                    return f(v) + f(v, # first
                           ~^^^

                """#),
        Sample(
            range: [15, 15, 18, 19], anchor: .none,
            expected: #"""
                    return f(v) + f(v, # first
                                  ^

                """#),
        Sample(
            range: [15, 19, 18, 11], anchor: .call(line: 15, column: 19),
            expected: #"""
                    return f(v) + f(v, # first
                                  ~^^^^^^^^^^^
                         3,
                         ^^
                         4, 5,
                         ^^^^^
                    
                    
                         7) // \
                         ^^

                """#),
        Sample(
            range: [15, 21, 18, 15], anchor: .binaryOperator(line: 19, column: 12, length: 2),
            expected: #"""
                    return f(v) + f(v, # first
                                  ~~~~~~~~~~~~
                    ...<2 lines>...
                    
                    
                         7) // \
                         ~~~^^~~
                        3 ** (
                        ~~~~~~
                            12) % (
                            ~~~

                """#),
        Sample(
            range: [15, 24, 4, 11], anchor: .none,
            expected: #"""
                    return f(v) + f(v, # first
                    ...<8 lines>...
                          )

                """#),
        Sample(
            range: [15, 24, 18, 11], anchor: .binaryOperator(line: 21, column: 16, length: 1),
            expected: #"""
                    return f(v) + f(v, # first
                                  ~~~~~~~~~~~~
                    ...<4 lines>...
                        3 ** (
                        ~~~~~~
                            12) % (
                            ~~~~^~~
                            a
                            ~
                            + b
                            ~~~
                          )
                          ~

                """#),
        Sample(
            range: [20, 21, 8, 15], anchor: .binaryOperator(line: 20, column: 10, length: 2),
            expected: #"""
                    3 ** (
                    ~~^^~~
                        12) % (
                        ~~~

                """#),
        Sample(
            range: [21, 21, 12, 14], anchor: .none,
            expected: #"""
                    12) % (
                    ^^

                """#),
        Sample(
            range: [22, 23, 12, 15], anchor: .binaryOperator(line: 23, column: 12, length: 1),
            expected: #"""
                    a
                    ~
                    + b
                    ^~~

                """#),
    ]
}
