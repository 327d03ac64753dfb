// Giving loaded code back when the run that loaded it has ended.
//
// Code may outlive its run: another run may hold one of its functions (through gild.shared), be inside one, keep a traceback
// that passes through it, or hold an object whose allocation site it is. So the modules of an ended run wait in `retired`,
// and at the end of each run one walk over the heap and over the frames of all threads finds those that nothing refers to.
//
// Such a module becomes **spare**: its constants are immortal, so it is kept and used again when the same text is loaded
// again (a workload that starts every second must not add constants every second). Its instructions are copied anew then,
// because their inline caches belong to classes that are gone. Of spare modules the latest are kept; of older ones the
// memory is given back, apart from the immortal constants themselves.

import CGild
import GildScript

/// Code of ended runs. Guarded by the mutex of the code.
struct RetiredModules {
    /// Spare modules that are kept.
    static let capacity = 64
    fileprivate var waiting: [LoadedModule] = []
    /// Oldest first.
    fileprivate var spare: [LoadedModule] = []
}

extension LoadedModule {
    /// Instructions as they were before anything ran: empty inline caches. Nobody runs them.
    func renewInstructions() {
        for (image, code) in zip(images, compiled.codes) {
            code.words.withUnsafeBufferPointer { image.pointee.words.update(from: $0.baseAddress.unsafelyUnwrapped, count: $0.count) }
        }
    }
}

extension gild_thread_ref {
    /// A spare module of the same text, made new; nil: there is none.
    func reuseModule(_ compiled: CompiledModule, shownName: String) -> LoadedModule? {
        let runtime = s.pointee.runtime
        let found: LoadedModule? = runtime.pointee.code.locked {
            let index = runtime.pointee.shelves.pointee.retired.spare.lastIndex(where: {
                $0.compiled.fileName == compiled.fileName && $0.shownName == shownName && $0.compiled.globalNames == compiled.globalNames
                    && $0.compiled.source.text == compiled.source.text
            })
            guard let index else { return nil }
            return runtime.pointee.shelves.pointee.retired.spare.remove(at: index)
        }
        found?.renewInstructions()
        return found
    }

    /// The run has released everything: give back its code, and that of earlier runs, as far as nothing refers to it.
    func retireModules(_ run: UnsafeMutablePointer<RunState>) {
        exclusively { retireModulesOfStoppedThreads(run) }
    }

    /// No other thread runs, so nobody loads code or has the mutex.
    private func retireModulesOfStoppedThreads(_ run: UnsafeMutablePointer<RunState>) {
        let runtime = s.pointee.runtime
        runtime.pointee.shelves.pointee.retired.waiting += run.pointee.modules
        run.pointee.modules = []
        if runtime.pointee.shelves.pointee.retired.waiting.isEmpty { return }
        let used = modulesInUse()
        var kept: [LoadedModule] = []
        for module in runtime.pointee.shelves.pointee.retired.waiting {
            if used.contains(ObjectIdentifier(module)) { kept.append(module) } else { runtime.pointee.shelves.pointee.retired.spare.append(module) }
        }
        runtime.pointee.shelves.pointee.retired.waiting = kept
        while runtime.pointee.shelves.pointee.retired.spare.count > RetiredModules.capacity {
            free(runtime.pointee.shelves.pointee.retired.spare.removeFirst())
        }
    }

    private func modulesInUse() -> Set<ObjectIdentifier> {
        let runtime = s.pointee.runtime
        var used: Set<ObjectIdentifier> = []
        var sites: Set<UInt32> = []
        func use(_ code: UnsafeMutablePointer<CodeImage>) { used.insert(ObjectIdentifier(code.pointee.module.takeUnretainedValue())) }
        heap.pointee.forEachObject { object in
            switch shape(object).pointee.kind {
            case .function: use(object.cast(FunctionObject.self).pointee.code)
            case .traceback: use(object.cast(TracebackObject.self).pointee.code)
            default: break
            }
            // What is immortal belongs to the runtime, wherever it was made.
            if !object.isImmortal { sites.insert(object.prefix.pointee.site) }
        }
        for site in sites {
            if let (code, _) = runtime.pointee.code.locate(site: site) { use(code) }
        }
        var current = runtime.pointee.threads.first
        while let state = current {
            var frame = state.pointee.frameBase
            while frame <= state.pointee.frame {
                use(frame.pointee.code)
                frame += 1
            }
            current = state.pointee.next
        }
        return used
    }

    private func free(_ module: LoadedModule) {
        let runtime = s.pointee.runtime
        for image in module.images {
            runtime.pointee.code.pointee.free(image)
            image.pointee.constants.deallocate()
            image.pointee.names.deallocate()
            image.pointee.localNames.deallocate()
            image.pointee.captures.deallocate()
            image.pointee.ranges.deinitialize(count: image.pointee.rangeCount)
            image.pointee.ranges.deallocate()
            image.deinitialize(count: 1)
            image.deallocate()
        }
        module.images = []
    }
}

extension CodeArena {
    /// Enter loaded code into the list that `locate` searches.
    mutating func add(_ image: UnsafeMutablePointer<CodeImage>) {
        images.insert(image, at: images.count - images.reversed().prefix { $0.pointee.words > image.pointee.words }.count)
    }

    /// Take a code object out and let its words be allocated again.
    mutating func free(_ image: UnsafeMutablePointer<CodeImage>) {
        guard let index = images.firstIndex(of: image) else { return }
        images.remove(at: index)
        let start = UnsafeMutableRawPointer(image.pointee.words) - base
        gaps.append((start, image.pointee.wordCount * 8))
        gaps.sort { $0.start < $1.start }
        var merged: [(start: Int, size: Int)] = []
        for gap in gaps {
            if let last = merged.last, last.start + last.size == gap.start {
                merged[merged.count - 1].size += gap.size
            } else {
                merged.append(gap)
            }
        }
        gaps = merged
    }
}
