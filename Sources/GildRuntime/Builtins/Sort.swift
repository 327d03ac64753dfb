// Sorting: timsort with powersort's order of merges.
//
//   runs     The array is cut into ascending runs from the left; strictly descending ones (blocks of equal keys in them count
//            as one key) are turned round. A short run is lengthened to `minimumRun` by binary insertion.
//   merges   Runs lie on a stack. Every boundary between two runs has a power: its depth in a nearly optimal merge tree
//            (Munro & Wild, "Nearly-optimal mergesorts", ESA 2018). Before a run is pushed, boundaries with a higher power
//            than the new one are merged.
//   gallop   A merge first cuts off what is in place already, then copies the shorter run aside. When one side wins
//            `minimumGallop` times in a row, positions are found by exponential search instead of one by one.
//
// (T. Peters' listsort, with the run detection of CPython 3.13: scripts that count comparisons see the same number.)
//
// The keys are compared by `Order.less`. When all keys are small integers, floats, or Latin-1 strings, the order is a plain
// comparison that runs no code. Otherwise it may raise: whatever lies aside is then moved back, so that the array always is
// a permutation of what it was. The list itself is empty while it is sorted, so that no script can disturb the buffer.

import CGild
import Glibc

/// How keys are compared: 1 less, 0 not less, -1 raised.
protocol SortOrder {
    func less(_ a: Value, _ b: Value) -> Int32
}

struct IntegerSortOrder: SortOrder {
    @inline(__always) func less(_ a: Value, _ b: Value) -> Int32 {
        Int64(bitPattern: a.bits) < Int64(bitPattern: b.bits) ? 1 : 0
    }
}

struct FloatSortOrder: SortOrder {
    @inline(__always) func less(_ a: Value, _ b: Value) -> Int32 { a.immediateFloat < b.immediateFloat ? 1 : 0 }
}

struct Latin1SortOrder: SortOrder {
    @inline(__always) func less(_ a: Value, _ b: Value) -> Int32 {
        let x = a.cast(StringObject.self)
        let y = b.cast(StringObject.self)
        let order = memcmp(x.bytes, y.bytes, min(x.pointee.count, y.pointee.count))
        return order < 0 || order == 0 && x.pointee.count < y.pointee.count ? 1 : 0
    }
}

struct ObjectSortOrder: SortOrder {
    let thread: Thread
    func less(_ a: Value, _ b: Value) -> Int32 {
        let result = thread.compare(a, b, .lt)
        if result.isTrue { return 1 }
        if result.isFalse { return 0 }
        if result.isUndefined { return -1 }
        let truth = thread.truth(result)
        thread.decref(result)
        return truth
    }
}

/// One sort in progress.
struct Sorter<Order: SortOrder> {
    typealias Buffer = UnsafeMutablePointer<Value>

    struct Run {
        var start: Int
        var count: Int
        /// Of the boundary to the run behind it.
        var power: Int
    }

    let thread: Thread
    let order: Order
    /// What is compared.
    let keys: Buffer
    /// What moves along, when there is a key function.
    let values: Buffer?
    let count: Int
    /// Memory for the shorter run of a merge: keys, then values.
    var aside: Buffer?
    var asideCapacity = 0
    var minimumGallop = 7

    init(_ thread: Thread, _ order: Order, keys: Buffer, values: Buffer?, count: Int) {
        self.thread = thread
        self.order = order
        self.keys = keys
        self.values = values
        self.count = count
    }

    /// Sort. False: a comparison raised, or no memory.
    mutating func sort() -> Bool {
        if count < 2 { return true }
        let done = withUnsafeTemporaryAllocation(of: Run.self, capacity: 96) { sort(runs: $0.baseAddress.unsafelyUnwrapped) }
        if let aside { thread.freeValues(aside, asideCapacity) }
        aside = nil
        return done
    }

    private mutating func sort(runs: UnsafeMutablePointer<Run>) -> Bool {
        var depth = 0
        var start = 0
        let minimumRun = Sorter.minimumRun(count)
        while start < count {
            var length = countRun(start)
            if length < 0 { return false }
            if length < minimumRun {
                let forced = min(minimumRun, count - start)
                if !insertionSort(start, count: forced, sorted: length) { return false }
                length = forced
            }
            if depth > 0 {
                let last = runs[depth - 1]
                let power = Sorter.power(last.start, last.count, length, count)
                while depth > 1 && runs[depth - 2].power > power {
                    if !merge(runs, depth - 2) { return false }
                    depth -= 1
                }
                runs[depth - 1].power = power
            }
            runs[depth] = Run(start: start, count: length, power: 0)
            depth += 1
            start += length
        }
        while depth > 1 {
            var at = depth - 2
            if at > 0 && runs[at - 1].count < runs[at + 1].count { at -= 1 }
            if !merge(runs, at) { return false }
            if at + 2 < depth { runs[at + 1] = runs[at + 2] }
            depth -= 1
        }
        return true
    }

