import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Tables: delimiters, quotes, encodings, headings")
struct ConvertTableTests {
    private static func rows(_ text: String, _ delimiter: Unicode.Scalar = ",") -> [[String]] {
        DelimitedTable.rows(of: text, delimiter).map(\.fields)
    }

    @Test("RFC 4180: quoted delimiters, doubled quotes and line ends stay in their field")
    func quotes() {
        #expect(Self.rows("a,\"b,c\",\"d\"\"e\"\r\n\"x\ny\",,z\n") == [["a", "b,c", "d\"e"], ["x\ny", "", "z"]])
        #expect(Self.rows("5\" Fund,1\n") == [["5\" Fund", "1"]])
        #expect(Self.rows("a,b") == [["a", "b"]])
        #expect(Self.rows("a,b\r\rc,d\n\n") == [["a", "b"], ["c", "d"]])
        #expect(Self.rows("\"\"") == [])
        #expect(Self.rows("a,\"\"") == [["a", ""]])
    }

    @Test("Lines are numbered as an editor shows them, whatever ends them")
    func lines() {
        for end in ["\n", "\r\n", "\r"] {
            let rows = DelimitedTable.rows(of: ["a,b", "\"c\nd\",e", "f,g"].joined(separator: end), ",")
            #expect(rows.map(\.line) == [1, 2, 4], "\(end.debugDescription)")
        }
    }

    @Test("Text after a closing quote is told with its row")
    func textAfterQuote() {
        #expect(DelimitedTable.rows(of: "\"a\"b,c\nd,e", ",").map(\.problem) == [.textAfterQuote, nil])
    }

    @Test("A quote that is never closed costs its own row only")
    func unclosedQuote() throws {
        let portfolio = try #require(try ConvertFixtures.portfolio(file: "名称,金额\n\"招商白酒,5\n余额宝,2万\n黄金ETF,100\n"))
        #expect(portfolio.holdings.map(\.name) == ["余额宝", "黄金ETF"])
        #expect(portfolio.dropped == [.init(row: "\"招商白酒,5", reason: "a quote is never closed")])
    }

    @Test("The largest file is read a few times at the most, whatever it holds", .timeLimit(.minutes(5)))
    func hostileFiles() {
        let mebibyte = 1 << 20
        let files = [
            "a line without end": "名称,金额\n" + String(repeating: "x", count: Limits.textBytes),
            "a row without end": "名称,金额\n" + String(repeating: "x,", count: mebibyte),
            "quotes that are never closed": "名称,金额\n" + String(repeating: "b\",x,\"d\n", count: mebibyte / 8),
            "one quote that is never closed": "名称,金额\n\"" + String(repeating: "x,1\n", count: mebibyte / 4),
            "one character": String(repeating: "\u{301}", count: mebibyte) + ",;|\t",
        ]
        for (name, text) in files {
            let rows = DelimitedTable.rows(of: text, ",")
            #expect(!rows.isEmpty && rows.allSatisfy { $0.fields.count <= Limits.tableColumns }, "\(name)")
            do {
                _ = try DelimitedTable.read(text)
            } catch {
                #expect((error as? FundAnalysisError)?.code == .tooManyRows, "\(name)")
            }
        }
    }

    @Test("However many quotes are never closed, each costs its own row only", arguments: ["\n", "\r\n", "\r"])
    func manyUnclosedQuotes(end: String) {
        let lines = (0..<200).flatMap { ["a\($0)\",x,\"y", "b\($0),2"] }
        let rows = DelimitedTable.rows(of: lines.joined(separator: end), ",")
        #expect(rows.map(\.line) == Array(1...400))
        #expect(rows.map(\.raw) == lines)
        #expect(rows.enumerated().allSatisfy { $1.problem == ($0 % 2 == 0 ? .unclosedQuote : nil) })
    }

    @Test("A quote that is never closed costs its own row only, however much follows")
    func unclosedQuoteBeforeMuch() {
        let rest = (0..<2_000).map { "b\($0),2" }
        let rows = DelimitedTable.rows(of: (["\"a,1"] + rest).joined(separator: "\n"), ",")
        #expect(rows.map(\.raw) == ["\"a,1"] + rest)
        #expect(rows.count { $0.problem != nil } == 1)
    }

