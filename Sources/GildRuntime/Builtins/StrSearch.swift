// Searching strings.
//
// Two Latin-1 strings go to the C library (memchr, memrchr, and memmem, which is linear by the two-way algorithm of
// Crochemore and Perrin). A wide needle cannot lie in a Latin-1 string. The other pairings compare code points, testing the
// first and last of the needle before the rest.

import CGild
import Glibc

typealias StringPointer = UnsafeMutablePointer<StringObject>

enum StrSearch {
    /// First index in start ..< end where the needle begins, or -1. An empty needle is found at `start`.
    static func find(_ text: StringPointer, _ needle: StringPointer, _ start: Int, _ end: Int) -> Int {
        let m = needle.pointee.count
        if end - start < m { return -1 }
        if m == 0 { return start }
        if !text.isWide {
            if needle.isWide { return -1 }
            let base = text.bytes + start
            let found = m == 1
                ? memchr(base, CInt(needle.bytes[0]), end - start) : gild_memory_find(base, end - start, needle.bytes, m)
            guard let found else { return -1 }
            return UnsafeRawPointer(found) - UnsafeRawPointer(text.bytes)
        }
        let first = needle[codePoint: 0]
        let last = needle[codePoint: m - 1]
        let p = text.wides
        var i = start
        let limit = end - m
        while i <= limit {
            if p[i] == first && p[i + m - 1] == last && matches(text, needle, at: i) { return i }
            i += 1
        }
        return -1
    }

    /// Last such index, or -1. An empty needle is found at `end`.
    static func findLast(_ text: StringPointer, _ needle: StringPointer, _ start: Int, _ end: Int) -> Int {
        let m = needle.pointee.count
        if end - start < m { return -1 }
        if m == 0 { return end }
        if !text.isWide && needle.isWide { return -1 }
        let first = needle[codePoint: 0]
        var i = end - m
        while i >= start {
            if text[codePoint: i] == first && matches(text, needle, at: i) { return i }
            i -= 1
        }
        return -1
    }

    /// Occurrences that do not overlap.
    static func count(_ text: StringPointer, _ needle: StringPointer, _ start: Int, _ end: Int, limit: Int = Int.max) -> Int {
        let m = needle.pointee.count
        if m == 0 { return end < start ? 0 : min(end - start + 1, limit) }
        var result = 0
        var i = start
        while result < limit {
            let found = find(text, needle, i, end)
            if found < 0 { break }
            result += 1
            i = found + m
        }
        return result
    }

    /// Whether the needle lies at `i`, where it fits.
    static func matches(_ text: StringPointer, _ needle: StringPointer, at i: Int) -> Bool {
        let m = needle.pointee.count
        if text.isWide == needle.isWide {
            return text.isWide ? gild_memory_equal(text.wides + i, needle.wides, m * 4) : gild_memory_equal(text.bytes + i, needle.bytes, m)
        }
        for k in 0..<m where text[codePoint: i + k] != needle[codePoint: k] { return false }
        return true
    }

    /// Order by code points: negative, zero, positive.
    static func compare(_ a: StringPointer, _ b: StringPointer) -> Int {
        let common = min(a.pointee.count, b.pointee.count)
        if !a.isWide && !b.isWide {
            let order = memcmp(a.bytes, b.bytes, common)
            if order != 0 { return Int(order) }
        } else {
            for i in 0..<common {
                let x = a[codePoint: i]
                let y = b[codePoint: i]
                if x != y { return x < y ? -1 : 1 }
            }
        }
        return a.pointee.count - b.pointee.count
    }
}
