import GildControl
import GildReport
import GildVarlink
import Testing

/// Every typed message held against the description of its method.
@Suite struct MessageTests {
    /// One method's description.
    struct Described {
        let interface: VarlinkInterface
        let method: VarlinkInterface.Method
    }

    static func described(_ name: String) throws -> Described {
        for interface in DescriptionTests.interfaces {
            for method in interface.methods where "\(interface.name).\(method.name)" == name {
                return Described(interface: interface, method: method)
            }
        }
        throw Missing(name: name)
    }
    struct Missing: Error { let name: String }

    /// JSON of these fields: every one of them, or only those that have to be there.
    static func sample(_ fields: [VarlinkInterface.Field], _ interface: VarlinkInterface, isFull: Bool) throws -> JSONValue {
        var members: [String: JSONValue] = [:]
        for field in fields {
            if case .optional(let type) = field.type {
                if isFull { members[field.name] = try sample(type, interface, isFull: isFull) }
            } else {
                members[field.name] = try sample(field.type, interface, isFull: isFull)
            }
        }
        return .object(members)
    }

    private static func sample(_ type: VarlinkInterface.ValueType, _ interface: VarlinkInterface, isFull: Bool) throws -> JSONValue {
        switch type {
        case .bool: return true
        case .int: return 9_007_199_254_740_993  // one more than a double holds
        case .float: return 0.5
        case .string: return "text \u{7}\u{1F40D}"
        case .object: return try JSONValue(encoding: RunReport(script: "a.py"))
        case .optional(let type): return try sample(type, interface, isFull: isFull)
        case .array(let type): return isFull ? [try sample(type, interface, isFull: isFull)] : []
        case .dictionary(let type): return isFull ? ["key": try sample(type, interface, isFull: isFull)] : [:]
        case .structure(let fields): return try sample(fields, interface, isFull: isFull)
        case .enumeration(let cases): return .string(cases[cases.count - 1].name)
        case .reference(let name):
            guard let type = interface.type(named: name) else { throw Missing(name: name) }
            return try sample(type.type, interface, isFull: isFull)
        }
    }

    /// Decodes what the description allows, encodes it again and compares.
    private func check<T: Codable>(_ type: T.Type, _ fields: [VarlinkInterface.Field], _ interface: VarlinkInterface) throws {
        for isFull in [true, false] {
            let json = try Self.sample(fields, interface, isFull: isFull)
            let encoded = try JSONValue(encoding: json.decode(as: type))
            #expect(encoded == json, "\(T.self)")
            try interface.validate(encoded, against: fields)
        }
    }

    private func check<M: ControlMethod>(_ method: M.Type) throws {
        let described = try Self.described(method.name)
        try check(M.Parameters.self, described.method.input, described.interface)
        try check(M.Reply.self, described.method.output, described.interface)
    }

    @Test(arguments: ControlMethods.all.map { $0.name })
    func messagesAreWhatTheDescriptionSays(name: String) throws {
        for method in ControlMethods.all where method.name == name { try check(method) }
    }

    @Test func everyValueOfAnEnumerationIsKnown() throws {
        func expect<E: CaseIterable & RawRepresentable>(_ type: E.Type, _ name: String, in interface: String) where E.RawValue == String {
            let described = DescriptionTests.interfaces.first { $0.name == interface }?.type(named: name)?.type
            guard case .enumeration(let cases) = described else {
                Issue.record("\(interface) has no enumeration \(name)")
                return
            }
            #expect(E.allCases.map(\.rawValue) == cases.map(\.name))
        }
        expect(DaemonInterface.State.self, "State", in: "io.gild.Daemon")
        expect(DaemonInterface.LogLevel.self, "LogLevel", in: "io.gild.Daemon")
        expect(WorkloadInterface.State.self, "State", in: "io.gild.Workload")
        expect(WorkloadInterface.RestartPolicy.self, "RestartPolicy", in: "io.gild.Workload")
        expect(WorkloadInterface.Stream.self, "Stream", in: "io.gild.Workload")
        expect(RuntimeInterface.ThreadState.self, "ThreadState", in: "io.gild.Runtime")
        expect(HandoffReason.self, "HandoffReason", in: "io.gild.Runtime")
        expect(HandoffReason.self, "HandoffReason", in: "io.gild.Metrics")
        expect(HeapInterface.Grouping.self, "Grouping", in: "io.gild.Heap")
        expect(MetricsInterface.RunState.self, "RunState", in: "io.gild.Metrics")
        expect(ScriptInterface.Stream.self, "Stream", in: "io.gild.Script")
        expect(ScriptInterface.Evaluation.self, "Evaluation", in: "io.gild.Script")
    }

    @Test func errorsAreWhatTheDescriptionsSay() throws {
        for interface in DescriptionTests.interfaces {
            for error in interface.errors where !DescriptionTests.serverErrors.contains(error.name) {
                let name = "\(interface.name).\(error.name)"
                let json = try Self.sample(error.parameters, interface, isFull: true)
                let known = try #require(ControlError(name: name, json: json), "\(name)")
                #expect(known.json == json, "\(name)")
                #expect(known.name(in: interface.name) == name)
                if !error.parameters.isEmpty { #expect(ControlError(name: name, json: [:]) == nil, "\(name)") }
            }
        }
        #expect(ControlError(name: "org.varlink.service.NotFound", json: ["kind": "a", "name": "b"]) == nil)
    }
}

/// Bytes that are no text.
@Suite struct OutputPieceTests {
    @Test func base64HasTheVectorsOfTheRFC() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy"]
        for (bytes, text) in vectors {
            #expect(Base64.encode(Array(bytes.utf8)) == text)
            #expect(Base64.decode(text) == Array(bytes.utf8))
        }
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        for wrong in ["Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9-", "Zg==Zg=="] { #expect(Base64.decode(wrong) == nil, "\(wrong)") }
    }

    @Test func piecesGiveTheirBytesBack() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Generator(state: seed)
        for length in 0..<64 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let piece = ScriptInterface.Output(stream: .stdout, bytes: bytes)
            #expect(piece.bytes == bytes, "seed \(seed)")
            #expect((piece.text == nil) != (piece.base64 == nil))
        }
    }

    @Test func textStaysText() {
        let piece = ScriptInterface.Output(stream: .stderr, bytes: Array("größer\n".utf8))
        #expect(piece.text == "größer\n")
        // Cut in the middle of a character.
        #expect(ScriptInterface.Output(stream: .stderr, bytes: [0xC3]).base64 == "ww==")
    }

    @Test func neitherOrBothFormsAreNoPiece() {
        #expect(ScriptInterface.Output(stream: .stdout).bytes == nil)
        #expect(ScriptInterface.Output(stream: .stdout, text: "a", base64: "YQ==").bytes == nil)
    }

    /// xorshift64*.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        init(state: UInt64) { self.state = state | 1 }
        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 2_685_821_657_736_338_717
        }
    }
}
