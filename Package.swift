// swift-tools-version:6.3
import PackageDescription

// Swift 6 mode is the tools version's default. Warnings are errors in our own targets only.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// No I/O, no C, no clock, no randomness: an unsafe construct does not compile here.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "dunlin",
    products: [
        .executable(name: "dunlin", targets: ["dunlin"]),
        .executable(name: "dunlin-sim", targets: ["dunlin-sim"]),
        .executable(name: "dunlin-bench", targets: ["dunlin-bench"]),
        .executable(name: "dunlin-fuzz", targets: ["dunlin-fuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: C

        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]
        ),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CDunlinProto", dependencies: ["CProtobufC"], publicHeadersPath: "."),

        // MARK: Pure

        .target(name: "DunlinCore", swiftSettings: pure),
        .target(name: "DunlinCluster", dependencies: ["DunlinCore"], swiftSettings: pure),
        .target(
            name: "DunlinWire",
            dependencies: ["DunlinCore", "DunlinCluster", "CDunlinProto", "CProtobufC"],
            swiftSettings: common),
        .target(
            name: "DunlinPorts", dependencies: ["DunlinCore", "DunlinCluster"],
            swiftSettings: common),

        // MARK: Adapters

        .target(
            name: "DunlinPolicy", dependencies: ["DunlinCore", yams, crypto],
            resources: [.embedInCode("Resources")], swiftSettings: common),
        .target(
            name: "DunlinTransport",
            dependencies: ["DunlinWire", nio, nioPosix, nioSSL, nioTLS, log],
            swiftSettings: common),
        .target(
            name: "DunlinStore",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", grdb, crypto, log,
            ],
            swiftSettings: common),
        .target(
            name: "DunlinCoordinator",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", grdb, httpClient, log,
                nio, nioHTTP, nioPosix, nioSSL,
            ],
            swiftSettings: common),
        .target(
            name: "DunlinConnect",
            dependencies: [
                "DunlinCore", "DunlinPorts", "CCurl", httpClient, mustache, crypto, log, nio,
                nioPosix, nioHTTP,
            ],
            resources: [.embedInCode("Templates/Bundled")],
            swiftSettings: common),
        .target(
            name: "DunlinWeb",
            dependencies: [
                "DunlinCore", "DunlinPorts", "DunlinWire", hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"), mustache, crypto, log,
                metrics, lifecycle, nio,
            ],
            swiftSettings: common),

        // MARK: Assembly

        .target(
            name: "DunlinNode",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "CMalloc", collections,
                crypto, log, metrics, lifecycle,
            ],
            swiftSettings: common),
        .target(
            name: "DunlinWorld",
            dependencies: [
                "DunlinCore", "DunlinPolicy", "DunlinPorts", "DunlinWire", "DunlinTransport",
            ],
            swiftSettings: common),
        .target(
            name: "DunlinTesting",
            dependencies: ["DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire"],
            swiftSettings: common),

        // MARK: Programs

        .executableTarget(
            name: "dunlin",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "DunlinPolicy",
                "DunlinTransport", "DunlinStore", "DunlinCoordinator", "DunlinConnect",
                "DunlinWeb", "DunlinNode",
                "DunlinWorld", arguments, log, metrics, lifecycle, signals, nio, nioPosix, nioSSL,
                crypto, yams, httpClient,
            ],
            swiftSettings: common),
        .executableTarget(
            name: "dunlin-sim",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "DunlinPolicy",
                "DunlinNode", "DunlinTesting", "DunlinWorld", arguments, log,
            ],
            swiftSettings: common),
        .executableTarget(
            name: "dunlin-bench",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "DunlinStore",
                "DunlinNode", "DunlinPolicy", "DunlinConnect", "DunlinTransport", "DunlinWorld",
                "DunlinTesting", "CDunlinProto", "CProtobufC", arguments, grdb, nio, nioPosix,
                crypto,
            ],
            swiftSettings: common),
        .executableTarget(
            name: "dunlin-fuzz",
            dependencies: ["DunlinCore", "DunlinWire", "DunlinTesting", arguments],
            swiftSettings: common),

        // MARK: Tests

        .testTarget(name: "TidyTests", swiftSettings: common),
        .testTarget(
            name: "DunlinCoreTests", dependencies: ["DunlinCore", "DunlinTesting"],
            swiftSettings: common),
        .testTarget(
            name: "DunlinWireTests",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinWire", "CDunlinProto", "CProtobufC",
                "DunlinTesting",
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinTransportTests",
            dependencies: [
                "DunlinCore", "DunlinWire", "DunlinTransport", nio, nioPosix, nioEmbedded, nioSSL,
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinPolicyTests",
            dependencies: ["DunlinCore", "DunlinPolicy", "DunlinTesting"],
            swiftSettings: common),
        .testTarget(
            name: "DunlinWorldTests",
            dependencies: ["DunlinCore", "DunlinPolicy", "DunlinPorts", "DunlinWorld"],
            swiftSettings: common),
        .testTarget(
            name: "DunlinStoreTests",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinStore", "DunlinTesting", grdb,
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinClusterTests",
            dependencies: ["DunlinCore", "DunlinCluster", "DunlinTesting"],
            swiftSettings: common),
        .testTarget(
            name: "DunlinCoordinatorTests",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "DunlinCoordinator",
                "DunlinTesting", log,
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinConnectTests",
            dependencies: [
                "DunlinCore", "DunlinPorts", "DunlinConnect", httpClient, crypto, log, nio,
                nioPosix, nioHTTP,
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinWebTests",
            dependencies: [
                "DunlinCore", "DunlinPorts", "DunlinTesting", "DunlinWeb", hummingbird,
                .product(name: "HummingbirdTesting", package: "hummingbird"), crypto, lifecycle,
                log, metrics, nio,
            ],
            swiftSettings: common),
        .testTarget(
            name: "DunlinNodeTests",
            dependencies: [
                "DunlinCore", "DunlinCluster", "DunlinPorts", "DunlinWire", "DunlinNode",
                "DunlinTesting", "DunlinStore", "DunlinPolicy", "DunlinWorld", "DunlinTransport",
                nio,
                nioPosix,
            ],
            swiftSettings: common),
        .testTarget(
            name: "ProcessTests",
            dependencies: [httpClient, nio, nioHTTP], swiftSettings: common),
    ]
)
