// Standard output and standard error, buffered as CPython buffers them.
//
// Two stages, as TextIOWrapper over BufferedWriter: encoded text gathers in `pending` (up to 8 KiB) and moves on to `block`
// (the file's preferred block size), which goes to the file with write(2). A line-buffered stream (a terminal, and always
// standard error) sends everything on when text with a line end is written.
//
// The GIL is dropped around write(2), so other threads may write text meanwhile. The order of bytes is kept by this rule:
// `pending` is guarded by a mutex of its own, which is held while text is added or taken, and `block` and the file by `lock`; a
// flush takes the lock *first*, then takes all of `pending`. What other threads add after that goes into the next flush, which has
// to wait for the lock. Nobody waits for the lock with the GIL held, and the lock is released *before* the GIL is taken again: a
// daemon thread that never gets the GIL back (the interpreter is ending) must not keep the last flush from its turn.
//
// A hosted run's receiver gets text under the mutex of `pending`: in the order in which it was written, also where threads write at
// the same time. Under that mutex nothing is raised and nobody waits for the GIL.
//
// When the system refuses (EPIPE, ENOSPC, …) the writer gets the exception. What was in `block` stays there and is tried again
// by the next flush, what was to be written past it is lost: both as in CPython, whose exit status 120 follows from it.

import CGild
import Glibc

/// Bytes in malloc'ed memory.
struct ByteQueue {
    private(set) var start: UnsafeMutablePointer<UInt8>?
    private(set) var count = 0
    private var capacity = 0

    /// Room for `extra` more bytes; nil when there is no memory.
    mutating func grow(by extra: Int) -> UnsafeMutablePointer<UInt8>? {
        if extra > capacity - count {
            let wanted = max(count + extra, capacity * 2, 4096)
            guard let memory = realloc(start, wanted) else { return nil }
            start = memory.assumingMemoryBound(to: UInt8.self)
            capacity = wanted
        }
        return start.map { $0 + count }
    }

    /// Count bytes that have been put behind the last one.
    mutating func added(_ bytes: Int) { count += bytes }

    mutating func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        guard length > 0 else { return true }
        guard let end = grow(by: length) else { return false }
        memcpy(end, bytes, length)
        count += length
        return true
    }

    /// Drop bytes at the front.
    mutating func consume(_ bytes: Int) {
        guard bytes > 0, let start else { return }
        count -= bytes
        if count > 0 { memmove(start, start + bytes, count) }
    }

    mutating func removeAll() { count = 0 }

    mutating func destroy() {
        Glibc.free(start)
        self = ByteQueue()
    }
}

/// Encoded text that a stream has not sent on yet.
struct PendingText {
    var text = ByteQueue()
    /// Bytes at the front of `text` that the receiver has.
    var received = 0
}

/// One output stream. Its queues lie in memory of their own, because other threads read the constants meanwhile.
struct OutputStream {
    let descriptor: Int32
    let isLineBuffered: Bool
    /// Lone surrogates become `\udXXX` instead of an exception (standard error).
    let escapesSurrogates: Bool
    /// There is no such file: everything is dropped, as CPython does whose sys.stdout is None.
    let isAbsent: Bool
    let blockSize: Int
    /// Takes the text of a hosted run, at the latest when a line is complete; nothing goes to a file then.
    let receiver: (@Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void)?
    /// Called where a write to a file would be, without the GIL: waits until the receiver has room, or its argument says that
    /// the thread is wanted elsewhere.
    var awaitRoom: (@Sendable (_ isInterrupted: () -> Bool) -> Void)?
    let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        return mutex
    }()
    /// Guarded by `mutex`.
    let pending: UnsafeMutablePointer<PendingText> = {
        let pending = UnsafeMutablePointer<PendingText>.allocate(capacity: 1)
        pending.initialize(to: PendingText())
        return pending
    }()
    /// Guarded by `lock`.
    let block: UnsafeMutablePointer<ByteQueue> = {
        let block = UnsafeMutablePointer<ByteQueue>.allocate(capacity: 1)
        block.initialize(to: ByteQueue())
        return block
    }()
    /// 0: free, 1: held, 2: held and waited for. Atomic.
    var lock: UInt32 = 0

    static let chunkSize = 8192

    init(
        descriptor: Int32, alwaysLineBuffered: Bool, escapesSurrogates: Bool,
        receiver: (@Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void)? = nil
    ) {
        self.descriptor = descriptor
        self.escapesSurrogates = escapesSurrogates
        self.receiver = receiver
        if receiver != nil {
            // Buffered like a pipe, so that the run meets the same blocking calls as with one.
            isLineBuffered = alwaysLineBuffered
            isAbsent = false
            blockSize = 4096
            return
        }
        isLineBuffered = alwaysLineBuffered || isatty(descriptor) != 0
        var status = stat()
        isAbsent = fstat(descriptor, &status) != 0
        blockSize = !isAbsent && status.st_blksize > 1 ? Int(status.st_blksize) : OutputStream.chunkSize
    }

    func destroy() {
        pending.pointee.text.destroy()
        pending.deallocate()
        block.pointee.destroy()
        block.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }
}

