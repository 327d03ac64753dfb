import Foundation
import Testing

@testable import GildScript

/// A script with every construct that gild's parser and CPython 3.11 have in common.
let everySyntax = #"""
    # -*- coding: utf-8 -*-
    """Docstring."""
    import os, os.path as p
    from . import (a, b as c,)
    from ...pkg.mod import *
    x = y = z = 1, 2
    x: int = 3
    (x): int
    a.b: "str" = None
    x += 1; x //= 2; x **= 3; x @= m; x >>= 1; x <<= 1; x &= 1; x |= 1; x ^= 1; x %= 2
    a, *b, (c, [d, *e]) = f
    del a, b.c, d[0], (e, f), [g]
    numbers = [0, 00, 1_000, 0xFF_FF, 0o17, 0b1_0, 1.5, .5, 1., 1e10, 1E-5, 1_0.0_1, 3j, 1.5J, 1e400]
    big = 123456789012345678901234567890 + 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
    text = 'a' "b" '''c
    d''' r"\n" u'u' '\x41\u00e9\U0001F600\N{LATIN SMALL LETTER A}\101\
    joined' '\ud83d\ude00'
    data = b'a\x00\xff' rb'\x' BR'''y'''
    print(f"{x}", f'{x!r:>{width}.{precision}}', f"{x=}", f"{x = !s:5}", f"a{{b}}{c}d" "e" f'')
    print(f"{x:%Y-%m-%d} {d['k']} {(lambda: 1)()} {{}}" fr'\d{x}')
    print(f'''{
        x
    } and {y:
    >5}''')
    c = a if b else c if d else e
    c = not a and b or c and not d
    c = a < b <= c != d is not e not in f in g is h > i >= j == k
    c = a | b ^ c & d << e >> f + g - h * i / j // k % l @ m ** -n ** ~+o
    c = (yield_ := 5) + (a)(b).c[d](e)
    c = f(a, *b, c=1, *d, **e, f=2)
    c = f(x for x in y)
    c = f(a := 1, (x for x in y))
    c = x[1], x[1:2], x[::], x[1:2:3, ..., *a], x[:, 1], x[a:=1], x[()], x[*a]
    c = [], [1], [1,], [*a, b], (), (1,), (1, 2), {}, {1}, {1, *a}, {1: 2, **d, 'k': v}
    c = [x for x in y if a if b for z, in x for w, *v in z]
    c = {x for x in y}, {x: y for x, y in z}, (x for x in y)
    c = lambda: 0, lambda a, b=1, /, c=2, *d, e, f=3, **g: (a, b), lambda *, k: k, lambda *a, **k: 1
    c = None, True, False, ..., __debug__
    if a: pass
    elif b:
        pass
    elif c: d; e
    else:
        pass
    while a:
        if b: break
        continue
    else:
        pass
    for a, (b, c) in d, e:
        pass
    else: pass
    for x in *a, b: pass
    for a.b[0] in c: pass
    try:
        raise
    except A:
        raise B
    except (C, D) as e:
        raise E from e
    except:
        pass
    else:
        pass
    finally:
        pass
    try: pass
    finally: pass
    with a: pass
    with a as b, c() as (d, e), f: pass
    with (a as b, c as d,): pass
    with (a, b): pass
    with (a, b) as c: pass
    with (yield_): pass
    assert a, "b"
    @decorator
    @a.b(c)[d]
    def function(a, b: int, /, c=1, *args: "x", d, e: str = 2, **kwargs: y) -> z:
        "docstring"
        global g, h
        def inner():
            nonlocal a
            return *a, b
        yield
        yield 1, *b
        x = yield y
        x = yield from z
        return
    class Empty: pass
    @decorator
    class Class(Base, *bases, metaclass=M, **kw):
        attribute: int
        def method(self): return super().method()
    async def coroutine():
        async with a as b, c: pass
        async for x in y: pass
        else: pass
        await z
        return [await w async for w in v]
    match x:
        case 1 | -2 | 3.5 | -1 + 2j | "a" "b" | None | True: pass
        case [a, *rest, _] | (a, rest): pass
        case {"k": v, **rest} if rest: pass
        case Point(x=0, y=yy) as point: pass
        case a.b.C(d, e, f=g): pass
        case (): pass
        case a, *_: pass
        case _: pass
    match = case = type = _ = 1
    match[x], match(x), match.x, match, -match
    print(match, case, type)
    if (long and
        condition): pass
    if x: \
        pass
    \
    x = 1
    def f(): return 1;
    	
    é = "naïve" + 'é'
    """#

/// Constructs that need CPython 3.12.
private let newSyntax = #"""
    type Alias[T: int, *Ts, **P] = list[T]
    def f[T](x: T) -> T: return x
    class C[T: (int, str)](B): pass
    print(f"{x["a"]} {f"{f"{1}"}"} {'\n'.join(y)}")
    print(f"{x!r:{a}{b:{c}}}" f"{a=!r:>5}" f"{ a = }" f"{
        a  # comment
    }")
    """#

@Suite struct ParserOracleTests {
    private static let python = ProcessInfo.processInfo.environment["GILD_PYTHON"] ?? "python3"

    /// Runs the oracle; standard output, or nil where there is no Python.
    private static func runPython(_ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-W", "ignore"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }

    private static let minorVersion = runPython(["-c", "import sys; print(sys.version_info[1])"])
        .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }

    private static func compare(_ path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let expected = try #require(
            runPython(["-c", oracleDumpProgram, path]), "CPython refused \(path)")
        let minor = try #require(minorVersion)
        let text = try onMainSizedStackThrowing {
            let tree = try parse(SourceFile(name: path, text: [UInt8](data)))
            return SyntaxTreeDump.text(of: tree, placesInFormattedStrings: minor >= 12)
        }
        let ours = text.split(separator: "\n")
        let theirs = expected.split(separator: "\n").dropFirst()
        for (left, right) in zip(ours, theirs) where left != right {
            Issue.record("\(path): gild \(left), CPython \(right)")
            return
        }
        #expect(ours.count == theirs.count, "\(path)")
    }

    private static func compare(text: String) throws {
        let path = NSTemporaryDirectory() + "gild-parser-\(UUID().uuidString).py"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try compare(path)
    }

    @Test func everyConstructGivesTheTreeOfCPython() throws {
        try #require(Self.minorVersion ?? 0 >= 11, "the oracle is CPython 3.11 or newer")
        try Self.compare(text: everySyntax)
    }

    @Test func newConstructsGiveTheTreeOfCPython() throws {
        guard Self.minorVersion ?? 0 >= 13 else { return }
        try Self.compare(text: newSyntax)
    }

    @Test func lineEndsAndMarksGiveTheTreeOfCPython() throws {
        try Self.compare(text: "\u{FEFF}x = 1\r\nif x:\r\n    y = '''a\r\nb'''\r\n\r\n\u{C}z\r\n")
    }

    /// Every script of the project gives the tree that CPython builds.
    @Test func scriptsGiveTheTreesOfCPython() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        for folder in ["Tests/Scripts", "examples", "Benchmarks"] {
            let enumerator = FileManager.default.enumerator(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            while let url = enumerator?.nextObject() as? URL {
                if url.pathExtension == "py" { try Self.compare(url.path) }
            }
        }
    }
}

private func onMainSizedStackThrowing<Value: Sendable>(
    _ body: @escaping () throws -> Value
) throws -> Value {
    try onMainSizedStack { Result { try body() } }.get()
}
