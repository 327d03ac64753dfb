// swift-tools-version: 6.2
import PackageDescription

/// Continuous integration treats every warning as an error; a developer's build shows it and goes on. Test targets are
/// left out: the expansions of Swift Testing's macros warn about themselves.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// The run loop uses the address of a thread's counters more often than LLVM cares to look at (100 times); then it keeps addresses in memory and
/// loads them before every use. Looking at all of them saves 9 to 15 of 100 machine instructions (docs/decisions/0014). And what is only jumped to
/// starts a line of the instruction cache: the head of a run loop that lies across two costs a third (docs/decisions/0021).
let runLoop: [SwiftSetting] = [
    .unsafeFlags(["-Xllvm", "-cgp-max-address-users-to-scan=100000", "-Xllvm", "-align-all-nofallthru-blocks=6"], .when(configuration: .release))
]

let package = Package(
    name: "gild",
    products: [
        .executable(name: "gild", targets: ["gild"]),
        .executable(name: "gilctl", targets: ["gilctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CGild"),
        // The interface that plugins are built with.
        .target(name: "CGildPlugin"),
        .target(
            name: "GildScript",
            dependencies: [.product(name: "BigInt", package: "BigInt")],
            swiftSettings: strict),
        .target(
            name: "GildRuntime",
            dependencies: [
                "CGild", "CGildPlugin", "GildScript",
                .product(name: "BigInt", package: "BigInt"),
            ],
            swiftSettings: strict + runLoop),
        .target(name: "GildReport", swiftSettings: strict),
        .target(
            name: "GildSession", dependencies: ["CGild", "GildScript", "GildRuntime", "GildReport"],
            swiftSettings: strict),
        .target(name: "GildComparison", dependencies: ["CGild", "GildReport"], swiftSettings: strict),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "GildWorkload", dependencies: ["CYAML", "GildReport"], swiftSettings: strict),
        .target(
            name: "GildVarlink",
            dependencies: [
                "CGild", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "GildControl", dependencies: ["GildVarlink", "GildReport"],
            resources: [.embedInCode("Interfaces")], swiftSettings: strict),
        .target(
            name: "GildDaemon",
            dependencies: [
                "CGild", "GildSession", "GildWorkload", "GildControl", "GildVarlink", "GildReport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "gilctl",
            dependencies: [
                "CGild", "GildControl", "GildVarlink", "GildReport",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "gild",
            dependencies: [
                "CGildPlugin", "GildSession", "GildScript", "GildReport", "GildComparison", "GildWorkload", "GildDaemon",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(name: "GildScriptTests", dependencies: ["GildScript"]),
        .testTarget(
            name: "GildRuntimeTests", dependencies: ["GildRuntime", "GildScript", "CGild", "TSanCanary", .product(name: "BigInt", package: "BigInt")]),
        // A deliberate race, which ThreadSanitizer must report.
        .executableTarget(name: "TSanCanary", path: "Tests/TSanCanary"),
        .testTarget(name: "GildReportTests", dependencies: ["GildReport"]),
        .testTarget(name: "GildComparisonTests", dependencies: ["GildComparison", "GildReport"]),
        .testTarget(name: "GildSessionTests", dependencies: ["GildSession", "GildReport", "GildWorkload"]),
        .testTarget(
            name: "GildWorkloadTests", dependencies: ["GildWorkload", "gild"], exclude: ["good", "bad", "schema_verdicts.py"]),
        .testTarget(name: "GildVarlinkTests", dependencies: ["GildVarlink"]),
        .testTarget(name: "GildControlTests", dependencies: ["GildControl", "GildVarlink", "gilctl"]),
        .testTarget(
            name: "GildDaemonTests",
            dependencies: [
                "CGild", "GildDaemon", "GildControl", "GildReport", "GildVarlink", "GildSession", "GildWorkload", "gild", "gilctl",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        .testTarget(
            name: "ScriptTests", dependencies: ["GildSession", "GildReport", "gild"], exclude: []),
    ],
    swiftLanguageModes: [.v6]
)

// A fuzzer has no `main` of its own and links only with `--sanitize=fuzzer`: see `make fuzz`.
if Context.environment["GILD_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "FuzzCompile", dependencies: ["GildScript"]))
    package.products.append(.executable(name: "FuzzCompile", targets: ["FuzzCompile"]))
    package.targets.append(.executableTarget(name: "FuzzConfiguration", dependencies: ["GildWorkload"]))
    package.products.append(.executable(name: "FuzzConfiguration", targets: ["FuzzConfiguration"]))
}
