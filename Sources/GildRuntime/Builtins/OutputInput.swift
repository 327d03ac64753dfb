// Standard input: lines of UTF-8 text with universal line ends.
//
// One block is read at a time, with the GIL dropped. `lock` guards the bytes that have been read and not been used: a second
// thread that reads waits (without the GIL) until the first has its line.

import CGild
import Glibc

struct InputStream {
    /// Bytes read and not used yet. Guarded by `lock`.
    var bytes = ByteQueue()
    /// As `OutputStream.lock`.
    var lock: UInt32 = 0
    /// There is nothing to read: a hosted run.
    var isAtEnd = false
    /// A carriage return ended the last line: a line feed that follows belongs to it.
    var skipsLineFeed = false
}

extension UnsafeMutablePointer where Pointee == InputStream {
    fileprivate var lockWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<InputStream>.offset(of: \.lock).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }

    /// Length of the first line, its end included; nil when no line has ended yet.
    fileprivate func lineLength(from: Int, limit: Int) -> Int? {
        guard let start = pointee.bytes.start else { return nil }
        for i in from..<max(from, pointee.bytes.count) {
            if start[i] == 0x0A || start[i] == 0x0D { return i + 1 }
        }
        return nil
    }
}

extension gild_thread_ref {
    /// The next line of standard input with `\n` at its end (none at the end of the file); the empty string after the last
    /// one. Undefined: OSError, UnicodeDecodeError or MemoryError raised.
    func readInputLine() -> Value {
        let input = OutputBuffer.input(s.pointee.run.pointee.output)
        while !StreamLock.tryAcquire(input.lockWord) { allowThreads(.read) { StreamLock.wait(input.lockWord) } }
        defer { StreamLock.release(input.lockWord) }
        var searched = 0
        while true {
            if input.pointee.skipsLineFeed, let start = input.pointee.bytes.start, input.pointee.bytes.count > 0 {
                input.pointee.skipsLineFeed = false
                if start[0] == 0x0A { input.pointee.bytes.consume(1) }
            }
            if let length = input.lineLength(from: searched, limit: input.pointee.bytes.count) {
                return takeLine(input, length)
            }
            searched = input.pointee.bytes.count
            guard let end = input.pointee.bytes.grow(by: 8192) else { return raiseMemoryError() }
            let (count, error) = allowThreads(.read) { () -> (Int, Int32) in
                let n = input.pointee.isAtEnd ? 0 : read(0, end, 8192)
                return (n, n < 0 ? errno : 0)
            }
            if error == EINTR {
                if isInterrupted && !handleEvalBreaker() { return .undefined }
                continue
            }
            if error != 0 { return raiseOSError(error) }
            if count == 0 { return takeLine(input, input.pointee.bytes.count) }
            input.pointee.bytes.added(count)
        }
    }

    /// Everything up to the end of the file.
    func readInput() -> Value {
        var text: [UInt32] = []
        while true {
            let line = readInputLine()
            if line.isUndefined { return .undefined }
            if line.cast(StringObject.self).pointee.count == 0 { return makeString(text) }
            text += codePoints(line)
            decref(line)
        }
    }

    private func takeLine(_ input: UnsafeMutablePointer<InputStream>, _ length: Int) -> Value {
        guard length > 0, let start = input.pointee.bytes.start else { return heap.pointee.names.empty }
        var line = Array(UnsafeBufferPointer(start: start, count: length))
        input.pointee.bytes.consume(length)
        if line.last == 0x0D {
            line[length - 1] = 0x0A
            input.pointee.skipsLineFeed = true
        }
        if line.allSatisfy({ $0 < 0x80 }) { return makeString(line) }
        guard let text = String(validating: line, as: UTF8.self) else {
            let byte = line.first { $0 >= 0x80 } ?? 0
            let at = line.firstIndex { $0 >= 0x80 } ?? 0
            return raise(
                .unicodeDecodeError, "'utf-8' codec can't decode byte 0x\(String(byte, radix: 16)) in position \(at): invalid start byte")
        }
        return makeString(text)
    }
}
