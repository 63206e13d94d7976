import Foundation

/// The figures of `analyze_risk`: pure, so that the same input gives the same report.
///
/// Nothing is read from outside, no clock and no file.
public enum RiskAnalysis {
    /// Computes every figure that the data allow; the others say what they need.
    public static func analyze(
        portfolio: Portfolio, navHistory: NavHistory?, benchmark: BenchmarkSeries?,
        parameters: AnalysisParameters = AnalysisParameters()
    ) -> RiskReport {
        let valuation = Valuation(portfolio, parameters)
        let series = PortfolioSeries(portfolio, valuation, navHistory, parameters)
        let section = CrossSectionMoments(series)
        let warnings =
            NavQuality.warnings(portfolio, navHistory, series, valuation, parameters)
            + NavQuality.warnings(benchmark, parameters)
        return RiskReport(
            asOf: portfolio.asOf,
            currency: valuation.currency,
            totalAmount: valuation.currency == nil ? nil : valuation.total,
            holdings: rows(portfolio, valuation, series, section, parameters),
            byAssetClass: valuation.shares(of: portfolio) { $0.assetClass.value },
            byRegion: valuation.shares(of: portfolio) { $0.region.value },
            byCurrency: valuation.shares(of: portfolio, isByCurrency: true) { $0.currency },
            byCompany: valuation.shares(of: portfolio) { FundCompany.of($0.name) },
            byRiskLevel: valuation.shares(of: portfolio, order: ["R1", "R2", "R3", "R4", "R5"]) { $0.riskLevel.value },
            concentration: concentration(portfolio, valuation),
            equityShare: valuation.figure(Figure.Unit.fraction) { _ in
                valuation.weight(
                    of: portfolio.holdings.indices.filter {
                        parameters.equityClasses.contains(portfolio.holdings[$0].assetClass.value)
                    }) ?? .nan
            },
            mismatchShare: mismatchShare(portfolio, valuation, parameters),
            scenario: scenario(portfolio, valuation, parameters),
            drift: drift(portfolio, valuation, parameters),
            series: seriesRisk(series),
            crossSection: crossSection(portfolio, series, section),
            benchmark: benchmarkRisk(series, benchmark),
            warnings: warnings)
    }

    private static func rows(
        _ portfolio: Portfolio, _ valuation: Valuation, _ series: PortfolioSeries, _ section: CrossSectionMoments,
        _ parameters: AnalysisParameters
    ) -> [RiskReport.HoldingRow] {
        portfolio.holdings.indices.map { index in
            let holding = portfolio.holdings[index]
            let shock = parameters.shock(of: holding.assetClass.value)
            let fund = FundFigures(index, holding, series)
            return RiskReport.HoldingRow(
                name: holding.name, code: holding.code, amount: valuation.amounts[index],
                assetClass: holding.assetClass.value, region: holding.region.value,
                riskLevel: holding.riskLevel.value, assetClassSource: holding.assetClass.source,
                weight: valuation.weight(index),
                scenarioLoss: .value(
                    valuation.amounts[index].double * shock, valuation.currency ?? holding.currency,
                    basis: "scenario"),
                volatility: fund.volatility, volatilityPerPeriod: fund.volatilityPerPeriod,
                maxDrawdown: fund.maxDrawdown, currentDrawdown: fund.currentDrawdown,
                riskContribution: section.riskContribution(of: index, series))
        }
    }

    private static func concentration(_ portfolio: Portfolio, _ valuation: Valuation) -> RiskReport.Concentration {
        func squares(_ weights: [Double]) -> Double { weights.reduce(0) { $0 + $1 * $1 } }
        func entropy(_ weights: [Double]) -> Double { -weights.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 } }
        let largest = valuation.weights.flatMap { weights in weights.indices.max { weights[$0] < weights[$1] } }
        return RiskReport.Concentration(
            hhi: valuation.figure(Figure.Unit.index, squares),
            effectiveNumber: valuation.figure(Figure.Unit.count) { 1 / squares($0) },
            effectiveNumberEntropy: valuation.figure(Figure.Unit.count) { exp(entropy($0)) },
            top1: valuation.figure(Figure.Unit.fraction) { $0.max() ?? .nan },
            top1Name: largest.map { portfolio.holdings[$0].name },
            top5: valuation.figure(Figure.Unit.fraction) { $0.sorted(by: >).prefix(5).reduce(0, +) })
    }

    private static func scenario(
        _ portfolio: Portfolio, _ valuation: Valuation, _ parameters: AnalysisParameters
    ) -> RiskReport.Scenario {
        let classes = valuation.shares(of: portfolio) { $0.assetClass.value }
        let shocks = classes.map { share in
            let shock = parameters.shock(of: share.name)
            // A shock is a finite parameter, so the product has a decimal form.
            let loss = Decimal(exactlyPrinted: shock).map { ($0 * share.amount).money } ?? 0
            return RiskReport.Shock(assetClass: share.name, shock: shock, amount: share.amount, loss: loss)
        }
        func loss(_ scale: Double) -> ([Double]) -> Double {
            { weights in
                zip(portfolio.holdings, weights).reduce(0) { sum, pair in
                    sum + pair.1 * parameters.shock(of: pair.0.assetClass.value)
                } * scale
            }
        }
        var money = valuation.figure(valuation.moneyUnit, loss(valuation.total.double))
        var share = valuation.figure(Figure.Unit.fraction, loss(1))
        money.basis = "scenario"
        share.basis = "scenario"
        return RiskReport.Scenario(
            label: LocalizedText(
                zh: "情景测算：各类资产按设定幅度同时下跌，不是预测",
                en: "Scenario: every asset class falls by a set amount at once; not a forecast"),
            loss: money, lossShare: share,
            shocks: valuation.currency == nil
                ? [] : shocks.sorted { ($0.loss, $0.assetClass) < ($1.loss, $1.assetClass) })
    }

    /// The share of money in products above the investor's class: C_k may take R1 to R_k.
    private static func mismatchShare(
        _ portfolio: Portfolio, _ valuation: Valuation, _ parameters: AnalysisParameters
    ) -> Figure {
        guard let highest = SuitabilityClass(portfolio.investorProfile)?.highestRiskLevel else {
            return Figure(
                value: nil, unit: Figure.Unit.fraction, status: .needsProfile, basis: "holdings",
                reason: Figure.Reason.profileMissing, needs: ["investor_profile"])
        }
        guard let weights = valuation.weights else { return valuation.missing(Figure.Unit.fraction) }
        let levels = portfolio.holdings.map { SuitabilityClass.riskLevel($0.riskLevel.value) }
        let known = valuation.weight(of: levels.indices.filter { levels[$0] != nil }) ?? 0
        guard known >= parameters.minimumCoverage else {
            return .missing(
                Figure.Unit.fraction, Figure.Reason.riskLevelUnknown, needs: ["risk_level"], basis: "holdings",
                coverage: known)
        }
        let above = valuation.weight(of: levels.indices.filter { (levels[$0] ?? 0) > highest })
        return .value(above ?? .nan, Figure.Unit.fraction, n: weights.count, coverage: known)
    }
}

extension AnalysisParameters {
    /// The shock of a class; a class without its own takes that of the unknown.
    func shock(of assetClass: String) -> Double {
        shocks[assetClass] ?? shocks["unknown"] ?? referenceShock
    }
}
