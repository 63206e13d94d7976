import Foundation
import Testing

@testable import FundAnalysis

@Suite("Corrections in a later message")
struct ConvertCorrectionTests {
    private static func portfolio() throws -> Portfolio {
        try #require(try PortfolioReader.read([ConvertFixtures.file("holdings.csv")]).portfolio)
    }

    @Test(
        "A holding, a role and a number linked by 是, 应该是, is, should be correct a figure",
        arguments: [
            ("易方达沪深300的金额应该是12983.12", "110020", "amount", "12983.12"),
            ("招商白酒持有收益是-320.5", "161725", "holdPl", "-320.5"),
            ("the amount of NASDAQ fund is 43,000", "270042", "amount", "43000"),
            ("余额宝的金额不是105879.69，应该是15879.69", "000198", "amount", "15879.69"),
            ("110020 应该是 200000", "110020", "amount", "200000"),
            ("gold fund should be 50,000", "000216", "amount", "50000"),
            ("第二只的昨日收益应该是-3.2", "161725", "dayPl", "-3.2"),
            ("债券基金的亏损是3000", "110017", "holdPl", "-3000"),
            ("黄金的收益率改成 12%", "000216", "holdRate", "0.12"),
            ("招商白酒的成本应为３万元", "161725", "cost", "30000"),
            ("华安黄金的市值更正为5.1万", "000216", "amount", "51000"),
        ])
    func figures(_ text: String, _ code: String, _ field: String, _ value: String) throws {
        let before = try Self.portfolio()
        let result = try #require(PortfolioCorrection.apply(text, to: before))
        let holding = try #require(result.portfolio.holdings.first { $0.code == code })
        let values: [String: Decimal?] = [
            "amount": holding.amount, "holdPl": holding.holdPl, "holdRate": holding.holdRate, "dayPl": holding.dayPl,
            "cost": holding.cost,
        ]
        #expect(values[field] == .some(.exact(value)))
        #expect(holding.checks.contains("corrected_by_user"))
        #expect(result.notes.count == 1)
        let others = zip(before.holdings, result.portfolio.holdings).filter { $0.0.code != code }
        #expect(others.allSatisfy { $0.0 == $0.1 })
        #expect(result.portfolio.totals.amount == result.portfolio.holdings.reduce(0) { $0 + $1.amount })
    }

    @Test(
        "Questions, plans, losses told in passing and other talk correct nothing",
        arguments: [
            "那黄金要不要卖一点？", "如果黄金的金额是5万呢", "招商白酒亏了3000，怎么办？", "what if the gold fund is 43,000?", "我是C3", "AAPL is up 5",
            "黄金的收益是不是-300？", "测试流式响应", "what if I sell half of the bond fund?", "易方达沪深300是什么？", "", "金额应该是5",
            "我的金额是多少", "招商白酒 5万",
        ])
    func nothing(_ text: String) throws {
        #expect(PortfolioCorrection.apply(text, to: try Self.portfolio()) == nil)
    }

    @Test("Two figures of one holding in one message")
    func two() throws {
        let result = try #require(PortfolioCorrection.apply("招商白酒：金额应该是5万，收益是-300", to: try Self.portfolio()))
        #expect(result.portfolio.holdings[1].amount == 50_000)
        #expect(result.portfolio.holdings[1].holdPl == -300)
        #expect(result.portfolio.holdings[1].cost == 50_300)
    }

    @Test("Where several holdings fit, the portfolio stays and the note asks")
    func several() throws {
        let before = try Self.portfolio()
        let result = try #require(PortfolioCorrection.apply("易方达的金额应该是5", to: before))
        #expect(result.portfolio == before)
        #expect(result.notes.first?.contains("易方达沪深300ETF联接A、易方达增强回报债券A") == true)
    }

    @Test("A holding that was not read is added, a wrong one removed")
    func addAndRemove() throws {
        let before = try Self.portfolio()
        let added = try #require(PortfolioCorrection.apply("漏了一只：招商产业债券A 24059.88 收益1904.16", to: before))
        #expect(added.portfolio.holdings.last?.amount == .exact("24059.88"))
        #expect(added.portfolio.holdings.last?.holdPl == .exact("1904.16"))
        #expect(added.portfolio.totals.amount == before.totals.amount + .exact("24059.88"))
        let again = PortfolioCorrection.apply("漏了一只：招商产业债券A 24059.88 收益1904.16", to: added.portfolio)
        #expect(again?.portfolio.holdings.count ?? 7 == 7)
        let removed = try #require(PortfolioCorrection.apply("删掉第三只", to: before))
        #expect(removed.portfolio.holdings.map(\.code) == ["110020", "161725", "110017", "000216", "000198"])
        let english = try #require(PortfolioCorrection.apply("remove the bond fund", to: before))
        #expect(!english.portfolio.holdings.contains { $0.code == "110017" })
    }

    @Test("A corrected amount that fits the rate which was read makes the holding certain again")
    func settles() throws {
        var portfolio = try #require(
            try ConvertFixtures.portfolio(
                file: "名称,金额,持有收益,收益率\n招商白酒,59968.06,-3492.11,-36.80%\n余额宝,100,,\n合计,60068.06\n"))
        #expect(portfolio.holdings[0].checks.contains("rate_mismatch"))
        portfolio = try #require(PortfolioCorrection.apply("招商白酒的持有收益应该是-34921.11", to: portfolio)).portfolio
        #expect(portfolio.holdings[0].checks == ["ok", "corrected_by_user"])
        #expect(portfolio.holdings[0].confidence == 1)
        #expect(portfolio.totalCheck == "ok")
    }

    @Test("A correction that contradicts the other figures is kept and flagged")
    func contradiction() throws {
        let result = try #require(PortfolioCorrection.apply("黄金的收益率改成 12%", to: try Self.portfolio()))
        #expect(result.portfolio.holdings[4].checks.contains("rate_mismatch"))
        #expect(result.portfolio.holdings[4].confidence < 1)
    }

    @Test("An amount of zero or less is refused")
    func zero() throws {
        let before = try Self.portfolio()
        let result = try #require(PortfolioCorrection.apply("黄金的金额应该是-5", to: before))
        #expect(result.portfolio == before && result.notes.count == 1)
    }
}
