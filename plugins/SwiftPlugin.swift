// What plugins in Swift need around the C interface: errors that are thrown, texts, opaque objects, functions and their registration. The samples
// are built with it, each with a copy of its own (`sources` in plugin.yaml).

import CGildPlugin

typealias Context = UnsafeMutablePointer<gild_context>
typealias Arguments = UnsafePointer<gild_handle>

/// What a host function refused to do: the status goes back to gild as it is.
struct Failure: Error {
    let status: gild_status
}

func check(_ status: gild_status) throws(Failure) {
    if status < GILD_OK { throw Failure(status: status) }
}

/// A zero-terminated text that is never freed.
func text(_ string: StaticString) -> UnsafePointer<CChar> { UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self) }

/// Swift objects as opaque objects of scripts. Made once for a class: its address is the type's identity.
struct OpaqueType<Object: AnyObject>: @unchecked Sendable {
    private let type: UnsafeMutablePointer<gild_opaque_type>

    /// `destroy` releases an `Object`: a closure without captures cannot say which one itself.
    init(_ name: StaticString, destroy: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void) {
        type = .allocate(capacity: 1)
        type.initialize(to: gild_opaque_type(size: MemoryLayout<gild_opaque_type>.size, name: text(name), destroy: destroy))
    }

    /// A handle of a script's object that owns `object`.
    func give(_ context: Context, _ object: Object) throws(Failure) -> gild_handle {
        var result = gild_handle(bits: 0)
        let data = Unmanaged.passRetained(object)
        let status = gild_opaque_new(context, type, data.toOpaque(), &result)
        if status < GILD_OK { data.release() }
        try check(status)
        return result
    }

    /// The object behind a handle; TypeError for anything else.
    func get(_ context: Context, _ handle: gild_handle) throws(Failure) -> Object {
        var data: UnsafeMutableRawPointer?
        try check(gild_opaque_get(context, handle, type, &data))
        return Unmanaged<Object>.fromOpaque(data!).takeUnretainedValue()
    }
}

/// What gild calls, around a function that throws.
func run(
    _ body: (Context, Arguments) throws(Failure) -> gild_handle, _ context: Context, _ arguments: Arguments, _ result: UnsafeMutablePointer<gild_handle>
) -> gild_status {
    do throws(Failure) {
        result.pointee = try body(context, arguments)
        return GILD_OK
    } catch {
        return error.status
    }
}

/// A function of the module that takes `count` arguments.
struct Function {
    let name: StaticString
    let documentation: StaticString
    let count: Int32
    let call: gild_function

    func register(_ host: UnsafePointer<gild_host>, _ plugin: OpaquePointer) -> gild_status {
        var definition = gild_function_definition(
            size: MemoryLayout<gild_function_definition>.size, name: text(name), documentation: text(documentation), call: call, data: nil,
            minimum: count, maximum: count)
        return gild_register_function(host, plugin, &definition)
    }
}
