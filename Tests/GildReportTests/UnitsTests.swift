import GildReport
import Testing

@Suite struct UnitsTests {
    @Test(arguments: [
        ("5ms", 5_000_000), ("10s", 10_000_000_000), ("50us", 50_000), ("50µs", 50_000), ("1m", 60_000_000_000),
        ("1.5s", 1_500_000_000), ("0", 0), ("0.25ms", 250_000), ("2h", 7_200_000_000_000), ("1.000s", 1_000_000_000),
        ("0.000000001s", 1), ("9223372036854775807ns", UInt64(Int.max)),
    ] as [(String, UInt64)])
    func durationsAreReadExactly(text: String, nanoseconds: UInt64) throws {
        #expect(try parseDuration(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "5", "ms", "-5ms", "+5ms", "5 ms", "5MS", "5.ms", ".5s", "1e3s", "5msx", "1.2.3s", "0.1ns", "٥s", "inf",
        "9223372036854775808ns", "99999999999999999999s", "9223372037s",
    ])
    func otherDurationsAreErrorsThatSayWhatIsAllowed(text: String) {
        let error = #expect(throws: UnitError.self) { try parseDuration(text) }
        #expect(error?.place == text)
        if error?.code == .malformed { #expect(error?.message.contains("5ms") == true) }
    }

    @Test(arguments: [
        ("512MiB", 512 << 20), ("64KiB", 64 << 10), ("1GiB", 1 << 30), ("4096", 4096), ("0", 0), ("1kB", 1_000),
        ("3MB", 3_000_000), ("2GB", 2_000_000_000), ("1.5KiB", 1_536), ("0.3KiB", 307), ("12B", 12), ("1TiB", 1 << 40),
    ])
    func sizesAreRead(text: String, bytes: Int) throws {
        #expect(try parseSize(text) == bytes)
    }

    @Test(arguments: ["", "x", "-1", "5 MiB", "1mib", "8388608TiB", "1.0.0", "1.", "0x10", "1_000"])
    func otherSizesAreErrors(text: String) {
        #expect(throws: UnitError.self) { try parseSize(text) }
    }

    @Test(arguments: [
        (0, "0"), (1, "1 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (9_994, "9.99 µs"), (9_996, "10.0 µs"),
        (99_960, "100 µs"), (999_499, "999 µs"), (999_500, "1.00 ms"), (5_000_000, "5.00 ms"),
        (1_204_000_000, "1.20 s"), (59_900_000_000, "59.9 s"), (59_960_000_000, "1 min 0 s"),
        (125_000_000_000, "2 min 5 s"), (11_520_000_000_000, "3 h 12 min"), (-1_500, "-1.50 µs"),
    ])
    func durationsAreShownWithThreeDigits(nanoseconds: Int, text: String) {
        #expect(formatDuration(nanoseconds) == text)
    }

    @Test(arguments: [
        (0, "0"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (1_536, "1.50 KiB"), (64 << 20, "64.0 MiB"),
        ((1 << 20) - 1, "1.00 MiB"), (Int.max, "8192 PiB"), (Int.min, "-8192 PiB"),
    ])
    func sizesAreShownInBinaryUnits(bytes: Int, text: String) {
        #expect(formatSize(bytes) == text)
    }

    @Test(arguments: [
        (5_000_000, "5 ms"), (1_500_000, "1.50 ms"), (50_000, "50 µs"), (60_000_000_000, "1 min"),
        (3_600_000_000_000, "1 h"), (5_400_000_000_000, "1 h 30 min"), (0, "0"),
    ])
    func settingsAreShownWithoutZeros(nanoseconds: Int, text: String) {
        #expect(formatSetting(nanoseconds) == text)
    }

    @Test func countsAreGrouped() {
        #expect(formatCount(0) == "0")
        #expect(formatCount(999) == "999")
        #expect(formatCount(1_000) == "1,000")
        #expect(formatCount(-1_234_567) == "-1,234,567")
        #expect(formatCount(Int.min) == "-9,223,372,036,854,775,808")
    }
}
