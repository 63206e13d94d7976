import Foundation
import TestSupport

@testable import FundAnalysis

/// Materials for the advisor's tests: one that is known by heart, and any number of seeded random ones.
enum AdvisorMaterials {
    /// Six holdings of 468,954.71 CNY at a profit of 19,839.27, with targets and without any history.
    static func known(
        _ question: String, earlier: [String] = [], profile: String? = nil, language: AdvisorLanguage? = nil
    ) -> AdvisorMaterial {
        material(knownPortfolio(profile: profile), question, earlier: earlier, language: language)
    }

    /// The material of a portfolio with the real reports about it.
    static func material(
        _ portfolio: Portfolio, _ question: String, earlier: [String] = [], history: NavHistory? = nil,
        benchmark: BenchmarkSeries? = nil, language: AdvisorLanguage? = nil
    ) -> AdvisorMaterial {
        let risk = RiskAnalysis.analyze(portfolio: portfolio, navHistory: history, benchmark: benchmark)
        let performance = PerformanceAnalysis.analyze(
            portfolio: portfolio, navHistory: history, benchmark: benchmark, flows: [])
        let recommendations = RecommendationRules.recommend(
            portfolio: portfolio, risk: risk, performance: performance, navHistory: history)
        return AdvisorMaterial(
            question: question, language: language, portfolio: portfolio, risk: risk, performance: performance,
            recommendations: recommendations, earlierQuestions: earlier)
    }

    static func knownPortfolio(profile: String? = nil) -> Portfolio {
        let rows: [(String, String, String, String, String, String, String, Decimal)] = [
            ("110020", "易方达沪深300ETF联接A", "equity_index", "CN", "R3", "19821.9", "35244.3", 0.2),
            ("161725", "招商中证白酒指数A", "equity_index", "CN", "R3", "21500.68", "30066.0", 0.1),
            ("270042", "广发纳斯达克100ETF联接A", "equity_index", "US", "R3", "43132.44", "41515.67", 0.2),
            ("110017", "易方达增强回报债券A", "bond", "CN", "R2", "228228.0", "209653.6", 0.3),
            ("000216", "华安黄金ETF联接A", "commodity", "CN", "R3", "50392.0", "34600.0", 0.1),
            ("000198", "天弘余额宝货币", "money", "CN", "R1", "105879.69", "98035.87", 0.1),
        ]
        return portfolio(
            rows.map { code, name, assetClass, region, level, amount, cost, target in
                holding(
                    name, code: code, amount: decimal(amount), cost: decimal(cost), assetClass: assetClass,
                    region: region, riskLevel: level, target: target)
            }, profile: profile)
    }

    static func holding(
        _ name: String, code: String? = nil, amount: Decimal, cost: Decimal? = nil, currency: String = "CNY",
        assetClass: String = "equity_active", region: String = "CN", riskLevel: String = "R3", target: Decimal? = nil,
        dayPl: Decimal? = nil, confidence: Double = 1
    ) -> Holding {
        let pl = cost.map { amount - $0 }
        return Holding(
            name: name, code: code, amount: amount, dayPl: dayPl, holdPl: pl,
            holdRate: cost.flatMap { $0 > 0 ? (amount - $0) / $0 : nil }, cost: cost, currency: currency,
            assetClass: .init(value: assetClass, source: "given"), region: .init(value: region, source: "given"),
            riskLevel: .init(value: riskLevel, source: "given"), targetWeight: target, confidence: confidence)
    }

    static func portfolio(
        _ holdings: [Holding], profile: String? = nil, dropped: [Portfolio.DroppedRow] = []
    ) -> Portfolio {
        let currencies = Set(holdings.map(\.currency))
        let costs = holdings.compactMap(\.cost)
        let profits = holdings.compactMap(\.holdPl)
        let days = holdings.compactMap(\.dayPl)
        return Portfolio(
            holdings: holdings, source: "csv", currency: currencies.count == 1 ? currencies.first : nil,
            totals: .init(
                amount: holdings.map(\.amount).reduce(0, +), cost: costs.isEmpty ? nil : costs.reduce(0, +),
                holdPl: profits.isEmpty ? nil : profits.reduce(0, +), dayPl: days.isEmpty ? nil : days.reduce(0, +)),
            totalCheck: "not_stated", dropped: dropped, investorProfile: profile)
    }

