import Foundation
import Testing

@testable import GildScript

/// Compiles and verifies a script.
private func compiled(_ text: String) throws -> CompiledModule {
    let source = SourceFile(name: "test.py", text: text)
    let module = try compile(parse(source), source: source)
    try verify(module)
    return module
}

/// The instructions of one code object as the disassembler shows them, without lines, offsets and columns.
func instructions(_ text: String, of name: String = "f") throws -> [String] {
    var module = try compiled(text)
    let index = try #require(module.codes.firstIndex { $0.qualifiedName == name })
    module.codes = module.codes.map { code in
        var code = code
        if code.qualifiedName != name { code.words = [Instruction(.retNone).word]; code.positionIndex = [0]; code.exceptionTable = [] }
        return code
    }
    let listing = disassemble(module).components(separatedBy: "\n\n")[index]
    var result: [String] = []
    for line in listing.split(separator: "\n").dropFirst(2) {
        let words = line.split(separator: " ")
        if words[0] == "exceptions:" || words[0] == "cells:" || words[0] == "free:" { continue }
        if words.count == 1 {
            result.append(String(words[0]))
        } else if line.contains("..<") {
            result.append(words.joined(separator: " "))
        } else {
            let start = words.firstIndex { $0.first!.isLetter }!
            result.append(words[start...].joined(separator: " "))
        }
    }
    return result
}

/// The message of the diagnostic that compiling a script ends with, with its line and columns.
private func diagnostic(_ text: String) -> String {
    do {
        _ = try compiled(text)
        return "no error"
    } catch let error as Diagnostic {
        return "\(error.range.line):\(error.range.column)-\(error.range.endColumn) \(error.message)"
    } catch {
        return "\(error)"
    }
}

@Suite struct CompilerTests {
    // MARK: Expressions

    @Test func addition_writes_straight_into_the_local() throws {
        #expect(try instructions("def f(a, b):\n x = a + b\n return x") == ["add x, a, b", "ret x"])
    }

