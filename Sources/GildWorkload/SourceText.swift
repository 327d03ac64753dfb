// A configuration file's bytes, checked before the YAML parser sees them.
//
// libyaml takes UTF-16 and stops silently nowhere, but its messages about wrong bytes carry an offset and no line, and a
// NUL ends a scalar in most programs that read it. So the bytes are checked here, in one pass: size, byte order marks,
// UTF-8, control characters. Line ends of Windows and of old Macintoshes become LF, so that a line is the same thing to
// editors, to libyaml and to us.

import Glibc

/// A file whose bytes are clean UTF-8 text.
struct SourceText {
    static let maximumBytes = 1 << 20

    let file: String
    /// UTF-8 with LF line ends, no byte order mark, no control characters but TAB and LF.
    let bytes: [UInt8]

    /// Checks bytes that were already read; nil after a finding was added.
    init?(file: String, bytes: [UInt8], findings: inout Findings) {
        self.file = file
        let start = ConfigurationPlace(file: file, line: 1, column: 1)
        if bytes.count > SourceText.maximumBytes {
            findings.add("the file is over 1 MiB", at: start, path: "")
            return nil
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
            || (bytes.count > 1 && (bytes[0] == 0) != (bytes[1] == 0)) {
            findings.add("the file is UTF-16 or UTF-32: save it as UTF-8", at: start, path: "")
            return nil
        }
        guard let problem = firstProblem(in: bytes) else {
            self.bytes = normalised(bytes)
            return
        }
        let message =
            switch problem.what {
            case .invalidUTF8: "byte 0x\(hexadecimal(bytes[problem.offset], digits: 2)) is not UTF-8"
            case .control(let code): "control character U+\(hexadecimal(code, digits: 4)) is not allowed"
            }
        findings.add(message, at: ConfigurationPlace(file: file, offset: problem.offset, in: bytes), path: "")
        return nil
    }

    /// Where the character stands that stands for omitted lines in a condensed text.
    func firstMarker() -> ConfigurationPlace? {
        let found = bytes.withUnsafeBufferPointer { CondensedText.firstMarker(in: $0) }
        return found.map { ConfigurationPlace(file: file, offset: $0, in: bytes) }
    }

    /// Reads a file, at most a byte more than is allowed. A problem with line 0 where that fails.
    static func read(file: String) -> Result<[UInt8], ConfigurationError> {
        func failure(_ reason: String) -> Result<[UInt8], ConfigurationError> {
            let problem = ConfigurationProblem(
                file: file, line: 0, column: 0, path: "", message: "cannot be read: \(reason)")
            return .failure(ConfigurationError(code: .unreadable, problems: [problem]))
        }
        // O_NONBLOCK: opening a FIFO without a writer would wait for ever.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) != 0 { return failure(String(cString: strerror(errno))) }
        if status.st_mode & S_IFMT == S_IFDIR { return failure(String(cString: strerror(EISDIR))) }
        if status.st_mode & S_IFMT != S_IFREG { return failure("not a regular file") }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if read == 0 { break }
            if read > 0 {
                count += read
            } else if errno != EINTR {
                return failure(String(cString: strerror(errno)))
            }
        }
        bytes.removeLast(bytes.count - count)
        return .success(bytes)
    }
}

func hexadecimal(_ value: some BinaryInteger, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

extension ConfigurationPlace {
    /// The place of a byte; columns are counted in characters.
    init(file: String, offset: Int, in bytes: [UInt8]) {
        self.init(file: file, line: 1, column: 1)
        bytes.withUnsafeBufferPointer { buffer in
            for byte in buffer[..<offset] {
                if byte == 0x0A {
                    line += 1
                    column = 1
                } else if byte & 0xC0 != 0x80 {
                    column += 1
                }
            }
        }
    }
}

private enum Wrong {
    case invalidUTF8
    case control(UInt32)
}

/// The first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7) or begins a control character: below
/// U+0020 except TAB, LF and CR, U+007F-U+009F, the separators U+2028 and U+2029 (which YAML 1.1 takes for line ends and
/// editors do not), U+FEFF after the start, and the noncharacters U+FFFE and U+FFFF.
private func firstProblem(in bytes: [UInt8]) -> (offset: Int, what: Wrong)? {
    bytes.withUnsafeBytes { buffer in
        var index = 0
        let count = buffer.count
        while index < count {
            // Eight bytes at a time while all are printable ASCII or line ends.
            while index + 8 <= count {
                let word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let high: UInt64 = 0x8080_8080_8080_8080
                let ones: UInt64 = 0x0101_0101_0101_0101
                // A line end counts as printable: its bit 5 is set for the test.
                let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
                let other = word ^ (ones &* 0x0A)
                let isLineEnd = ~(((other & low) &+ low) | other | low)
                let printable = word | isLineEnd &>> 2
                let below = (printable &- ones &* 0x20) & ~printable
                let delete = word ^ (ones &* 0x7F)
                let isDelete = (delete &- ones) & ~delete
                if (word | below | isDelete) & high != 0 { break }
                index += 8
            }
            if index >= count { break }
            let first = buffer[index]
            if first < 0x80 {
                if (first < 0x20 && first != 0x09 && first != 0x0A && first != 0x0D) || first == 0x7F {
                    return (index, .control(UInt32(first)))
                }
                index += 1
                continue
            }
            let length: Int
            let lowest: UInt32
            switch first {
            case 0xC2...0xDF: (length, lowest) = (2, 0x80)
            case 0xE0...0xEF: (length, lowest) = (3, 0x800)
            case 0xF0...0xF4: (length, lowest) = (4, 0x1_0000)
            default: return (index, .invalidUTF8)
            }
            if index + length > count { return (index, .invalidUTF8) }
            var code = UInt32(first) & (0x7F >> UInt32(length))
            for offset in 1..<length {
                let next = buffer[index + offset]
                if next & 0xC0 != 0x80 { return (index, .invalidUTF8) }
                code = code << 6 | UInt32(next & 0x3F)
            }
            if code < lowest || (0xD800...0xDFFF).contains(code) || code > 0x10_FFFF { return (index, .invalidUTF8) }
            if code < 0xA0 || code == 0x2028 || code == 0x2029 || (code == 0xFEFF && index > 0) || code == 0xFFFE || code == 0xFFFF {
                return (index, .control(code))
            }
            index += length
        }
        return nil
    }
}

/// Without the byte order mark; CR LF and CR as LF.
private func normalised(_ bytes: [UInt8]) -> [UInt8] {
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let hasReturn = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { memchr($0, 0x0D, buffer.count) != nil } ?? false
    }
    if !hasMark && !hasReturn { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes.dropFirst(hasMark ? 3 : 0) {
        if byte == 0x0D {
            result.append(0x0A)
        } else if !(byte == 0x0A && previous == 0x0D) {
            result.append(byte)
        }
        previous = byte
    }
    return result
}
