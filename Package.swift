// swift-tools-version: 6.2
import PackageDescription

/// One settings array for every target: Swift 6 mode, the strict import features, warnings as errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let inMemoryLogging = Target.Dependency.product(name: "InMemoryLogging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

/// A library target under `Sources/`.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// A command-line tool under `Tools/`.
func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + [arguments], path: "Tools/\(name)", swiftSettings: settings)
}

/// The tests of one library target, under `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "Playhead",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "playhead", targets: ["playhead"]),
        .executable(name: "tail-session", targets: ["tail-session"]),
        .executable(name: "benchmark", targets: ["benchmark"]),
        .library(name: "Events", targets: ["Events"]),
        .library(name: "EventLog", targets: ["EventLog"]),
        .library(name: "ServerSentEvents", targets: ["ServerSentEvents"]),
        .library(name: "Projections", targets: ["Projections"]),
        .library(name: "Workflow", targets: ["Workflow"]),
        .library(name: "Agents", targets: ["Agents"]),
        .library(name: "FundAnalysis", targets: ["FundAnalysis"]),
        .library(name: "PlayheadClient", targets: ["PlayheadClient"]),
        .library(name: "StreamServer", targets: ["StreamServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // storage
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        library("SQLite", ["CSQLite"]),
        // 0  no I/O
        library("Events"),
        library("ServerSentEvents"),
        library("PrometheusMetrics", [coreMetrics]),
        .target(
            name: "Migrations", path: "Migrations",
            resources: [
                .embedInCode("log_0001_events.sql"),
                .embedInCode("log_0002_message_resumable.sql"),
                .embedInCode("log_0003_seals.sql"),
                .embedInCode("log_0004_pruned_sessions.sql"),
                .embedInCode("projections_0001_states.sql"),
                .embedInCode("config_0001_agents.sql"),
            ], swiftSettings: settings),
        library("Evidence", ["Events", crypto]),
        // 1  the log
        library("EventLog", ["Events", "Evidence", "Migrations", "SQLite", deque, crypto, logging, metrics]),
        // 2  services
        library("Projections", ["Events", "EventLog", "Migrations", "SQLite", logging, metrics]),
        library(
            "Agents", ["Events", "ServerSentEvents", "Migrations", "SQLite", httpClient, nioCore, nioHTTP1, logging]),
        library("Audit", ["Events", "EventLog", "Evidence", "SQLite", crypto, logging]),
        library("Workflow", ["Events", "EventLog", "Agents", "Projections", crypto, deque, logging]),
        // 3  domain
        library("FundAnalysis", ["Events", "EventLog", "Agents", "Workflow", "Projections", crypto, subprocess]),
        library("EchoResearch", ["Agents", "EventLog", "Events", "Projections", "Workflow"]),
        // 4  edge
        library("PlayheadClient", ["Events", "ServerSentEvents", httpClient, nioCore, nioHTTP1]),
        library(
            "StreamServer",
            [
                "Events", "EventLog", "ServerSentEvents", "PrometheusMetrics", "Projections", "Agents", "Audit",
                "Workflow",
                crypto, hummingbird,
                hummingbirdCore, httpTypes, nioHTTPTypes, nioHTTP1, lifecycle, logging, metrics, nioCore, deque,
            ],
            resources: [
                .embedInCode("Web/answer.js"), .embedInCode("Web/app.js"), .embedInCode("Web/cards.js"),
                .embedInCode("Web/charts.js"), .embedInCode("Web/chat.css"), .embedInCode("Web/chat.js"),
                .embedInCode("Web/chatbots.js"), .embedInCode("Web/connections.js"), .embedInCode("Web/drops.js"),
                .embedInCode("Web/errors.js"), .embedInCode("Web/problems.js"), .embedInCode("Web/reading.js"),
                .embedInCode("Web/sent.js"), .embedInCode("Web/welcome.js"),
                .embedInCode("Web/compare.js"), .embedInCode("Web/composer.js"), .embedInCode("Web/conversation.js"),
                .embedInCode("Web/elements.js"), .embedInCode("Web/figures.css"), .embedInCode("Web/figures.js"),
                .embedInCode("Web/history.js"), .embedInCode("Web/index.html"), .embedInCode("Web/inspector.js"),
                .embedInCode("Web/language.js"), .embedInCode("Web/notice.js"), .embedInCode("Web/page.css"),
                .embedInCode("Web/playhead.js"), .embedInCode("Web/proof.js"), .embedInCode("Web/run.js"),
                .embedInCode("Web/scrubber.js"), .embedInCode("Web/session.js"),
                .embedInCode("Web/sessions.js"), .embedInCode("Web/shared.js"),
            ]),
        // executables
        .target(name: "StandardStreams", path: "Tools/standard-streams", swiftSettings: settings),
        tool(
            "playhead",
            [
                "StandardStreams", "StreamServer", "PrometheusMetrics", "PlayheadClient", "EchoResearch",
                "FundAnalysis", "Projections",
                "Agents", "Audit", "Workflow", "EventLog",
                "Events", "Evidence", "SQLite", lifecycle,
                signals, logging, metrics,
            ]),
        tool("tail-session", ["PlayheadClient", "EventLog", "Events", "StandardStreams"]),
        tool(
            "benchmark",
            [
                "Agents", "Audit", "BenchmarkReference", "EventLog", "Events", "PlayheadClient", "Projections",
                "PrometheusMetrics", "SQLite", "StreamServer", "Workflow", hummingbird, lifecycle, logging, metrics,
            ]),
        .target(
            name: "BenchmarkReference", dependencies: ["CSQLite"], path: "Tools/benchmark-reference",
            cSettings: [.define("_GNU_SOURCE")]),
        // tests
        .target(
            name: "TestSupport", dependencies: ["Events", "EventLog"], path: "Tests/Support", swiftSettings: settings),
        .executableTarget(
            name: "log-worker", dependencies: ["EventLog", "Events"], path: "Tests/LogWorker", swiftSettings: settings),
        tests("Events"),
        tests("Evidence", ["Events"]),
        tests("ServerSentEvents"),
        .testTarget(
            name: "PrometheusMetricsTests", dependencies: ["PrometheusMetrics", coreMetrics], swiftSettings: settings),
        .target(
            name: "FaultVFS", dependencies: ["CSQLite"], path: "Tests/FaultVFS", cSettings: [.define("_GNU_SOURCE")]),
        tests("EventLog", ["Events", "FaultVFS", "Migrations", "SQLite", "log-worker", logging]),
        tests("Projections", ["EventLog", "Events", "SQLite"]),
        tests("Agents", ["Events", "SQLite", logging]),
        tests("Workflow", ["Agents", "EventLog", "Events", "Projections", "SQLite", logging]),
        tests(
            "FundAnalysis", ["Agents", "EventLog", "Events", "Projections", "SQLite", "Workflow", crypto, logging],
            exclude: ["rebalance_milp.py"]),
        tests("Audit", ["EventLog", "Events", "Evidence", "SQLite", logging]),
        tests("EchoResearch", ["Agents", "EventLog", "Events", "Projections", "Workflow", logging]),
        tests("PlayheadClient", ["Events", "tail-session"]),
        tests(
            "StreamServer",
            [
                "Audit", "EventLog", "Events", "Evidence", "PrometheusMetrics", "ServerSentEvents", "Workflow",
                coreMetrics,
                httpClient, inMemoryLogging, lifecycle, logging,
            ]),
        .testTarget(
            name: "TailSessionTests", dependencies: ["tail-session", "EventLog", "Events", "SQLite", "TestSupport"],
            swiftSettings: settings),
    ]
)

// With a sanitizer the log's tests run alone, and what they do not need is not built: it is most of the package.
if Context.environment["PLAYHEAD_LOG_ONLY"] == "1" {
    let log: Set = [
        "CSQLite", "SQLite", "Events", "Evidence", "Migrations", "EventLog", "TestSupport", "log-worker", "FaultVFS",
        "EventLogTests",
    ]
    package.products = []
    package.targets.removeAll { !log.contains($0.name) }
}
