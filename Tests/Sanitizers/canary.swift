// Two threads write one word of raw memory with nothing between them: the race that `make tsan` must report.

import Glibc

nonisolated(unsafe) let word = UnsafeMutablePointer<Int>.allocate(capacity: 1)
word.initialize(to: 0)

func increment(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    for _ in 0..<100_000 { word.pointee &+= 1 }
    return nil
}

var threads = [pthread_t](repeating: 0, count: 2)
for index in threads.indices { pthread_create(&threads[index], nil, increment, nil) }
for thread in threads { pthread_join(thread, nil) }
print(word.pointee)
