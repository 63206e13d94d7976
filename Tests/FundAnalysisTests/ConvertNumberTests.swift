import Events
import Foundation
import Testing

@testable import FundAnalysis

@Suite("Numbers and dates as people write them")
struct ConvertNumberTests {
    @Test(
        "A number in any usual form has the value its writer meant",
        arguments: [
            ("1,234.56", "1234.56"), ("-1,234.56", "-1234.56"), ("(1,234.56)", "-1234.56"), ("1,234.56-", "-1234.56"),
            ("１，２３４．５６", "1234.56"), ("￥1,234.56", "1234.56"), ("¥ 5", "5"), ("CNY 1,234.5", "1234.5"),
            ("RMB1234", "1234"), ("-$5.20", "-5.2"), ("$-5.20", "-5.2"), ("$(5.20)", "-5.2"), ("5万", "50000"),
            ("1.2万元", "12000"), ("3亿", "300000000"), ("0.5亿元", "50000000"), ("2千", "2000"), ("5w", "50000"),
            ("3k", "3000"), ("2千万", "20000000"), ("1,234,567.89 元", "1234567.89"), ("1'234.50", "1234.5"),
            ("1 234.50", "1234.5"), ("1.234,56", "1234.56"), ("1.234.567", "1234567"), ("+7", "7"), (".5", "0.5"),
            ("12.", "12"), ("1.5e5", "150000"), ("1E-2", "0.01"), ("−3.5", "-3.5"), ("000198", "198"), ("100美元", "100"),
            ("5.82%", "5.82"), ("（12.5）", "-12.5"), ("HK$8", "8"), ("8港币", "8"), ("0", "0"),
        ])
    func forms(_ text: String, _ value: String) throws {
        let number = try #require(NumberText.number(text))
        #expect(number.value == .exact(value))
    }

    @Test(
        "What is no number, or may be two, is refused",
        arguments: [
            "1,23", "1,2345.6", "12,34,567", "1.2.3", "1,234.56.7", "--5", "+-5", "(-5)", "5-6", "abc", "1a", "a1",
            "1e400",
            "1e19", "1e-19", "1e9223372036854775807", "1e-9223372036854775808", "1e99999999999999999999", "nan", "inf",
            "Infinity", "1..2", "1,,000", ",123", "%", "¥", "¥¥5", "$5 CNY", "5万万", "5%万", "١٢٣",
            "²",
            "1,234 567", "0x10", "1_000", "9999999999999999", "5万亿亿", "()", "e5", "12345678901234567890123456789012345",
        ])
    func refused(_ text: String) {
        #expect(NumberText.parse(text) == .unreadable)
    }

    @Test("No number in a file or a message ends the process, whatever column it stands in", arguments: hostileNumbers)
    func hostile(_ number: String) throws {
        for heading in ["金额", "持有份额", "净值", "持有收益", "收益率", "目标占比", "买入日期", "day_pl"] {
            let file = "名称,持有金额,\(heading)\n余额宝,100,\"\(number)\"\n黄金ETF,\"\(number)\",5\n"
            Self.analyse(PortfolioInput(kind: .file, name: "h.csv", bytes: Array(file.utf8)))
        }
        for value in [number, "\"\(number)\""] {
            let json = "{\"holdings\":[{\"name\":\"余额宝\",\"amount\":\(value)},{\"name\":\"A\",\"amount\":1}]}"
            Self.analyse(PortfolioInput(kind: .file, name: "h.json", bytes: Array(json.utf8)))
        }
        for sentence in [
            "余额宝\(number)元，黄金ETF 3万", "I hold \(number) of gold and 5k of bonds", "第\(number)只卖掉一半，亏了\(number)",
        ] {
            Self.analyse(.text(sentence))
            _ = WhatIf.asked(in: AdvisorMaterials.known(sentence))
        }
        let days = (1...40).map { "2024-0\(1 + $0 / 29)-\(10 + $0 % 19)" }
        let series = days.map { "\($0),1.5,\"\(number)\"" }.joined(separator: "\n")
        Self.analyse(PortfolioInput(kind: .file, name: "nav.csv", bytes: Array("日期,000198,000217\n\(series)".utf8)))
    }

    private static let hostileNumbers = [
        "1e-9223372036854775808", "1e9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e18",
        "1e-18",
        "-1e18", "1e308", "-0", "0.000000000000000000000000000001", "999999999999999", "一亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿亿",
        "1" + String(repeating: "0", count: 400), "0." + String(repeating: "0", count: 400) + "1", "nan", "inf", "1e",
        "-", "e", "百分之0." + String(repeating: "0", count: 400) + "1",
    ]

