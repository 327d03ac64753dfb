// gild plugin new: a folder with a plugin that builds and passes its own test.
//
// The folder needs nothing but a compiler and gild: the header is written into it, too. Nothing that exists is overwritten.

import ArgumentParser
import CGildPlugin
import Glibc

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Begin a native plugin.", subcommands: [PluginNew.self])
}

enum PluginLanguage: String, ExpressibleByArgument, CaseIterable {
    case c, swift
}

struct PluginNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a plugin that builds and passes its own test, as a starting point.",
        discussion: """
              gild plugin new adder --language c
              cd adder && make test

            Makes the folder NAME with the source, gild_plugin.h, a Makefile, a test, plugin.yaml and a README. \
            docs/plugins.md says how to go on.
            """)

    @Option(help: ArgumentHelp("c or swift.", valueName: "language"))
    var language = PluginLanguage.c

    @Argument(help: ArgumentHelp("Name of the folder and of the module: letters, digits and underscores.", valueName: "name"))
    var name: String

    func validate() throws {
        let isFirstFine = name.utf8.first.map { $0 == 0x5F || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A } ?? false
        let isFine = name.utf8.allSatisfy { $0 == 0x5F || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 }
        guard isFirstFine, isFine, name.utf8.count <= 64 else {
            throw ValidationError("the name must be letters, digits and underscores, a letter first, at most 64: scripts import it")
        }
    }

    func run() throws {
        if mkdir(name, 0o755) != 0 { throw fail("cannot make the folder \(name): \(String(cString: strerror(errno)))") }
        var files = [
            ("gild_plugin.h", String(cString: gild_plugin_header())), ("Makefile", language == .c ? makefileForC : makefileForSwift),
            ("plugin.yaml", description), ("test.py", test), ("README.md", readme), ("\(name).\(language.rawValue)", language == .c ? sourceInC : sourceInSwift),
        ]
        if language == .swift { files.append(("module.modulemap", "module CGildPlugin {\n    header \"gild_plugin.h\"\n    export *\n}\n")) }
        for (file, text) in files {
            let path = "\(name)/\(file)"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            if descriptor < 0 { throw fail("cannot write \(path): \(String(cString: strerror(errno)))") }
            let isWritten = Output.write(text, to: descriptor)
            if close(descriptor) != 0 || !isWritten { throw fail("cannot write \(path): \(Output.lastError())") }
        }
        Output.write("\(name): a plugin in \(language == .c ? "C" : "Swift"). Build and test it:\n  cd \(name) && make test\n", to: STDOUT_FILENO)
    }

    private func fail(_ message: String) -> ExitCode {
        Output.write("gild: \(message)\n", to: STDERR_FILENO)
        return ExitCode(1)
    }

    // MARK: - The files

    private var description: String {
        """
        name: \(name)
        version: 0.1.0
        language: \(language.rawValue)
        sources: [\(name).\(language.rawValue)]
        summary: What it does.

        """
    }

    private var makefileForC: String {
        """
        # make: build \(name).so. make test: build it and run test.py with every rule watched.
        GILD ?= gild
        CFLAGS ?= -O2 -g -Wall -Wextra

        \(name).so: \(name).c gild_plugin.h
        \t$(CC) -std=c11 $(CFLAGS) -fPIC -shared -fvisibility=hidden -o $@ \(name).c
        \tchmod go-w $@

        .PHONY: test clean
        test: \(name).so
        \t$(GILD) run --check-plugins --plugin $(CURDIR)/\(name).so test.py

        clean:
        \trm -f \(name).so

        """
    }

    private var makefileForSwift: String {
        """
        # make: build \(name).so. make test: build it and run test.py with every rule watched.
        # The plugin carries its own Swift runtime and keeps it to itself.
        GILD ?= gild

        \(name).so: \(name).swift gild_plugin.h module.modulemap
        \tswiftc -O -parse-as-library -emit-library -static-stdlib -I . -module-name \(name) -Xlinker --exclude-libs=ALL -o $@ \(name).swift
        \tchmod go-w $@

        .PHONY: test clean
        test: \(name).so
        \t$(GILD) run --check-plugins --plugin $(CURDIR)/\(name).so test.py

        clean:
        \trm -f \(name).so

        """
    }

    private var test: String {
        """
        import \(name)

        assert \(name).add(1, 2) == 3
        assert \(name).add(-5, 5) == 0
        try:
            \(name).add(1, "2")
        except TypeError as error:
            assert str(error) == "expected an int, got str"
        else:
            assert False, "add() takes ints only"
        print("\(name): passed")

        """
    }

    private var readme: String {
        """
        # \(name)

        A native plugin for gild.

            make test                                        build, and run test.py with every rule watched
            gild run --plugin $PWD/\(name).so script.py      use it: import \(name)

        `gild_plugin.h` says what each call does, and which ones need the lock; gild's docs/plugins.md sets each beside its equal in CPython's C API.

        """
    }

    private var sourceInC: String {
        """
        #include "gild_plugin.h"

        /* add(a, b): the sum of two ints. */
        static gild_status add(gild_context *context, void *data, const gild_handle *arguments, size_t count, gild_handle *result) {
            (void)data, (void)count;
            int64_t a, b, sum;
            gild_status status = gild_int_get(context, arguments[0], &a);
            if (status < GILD_OK) return status;
            status = gild_int_get(context, arguments[1], &b);
            if (status < GILD_OK) return status;
            if (__builtin_add_overflow(a, b, &sum)) return gild_raise(context, GILD_OVERFLOW_ERROR, "the sum has more than 64 bits");
            return gild_int_new(context, sum, result);
        }

        gild_status gild_plugin_init(const gild_host *host, gild_plugin *plugin) {
            gild_status status = gild_describe(host, plugin, "\(name)", "0.1.0");
            if (status < GILD_OK) return status;
            gild_function_definition definition = {sizeof definition, "add", "add(a, b): the sum of two ints.", add, NULL, 2, 2};
            return gild_register_function(host, plugin, &definition);
        }

        """
    }

    private var sourceInSwift: String {
        """
        import CGildPlugin

        /// add(a, b): the sum of two ints.
        private let add: gild_function = { context, _, arguments, _, result in
            var (a, b): (Int64, Int64) = (0, 0)
            var status = gild_int_get(context, arguments[0], &a)
            if status < GILD_OK { return status }
            status = gild_int_get(context, arguments[1], &b)
            if status < GILD_OK { return status }
            let (sum, overflow) = a.addingReportingOverflow(b)
            if overflow { return gild_raise(context, GILD_OVERFLOW_ERROR, "the sum has more than 64 bits") }
            return gild_int_new(context, sum, result)
        }

        @_cdecl("gild_plugin_init")
        public func initialize(_ host: UnsafePointer<gild_host>, _ plugin: OpaquePointer) -> gild_status {
            let status = gild_describe(host, plugin, "\(name)", "0.1.0")
            if status < GILD_OK { return status }
            // gild copies the texts.
            return "add".withCString { name in
                "add(a, b): the sum of two ints.".withCString { documentation in
                    var definition = gild_function_definition(
                        size: MemoryLayout<gild_function_definition>.size, name: name, documentation: documentation, call: add, data: nil, minimum: 2, maximum: 2)
                    return gild_register_function(host, plugin, &definition)
                }
            }
        }

        """
    }
}
