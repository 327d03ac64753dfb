// Arithmetic on the words of big integers: magnitudes, least significant word first.
//
// Addition and subtraction carry a bit along; multiplication is the schoolbook's up to a few dozen words and Karatsuba's
// beyond (three products of half the size instead of four). Division by one word multiplies by the divisor's reciprocal
// (N. Möller, T. Granlund, "Improved division by invariant integers", 2011), since the machine's own division takes several
// times as long; division by more is Knuth's algorithm D (The Art of Computer Programming, 4.3.1) on the same primitive.
// Powers modulo an odd number are Montgomery's (1985), four bits of the exponent at a time, so that no step divides.
//
// Nothing here allocates from the heap of objects; results are written where the caller says, and may be the operands'
// places only where stated.

typealias Words = UnsafeMutablePointer<UInt>
typealias ConstantWords = UnsafePointer<UInt>

enum IntKernels {
    /// Factors of fewer words are multiplied by the schoolbook.
    static let karatsubaWords = 48

    /// Run `body` with this many words, not filled in.
    @inline(__always) private static func withScratch(_ count: Int, _ body: (Words) -> Void) {
        let words = Words.allocate(capacity: count)
        body(words)
        words.deallocate()
    }

    // MARK: Comparing

    /// Words without the zero ones at the top.
    @inline(__always) static func significant(_ a: ConstantWords, _ count: Int) -> Int {
        var n = count
        while n > 0 && a[n &- 1] == 0 { n &-= 1 }
        return n
    }

    /// Order of two magnitudes without zero words at the top: negative, zero, positive.
    @inline(__always) static func compare(_ a: ConstantWords, _ n: Int, _ b: ConstantWords, _ m: Int) -> Int {
        if n != m { return n < m ? -1 : 1 }
        var i = n &- 1
        while i >= 0 && a[i] == b[i] { i &-= 1 }
        return i < 0 ? 0 : a[i] < b[i] ? -1 : 1
    }

    // MARK: Adding

    /// `out = a + b` for n >= m words; returns the carry. `out` may be `a` or `b`.
    @inline(__always)
    static func add(_ out: Words, _ a: ConstantWords, _ n: Int, _ b: ConstantWords, _ m: Int) -> UInt {
        var carry: UInt = 0
        var i = 0
        while i < m {
            let (first, c1) = a[i].addingReportingOverflow(b[i])
            let (sum, c2) = first.addingReportingOverflow(carry)
            out[i] = sum
            carry = (c1 ? 1 : 0) &+ (c2 ? 1 : 0)
            i &+= 1
        }
        while i < n && carry != 0 {
            let (sum, c) = a[i].addingReportingOverflow(carry)
            out[i] = sum
            carry = c ? 1 : 0
            i &+= 1
        }
        if UnsafePointer(out) != a && i < n { (out + i).update(from: a + i, count: n &- i) }
        return carry
    }

    /// `out = a - b` for n >= m words; returns the borrow. `out` may be `a` or `b`.
    @inline(__always) @discardableResult
    static func subtract(_ out: Words, _ a: ConstantWords, _ n: Int, _ b: ConstantWords, _ m: Int) -> UInt {
        var borrow: UInt = 0
        var i = 0
        while i < m {
            let (first, b1) = a[i].subtractingReportingOverflow(b[i])
            let (difference, b2) = first.subtractingReportingOverflow(borrow)
            out[i] = difference
            borrow = (b1 ? 1 : 0) &+ (b2 ? 1 : 0)
            i &+= 1
        }
        while i < n && borrow != 0 {
            let (difference, b) = a[i].subtractingReportingOverflow(borrow)
            out[i] = difference
            borrow = b ? 1 : 0
            i &+= 1
        }
        if UnsafePointer(out) != a && i < n { (out + i).update(from: a + i, count: n &- i) }
        return borrow
    }

    // MARK: Multiplying