/// The standard streams of one runtime.
struct OutputBuffer {
    var standardOutput = OutputStream(descriptor: 1, alwaysLineBuffered: false, escapesSurrogates: false)
    var standardError = OutputStream(descriptor: 2, alwaysLineBuffered: true, escapesSurrogates: true)
    var standardInput = InputStream()

    /// `receiver`: takes the place of the process's streams; standard input is at its end then.
    static func create(
        receiver: (@Sendable (Int32, UnsafeBufferPointer<UInt8>) -> Void)? = nil, awaitRoom: (@Sendable (() -> Bool) -> Void)? = nil
    ) -> UnsafeMutablePointer<OutputBuffer> {
        let buffer = UnsafeMutablePointer<OutputBuffer>.allocate(capacity: 1)
        buffer.initialize(to: OutputBuffer())
        if let receiver {
            buffer.pointee.standardOutput.destroy()
            buffer.pointee.standardError.destroy()
            buffer.pointee.standardOutput = OutputStream(descriptor: 1, alwaysLineBuffered: false, escapesSurrogates: false, receiver: receiver)
            buffer.pointee.standardError = OutputStream(descriptor: 2, alwaysLineBuffered: true, escapesSurrogates: true, receiver: receiver)
            buffer.pointee.standardOutput.awaitRoom = awaitRoom
            buffer.pointee.standardError.awaitRoom = awaitRoom
            buffer.pointee.standardInput.isAtEnd = true
        }
        return buffer
    }

    /// Free the memory; no thread may use the buffer any more.
    static func destroy(_ buffer: UnsafeMutablePointer<OutputBuffer>) {
        buffer.pointee.standardOutput.destroy()
        buffer.pointee.standardError.destroy()
        buffer.pointee.standardInput.bytes.destroy()
        buffer.deinitialize(count: 1)
        buffer.deallocate()
    }

    /// The stream of file descriptor 1 or 2.
    static func stream(_ buffer: UnsafeMutablePointer<OutputBuffer>, _ descriptor: Int32) -> UnsafeMutablePointer<OutputStream> {
        let offset = descriptor == 2 ? MemoryLayout<OutputBuffer>.offset(of: \.standardError) : MemoryLayout<OutputBuffer>.offset(of: \.standardOutput)
        return (UnsafeMutableRawPointer(buffer) + offset.unsafelyUnwrapped).assumingMemoryBound(to: OutputStream.self)
    }

    /// What standard output holds goes to the file, as far as that does not block: for the end at the time limit of a process
    /// in which a native operation does not come back. Nothing is written if a thread is just writing.
    static func rescue(_ buffer: UnsafeMutablePointer<OutputBuffer>) {
        let stream = stream(buffer, 1)
        let offset = MemoryLayout<OutputStream>.offset(of: \.lock).unsafelyUnwrapped
        let lock = (UnsafeMutableRawPointer(stream) + offset).assumingMemoryBound(to: UInt32.self)
        if stream.pointee.isAbsent || !StreamLock.tryAcquire(lock) || pthread_mutex_trylock(stream.pointee.mutex) != 0 { return }
        for queue in [stream.pointee.block.pointee, stream.pointee.pending.pointee.text] {
            guard let start = queue.start else { continue }
            var done = 0
            while done < queue.count {
                var request = pollfd(fd: stream.pointee.descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&request, 1, 0) != 1 || request.revents & Int16(POLLOUT) == 0 { return }
                let written = write(stream.pointee.descriptor, start + done, min(queue.count - done, 4096))
                if written <= 0 { return }
                done += written
            }
        }
    }

    static func input(_ buffer: UnsafeMutablePointer<OutputBuffer>) -> UnsafeMutablePointer<InputStream> {
        (UnsafeMutableRawPointer(buffer) + MemoryLayout<OutputBuffer>.offset(of: \.standardInput).unsafelyUnwrapped)
            .assumingMemoryBound(to: InputStream.self)
    }
}

/// A lock that is waited for without the GIL; the word is 0 when free.
enum StreamLock {
    static func tryAcquire(_ word: UnsafeMutablePointer<UInt32>) -> Bool { gild_compare_exchange_32(word, 0, 1) }

