import Foundation
import Testing

@testable import FundAnalysis

@Suite("Holdings in plain messages")
struct ConvertTextTests {
    @Test(
        "Names and amounts in the ways people write them",
        arguments: [
            ("易方达沪深300 5万元 亏了3000，余额宝 2万", ["易方达沪深300": "50000", "余额宝": "20000"]),
            ("AAPL 1,234.56, MSFT 2,345.67", ["AAPL": "1234.56", "MSFT": "2345.67"]),
            ("AAPL 1,234.56 MSFT 2,345.67 GLD 500", ["AAPL": "1234.56", "MSFT": "2345.67", "GLD": "500"]),
            ("I have 5,000 in AAPL and 3000 USD in BND", ["AAPL": "5000", "BND": "3000"]),
            ("我有5万元的易方达沪深300和2万块余额宝", ["易方达沪深300": "50000", "余额宝": "20000"]),
            (
                "I hold $50,000 in Vanguard S&P 500 ETF, $20,000 in a bond fund and 5k cash. How risky is that?",
                ["Vanguard S&P 500 ETF": "50000", "bond fund": "20000", "cash": "5000"]
            ),
            ("5万元的余额宝，3万的黄金ETF", ["余额宝": "50000", "黄金ETF": "30000"]),
            ("余额宝 两万五，招商白酒 3万2千", ["余额宝": "25000", "招商白酒": "32000"]),
            ("中证500ETF：2.5万；科创50 8000；标普500 1w", ["中证500ETF": "25000", "科创50": "8000", "标普500": "10000"]),
            ("三一重工 5万 万家行业优选 2万", ["三一重工": "50000", "万家行业优选": "20000"]),
            ("S&P 500 fund 43,000; NASDAQ 100 20,000", ["S&P 500 fund": "43000", "NASDAQ 100": "20000"]),
            ("易方达沪深300,50000\n余额宝,20000", ["易方达沪深300": "50000", "余额宝": "20000"]),
            ("AAPL 100 shares at 150.25", ["AAPL": "15025"]),
            ("余额宝 200000", ["余额宝": "200000"]),
            ("余额宝２万，风险大吗？", ["余额宝": "20000"]),
        ])
    func amounts(_ text: String, _ expected: [String: String]) throws {
        #expect(try ConvertFixtures.portfolio(text: text).amounts == expected)
    }

    @Test(
        "Questions, plans, corrections and chat state no holdings and are no error",
        arguments: [
            "测试流式响应", "我的基金风险大吗？", "那黄金要不要卖一点？", "what if I sell half of the bond fund?", "如果卖掉2万元的债券基金呢？",
            "易方达沪深300的金额应该是12983.12", "招商白酒持有收益是-320.5", "怎么配置5万元？", "我30岁，有10万想理财", "预算 5万元",
            "每月定投黄金 2000元", "收益率太低了，怎么办，去年才3%", "今天沪深300涨了2%", "我有5万元，想买黄金", "hello", "",
            "My portfolio: 60% stocks, 40% bonds", "Should I move 5,000 from AAPL to BND?", "[1,2", "5", "😀😀", "\n\n",
            "漏了一只：招商产业债券A 24059.88", "删掉第三只", "2024-01-05", "http://example.com/110020?x=5",
        ])
    func noHoldings(_ text: String) throws {
        #expect(try ConvertFixtures.portfolio(text: text) == nil)
    }

    @Test("P/L, rate, day and code find their holding")
    func roles() throws {
        let text = "招商中证白酒指数(LOF)A(161725)：市值59,968.06元，昨日收益-866.51，持有收益-34,921.11，收益率-36.80%"
        let holding = try #require(try ConvertFixtures.portfolio(text: text)?.holdings.first)
        #expect(holding.code == "161725" && holding.amount == .exact("59968.06"))
        #expect(holding.dayPl == .exact("-866.51") && holding.holdPl == .exact("-34921.11"))
        #expect(holding.holdRate == .exact("-0.368") && holding.checks == ["ok"])
    }

    @Test(
        "亏 makes a number a loss, 赚 a gain, a percent a rate",
        arguments: [
            ("招商白酒 5万 亏了3000", "-3000"), ("招商白酒 5万 亏-3000", "-3000"), ("招商白酒 5万，赚了3000", "3000"),
            ("招商白酒 5万，亏20%", "-12500"), ("BND 3,000 up 200", "200"), ("BND 3,000, lost 200", "-200"),
        ])
    func gains(_ text: String, _ expected: String) throws {
        let holding = try #require(try ConvertFixtures.portfolio(text: text)?.holdings.first)
        #expect(holding.holdPl == .exact(expected))
    }