    /// `out = a × w`; returns the word above. `out` may be `a`.
    static func multiply(_ out: Words, _ a: ConstantWords, _ n: Int, byWord w: UInt) -> UInt {
        var carry: UInt = 0
        var i = 0
        while i < n {
            let product = a[i].multipliedFullWidth(by: w)
            let (low, c) = product.low.addingReportingOverflow(carry)
            out[i] = low
            carry = product.high &+ (c ? 1 : 0)
            i &+= 1
        }
        return carry
    }

    /// `out += a × w`; returns the word above.
    @inline(__always)
    static func multiplyAdd(_ out: Words, _ a: ConstantWords, _ n: Int, byWord w: UInt) -> UInt {
        var carry: UInt = 0
        var i = 0
        while i < n {
            let product = a[i].multipliedFullWidth(by: w)
            let (low, c1) = product.low.addingReportingOverflow(carry)
            let (sum, c2) = out[i].addingReportingOverflow(low)
            out[i] = sum
            carry = product.high &+ (c1 ? 1 : 0) &+ (c2 ? 1 : 0)
            i &+= 1
        }
        return carry
    }

    /// `out -= a × w`; returns the borrow, a whole word.
    @inline(__always)
    private static func multiplySubtract(_ out: Words, _ a: ConstantWords, _ n: Int, byWord w: UInt) -> UInt {
        var borrow: UInt = 0
        var i = 0
        while i < n {
            let product = a[i].multipliedFullWidth(by: w)
            let (low, c1) = product.low.addingReportingOverflow(borrow)
            let (difference, c2) = out[i].subtractingReportingOverflow(low)
            out[i] = difference
            borrow = product.high &+ (c1 ? 1 : 0) &+ (c2 ? 1 : 0)
            i &+= 1
        }
        return borrow
    }

    /// `out = a × b`, n + m words (n, m > 0), apart from the operands.
    static func multiply(_ out: Words, _ a: ConstantWords, _ n: Int, _ b: ConstantWords, _ m: Int) {
        if n < m { return multiply(out, b, m, a, n) }
        if m < karatsubaWords {
            out[n] = multiply(out, a, n, byWord: b[0])
            var i = 1
            while i < m {
                out[n &+ i] = multiplyAdd(out + i, a, n, byWord: b[i])
                i &+= 1
            }
            return
        }
        if n == m {
            withScratch(4 * n + 128) { scratch in
                karatsuba(out, a, b, n, scratch)
            }
            return
        }
        // Pieces as long as the shorter factor.
        withScratch(2 * m) { buffer in
            let product = buffer
            out.update(repeating: 0, count: n + m)
            var i = 0
            while i < n {
                let piece = min(m, n - i)
                multiply(product, b, m, a + i, piece)
                _ = add(out + i, out + i, n + m - i, product, m + piece)
                i += piece
            }
        }
    }

    /// Factors of the same length; `scratch` has 4n + 128 words.
    private static func karatsuba(_ out: Words, _ a: ConstantWords, _ b: ConstantWords, _ n: Int, _ scratch: Words) {
        if n < karatsubaWords { return multiply(out, a, n, b, n) }
        let low = n - n / 2
        let high = n / 2
        // Differences of the halves with their signs: |a0 - a1|, |b1 - b0| lie where the product will be.
        let aSign = difference(out, a, low, a + low, high)
        let bSign = difference(out + low, b, low, b + low, high)
        let middle = scratch
        karatsuba(middle, out, out + low, low, scratch + 2 * low)
        karatsuba(out, a, b, low, scratch + 2 * low)
        karatsuba(out + 2 * low, a + low, b + low, high, scratch + 2 * low)
        // a0·b1 + a1·b0 = a0·b0 + a1·b1 - (a0 - a1)·(b0 - b1)
        let sum = scratch + 2 * low
        var top = add(sum, out, 2 * low, out + 2 * low, 2 * high)
        if aSign == bSign {
            top &-= subtract(sum, sum, 2 * low, middle, 2 * low)
        } else {
            top &+= add(sum, sum, 2 * low, middle, 2 * low)
        }
        let carry = add(out + low, out + low, n + high, sum, 2 * low)
        _ = carry
        if top != 0 {
            var i = 3 * low
            var rest = top
            while rest != 0 && i < 2 * n {
                let (value, overflow) = out[i].addingReportingOverflow(rest)
                out[i] = value
                rest = overflow ? 1 : 0
                i += 1
            }
        }
    }

