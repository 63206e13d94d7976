import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Screenshots: figures, blocks, roles, passes")
struct ConvertScreenshotTests {
    private static func figure(_ text: String) -> ScreenshotFigure? {
        ScreenshotFigure(OCRWord(text: text, left: 0, top: 0, width: 100, height: 20))
    }

    @Test(
        "Figures are read with an engine's usual mistakes in mind",
        arguments: [
            ("12,983.12", "12983.12", false, false), ("”+4,447.20", "4447.2", false, false),
            ("770,;914.14", "770914.14", false, false),
            ("￥1.234.56", "1234.56", false, false), ("Y88.87", "88.87", false, false),
            ("-11,685.02", "-11685.02", false, false),
            ("+52.10%", "52.1", true, false), ("+0.609%p", "0.6", true, false), ("+8.250p", "8.25", true, false),
            ("8.959%0", "8.95", true, false), ("+15.72%0", "15.72", true, false), ("52.1O%", "52.1", true, true),
            ("l2,983.l2", "12983.12", false, true), ("1,2S3.4B", "1253.48", false, true),
            ("12,98.12", "1298.12", false, true),
            ("一72.47", "-72.47", false, true), ("12,983", "12983", false, false),
            ("12,983,12", "12983.12", false, true),
            ("0.00", "0", false, false), ("《1,082.21》", "1082.21", false, false), ("3.5%", "3.5", true, false),
        ])
    func figures(_ text: String, _ value: String, _ isPercent: Bool, _ isSuspect: Bool) throws {
        let figure = try #require(Self.figure(text))
        #expect(figure.value == .exact(value))
        #expect(figure.isPercent == isPercent)
        #expect(figure.isSuspect == isSuspect)
    }

    @Test(
        "Times, dates, codes and numbers in names are no figures",
        arguments: [
            "10:24", "300", "161725", "2024.01.05", "2024-01-05", "5G", "1.2345", "沪深300", "A50", "S", "12-34", "01.05",
            "-", "%", "",
        ])
    func noFigures(_ text: String) {
        #expect(Self.figure(text) == nil)
    }

    // MARK: Pages made by hand

    /// Words placed on lines of 60 pixels: (line, left, text).
    private static func page(_ words: [(Int, Int, String)]) -> [OCRWord] {
        words.map { OCRWord(text: $0.2, left: $0.1, top: $0.0 * 60, width: max(20, $0.2.count * 18), height: 28) }
    }

    private static func portfolio(_ first: [OCRWord], _ second: [OCRWord]? = nil) async throws -> Portfolio? {
        let engine = WordEngine(first: first, second: second ?? first)
        let image = try ConvertFixtures.bytes("screenshots/cards_1_light_2x.png")
        return try await PortfolioReader(engine: engine).read([PortfolioInput(kind: .image, bytes: image)]).portfolio
    }

    private static let table = page([
        (0, 40, "总金额(元)"), (1, 40, "15,000.00"), (2, 40, "昨日收益"), (2, 300, "持有收益"), (3, 40, "+30.00"),
        (3, 300, "+1,500.00"),
        (5, 40, "名称"), (5, 300, "金额/昨日收益"), (5, 560, "持有收益/率"), (6, 40, "招商产业债券A"), (6, 300, "10,000.00"),
        (6, 560, "+1,000.00"), (7, 300, "+10.00"), (7, 560, "+11.11%"), (9, 40, "天弘余额宝货币"), (9, 300, "5,000.00"),
        (9, 560, "+500.00"), (10, 300, "+20.00"), (10, 560, "+11.11%"),
    ])

    @Test("A table whose totals agree is certain after one pass")
    func certainTable() async throws {
        let engine = WordEngine(first: Self.table, second: [])
        let image = try ConvertFixtures.bytes("screenshots/alipay_1_dark_2x.png")
        let reading = try await PortfolioReader(engine: engine).read([
            PortfolioInput(kind: .image, name: "a.png", bytes: image)
        ])
        let portfolio = try #require(reading.portfolio)
        #expect(portfolio.holdings.map(\.amount) == [10_000, 5_000])
        #expect(portfolio.holdings.map(\.holdPl) == [1_000, 500])
        #expect(portfolio.holdings.map(\.dayPl) == [10, 20])
        #expect(portfolio.holdings.allSatisfy { $0.confidence == 1 && $0.checks.contains("ok") })
        #expect(portfolio.totalCheck == "ok" && portfolio.dayCheck == "ok" && portfolio.source == "ocr")
        #expect(portfolio.holdings[0].origin?.box == [40, 360, 682, 88])
        #expect(await engine.passes == [.first])
        #expect(reading.inputs.first?.recognisedAs == "screenshot")
    }

