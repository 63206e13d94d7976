import EventLog
import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

/// Screenshots through the model that is assigned to `convert_portfolio`, behind a real port.
@Suite("A model that can see reads the screenshots")
struct AssignedVisionTests {
    private static let sees = "{\"vision\":true}"
    private static let rows = [
        ("招商中证白酒指数(LOF)A", "59968.06", "-34921.11", "-36.80%"), ("中欧医疗健康混合A", "8129.61", "1290.06", "18.86%"),
        ("天弘中证食品饮料ETF联接C", "152644.26", "12649.38", "9.04%"), ("银河创新成长混合A", "356795.81", "139737.22", "64.38%"),
        ("招商产业债券A", "24059.88", "1904.16", "8.59%"),
    ]

    /// The model's answer about the screenshot: as it is printed, but for one figure of one row.
    private static func answer(wrong row: Int? = nil, _ field: Int = 0, _ figure: String = "") -> String {
        let holdings = rows.enumerated().map { index, printed in
            var fields = [printed.1, printed.2, printed.3]
            if index == row { fields[field] = figure }
            return """
                {"name":"\(printed.0)","amount":"\(fields[0])","hold_pl":"\(fields[1])","hold_rate":"\(fields[2])"}
                """
        }
        return """
            {"holdings":[\(holdings.joined(separator: ","))],"total":"601,597.62","total_hold_pl":"+120,659.71",
            "unread":[]}
            """
    }

    private static func screenshot() throws -> PortfolioInput {
        PortfolioInput(
            kind: .image, name: "cards.png", bytes: try ConvertFixtures.bytes("screenshots/cards_1_light_2x.png"))
    }

    private static func bench(
        _ answer: String, parameters: String = sees, engine: (any OCREngine)? = nil
    ) throws -> (AdvisoryBench, FakeUpstream) {
        let upstream = try FakeUpstream([try AdvisoryBench.answer(answer)])
        let sql = AdvisoryBench.assign("portfolio_reader", to: upstream, parameters: parameters)
        return (try AdvisoryBench(engine: engine, editing: sql), upstream)
    }

    @Test("Right figures pass every check, and the image reaches the model")
    func right() async throws {
        let (bench, upstream) = try Self.bench(Self.answer())
        try await bench.ask("我的基金风险大吗？", Self.screenshot())
        let portfolio = try #require(try await bench.converted().portfolio)
        #expect(portfolio.source == "vision" && portfolio.totalCheck == "ok")
        #expect(portfolio.holdings.map(\.amount) == Self.rows.map { .exact($0.1) })
        #expect(portfolio.holdings.allSatisfy { $0.checks == ["ok"] && $0.confidence == 1 })
        let request = String(decoding: try #require(upstream.requests.first).body, as: UTF8.self)
        let image = Data(try Self.screenshot().bytes).base64EncodedString()
        #expect(request.replacing("\\/", with: "/").contains("data:image/png;base64,\(image)"))
        #expect(!request.contains("vision"))
        #expect(try await bench.lastAnswer().contains("60.2万元"))
    }

    @Test(
        "A wrong figure in the model's answer is flagged, whichever it is",
        arguments: [
            (0, 0, "59986.06"), (3, 0, "356795.18"), (1, 1, "1920.06"), (3, 1, "139737.92"), (2, 2, "9.40%"),
            (4, 1, "null"),
        ])
    func wrong(row: Int, field: Int, figure: String) async throws {
        let (bench, _) = try Self.bench(Self.answer(wrong: row, field, figure))
        try await bench.ask("", Self.screenshot())
        let portfolio = try #require(try await bench.converted().portfolio)
        let holding = portfolio.holdings[row]
        #expect(holding.confidence < 1 && holding.checks != ["ok"], "\(holding.checks)")
    }

    @Test("A model that fails or answers nonsense leaves the page to the engine, and says so")
    func fallback() async throws {
        let engine = RecordedEngine(file: "cards_1_light_2x.png")
        for step in [try AdvisoryBench.answer("I cannot see."), .answer("{}", status: "500 Oops"), .reset] {
            let upstream = try FakeUpstream([step])
            let sql = AdvisoryBench.assign("portfolio_reader", to: upstream, parameters: Self.sees)
            let bench = try AdvisoryBench(engine: engine, editing: sql)
            try await bench.ask("", Self.screenshot())
            let converted = try await bench.converted()
            #expect(converted.portfolio?.source == "ocr")
            #expect(converted.portfolio?.holdings.map(\.amount) == Self.rows.map { .exact($0.1) })
            #expect(converted.notes.contains { $0.contains("cards.png") && $0.contains("read by OCR") })
            #expect(upstream.requests.count == 1)
        }
    }

    @Test("A model whose row does not say that it can see is never shown an image")
    func blind() async throws {
        let engine = RecordedEngine(file: "cards_1_light_2x.png")
        let (bench, upstream) = try Self.bench(Self.answer(), parameters: "{}", engine: engine)
        try await bench.ask("", Self.screenshot())
        #expect(try await bench.converted().portfolio?.source == "ocr")
        #expect(upstream.requests.isEmpty)
        let (without, _) = try Self.bench(Self.answer(), parameters: "{}")
        await #expect {
            try await without.ask("", Self.screenshot())
        } throws: { error in
            let error = error as? FundAnalysisError
            return error?.code == .ocrUnavailable && error?.hint == TesseractEngine.installHint
        }
        // Nothing was recorded, not even the session.
        await #expect(throws: EventLogError.self) { try await without.kinds() }
    }
}
