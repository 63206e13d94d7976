import Events
import Foundation
import Testing

@testable import FundAnalysis

/// Every number of `reference.json` against ours, found by walking the file, so that none is silently left out.
@Suite("Reference figures")
struct SeriesReferenceTests {
    let fixtures: SeriesFixtures
    let risk: RiskReport
    let performance: PerformanceReport

    init() throws {
        fixtures = try SeriesFixtures()
        let parameters = SeriesFixtures.parameters
        risk = RiskAnalysis.analyze(
            portfolio: fixtures.portfolio, navHistory: fixtures.navHistory, benchmark: fixtures.benchmark,
            parameters: parameters)
        performance = PerformanceAnalysis.analyze(
            portfolio: fixtures.portfolio, navHistory: fixtures.navHistory, benchmark: fixtures.benchmark,
            flows: fixtures.flows, parameters: parameters)
    }

    /// Parts of the file that say what other packages give, or how.
    private static let notFigures: Set<String> = ["by", "agree", "disagree", "note", "inputs"]

    /// Numbers that are no figures of ours, and why.
    private static let others: [String: String] = [
        "rebalance.one_optimal_solution": "one of many equal solutions; its count and turnover are checked instead",
        "pypfopt_discrete_allocation": "whole units of exchange-traded lots; funds are bought by amount",
        "rebalance.band": "an input",
        "money_weighted.days": "checked through the dates of the figure",
    ]

    /// Every leaf of the file that is a number or a text, by its path.
    private func leaves(_ value: JSONValue, _ path: String = "") -> [String: JSONValue] {
        guard case .object(let members) = value else { return [path: value] }
        var found: [String: JSONValue] = [:]
        for (key, member) in members where !Self.notFigures.contains(key) {
            found.merge(leaves(member, path.isEmpty ? key : "\(path).\(key)")) { _, new in new }
        }
        return found
    }

    @Test("Every canonical figure equals the reference within 1e-9, XIRR within 1e-7")
    func everyFigure() throws {
        var ours = holdingsFigures().merging(seriesFigures()) { _, new in new }
        ours.merge(crossSectionFigures()) { _, new in new }
        ours.merge(performanceFigures()) { _, new in new }
        var worst = (path: "", error: 0.0)
        var checked = 0
        var canonical = 0
        for (path, expected) in leaves(fixtures.reference).sorted(by: { $0.key < $1.key }) {
            if Self.others.keys.contains(where: { path == $0 || path.hasPrefix($0 + ".") }) { continue }
            let name = path.hasSuffix(".canonical") ? String(path.dropLast(10)) : path
            if path.hasSuffix(".canonical") { canonical += 1 }
            if let text = expected.string {
                #expect(texts[name] == text, "\(path)")
                continue
            }
            guard let number = expected.double else { continue }
            guard let value = ours[name] ?? nil else {
                Issue.record("\(path) is not computed")
                continue
            }
            // A true zero has no relative error; it has to be zero within the rounding of the sums.
            let error = number == 0 ? (abs(value) < 1e-13 ? 0 : 1) : abs(value - number) / abs(number)
            if name.hasSuffix("_WRONG") {
                #expect(error > 0.1, "the common mistake must not be made")
                continue
            }
            #expect(error <= (name.hasSuffix("xirr") ? 1e-7 : 1e-9), "\(path): \(value) is not \(number)")
            if error > worst.error { worst = (path, error) }
            checked += 1
        }
        print("reference: \(checked) figures, \(canonical) canonical")
        print("reference: worst relative error \(worst.error) (\(worst.path))")
        #expect(canonical == 38)
        #expect(checked == 178)
    }

    private func byCode(_ path: String, _ make: (Int) -> Double?) -> [String: Double?] {
        Dictionary(
            uniqueKeysWithValues: fixtures.portfolio.holdings.indices.map { index in
                ("\(path).\(fixtures.portfolio.holdings[index].code ?? "")", make(index))
            })
    }