    /// `out = |a - b|` of n words, b zero-extended from m <= n words; whether a < b.
    private static func difference(_ out: Words, _ a: ConstantWords, _ n: Int, _ b: ConstantWords, _ m: Int) -> Bool {
        let aCount = significant(a, n)
        let bCount = significant(b, m)
        if compare(a, aCount, b, bCount) >= 0 {
            subtract(out, a, n, b, bCount)
            return false
        }
        subtract(out, b, bCount, a, aCount)
        (out + bCount).update(repeating: 0, count: n - bCount)
        return true
    }

    // MARK: Dividing

    /// Reciprocal of a normalised word (top bit set): floor((2^128 - 1) / d) - 2^64.
    @inline(__always) static func reciprocal(_ d: UInt) -> UInt { d.dividingFullWidth((~d, UInt.max)).quotient }

    /// (high, low) / d with its reciprocal; high < d.
    @inline(__always)
    static func divide(_ high: UInt, _ low: UInt, _ d: UInt, _ reciprocal: UInt) -> (quotient: UInt, remainder: UInt) {
        let product = reciprocal.multipliedFullWidth(by: high)
        let (fraction, c) = product.low.addingReportingOverflow(low)
        var quotient = product.high &+ high &+ (c ? 1 : 0) &+ 1
        var remainder = low &- quotient &* d
        if remainder > fraction {
            quotient &-= 1
            remainder = remainder &+ d
        }
        if remainder >= d {
            quotient &+= 1
            remainder &-= d
        }
        return (quotient, remainder)
    }

    /// `out = a / d`; returns the remainder. `out` may be `a`.
    static func divide(_ out: Words, _ a: ConstantWords, _ n: Int, byWord d: UInt) -> UInt {
        if n == 0 { return 0 }
        let shift = UInt(d.leadingZeroBitCount)
        let divisor = d << shift
        let inverse = reciprocal(divisor)
        var i = n &- 1
        if shift == 0 {
            var remainder: UInt = 0
            while i >= 0 {
                (out[i], remainder) = divide(remainder, a[i], divisor, inverse)
                i &-= 1
            }
            return remainder
        }
        let back = 64 &- shift
        var word = a[i]
        var remainder = word &>> back
        while i > 0 {
            let next = a[i &- 1]
            (out[i], remainder) = divide(remainder, word &<< shift | next &>> back, divisor, inverse)
            word = next
            i &-= 1
        }
        (out[0], remainder) = divide(remainder, word &<< shift, divisor, inverse)
        return remainder &>> shift
    }

    /// The remainder alone.
    static func remainder(_ a: ConstantWords, _ n: Int, byWord d: UInt) -> UInt {
        let shift = UInt(d.leadingZeroBitCount)
        let divisor = d << shift
        let inverse = reciprocal(divisor)
        // Of a × 2^shift modulo the divisor × 2^shift, word by word.
        var remainder: UInt = 0
        var i = n &- 1
        while i >= 0 {
            let word = a[i]
            let high = shift == 0 ? remainder : remainder &<< shift | word &>> (64 &- shift)
            remainder = divide(high, word &<< shift, divisor, inverse).remainder &>> shift
            i &-= 1
        }
        return remainder
    }

