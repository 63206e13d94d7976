import EventLog
import Events
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Files that are sent again in a session")
struct RepeatedFilesTests {
    private static func performance(_ bench: AdvisoryBench) async throws -> PerformanceReport {
        let update = try #require(try await bench.update("analyze_performance"))
        return try CanonicalJSON.decode(PerformanceReport.self, from: update)
    }

    @Test("The same cash flows count once, in whichever messages they come")
    func flows() async throws {
        let bench = try AdvisoryBench()
        let (holdings, nav) = (try ConvertFixtures.file("holdings.csv"), try ConvertFixtures.file("nav.csv"))
        var flows = try ConvertFixtures.file("flows.csv")
        try await bench.ask("看看", holdings, nav)
        try await bench.ask("这是流水", flows)
        let once = try await Self.performance(bench).moneyWeighted
        #expect(once.xirr.value != nil && once.modifiedDietz.value != nil)
        flows.name = "flows (1).csv"
        try await bench.ask("再发一次", flows, nav, holdings)
        #expect(try await bench.failure() == "")
        try await bench.ask("再发一次", flows, nav)
        #expect(try await Self.performance(bench).moneyWeighted == once)
        #expect(try await bench.converted().sources.map(\.name) == ["flows (1).csv", "nav.csv", "holdings.csv"])
    }

    @Test("A file that is twice in one message counts once")
    func message() async throws {
        let bench = try AdvisoryBench()
        let (holdings, flows) = (try ConvertFixtures.file("holdings.csv"), try ConvertFixtures.file("flows.csv"))
        try await bench.ask("看看", holdings, flows)
        let once = try await Self.performance(bench)
        let total = try await bench.converted().portfolio?.totals
        try await bench.ask("看看", holdings, flows, holdings, flows)
        #expect(try await Self.performance(bench).moneyWeighted == once.moneyWeighted)
        #expect(try await bench.converted().portfolio?.totals == total)
    }

    @Test("A portfolio is read from so many files; one more is refused, and the message that has all is not")
    func limit() async throws {
        let bench = try AdvisoryBench()
        let holdings = try ConvertFixtures.file("holdings.csv")
        let flows = (10..<10 + Limits.inputs).map { day in
            ConvertFixtures.file("\(day).csv", content: "date,amount\n2024-01-\(day),-5\n")
        }
        try await bench.ask("看看", holdings)
        var converted = try await bench.converted()
        try converted.take(flows.dropLast().map(part))
        #expect(converted.sources.count == Limits.inputs)
        try converted.take(flows.dropLast().map(part))
        #expect(converted.sources.count == Limits.inputs)
        let error = #expect(throws: FundAnalysisError.self) { try converted.take([part(flows[Limits.inputs - 1])]) }
        #expect(error?.code == .tooManyInputs)
    }

    private func part(_ file: PortfolioInput) -> ContentPart {
        ContentPart(contentType: "file", name: file.name, sha256: AttachmentStore.digest(file.bytes))
    }
}
