import ArgumentParser
import Foundation

/// The options of every measuring command, whose parts `Part` names.
struct BenchmarkOptions<Part>: ParsableArguments
where Part: CaseIterable & RawRepresentable<String> & ExpressibleByArgument & Sendable {
    @Option(help: "Where the scratch files go; they are removed afterwards.")
    var directory = NSTemporaryDirectory()

    @Option(parsing: .upToNextOption, help: "What to measure.")
    var only = Array(Part.allCases)

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    /// Measures each part that was asked for, and prints the report.
    func measure(_ body: (Part, Scratch, inout Report) async throws -> Void) async throws {
        var report = Report(isJSON: json)
        report.begin()
        let scratch = try Scratch(in: directory)
        for part in only { try await body(part, scratch, &report) }
        try report.end()
    }
}