    private static func minimumRun(_ count: Int) -> Int {
        var n = count
        var rest = 0
        while n >= 64 {
            rest |= n & 1
            n >>= 1
        }
        return n + rest
    }

    /// First bit in which the midpoints of two adjacent runs, as fractions of the whole, differ.
    private static func power(_ start: Int, _ first: Int, _ second: Int, _ count: Int) -> Int {
        var a = 2 * start + first
        var b = a + first + second
        var result = 0
        while true {
            result += 1
            if a >= count {
                a -= count
                b -= count
            } else if b >= count {
                return result
            }
            a <<= 1
            b <<= 1
        }
    }

    private func reverse(_ start: Int, _ end: Int) {
        reverseValues(keys + start, end - start)
        if let values { reverseValues(values + start, end - start) }
    }

    /// Length of the ascending run that begins at `start`, after turning a descending one; -1: raised.
    private func countRun(_ start: Int) -> Int {
        let a = keys + start
        let limit = count - start
        var n = 1
        while n < limit {
            let smaller = order.less(a[n], a[n - 1])
            if smaller < 0 { return -1 }
            if smaller > 0 { break }
            n += 1
        }
        if n == limit { return n }
        if n > 1 {
            let increases = order.less(a[0], a[n - 1])
            if increases < 0 { return -1 }
            if increases > 0 { return n }
            // All equal so far: their order survives the turn that follows.
            reverse(start, start + n)
        }
        n += 1
        var equals = 0
        while n < limit {
            let smaller = order.less(a[n], a[n - 1])
            if smaller < 0 { return -1 }
            if smaller > 0 {
                if equals > 0 {
                    reverse(start + n - equals - 1, start + n)
                    equals = 0
                }
            } else {
                let larger = order.less(a[n - 1], a[n])
                if larger < 0 { return -1 }
                if larger > 0 { break }
                equals += 1
            }
            n += 1
        }
        if equals > 0 { reverse(start + n - equals - 1, start + n) }
        reverse(start, start + n)
        while n < limit {
            let smaller = order.less(a[n], a[n - 1])
            if smaller < 0 { return -1 }
            if smaller > 0 { break }
            n += 1
        }
        return n
    }

    /// Binary insertion of the items behind the first `sorted` ones.
    private func insertionSort(_ start: Int, count: Int, sorted: Int) -> Bool {
        let a = keys + start
        for next in sorted..<count {
            let pivot = a[next]
            var low = 0
            var high = next
            while low < high {
                let middle = (low &+ high) >> 1
                let less = order.less(pivot, a[middle])
                if less < 0 { return false }
                if less > 0 { high = middle } else { low = middle &+ 1 }
            }
            memmove(a + low + 1, a + low, (next - low) * 8)
            a[low] = pivot
            if let values {
                let v = values + start
                let moved = v[next]
                memmove(v + low + 1, v + low, (next - low) * 8)
                v[low] = moved
            }
        }
        return true
    }

    /// Where in the sorted `a` (n items) `key` belongs: left of equal items (`leftmost`) or right of them. `hint` is a
    /// good guess. -1: raised.
    private func gallop(_ key: Value, _ a: Buffer, _ n: Int, hint: Int, leftmost: Bool) -> Int {
        // `before(i)`: a[i] stands left of the key.
        @inline(__always) func before(_ i: Int) -> Int32 {
            if leftmost { return order.less(a[i], key) }
            let less = order.less(key, a[i])
            return less < 0 ? -1 : 1 - less
        }
        var last = 0
        var offset = 1
        let first = before(hint)
        if first < 0 { return -1 }
        if first > 0 {
            let maximum = n - hint
            while offset < maximum {
                let more = before(hint + offset)
                if more < 0 { return -1 }
                if more == 0 { break }
                last = offset
                offset = (offset << 1) + 1
            }
            if offset > maximum { offset = maximum }
            last += hint
            offset += hint
        } else {
            let maximum = hint + 1
            while offset < maximum {
                let more = before(hint - offset)
                if more < 0 { return -1 }
                if more > 0 { break }
                last = offset
                offset = (offset << 1) + 1
            }
            if offset > maximum { offset = maximum }
            let previous = last
            last = hint - offset
            offset = hint - previous
        }
        last += 1
        while last < offset {
            let middle = last + ((offset - last) >> 1)
            let less = before(middle)
            if less < 0 { return -1 }
            if less > 0 { last = middle + 1 } else { offset = middle }
        }
        return offset
    }