    static func release(_ word: UnsafeMutablePointer<UInt32>) {
        if gild_exchange_32(word, 0) == 2 { _ = gild_futex_wake(word, Int32.max) }
    }

    /// Sleep until it is free; it may have been taken again since.
    static func wait(_ word: UnsafeMutablePointer<UInt32>) {
        while true {
            let value = gild_load_acquire_32(word)
            if value == 0 { return }
            if value == 1 && !gild_compare_exchange_32(word, 1, 2) { continue }
            _ = gild_futex_wait(word, 2, 0)
        }
    }
}

extension UnsafeMutablePointer where Pointee == OutputStream {
    var lockWord: UnsafeMutablePointer<UInt32> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<OutputStream>.offset(of: \.lock).unsafelyUnwrapped).assumingMemoryBound(to: UInt32.self)
    }

    /// Whether a flush must come before `extra` more bytes.
    fileprivate func isFull(with extra: Int) -> Bool {
        pthread_mutex_lock(pointee.mutex)
        defer { pthread_mutex_unlock(pointee.mutex) }
        let count = pointee.pending.pointee.text.count
        return count > 0 && count + extra > OutputStream.chunkSize
    }

    /// Add `length` bytes, which `put` writes to the place that it is given, and hand them on to a receiver if a line ends in them. Returns
    /// how many bytes are pending, and whether a line ends in the new ones (LF; LF or CR); nil: no memory.
    fileprivate func add(_ length: Int, _ put: (UnsafeMutablePointer<UInt8>) -> Void) -> (pending: Int, endsLine: Bool)? {
        pthread_mutex_lock(pointee.mutex)
        defer { pthread_mutex_unlock(pointee.mutex) }
        let pending = pointee.pending
        guard length > 0 else { return (pending.pointee.text.count, false) }
        guard let end = pending.pointee.text.grow(by: length) else { return nil }
        put(end)
        pending.pointee.text.added(length)
        let hasLineFeed = (pointee.receiver != nil || pointee.isLineBuffered) && memchr(end, 0x0A, length) != nil
        if hasLineFeed { deliver() }
        return (pending.pointee.text.count, hasLineFeed || pointee.isLineBuffered && memchr(end, 0x0D, length) != nil)
    }

    /// Take all text that is pending; a receiver has it then.
    fileprivate func takePending() -> ByteQueue {
        pthread_mutex_lock(pointee.mutex)
        defer { pthread_mutex_unlock(pointee.mutex) }
        deliver()
        let text = pointee.pending.pointee.text
        pointee.pending.pointee = PendingText()
        return text
    }

    /// The memory of text that was sent is used again, unless another thread has begun a new queue meanwhile.
    fileprivate func giveBack(_ text: ByteQueue) {
        var text = text
        text.removeAll()
        pthread_mutex_lock(pointee.mutex)
        defer { pthread_mutex_unlock(pointee.mutex) }
        if pointee.pending.pointee.text.start == nil { pointee.pending.pointee.text = text } else { text.destroy() }
    }

    /// Hand what is pending and was not handed on yet to the receiver. Mutex held.
    private func deliver() {
        let pending = pointee.pending
        guard let receiver = pointee.receiver, let start = pending.pointee.text.start, pending.pointee.text.count > pending.pointee.received else { return }
        let received = pending.pointee.received
        receiver(pointee.descriptor, UnsafeBufferPointer(start: start + received, count: pending.pointee.text.count - received))
        pending.pointee.received = pending.pointee.text.count
    }

    /// write(2) until at most `rest` bytes are left. Returns how many went, and the error number (0: none; EINTR: a signal or the
    /// time limit wants the thread's attention).
    private func writeAll(_ bytes: UnsafePointer<UInt8>, _ count: Int, rest: Int, _ isInterrupted: () -> Bool) -> (written: Int, error: Int32) {
        if pointee.receiver != nil {
            pointee.awaitRoom?(isInterrupted)
            return (count, 0)
        }
        var written = 0
        while count - written > rest {
            let n = Glibc.write(pointee.descriptor, bytes + written, count - written)
            if n >= 0 {
                written += n
            } else if errno != EINTR || isInterrupted() {
                return (written, errno)
            }
        }
        return (written, 0)
    }

    /// Write out `block`. Lock held. Returns the error number.
    private func writeBlock(_ isInterrupted: () -> Bool) -> Int32 {
        let block = pointee.block
        guard let start = block.pointee.start, block.pointee.count > 0 else { return 0 }
        let (written, error) = writeAll(start, block.pointee.count, rest: 0, isInterrupted)
        block.pointee.consume(written)
        return error
    }

    /// Send text on to the block and, where it does not fit or everything is wanted out, to the file. Lock held, GIL not
    /// needed. Returns the error number; after EINTR nothing is lost, the rest is in the block.
    fileprivate func send(_ text: ByteQueue, everything: Bool, _ isInterrupted: () -> Bool) -> Int32 {
        var error: Int32 = 0
        if let start = text.start, text.count > 0 {
            var sent = 0
            if text.count > pointee.blockSize - pointee.block.pointee.count {
                error = writeBlock(isInterrupted)
                if error == 0 { (sent, error) = writeAll(start, text.count, rest: pointee.blockSize, isInterrupted) }
                if error != 0 && error != EINTR { return error }
            }
            if !pointee.block.pointee.append(start + sent, text.count - sent) { return ENOMEM }
        }
        return error == 0 && everything ? writeBlock(isInterrupted) : error
    }
}