    @Test("Every prefix of a file is read or refused, and what is read is a prefix of the whole")
    func everyPrefix() throws {
        let text = "代码,名称,金额,收益\r\n110020,\"易方达\"\"沪深\"\"300,A\",\"12,983.12\",4447.2\r\n000198,余额宝,5万,-1\r\n"
        let whole = try #require(try ConvertFixtures.portfolio(file: text))
        #expect(whole.holdings.map(\.name) == ["易方达\"沪深\"300,A", "余额宝"])
        let bytes = Array(text.utf8)
        for end in 0...bytes.count {
            let part = Array(bytes[..<end])
            let reading = try? PortfolioReader.read([PortfolioInput(kind: .file, name: "h.csv", bytes: part)])
            let names = reading?.portfolio?.holdings.map(\.name) ?? []
            #expect(
                names.count <= 2 && zip(names, whole.holdings).allSatisfy { whole.holdings.map(\.name).contains($0.0) })
        }
    }

    @Test("Random bytes are read or refused with a stable code, never crash")
    func junk() {
        var generator = SplitMix(seed: 11)
        let pieces = [
            "名称", "金额", "code", ",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "5万", "1,234.56", "-", "{", "[", ":",
            "亏", "余额宝", " ", "%", "日期", "2024-01-05",
        ]
        for _ in 0..<TestLength.count(250, long: 16_000) {
            let text = (0..<Int.random(in: 0...24, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            for kind in [PortfolioInput.Kind.text, .file] {
                do {
                    let reading = try PortfolioReader.read([PortfolioInput(kind: kind, bytes: Array(text.utf8))])
                    let isPositive =
                        reading.portfolio?.holdings.allSatisfy { $0.amount > 0 && !$0.name.isEmpty } ?? true
                    #expect(isPositive, "\(text)")
                } catch {
                    #expect(error is FundAnalysisError, "\(text)")
                }
            }
        }
    }

    @Test(
        "Comma, semicolon, tab, bar and full-width marks separate alike",
        arguments: [",", ";", "\t", "|", "，", "；", "｜"])
    func delimiters(_ mark: String) throws {
        let text = "基金代码\(mark)基金名称\(mark)持有金额\n110017\(mark)易方达增强回报债券A\(mark)228228.00\n"
        let portfolio = try ConvertFixtures.portfolio(file: text)
        #expect(portfolio.amounts == ["易方达增强回报债券A": "228228"])
        #expect(portfolio?.holdings.first?.code == "110017")
    }

    @Test("A Markdown table and a table of blanks are read from a message, with a question below")
    func pasted() throws {
        let markdown = "看看：\n| 名称 | 金额 |\n| --- | ---: |\n| 余额宝 | 2万 |\n风险大吗？"
        #expect(try ConvertFixtures.portfolio(text: markdown).amounts == ["余额宝": "20000"])
        let blanks = "名称 金额 收益\n招商白酒 50000 -320\n余额宝 20000 12"
        #expect(try ConvertFixtures.portfolio(text: blanks).amounts == ["招商白酒": "50000", "余额宝": "20000"])
    }

    @Test("UTF-8 with a mark, UTF-16 and GB18030 give the same portfolio")
    func encodings() throws {
        let text = "基金名称,持有金额\n易方达沪深300,\"12,983.12\"\n"
        // 基金名称,持有金额 / 易方达沪深300 in GB18030, byte for byte.
        let gb: [UInt8] =
            [
                0xBB, 0xF9, 0xBD, 0xF0, 0xC3, 0xFB, 0xB3, 0xC6, 0x2C, 0xB3, 0xD6, 0xD3, 0xD0, 0xBD, 0xF0, 0xB6, 0xEE,
                0x0A,
            ]
            + [0xD2, 0xD7, 0xB7, 0xBD, 0xB4, 0xEF, 0xBB, 0xA6, 0xC9, 0xEE, 0x33, 0x30, 0x30, 0x2C]
            + Array("\"12,983.12\"\n".utf8)
        var utf16: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        for (bytes, encoding) in [
            (Array(text.utf8), "utf-8"), ([0xEF, 0xBB, 0xBF] + Array(text.utf8), "utf-8"), (gb, "gb18030"),
            (utf16, "utf-16"),
        ] {
            let reading = try PortfolioReader.read([PortfolioInput(kind: .file, name: "h.csv", bytes: bytes)])
            #expect(reading.portfolio.amounts == ["易方达沪深300": "12983.12"], "\(encoding)")
            #expect(reading.inputs.first?.encoding == encoding)
        }
    }

    @Test("A four-byte GB18030 character is read")
    func fourBytes() throws {
        let bytes =
            Array("name,amount\n".utf8) + [0x95, 0x32, 0x82, 0x36] + [0xBB, 0xF9, 0xBD, 0xF0] + Array(",5\n".utf8)
        let reading = try PortfolioReader.read([PortfolioInput(kind: .file, bytes: bytes)])
        #expect(reading.portfolio?.holdings.first?.name == "𠀀基金")
    }

    @Test(
        "Spreadsheets, PDFs, zero bytes and no encoding at all are refused with what to do",
        arguments: [
            [0x50, 0x4B, 0x03, 0x04, 0x14], Array("%PDF-1.7".utf8), [0x61, 0x00, 0x62], [0xFF, 0xFF, 0xFF, 0x80],
            [0xFF, 0xFE, 0x41], [0xD0, 0xCF, 0x11, 0xE0],
        ] as [[UInt8]])
    func notText(_ bytes: [UInt8]) {
        let error = ConvertFixtures.error(bytes: bytes)
        #expect(error?.code == .fileNotText)
        #expect(error?.hint?.isEmpty == false)
    }

    @Test("A text that is too long is refused before it is read")
    func tooLong() {
        let error = ConvertFixtures.error(bytes: [UInt8](repeating: 0x61, count: Limits.textBytes + 1))
        #expect(error?.code == .fileTooLarge)
    }

    @Test(
        "Every heading of the list is known",
        arguments: [
            ("基金名称", "name"), ("名称", "name"), ("Name", "name"), ("fund", "name"), ("基金代码", "code"), ("代码", "code"),
            ("Code", "code"), ("SYMBOL", "code"), ("持有金额", "amount"), ("金额", "amount"), ("市值", "amount"),
            ("资产", "amount"), ("amount", "amount"), ("Value", "amount"), ("日收益", "dayPl"), ("昨日收益", "dayPl"),
            ("当日盈亏", "dayPl"), ("day_pl", "dayPl"), ("持有收益", "holdPl"), ("持仓收益", "holdPl"), ("浮动盈亏", "holdPl"),
            ("pl", "holdPl"), ("持有收益率", "holdRate"), ("收益率", "holdRate"), ("rate", "holdRate"), ("持有份额", "units"),
            ("份额", "units"), ("units", "units"), ("Shares", "units"), ("成本", "cost"), ("持仓成本", "cost"),
            ("cost", "cost"), ("成本价", "unitCost"), ("Unit Cost", "unitCost"), ("净值", "nav"), ("最新净值", "nav"),
            ("现价", "nav"), ("nav", "nav"), ("price", "nav"), ("持有金额（元）", "amount"), ("收益率(%)", "holdRate"),
            ("持有金额/元", "amount"), ("hold_rate", "holdRate"), ("asset_class", "assetClass"), ("Ｎａｍｅ", "name"),
        ])
    func headings(_ text: String, _ column: String) {
        #expect(Heading(text).column?.rawValue == column)
    }

    @Test("Headings carry their unit", arguments: [("持有金额(万元)", "10000"), ("市值（亿元）", "100000000"), ("金额", "1")])
    func units(_ text: String, _ scale: String) {
        #expect(Heading(text).scale == .exact(scale))
    }

    @Test("累计收益 counts sold units too and is no holding P/L")
    func accumulated() {
        #expect(Heading("累计收益").column == nil)
    }
}
