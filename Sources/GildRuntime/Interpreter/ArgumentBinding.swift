// Arguments to parameters, as PEP 3102 and PEP 570 have it, with CPython's messages (Python/ceval.c, initialize_locals).
//
// The passed values lie in the first registers of the callee's window. Without keywords and without *args or **kwargs only
// defaults are added. Otherwise every parameter's value is gathered in a buffer first (new references), so that a failure
// leaves the window as it was for the unwinder.

import CGild

extension gild_thread_ref {
    /// Bring the arguments in `window` into parameter order. False: TypeError raised.
    func bindArguments(_ function: UnsafeMutablePointer<FunctionObject>, _ window: UnsafeMutablePointer<Value>, _ count: Int, _ keywordNames: Value) -> Bool {
        let code = function.pointee.code
        if code.pointee.isSimple && !keywordNames.isPointer {
            let wanted = code.pointee.positionalCount
            if count == wanted { return true }
            let defaults = function.pointee.defaults
            let available = defaults.isPointer ? defaults.cast(TupleObject.self).pointee.count : 0
            if count < wanted && count >= wanted - available {
                if !fillRegisters(upTo: window + wanted) { return false }
                let items = defaults.cast(TupleObject.self).items
                for i in count..<wanted { window[i] = newReference(items[i - (wanted - available)]) }
                return true
            }
        }
        return bindGenerally(function, window, count, keywordNames)
    }

    private func bindGenerally(_ function: UnsafeMutablePointer<FunctionObject>, _ window: UnsafeMutablePointer<Value>, _ count: Int, _ keywordNames: Value) -> Bool {
        let code = function.pointee.code
        let positionalCount = code.pointee.positionalCount
        let keywordOnly = code.pointee.keywordOnlyCount
        let named = keywordNames.isPointer ? keywordNames.cast(TupleObject.self).pointee.count : 0
        let positional = count - named
        let parameters = positionalCount + keywordOnly
        let variadicAt = parameters
        let keywordsAt = parameters + (code.pointee.hasVariadic ? 1 : 0)
        let total = keywordsAt + (code.pointee.hasVariadicKeywords ? 1 : 0)
        if !fillRegisters(upTo: window + max(total, count)) { return false }

        return withScratch(of: Value.self, count: max(total, 1)) { buffer in
            let bound = buffer
            for i in 0..<total { bound[i] = .undefined }
            func fail() -> Bool {
                for i in 0..<total { decref(bound[i]) }
                return false
            }
            for i in 0..<min(positional, positionalCount) { bound[i] = newReference(window[i]) }
            if code.pointee.hasVariadic {
                let extra = max(0, positional - positionalCount)
                if extra == 0 {
                    bound[variadicAt] = newReference(heap.pointee.emptyTuple)
                } else {
                    guard let tuple = allocateTuple(extra) else { return fail() }
                    for i in 0..<extra { tuple.items[i] = newReference(window[positionalCount + i]) }
                    bound[variadicAt] = Value(pointer: tuple)
                }
            }
            if code.pointee.hasVariadicKeywords {
                guard let dict = makeDict() else { return fail() }
                bound[keywordsAt] = Value(pointer: dict)
            }
            for k in 0..<named {
                let name = keywordNames.cast(TupleObject.self).items[k]
                let value = window[positional + k]
                var place = -1
                for i in code.pointee.positionalOnlyCount..<max(parameters, code.pointee.positionalOnlyCount) where sameName(code.pointee.localNames[i], name) {
                    place = i
                    break
                }
                if place >= 0 {
                    if !bound[place].isUndefined {
                        raise(.typeError, "\(string(function.pointee.qualifiedName))() got multiple values for argument '\(string(name))'")
                        return fail()
                    }
                    bound[place] = newReference(value)
                } else if code.pointee.hasVariadicKeywords {
                    let dict = bound[keywordsAt].cast(DictObject.self)
                    if !dictSet(self, dict, name, value) { return fail() }
                } else {
                    raiseUnexpectedKeyword(function, keywordNames, name)
                    return fail()
                }
            }
            if positional > positionalCount && !code.pointee.hasVariadic {
                raiseTooManyPositional(function, positional, bound)
                return fail()
            }
            if positional < positionalCount {
                let defaults = function.pointee.defaults
                let available = defaults.isPointer ? defaults.cast(TupleObject.self).pointee.count : 0
                let firstDefault = positionalCount - available
                var missing: [Int] = []
                for i in positional..<positionalCount where bound[i].isUndefined {
                    if i >= firstDefault {
                        bound[i] = newReference(defaults.cast(TupleObject.self).items[i - firstDefault])
                    } else {
                        missing.append(i)
                    }
                }
                if !missing.isEmpty {
                    raiseMissing(function, missing, "positional")
                    return fail()
                }
            }
            if keywordOnly > 0 {
                var missing: [Int] = []
                for i in positionalCount..<parameters where bound[i].isUndefined {
                    let defaults = function.pointee.keywordDefaults
                    bound[i] = defaults.isPointer ? dictLoad(self, defaults.cast(DictObject.self), code.pointee.localNames[i]) : .undefined
                    if bound[i].isUndefined { missing.append(i) }
                }
                if !missing.isEmpty {
                    raiseMissing(function, missing, "keyword-only")
                    return fail()
                }
            }
            // All good: the gathered references replace the passed ones.
            for i in 0..<max(total, count) {
                let old = i < count ? window[i] : .undefined
                window[i] = i < total ? bound[i] : .undefined
                decref(old)
            }
            return true
        }
    }

