// What a plugin's file says about itself, read before the dynamic loader sees it.
//
// dlopen answers a wrong or damaged file with a sentence about the loader's own troubles, and a truncated one with SIGBUS when a
// page behind its end is touched. So the header, the program headers and the extent of every loadable segment are checked first
// (System V ABI, chapters 4 and 5): class, byte order, machine, type, and that every byte they speak of is in the file.
//
// The symbol table is kept for messages: a break of a rule is told as `function+0x34`, and a plugin's static functions are in
// no table that the loader could be asked. A stripped file has none; then the offset in the file has to do.

import Glibc

struct ELFImage: Sendable {
    /// Highest address of a loadable segment, counted from the library's base.
    let memorySize: UInt
    /// Functions by address, ascending.
    private let functions: [Function]

    private struct Function: Sendable {
        let start: UInt
        let size: UInt
        let name: String
    }

    private static let headerSize = 64
    private static let programHeaderSize = 56
    private static let sectionHeaderSize = 64
    private static let symbolSize = 24

    #if arch(x86_64)
        private static let machine: UInt16 = 62
        private static let machineName = "x86-64"
    #elseif arch(arm64)
        private static let machine: UInt16 = 183
        private static let machineName = "AArch64"
    #endif

    private static func name(ofMachine number: UInt16) -> String {
        switch number {
        case 3: "x86, 32 bits"
        case 40: "ARM, 32 bits"
        case 62: "x86-64"
        case 183: "AArch64"
        case 243: "RISC-V"
        default: "machine \(number)"
        }
    }

    /// - Throws: `notALibrary` or `unreadable`.
    init(of file: TrustedFile) throws(PluginError) {
        func bad(_ message: String) -> PluginError { PluginError(.notALibrary, message, place: file.path) }
        var information = stat()
        guard fstat(file.descriptor, &information) == 0 else {
            throw PluginError(.unreadable, "cannot read the file: \(String(cString: strerror(errno)))", place: file.path)
        }
        let fileSize = UInt(information.st_size)
        let reader = Reader(descriptor: file.descriptor, size: fileSize)
        guard let header = reader.bytes(at: 0, count: UInt(Self.headerSize)) else {
            throw bad("not a shared library: it has \(fileSize) bytes, too few for an ELF header")
        }
        guard header[0..<4].elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else { throw bad("not a shared library: no ELF header") }
        let number16 = { (at: Int) in UInt16(header[at]) | UInt16(header[at + 1]) << 8 }
        if header[5] != 1 { throw bad("built for another machine: its numbers are big-endian") }
        if header[4] != 2 { throw bad("built for another machine (\(Self.name(ofMachine: number16(18)))); this gild runs on \(Self.machineName)") }
        if number16(18) != Self.machine { throw bad("built for another machine (\(Self.name(ofMachine: number16(18)))); this gild runs on \(Self.machineName)") }
        if number16(16) != 3 { throw bad(number16(16) == 1 ? "an object file, not a shared library (link it with cc -shared)" : "not a shared library") }
        let programOffset = header.load(UInt64.self, 32)
        let sectionOffset = header.load(UInt64.self, 40)
        let programCount = Int(number16(56))
        guard Int(number16(54)) == Self.programHeaderSize, programCount > 0,
            let programs = reader.bytes(at: UInt(programOffset), count: UInt(programCount * Self.programHeaderSize))
        else { throw bad("truncated or damaged: its program headers are not in the file") }
        var memorySize: UInt = 0
        var isDynamic = false
        for i in 0..<programCount {
            let at = i * Self.programHeaderSize
            let type = programs.load(UInt32.self, at)
            if type == 2 { isDynamic = true }
            guard type == 1 || type == 2 else { continue }
            let (offset, address) = (UInt(programs.load(UInt64.self, at + 8)), UInt(programs.load(UInt64.self, at + 16)))
            let (inFile, inMemory) = (UInt(programs.load(UInt64.self, at + 32)), UInt(programs.load(UInt64.self, at + 40)))
            guard reader.contains(offset, inFile) else {
                throw bad("truncated: it has \(fileSize) bytes, and a segment ends at \(offset.addingReportingOverflow(inFile).partialValue)")
            }
            let (end, overflow) = address.addingReportingOverflow(inMemory)
            if overflow || inFile > inMemory { throw bad("damaged: a segment ends beyond the address space") }
            if type == 1 { memorySize = max(memorySize, end) }
        }
        if !isDynamic || memorySize == 0 { throw bad("not a shared library: it has nothing for the dynamic loader") }
        // The section headers stand at the end of the file that linkers write; a file cut there may still load, but is not what was built.
        let sectionCount = Int(number16(60))
        guard sectionOffset == 0 || reader.contains(UInt(sectionOffset), UInt(sectionCount * Self.sectionHeaderSize)) else {
            throw bad("truncated: it has \(fileSize) bytes, and its section headers lie behind them")
        }
        self.memorySize = memorySize
        functions = Self.functions(reader, sectionOffset: UInt(sectionOffset), count: sectionOffset == 0 ? 0 : sectionCount)
    }