    @Test("Roles follow from arithmetic, not from labels or columns")
    func rolesByArithmetic() async throws {
        // The day's gain stands where the P/L stands elsewhere, under the wrong label.
        let page = Self.page([
            (0, 40, "招商产业债券A"), (1, 40, "持有金额"), (1, 400, "持有收益"), (2, 40, "10,000.00"), (2, 400, "+10.00"),
            (3, 40, "日收益"), (3, 400, "RaSh"), (4, 40, "+1,000.00"), (4, 400, "+11.11%"),
        ])
        let holding = try #require(try await Self.portfolio(page)?.holdings.first)
        #expect(holding.holdPl == 1_000 && holding.dayPl == 10 && holding.holdRate == .exact("0.1111"))
    }

    @Test("A digit lost in an amount is flagged by the rate, in a P/L too")
    func lostDigit() async throws {
        for (wrong, right) in [("10,000.00", "1,000.00"), ("+1,000.00", "+100.00")] {
            var words = Self.table
            for index in words.indices where words[index].text == wrong { words[index].text = right }
            let holding = try #require(try await Self.portfolio(words)?.holdings.first)
            #expect(holding.checks.contains("rate_mismatch") && holding.confidence <= 0.5)
        }
    }

    @Test("A cent misread is below the rate's precision; the page's total finds it")
    func cent() async throws {
        var words = Self.table
        for index in words.indices where words[index].text == "10,000.00" { words[index].text = "10,000.06" }
        let same = try #require(try await Self.portfolio(words))
        #expect(same.totalCheck == "mismatch")
        // The second pass reads it right, and the sum proves it.
        let differing = try #require(try await Self.portfolio(words, Self.table))
        #expect(differing.holdings[0].checks.contains("passes_differ") && differing.holdings[0].confidence < 1)
    }

    @Test("Without a total, figures on which the passes differ are flagged")
    func passesDiffer() async throws {
        let words = Self.table.filter { $0.top >= 300 }
        var second = words
        for index in second.indices where second[index].text == "+500.00" { second[index].text = "+500.08" }
        let portfolio = try #require(try await Self.portfolio(words, second))
        #expect(portfolio.holdings[0].checks.contains("ok") && portfolio.holdings[0].confidence == 1)
        #expect(portfolio.holdings[1].checks.contains("passes_differ") && portfolio.holdings[1].confidence < 1)
    }

    @Test("A row that only one pass has is kept and flagged")
    func onePass() async throws {
        let words = Self.table.filter { $0.top >= 300 }
        let short = words.filter { $0.top < 540 }
        let second = try #require(try await Self.portfolio(short, words))
        #expect(second.holdings.count == 2 && second.holdings[1].checks.contains("only_second_pass"))
        let first = try #require(try await Self.portfolio(words, short))
        #expect(first.holdings.count == 2 && first.holdings[1].checks.contains("only_first_pass"))
        #expect(first.holdings[1].confidence < 1)
    }

    @Test("Rows cut off at the edges are listed")
    func cutOff() async throws {
        let page = Self.page([
            (0, 300, "+10.00"), (0, 560, "+11.11%"), (2, 40, "招商产业债券A"), (2, 300, "10,000.00"), (2, 560, "+1,000.00"),
            (3, 300, "+10.00"), (3, 560, "+11.11%"), (6, 40, "天弘余额宝货币"),
        ])
        let portfolio = try #require(try await Self.portfolio(page))
        #expect(portfolio.holdings.count == 1)
        #expect(portfolio.dropped.count == 2)
    }

