import Events
import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Risk analysis")
struct RiskAnalysisTests {
    private func analyze(
        _ portfolio: Portfolio, _ history: NavHistory? = nil, benchmark: BenchmarkSeries? = nil,
        _ parameters: AnalysisParameters = AnalysisParameters()
    ) -> RiskReport {
        RiskAnalysis.analyze(portfolio: portfolio, navHistory: history, benchmark: benchmark, parameters: parameters)
    }

    @Test("Holdings alone give every holdings figure, and each series figure says that it needs NAVs")
    func holdingsOnly() throws {
        let report = analyze(
            .of([
                .of("A", 300, assetClass: "equity_index", risk: "R3"), .of("B", 100, assetClass: "money", risk: "R1"),
            ]))
        #expect(report.concentration.hhi.value == 0.625)
        #expect(report.concentration.top1Name == "A")
        #expect(report.concentration.top5.value == 1)
        #expect(report.equityShare.value == 0.75)
        #expect(abs((report.scenario.loss.value ?? 0) + 60) < 1e-9)
        #expect(report.scenario.loss.unit == "CNY")
        #expect(abs((report.scenario.lossShare.value ?? 0) + 0.15) < 1e-12)
        #expect(report.scenario.shocks.map(\.loss) == [-60, 0])
        #expect(report.byRiskLevel.map(\.name) == ["R1", "R3"])
        let missing = report.series.volatility
        #expect(missing.status == .insufficientData)
        #expect(missing.value == nil)
        #expect(missing.reason == "nav_history_missing")
        #expect(missing.needs == ["nav_history"])
        #expect(missing.coverage == 0)
        #expect(report.benchmark.beta.reason == "benchmark_missing")
        #expect(report.drift.largest.reason == "targets_missing")
        #expect(report.mismatchShare.status == .needsProfile)
        #expect(report.holdings[1].volatility.status == .notApplicable)
    }

    @Test("The mismatch counts products above the investor's class, and only with a profile")
    func mismatch() {
        let holdings = [
            Holding.of("A", 600, risk: "R4"), .of("B", 300, risk: "R2"), .of("C", 100, risk: "unknown"),
        ]
        let share = analyze(.of(holdings, profile: "C3")).mismatchShare
        #expect(share.value == 0.6)
        #expect(share.coverage == 0.9)
        #expect(analyze(.of(holdings, profile: "C4")).mismatchShare.value == 0)
        #expect(analyze(.of(holdings, profile: "balanced")).mismatchShare.status == .needsProfile)
        let unknown = holdings.map { holding in
            var holding = holding
            holding.riskLevel.value = "unknown"
            return holding
        }
        #expect(analyze(.of(unknown, profile: "C3")).mismatchShare.reason == "risk_level_unknown")
    }

    @Test("Mixed currencies are not added without rates, and are with them")
    func currencies() {
        let portfolio = Portfolio.of([.of("A", 700), .of("B", 100, currency: "USD")])
        let report = analyze(portfolio)
        #expect(report.totalAmount == nil)
        #expect(report.holdings[0].weight.reason == "mixed_currencies")
        #expect(report.byAssetClass.isEmpty)
        #expect(report.byCurrency.map(\.amount) == [700, 100])
        #expect(report.warnings.map(\.kind) == ["mixed_currencies"])
        #expect(report.concentration.hhi.needs == ["exchange_rates"])
        var parameters = AnalysisParameters()
        parameters.baseCurrency = "CNY"
        parameters.exchangeRates = ["USD": 7]
        let converted = analyze(portfolio, nil, parameters)
        #expect(converted.totalAmount == 1_400)
        #expect(converted.currency == "CNY")
        #expect(converted.holdings[1].weight.value == 0.5)
    }

    /// Holdings of equal size with the given histories on weekdays from 2020 on.
    private func history(_ columns: [[Double?]]) -> (Portfolio, NavHistory) {
        let holdings = columns.indices.map { index in
            Holding.of("F\(index)", 1_000, assetClass: "equity_active")
        }
        let dates = SeriesRandom.weekdays(columns.map(\.count).max() ?? 0)
        return (
            .of(holdings),
            NavHistory(
                dates: dates, navs: Dictionary(uniqueKeysWithValues: columns.enumerated().map { ("F\($0)", $1) }))
        )
    }

    private func walk(_ count: Int, _ seed: UInt64) -> [Double?] {
        var generator = SeriesGenerator(seed: seed)
        var value = 1.0
        return (0..<count).map { _ in
            defer { value *= 1 + Double.random(in: -0.01...0.011, using: &generator) }
            return value
        }
    }

