import Agents
import EventLog
import Events
import Projections
import TestSupport
import Testing

@testable import FundAnalysis

/// Answers of a real model, checked at their end, in the whole workflow.
@Suite("A model's answer is checked")
struct AdvisorAnswerTests {
    private static let holdings = ConvertFixtures.file(
        content: """
            名称,代码,金额,成本
            易方达沪深300ETF联接A,110020,19821.90,35244.30
            易方达增强回报债券A,110017,228228.00,209653.60
            华安黄金ETF联接A,000216,50392.00,34600.00
            天弘余额宝货币,000198,105879.69,98035.87
            """)
    private static let question = "我的基金风险大吗？"

    /// What the composer says to that: right by its own check.
    private static func rightAnswer() async throws -> String {
        let bench = try AdvisoryBench()
        try await bench.ask(question, holdings)
        return try await bench.lastAnswer()
    }

    @Test("A wrong figure is rejected; the second attempt is told which, and supersedes the first")
    func corrected() async throws {
        let right = try await Self.rightAnswer()
        let wrong = right.replacing("40.4万元", with: "41.4万元")
        try #require(wrong != right)
        let upstream = try FakeUpstream { request in
            (try? AdvisoryBench.answer(request.number == 1 ? wrong : right)).map { [$0] } ?? []
        }
        let bench = try AdvisoryBench(editing: AdvisoryBench.assign("xiaomei", to: upstream))
        try await bench.ask(Self.question, Self.holdings)

        let messages = try await bench.state().messages.filter { $0.role == "assistant" }
        #expect(messages.map(\.text) == [wrong, right])
        #expect(messages.map(\.isSuperseded) == [true, false])
        #expect(try await bench.kinds().filter { $0 == "answer.rejected" }.count == 1)
        let bodies = upstream.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.count == 2)
        #expect(!bodies[0].contains("unknown_number"))
        // The second question has the first answer, what is wrong with it, and the facts again.
        #expect(bodies[1].contains("unknown_number: 41.4万") && bodies[1].contains("<facts>"))
        #expect(bodies[1].contains(wrong))
        // What the answer is checked against is always told, below the row's own prompt.
        #expect(bodies[0].contains("You are 小美") && bodies[0].contains(Notice.text(.zh)))
    }

    @Test("A model that is wrong twice is superseded by the composer")
    func twice() async throws {
        let right = try await Self.rightAnswer()
        let upstream = try FakeUpstream([try AdvisoryBench.answer(right.replacing("40.4万元", with: "41.4万元"))])
        let bench = try AdvisoryBench(editing: AdvisoryBench.assign("xiaomei", to: upstream))
        try await bench.ask(Self.question, Self.holdings)
        #expect(upstream.requests.count == 2)
        #expect(try await bench.lastAnswer() == right)
    }

    @Test("A correction is confirmed, and its holding told with the new figure")
    func correction() async throws {
        let bench = try AdvisoryBench()
        try await bench.ask(Self.question, Self.holdings)
        try await bench.ask("易方达沪深300ETF联接A的金额应该是29821.90")
        let converted = try await bench.converted()
        #expect(converted.origin == .correction && converted.corrections.count == 1)
        let text = try await bench.lastAnswer()
        #expect(text.contains("改") && text.contains("沪深300") && text.contains("3万元"), "\(text)")
        #expect(!text.contains("增强回报债券A，现在"), "\(text)")
    }

    @Test("Thresholds come from the agent's row; one that no rule can mean fails with its name")
    func thresholds() async throws {
        func titles(_ parameters: String) async throws -> [String] {
            let bench = try AdvisoryBench(
                editing: "UPDATE agent_configs SET params_json = '\(parameters)' WHERE name = 'recommender'")
            try await bench.ask("", ConvertFixtures.file(content: "名称,金额\n易方达蓝筹精选混合,30000\n易方达增强回报债券A,70000\n"))
            guard let update = try await bench.update("generate_recommendations") else {
                return [try await bench.failure()]
            }
            let report = try CanonicalJSON.decode(RecommendationReport.self, from: update)
            return report.recommendations.filter { $0.severity > 1 }.map(\.kind)
        }
        #expect(try await titles("{}") == ["single_holding"])
        #expect(try await titles("{\"single_holding_warning\":0.35}") == [])
        let failure = try await titles("{\"single_holding_warning\":7}")
        #expect(failure.first?.contains("bad_parameters") == true && failure.first?.contains("recommender") == true)
    }

    @Test("A replay has the same bytes; another run says the same in other words")
    func replay() async throws {
        let first = try AdvisoryBench()
        let again = try AdvisoryBench()
        for bench in [first, again] {
            try await bench.ask(Self.question, Self.holdings)
            try await bench.ask(Self.question, Self.holdings)
        }
        let texts = try await first.state().messages.filter { $0.role == "assistant" }.map(\.text)
        #expect(try await again.state().messages.filter { $0.role == "assistant" }.map(\.text) == texts)
        #expect(texts.count == 2 && Set(texts).count == 2)
    }
}
