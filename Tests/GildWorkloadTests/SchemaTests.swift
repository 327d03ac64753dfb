// The schema against the validator, on the same files, with an independent implementation of JSON Schema.

import Testing

@testable import GildWorkload

@Suite struct SchemaTests {
    @Test func theShippedSchemaIsTheOneThatIsPrinted() {
        #expect(String(decoding: contents(repository + "config/gild.schema.json"), as: UTF8.self) == configurationSchema())
    }

    @Test func schemaAndValidatorSayTheSame() throws {
        let python = try #require(output(of: [repository + "scripts/test-venv", "jsonschema", "PyYAML"]), "scripts/test-venv").dropLast()
        let files = samples("good") + samples("bad") + yamlFiles(repository + "config") + yamlFiles(repository + "config/conf.d")
        let script = repository + "Tests/GildWorkloadTests/schema_verdicts.py"
        let verdicts = try #require(output(of: [String(python), script, repository + "config/gild.schema.json"] + files))
        let shown = verdicts.split(separator: "\n").map(String.init)
        #expect(shown.count == files.count)
        for (verdict, file) in zip(shown, files) {
            let isExempt = lines(contents(file)).contains("# schema: accepts")
            let isBad = file.contains("/bad/")
            #expect(verdict == "\(isBad && !isExempt ? "refuses" : "accepts") \(file)")
        }
    }

    @Test func everySampleNamesTheSchema() {
        #expect(lines(contents(repository + "config/gild.yaml"))[0] == "# yaml-language-server: $schema=gild.schema.json")
        let parts = yamlFiles(repository + "config/conf.d")
        #expect(parts.count >= 4)
        for part in parts { #expect(lines(contents(part))[0] == "# yaml-language-server: $schema=../gild.schema.json") }
    }
}
