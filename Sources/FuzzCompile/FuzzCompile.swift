// Any bytes as a script's text: parsing and compiling must end with code that the verifier accepts, or with a diagnostic.
//
// Built only with GILD_FUZZ in the environment (`make fuzz`); the linked libFuzzer has the `main`.

import GildScript

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: bytes, count: count))
    let source = SourceFile(name: "fuzz.py", text: text)
    let module: CompiledModule
    do throws(Diagnostic) {
        module = try compile(try parse(source), source: source)
    } catch {
        _ = error.rendered()
        return 0
    }
    do { try verify(module) } catch { fatalError("the verifier refuses what was compiled: \(error)") }
    return 0
}
