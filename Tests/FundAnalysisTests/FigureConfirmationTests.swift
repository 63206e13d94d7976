import Foundation
import Testing

@testable import FundAnalysis

@Suite("Questions about figures in doubt")
struct FigureConfirmationTests {
    private func holding(_ name: String, _ amount: Decimal, confidence: Double) -> Holding {
        let unknown = Holding.Labelled(value: "unknown", source: "unknown")
        return Holding(
            name: name, amount: amount, holdPl: 100, currency: "CNY", assetClass: unknown, region: unknown,
            riskLevel: unknown, confidence: confidence, checks: confidence < 1 ? ["rate_mismatch"] : ["ok"])
    }

    private func portfolio(_ source: String, _ confidence: Double, totalCheck: String = "ok") -> Portfolio {
        Portfolio(
            holdings: [
                holding("招商产业债券A", 1_000, confidence: confidence), holding("天弘余额宝货币", 5_000, confidence: 1),
            ], source: source, currency: "CNY", totals: .init(amount: 6_000, cost: nil, holdPl: nil, dayPl: nil),
            totalCheck: totalCheck)
    }

    private func converted(_ portfolio: Portfolio) -> ConvertedPortfolio {
        ConvertedPortfolio(origin: .message, portfolio: portfolio, inputs: [], notes: [], corrections: [], sources: [])
    }

    @Test("Only what was read from an image with doubt is asked about, in the message's language")
    func question() throws {
        let doubtful = portfolio("ocr", 0.5)
        let chinese = try #require(FigureConfirmation.question(about: doubtful, message: "帮我看看"))
        #expect(chinese.contains("招商产业债券A：金额1000，持有收益100"))
        #expect(!chinese.contains("天弘余额宝货币"))
        let english = try #require(FigureConfirmation.question(about: doubtful, message: "how am I doing?"))
        #expect(english.contains("招商产业债券A: amount 1000, profit or loss 100"))
        #expect(FigureConfirmation.question(about: doubtful, message: "帮我看看") == chinese)
        #expect(FigureConfirmation.question(about: portfolio("ocr", 1), message: "?") == nil)
        #expect(FigureConfirmation.question(about: portfolio("csv", 0.5), message: "?") == nil)
        let mismatch = portfolio("ocr", 1, totalCheck: "mismatch")
        #expect(FigureConfirmation.question(about: mismatch, message: "看看")?.contains("对不上") == true)
        var cut = portfolio("ocr", 1)
        cut.dropped = [.init(row: "易方达…", reason: "cut off")]
        #expect(FigureConfirmation.question(about: cut, message: "看看")?.contains("易方达…") == true)
    }

    @Test(
        "A yes settles the doubt, a correction corrects, and anything else leaves both",
        arguments: [
            ("对", true), ("没错", true), ("是的，都对", true), ("Yes, that's right", true), ("ok", true),
            ("不对", false), ("no", false), ("这个不是我的", false), ("not right", false), ("嗯？", false),
        ])
    func answers(_ answer: String, _ isSettled: Bool) throws {
        let asked = converted(portfolio("ocr", 0.5))
        let settled = FigureConfirmation.applying(answer, to: asked)
        let first = try #require(settled.portfolio?.holdings.first)
        #expect((first.confidence == 1) == isSettled)
        #expect(first.checks.contains("confirmed_by_user") == isSettled)
        #expect(first.amount == 1_000)
    }

    @Test("A figure that the owner corrects stands, and what was not corrected is confirmed with it")
    func correction() throws {
        let asked = converted(portfolio("ocr", 0.5))
        let settled = FigureConfirmation.applying("招商产业债券A的金额应该是10000", to: asked)
        #expect(settled.portfolio?.holdings.first?.amount == 10_000)
        #expect(settled.portfolio?.holdings.first?.confidence == 1)
        #expect(!settled.corrections.isEmpty)
    }
}