    @Test("A second number without a role is never swallowed: it is flagged, or the rate confirms it")
    func unclearNumbers() throws {
        let assumed = try #require(try ConvertFixtures.portfolio(text: "余额宝 200000 +120")?.holdings.first)
        #expect(assumed.checks.contains("role_assumed") && assumed.confidence < 1)
        let confirmed = try #require(try ConvertFixtures.portfolio(text: "招商白酒 50000 -320 -0.64%")?.holdings.first)
        #expect(confirmed.checks == ["ok"] && confirmed.holdPl == -320)
        let unread = try #require(try ConvertFixtures.portfolio(text: "招商白酒 50000 320")?.holdings.first)
        #expect(unread.checks.contains("unread_figure") && unread.confidence < 1)
        let code = try #require(try ConvertFixtures.portfolio(text: "余额宝 200000 500")?.holdings.first)
        #expect(code.confidence < 1)
        let order = try #require(try ConvertFixtures.portfolio(text: "5万 余额宝 2万")?.holdings.first)
        #expect(order.confidence < 1)
    }

    @Test("A name that no rule knows is flagged")
    func strangers() throws {
        let holding = try #require(try ConvertFixtures.portfolio(text: "茅台 5万")?.holdings.first)
        #expect(holding.checks.contains("name_unrecognised") && holding.confidence < 1)
    }

    @Test("A stated total is checked")
    func total() throws {
        #expect(try ConvertFixtures.portfolio(text: "余额宝 2万，招商白酒 3万，一共5万")?.totalCheck == "ok")
        #expect(try ConvertFixtures.portfolio(text: "余额宝 2万，招商白酒 3万，一共6万")?.totalCheck == "mismatch")
    }

    @Test(
        "The investor's class is taken where it is stated",
        arguments: [
            ("我是C3", "C3"), ("风险测评结果 C2。余额宝 2万", "C2"), ("I am a C4 investor", "C4"), ("C5", "C5"), ("我的风险等级是ｃ１", "C1"),
            ("我属于平衡型投资者", "C3"), ("C3是什么意思？", nil), ("招商白酒C 5万", nil), ("C2还是C3？我", nil), ("我是稳健型", nil), ("余额宝", nil),
        ] as [(String, String?)])
    func profile(_ text: String, _ expected: String?) throws {
        #expect(try PortfolioReader.read([.text(text)]).profile == expected)
    }

    @Test(
        "Class, region and risk follow from the name, in the order of the rules",
        arguments: [
            ("天弘余额宝货币", "money", "CN", "R1"), ("兴全可转债混合", "convertible", "CN", "R3"),
            ("易方达增强回报债券A", "bond", "CN", "R2"),
            ("华安黄金ETF联接A", "commodity", "CN", "R3"), ("国投瑞银白银期货(LOF)A", "commodity", "CN", "R4"),
            ("南方原油(QDII-FOF-LOF)A", "commodity", "global", "R4"), ("博时蛇口产园REIT", "real_estate", "CN", "R3"),
            ("养老目标日期2040三年持有混合(FOF)", "fund_of_funds", "CN", "R3"),
            ("广发纳斯达克100ETF联接(QDII)A", "equity_index", "US", "R3"),
            ("天弘恒生科技ETF联接(QDII)A", "equity_index", "HK", "R3"), ("中欧医疗健康混合A", "equity_active", "CN", "R3"),
            ("易方达中短期美元债(QDII)", "bond", "US", "R2"), ("沪深300分级B", "leveraged", "CN", "R4"),
            ("3x Leveraged Nasdaq", "leveraged", "US", "R4"), ("Global Bond Fund", "bond", "global", "R2"),
            ("永赢黄金股ETF", "equity_index", "CN", "R3"),
        ])
    func classes(_ name: String, _ assetClass: String, _ region: String, _ risk: String) {
        #expect(NameClassifier.guess(name) == .init(assetClass: assetClass, region: region, riskLevel: risk))
    }

    @Test("What is inferred is labelled so, what is unknown stays unknown")
    func labels() throws {
        let portfolio = try #require(try ConvertFixtures.portfolio(file: "名称,金额,风险等级\n招商白酒混合,5,中高风险\nZZZ,5,\n"))
        #expect(portfolio.holdings[0].assetClass == .init(value: "equity_active", source: "inferred_from_name"))
        #expect(portfolio.holdings[0].riskLevel == .init(value: "R4", source: "given"))
        #expect(portfolio.holdings[1].assetClass == .init(value: "unknown", source: "unknown"))
        #expect(NameClassifier.guess("Tesla Inc").assetClass == "equity_active")
    }

    @Test("The catalogue's codes are unique and its names are found again")
    func catalogue() {
        #expect(Set(FundCatalogue.entries.map(\.code)).count == FundCatalogue.entries.count)
        for entry in FundCatalogue.entries {
            #expect(FundCatalogue.entry(name: entry.name)?.code == entry.code)
            #expect(NameClassifier.guess(entry.name).assetClass ?? entry.assetClass != nil, "\(entry.name)")
        }
    }
}
