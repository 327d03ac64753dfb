// Files without a name, for what children write; and where two of them differ.
//
// They are compared block by block, so that outputs of any size take two blocks of memory. Only the line in which they first differ
// is kept, and of a long one its beginning.

import GildReport
import Glibc

struct ScratchError: Error {
    let message: String
}

/// An unlinked file, open for reading and writing, closed with the last reference.
final class ScratchFile {
    let descriptor: Int32

    init() throws(ScratchError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var name = Array(((folder.isEmpty ? "/tmp" : folder) + "/gild-XXXXXX").utf8CString)
        descriptor = mkstemp(&name)
        if descriptor < 0 { throw ScratchError(message: "cannot make a temporary file: \(String(cString: strerror(errno)))") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(name)
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `offset` on; fewer only at the end of the file.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if got > 0 { filled += got } else if got == 0 || errno != EINTR { break }
            }
        }
    }

    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The last bytes, from the beginning of a line where one fits.
    func tail(_ count: Int) -> String {
        let start = max(0, size - count)
        var end = bytes(at: start, count: count)[...]
        if start > 0, let lineEnd = end.firstIndex(of: 0x0A) { end = end[(lineEnd + 1)...] }
        return String(decoding: end, as: UTF8.self)
    }
}

/// Where `found` first differs from `expected`: the line's number from 1 and both lines without their ends, nil where an output had ended
/// before. Nil when they are equal.
func firstDifference(
    expected: ScratchFile, found: ScratchFile, blockSize: Int = 1 << 16
) -> (line: Int, expected: String?, found: String?)? {
    var offset = 0
    var line = 1
    var lineStart = 0
    while true {
        let left = expected.bytes(at: offset, count: blockSize)
        let right = found.bytes(at: offset, count: blockSize)
        let common = min(left.count, right.count)
        var index = 0
        while index < common && left[index] == right[index] {
            if left[index] == 0x0A {
                line += 1
                lineStart = offset + index + 1
            }
            index += 1
        }
        if index < common || left.count != right.count { return (line, text(expected, lineStart), text(found, lineStart)) }
        if common < blockSize { return nil }
        offset += common
    }
}

/// The line that begins at `start`: at most 200 bytes of it.
private func text(_ file: ScratchFile, _ start: Int) -> String? {
    let limit = 200
    let bytes = file.bytes(at: start, count: limit + 1)
    if bytes.isEmpty { return nil }
    let line = bytes.prefix { $0 != 0x0A }
    return line.count > limit ? String(decoding: line.prefix(limit), as: UTF8.self) + "…" : String(decoding: line, as: UTF8.self)
}