    private func sameName(_ a: Value, _ b: Value) -> Bool {
        a == b || (isString(b) && equalStrings(a.cast(StringObject.self), b.cast(StringObject.self)))
    }

    private func raiseUnexpectedKeyword(_ function: UnsafeMutablePointer<FunctionObject>, _ keywordNames: Value, _ name: Value) {
        let code = function.pointee.code
        let qualified = string(function.pointee.qualifiedName)
        var positionalOnly: [String] = []
        let names = keywordNames.cast(TupleObject.self)
        for i in 0..<code.pointee.positionalOnlyCount {
            for k in 0..<names.pointee.count where sameName(code.pointee.localNames[i], names.items[k]) {
                positionalOnly.append(string(code.pointee.localNames[i]))
            }
        }
        if !positionalOnly.isEmpty {
            raise(.typeError, "\(qualified)() got some positional-only arguments passed as keyword arguments: '\(positionalOnly.joined(separator: ", "))'")
            return
        }
        let first = code.pointee.positionalOnlyCount
        let parameters = (first..<max(first, code.pointee.positionalCount + code.pointee.keywordOnlyCount)).map { string(code.pointee.localNames[$0]) }
        let hint = Suggestions.closest(to: string(name), among: parameters).map { ". Did you mean '\($0)'?" } ?? ""
        raise(.typeError, "\(qualified)() got an unexpected keyword argument '\(string(name))'\(hint)")
    }

    private func raiseTooManyPositional(_ function: UnsafeMutablePointer<FunctionObject>, _ given: Int, _ bound: UnsafeMutablePointer<Value>) {
        let code = function.pointee.code
        let wanted = code.pointee.positionalCount
        let defaults = function.pointee.defaults
        let available = defaults.isPointer ? defaults.cast(TupleObject.self).pointee.count : 0
        var keywordOnlyGiven = 0
        for i in wanted..<(wanted + code.pointee.keywordOnlyCount) where !bound[i].isUndefined { keywordOnlyGiven += 1 }
        let takes: String
        let plural: Bool
        if available > 0 {
            takes = "from \(wanted - available) to \(wanted)"
            plural = true
        } else {
            takes = "\(wanted)"
            plural = wanted != 1
        }
        var extra = ""
        if keywordOnlyGiven > 0 {
            extra = " positional argument\(given != 1 ? "s" : "") (and \(keywordOnlyGiven) keyword-only argument\(keywordOnlyGiven != 1 ? "s" : ""))"
        }
        let were = given == 1 && keywordOnlyGiven == 0 ? "was" : "were"
        raise(.typeError, "\(string(function.pointee.qualifiedName))() takes \(takes) positional argument\(plural ? "s" : "") but \(given)\(extra) \(were) given")
    }

    private func raiseMissing(_ function: UnsafeMutablePointer<FunctionObject>, _ missing: [Int], _ kind: String) {
        let names = missing.map { "'\(string(function.pointee.code.pointee.localNames[$0]))'" }
        let list: String
        switch names.count {
        case 1: list = names[0]
        case 2: list = "\(names[0]) and \(names[1])"
        default: list = names.dropLast().joined(separator: ", ") + ", and " + names.last.unsafelyUnwrapped
        }
        raise(.typeError, "\(string(function.pointee.qualifiedName))() missing \(names.count) required \(kind) argument\(names.count == 1 ? "" : "s"): \(list)")
    }
}