    private mutating func ensureAside(_ n: Int) -> Bool {
        let needed = values == nil ? n : 2 * n
        if needed <= asideCapacity { return true }
        if let aside { thread.freeValues(aside, asideCapacity) }
        asideCapacity = 0
        aside = thread.allocateValues(needed)
        if aside == nil { return false }
        asideCapacity = needed
        return true
    }

    /// Merge the runs `at` and `at + 1` into `at`.
    private mutating func merge(_ runs: UnsafeMutablePointer<Run>, _ at: Int) -> Bool {
        var start = runs[at].start
        var first = runs[at].count
        let middle = runs[at + 1].start
        var second = runs[at + 1].count
        runs[at].count = first + second
        let skipped = gallop(keys[middle], keys + start, first, hint: 0, leftmost: false)
        if skipped < 0 { return false }
        start += skipped
        first -= skipped
        if first == 0 { return true }
        second = gallop(keys[start + first - 1], keys + middle, second, hint: second - 1, leftmost: true)
        if second <= 0 { return second == 0 }
        return first <= second ? mergeLow(start, first, middle, second) : mergeHigh(start, first, middle, second)
    }

    @inline(__always) private func copy(_ to: Int, from: Int) {
        keys[to] = keys[from]
        if let values { values[to] = values[from] }
    }

    @inline(__always) private func move(_ to: Int, from: Int, _ n: Int) {
        memmove(keys + to, keys + from, n * 8)
        if let values { memmove(values + to, values + from, n * 8) }
    }

    /// Merge from the left; the first run, the shorter one, lies aside meanwhile.
    private mutating func mergeLow(_ start: Int, _ firstCount: Int, _ middle: Int, _ secondCount: Int) -> Bool {
        var na = firstCount
        var nb = secondCount
        guard ensureAside(na) else { return false }
        let ak = aside.unsafelyUnwrapped
        let av = ak + firstCount
        memcpy(ak, keys + start, na * 8)
        if let values { memcpy(av, values + start, na * 8) }
        var a = 0
        var b = middle
        var to = start
        let hasValues = values != nil

        @inline(__always) func takeA() {
            keys[to] = ak[a]
            if hasValues { values.unsafelyUnwrapped[to] = av[a] }
            to &+= 1
            a &+= 1
            na &-= 1
        }
        @inline(__always) func takeB() {
            copy(to, from: b)
            to &+= 1
            b &+= 1
            nb &-= 1
        }
        /// What is left of the first run goes to where the second one has been used up.
        func finish(_ result: Bool) -> Bool {
            if na > 0 {
                memcpy(keys + to, ak + a, na * 8)
                if hasValues { memcpy(values.unsafelyUnwrapped + to, av + a, na * 8) }
            }
            return result
        }
        /// One item of the first run is left, and it is the last of all.
        func finishWithLastOfFirst() -> Bool {
            move(to, from: b, nb)
            keys[to + nb] = ak[a]
            if hasValues { values.unsafelyUnwrapped[to + nb] = av[a] }
            return true
        }

        takeB()
        if nb == 0 { return finish(true) }
        if na == 1 { return finishWithLastOfFirst() }
        var gallopAfter = minimumGallop
        while true {
            var wonA = 0
            var wonB = 0
            repeat {
                let less = order.less(keys[b], ak[a])
                if less < 0 { return finish(false) }
                if less > 0 {
                    takeB()
                    wonB &+= 1
                    wonA = 0
                    if nb == 0 { return finish(true) }
                    if wonB >= gallopAfter { break }
                } else {
                    takeA()
                    wonA &+= 1
                    wonB = 0
                    if na == 1 { return finishWithLastOfFirst() }
                    if wonA >= gallopAfter { break }
                }
            } while true
            gallopAfter += 1
            repeat {
                gallopAfter -= gallopAfter > 1 ? 1 : 0
                minimumGallop = gallopAfter
                wonA = gallop(keys[b], ak + a, na, hint: 0, leftmost: false)
                if wonA < 0 { return finish(false) }
                if wonA > 0 {
                    memcpy(keys + to, ak + a, wonA * 8)
                    if hasValues { memcpy(values.unsafelyUnwrapped + to, av + a, wonA * 8) }
                    to += wonA
                    a += wonA
                    na -= wonA
                    if na == 1 { return finishWithLastOfFirst() }
                    // Only when the comparison is inconsistent.
                    if na == 0 { return finish(true) }
                }
                takeB()
                if nb == 0 { return finish(true) }
                wonB = gallop(ak[a], keys + b, nb, hint: 0, leftmost: true)
                if wonB < 0 { return finish(false) }
                if wonB > 0 {
                    move(to, from: b, wonB)
                    to += wonB
                    b += wonB
                    nb -= wonB
                    if nb == 0 { return finish(true) }
                }
                takeA()
                if na == 1 { return finishWithLastOfFirst() }
            } while wonA >= 7 || wonB >= 7
            gallopAfter += 1
            minimumGallop = gallopAfter
        }
    }