    /// `function+0x34`, or `+0x1a34`, for an address counted from the library's base.
    func place(of offset: UInt) -> String {
        var (low, high) = (0, functions.count)
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        let hexadecimal = "0x" + String(offset, radix: 16)
        guard low > 0 else { return "+" + hexadecimal }
        let function = functions[low - 1]
        if offset >= function.start + max(function.size, 1) { return "+" + hexadecimal }
        return "\(function.name)+0x\(String(offset - function.start, radix: 16))"
    }

    // MARK: Symbols

    /// Functions of the symbol table, or of the dynamic one in a stripped file. Whatever makes no sense is left out.
    private static func functions(_ reader: Reader, sectionOffset: UInt, count: Int) -> [Function] {
        guard count > 0, let sections = reader.bytes(at: sectionOffset, count: UInt(count * sectionHeaderSize)) else { return [] }
        for wanted: UInt32 in [2, 11] {
            for i in 0..<count where sections.load(UInt32.self, i * sectionHeaderSize + 4) == wanted {
                let at = i * sectionHeaderSize
                let link = Int(sections.load(UInt32.self, at + 40))
                guard link < count,
                    let symbols = reader.bytes(at: UInt(sections.load(UInt64.self, at + 24)), count: UInt(sections.load(UInt64.self, at + 32))),
                    let names = reader.bytes(
                        at: UInt(sections.load(UInt64.self, link * sectionHeaderSize + 24)), count: UInt(sections.load(UInt64.self, link * sectionHeaderSize + 32)))
                else { continue }
                var found: [Function] = []
                for symbol in 0..<(symbols.count / symbolSize) {
                    let place = symbol * symbolSize
                    let nameAt = Int(symbols.load(UInt32.self, place))
                    // Defined functions only.
                    guard symbols[place + 4] & 15 == 2, symbols[place + 6] != 0 || symbols[place + 7] != 0, nameAt < names.count else { continue }
                    let name = String(decoding: names[nameAt...].prefix { $0 != 0 }.prefix(200), as: UTF8.self)
                    found.append(Function(start: UInt(symbols.load(UInt64.self, place + 8)), size: UInt(symbols.load(UInt64.self, place + 16)), name: name))
                }
                if !found.isEmpty { return found.sorted { $0.start < $1.start } }
            }
        }
        return []
    }

    private struct Reader {
        let descriptor: Int32
        let size: UInt
        /// Symbol tables beyond this are not worth their time.
        private static let greatest: UInt = 64 << 20

        init(descriptor: Int32, size: UInt) {
            self.descriptor = descriptor
            self.size = size
        }

        func contains(_ offset: UInt, _ count: UInt) -> Bool {
            let (end, overflow) = offset.addingReportingOverflow(count)
            return !overflow && end <= size
        }

        /// Nil: they are not all in the file, or cannot be read.
        func bytes(at offset: UInt, count: UInt) -> [UInt8]? {
            guard contains(offset, count), count <= Self.greatest else { return nil }
            var done = 0
            let result = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
                while done < Int(count) {
                    let got = pread(descriptor, buffer.baseAddress.unsafelyUnwrapped + done, Int(count) - done, off_t(offset) + off_t(done))
                    if got < 0 && errno == EINTR { continue }
                    if got <= 0 { break }
                    done += got
                }
                initialized = done
            }
            return done == Int(count) ? result : nil
        }
    }
}

extension [UInt8] {
    /// A number of the machine's byte order; the caller has checked the bounds.
    fileprivate func load<T: FixedWidthInteger>(_: T.Type, _ offset: Int) -> T {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
    }
}
