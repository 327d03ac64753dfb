import BigInt
import Testing

@testable import GildRuntime

/// Random magnitudes (with many words of all zeros, all ones and one bit) against the BigInt library. The seed of a failing
/// run is in its message.
@Suite struct IntKernelTests {
    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        /// Words of which the top one is not zero.
        mutating func words(_ count: Int) -> [UInt] {
            var words = (0..<count).map { _ -> UInt in
                switch next() & 7 {
                case 0: return 0
                case 1: return UInt.max
                case 2: return 1 << 63
                default: return UInt(next())
                }
            }
            if words[count - 1] == 0 { words[count - 1] = 1 }
            return words
        }
    }

    private func number(_ words: [UInt]) -> BigUInt { BigUInt(words: words) }

    @Test func againstTheLibrary() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = Generator(state: seed)
        for round in 0..<2000 {
            let n = Int.random(in: 1...(round % 100 == 0 ? 250 : 12), using: &generator)
            let m = Int.random(in: 1...n, using: &generator)
            let a = generator.words(n)
            let b = generator.words(m)
            let x = number(a)
            let y = number(b)
            var sum = [UInt](repeating: 7, count: n)
            let carry = IntKernels.add(&sum, a, n, b, m)
            #expect(number(sum + [carry]) == x + y, "seed \(seed)")
            if x >= y {
                var difference = [UInt](repeating: 7, count: n)
                IntKernels.subtract(&difference, a, n, b, m)
                #expect(number(difference) == x - y, "seed \(seed)")
            }
            var product = [UInt](repeating: 7, count: n + m)
            IntKernels.multiply(&product, a, n, b, m)
            #expect(number(product) == x * y, "seed \(seed)")
            var quotient = [UInt](repeating: 7, count: n)
            let rest = IntKernels.divide(&quotient, a, n, byWord: b[m - 1])
            #expect(number(quotient) == x / BigUInt(b[m - 1]) && BigUInt(rest) == x % BigUInt(b[m - 1]), "seed \(seed)")
            #expect(IntKernels.remainder(a, n, byWord: b[m - 1]) == rest, "seed \(seed)")
            if m >= 2 {
                var long = [UInt](repeating: 7, count: n - m + 1)
                var remainder = [UInt](repeating: 7, count: n + 1)
                var scratch = [UInt](repeating: 7, count: m)
                IntKernels.divide(quotient: &long, remainder: &remainder, a, n, by: b, m, scratch: &scratch)
                #expect(number(long) == x / y && number(Array(remainder[..<m])) == x % y, "seed \(seed)")
            }
            var digits = [UInt8](repeating: 0, count: n * 20 + 1)
            var copy = a
            let first = IntKernels.writeDecimal(&copy, n, &digits, capacity: digits.count)
            #expect(String(decoding: digits[first...], as: UTF8.self) == x.description, "seed \(seed)")
        }
    }

    /// Fermat: a^(p-1) = 1 for the Mersenne primes p, and a^p = a.
    @Test(arguments: [61, 89, 107, 127, 521, 607])
    func powersModuloPrimes(bits: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = Generator(state: seed)
        let prime = Array(((BigUInt(1) << bits) - 1).words)
        let n = prime.count
        var base = Array((number(generator.words(n)) % number(prime)).words)
        base += [UInt](repeating: 0, count: n - base.count)
        var result = [UInt](repeating: 7, count: n)
        IntKernels.powerModuloOdd(&result, base, prime, n, prime, n)
        #expect(result == base, "seed \(seed)")
        var exponent = prime
        exponent[0] -= 1
        IntKernels.powerModuloOdd(&result, base, exponent, n, prime, n)
        #expect(number(result) == (number(base).isZero ? 0 : 1), "seed \(seed)")
    }
}
