import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Performance analysis")
struct PerformanceAnalysisTests {
    private func analyze(
        _ portfolio: Portfolio, _ history: NavHistory? = nil, flows: [CashFlow] = []
    ) -> PerformanceReport {
        PerformanceAnalysis.analyze(portfolio: portfolio, navHistory: history, benchmark: nil, flows: flows)
    }

    @Test("The holding return is weighted by cost, and contributions add up to it")
    func costWeighted() {
        let report = analyze(
            .of([.of("A", 150, cost: 100), .of("B", 80, cost: 100), .of("C", 50, cost: 50)]))
        #expect(report.holdingReturn.value == 0.12)
        #expect(report.holdings.map(\.contribution.value) == [0.2, -0.08, 0])
        #expect(report.winners.map(\.name) == ["A"])
        #expect(report.losers.map(\.name) == ["B"])
        #expect(abs((report.hitRateByCount.value ?? 0) - 1.0 / 3) < 1e-12)
        #expect(abs((report.hitRateByMoney.value ?? 0) - 150.0 / 280) < 1e-12)
        #expect(report.series.annualisedReturn.reason == "nav_history_missing")
        #expect(report.moneyWeighted.xirr.reason == "flows_missing")
    }

    @Test("An unknown cost is no cost of zero")
    func unknownCost() {
        let most = analyze(.of([.of("A", 900, cost: 800), .of("B", 100)]))
        #expect(most.holdingReturn.value == 0.125)
        #expect(most.holdingReturn.coverage == 0.9)
        #expect(most.holdings[1].holdingReturn.reason == "cost_missing")
        let little = analyze(.of([.of("A", 500, cost: 400), .of("B", 500)]))
        #expect(little.holdingReturn.reason == "coverage_below_minimum")
        #expect(little.holdings[0].holdingReturn.value == 0.25)
        #expect(analyze(.of([.of("A", 500)])).holdingReturn.reason == "cost_missing")
        #expect(analyze(.of([.of("A", 500, cost: 0)])).holdingReturn.status == .undefined)
        #expect(analyze(.of([.of("A", 500)])).totalCost == nil)
    }

    @Test("The day's return is over the amounts of the day before")
    func dayReturn() {
        let report = analyze(.of([.of("A", 110, dayPl: 10), .of("B", 90, dayPl: -10)]))
        #expect(report.dayReturn.value == 0)
        #expect(report.holdings[0].dayReturn.value == 0.1)
        #expect(report.holdings[1].dayReturn.value == -0.1)
        #expect(analyze(.of([.of("A", 110)])).dayReturn.reason == "day_pl_missing")
    }

    @Test("Contributions of random portfolios add up, and so do months, years and Brinson's effects")
    func sums() throws {
        for seed in 0..<TestLength.count(5, long: 240) {
            var generator = SeriesGenerator(seed: UInt64(100 + seed))
            let random = SeriesRandom.wellFormed(&generator, holdings: 1 + seed % 7, days: 300)
            let report = random.reports().performance
            let profit = report.holdings.reduce(0) { $0 + ($1.contribution.value ?? .nan) }
            #expect(abs(profit - (report.holdingReturn.value ?? .nan)) < 1e-9)
            let cumulative = try #require(report.series.cumulativeReturn.value)
            let parts = report.holdings.reduce(0) { $0 + ($1.periodContribution.value ?? .nan) }
            #expect(abs(parts - cumulative) < 1e-9)
            for rows in [report.series.months, report.series.years] {
                let growth = rows.reduce(1) { $0 * (1 + ($1.value.value ?? .nan)) }
                #expect(abs(growth - 1 - cumulative) < 1e-9)
            }
            #expect(report.series.months.first?.isComplete == false)
            #expect(report.series.months.dropFirst().first?.isComplete == true)
            let excess = try #require(report.attribution.totalExcess.value)
            let targets = zip(random.portfolio.holdings, report.holdings).reduce(0) { sum, pair in
                sum + (pair.0.targetWeight?.double ?? .nan) * (pair.1.periodReturn.value ?? .nan)
            }
            #expect(abs(excess - (cumulative - targets)) < 1e-9)
        }
    }

    @Test("Below a year the cumulative return is all there is")
    func belowOneYear() {
        var generator = SeriesGenerator(seed: 7)
        let report = SeriesRandom.wellFormed(&generator, holdings: 3, days: 240).reports().performance
        #expect(report.series.cumulativeReturn.status == .ok)
        #expect(report.series.bestPeriod.status == .ok)
        for figure in [
            report.series.annualisedReturn, report.series.compoundGrowthRate, report.series.meanReturn,
            report.series.sharpe, report.series.sortino, report.series.calmar, report.benchmark.informationRatio,
            report.benchmark.upCapture,
        ] {
            #expect(figure.reason == "below_one_year")
        }
    }