    private func holdingsFigures() -> [String: Double?] {
        var ours: [String: Double?] = [
            "holdings_only.total_amount": risk.totalAmount?.double,
            "holdings_only.total_cost": performance.totalCost?.double,
            "holdings_only.hhi": risk.concentration.hhi.value,
            "holdings_only.effective_number": risk.concentration.effectiveNumber.value,
            "holdings_only.effective_number_entropy": risk.concentration.effectiveNumberEntropy.value,
            "holdings_only.top1": risk.concentration.top1.value,
            "holdings_only.top5": risk.concentration.top5.value,
            "holdings_only.holding_pl": performance.totalPl?.double,
            "holdings_only.holding_return_cost_weighted": performance.holdingReturn.value,
            "holdings_only.holding_return_value_weighted_WRONG": performance.holdingReturn.value,
            "holdings_only.day_pl": performance.dayPl?.double,
            "holdings_only.day_return": performance.dayReturn.value,
            "rebalance.turnover_one_way": risk.drift.turnoverToTarget.value,
            "rebalance.n_trades_full": Double(risk.drift.rows.count { $0.tradeToTarget != 0 }),
        ]
        for share in risk.byAssetClass { ours["holdings_only.by_asset_class.\(share.name)"] = share.weight.value }
        for share in risk.byRegion { ours["holdings_only.by_region.\(share.name)"] = share.weight.value }
        ours.merge(byCode("holdings_only.weights") { risk.holdings[$0].weight.value }) { _, new in new }
        ours.merge(byCode("cross_section.weights") { risk.holdings[$0].weight.value }) { _, new in new }
        ours.merge(byCode("holdings_only.per_holding_return") { performance.holdings[$0].holdingReturn.value }) { $1 }
        ours.merge(byCode("holdings_only.pl_contribution_pp") { performance.holdings[$0].contribution.value }) { $1 }
        ours.merge(byCode("rebalance.drift") { risk.drift.rows[$0].drift.value }) { $1 }
        ours.merge(
            byCode("rebalance.trades_to_target") { index in
                risk.drift.rows[index].drift.value.map { -$0 * (risk.totalAmount?.double ?? .nan) }
            }
        ) { $1 }
        let targets = fixtures.portfolio.holdings.map { $0.targetWeight?.double ?? 0 }
        let plan = Rebalancing(
            weights: risk.holdings.compactMap(\.weight.value), targets: targets,
            bands: targets.map { SeriesFixtures.parameters.band(target: $0) })
        ours["rebalance.min_trades_within_band"] = Double(plan.count)
        ours["rebalance.min_turnover_given_min_trades"] = plan.turnover
        return ours
    }

    private func seriesFigures() -> [String: Double?] {
        let series = PortfolioSeries(
            fixtures.portfolio, Valuation(fixtures.portfolio, SeriesFixtures.parameters), fixtures.navHistory,
            SeriesFixtures.parameters)
        return [
            "rf_per_period": series.riskFreePerPeriod,
            "portfolio.observations": performance.series.cumulativeReturn.n.map(Double.init),
            "portfolio.cumulative_return": performance.series.cumulativeReturn.value,
            "portfolio.annualised_return": performance.series.annualisedReturn.value,
            "portfolio.cagr_calendar": performance.series.compoundGrowthRate.value,
            "portfolio.mean_arithmetic_annual": performance.series.meanReturn.value,
            "portfolio.volatility": risk.series.volatility.value,
            "portfolio.downside_deviation_rf": risk.series.downsideDeviation.value,
            "portfolio.downside_deviation_0": risk.series.downsideDeviationZero.value,
            "portfolio.semi_deviation_mean": risk.series.semiDeviation.value,
            "portfolio.sharpe": performance.series.sharpe.value,
            "portfolio.sortino": performance.series.sortino.value,
            "portfolio.max_drawdown": risk.series.maxDrawdown.value,
            "portfolio.current_drawdown": risk.series.currentDrawdown.value,
            "portfolio.calmar": performance.series.calmar.value,
            "portfolio.ulcer_index": risk.series.ulcerIndex.value,
            "portfolio.var_hist": risk.series.valueAtRiskHistorical.value,
            "portfolio.cvar_hist": risk.series.conditionalValueAtRiskHistorical.value,
            "portfolio.var_parametric": risk.series.valueAtRiskParametric.value,
            "portfolio.cvar_parametric": risk.series.conditionalValueAtRiskParametric.value,
            "portfolio.skew_excess_kurtosis.skew_fisher_pearson_adjusted": risk.series.skewness.value,
            "portfolio.skew_excess_kurtosis.excess_kurtosis_adjusted": risk.series.excessKurtosis.value,
            "portfolio.best_day": performance.series.bestPeriod.value,
            "portfolio.worst_day": performance.series.worstPeriod.value,
            "portfolio.positive_share": performance.series.positiveShare.value,
        ]
    }

    private func crossSectionFigures() -> [String: Double?] {
        let codes = Dictionary(
            uniqueKeysWithValues: fixtures.portfolio.holdings.map { ($0.name, $0.code ?? "") })
        var ours: [String: Double?] = [
            "cross_section.ex_ante_volatility": risk.crossSection.exAnteVolatility.value,
            "cross_section.diversification_ratio": risk.crossSection.diversificationRatio.value,
            "cross_section.average_pairwise_correlation": risk.crossSection.averagePairwiseCorrelation.value,
        ]
        for pair in risk.crossSection.correlations {
            let first = codes[pair.first] ?? ""
            let second = codes[pair.second] ?? ""
            ours["cross_section.correlation.\(first).\(second)"] = pair.correlation.value
            ours["cross_section.correlation.\(second).\(first)"] = pair.correlation.value
        }
        // A holding against itself is not published; the file has it.
        for code in codes.values { ours["cross_section.correlation.\(code).\(code)"] = 1 }
        ours.merge(byCode("cross_section.volatility_each") { risk.holdings[$0].volatility.value }) { $1 }
        ours.merge(byCode("cross_section.risk_contribution_share") { risk.holdings[$0].riskContribution.value }) { $1 }
        return ours
    }