    /// Merge from the right; the second run, the shorter one, lies aside meanwhile.
    private mutating func mergeHigh(_ start: Int, _ firstCount: Int, _ middle: Int, _ secondCount: Int) -> Bool {
        var na = firstCount
        var nb = secondCount
        guard ensureAside(nb) else { return false }
        let bk = aside.unsafelyUnwrapped
        let bv = bk + secondCount
        memcpy(bk, keys + middle, nb * 8)
        if let values { memcpy(bv, values + middle, nb * 8) }
        var to = middle + nb - 1
        var a = start + na - 1
        var b = nb - 1
        let hasValues = values != nil

        @inline(__always) func takeA() {
            copy(to, from: a)
            to &-= 1
            a &-= 1
            na &-= 1
        }
        @inline(__always) func takeB() {
            keys[to] = bk[b]
            if hasValues { values.unsafelyUnwrapped[to] = bv[b] }
            to &-= 1
            b &-= 1
            nb &-= 1
        }
        func finish(_ result: Bool) -> Bool {
            if nb > 0 {
                memcpy(keys + (to - nb + 1), bk, nb * 8)
                if hasValues { memcpy(values.unsafelyUnwrapped + (to - nb + 1), bv, nb * 8) }
            }
            return result
        }
        /// One item of the second run is left, and it is the first of all.
        func finishWithFirstOfSecond() -> Bool {
            move(to - na + 1, from: a - na + 1, na)
            to -= na
            keys[to] = bk[b]
            if hasValues { values.unsafelyUnwrapped[to] = bv[b] }
            return true
        }

        takeA()
        if na == 0 { return finish(true) }
        if nb == 1 { return finishWithFirstOfSecond() }
        var gallopAfter = minimumGallop
        while true {
            var wonA = 0
            var wonB = 0
            repeat {
                let less = order.less(bk[b], keys[a])
                if less < 0 { return finish(false) }
                if less > 0 {
                    takeA()
                    wonA &+= 1
                    wonB = 0
                    if na == 0 { return finish(true) }
                    if wonA >= gallopAfter { break }
                } else {
                    takeB()
                    wonB &+= 1
                    wonA = 0
                    if nb == 1 { return finishWithFirstOfSecond() }
                    if wonB >= gallopAfter { break }
                }
            } while true
            gallopAfter += 1
            repeat {
                gallopAfter -= gallopAfter > 1 ? 1 : 0
                minimumGallop = gallopAfter
                let stay = gallop(bk[b], keys + start, na, hint: na - 1, leftmost: false)
                if stay < 0 { return finish(false) }
                wonA = na - stay
                if wonA > 0 {
                    to -= wonA
                    a -= wonA
                    move(to + 1, from: a + 1, wonA)
                    na -= wonA
                    if na == 0 { return finish(true) }
                }
                takeB()
                if nb == 1 { return finishWithFirstOfSecond() }
                let left = gallop(keys[a], bk, nb, hint: nb - 1, leftmost: true)
                if left < 0 { return finish(false) }
                wonB = nb - left
                if wonB > 0 {
                    to -= wonB
                    b -= wonB
                    memcpy(keys + to + 1, bk + b + 1, wonB * 8)
                    if hasValues { memcpy(values.unsafelyUnwrapped + to + 1, bv + b + 1, wonB * 8) }
                    nb -= wonB
                    if nb == 1 { return finishWithFirstOfSecond() }
                    // Only when the comparison is inconsistent.
                    if nb == 0 { return finish(true) }
                }
                takeA()
                if na == 0 { return finish(true) }
            } while wonA >= 7 || wonB >= 7
            gallopAfter += 1
            minimumGallop = gallopAfter
        }
    }
}