    @Test("A missing rate, a missing P/L and a missing day are flagged")
    func missing() async throws {
        let noRate = try await Self.portfolio(Self.table.filter { $0.text != "+11.11%" })
        #expect(noRate?.holdings.allSatisfy { $0.checks.contains("rate_derived") && $0.confidence < 1 } == true)
        let noGain = try await Self.portfolio(Self.table.filter { $0.left != 560 || $0.top < 540 })
        #expect(noGain?.holdings.last?.confidence ?? 1 < 1)
        let page =
            Self.table
            + Self.page([(12, 40, "华安黄金ETF联接A"), (12, 300, "1.00"), (12, 560, "+0.10"), (13, 560, "+11.11%")])
        let noDay = try await Self.portfolio(page)
        #expect(noDay?.holdings.last?.checks.contains("day_missing") == true)
    }

    @Test("Gains without a plus belong to the holding above them")
    func unsigned() async throws {
        let page = Self.page([
            (0, 40, "招商产业债券A"), (0, 300, "10,000.00"), (0, 560, "1,000.00"), (1, 300, "10.00"), (1, 560, "11.11%"),
            (3, 40, "天弘余额宝货币"), (3, 300, "5,000.00"), (3, 560, "500.00"), (4, 300, "0.00"), (4, 560, "11.11%"),
        ])
        let portfolio = try #require(try await Self.portfolio(page))
        #expect(portfolio.holdings.map(\.amount) == [10_000, 5_000])
        #expect(portfolio.holdings.map(\.holdPl) == [1_000, 500])
        #expect(portfolio.holdings.map(\.dayPl) == [10, 0])
    }

    @Test("Words in any order and junk between them never crash the page")
    func junk() {
        var generator = SplitMix(seed: 3)
        let texts = Self.table.map(\.text) + ["总", "161725", "10:24", "%", "+", "一", "(LOF)A", "86%", "—", "5G"]
        for _ in 0..<TestLength.count(60, long: 4_000) {
            let words = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                OCRWord(
                    text: texts[Int.random(in: 0..<texts.count, using: &generator)],
                    left: Int.random(in: -5...800, using: &generator), top: Int.random(in: -5...900, using: &generator),
                    width: Int.random(in: 0...200, using: &generator), height: Int.random(in: 0...60, using: &generator)
                )
            }
            var merge = ScreenshotMerge(ScreenshotPage(words))
            merge.add(ScreenshotPage(words.shuffled(using: &generator)))
            #expect(merge.entries.allSatisfy { $0.block.amount.value > 0 })
        }
    }

    @Test(
        "Names are made whole again, and say so",
        arguments: [
            ("广发纳斯达克100ETF联接(QDIDA", "广发纳斯达克100ETF联接(QDII)A"), ("招商中证白酒指数(LO F)A", "招商中证白酒指数(LOF)A"),
            ("天弘中证食品饮料ETF联接(C", "天弘中证食品饮料ETF联接C"), ("天弘中证食品饮料ETFEXHEC", "天弘中证食品饮料ETF联接C"),
            ("某某未知基金A", "某某未知基金A"),
        ])
    func names(_ raw: String, _ name: String) {
        #expect(ScreenshotNames.repair(raw, code: nil).name == name)
    }

    @Test("A name that stands for two funds is left as it was read")
    func ambiguousName() {
        let repair = ScreenshotNames.repair("易方达沪深300ETF联接", code: nil)
        #expect(repair.name == "易方达沪深300ETF联接" && repair.code == nil)
        #expect(FundCatalogue.nearest(to: "招商中证…") == nil)
    }

    @Test("Labels are known with one character misread; names that hold 收益 are none")
    func labels() {
        #expect(
            ScreenshotLabels.isLabel("目收益") && ScreenshotLabels.isLabel("持有金额(元)")
                && ScreenshotLabels.isLabel("金额/昨日收益"))
        #expect(!ScreenshotLabels.isLabel("易方达稳健收益债券A") && !ScreenshotLabels.isLabel("招商产业债券A"))
    }
}

/// An engine that answers with given words.
actor WordEngine: OCREngine {
    private let first: [OCRWord]
    private let second: [OCRWord]
    /// The passes that were asked for.
    private(set) var passes: [OCRPass] = []

    init(first: [OCRWord], second: [OCRWord]) {
        self.first = first
        self.second = second
    }

    func words(in image: [UInt8], pass: OCRPass) async throws -> [OCRWord] {
        passes.append(pass)
        return pass == .first ? first : second
    }
}