    /// Knuth's algorithm D: `quotient` (n - m + 1 words, or nil) and `remainder` (n + 1 words of room; m words of result),
    /// for n >= m >= 2 and a divisor whose top word is not zero. `scratch` has m words.
    static func divide(
        quotient: Words?, remainder u: Words, _ a: ConstantWords, _ n: Int, by b: ConstantWords, _ m: Int, scratch v: Words
    ) {
        let shift = b[m &- 1].leadingZeroBitCount
        _ = shiftLeft(v, b, m, shift)
        u[n] = shiftLeft(u, a, n, shift)
        let top = v[m &- 1]
        let second = v[m &- 2]
        let inverse = reciprocal(top)
        var j = n &- m
        while j >= 0 {
            let u2 = u[j &+ m]
            let u1 = u[j &+ m &- 1]
            let u0 = u[j &+ m &- 2]
            var digit: UInt
            var rest: UInt
            var exact = true
            if u2 >= top {
                digit = UInt.max
                let (sum, overflow) = u1.addingReportingOverflow(top)
                rest = sum
                exact = !overflow
            } else {
                (digit, rest) = divide(u2, u1, top, inverse)
            }
            while exact {
                let product = digit.multipliedFullWidth(by: second)
                if product.high < rest || (product.high == rest && product.low <= u0) { break }
                digit &-= 1
                let (sum, overflow) = rest.addingReportingOverflow(top)
                rest = sum
                exact = !overflow
            }
            let borrow = multiplySubtract(u + j, v, m, byWord: digit)
            u[j &+ m] = u2 &- borrow
            if u2 < borrow {
                digit &-= 1
                u[j &+ m] = u[j &+ m] &+ add(u + j, u + j, m, v, m)
            }
            quotient?[j] = digit
            j &-= 1
        }
        shiftRight(u, u, m, shift)
    }

    // MARK: Shifting

    /// `out = a << shift` for 0 <= shift < 64; returns the bits above. `out` may lie at or above `a`.
    static func shiftLeft(_ out: Words, _ a: ConstantWords, _ n: Int, _ shift: Int) -> UInt {
        if shift == 0 {
            if UnsafePointer(out) != a { out.update(from: a, count: n) }
            return 0
        }
        let left = UInt(shift)
        let right = 64 &- left
        var i = n &- 1
        let above = n > 0 ? a[i] &>> right : 0
        while i > 0 {
            out[i] = a[i] &<< left | a[i &- 1] &>> right
            i &-= 1
        }
        if n > 0 { out[0] = a[0] &<< left }
        return above
    }

    /// `out = a >> shift` for 0 <= shift < 64. `out` may lie at or below `a`.
    static func shiftRight(_ out: Words, _ a: ConstantWords, _ n: Int, _ shift: Int) {
        if shift == 0 {
            if UnsafePointer(out) != a { out.update(from: a, count: n) }
            return
        }
        let right = UInt(shift)
        let left = 64 &- right
        var i = 0
        while i &+ 1 < n {
            out[i] = a[i] &>> right | a[i &+ 1] &<< left
            i &+= 1
        }
        if n > 0 { out[n &- 1] = a[n &- 1] &>> right }
    }

    // MARK: Powers

    /// -1 / m modulo 2^64, of an odd word: Newton's iteration doubles the right bits each time.
    private static func negatedInverse(_ m: UInt) -> UInt {
        var x = m &* 3 ^ 2
        for _ in 0..<4 { x = x &* (2 &- m &* x) }
        return 0 &- x
    }