    @Test("Sharpe waits for 252 returns even where a year has passed")
    func ratios() {
        var generator = SeriesGenerator(seed: 8)
        var random = SeriesRandom.wellFormed(&generator, holdings: 2, days: 262)
        guard var history = random.navHistory else { return }
        history.dates.removeSubrange(50..<62)
        history.navs = history.navs.mapValues { Array($0.dropLast(12)) }
        random.navHistory = history
        let report = random.reports().performance
        #expect(report.series.annualisedReturn.status == .ok)
        #expect(report.series.sharpe.reason == "history_too_short")
    }

    @Test("An internal rate needs a change of sign and one root")
    func internalRate() {
        func rate(_ flows: [(Double, Double)]) -> InternalRateOfReturn {
            InternalRateOfReturn(flows.map { (years: $0.0, amount: $0.1) })
        }
        guard case .rate(let simple) = rate([(0, -100), (2, 121)]) else {
            Issue.record("no rate")
            return
        }
        #expect(abs(simple - 0.1) < 1e-12)
        guard case .rate(let loss) = rate([(0, -100), (1, 1)]) else {
            Issue.record("no rate")
            return
        }
        #expect(abs(loss + 0.99) < 1e-12)
        #expect(rate([(0, -100), (1, -10)]) == .noSignChange)
        #expect(rate([]) == .noSignChange)
        // -100 + 230 v - 132 v^2 has the roots 10 % and 20 %.
        #expect(rate([(0, -100), (1, 230), (2, -132)]) == .severalRoots)
        // Two roots inside one cell of the grid: 10 % and 10.2 %.
        #expect(rate([(0, -100), (1, 220.2), (2, -121.22)]) == .severalRoots)
        #expect(rate([(0, -100), (1, 150), (2, -132)]) == .noRoot)
    }

    private func flow(_ date: String, _ amount: Decimal) -> CashFlow { CashFlow(date: date, amount: amount) }

    @Test("The value at the end is added where the flows lack it, and not added twice")
    func endValue() throws {
        let portfolio = Portfolio.of([.of("A", 1_210)], asOf: "2023-01-01")
        let without = analyze(portfolio, flows: [flow("2021-01-01", -1_000)]).moneyWeighted
        let with = analyze(
            portfolio, flows: [flow("2023-01-01", 1_210), flow("2021-01-01", -1_000)]
        ).moneyWeighted
        #expect(abs((without.xirr.value ?? 0) - 0.1) < 1e-12)
        #expect(without == with)
        #expect(abs((without.modifiedDietz.value ?? 0) - 0.21) < 1e-12)
        #expect(without.timeWeightedReturn.reason == "nav_history_missing")
        let undated = analyze(.of([.of("A", 1_210)]), flows: [flow("2021-01-01", -1_000)]).moneyWeighted
        #expect(undated.xirr.reason == "end_date_missing")
        let wrong = analyze(portfolio, flows: [flow("01.02.2021", -1_000)]).moneyWeighted
        #expect(wrong.xirr.reason == "flows_not_dated")
    }

    @Test("A rate per year is not made of less than a year of flows")
    func shortFlows() {
        let portfolio = Portfolio.of([.of("A", 1_100)], asOf: "2021-06-01")
        let result = analyze(portfolio, flows: [flow("2021-01-01", -1_000)]).moneyWeighted
        #expect(result.xirr.reason == "below_one_year")
        #expect(abs((result.modifiedDietz.value ?? 0) - 0.1) < 1e-12)
    }

    @Test("Flows without a change of sign have no rate")
    func noSignChange() {
        let portfolio = Portfolio.of([.of("A", 1_100)], asOf: "2023-01-01")
        let result = analyze(portfolio, flows: [flow("2021-01-01", 1_000)]).moneyWeighted
        #expect(result.xirr.status == .undefined)
        #expect(result.xirr.reason == "no_sign_change")
    }

    @Test("The time-weighted return asks for the history of units where the purchases do not explain the payments")
    func unitHistory() throws {
        let fixtures = try SeriesFixtures()
        var flows = fixtures.flows
        flows[2].amount -= 5_000
        let report = PerformanceAnalysis.analyze(
            portfolio: fixtures.portfolio, navHistory: fixtures.navHistory, benchmark: nil, flows: flows)
        #expect(report.moneyWeighted.timeWeightedReturn.reason == "unit_history_missing")
        #expect(report.moneyWeighted.timeWeightedReturn.needs == ["units_by_date"])
        #expect(report.moneyWeighted.xirr.status == .ok)
        #expect(report.moneyWeighted.timingEffect.reason == "unit_history_missing")
    }

    @Test("Attribution asks for targets")
    func attribution() throws {
        var generator = SeriesGenerator(seed: 9)
        var random = SeriesRandom.wellFormed(&generator, holdings: 3, days: 300)
        for index in 0..<3 { random.portfolio.holdings[index].targetWeight = nil }
        #expect(random.reports().performance.attribution.totalExcess.reason == "targets_missing")
        random.portfolio.holdings[0].targetWeight = Decimal(string: "0.5")
        #expect(random.reports().performance.attribution.totalExcess.reason == "targets_do_not_sum_to_one")
    }
}
