import Foundation
import Testing

@testable import FundAnalysis

@Suite("Series: NAV history, benchmark, flows")
struct ConvertSeriesTests {
    private static func read(_ files: [(String, String)]) throws -> PortfolioReading {
        try PortfolioReader.read(files.map { ConvertFixtures.file($0.0, content: $0.1) })
    }

    @Test("Columns named by a holding's name or an exchange code find the holding")
    func keys() throws {
        let reading = try Self.read([
            ("nav.csv", "日期,沪深300ETF,110017,AAPL\n2024-01-02,1,2,3\n2024-01-03,1.1,,x\n"),
            ("holdings.csv", "代码,名称,金额\n510300.SH,沪深300ETF,100\n110017,债券,50\n,AAPL,7\n"),
        ])
        let navs = try #require(reading.navHistory?.navs)
        #expect(navs["510300.SH"] == [1, 1.1])
        #expect(navs["110017"] == [2, nil])
        #expect(navs["AAPL"] == [3, nil])
        #expect(reading.notes.contains { $0.contains("AAPL") && $0.contains("line 3") })
    }

    @Test("One row a fund and day is a NAV history too")
    func long() throws {
        let reading = try Self.read([
            ("nav.csv", "date,code,nav\n2024-01-02,A1,1\n2024-01-02,B1,2\n2024-01-03,A1,1.5\n")
        ])
        #expect(
            reading.navHistory
                == NavHistory(dates: ["2024-01-02", "2024-01-03"], navs: ["A1": [1, 1.5], "B1": [2, nil]]))
    }

    @Test("A fund site's history of one fund is named by the file or the only holding")
    func single() throws {
        let text = "净值日期,单位净值,累计净值,日增长率\n2024-01-03,1.2,3.4,0.5%\n2024-01-02,1.1,3.3,0.1%\n"
        #expect(try Self.read([("161725.csv", text)]).navHistory?.navs == ["161725": [1.2, 1.1]])
        let unnamed = try Self.read([("nav.csv", text)])
        #expect(unnamed.navHistory == nil && unnamed.notes.count == 1)
    }

    @Test("Dates stay in the file's order, also twice: cleaning is not the reader's")
    func order() throws {
        let reading = try Self.read([("b.csv", "date,close\n2024-01-03,5\n2024-01-02,4\n2024-01-02,4\nfoo,1\n")])
        #expect(reading.benchmark?.dates == ["2024-01-03", "2024-01-02", "2024-01-02"])
        #expect(reading.notes.contains { $0.contains("no date") && $0.contains("line 5") })
    }

    @Test("Two columns are a benchmark, flows or a NAV by heading and sign")
    func twoColumns() throws {
        #expect(try Self.read([("x.csv", "date,value\n2024-01-02,5\n")]).benchmark?.name == "value")
        #expect(try Self.read([("x.csv", "date,沪深300\n2024-01-02,5\n")]).benchmark?.name == "沪深300")
        #expect(try Self.read([("x.csv", "date,amount\n2024-01-02,5\n")]).flows?.count == 1)
        #expect(try Self.read([("x.csv", "日期,发生额\n2024-01-02,-5\n2024-01-03,6\n")]).flows?.count == 2)
        #expect(try Self.read([("x.csv", "date,110020\n2024-01-02,5\n")]).navHistory?.navs == ["110020": [5]])
        #expect(
            try Self.read([("x.csv", "date,open,high,low,close,volume\n2024-01-02,1,2,3,4,5\n")]).benchmark?.values == [
                4
            ])
    }

    @Test("Payments that two files list are all counted, and it is said")
    func overlapping() throws {
        let first = "date,amount\n2024-01-02,-5\n2024-01-03,-6\n2024-01-03,-6\n"
        let reading = try Self.read([("a.csv", first), ("b.csv", "date,amount\n2024-01-03,-6\n2024-02-03,-6\n")])
        #expect(reading.flows?.count == 5)
        #expect(reading.notes.filter { $0.contains("1 of the 2 payments of b.csv") }.count == 1)
        #expect(try Self.read([("a.csv", first)]).notes.isEmpty, "within a file they are payments of their own")
    }

    @Test("Payments by fund are flows, not holdings")
    func payments() throws {
        let reading = try Self.read([("t.csv", "日期,代码,金额\n2024-01-02,110017,-100\n2024-02-02,110017,-100\n")])
        #expect(reading.flows?.map(\.amount) == [-100, -100] && reading.portfolio == nil)
    }

    @Test("Histories in two files join on the dates of both")
    func joined() throws {
        let reading = try Self.read([
            ("a.csv", "date,110020\n2024-01-02,1\n2024-01-03,2\n"),
            ("b.csv", "date,110017\n2024-01-03,5\n2024-01-04,6\n"),
        ])
        #expect(reading.navHistory?.dates == ["2024-01-02", "2024-01-03", "2024-01-04"])
        #expect(reading.navHistory?.navs == ["110020": [1, 2, nil], "110017": [nil, 5, 6]])
    }

    @Test("Series come as JSON too")
    func json() throws {
        let reading = try Self.read([
            (
                "all.json",
                """
                {"holdings":[{"code":"110020","name":"沪深300","amount":5}],
                 "nav_history":{"dates":["2024-01-02","2024-01-03"],"navs":{"110020":[1,null]}},
                 "benchmark":[{"date":"2024-01-02","value":7}],
                 "flows":[{"date":"2024-01-02","amount":-5}], "profile":"C2"}
                """
            )
        ])
        #expect(reading.portfolio?.holdings.count == 1)
        #expect(reading.navHistory?.navs == ["110020": [1, nil]])
        #expect(reading.benchmark?.values == [7])
        #expect(reading.flows == [CashFlow(date: "2024-01-02", amount: -5)])
        #expect(reading.profile == "C2")
    }

    @Test("Series are read again for a portfolio that came from elsewhere; images among the files are left out")
    func again() throws {
        let portfolio = try #require(try ConvertFixtures.portfolio(text: "招商白酒 5万，余额宝 2万"))
        let files = [
            ConvertFixtures.file("nav.csv", content: "date,招商白酒,余额宝\n2024-01-02,1,2\n"),
            try ConvertFixtures.file("screenshots/cards_1_dark_2x.png"),
        ]
        let reading = try PortfolioReader.series(in: files, for: portfolio)
        #expect(reading.navHistory?.navs == ["招商白酒": [1], "余额宝": [2]])
        #expect(reading.portfolio == nil && reading.notes.isEmpty)
    }

    @Test("Two pages that overlap count a holding once; other figures are kept and flagged")
    func merging() throws {
        let same = try Self.read([
            ("1.csv", "代码,名称,金额\n110017,债券,100\n000198,余额宝,5\n"), ("2.csv", "代码,名称,金额\n000198,余额宝,5\n000216,黄金,7\n"),
        ])
        #expect(same.portfolio?.holdings.map(\.amount) == [100, 5, 7])
        let conflict = try Self.read([("1.csv", "代码,名称,金额\n110017,债券,100\n"), ("2.csv", "代码,名称,金额\n110017,债券,90\n")])
        #expect(conflict.portfolio?.holdings.count == 2)
        #expect(
            conflict.portfolio?.holdings.allSatisfy { $0.checks.contains("conflict") && $0.confidence < 0.5 } == true)
    }
}
