// Which objects are followed where counts race: their numbers in the ledger, by address.
//
// In `unsynchronized` the header's count words are what the race is about and have no room for a number. Every operation of such a run looks here, so
// looking takes no lock: a hash table with open addressing, in which an address, once entered, stays, and its number is 0 while no followed object
// lies there.
//
//     reader                                     writer, under the ledger's mutex
//     table := load(table), acquire              the address is there: store the number
//     probe; the address is there: its number    else, if there is room: store the number, then the address, release
//     an empty place: 0                          else: a table twice as large with all that is followed; store(table), release
//
// *A reader misses an object.* Its number is entered before any other thread can have found the object, so who has a reference sees a table that
// holds it. *A reader takes a number for another object's.* It has a reference when it looks: an object that is alive keeps its address. Tables that
// were outgrown are kept, since a reader may be in them; together they are smaller than the last one.

import CGild

struct FollowedNumbers: @unchecked Sendable {
    private struct Table {
        let mask: Int
        /// Pairs of words: address, number. Atomic.
        let words: UnsafeMutablePointer<UInt64>
        /// Addresses. Guarded by the ledger's mutex.
        var used = 0

        static func make(places: Int) -> UnsafeMutablePointer<Table> {
            let words = UnsafeMutablePointer<UInt64>.allocate(capacity: places * 2)
            words.initialize(repeating: 0, count: places * 2)
            let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
            table.initialize(to: Table(mask: places - 1, words: words))
            return table
        }
    }

    /// The table's address. Atomic; written under the ledger's mutex.
    private let current: UnsafeMutablePointer<UInt64>

    init() {
        current = .allocate(capacity: 1)
        current.initialize(to: UInt64(UInt(bitPattern: Table.make(places: 1024))))
    }

    private var table: UnsafeMutablePointer<Table> {
        UnsafeMutablePointer<Table>(bitPattern: UInt(gild_load_acquire_64(current))).unsafelyUnwrapped
    }

    /// The pair of the address, or the empty one where it would be entered.
    @inline(__always) private func place(_ address: UInt64, _ mask: Int, _ words: UnsafeMutablePointer<UInt64>) -> UnsafeMutablePointer<UInt64> {
        var i = Int(truncatingIfNeeded: (address >> 4) &* 0x9E37_79B9_7F4A_7C15 >> 32) & mask
        while true {
            let place = words + 2 * i
            let found = gild_load_acquire_64(place)
            if found == address || found == 0 { return place }
            i = (i + 1) & mask
        }
    }

    /// The number of the object in the ledger; 0: it is not followed.
    @inline(__always) func number(of object: ObjectPointer) -> UInt32 {
        let address = UInt64(UInt(bitPattern: object))
        let table = self.table
        let place = place(address, table.pointee.mask, table.pointee.words)
        return gild_load_relaxed_64(place) == address ? UInt32(truncatingIfNeeded: gild_load_relaxed_64(place + 1)) : 0
    }

    /// Under the ledger's mutex.
    func set(_ number: UInt32, _ object: ObjectPointer) {
        let address = UInt64(UInt(bitPattern: object))
        var table = self.table
        var place = place(address, table.pointee.mask, table.pointee.words)
        if gild_load_relaxed_64(place) == address { return gild_store_relaxed_64(place + 1, UInt64(number)) }
        if number == 0 { return }
        if table.pointee.used * 2 >= table.pointee.mask {
            table = grow(table)
            place = self.place(address, table.pointee.mask, table.pointee.words)
        }
        table.pointee.used = table.pointee.used + 1
        gild_store_relaxed_64(place + 1, UInt64(number))
        gild_store_release_64(place, address)
    }

    private func grow(_ old: UnsafeMutablePointer<Table>) -> UnsafeMutablePointer<Table> {
        let new = Table.make(places: (old.pointee.mask + 1) * 2)
        forEach(in: old) { object, number in
            let address = UInt64(UInt(bitPattern: object))
            let place = place(address, new.pointee.mask, new.pointee.words)
            gild_store_relaxed_64(place + 1, UInt64(number))
            gild_store_relaxed_64(place, address)
            new.pointee.used = new.pointee.used + 1
        }
        gild_store_release_64(current, UInt64(UInt(bitPattern: new)))
        return new
    }

    private func forEach(in table: UnsafeMutablePointer<Table>, _ body: (ObjectPointer, UInt32) -> Void) {
        for i in 0...table.pointee.mask {
            let place = table.pointee.words + 2 * i
            let number = UInt32(truncatingIfNeeded: gild_load_relaxed_64(place + 1))
            if number != 0, let object = ObjectPointer(bitPattern: UInt(gild_load_relaxed_64(place))) { body(object, number) }
        }
    }

    /// Call `body` for every object that is followed. No other thread runs.
    func forEach(_ body: (ObjectPointer, UInt32) -> Void) { forEach(in: table, body) }
}
