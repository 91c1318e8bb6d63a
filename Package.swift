// swift-tools-version: 6.1
import PackageDescription

// One settings array for every target: Swift 6 mode, the upcoming features of the house, and warnings as errors.
// `-warnings-as-errors` is an unsafe flag, which SwiftPM allows in a root package; nobody depends on this one.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-warnings-as-errors"]),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
// Hummingbird's own ground: the simulator cuts connections, which Hummingbird alone can't.
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
// Its parts of an answer: the gateway gives Hummingbird's bare ones the form of ours.
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

// Arrows go down only: programs -> {FleetWorker, FleetGateway, GraphSimulator} -> {FleetStore, Graph} -> {Redis, HTTP} -> Reactor
// -> {FleetCore, Telemetry} -> C*. `scripts/test` builds with `--explicit-target-dependency-import-check error`, and
// HouseRulesTests compares this list with the imports of the sources.
let package = Package(
    name: "outlook-fleet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "outlook-fleet", targets: ["outlook-fleet"]),
        .executable(name: "graph-simulator", targets: ["graph-simulator"]),
    ],
    // Exact: Package.resolved isn't committed, so this is what makes two builds alike (Decisions/0014).
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // The C libraries: a module map and one shim header each. No `pkgConfig`: it mixed two versions of hiredis
        // silently, and the headers are in the default path.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),

        .target(name: "FleetCore", dependencies: [crypto], swiftSettings: settings),
        .target(name: "Telemetry", dependencies: [logging, metrics], swiftSettings: settings),
        .target(
            name: "Reactor", dependencies: ["CLinux", "Telemetry", collections, heap, metrics], swiftSettings: settings),
        .target(
            name: "Redis",
            dependencies: ["Reactor", "Telemetry", "CHiredis", "COpenSSL", "CLinux", collections, logging],
            swiftSettings: settings),
        .target(
            name: "HTTP", dependencies: ["Reactor", "Telemetry", "CCurl", collections, logging], swiftSettings: settings
        ),
        .target(
            name: "FleetStore", dependencies: ["Redis", "Reactor", "FleetCore", "Telemetry", crypto, logging, metrics],
            resources: [.embedInCode("Scripts")], swiftSettings: settings),
        .target(
            name: "Graph", dependencies: ["HTTP", "Reactor", "FleetCore", "Telemetry", metrics],
            swiftSettings: settings),
        .target(
            name: "FleetWorker",
            dependencies: [
                "FleetStore", "Graph", "Redis", "HTTP", "Reactor", "FleetCore", "Telemetry", logging, metrics,
                serviceLifecycle,
            ], swiftSettings: settings),
        .target(
            name: "FleetGateway",
            dependencies: [
                "FleetStore", "Graph", "Redis", "HTTP", "Reactor", "FleetCore", "Telemetry", crypto, hummingbird,
                hummingbirdCore, hummingbirdTLS, httpTypes, nio, nioHTTPTypes, logging, metrics, serviceLifecycle,
            ],
            resources: [.embedInCode("Pages")], swiftSettings: settings),
        .target(
            name: "GraphSimulator", dependencies: ["Telemetry", hummingbird, nio, logging, crypto],
            swiftSettings: settings),

        .executableTarget(
            name: "outlook-fleet",
            dependencies: [
                "FleetWorker", "FleetGateway", "FleetStore", "Graph", "Redis", "HTTP", "Reactor", "FleetCore",
                "Telemetry", argumentParser, hummingbird, logging, metrics, serviceLifecycle,
            ], resources: [.embedInCode("Schemas")], swiftSettings: settings),
        .executableTarget(
            name: "graph-simulator",
            dependencies: ["GraphSimulator", "Telemetry", argumentParser, logging, serviceLifecycle, unixSignals],
            swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "FleetCoreTests", dependencies: ["FleetCore", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", logging, metrics], swiftSettings: settings),
        .testTarget(name: "ReactorTests", dependencies: ["Reactor", "CLinux", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "RedisTests",
            dependencies: ["Redis", "CLinux", "Reactor", "Telemetry", "CHiredis", "TestSupport", logging],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "Reactor", "TestSupport"],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "FleetStoreTests",
            dependencies: ["FleetStore", "Redis", "Reactor", "FleetCore", "Telemetry", "TestSupport", crypto, logging],
            swiftSettings: settings),
        .testTarget(
            name: "GraphTests",
            dependencies: [
                "Graph", "HTTP", "Reactor", "FleetCore", "Telemetry", "GraphSimulator", "TestSupport", logging,
            ],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "FleetWorkerTests",
            dependencies: [
                "FleetWorker", "FleetStore", "Graph", "Redis", "HTTP", "Reactor", "FleetCore", "Telemetry",
                "GraphSimulator", "TestSupport", hummingbird, logging,
            ], swiftSettings: settings),
        .testTarget(
            name: "FleetGatewayTests",
            dependencies: [
                "FleetGateway", "FleetStore", "FleetCore", "Telemetry", httpTypes, nio, nioEmbedded, nioHTTPTypes,
            ], swiftSettings: settings),
        .testTarget(
            name: "GraphSimulatorTests", dependencies: ["GraphSimulator", "TestSupport", hummingbird, logging],
            swiftSettings: settings),
        .testTarget(
            name: "SystemTests",
            dependencies: ["TestSupport", "outlook-fleet", "graph-simulator"],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "outlook-fleet", "FleetWorker", "FleetCore", "FleetStore", "Redis", "Reactor", "Telemetry",
                "TestSupport", argumentParser, logging,
            ],
            swiftSettings: settings),
        .testTarget(name: "HouseRulesTests", swiftSettings: settings),
    ]
)
