import CGild
import Glibc

@testable import GildRuntime

/// Runs `body` on `count` operating system threads, passing each its index, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    joinThreads(startThreads(count, body))
}

/// Starts `count` operating system threads.
func startThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> [pthread_t] {
    final class Box {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }
    return (0..<count).map { index in
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(index, body)).toOpaque()
        let status = pthread_create(&thread, nil, { argument in
            let box = Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue()
            box.body(box.index)
            return nil
        }, box)
        precondition(status == 0)
        return thread
    }
}

func joinThreads(_ threads: [pthread_t]) {
    for thread in threads { pthread_join(thread, nil) }
}

/// An eval breaker that lives as long as the test process.
func makeEvalBreaker() -> UnsafeMutablePointer<UInt32> {
    let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    word.initialize(to: 0)
    return word
}

/// Zeroed words for tests to share; freed with the process.
func makeWords(_ count: Int) -> Words {
    let words = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
    words.initialize(repeating: 0, count: count)
    return Words(base: words)
}

struct Words: @unchecked Sendable {
    let base: UnsafeMutablePointer<UInt32>
    subscript(_ index: Int) -> UnsafeMutablePointer<UInt32> { base + index }
}
