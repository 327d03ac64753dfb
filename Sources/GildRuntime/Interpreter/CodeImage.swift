// Code objects as the run loop needs them: raw, immortal for the run.
//
// The loader copies a `CompiledModule` out of its Swift arrays. Instruction words live in an arena of address space
// that never crosses a 4 GiB border, so that the low 32 bits of an instruction's address name it: that number is the
// allocation site in every object's prefix.

import CGild
import GildScript
import Glibc

struct CodeImage {
    var words: UnsafeMutablePointer<UInt64>
    var wordCount: Int
    var constants: UnsafeMutablePointer<Value>
    /// Interned attribute and module names.
    var names: UnsafeMutablePointer<Value>
    var registerCount: Int
    var localCount: Int
    var positionalCount: Int
    var positionalOnlyCount: Int
    var keywordOnlyCount: Int
    var hasVariadic: Bool
    var hasVariadicKeywords: Bool
    /// Positional parameters only, all passed by position: the call's fast path applies when the count matches.
    var isSimple: Bool
    var isClassBody: Bool
    var hasDocstring: Bool
    var freeCount: Int
    /// Where the cells of the free variables come from, `freeCount` of them: a register of the enclosing frame, or `~i` for the enclosing function's
    /// i-th free variable.
    var captures: UnsafeMutablePointer<Int32>
    var name: Value
    var qualifiedName: Value
    /// Interned names of the local registers.
    var localNames: UnsafeMutablePointer<Value>
    var ranges: UnsafeMutablePointer<ExceptionRange>
    var rangeCount: Int
    /// Index in the module's code objects.
    var index: Int
    /// All code objects of the module.
    var siblings: UnsafeMutablePointer<UnsafeMutablePointer<CodeImage>>
    /// The module that the code was loaded with; +0, the runtime keeps it.
    var module: Unmanaged<LoadedModule>
}

/// A compiled file whose code objects have been loaded. Lives as long as its runtime.
final class LoadedModule {
    let compiled: CompiledModule
    /// The file's name in allocation sites.
    let shownName: String
    var images: [UnsafeMutablePointer<CodeImage>] = []
    /// The same for the run loop, which must not touch a Swift array that threads share.
    let table: UnsafeMutablePointer<UnsafeMutablePointer<CodeImage>>

    init(compiled: CompiledModule, shownName: String? = nil) {
        self.compiled = compiled
        self.shownName = shownName ?? compiled.fileName
        table = .allocate(capacity: max(1, compiled.codes.count))
    }

    deinit { table.deallocate() }

    func append(_ image: UnsafeMutablePointer<CodeImage>) {
        (table + images.count).initialize(to: image)
        images.append(image)
    }

    /// Source position of an instruction.
    func position(code: Int, instruction: Int) -> CodePosition {
        let object = compiled.codes[code]
        return object.positions[Int(object.positionIndex[instruction])]
    }
}

extension UnsafeMutablePointer where Pointee == CodeImage {
    /// Position of the instruction word at `index`.
    func position(at index: Int) -> CodePosition {
        pointee.module.takeUnretainedValue().position(code: pointee.index, instruction: index)
    }

    var compiled: CodeObject { pointee.module.takeUnretainedValue().compiled.codes[pointee.index] }
    var shownName: String { pointee.module.takeUnretainedValue().shownName }
    var fileName: String { pointee.module.takeUnretainedValue().compiled.fileName }
}

/// Address space for instruction words. Guarded by its mutex: used through the pointer's `locked`.
struct CodeArena {
    static let size = 512 << 20
    let base: UnsafeMutableRawPointer
    fileprivate let mutex = LeafMutex()
    var used = 0
    /// Loaded code, ascending by address: for finding the code of a site.
    var images: [UnsafeMutablePointer<CodeImage>] = []
    /// Bytes below `used` that are free, ascending; offsets from `base`.
    var gaps: [(start: Int, size: Int)] = []

    init() {
        // Ask for twice the size: one of the halves does not cross a 4 GiB border.
        guard let raw = mmap(nil, CodeArena.size * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), raw != MAP_FAILED else {
            fatalError("gild: cannot reserve address space for code")
        }
        let start = UInt(bitPattern: raw)
        let crosses = start >> 32 != (start + UInt(CodeArena.size) - 1) >> 32
        base = crosses ? raw + CodeArena.size : raw
        used = 64  // so that no instruction has the site 0
    }

    mutating func allocate(words: Int) -> UnsafeMutablePointer<UInt64>? {
        let bytes = words * 8
        if let index = gaps.firstIndex(where: { $0.size >= bytes }) {
            let start = gaps[index].start
            gaps[index].start += bytes
            gaps[index].size -= bytes
            if gaps[index].size == 0 { gaps.remove(at: index) }
            return (base + start).assumingMemoryBound(to: UInt64.self)
        }
        guard used + bytes <= CodeArena.size else { return nil }
        defer { used += bytes }
        return (base + used).assumingMemoryBound(to: UInt64.self)
    }

    /// The code object and instruction that a site names, or nil when it is no instruction (allocated by the runtime).
    func locate(site: UInt32) -> (code: UnsafeMutablePointer<CodeImage>, instruction: Int)? {
        let high = UInt(bitPattern: base) & ~UInt(0xFFFF_FFFF)
        let address = high | UInt(site)
        var low = 0
        var top = images.count
        while low < top {
            let middle = (low + top) / 2
            let image = images[middle]
            let start = UInt(bitPattern: image.pointee.words)
            if address < start {
                top = middle
            } else if address >= start + UInt(image.pointee.wordCount * 8) {
                low = middle + 1
            } else {
                return (image, Int(address - start) / 8)
            }
        }
        return nil
    }
}

extension UnsafeMutablePointer where Pointee == CodeArena {
    /// Run `body` while no other thread loads code or gives it back. Under the mutex are the arena, the lists of what runs have loaded, and what
    /// ended runs have left of it.
    func locked<T>(_ body: () -> T) -> T {
        pointee.mutex.lock()
        defer { pointee.mutex.unlock() }
        return body()
    }

    /// The code object and instruction that a site names, or nil when it is no instruction.
    func locate(site: UInt32) -> (code: UnsafeMutablePointer<CodeImage>, instruction: Int)? { locked { pointee.locate(site: site) } }
}
