// The two kinds of message and their frames: a JSON object and a NUL byte (https://varlink.org/Method-Call).

/// One call as it came.
struct CallMessage {
    var method: String
    var parameters: JSONValue
    var isOneway: Bool
    var wantsMore: Bool
    var wantsUpgrade: Bool

    /// Why an object is no call.
    struct Malformed: Error {
        var message: String
    }

    /// Unknown members are ignored, so that a protocol with more of them still works.
    init(_ value: JSONValue) throws(Malformed) {
        guard case .object(let members) = value else { throw Malformed(message: "a message is an object, not \(value.kind)") }
        guard let method = members["method"]?.stringValue else { throw Malformed(message: "a call has a 'method', a string") }
        func flag(_ name: String) throws(Malformed) -> Bool {
            guard let value = members[name], !value.isNull else { return false }
            guard let flag = value.boolValue else { throw Malformed(message: "'\(name)' is a bool, not \(value.kind)") }
            return flag
        }
        self.method = method
        switch members["parameters"] {
        case nil, .some(.null): parameters = .object([:])
        case .some(let value):
            guard case .object = value else { throw Malformed(message: "'parameters' is an object, not \(value.kind)") }
            parameters = value
        }
        isOneway = try flag("oneway")
        wantsMore = try flag("more")
        wantsUpgrade = try flag("upgrade")
        if isOneway && wantsMore { throw Malformed(message: "a call is 'oneway' or 'more', not both") }
    }
}

enum ReplyMessage {
    /// `{"parameters":…}` with its NUL byte.
    static func reply(_ parameters: JSONValue?, continues: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(literal: continues ? "{\"continues\":true,\"parameters\":" : "{\"parameters\":")
        writer.write(parameters ?? .object([:]))
        writer.write(literal: "}\0")
        return writer.bytes
    }

    /// `{"error":…,"parameters":…}` with its NUL byte.
    static func failure(_ name: String, _ parameters: JSONValue?) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(literal: "{\"error\":")
        writer.write(string: name)
        writer.write(literal: ",\"parameters\":")
        writer.write(parameters ?? .object([:]))
        writer.write(literal: "}\0")
        return writer.bytes
    }
}
