import Foundation

extension RiskAnalysis {
    /// A drift of exactly the limit is not above it, whatever the last bits say.
    private static let roundingTolerance = 1e-9

    /// Every weight against its target, by the 5/25 rule.
    static func drift(
        _ portfolio: Portfolio, _ valuation: Valuation, _ parameters: AnalysisParameters
    ) -> RiskReport.Drift {
        let unit = Figure.Unit.fraction
        guard let weights = valuation.weights else {
            return RiskReport.Drift(
                largest: valuation.missing(unit), turnoverToTarget: valuation.missing(unit), rows: [])
        }
        let targets: [Double]
        switch Targets(portfolio, parameters) {
        case .usable(let values): targets = values
        case .unusable(let reason):
            let missing = Figure.missing(unit, reason, needs: ["target_weights"], basis: "holdings")
            return RiskReport.Drift(largest: missing, turnoverToTarget: missing, rows: [])
        }
        let total = valuation.total.double
        let rows = portfolio.holdings.indices.map { index in
            let drift = weights[index] - targets[index]
            let limit = parameters.driftLimit(target: targets[index])
            return RiskReport.DriftRow(
                name: portfolio.holdings[index].name, code: portfolio.holdings[index].code,
                weight: valuation.weight(index), target: .value(targets[index], unit, basis: "target"),
                drift: .value(drift, unit, basis: "holdings_and_targets"), limit: limit,
                exceeds: abs(drift) > limit + roundingTolerance, tradeToTarget: Decimal.money(-drift * total) ?? 0)
        }
        let drifts = zip(weights, targets).map { $0 - $1 }
        let largest = drifts.max { abs($0) < abs($1) } ?? .nan
        return RiskReport.Drift(
            largest: .value(abs(largest), unit, basis: "holdings_and_targets", n: rows.count),
            turnoverToTarget: .value(
                drifts.reduce(0) { $0 + abs($1) } / 2, unit, basis: "holdings_and_targets", n: rows.count),
            rows: rows)
    }
}

/// The owner's target weights, where they say what to do with the whole portfolio.
enum Targets: Sendable {
    /// Sum to 1, one a holding.
    case usable([Double])
    case unusable(reason: String)

    /// Where the given targets sum to 1, a holding without one has the target 0.
    init(_ portfolio: Portfolio, _ parameters: AnalysisParameters) {
        let given = portfolio.holdings.compactMap(\.targetWeight)
        guard !given.isEmpty else {
            self = .unusable(reason: Figure.Reason.targetsMissing)
            return
        }
        let targets = portfolio.holdings.map { $0.targetWeight?.double ?? 0 }
        let sum = targets.reduce(0, +)
        guard abs(sum - 1) <= parameters.targetSumTolerance, targets.allSatisfy({ $0 >= 0 }) else {
            self = .unusable(reason: Figure.Reason.targetsSum)
            return
        }
        self = .usable(targets.map { $0 / sum })
    }

    var values: [Double]? {
        if case .usable(let values) = self { values } else { nil }
    }
}

extension AnalysisParameters {
    /// The 5/25 rule's limit for a target.
    func driftLimit(target: Double) -> Double { min(driftAbsolute, driftRelative * target) }

    /// How far from its target rebalancing may leave a weight: never further than where the rule would act again.
    func band(target: Double) -> Double { min(rebalanceBand, driftLimit(target: target)) }
}