/// Reverse the order of `count` values in place.
func reverseValues(_ items: UnsafeMutablePointer<Value>, _ count: Int) {
    var low = 0
    var high = count - 1
    while low < high {
        let value = items[low]
        items[low] = items[high]
        items[high] = value
        low &+= 1
        high &-= 1
    }
}

// MARK: - Lists

/// What all keys have in common.
private enum KeyClass { case integer, float, latin1, object }

private func classify(_ keys: UnsafeMutablePointer<Value>, _ count: Int) -> KeyClass {
    if count == 0 { return .object }
    var integers = true
    var floats = true
    var strings = true
    for i in 0..<count {
        let key = keys[i]
        if !key.isInt { integers = false }
        if !key.isImmediateFloat { floats = false }
        if !(key.hasShape(.str) && key.object.pointee.flags & ObjectFlags.wide == 0) { strings = false }
        if !integers && !floats && !strings { return .object }
    }
    return integers ? .integer : floats ? .float : .latin1
}

/// Sort values in place by themselves, or by `keys`. False: a comparison raised; the values are then a permutation.
private func sortValues(_ thread: Thread, keys: UnsafeMutablePointer<Value>, values: UnsafeMutablePointer<Value>?, count: Int) -> Bool {
    switch classify(keys, count) {
    case .integer:
        var sorter = Sorter(thread, IntegerSortOrder(), keys: keys, values: values, count: count)
        return sorter.sort()
    case .float:
        var sorter = Sorter(thread, FloatSortOrder(), keys: keys, values: values, count: count)
        return sorter.sort()
    case .latin1:
        var sorter = Sorter(thread, Latin1SortOrder(), keys: keys, values: values, count: count)
        return sorter.sort()
    case .object:
        var sorter = Sorter(thread, ObjectSortOrder(thread: thread), keys: keys, values: values, count: count)
        return sorter.sort()
    }
}

/// `list.sort`: `key` is a callable, None or undefined. False: raised; the list is then a permutation of what it was.
func listSort(_ thread: Thread, _ list: ListPointer, key: Value, reverse: Bool) -> Bool {
    let count = list.pointee.count
    let capacity = list.pointee.capacity
    guard var items = list.pointee.items else { return true }
    if list.isReadUnlocked {
        // Who is reading the buffer reads it as it was.
        guard let copy = thread.reallocateBuffer(items, from: capacity * 8, to: capacity * 8, mayBeRead: true) else { return false }
        items = copy.assumingMemoryBound(to: Value.self)
    }
    list.setItems(nil)
    list.setCount(0)
    list.pointee.capacity = 0

    var done = true
    if key.isNone || key.isUndefined {
        // Reversed before and after: equal items keep their order.
        if reverse { reverseValues(items, count) }
        done = sortValues(thread, keys: items, values: nil, count: count)
        if reverse { reverseValues(items, count) }
    } else if count > 0 {
        if let keys = thread.allocateValues(count) {
            var made = 0
            while made < count {
                let k = thread.call(key, items[made])
                if k.isUndefined {
                    done = false
                    break
                }
                keys[made] = k
                made += 1
            }
            if done {
                if reverse {
                    reverseValues(keys, count)
                    reverseValues(items, count)
                }
                done = sortValues(thread, keys: keys, values: items, count: count)
                if reverse { reverseValues(items, count) }
            }
            for i in 0..<made { thread.decref(keys[i]) }
            thread.freeValues(keys, count)
        } else {
            done = false
        }
    }

    let strangers = list.pointee.items
    let strangerCount = list.pointee.count
    let strangerCapacity = list.pointee.capacity
    list.setItems(items)
    list.setCount(count)
    list.pointee.capacity = capacity
    if let strangers {
        if done {
            done = false
            thread.raise(.valueError, "list modified during sort")
        }
        for i in 0..<strangerCount { thread.decref(strangers[i]) }
        thread.freeBuffer(strangers, bytes: strangerCapacity &* 8, mayBeRead: list.isReadUnlocked)
    }
    return done
}
