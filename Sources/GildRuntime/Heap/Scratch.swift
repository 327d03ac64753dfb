// Memory for a few values during one native operation.
//
// Up to eight come from the stack, in an allocation of fixed size; more from malloc. Stack allocations whose size is
// known only at run time are avoided on purpose: nested in one another they were seen to corrupt locals in optimised
// builds (Swift 6.3.1).

/// Call `body` with uninitialised room for `count` elements.
func withScratch<T, Result>(of type: T.Type, count: Int, _ body: (UnsafeMutablePointer<T>) -> Result) -> Result {
    if count <= 8 {
        return withUnsafeTemporaryAllocation(of: type, capacity: 8) { body($0.baseAddress.unsafelyUnwrapped) }
    }
    let memory = UnsafeMutablePointer<T>.allocate(capacity: count)
    defer { memory.deallocate() }
    return body(memory)
}