    /// Everything that is computed from an input; what cannot be read is refused, nothing traps.
    private static func analyse(_ input: PortfolioInput) {
        guard let reading = try? PortfolioReader.read([input]) else { return }
        var portfolio = reading.portfolio ?? AdvisorMaterials.knownPortfolio()
        portfolio.investorProfile = "C3"
        let parameters = AnalysisParameters()
        let risk = RiskAnalysis.analyze(
            portfolio: portfolio, navHistory: reading.navHistory, benchmark: reading.benchmark, parameters: parameters)
        let performance = PerformanceAnalysis.analyze(
            portfolio: portfolio, navHistory: reading.navHistory, benchmark: reading.benchmark,
            flows: reading.flows ?? [], parameters: parameters)
        let report = RecommendationRules.recommend(
            portfolio: portfolio, risk: risk, performance: performance, navHistory: reading.navHistory,
            parameters: parameters)
        let material = AdvisorMaterial(
            question: "风险大吗？卖一半会怎样？", portfolio: portfolio, risk: risk, performance: performance,
            recommendations: report)
        #expect(throws: Never.self) { try CanonicalJSON.encode(material) }
        _ = try? XiaomeiComposer.compose(material, seed: "s")
    }

    @Test(
        "Dashes, empty fields and n/a are missing, not zero",
        arguments: ["", "  ", "-", "--", "—", "N/A", "null", "暂无", "无", "　"])
    func missing(_ text: String) {
        #expect(NumberText.parse(text) == .missing)
    }

    @Test("Sign, percent and currency are told")
    func marks() throws {
        let rate = try #require(NumberText.number("+5.82%"))
        #expect(rate.isPercent && rate.isSigned)
        #expect(NumberText.number("US$ 5")?.currency == "USD")
        #expect(NumberText.number("5 港元")?.currency == "HKD")
        #expect(NumberText.number("5元")?.currency == "CNY")
        #expect(NumberText.number("5")?.currency == nil)
    }

    @Test("With a decimal comma 1234,56 is read and 1,234 is refused, because it could be either")
    func decimalComma() {
        #expect(NumberText.number("1234,56", decimalComma: true)?.value == .exact("1234.56"))
        #expect(NumberText.parse("1,234", decimalComma: true) == .unreadable)
        #expect(NumberText.number("1,234,567", decimalComma: true)?.value == 1_234_567)
    }

    @Test("Thirty digits stay exact")
    func longNumber() {
        #expect(NumberText.number("123456789012345.123456789012345")?.value.plain == "123456789012345.123456789012345")
    }

    @Test("Any short text over the alphabet of numbers is parsed without a crash and never as NaN")
    func junk() {
        var generator = SplitMix(seed: 7)
        let alphabet = Array("0123456789,.'()+-%eE¥$万亿元千kw 　，．（）")
        for _ in 0..<8_000 {
            let text = String(
                (0..<Int.random(in: 0...9, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                })
            if case .number(let number) = NumberText.parse(text) {
                #expect(number.value.isFinite, "\(text)")
                #expect(abs(number.value) <= .exact("1000000000000000"), "\(text)")
            }
        }
    }

    @Test(
        "Dates in every usual form",
        arguments: [
            ("2024-01-05", "2024-01-05"), ("2024/1/5", "2024-01-05"), ("2024.1.5", "2024-01-05"),
            ("20240105", "2024-01-05"), ("2024年1月5日", "2024-01-05"), ("2024-01-05 15:00", "2024-01-05"),
            ("2024-01-05T15:00:00Z", "2024-01-05"), ("31/12/2024", "2024-12-31"), ("12/31/2024", "2024-12-31"),
            ("２０２４－０１－０５", "2024-01-05"), ("2024-02-29", "2024-02-29"), ("5/5/2024", "2024-05-05"),
        ])
    func dates(_ text: String, _ day: String) {
        #expect(DateText.parse(text) == day)
    }

    @Test(
        "Days that do not exist or could be two are refused",
        arguments: [
            "2023-02-29", "2024-13-01", "2024-00-10", "01/05/2024", "5.82", "110020", "1234", "2024-1", "-1-1-1", "",
        ])
    func noDates(_ text: String) {
        #expect(DateText.parse(text) == nil)
    }

    @Test("A column tells which of day and month comes first")
    func dateOrder() {
        #expect(DateText.order(of: ["01/05/2024", "13/05/2024"]) == .dayFirst)
        #expect(DateText.order(of: ["01/05/2024", "01/25/2024"]) == .monthFirst)
        #expect(DateText.order(of: ["13/05/2024", "01/25/2024"]) == nil)
        #expect(DateText.parse("01/05/2024", order: .dayFirst) == "2024-05-01")
    }

    @Test(
        "Chinese numerals in talk",
        arguments: [
            ("三万", 30_000), ("两万五", 25_000), ("一百二十万", 1_200_000), ("三百零二", 302), ("三百二", 320), ("十二万", 120_000),
            ("一亿两千万", 120_000_000), ("五千块", 5_000), ("二十", 20),
        ])
    func chinese(_ text: String, _ value: Int) {
        #expect(ChineseNumeral.parse(Array(text), at: 0)?.0.value == Decimal(value))
    }

    @Test("Numerals inside names are no numbers", arguments: ["三一重工", "一百货", "万家", "百度", "五百强", "三", "二二一"])
    func chineseNames(_ text: String) {
        #expect(ChineseNumeral.parse(Array(text), at: 0) == nil)
    }
}

/// A small generator with a seed, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