    static func decimal(_ text: String) -> Decimal { Decimal(string: text) ?? 0 }
}

extension SeededGenerator {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

extension AdvisorMaterials {
    /// Any portfolio, with or without reports and history, and any question about it.
    static func random(seed: UInt64) -> AdvisorMaterial {
        var random = SeededGenerator(seed: seed)
        let portfolio = randomPortfolio(&random)
        let isChinese = random.chance(50)
        var question = random.pick(isChinese ? chineseQuestions : englishQuestions)
        question = question.replacing("#", with: random.pick(portfolio.holdings).name)
        let earlier = random.chance(30) ? [random.pick(isChinese ? chineseQuestions : englishQuestions)] : []
        let language: AdvisorLanguage = isChinese ? .zh : .en
        if random.chance(8) {
            return AdvisorMaterial(
                question: question, language: language, portfolio: portfolio, earlierQuestions: earlier)
        }
        let days = random.chance(25) ? Int.random(in: 25...320, using: &random) : 0
        let history = days > 0 ? randomHistory(portfolio, days: days, &random) : nil
        let benchmark = days > 0 && random.chance(50) ? randomBenchmark(days: days, &random) : nil
        return material(
            portfolio, question, earlier: earlier, history: history, benchmark: benchmark, language: language)
    }

    private static func randomPortfolio(_ random: inout SeededGenerator) -> Portfolio {
        let count = random.chance(3) ? Int.random(in: 30...80, using: &random) : Int.random(in: 1...9, using: &random)
        let currency = random.pick(["CNY", "CNY", "CNY", "CNY", "USD", "HKD", "EUR", "JPY", "SEK"])
        let isMixed = random.chance(7)
        let scale = pow(10, Double.random(in: 1...8.5, using: &random))
        let hasCosts = random.chance(85)
        let tilt = Double.random(in: 0.5...1.6, using: &random)
        let hasTargets = random.chance(30)
        let holdings = (0..<count).map { index -> Holding in
            let (name, assetClass) = random.pick(names)
            let amount = decimal(String(format: "%.2f", scale * Double.random(in: 0.02...1, using: &random)))
            let factor = tilt * Double.random(in: 0.6...1.4, using: &random)
            let cost = hasCosts && !random.chance(5) ? decimal(String(format: "%.2f", amount.double * factor)) : nil
            let change = Double.random(in: -0.03...0.03, using: &random)
            let day = random.chance(60) ? decimal(String(format: "%.2f", amount.double * change)) : nil
            return holding(
                name,
                code: random.chance(70) ? String(format: "%06d", Int.random(in: 1...999_999, using: &random)) : nil,
                amount: amount, cost: cost, currency: isMixed ? random.pick(["CNY", "USD", "HKD"]) : currency,
                assetClass: assetClass, region: random.pick(["CN", "CN", "HK", "US", "global", "unknown"]),
                riskLevel: random.pick(["R1", "R2", "R3", "R4", "R5", "unknown"]),
                target: hasTargets ? 1 / Decimal(count) : nil, dayPl: day, confidence: random.chance(4) ? 0.5 : 1)
        }
        return portfolio(
            holdings, profile: random.chance(35) ? random.pick(["C1", "C2", "C3", "C4", "C5"]) : nil,
            dropped: random.chance(8) ? [.init(row: "???", reason: "no amount")] : [])
    }

    private static func randomHistory(_ portfolio: Portfolio, days: Int, _ random: inout SeededGenerator) -> NavHistory
    {
        var navs: [String: [Double?]] = [:]
        for holding in portfolio.holdings where !random.chance(8) {
            var nav = 1.0
            let swing = Double.random(in: 0.0005...0.03, using: &random)
            navs[holding.code ?? holding.name] = (0..<days).map { _ in
                nav *= 1 + Double.random(in: -swing...swing, using: &random)
                return nav
            }
        }
        return NavHistory(dates: dates(days), navs: navs)
    }

