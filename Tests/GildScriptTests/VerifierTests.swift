import Testing

@testable import GildScript

@Suite struct VerifierTests {
    private func module(_ text: String) throws -> CompiledModule {
        let source = SourceFile(name: "test.py", text: text)
        return try compile(parse(source), source: source)
    }

    /// The code of the error that verifying `module` after `change` of its last code object throws.
    private func failure(_ text: String, _ change: (inout CodeObject) -> Void) throws -> VerificationError.Code? {
        var module = try module(text)
        change(&module.codes[module.codes.count - 1])
        do {
            try verify(module)
            return nil
        } catch let error as VerificationError {
            return error.code
        }
    }

    private let function = "def f(a, b):\n while a < b:\n  a = a + g(1.5)\n return a"

    @Test func sound_code_passes() throws { #expect(try failure(function) { _ in } == nil) }

    @Test func register_beyond_the_window() throws {
        #expect(try failure(function) { $0.registerCount = 2 } == .registerOutOfRange)
    }

    @Test func local_callable_beyond_the_window() throws {
        let code = try failure("def f(a):\n return a()") { code in
            let index = code.words.firstIndex { Instruction(word: $0).opcode == .callLocal }!
            let old = Instruction(word: code.words[index])
            code.words[index] = Instruction(.callLocal, x: 200, a: old.a, b: old.b, c: old.c).word
        }
        #expect(code == .registerOutOfRange)
    }

    @Test func constant_beyond_the_table() throws {
        #expect(try failure(function) { $0.constants = [] } == .constantOutOfRange)
    }

    @Test func jump_beside_an_instruction() throws {
        let text = "def f(a):\n while a.x:\n  a = a.b"
        let code = try failure(text) { code in
            let index = code.words.lastIndex { Instruction(word: $0).opcode == .jtrue }!
            let old = Instruction(word: code.words[index])
            code.words[index] = Instruction(.jtrue, x: old.x, a: old.a, c: old.jump16 + 1).word
        }
        #expect(code == .jumpOutOfRange)
    }

    @Test func missing_extra_word() throws {
        #expect(
            try failure("def f(a):\n return a.b") {
                $0.words = [$0.words[0]]
                $0.positionIndex = [0]
            } == .truncatedInstruction)
    }

    @Test func code_without_an_end() throws {
        #expect(
            try failure(function) {
                $0.words.removeLast()
                $0.positionIndex.removeLast()
            } == .fallsOffTheEnd)
    }

    @Test func unknown_opcode() throws {
        #expect(try failure(function) { $0.words[0] = 0xFF } == .unknownOpcode)
    }

    @Test func exception_table() throws {
        let text = "def f(a):\n try:\n  a()\n except E: pass"
        #expect(try failure(text) { $0.exceptionTable[0].handler = 0 } == .badExceptionTable)
        #expect(try failure(text) { $0.exceptionTable[0].end = 99 } == .badExceptionTable)
        #expect(try failure(text) { $0.exceptionTable[0].liveRegisters = 99 } == .badExceptionTable)
    }

    @Test func positions_cover_every_word() throws {
        #expect(try failure(function) { $0.positionIndex.removeLast() } == .badPositions)
        #expect(try failure(function) { $0.positions = [] } == .badPositions)
    }
}
