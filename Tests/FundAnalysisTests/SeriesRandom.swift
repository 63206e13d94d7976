import Foundation

@testable import FundAnalysis

/// Random portfolios with NAV histories, for properties that hold for all of them.
struct SeriesRandom {
    var portfolio: Portfolio
    var navHistory: NavHistory?
    var benchmark: BenchmarkSeries?
    var flows: [CashFlow]

    static let classes = [
        "money", "bond", "convertible", "commodity", "real_estate", "fund_of_funds", "equity_index", "equity_active",
        "leveraged", "unknown",
    ]

    /// A well-formed portfolio: every holding with cost, units and a full history, targets that sum to 1.
    static func wellFormed(_ generator: inout SeriesGenerator, holdings: Int, days: Int) -> SeriesRandom {
        let dates = weekdays(days)
        var navs: [String: [Double?]] = [:]
        var items: [Holding] = []
        let shares = (0..<holdings).map { _ in Int.random(in: 1...20, using: &generator) }
        let sum = shares.reduce(0, +)
        for index in 0..<holdings {
            let walk = walk(days, scale: Double.random(in: 0.0005...0.03, using: &generator), &generator)
            let units = Decimal(Int.random(in: 100...500_000, using: &generator))
            let amount = Decimal.money((units.double * (walk.last.flatMap { $0 } ?? 1))) ?? 1
            let cost = (amount * Decimal(Int.random(in: 50...180, using: &generator)) / 100).money
            var holding = Holding.of(
                "基金\(index)", amount, cost: cost,
                dayPl: (amount * Decimal(Int.random(in: -3...3, using: &generator)) / 100).money,
                assetClass: classes[Int.random(in: 0..<classes.count, using: &generator)],
                risk: "R\(Int.random(in: 1...5, using: &generator))",
                target: Decimal(shares[index]) / Decimal(sum))
            holding.code = String(100_000 + index)
            holding.units = units
            items.append(holding)
            navs[String(100_000 + index)] = walk
        }
        let level = walk(days, scale: 0.01, &generator)
        return SeriesRandom(
            portfolio: .of(items, asOf: dates.last, profile: "C\(Int.random(in: 1...5, using: &generator))"),
            navHistory: NavHistory(dates: dates, navs: navs),
            benchmark: BenchmarkSeries(name: "指数", dates: dates, values: level), flows: [])
    }

    /// Anything a reader could hand over: gaps, duplicates, zeros, several currencies, no history at all.
    static func junk(_ generator: inout SeriesGenerator) -> SeriesRandom {
        var random = wellFormed(
            &generator, holdings: Int.random(in: 0...7, using: &generator),
            days: [2, 3, 15, 25, 70, 130, 300][Int.random(in: 0..<7, using: &generator)])
        for index in random.portfolio.holdings.indices {
            func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &generator) == 0 }
            if chance(5) { random.portfolio.holdings[index].cost = nil }
            if chance(5) { random.portfolio.holdings[index].holdPl = nil }
            if chance(5) { random.portfolio.holdings[index].dayPl = nil }
            if chance(8) { random.portfolio.holdings[index].amount = 0 }
            if chance(20) { random.portfolio.holdings[index].amount = -50 }
            if chance(12) { random.portfolio.holdings[index].currency = "USD" }
            if chance(5) { random.portfolio.holdings[index].targetWeight = nil }
            if chance(4) { random.portfolio.holdings[index].units = nil }
            if chance(6) { random.portfolio.holdings[index].cost = 0 }
            if chance(6) { random.portfolio.holdings[index].riskLevel.value = "unknown" }
            let code = random.portfolio.holdings[index].code ?? ""
            var column = random.navHistory?.navs[code]
            if chance(6) { column = column?.map { _ in 1 } }
            if chance(3) {
                column = column?.map { value in
                    switch Int.random(in: 0..<12, using: &generator) {
                    case 0: nil
                    case 1: 0
                    case 2: .infinity
                    default: value
                    }
                }
            }
            random.navHistory?.navs[code] = chance(5) ? nil : column
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { random.navHistory = nil }
        if Int.random(in: 0..<4, using: &generator) == 0 { random.benchmark = nil }
        if let dates = random.navHistory?.dates, Bool.random(using: &generator) {
            random.navHistory?.dates = dates.shuffled(using: &generator)
            if Bool.random(using: &generator) { random.navHistory?.dates[0] = dates[1] }
            if Bool.random(using: &generator) { random.navHistory?.dates[1] = "2024-02-31" }
        }
        random.flows = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            CashFlow(
                date: weekdays(800)[Int.random(in: 0..<800, using: &generator)],
                amount: Decimal(Int.random(in: -50_000...20_000, using: &generator)))
        }
        random.portfolio.asOf = Bool.random(using: &generator) ? "2026-06-30" : nil
        random.portfolio.investorProfile = Bool.random(using: &generator) ? "C3" : nil
        return random
    }

    /// Weekdays from 2020-01-01 on.
    static func weekdays(_ count: Int) -> [String] {
        guard var day = CalendarDay("2020-01-01") else { return [] }
        return (0..<count).map { _ in
            defer { day = day.nextWeekday }
            return day.text
        }
    }

    private static func walk(_ days: Int, scale: Double, _ generator: inout SeriesGenerator) -> [Double?] {
        var value = Double.random(in: 0.5...4, using: &generator)
        return (0..<days).map { _ in
            defer { value *= 1 + scale * Double.random(in: -1...1.05, using: &generator) }
            return value
        }
    }

    /// All three reports, as a run makes them.
    func reports(
        _ parameters: AnalysisParameters = AnalysisParameters()
    ) -> (risk: RiskReport, performance: PerformanceReport, recommendations: RecommendationReport) {
        let risk = RiskAnalysis.analyze(
            portfolio: portfolio, navHistory: navHistory, benchmark: benchmark, parameters: parameters)
        let performance = PerformanceAnalysis.analyze(
            portfolio: portfolio, navHistory: navHistory, benchmark: benchmark, flows: flows, parameters: parameters)
        let recommendations = RecommendationRules.recommend(
            portfolio: portfolio, risk: risk, performance: performance, navHistory: navHistory,
            parameters: parameters)
        return (risk, performance, recommendations)
    }
}

/// Every object in a report's JSON that is a figure.
///
/// Through `JSONSerialization`, which tries no types: a decoder that throws is slow under test.
func figures(inJSON text: String) throws -> [[String: Any]] {
    func collect(_ value: Any) -> [[String: Any]] {
        if let members = value as? [String: Any] {
            let own = members["status"] != nil && members["unit"] != nil ? [members] : []
            return own + members.values.flatMap(collect)
        }
        return (value as? [Any])?.flatMap(collect) ?? []
    }
    return collect(try JSONSerialization.jsonObject(with: Data(text.utf8)))
}
