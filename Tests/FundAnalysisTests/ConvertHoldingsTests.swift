import Events
import Foundation
import Testing

@testable import FundAnalysis

@Suite("Holdings: identities, checks, errors")
struct ConvertHoldingsTests {
    private static func only(_ content: String) throws -> Holding {
        let portfolio = try #require(try ConvertFixtures.portfolio(file: content))
        #expect(portfolio.holdings.count == 1)
        return try #require(portfolio.holdings.first)
    }

    @Test("The demonstration portfolio: holdings, history, benchmark and flows are told apart by content")
    func demonstration() throws {
        let names = ["flows.csv", "benchmark.csv", "nav.csv", "holdings.csv"]
        let reading = try PortfolioReader.read(names.map(ConvertFixtures.file))
        #expect(reading.inputs.map(\.recognisedAs) == ["flows", "benchmark", "nav_history", "holdings"])
        let portfolio = try #require(reading.portfolio)
        #expect(portfolio.holdings.count == 6)
        #expect(portfolio.totals.amount == .exact("468954.71"))
        #expect(portfolio.totals.cost == .exact("449115.44"))
        #expect(portfolio.totals.holdPl == .exact("19839.27"))
        #expect(portfolio.totals.dayPl == .exact("-30.49"))
        #expect(portfolio.currency == "CNY")
        #expect(
            portfolio.holdings.map(\.targetWeight) == ["0.2", "0.1", "0.2", "0.3", "0.1", "0.1"].map(Decimal.exact))
        #expect(portfolio.holdings[2].buyDate == "2022-06-23")
        #expect(portfolio.holdings[2].region == .init(value: "US", source: "given"))
        #expect(portfolio.holdings[2].riskLevel == .init(value: "R3", source: "inferred_from_name"))
        #expect(portfolio.holdings.allSatisfy { $0.confidence == 1 })
        #expect(reading.navHistory?.dates.count == 1012)
        #expect(Set(reading.navHistory?.navs.keys.map { $0 } ?? []) == Set(portfolio.holdings.compactMap(\.code)))
        #expect(reading.navHistory?.navs["110020"]?[1] == 1.6102)
        #expect(reading.benchmark?.values.count == 1012)
        #expect(reading.benchmark?.values.first == 4900)
        #expect(reading.flows?.count == 7)
        #expect(reading.flows?.last == CashFlow(date: "2025-12-31", amount: .exact("468954.71")))
        #expect(reading.notes.isEmpty)
    }

    @Test("A reading survives being recorded as JSON")
    func roundTrip() throws {
        let reading = try PortfolioReader.read([ConvertFixtures.file("holdings.csv"), .text("我是C3")])
        let text = try CanonicalJSON.encode(reading)
        #expect(try CanonicalJSON.decode(PortfolioReading.self, from: text) == reading)
        #expect(text.contains("\"hold_pl\":-15422.4"))
        #expect(reading.profile == "C3")
        #expect(reading.portfolio?.investorProfile == "C3")
    }

    @Test("A published portfolio is read back with the same figures")
    func publishedForm() throws {
        let first = try #require(try PortfolioReader.read([ConvertFixtures.file("holdings.csv")]).portfolio)
        let again = try #require(try ConvertFixtures.portfolio(file: try CanonicalJSON.encode(first)))
        #expect(again.holdings.map(\.amount) == first.holdings.map(\.amount))
        #expect(again.holdings.map(\.holdPl) == first.holdings.map(\.holdPl))
        #expect(again.holdings.map(\.code) == first.holdings.map(\.code))
        #expect(again.holdings.map(\.assetClass.value) == first.holdings.map(\.assetClass.value))
        #expect(again.source == "json")
    }

    @Test("Cost and rate follow from amount and P/L")
    func derived() throws {
        let holding = try Self.only("名称,金额,持有收益\n招商白酒,59968.06,-34921.11\n")
        #expect(holding.cost == .exact("94889.17"))
        #expect(holding.holdRate?.rounded(4) == .exact("-0.3680"))
        #expect(holding.checks == ["rate_derived"])
    }

    @Test("An amount follows from units and NAV, a cost from units and unit cost")
    func unitsAndNav() throws {
        let holding = try Self.only("name,units,nav,unit cost\nBond,1000.5,1.2345,1.1\n")
        #expect(holding.amount == .exact("1235.12"))
        #expect(holding.cost == .exact("1100.55"))
        #expect(holding.checks.contains("amount_derived"))
    }

    @Test("A rate that amount and P/L contradict stays as it stood and is flagged")
    func wrongRate() throws {
        let holding = try Self.only("名称,金额,持有收益,收益率\n招商白酒,59968.06,-34921.11,-3.68%\n")
        #expect(holding.holdRate == .exact("-0.0368"))
        #expect(holding.checks.contains("rate_mismatch"))
        #expect(holding.confidence <= 0.5)
        #expect(!holding.warnings.isEmpty)
    }

    @Test("Units × NAV and cost are checked against amount and P/L")
    func otherMismatches() throws {
        let holding = try Self.only("名称,金额,份额,净值,成本,持有收益\n债券,1000,100,2,900,50\n")
        #expect(holding.checks.contains("amount_mismatch"))
        #expect(holding.checks.contains("cost_mismatch"))
        #expect(holding.amount == 1000 && holding.cost == 900 && holding.holdPl == 50)
    }

    @Test("A rate without a percent sign is percent or a fraction as the amounts tell")
    func plainRates() throws {
        let percent = try Self.only("名称,金额,收益,收益率\n债券,10060,60,0.6\n")
        #expect(percent.holdRate == .exact("0.006"))
        let fraction = try Self.only("名称,金额,收益,收益率\n债券,10060,60,0.006\n")
        #expect(fraction.holdRate == .exact("0.006"))
        let unclear = try Self.only("名称,金额,收益率\n债券,10060,0.6\n")
        #expect(unclear.checks.contains("rate_unit_assumed") && unclear.confidence < 1)
    }

    @Test("The unit of a heading counts: 万元 and %")
    func headingUnits() throws {
        let holding = try Self.only("名称,持有金额(万元),收益率(%)\n债券,1.5,5\n")
        #expect(holding.amount == 15_000)
        #expect(holding.holdRate == .exact("0.05"))
    }

    @Test("Rows that cannot be read are listed with the reason, the others are read")
    func droppedRows() throws {
        let text = """
            名称,金额
            债券A,"1,23"
            货币A,
            黄金ETF,100
            股票B,-5
            指数C,0
            AAPL,1,234.56
            ,500
            """
        let portfolio = try #require(try ConvertFixtures.portfolio(file: text))
        #expect(portfolio.holdings.map(\.name) == ["黄金ETF"])
        #expect(portfolio.dropped.count == 6)
        #expect(portfolio.dropped.first { $0.row.hasPrefix("债券A") }?.reason.contains("1,23") == true)
        #expect(portfolio.dropped.first { $0.row.hasPrefix("AAPL") }?.reason.contains("quotes") == true)
    }

    @Test("A table without amounts, and one without a readable amount, have codes of their own")
    func errors() {
        #expect(ConvertFixtures.error(file: "名称,代码\n债券,110017\n")?.code == .missingColumn)
        #expect(ConvertFixtures.error(file: "名称,份额\n债券,100\n")?.code == .missingColumn)
        #expect(ConvertFixtures.error(file: "名称,金额\n债券,abc\n货币,1,2\n")?.code == .badAmount)
        #expect(ConvertFixtures.error(file: "名称,金额\n")?.code == .notRecognised)
        #expect(ConvertFixtures.error(file: "")?.code == .notRecognised)
        #expect(ConvertFixtures.error(file: "hello world\n")?.code == .notRecognised)
        #expect(ConvertFixtures.error(file: "{\"holdings\":[{\"name\":")?.code == .badJSON)
        #expect(ConvertFixtures.error(file: "[1,2,3]")?.code == .notRecognised)
        let many = "name,amount\n" + (0...Limits.holdings).map { "Bond \($0),5" }.joined(separator: "\n")
        #expect(ConvertFixtures.error(file: many)?.code == .tooManyHoldings)
        let long = "name,amount\n" + String(repeating: "Bond,x\n", count: Limits.tableRows + 1)
        #expect(ConvertFixtures.error(file: long)?.code == .tooManyRows)
    }

    @Test("A missing column's error names what was found and what to add")
    func missingColumnText() {
        let error = ConvertFixtures.error(file: "名称,代码\n债券,110017\n")
        #expect(error?.message.contains("名称, 代码") == true)
        #expect(error?.hint?.contains("持有金额") == true)
        #expect(error?.failure.code == "portfolio_missing_column")
    }

    @Test("Two columns of one meaning: equal is fine, different is flagged")
    func duplicateColumns() throws {
        let equal = try Self.only("名称,金额,市值\n债券,100,100\n")
        #expect(equal.checks == ["ok"])
        let different = try Self.only("名称,金额,金额\n债券,100,200\n")
        #expect(different.amount == 100)
        #expect(different.checks.contains("duplicate_column") && different.confidence <= 0.5)
    }

    @Test("The table's own total is checked and is no holding")
    func totals() throws {
        let right = try #require(try ConvertFixtures.portfolio(file: "名称,金额\n债券,100\n货币,50.5\n合计,150.50\n"))
        #expect(right.totalCheck == "ok" && right.holdings.count == 2)
        let wrong = try #require(try ConvertFixtures.portfolio(file: "名称,金额\n债券,100\n货币,50.5\n合计,151\n"))
        #expect(wrong.totalCheck == "mismatch" && wrong.statedTotal == 151)
    }

    @Test("Titles above the headings are skipped and give the day")
    func preamble() throws {
        let portfolio = try #require(
            try ConvertFixtures.portfolio(file: "我的持仓,,\n截至 2024-01-05,,\n\n代码,名称,市值\n110017,债券,100\n"))
        #expect(portfolio.asOf == "2024-01-05")
        #expect(portfolio.holdings.first?.origin?.line == 5)
    }

    @Test("昨日收益 brings a note about T+1, and rows keep their own day")
    func days() throws {
        let portfolio = try #require(
            try ConvertFixtures.portfolio(file: "名称,金额,昨日收益,日期\n债券,100,1,2024-01-05\n纳斯达克(QDII),50,2,2024-01-04\n"))
        #expect(portfolio.warnings.contains { $0.contains("QDII") })
        #expect(portfolio.holdings.map(\.asOf) == ["2024-01-05", "2024-01-04"])
        #expect(portfolio.asOf == nil)
    }

    @Test("The same holding twice is counted twice and said so")
    func repeated() throws {
        let portfolio = try #require(try ConvertFixtures.portfolio(file: "代码,名称,金额\n110017,债券,100\n110017,债券,100\n"))
        #expect(portfolio.totals.amount == 200)
        #expect(portfolio.holdings[1].checks == ["repeated"] && portfolio.holdings[1].confidence < 1)
    }

    @Test("Mixed currencies leave the portfolio without one")
    func currencies() throws {
        let portfolio = try #require(try ConvertFixtures.portfolio(file: "名称,金额,币种\n债券,100,CNY\nAAPL,50,美元\n"))
        #expect(portfolio.holdings.map(\.currency) == ["CNY", "USD"])
        #expect(portfolio.currency == nil && !portfolio.warnings.isEmpty)
        let stated = try #require(try ConvertFixtures.portfolio(file: "name,amount (USD)\nAAPL,50\nBND,20\n"))
        #expect(stated.currency == "USD" && stated.holdings[0].checks == ["ok"])
    }

    @Test("Huge numbers are refused, not rounded")
    func huge() throws {
        let portfolio = try #require(
            try ConvertFixtures.portfolio(file: "名称,金额\n债券,99999999999999999999\n货币,1e30\n黄金,123456789012.34\n"))
        #expect(portfolio.holdings.map(\.amount) == [.exact("123456789012.34")])
        #expect(portfolio.dropped.count == 2)
    }

    @Test("JSON numbers keep their digits, members said twice are refused")
    func json() throws {
        let portfolio = try #require(
            try ConvertFixtures.portfolio(
                file: """
                    {"持仓":[{"基金名称":"余额宝","市值":20000.10,"持有收益":"1,234.56"},
                    {"基金名称":"债券","市值":1,"市值":2}],"as_of":"2024-01-05","total":20000.10}
                    """))
        #expect(portfolio.holdings.map(\.amount.plain) == ["20000.1"])
        #expect(portfolio.holdings[0].holdPl == .exact("1234.56"))
        #expect(portfolio.dropped.count == 1)
        #expect(portfolio.asOf == "2024-01-05" && portfolio.totalCheck == "ok")
    }

    @Test(
        "Malformed JSON is refused",
        arguments: [
            "{", "[", "{\"a\":}", "[1,]", "{\"a\":1,}", "{\"a\":01}", "[\"\u{1}\"]", "[\"\\x\"]", "[\"\\ud800\"]",
            "[1] 2", "[-]", "[1.]",
            "[tru]", "{a:1}", String(repeating: "[", count: 10_000),
        ])
    func malformedJSON(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.parse(text) }
    }

    @Test("JSON strings are decoded as the specification says")
    func jsonStrings() throws {
        #expect(try JSONReader.parse(#"["\u4f60\n\"\ud83d\ude00"]"#) == .array([.string("你\n\"😀")]))
    }
}