    @Test("Below a year nothing is annualised, and what is not annualised stays")
    func belowOneYear() {
        let (portfolio, navs) = history([walk(200, 1), walk(200, 2)])
        let report = analyze(portfolio, navs)
        for figure in [
            report.series.volatility, report.series.downsideDeviation, report.series.semiDeviation,
            report.crossSection.exAnteVolatility, report.holdings[0].volatility,
        ] {
            #expect(figure.reason == "below_one_year")
            #expect(figure.value == nil)
        }
        #expect(report.series.volatilityPerPeriod.value ?? 0 > 0)
        #expect(report.series.valueAtRiskHistorical.status == .ok)
        #expect(report.series.maxDrawdown.status == .ok)
    }

    @Test("Every figure keeps its minimum of observations")
    func minimumObservations() {
        func report(_ days: Int) -> RiskReport {
            let (portfolio, navs) = history([walk(days, 3), walk(days, 4)])
            return analyze(portfolio, navs)
        }
        #expect(report(20).series.volatilityPerPeriod.reason == "history_too_short")
        #expect(report(21).series.volatilityPerPeriod.status == .ok)
        #expect(report(60).crossSection.averagePairwiseCorrelation.reason == "history_too_short")
        #expect(report(61).crossSection.averagePairwiseCorrelation.status == .ok)
        #expect(report(100).series.conditionalValueAtRiskHistorical.reason == "history_too_short")
        #expect(report(101).series.conditionalValueAtRiskHistorical.status == .ok)
        #expect(report(101).series.volatilityPerPeriod.n == 100)
    }

    @Test("A smaller alpha needs five observations in its tail")
    func tailObservations() {
        let (portfolio, navs) = history([walk(400, 5)])
        var parameters = AnalysisParameters()
        parameters.alpha = 0.01
        #expect(analyze(portfolio, navs, parameters).series.valueAtRiskHistorical.reason == "history_too_short")
    }

    @Test("Below four fifths of the money with data the portfolio's figures are withheld, the holdings' stay")
    func coverage() {
        var (portfolio, navs) = history([walk(400, 6), walk(400, 7)])
        portfolio.holdings[0].amount = 3_000
        navs.navs["F1"] = nil
        let low = analyze(portfolio, navs)
        #expect(low.series.volatility.reason == "coverage_below_minimum")
        #expect(low.series.volatility.coverage == 0.75)
        #expect(low.holdings[0].volatility.status == .ok)
        #expect(low.holdings[1].volatility.reason == "nav_history_missing")
        portfolio.holdings[0].amount = 4_000
        let enough = analyze(portfolio, navs)
        #expect(enough.series.volatility.status == .ok)
        #expect(enough.series.volatility.coverage == 0.8)
        #expect(abs((enough.holdings[0].riskContribution.value ?? 0) - 1) < 1e-12)
    }

    @Test("A young fund does not cut everybody's history where the others suffice")
    func shortHistory() {
        var (portfolio, navs) = history([walk(400, 8), walk(400, 9), walk(400, 10)])
        portfolio.holdings[2].amount = 100
        navs.navs["F2"] = navs.navs["F2"]?.enumerated().map { $0.offset < 370 ? nil : $0.element }
        let report = analyze(portfolio, navs)
        #expect(report.series.volatility.n == 399)
        #expect(report.series.volatility.coverage ?? 0 > 0.9)
        #expect(report.warnings.contains { $0.kind == "short_history_left_out" && $0.holding == "F2" })
        #expect(report.holdings[2].riskContribution.reason == "history_too_short")
    }

    @Test("What never moved has no volatility, and a money fund is not asked for one")
    func zeroVariance() {
        var (portfolio, navs) = history([Array(repeating: 1, count: 400)])
        let still = analyze(portfolio, navs)
        #expect(still.series.volatility.status == .undefined)
        #expect(still.series.volatility.reason == "zero_variance")
        #expect(still.holdings[0].riskContribution.status == .undefined)
        portfolio.holdings[0].assetClass.value = "money"
        #expect(analyze(portfolio, navs).holdings[0].volatility.status == .notApplicable)
    }

