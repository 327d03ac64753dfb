import Foundation
import GildVarlink
import Testing

@Suite struct VarlinkInterfaceTests {
    private let example = """
        # What it is for.
        #
        #   indented
        interface io.test.Some-Name2

        # A kind.
        type Kind (
          # the first
          one,
          two
        )

        type Tree (name: string, kind: Kind, children: []Tree, parent: ?Tree, more: [string]Tree)

        # Looks.
        method Look(depth: ?int, sets: [string](), pairs: [](left: float, right: object)) -> (
          # what was found
          tree: Tree,
          state: (on, off),
          ok: bool
        )

        error NotFound ()
        """

    private func failure(_ text: String) -> VarlinkInterfaceError? {
        do throws(VarlinkInterfaceError) {
            _ = try VarlinkInterface(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func aDescriptionIsReadWithItsComments() throws {
        let interface = try VarlinkInterface(parsing: example)
        #expect(interface.name == "io.test.Some-Name2")
        #expect(interface.documentation == "What it is for.\n\n  indented")
        #expect(interface.type(named: "Kind")?.documentation == "A kind.")
        var cases: [VarlinkInterface.EnumerationCase] = []
        if case .enumeration(let found) = interface.type(named: "Kind")?.type { cases = found }
        #expect(cases.map(\.name) == ["one", "two"])
        #expect(cases.map(\.documentation) == ["the first", ""])
        #expect(interface.method(named: "Look")?.documentation == "Looks.")
        #expect(interface.method(named: "Look")?.output[0].documentation == "what was found")
        #expect(interface.method(named: "Look")?.input[1].type == .set)
        #expect(interface.error(named: "NotFound")?.parameters == [])
    }

    @Test func printingAndParsingAreInverse() throws {
        let interface = try VarlinkInterface(parsing: example)
        let printed = interface.formatted()
        #expect(try VarlinkInterface(parsing: printed) == interface)
        #expect(try VarlinkInterface(parsing: printed).formatted() == printed)
        #expect(printed == example + "\n")
    }

    @Test func layoutAndOtherCommentsDoNotMatter() throws {
        let loose = "interface a.b# x\r\n\tmethod\tM ( a :int , # trailing\n b: [ string ] ?[ ]bool )->( )error E type T(x)"
        let tight = "interface a.b\nmethod M(a: int, b: [string]?[]bool) -> ()\nerror E ()\ntype T (x)"
        #expect(try VarlinkInterface(parsing: loose) == VarlinkInterface(parsing: tight))
    }

    @Test(arguments: [
        ("", VarlinkInterfaceError.Code.syntax, 1, 1),
        ("interface a.b", .syntax, 1, 14),
        ("interface a\nerror E ()", .invalidName, 1, 11),
        ("interface 1a.b\nerror E ()", .invalidName, 1, 11),
        ("interface a..b\nerror E ()", .invalidName, 1, 11),
        ("interface a.b-\nerror E ()", .invalidName, 1, 11),
        ("interface a.b\nerror e ()", .invalidName, 2, 7),
        ("interface a.b\nerror E_x ()", .invalidName, 2, 7),
        ("interface a.b\nerror E (a__b: int)", .invalidName, 2, 10),
        ("interface a.b\nerror E (a_: int)", .invalidName, 2, 10),
        ("interface a.b\nerror E (_a: int)", .invalidName, 2, 10),
        ("interface a.b\nerror E (a: int, a: int)", .duplicateName, 2, 18),
        ("interface a.b\ntype E (a, a)", .duplicateName, 2, 12),
        ("interface a.b\nerror E ()\nmethod E() -> ()", .duplicateName, 3, 8),
        ("interface a.b\nerror E (a: T)", .unresolvedReference, 2, 13),
        ("interface a.b\nerror E (a: integer)", .invalidName, 2, 13),
        ("interface a.b\nerror E (a: ??int)", .syntax, 2, 13),
        ("interface a.b\nerror E (a: int, b)", .syntax, 2, 19),
        ("interface a.b\nerror E (a, b)", .syntax, 2, 9),
        ("interface a.b\nerror E (a: [int]int)", .syntax, 2, 14),
        ("interface a.b\nmethod M() ()", .syntax, 2, 12),
        ("interface a.b\ntype T int", .syntax, 2, 8),
        ("interface a.b\nerror E (a: int", .syntax, 2, 16),
        ("interface a.b\nthing X ()", .syntax, 2, 1),
        ("interface a.b\ntype A (b: B)\ntype B (c: (a: A))", .endlessType, 2, 6),
        ("interface a.b\ntype A (a: A)", .endlessType, 2, 6),
    ])
    func whatIsNoDescriptionIsAnErrorWithItsPlace(text: String, code: VarlinkInterfaceError.Code, line: Int, column: Int) {
        let error = failure(text)
        #expect(error?.code == code)
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test func nestingIsBounded() {
        let arrays = String(repeating: "[]", count: 100_000)
        #expect(failure("interface a.b\nerror E (a: \(arrays)int)")?.code == .nestingTooDeep)
        #expect(failure("interface a.b\nerror E " + String(repeating: "(a: ", count: 100_000))?.code == .nestingTooDeep)
    }

    @Test func typesMayContainThemselvesThroughOptionalArrayAndDictionary() {
        #expect(failure("interface a.b\ntype A (a: ?A, b: []A, c: [string]A)") == nil)
    }

    @Test func randomInterfacesAreReadBackAsTheyWere() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random interfaces: seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<300 {
            let text = randomInterface(&random)
            let interface = try VarlinkInterface(parsing: text)
            let printed = interface.formatted()
            #expect(try VarlinkInterface(parsing: printed) == interface, "seed \(seed)")
            #expect(try VarlinkInterface(parsing: printed).formatted() == printed, "seed \(seed)")
        }
    }

    @Test func randomDamageNeverCrashes() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random damage: seed \(seed)")
        var random = SplitMix(state: seed)
        let original = Array(example.utf8)
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            if let interface = try? VarlinkInterface(parsing: text) {
                #expect(try VarlinkInterface(parsing: interface.formatted()) == interface, "seed \(seed)")
            }
        }
    }

    // MARK: Validation

    private func wrong(_ json: String) throws -> String? {
        let interface = try VarlinkInterface(
            parsing: """
                interface a.b
                type Kind (one, two)
                type Inner (x: int, kind: ?Kind)
                method M(n: int, f: float, s: ?string, o: object, list: []Inner, map: [string]?bool, set: [string]()) -> ()
                """)
        do throws(VarlinkParameterError) {
            try interface.validate(try! JSONValue.parse(json), against: interface.method(named: "M")!.input)
            return nil
        } catch {
            return error.parameter
        }
    }

    @Test func validParametersPass() throws {
        #expect(
            try wrong(
                #"{"n":1.0,"f":2,"s":null,"o":{"any":[]},"list":[{"x":1,"kind":"one"},{"x":2,"kind":null}],"map":{"a":true,"b":null},"set":{"k":{}}}"#)
                == nil)
    }

    @Test(arguments: [
        (#""n":1"#, #""n":"1""#, "n"), (#""n":1"#, #""n":1.5"#, "n"), (#""n":1,"#, "", "n"), (#""n":1"#, #""n":null"#, "n"),
        (#""f":1"#, #""f":true"#, "f"), (#""s":"""#, #""s":1"#, "s"), (#""o":{}"#, #""o":[]"#, "o"),
        (#""x":1"#, #""x":"a""#, "list[0].x"), (#""kind":"one""#, #""kind":"three""#, "list[0].kind"), (#""x":1"#, #""x":1,"y":2"#, "list[0].y"),
        (#""map":{"#, #""map":{"z":1,"#, "map.z"), (#""k":{}"#, #""k":{"a":1}"#, "set.k.a"), (#""n":1"#, #""n":1,"zzz":1"#, "zzz"),
    ])
    func theOffendingParameterIsNamed(replace: String, by: String, parameter: String) throws {
        let good = #"{"n":1,"f":1,"s":"","o":{},"list":[{"x":1,"kind":"one"}],"map":{"a":true},"set":{"k":{}}}"#
        #expect(try wrong(good) == nil)
        let range = try #require(good.range(of: replace))
        #expect(try wrong(good.replacingCharacters(in: range, with: by)) == parameter)
    }
}

private func randomInterface(_ random: inout SplitMix) -> String {
    let types = (0..<Int.random(in: 0..<4, using: &random)).map { "Type\($0)" }
    func comment(_ random: inout SplitMix) -> String {
        ["", "", "\n# one line\n", "\n# two\n#  lines\n", "\n#\n"].randomElement(using: &random)!
    }
    func type(_ random: inout SplitMix, _ depth: Int, optional: Bool = true) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 11 : 5), using: &random) {
        case 5 where optional: return "?" + type(&random, depth - 1, optional: false)
        case 6: return "[]" + type(&random, depth - 1)
        case 7: return "[string]" + type(&random, depth - 1)
        case 8: return fields(&random, depth - 1)
        case 9: return "(one, \(comment(&random)) two)"
        // Behind an array, so that no type is endless.
        case 10: return types.randomElement(using: &random).map { "[]" + $0 } ?? "int"
        case let kind: return ["bool", "int", "float", "string", "object"][kind % 5]
        }
    }
    func fields(_ random: inout SplitMix, _ depth: Int) -> String {
        let fields = (0..<Int.random(in: 0..<5, using: &random)).map { index in
            "\(comment(&random))field_\(index): \(type(&random, depth))"
        }
        return "(" + fields.joined(separator: ",") + ")"
    }
    var text = comment(&random) + "interface io.random.Name"
    for name in types { text += "\n\(comment(&random))type \(name) \(fields(&random, 3))" }
    for index in 0...Int.random(in: 0..<3, using: &random) {
        text += "\n\(comment(&random))method Method\(index)\(fields(&random, 3)) -> \(fields(&random, 3))"
        text += "\n\(comment(&random))error Error\(index) \(fields(&random, 2))"
    }
    return text
}