    private static func randomBenchmark(days: Int, _ random: inout SeededGenerator) -> BenchmarkSeries {
        var level = 3_000.0
        let values: [Double?] = (0..<days).map { _ in
            level *= 1 + Double.random(in: -0.02...0.02, using: &random)
            return level
        }
        return BenchmarkSeries(
            name: random.pick(["benchmark", "沪深300", "S&P 500", "MSCI World 100 Index with a very long name"]),
            dates: dates(days), values: values)
    }

    private static func dates(_ count: Int) -> [String] {
        (0..<count).map { day -> String in
            let (year, month, date) = (2023 + day / 336, day % 336 / 28 + 1, day % 28 + 1)
            return String(format: "%04d-%02d-%02d", year, month, date)
        }
    }

    /// Names as they are, and names that try to be numbers, promises, markup and more.
    private static let names: [(String, String)] = [
        ("易方达沪深300ETF联接A", "equity_index"), ("招商中证白酒指数(LOF)A", "equity_index"),
        ("广发纳斯达克100ETF联接(QDII)A", "equity_index"), ("易方达增强回报债券A", "bond"), ("招商产业债券A", "bond"),
        ("天弘余额宝货币", "money"), ("华安黄金ETF联接A", "commodity"), ("中欧医疗健康混合C", "equity_active"),
        ("易方达蓝筹精选混合", "equity_active"), ("兴全可转债混合", "convertible"), ("南方原油A", "commodity"),
        ("博时中证5G产业50ETF发起式联接C", "equity_index"), ("银华中证1000指数增强C", "equity_index"),
        ("华夏全球科技先锋混合型证券投资基金(QDII)人民币份额A类", "equity_active"),
        ("富国中证沪港深500交易型开放式指数证券投资基金发起式联接基金A", "equity_index"),
        ("Vanguard S&P 500 ETF", "equity_index"), ("Vanguard Total Bond Market", "bond"),
        ("iShares Core MSCI World UCITS ETF USD (Acc)", "equity_index"), ("Gold Trust", "commodity"),
        ("AAPL", "equity_active"), ("3x Leveraged Nasdaq 100", "leveraged"), ("2倍做多恒生", "leveraged"),
        ("US Real Estate Fund", "real_estate"), ("安稳养老2040三年持有FOF", "fund_of_funds"), ("5", "unknown"),
        ("12345", "unknown"), ("保本稳赚100%零风险基金", "unknown"), ("Guaranteed 20% Return", "unknown"),
        ("**bold** # 1. list", "unknown"), ("🚀🚀🚀火箭基金🚀", "equity_active"), ("e\u{301}toile fonds", "equity_active"),
        ("a", "unknown"), ("债券", "bond"), ("X", "unknown"), ("{name}", "unknown"), ("一半一半三成基金", "fund_of_funds"),
        ("\u{F0001}private", "unknown"), ("tab\tand\nnewline", "unknown"),
        (String(repeating: "长", count: 100), "unknown"),
        (String(repeating: "Long ", count: 20), "unknown"), ("Sharpe Alpha Beta Fund", "equity_active"),
    ]

    static let chineseQuestions = [
        "", "我的基金风险大吗？", "帮我看看", "亏了好多怎么办", "哪只赚得最多？", "会涨回来吗", "要不要调仓", "太集中了吗", "昨天怎么样", "手续费贵不贵",
        "跑赢大盘了吗", "那黄金要不要卖一点？", "#怎么样？", "#卖一半会怎样", "如果#跌20%呢？", "想再买1万#", "把#换成债券行不行", "全部卖掉呢", "股票类再跌三成会怎样",
        "清仓货币基金", "测试流式响应", "谢谢", "你好", "我的配置比例合理吗", "哪只最差", "加仓原油好吗", "那卖掉三成呢？",
    ]
    static let englishQuestions = [
        "", "How risky is my portfolio?", "How am I doing?", "I lost a lot, what should I change?",
        "Which one is the best?", "Will it go up?", "Is it too concentrated?", "How was yesterday?",
        "What are the fees?",
        "Did I beat the market?", "what if I sell half of the bond fund?", "How is # doing?", "Should I sell some #?",
        "What if # drops 30%?", "Should I buy $5,000 more of #?", "Move # into bonds?", "Sell all my stocks",
        "what if stocks crash", "Take profits on gold?", "testing", "thanks!", "hello", "What about my allocation?",
        "Which is the worst?", "Top up the money fund?", "and a third of it?",
    ]
}
