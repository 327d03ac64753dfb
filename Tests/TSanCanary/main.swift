import Glibc

// A deliberate data race: two threads add to one word with nothing held. Built with ThreadSanitizer it must be
// reported; the tests run it to know that silence elsewhere means something.

let word = UnsafeMutablePointer<Int>.allocate(capacity: 1)
word.initialize(to: 0)

let race: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    guard let word = argument?.assumingMemoryBound(to: Int.self) else { return nil }
    for _ in 0..<100_000 { word.pointee &+= 1 }
    return nil
}

var threads = [pthread_t](repeating: pthread_t(), count: 2)
for index in threads.indices { pthread_create(&threads[index], nil, race, word) }
for thread in threads { pthread_join(thread, nil) }
print(word.pointee > 0 ? "raced" : "nothing")