extension gild_thread_ref {
    private var output: UnsafeMutablePointer<OutputBuffer> { s.pointee.run.pointee.output }

    /// Write a str to standard output (1) or standard error (2). False: UnicodeEncodeError, OSError or MemoryError raised.
    func write(fd: Int32, _ text: Value) -> Bool {
        let stream = OutputBuffer.stream(output, fd)
        if stream.pointee.isAbsent { return true }
        let string = text.cast(StringObject.self)
        if string.isASCII { return write(stream, string.bytes, string.pointee.count) }
        guard let length = encodedLength(string, text, escaping: stream.pointee.escapesSurrogates) else { return false }
        return write(stream, length) { encode(string, to: $0) }
    }

    /// Write UTF-8 bytes.
    func write(fd: Int32, bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let stream = OutputBuffer.stream(output, fd)
        guard !stream.pointee.isAbsent, let start = bytes.baseAddress else { return true }
        return write(stream, start, bytes.count)
    }

    private func write(_ stream: UnsafeMutablePointer<OutputStream>, _ bytes: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        write(stream, length) { $0.update(from: bytes, count: length) }
    }

    /// Add text, and send it on where the rules say so.
    private func write(_ stream: UnsafeMutablePointer<OutputStream>, _ length: Int, _ put: (UnsafeMutablePointer<UInt8>) -> Void) -> Bool {
        if stream.isFull(with: length) && !send(stream, everything: false) { return false }
        guard let (pending, endsLine) = stream.add(length, put) else {
            raiseMemoryError()
            return false
        }
        if stream.pointee.isLineBuffered && endsLine { return send(stream, everything: true) }
        return pending < OutputStream.chunkSize || send(stream, everything: false)
    }

    /// Write out everything. False: OSError raised.
    func flush(fd: Int32 = 1) -> Bool {
        let stream = OutputBuffer.stream(output, fd)
        return stream.pointee.isAbsent || send(stream, everything: true)
    }

    private func send(_ stream: UnsafeMutablePointer<OutputStream>, everything: Bool) -> Bool {
        while true {
            let error = sendOnce(stream, everything: everything)
            if error == 0 { return true }
            if error == EINTR {
                if !handleEvalBreaker() { return false }
                continue
            }
            if error == ENOMEM { raiseMemoryError() } else { raiseOSError(error) }
            return false
        }
    }

    /// One flush of `pending`. Returns the error number.
    private func sendOnce(_ stream: UnsafeMutablePointer<OutputStream>, everything: Bool) -> Int32 {
        while !StreamLock.tryAcquire(stream.lockWord) { allowThreads(.write) { StreamLock.wait(stream.lockWord) } }
        let text = stream.takePending()
        let buffered = stream.pointee.block.pointee.count
        let isQuick = text.count <= stream.pointee.blockSize - buffered && !(everything && text.count + buffered > 0)
        let error: Int32
        if isQuick {
            error = stream.send(text, everything: false) { false }
            StreamLock.release(stream.lockWord)
        } else {
            error = allowThreads(.write) {
                let error = stream.send(text, everything: everything) { isInterrupted }
                StreamLock.release(stream.lockWord)
                return error
            }
        }
        stream.giveBack(text)
        return error
    }

    /// Whether a signal or the time limit waits for this thread. Needs no GIL.
    var isInterrupted: Bool { gild_load_relaxed_32(&s.pointee.evalBreaker) & EvalBreaker.interrupting != 0 }

    /// The last flush, when the interpreter ends. Returns 0, or 120 after telling standard error what was lost.
    func finishOutput() -> Int32 {
        var status: Int32 = 0
        if !flush(fd: 1) {
            GildRuntime.printUnraisable(self, message: "Exception ignored on flushing sys.stdout")
            status = 120
        }
        if !flush(fd: 2) {
            clearException()
            status = 120
        }
        return status
    }
}