    @Test("Suspicious histories are reported")
    func dataQuality() {
        var values = walk(40, 11)
        values[5] = 0
        values[10] = (values[9] ?? 1) * 1.5
        for index in 20..<26 { values[index] = 2 }
        var (portfolio, navs) = history([values])
        portfolio.holdings[0].units = 1
        navs.dates[3] = navs.dates[2]
        navs.dates[39] = "2021-01-01"
        portfolio.asOf = "2021-06-01"
        let warnings = analyze(portfolio, navs).warnings
        for kind in ["duplicate_date", "nonpositive_nav", "jump", "repeated_nav", "gap", "amount_mismatch", "stale"] {
            #expect(warnings.contains { $0.kind == kind }, "\(kind)")
        }
        #expect(warnings.first { $0.kind == "repeated_nav" }?.dates == ["2020-01-29"])
        #expect(analyze(portfolio, navs).series.maxDrawdown.status == .stale)
    }

    @Test("A file in any order gives the same figures")
    func order() throws {
        let (portfolio, navs) = history([walk(300, 12), walk(300, 13)])
        let reversed = NavHistory(
            dates: navs.dates.reversed(), navs: navs.navs.mapValues { $0.reversed() })
        var backwards = analyze(portfolio, reversed)
        #expect(backwards.warnings.map(\.kind) == ["unsorted_dates"])
        backwards.warnings = []
        #expect(backwards == analyze(portfolio, navs))
    }

    @Test("Weekly and monthly data are scaled by their own periods")
    func periods() {
        let days = SeriesRandom.weekdays(800)
        let weekly = stride(from: 0, to: 800, by: 5).map { days[$0] }
        let navs = NavHistory(dates: weekly, navs: ["F0": walk(weekly.count, 14)])
        let report = analyze(.of([.of("F0", 10)]), navs)
        let perPeriod = report.series.volatilityPerPeriod.value ?? .nan
        #expect(abs((report.series.volatility.value ?? 0) / perPeriod - 52.0.squareRoot()) < 1e-12)
    }

    @Test("Risk contributions of random portfolios sum to 1, weights and shares too")
    func sums() throws {
        for seed in 0..<TestLength.count(6, long: 400) {
            var generator = SeriesGenerator(seed: UInt64(seed))
            let random = SeriesRandom.wellFormed(&generator, holdings: 1 + seed % 9, days: 120)
            let report = random.reports().risk
            let contributions = report.holdings.compactMap(\.riskContribution.value)
            try #require(contributions.count == random.portfolio.holdings.count)
            #expect(abs(contributions.reduce(0, +) - 1) < 1e-9)
            #expect(abs(report.holdings.reduce(0) { $0 + ($1.weight.value ?? .nan) } - 1) < 1e-12)
            for shares in [report.byAssetClass, report.byRegion, report.byCompany, report.byRiskLevel] {
                #expect(abs(shares.reduce(0) { $0 + ($1.weight.value ?? .nan) } - 1) < 1e-12)
                #expect(shares.reduce(0) { $0 + $1.amount } == report.totalAmount)
                #expect(shares.reduce(0) { $0 + $1.holdings } == report.holdings.count)
            }
            let losses = report.holdings.reduce(0) { $0 + ($1.scenarioLoss.value ?? .nan) }
            #expect(abs(losses - (report.scenario.loss.value ?? .nan)) < 1e-6)
            #expect((report.crossSection.diversificationRatio.value ?? 0) > 1 - 1e-9)
        }
    }

    @Test("No junk makes a figure without a status, a value without meaning or a number that is none")
    func junk() throws {
        for seed in 0..<TestLength.count(25, long: 1_600) {
            var generator = SeriesGenerator(seed: UInt64(1_000 + seed))
            let reports = SeriesRandom.junk(&generator).reports()
            // The encoder throws on NaN and infinity.
            let texts = [
                try CanonicalJSON.encode(reports.risk), try CanonicalJSON.encode(reports.performance),
                try CanonicalJSON.encode(reports.recommendations),
            ]
            for figure in try texts.flatMap(figures(inJSON:)) {
                let status = figure["status"] as? String
                let isKnown = status == "ok" || status == "stale"
                if (figure["value"] != nil) != isKnown || (figure["reason"] != nil) == isKnown
                    || status == "insufficient_data" && figure["needs"] == nil
                {
                    Issue.record("seed \(seed): \(figure)")
                }
            }
            #expect(try CanonicalJSON.decode(RiskReport.self, from: texts[0]) == reports.risk)
            #expect(try CanonicalJSON.decode(PerformanceReport.self, from: texts[1]) == reports.performance)
            #expect(try CanonicalJSON.decode(RecommendationReport.self, from: texts[2]) == reports.recommendations)
        }
    }
}
