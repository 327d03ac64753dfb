// Unloading a plugin while scripts run.
//
//     take the module out of every runtime      nobody new finds it
//     close the plugin                          its functions raise instead of calling into the library
//     wait until nothing is left of it          calls on any thread's stack, opaque objects, kept references, runs of its workloads
//     close the library
//
// The calls are looked for by the runtime's control thread, which holds the lock (or has stopped the world): a thread enters a plugin's call
// only with the lock, has its frame on the stack before it looks where the function leads, and comes to no checkpoint in between. So a runtime in
// which no frame is found after the plugin was closed has none for good. Everything else of the plugin counts in `holds`.

import CGild

extension Plugin {
    /// Functions of the plugin raise from now on.
    public func closeForCalls() {
        functions.forEach { $0.setOpen(false) }
        gild_store_release_32(isOpen, 0)
    }
    /// What `closeForCalls` did is undone.
    public func reopen() {
        functions.forEach { $0.setOpen(true) }
        gild_store_release_32(isOpen, 1)
    }
    /// Opaque objects, kept references and runs of workloads that are alive.
    public var holdCount: Int { Int(gild_load_acquire_32(holds)) }
    /// Take the library out of memory. The caller has seen to it that nothing uses it, and that nothing can come to use it.
    public func closeForGood() { unload() }
}

extension RuntimeHost {
    /// Whether a call of the plugin is under way on some thread.
    public func isCalling(_ plugin: Plugin, timeoutNanoseconds: UInt64) throws(HostError) -> Bool {
        try ask(timeoutNanoseconds: timeoutNanoseconds) { thread in
            thread.exclusively {
                var isFound = false
                var next = thread.s.pointee.runtime.pointee.threads.first
                while let state = next {
                    if let context = state.pointee.pluginContext {
                        var frame = context.pointee.frame
                        while let function = frame.pointee.function {
                            if function.pointee.plugin.toOpaque() == Unmanaged.passUnretained(plugin).toOpaque() { isFound = true }
                            frame -= 1
                        }
                    }
                    next = state.pointee.next
                }
                return isFound
            }
        }
    }
}
