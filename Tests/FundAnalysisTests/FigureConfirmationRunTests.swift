import EventLog
import Events
import Foundation
import Projections
import TestSupport
import Testing

@testable import FundAnalysis

/// Whole runs that ask, with a model that reads the screenshot differently each time.
@Suite("A run that asks about figures of a screenshot")
struct FigureConfirmationRunTests {
    private static let fund = "招商产业债券A"

    /// What the model sees: one holding whose rate does not fit its amount unless that is 24059.88.
    private static func page(_ amount: String) throws -> FakeUpstream.Step {
        try AdvisoryBench.answer(
            """
            {"holdings":[{"name":"\(fund)","amount":"\(amount)","hold_pl":"1904.16","hold_rate":"8.59%"}],
            "total":"24,059.88","total_hold_pl":"+1,904.16","unread":[]}
            """)
    }

    private static func bench(_ pages: String...) throws -> (AdvisoryBench, FakeUpstream) {
        let answers = try pages.map(page)
        let upstream = try FakeUpstream { [answers[min($0.number, answers.count) - 1]] }
        let sql = AdvisoryBench.assign("portfolio_reader", to: upstream, parameters: "{\"vision\":true}")
        let asks =
            "UPDATE agent_configs SET params_json = '{\"confirm_figures\":true}' WHERE name = 'portfolio_reader';"
        return (try AdvisoryBench(editing: sql + asks), upstream)
    }

    private static func screenshot() throws -> PortfolioInput {
        PortfolioInput(
            kind: .image, name: "cards.png", bytes: try ConvertFixtures.bytes("screenshots/cards_1_light_2x.png"))
    }

    @Test("asks once, about what it read once: the model is not shown the screenshot again")
    func once() async throws {
        let (bench, upstream) = try Self.bench("25095.88", "26050.88", "27055.88")
        try await bench.ask("帮我看看", Self.screenshot())
        let asks = try #require(try await bench.state().runs.last?.pauses?.last?.asks)
        #expect(asks.contains("25095.88"), "\(asks)")
        try await bench.ask("对")
        #expect(upstream.requests.count == 1)
        let kinds = try await bench.kinds()
        #expect(kinds.last == "run.completed")
        #expect(kinds.count { $0 == "run.paused" } == 1 && kinds.count { $0 == "run.started" } == 1)
        let holding = try #require(try await bench.converted().portfolio?.holdings.first)
        // What the owner said yes to is what was asked.
        #expect(holding.amount == .exact("25095.88") && holding.checks.contains("confirmed_by_user"))
    }

    /// A NAV table with a column for each name.
    private static func navs(_ names: String...) -> String {
        let days = (1...30).map { day in
            let date = "2025-06-\(day < 10 ? "0" : "")\(day)"
            return ([date] + names.indices.map { "1.\(100 + day * ($0 + 2))" }).joined(separator: ",")
        }
        let lines = [(["date"] + names).joined(separator: ",")] + days
        return lines.joined(separator: "\n") + "\n"
    }

    /// The holdings whose own NAV history was used.
    private static func withSeries(_ bench: AdvisoryBench) async throws -> [String] {
        let update = try #require(try await bench.update("analyze_risk"))
        let report = try CanonicalJSON.decode(RiskReport.self, from: update)
        return report.holdings.filter { $0.maxDrawdown.status == .ok }.map(\.name)
    }

    @Test("takes a clearer screenshot in place of the first, and keeps what else came with it")
    func clearer() async throws {
        let (bench, upstream) = try Self.bench("25095.88", "24059.88")
        try await bench.ask(
            "我是C3，帮我看看", Self.screenshot(), ConvertFixtures.file("navs.csv", content: Self.navs(Self.fund)))
        try await bench.ask("", Self.screenshot())
        #expect(upstream.requests.count == 2)
        let kinds = try await bench.kinds()
        #expect(kinds.last == "run.completed" && kinds.count { $0 == "run.paused" } == 1)
        let converted = try await bench.converted()
        #expect(converted.portfolio?.holdings.map(\.amount) == [.exact("24059.88")])
        #expect(converted.portfolio?.investorProfile == "C3")
        #expect(converted.sources.map(\.name) == ["navs.csv", "cards.png"])
        #expect(converted.inputs.contains { $0.recognisedAs == "nav_history" })
        #expect(try await Self.withSeries(bench) == [Self.fund])
    }

    @Test(
        "reads the series for what the answer settles: a holding that it adds, a file that it brings", arguments: 0..<3)
    func series(way: Int) async throws {
        let (bench, upstream) = try Self.bench("25095.88")
        let navs = Self.navs(Self.fund, "易方达蓝筹精选混合")
        let file = ConvertFixtures.file("navs.csv", content: navs)
        let added = "漏了一只：易方达蓝筹精选混合 005827 5000.00"
        switch way {
        case 0:
            try await bench.ask("帮我看看", Self.screenshot(), file)
            try await bench.ask(added)
        case 1:
            // Pasted into the message.
            try await bench.ask(navs, Self.screenshot())
            try await bench.ask(added)
        default:
            try await bench.ask("帮我看看", Self.screenshot())
            try await bench.ask(added, file)
        }
        #expect(upstream.requests.count == 1)
        let converted = try await bench.converted()
        #expect(converted.portfolio?.holdings.map(\.key) == [Self.fund, "005827"])
        #expect(try await bench.kinds().last == "run.completed")
        #expect(try await Self.withSeries(bench) == converted.portfolio?.holdings.map(\.name))
    }

    @Test("reads a screenshot without doubt once, and does not ask")
    func certain() async throws {
        let (bench, upstream) = try Self.bench("24059.88")
        try await bench.ask("帮我看看", Self.screenshot())
        #expect(try await bench.kinds().last == "run.completed")
        #expect(try await bench.converted().portfolio?.holdings.map(\.amount) == [.exact("24059.88")])
        #expect(upstream.requests.count == 1)
    }
}