    @Test func constants_stand_in_the_instruction() throws {
        #expect(
            try instructions("def f(a):\n a += 1\n return (a - 2) * 3.5")
                == ["addK= a, a, 1", "subK %1, a, 2", "mulK %1, %1, 3.5", "ret %1*"])
    }

    @Test func walrus_does_not_change_an_operand_that_was_read() throws {
        #expect(
            try instructions("def f(x):\n return x + (x := 5)")
                == ["loadLocal %1, x", "loadInt x, 5", "add %1, %1, x", "ret %1*"])
    }

    @Test func or_releases_the_false_value_and_keeps_the_old_local() throws {
        #expect(
            try instructions("def f(x, y):\n x = y or x\n return x")
                == ["move %2, y", "jtrue %2, L1", "release %2", "move %2, x", "L1:", "move x, %2*", "ret x"])
    }

    @Test func a_chain_keeps_its_middle_operand() throws {
        #expect(
            try instructions("def f(a, g, b):\n if a < g() < b:\n  return 1")
                == [
                    "callLocal %3, g, %5…, 0", "jnlt a, %3, L1", "jlt %3*, b, L2", "jump L3", "L1:", "release %3",
                    "jump L3", "L2:", "loadInt %3, 1", "ret %3*", "L3:", "retNone",
                ])
    }

    @Test func conditions_make_no_booleans() throws {
        #expect(
            try instructions("def f(a, b):\n while a > 0 and not (b is None or a == 7):\n  a -= 1")
                == [
                    "jump L2", "L1:", "subK= a, a, 1", "L2:", "jngtK a, 0, L3", "jnone b, L3", "jneqK a, 7, L1", "L3:",
                    "retNone",
                ])
    }

    @Test func methods_are_called_without_a_bound_method() throws {
        #expect(
            try instructions("def f(a, b):\n return a.m(b).n()")
                == ["loadLocal %3, a", "loadLocal %4, b", "callMethod %3, %2…, m, 1 arguments", "callMethod %2, %2…, n, 0 arguments", "ret %2*"])
    }

    @Test func a_local_is_called_where_it_lives() throws {
        #expect(
            try instructions("def f(g, a):\n g()\n return g(a)(g)")
                == ["callLocal %2, g, %2…, 0", "release %2", "loadLocal %3, a", "callLocal %2, g, %2…, 1", "loadLocal %3, g", "call %2, %2…, 1", "ret %2*"])
    }

    @Test func a_local_that_its_arguments_rebind_is_copied_before_it_is_called() throws {
        #expect(
            try instructions("def f(g, a):\n return g((g := a))")
                == ["loadLocal %2, g", "move g, a", "move %3, g", "call %2, %2…, 1", "ret %2*"])
    }

    @Test func a_local_beyond_the_256th_is_copied_before_it_is_called() throws {
        let names = (0..<257).map { "x\($0)" }.joined(separator: ", ")
        #expect(try instructions("def f(\(names)):\n x255()").first == "callLocal %257, x255, %257…, 0")
        #expect(try instructions("def f(\(names)):\n x256()").prefix(2) == ["loadLocal %257, x256", "call %257, %257…, 0"])
    }

    @Test func folded_constants() throws {
        let text = "def f():\n return (1 + 2 * 3, -5, 2 ** 10, 'a' * 3, 7 // -2, (1, 2)[1], not 1, 10 % 3)"
        #expect(try instructions(text) == ["loadConst %0, (7, -5, 1024, 'aaa', -4, 2, False, 1)", "ret %0*"])
        #expect(try instructions("def f():\n return 1 // 0") == ["loadInt %0, 1", "floorDivK %0, %0, 0", "ret %0*"])
        #expect(try instructions("def f(x):\n return x in [1, 2]") == ["loadConst %1, (1, 2)", "contains %1, x, %1", "ret %1*"])
        #expect(
            try instructions("def f(x):\n return x in {1, 2}") == ["loadConst %1, frozenset({1, 2})", "contains %1, x, %1", "ret %1*"])
        #expect(try instructions("def f():\n return 2 ** 200").contains { $0.hasPrefix("powK") })
    }

    @Test func calls_with_keywords_and_stars() throws {
        #expect(
            try instructions("def f(g, a, k):\n return g(1, b=a)")
                == ["loadLocal %3, g", "loadInt %4, 1", "loadLocal %5, a", "callKw %3, %3…, 2, ('b',)", "ret %3*"])
        #expect(
            try instructions("def f(g, a, k):\n return g(*a, **k)")
                == [
                    "loadLocal %3, g", "move %4, a", "buildMap %5, %5…, 0", "dictMerge %5, k, %3", "callEx %3, %3…, keywords",
                    "ret %3*",
                ])
    }

    // MARK: Comprehensions

    @Test func comprehension_is_inlined() throws {
        #expect(
            try instructions("def f(n):\n return [x * 2 for x in n if x]")
                == [
                    "getIter %3, n", "buildList %2, %2…, 0", "jump L2", "L1:", "jfalse x, L2", "mulK %4, x, 2",
                    "listAppend %2, %4*", "L2:", "forIter x, %3, L1", "release x", "ret %2*",
                ])
    }

    @Test func captured_target_is_a_fresh_cell() throws {
        let lines = try instructions("def f(n):\n return [lambda: x for x in n]")
        #expect(lines.contains("undef x…, 1") && lines.contains("makeCell x") && lines.contains("release x"))
    }

    // MARK: Statements

    @Test func swap_makes_no_tuple() throws {
        #expect(
            try instructions("def f(a, b):\n a, b = b, a\n return a")
                == ["loadLocal %2, b", "loadLocal %3, a", "move a, %2*", "move b, %3*", "ret a"])
    }

    @Test func only_reads_that_may_fail_are_checked() throws {
        #expect(
            try instructions("def f(c):\n if c:\n  x = 1\n return x")
                == ["undef x…, 1", "jfalse c, L1", "loadInt x, 1", "L1:", "checkLocal x", "ret x"])
        #expect(try instructions("def f(c):\n if c:\n  x = 1\n else:\n  x = 2\n return x").contains { $0.hasPrefix("checkLocal") } == false)
        #expect(try instructions("def f():\n x = 1\n del x\n return x") == ["undef x…, 1", "loadInt x, 1", "deleteLocal x", "checkLocal x", "ret x"])
        let loop = try instructions("def f(n):\n while n:\n  y = n\n  print(y)\n  del y")
        #expect(!loop.contains("checkLocal y"))
    }

    @Test func a_lone_break_is_one_jump() throws {
        #expect(
            try instructions("def f(n):\n while True:\n  if n:\n   break\n  n = 1")
                == ["L1:", "jtrue n, L2", "loadInt n, 1", "jumpBack L1", "L2:", "retNone"])
    }

    @Test func return_releases_the_iterator() throws {
        #expect(
            try instructions("def f(n):\n for x in n:\n  return x")
                == ["getIter %2, n", "jump L2", "L1:", "release %2", "ret x", "L2:", "forIter x, %2, L1", "retNone"])
    }

    @Test func handler_restores_what_was_handled() throws {
        #expect(
            try instructions("def f(g):\n try:\n  g()\n except E:\n  return 1")
                == [
                    "callLocal %1, g, %1…, 0", "release %1", "jump L4", "L1:", "excEnter %1…", "loadGlobal %3, global E",
                    "excMatch %2, %3*, L2", "loadInt %3, 1", "excLeave %1…", "keepLocals 3", "ret %3*", "L2:", "move %3, %2", "excLeave %1…",
                    "reraise %3", "L3:", "excEnter %3…", "move %5, %4", "excLeave %3…", "excLeave %1…", "reraise %5", "L4:", "keepLocals 65535",
                    "retNone", "0 ..< 2 -> L1 [live 1]", "4 ..< 7 -> L3 [live 3]",
                ])
    }

    @Test func guarded_ranges_have_holes_where_control_leaves() throws {
        let module = try compiled("def f(a):\n for x in a:\n  try:\n   if x: return 1\n   x()\n  finally:\n   a()")
        let code = module.codes[1]
        let handlers = Set(code.exceptionTable.map(\.handler))
        let outer = try #require(handlers.min())
        #expect(code.exceptionTable.filter { $0.handler == outer }.count >= 2)
    }

    // MARK: Functions and classes

    @Test func closures_share_a_cell() throws {
        let module = try compiled("def f(a):\n b = 1\n def g():\n  nonlocal b\n  b += a\n return g")
        #expect(module.codes[1].cellRegisters == [0, 1])
        #expect(module.codes[2].freeNames.sorted() == ["a", "b"])
        #expect(Set(module.codes[2].captures) == [.register(0), .register(1)])
    }

    @Test func class_body_returns_the_class_cell() throws {
        let body = try instructions("class C:\n def m(self):\n  return super().m()", of: "C")
        #expect(body.contains("makeCell __class__") && body.last == "ret __class__")
        let method = try instructions("class C:\n def m(self):\n  return super().m()", of: "C.m")
        #expect(method.contains("loadFree %2, free __class__"))
        #expect(try instructions("class C:\n x = 1", of: "C").last == "retNone")
    }

    @Test func private_names_are_mangled() throws {
        let module = try compiled("class C:\n def m(self):\n  return self.__x\n __y = 1")
        #expect(module.codes[2].names == ["_C__x"])
        #expect(module.codes[1].names.contains("_C__y"))
    }

    @Test func qualified_names() throws {
        let module = try compiled("def f():\n class C:\n  def m(self): pass\n return lambda: 0")
        #expect(module.codes.map(\.qualifiedName) == ["<module>", "f", "f.<locals>.C", "f.<locals>.C.m", "f.<locals>.<lambda>"])
    }

    @Test func docstring_is_the_first_constant() throws {
        let module = try compiled("def f():\n    \"\"\"One.\n\n        two\n    \"\"\"\n    return 1.5")
        #expect(module.codes[1].hasDocstring)
        #expect(module.codes[1].constants[0] == .string("One.\n\ntwo\n".unicodeScalars.map(\.value)))
    }

    // MARK: Positions

    @Test func anchors() throws {
        let module = try compiled("x = a  +  b\ny = f (1)\nz = c [0]")
        let anchors = module.codes[0].positions.map(\.anchor).filter { $0 != .none }
        #expect(
            anchors == [
                .binaryOperator(line: 1, column: 7, length: 1), .call(line: 2, column: 6), .subscript_(line: 3, column: 6),
            ])
    }

    @Test func method_call_has_two_positions() throws {
        let module = try compiled("a.b(1)")
        let code = module.codes[0]
        let offset = try #require(code.words.firstIndex { Instruction(word: $0).opcode == .callMethod })
        let call = code.positions[Int(code.positionIndex[offset])]
        let attribute = code.positions[Int(code.positionIndex[offset + 1])]
        #expect((call.column, call.endColumn) == (0, 6))
        #expect((attribute.column, attribute.endColumn) == (0, 3))
    }

    // MARK: Limits

    @Test func jumps_beyond_sixteen_bits() throws {
        let body = (0..<20_000).map { "  x = x + \($0)" }.joined(separator: "\n")
        let module = try compiled("def f(x, n):\n while n:\n\(body)\n for y in n:\n\(body)\n return x")
        #expect(module.codes[1].words.count > 40_000)
    }

    @Test func long_chains_need_no_stack() throws {
        _ = try compiled("x = 1\ny = " + Array(repeating: "x", count: 1500).joined(separator: " + "))
        _ = try compiled("x = y" + String(repeating: ".a(1)[2]", count: 400))
        _ = try compiled("x = " + String(repeating: "-", count: 1500) + "y")
        _ = try compiled("x = " + String(repeating: "y ** ", count: 1500) + "y")
        _ = try compiled("x = " + String(repeating: "1 if y else ", count: 1500) + "y")
        _ = try compiled("if y: pass\n" + String(repeating: "elif x: pass\n", count: 900))
        _ = try compiled("x = [" + (0..<70_000).map(String.init).joined(separator: ",") + "]")
    }

    // MARK: What gild refuses

    @Test(arguments: [
        ("x = (i for i in y)", "1:4-18 gild does not support generator expressions yet (use a list comprehension)"),
        ("def f():\n  yield 1", "2:2-9 gild does not support generators yet"),
        ("eval('1')", "1:0-4 gild does not support the builtin 'eval' yet"),
        ("import os", "1:7-9 gild does not support the module 'os' yet (it has gc, gild, math, sys, threading and time)"),
        ("class A(B, C): pass", "1:11-12 gild does not support multiple inheritance yet"),
        ("class A(metaclass=B): pass", "1:8-19 gild does not support metaclasses yet"),
        ("class A:\n  def __getattr__(self, n): pass", "2:2-32 gild does not support the special method '__getattr__' yet"),
        ("class A:\n  __slots__ = ()", "2:2-11 gild does not support the class attribute '__slots__' yet"),
        ("x.__dict__", "1:0-10 gild does not support the attribute '__dict__' yet"),
        ("x = 1j", "1:4-6 gild does not support complex numbers yet"),
        ("x = 1\nfrom __future__ import annotations", "2:0-34 from __future__ imports must occur at the beginning of the file"),
        ("from __future__ import braces", "1:0-1 not a chance"),
        ("def eval(x): return x\neval(1)", "no error"),
        ("class A:\n  def __radd__(self, o): pass", "no error"),
    ])
    func refuses(_ text: String, _ message: String) { #expect(diagnostic(text) == message) }

    // MARK: Every script

    @Test func every_script_compiles_and_verifies() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Scripts")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        for file in files where file.pathExtension == "py" {
            let source = SourceFile(name: file.lastPathComponent, text: Array(try Data(contentsOf: file)))
            do {
                let module = try compile(parse(source), source: source)
                try verify(module)
                #expect(!disassemble(module).isEmpty)
            } catch let error as Diagnostic {
                // A script may be there to show a syntax error.
                #expect(error.kind != .unsupported, "\(file.path): \(error.message)")
            }
        }
    }
}