    private func performanceFigures() -> [String: Double?] {
        var ours: [String: Double?] = [
            "contribution.sum": performance.holdings.reduce(0) { $0 + ($1.periodContribution.value ?? .nan) },
            "benchmark.beta": risk.benchmark.beta.value,
            "benchmark.alpha_annual_arithmetic": risk.benchmark.alpha.value,
            "benchmark.alpha_annual_geometric": risk.benchmark.alphaGeometric.value,
            "benchmark.alpha_rf0_arithmetic": risk.benchmark.alphaZeroRate.value,
            "benchmark.tracking_error": risk.benchmark.trackingError.value,
            "benchmark.information_ratio": performance.benchmark.informationRatio.value,
            "benchmark.correlation": risk.benchmark.correlation.value,
            "benchmark.r_squared": risk.benchmark.rSquared.value,
            "benchmark.benchmark_cumulative_return": performance.benchmark.benchmarkReturn.value,
            "benchmark.benchmark_volatility": risk.benchmark.benchmarkVolatility.value,
            "benchmark.benchmark_max_drawdown": risk.benchmark.benchmarkMaxDrawdown.value,
            "benchmark.up_capture": performance.benchmark.upCapture.value,
            "benchmark.down_capture": performance.benchmark.downCapture.value,
            "benchmark.batting_average": performance.benchmark.battingAverage.value,
            "money_weighted.xirr": performance.moneyWeighted.xirr.value,
            "money_weighted.modified_dietz_period": performance.moneyWeighted.modifiedDietz.value,
            "money_weighted.twr_period": performance.moneyWeighted.timeWeightedReturn.value,
            "money_weighted.twr_annual_act365": performance.moneyWeighted.timeWeightedReturnAnnual.value,
            "brinson_riskfolio.Asset Allocation.Total": performance.attribution.totalAllocation.value,
            "brinson_riskfolio.Security Selection.Total": performance.attribution.totalSelection.value,
            "brinson_riskfolio.Interaction.Total": performance.attribution.totalInteraction.value,
            "brinson_riskfolio.Total Excess Return.Total": performance.attribution.totalExcess.value,
        ]
        for row in performance.attribution.rows {
            let effects = [row.allocation.value, row.selection.value, row.interaction.value]
            ours["brinson_riskfolio.Asset Allocation.\(row.assetClass)"] = effects[0]
            ours["brinson_riskfolio.Security Selection.\(row.assetClass)"] = effects[1]
            ours["brinson_riskfolio.Interaction.\(row.assetClass)"] = effects[2]
            ours["brinson_riskfolio.Total Excess Return.\(row.assetClass)"] = effects.reduce(0) { $0 + ($1 ?? .nan) }
        }
        ours.merge(byCode("contribution.per_holding_pp") { performance.holdings[$0].periodContribution.value }) { $1 }
        return ours
    }

    private var texts: [String: String?] {
        [
            "portfolio.first": performance.series.cumulativeReturn.from,
            "portfolio.last": performance.series.cumulativeReturn.to,
            "portfolio.basis": performance.series.cumulativeReturn.basis,
            "portfolio.max_drawdown_dates.peak": risk.series.maxDrawdown.from,
            "portfolio.max_drawdown_dates.trough": risk.series.maxDrawdown.to,
            "portfolio.max_drawdown_dates.recovered": risk.series.maxDrawdownRecovered,
            "benchmark.name": risk.benchmark.name,
        ]
    }

    @Test("The flows' dates are those of the reference")
    func flowDates() {
        let figure = performance.moneyWeighted.xirr
        #expect(figure.from == "2022-01-11")
        #expect(figure.to == "2025-12-31")
        #expect(figure.n == 6)
    }

    @Test("The reference's own rebalancing solution needs as many trades and as much money as ours")
    func referenceSolution() throws {
        let targets = fixtures.portfolio.holdings.map { $0.targetWeight?.double ?? 0 }
        let weights = risk.holdings.compactMap(\.weight.value)
        let plan = Rebalancing(weights: weights, targets: targets, bands: targets.map { _ in 0.02 })
        let solution = fixtures.portfolio.holdings.map { holding in
            fixtures.reference["rebalance"]?["one_optimal_solution"]?[holding.code ?? ""]?.double ?? .nan
        }
        #expect(solution.count { $0 != 0 } == plan.count)
        let bought = solution.reduce(0) { $0 + max($1, 0) } / (risk.totalAmount?.double ?? .nan)
        #expect(abs(bought - plan.turnover) < 1e-7)
    }
}
