// The numbers of followed objects by address, while one thread enters them and others look.

import CGild
import Testing

@testable import GildRuntime

@Suite struct FollowedNumbersTests {
    private func object(_ index: Int) -> ObjectPointer { ObjectPointer(bitPattern: 0x7F00_0000_0008 + index * 48).unsafelyUnwrapped }

    @Test func anAddressKeepsItsPlaceAndItsNumberChanges() {
        let numbers = FollowedNumbers()
        // More than the first tables hold.
        for index in 1...5000 { numbers.set(UInt32(index), object(index)) }
        for index in stride(from: 2, through: 5000, by: 2) { numbers.set(0, object(index)) }
        for index in 1...5000 { #expect(numbers.number(of: object(index)) == (index % 2 == 0 ? 0 : UInt32(index))) }
        #expect(numbers.number(of: object(5001)) == 0)
        numbers.set(7, object(2))
        #expect(numbers.number(of: object(2)) == 7)
        var sum = 0
        numbers.forEach { sum += Int($1) + (numbers.number(of: $0) == $1 ? 0 : 1_000_000) }
        #expect(sum == stride(from: 1, through: 4999, by: 2).reduce(0, +) + 7)
    }

    /// Who has been told of an object finds its number, whatever table the writer is at.
    @Test func readersFindWhatWasPublished() async {
        let numbers = FollowedNumbers()
        let published = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        published.initialize(to: 0)
        defer { published.deallocate() }
        nonisolated(unsafe) let word = published
        let object = self.object
        await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for index in 1...20_000 {
                    numbers.set(UInt32(index), object(index))
                    _ = gild_fetch_add_int(word, 1)
                }
                return 0
            }
            group.addTask {
                var missed = 0
                while true {
                    let last = gild_fetch_add_int(word, 0)
                    if last > 0 && numbers.number(of: object(last)) != UInt32(last) { missed += 1 }
                    if last > 1 && numbers.number(of: object(last / 2)) != UInt32(last / 2) { missed += 1 }
                    if last == 20_000 { return missed }
                }
            }
            for await missed in group { #expect(missed == 0) }
        }
    }
}
