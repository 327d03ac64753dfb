import Testing

@testable import GildRuntime

/// Expected values were printed by CPython 3.13.
@Suite struct NumberTextTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    private func points(_ text: String) -> [UInt32] { text.unicodeScalars.map { $0.value } }

    @Test(arguments: [
        (1e16, "1e+16"), (9999999999999998.0, "9999999999999998.0"), (1e-5, "1e-05"), (0.0001, "0.0001"), (-0.0, "-0.0"), (Double.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (123456789012345680.0, "1.2345678901234568e+17"), (0.1, "0.1"), (100.0, "100.0"),
        (Double.infinity, "inf"), (1e22, "1e+22"), (2.5e-7, "2.5e-07"),
    ])
    func shortestRepresentation(value: Double, expected: String) {
        #expect(text(FloatText.repr(value)) == expected)
    }

    @Test(arguments: [
        (12.0, ".2", "1.2e+01"), (123456.0, ".3", "1.23e+05"), (12345.678, "015,.2f", "0,000,012,345.68"), (-0.001, "z.1f", "0.0"),
        (0.12345, ".1%", "12.3%"), (1e16, "#", "1.e+16"), (100.0, "#g", "100.000"), (1.0, "=+8", "+    1.0"), (0.1, ".20", "0.10000000000000000555"),
    ])
    func specification(value: Double, specification: String, expected: String) throws {
        let parsed = try FormatSpecification(points(specification), defaultType: 0, defaultAlign: 0x3E, typeName: "float")
        #expect(FloatFormatting.text(value, parsed).map(FormatSpecification.text) == expected)
    }

    @Test(arguments: [(2.675, 2, 2.67), (1e308, -308, 1e308), (9e307, -308, 1e308), (5.0, -1, 0.0), (25.0, -1, 20.0), (0.5, 0, 0.0)])
    func rounding(value: Double, places: Int, expected: Double) {
        #expect(FloatText.round(value, places: places) == expected)
    }

    @Test(arguments: [
        ("0x1f", 0, "31"), ("-0b11", 0, "-3"), ("1_000", 10, "1000"), ("z", 36, "35"), (" 12 ", 10, "12"), ("0x_f", 16, "15"), ("\u{661}\u{662}", 10, "12"),
    ])
    func integerFromText(source: String, base: Int, expected: String) throws {
        #expect(text(IntText.decimal(try IntText.parse(points(source), base: base, limit: 4300))) == expected)
    }

    @Test(arguments: [("017", 0), ("1__0", 10), ("_1", 10), ("", 10), ("0x", 16), ("0b1", 10), ("- 5", 10)])
    func noInteger(source: String, base: Int) {
        #expect(throws: IntText.Failure.self) { try IntText.parse(points(source), base: base, limit: 4300) }
    }

    @Test func hashesOfEqualNumbersAgree() {
        #expect(NumericHash.hash(-1) == -2)
        #expect(NumericHash.hash(0.1) == 230584300921369408)
        #expect(NumericHash.hash((1 << 61) - 1) == 0)
        #expect(NumericHash.hash(Double(1 << 61)) == NumericHash.hash(1 << 61))
    }

    @Test func divisionRoundsOnce() throws {
        func number(_ text: String) throws -> Double { FloatArithmetic.double(try IntText.parse(points(text), base: 10, limit: 0)) }
        let zeros = String(repeating: "0", count: 400)
        let quotient = FloatArithmetic.trueDivide(
            try IntText.parse(points("1" + zeros), base: 10, limit: 0), try IntText.parse(points("3" + zeros), base: 10, limit: 0))
        #expect(quotient == 1.0 / 3)
        #expect(try number("1" + zeros).isInfinite)
        #expect(try number("9007199254740993") == 9007199254740992)
        #expect(FloatArithmetic.compare(9007199254740992.0, 9007199254740993 as Int) < 0)
        #expect(FloatArithmetic.floorDivide(-5.5, 2) == (-3, 0.5))
    }

    @Test func caseMappings() {
        #expect(StrCase.lower(points("ΑΣ")) == points("ας"))
        #expect(StrCase.upper(points("ßﬁ")) == points("SSFI"))
        #expect(StrCase.title(points("ßa b")) == points("Ssa B"))
        #expect(StrRepr.text(points("it's \u{7F}\u{AD}é\n")) == "\"it's \\x7f\\xadé\\n\"")
    }
}
