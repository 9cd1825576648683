// swift-tools-version: 6.2
import PackageDescription

// Targets stand in reading order: the pure core, one module per outside thing, what the programs are made
// of, the programs, the tests. What may import what is held by Tests/TidyTests.

let package = Package(
  name: "csm",
  products: [
    .executable(name: "csmd", targets: ["csmd"]),
    .executable(name: "csm-enqueue", targets: ["csm-enqueue"]),
    .executable(name: "csm-localfal", targets: ["csm-localfal"]),
    .executable(name: "csm-web", targets: ["csm-web"]),
    .library(name: "CFaults", type: .dynamic, targets: ["CFaults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(name: "CSMCore"),

    .target(
      name: "CSMSQLite",
      dependencies: [
        "CSMCore", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      resources: [
        .embedInCode("../../migrations/0001_create_job.sql"),
        .embedInCode("../../migrations/0002_add_voice.sql"),
        .embedInCode("../../migrations/0003_add_budget.sql"),
        .embedInCode("../../migrations/0004_add_author.sql"),
        .embedInCode("../../migrations/0005_measure_audio.sql"),
        .embedInCode("../../migrations/0006_rule_by_state.sql"),
        .embedInCode("../../migrations/0007_add_life.sql"),
        .embedInCode("../../migrations/0008_look_again.sql"),
        .embedInCode("../../migrations/0009_keep_takes.sql"),
        .embedInCode("../../migrations/0010_gate_audio.sql"),
        .embedInCode("../../migrations/0011_hear_audio.sql"),
        .embedInCode("../../migrations/0012_speak_again.sql"),
        .embedInCode("../../migrations/0013_judge_audio.sql"),
        .embedInCode("../../migrations/0014_count_lines.sql"),
        .embedInCode("../../migrations/0015_remember_gates.sql"),
        .embedInCode("../../migrations/0016_hear_again.sql"),
      ]),
    .systemLibrary(
      name: "CCurl",
      pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CLinux"),
    .target(
      name: "CSMFal",
      dependencies: ["CSMCore", "CCurl", "CLinux"]),
    .target(
      name: "CSMFiles",
      dependencies: ["CSMCore", "CLinux", .product(name: "Crypto", package: "swift-crypto")]),
    .target(
      name: "CSMInput",
      dependencies: [
        "CSMCore",
        .product(name: "TOMLKit", package: "TOMLKit"),
      ]),

    .target(
      name: "CSMHelp",
      dependencies: ["CSMCore"],
      resources: [
        .embedInCode("exports.md"), .embedInCode("formats.md"), .embedInCode("judge.md"),
        .embedInCode("settings.md"), .embedInCode("states.md"),
      ]),

    .target(
      name: "CSMDaemon",
      dependencies: [
        "CLinux", "CSMCore", "CSMSQLite", "CSMFal", "CSMFiles",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(name: "CSMWorkplace", dependencies: ["CSMCore", "CSMSQLite", "CSMFiles"]),
    .target(
      name: "CSMReports",
      dependencies: ["CLinux", "CSMCore", "CSMSQLite", "CSMFiles", "CSMWorkplace"]),
    .target(
      name: "CSMAdding",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMFiles", "CSMInput", "CSMReports", "CSMWorkplace",
      ]),
    .target(
      name: "CSMPage",
      dependencies: ["CSMCore"],
      resources: [
        .embedInCode("look/tokens.css"), .embedInCode("look/parts.css"),
        .embedInCode("look/bench.css"), .embedInCode("script/base.js"),
        .embedInCode("script/marks.js"), .embedInCode("script/wave.js"),
        .embedInCode("script/player.js"), .embedInCode("script/list.js"),
        .embedInCode("script/row.js"), .embedInCode("script/pane.js"),
        .embedInCode("script/keys.js"), .embedInCode("script/ways.js"),
        .embedInCode("script/decisions.js"),
        .embedInCode("script/filter.js"), .embedInCode("script/review.js"),
        .embedInCode("review.html"),
      ]),
    .target(
      name: "CSMDeciding",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMFiles", "CSMInput", "CSMReports", "CSMWorkplace",
      ]),
    .target(name: "CSMFFmpeg", dependencies: ["CSMFiles", "CSMWorkplace"]),
    .target(
      name: "CSMDelivery",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMDeciding", "CSMFFmpeg", "CSMFiles", "CSMInput", "CSMPage",
        "CSMReports", "CSMWorkplace",
      ]),
    .target(
      name: "CSMLocalFal",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdHTTP2", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ]),

    .target(
      name: "CSMWeb",
      dependencies: [
        "CLinux",
        "CSMCore", "CSMSQLite", "CSMFiles", "CSMInput", "CSMPage", "CSMWorkplace", "CSMReports",
        "CSMAdding", "CSMDeciding",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      resources: [
        .embedInCode("Assets/add.js"), .embedInCode("Assets/api.js"),
        .embedInCode("Assets/app.js"), .embedInCode("Assets/bench.js"),
        .embedInCode("Assets/changes.js"),
        .embedInCode("Assets/enter.html"), .embedInCode("Assets/enter.js"),
        .embedInCode("Assets/filters.js"), .embedInCode("Assets/history.js"),
        .embedInCode("Assets/icon.svg"), .embedInCode("Assets/live.js"),
        .embedInCode("Assets/recorder.js"),
        .embedInCode("Assets/shell.html"), .embedInCode("Assets/source.js"),
        .embedInCode("Assets/tonight.js"), .embedInCode("Assets/web.css"),
      ]),

    .executableTarget(
      name: "csmd",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMFal", "CSMFiles", "CSMWorkplace", "CSMReports", "CSMDaemon",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "csm-enqueue",
      dependencies: [
        "CLinux", "CSMCore", "CSMSQLite", "CSMFiles", "CSMHelp", "CSMInput", "CSMWorkplace",
        "CSMReports",
        "CSMAdding", "CSMDeciding", "CSMFFmpeg", "CSMDelivery",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "csm-localfal",
      dependencies: [
        "CSMCore", "CSMLocalFal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),

    .executableTarget(
      name: "csm-web",
      dependencies: [
        "CLinux",
        "CSMCore", "CSMFiles", "CSMWeb", "CSMWorkplace",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),

    .testTarget(name: "CSMCoreTests", dependencies: ["CSMCore"]),
    .target(
      name: "Servers",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      path: "Tests/Servers"),
    .testTarget(
      name: "CSMFalTests", dependencies: ["CSMCore", "CSMFal", "Servers"]),
    .testTarget(
      name: "CSMFilesTests", dependencies: ["CSMCore", "CSMFiles"]),
    .testTarget(
      name: "CSMInputTests", dependencies: ["CSMCore", "CSMInput"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CSMSQLiteTests",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMDaemon", "CSMFiles", "CSMWorkplace",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "CSMWebTests",
      dependencies: [
        "CSMAdding", "CSMCore", "CSMFiles", "CSMSQLite", "CSMWeb", "CSMWorkplace",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    .testTarget(
      name: "CSMReportsTests",
      dependencies: [
        "CSMAdding", "CSMCore", "CSMDelivery", "CSMFiles", "CSMInput", "CSMReports", "CSMSQLite",
        "CSMWorkplace",
      ]),
    .testTarget(
      name: "CSMDaemonTests",
      dependencies: [
        "CSMCore", "CSMDaemon", "CSMSQLite", .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "CSMLocalFalTests",
      dependencies: [
        "CSMLocalFal",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ]),
    .target(
      name: "Simulation",
      dependencies: [
        "CSMCore", "CSMSQLite", "CSMFal", "CSMFiles", "CSMDaemon",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Simulation"),
    .executableTarget(
      name: "simulate",
      dependencies: [
        "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/simulate"),
    .target(name: "CFaults", path: "Tests/CFaults"),
    .executableTarget(
      name: "campaign",
      dependencies: [
        "CSMCore", "CSMFiles", "Simulation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Tests/campaign"),
    .testTarget(
      name: "SimulationTests", dependencies: ["CSMCore", "CSMFal", "CSMFiles", "Simulation"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["CSMCore", "csmd", "csm-enqueue", "csm-localfal", "Servers"]),
    .target(
      name: "FuzzTargets", dependencies: ["CSMCore", "CSMFal", "CSMFiles", "CSMInput"],
      path: "Tests/Fuzz/FuzzTargets"),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/fuzz"),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/FuzzTests"),
    .testTarget(name: "TidyTests", dependencies: ["CSMCore", "CSMHelp", "CSMInput"]),
  ]
)

var settings: [SwiftSetting] = [
  // Data races are errors.
  .swiftLanguageMode(.v6),
  // A value behind a protocol costs something, and says so.
  .enableUpcomingFeature("ExistentialAny"),
  // A file names the modules that it uses, so that TidyTests can hold them.
  .enableUpcomingFeature("MemberImportVisibility"),
]
// A newer compiler of a user's warns of more than ours did.
if Context.environment["CI"] != nil { settings.append(.treatAllWarnings(as: .error)) }

for target in package.targets where target.type != .system {
  target.swiftSettings = settings
}