    /// Montgomery's product a·b / 2^(64n) modulo m; `t` has n + 2 words, `out` may be an operand.
    @inline(__always)
    private static func montgomery(_ out: Words, _ a: ConstantWords, _ b: ConstantWords, _ m: ConstantWords, _ n: Int, _ k: UInt, _ t: Words) {
        t.update(repeating: 0, count: n &+ 2)
        var i = 0
        while i < n {
            let c = multiplyAdd(t, a, n, byWord: b[i])
            let (s, o) = t[n].addingReportingOverflow(c)
            t[n] = s
            t[n &+ 1] = o ? 1 : 0
            let q = t[0] &* k
            // The lowest word becomes zero and is shifted out.
            let first = q.multipliedFullWidth(by: m[0])
            var carry = first.high &+ (t[0] != 0 ? 1 : 0)
            var j = 1
            while j < n {
                let product = q.multipliedFullWidth(by: m[j])
                let (low, c1) = product.low.addingReportingOverflow(carry)
                let (sum, c2) = t[j].addingReportingOverflow(low)
                t[j &- 1] = sum
                carry = product.high &+ (c1 ? 1 : 0) &+ (c2 ? 1 : 0)
                j &+= 1
            }
            let (sum, overflow) = t[n].addingReportingOverflow(carry)
            t[n &- 1] = sum
            t[n] = t[n &+ 1] &+ (overflow ? 1 : 0)
            i &+= 1
        }
        if t[n] != 0 || compare(t, n, m, n) >= 0 { subtract(out, t, n, m, n) } else { out.update(from: t, count: n) }
    }

    /// `out = base^exponent` modulo the odd `m` of n words with a top word that is not zero; `base` is n words below m.
    static func powerModuloOdd(_ out: Words, _ base: ConstantWords, _ exponent: ConstantWords, _ exponentCount: Int, _ m: ConstantWords, _ n: Int) {
        // sixteen powers, the running power, the product under way
        withScratch(17 * n + 2 * n + 4 + n) { buffer in
            let table = buffer
            let t = table + 17 * n
            let scratch = t + 2 * n + 4
            let k = negatedInverse(m[0])
            // 2^(64n) mod m, and the base times it, by division.
            toMontgomery(table, nil, m, n)
            toMontgomery(table + n, base, m, n)
            for i in 2..<16 { montgomery(table + i * n, table + (i - 1) * n, table + n, m, n, k, t) }
            scratch.update(from: table, count: n)
            var i = exponentCount * 16 - 1
            var started = false
            while i >= 0 {
                let window = Int(exponent[i >> 4] >> UInt((i & 15) * 4) & 15)
                if started { for _ in 0..<4 { montgomery(scratch, scratch, scratch, m, n, k, t) } }
                if window != 0 {
                    montgomery(scratch, scratch, table + window * n, m, n, k, t)
                    started = true
                }
                i -= 1
            }
            // Out of Montgomery's form: times one.
            let one = table
            one.update(repeating: 0, count: n)
            one[0] = 1
            montgomery(out, scratch, one, m, n, k, t)
        }
    }

    /// `out = a · 2^(64n)` modulo m (a = 1 when nil).
    private static func toMontgomery(_ out: Words, _ a: ConstantWords?, _ m: ConstantWords, _ n: Int) {
        withScratch(5 * n + 2) { buffer in
            let dividend = buffer
            let rest = dividend + 2 * n
            dividend.update(repeating: 0, count: 2 * n)
            if let a { (dividend + n).update(from: a, count: n) } else { dividend[n] = 1 }
            if n == 1 {
                out[0] = remainder(dividend, 2, byWord: m[0])
            } else {
                divide(quotient: nil, remainder: rest, dividend, 2 * n, by: m, n, scratch: rest + 2 * n + 1)
                out.update(from: rest, count: n)
            }
        }
    }

    // MARK: Decimal digits

    /// Write the decimal digits of a magnitude, which is destroyed, to the end of `out`; returns the first one's index.
    static func writeDecimal(_ a: Words, _ count: Int, _ out: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int {
        var n = significant(a, count)
        var at = capacity
        while n > 0 {
            var chunk = divide(a, a, n, byWord: 10_000_000_000_000_000_000)
            n = significant(a, n)
            var digits = 0
            while n > 0 ? digits < 19 : chunk != 0 {
                let (quotient, digit) = chunk.quotientAndRemainder(dividingBy: 10)
                chunk = quotient
                at -= 1
                out[at] = 0x30 + UInt8(truncatingIfNeeded: digit)
                digits += 1
            }
        }
        if at == capacity {
            at -= 1
            out[at] = 0x30
        }
        return at
    }
}
