// What measuring costs is known by leaving it out: a build with -D GILD_UNMEASURED drops everything that goes through these two, and
// its reports are empty. `make bench` compares the builds. Nothing that decides anything may go through them.

import CGild

/// Runs what only counts.
@inline(__always) func measured(_ body: () -> Void) {
    #if !GILD_UNMEASURED
        body()
    #endif
}

/// The monotonic clock for books, in nanoseconds; 0 in a build that keeps none.
@inline(__always) func measuredNow() -> UInt64 {
    #if GILD_UNMEASURED
        0
    #else
        gild_monotonic_ns()
    #endif
}
