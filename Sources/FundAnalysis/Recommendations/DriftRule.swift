import Foundation

/// The 5/25 rule: a weight that is off its target by more than five points, or a quarter of the target.
///
/// Of all ways back into the bands the one with the fewest trades is the option; new money is used before anything is
/// sold for it.
enum DriftRule: RecommendationRule {
    static let key = "drift"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let drift = context.risk.drift
        guard let largest = drift.largest.usable, let weights = context.weights,
            let targets = Targets(context.portfolio, context.parameters).values
        else { return .notComputable(needs: drift.largest.needs ?? ["target_weights"]) }
        let off = drift.rows.filter(\.exceeds)
        guard !off.isEmpty else { return .passed }
        guard let worst = off.max(by: { abs($0.drift.value ?? 0) < abs($1.drift.value ?? 0) }),
            context.isWorthTrading(worst.tradeToTarget.magnitude), let option = option(context, weights, targets)
        else { return .passed }
        let points = TitleNumber.oneDecimal((worst.drift.value ?? 0).magnitude * 100)
        let isOver = (worst.drift.value ?? 0) > 0
        return .raised([
            recommendation(
                severity: largest > 2 * context.parameters.driftAbsolute ? 3 : 2,
                LocalizedText(
                    zh: "「\(worst.name)」比目标\(isOver ? "高" : "低")了\(points)个百分点，可以考虑做\(option.trades.count)笔调整",
                    en: """
                        \(worst.name) is \(points) points \(isOver ? "above" : "below") its target; one option \
                        takes \(option.trades.count == 1 ? "one trade" : "\(option.trades.count) trades")
                        """),
                subjects: off.map(\.name),
                evidence: off.sorted { abs($0.drift.value ?? 0) > abs($1.drift.value ?? 0) }.prefix(5).map {
                    .init(name: "drift", subject: $0.name, figure: $0.drift, threshold: $0.limit)
                },
                option: option)
        ])
    }

    /// The fewest trades, as money.
    private static func option(_ context: RuleContext, _ weights: [Double], _ targets: [Double]) -> RuleContext.Option?
    {
        let parameters = context.parameters
        let newMoney = max(0, Decimal.money(parameters.newMoney) ?? 0)
        let total = context.valuation.total + newMoney
        let scale = context.valuation.total.double / total.double
        let plan = Rebalancing(
            weights: weights.map { $0 * scale }, targets: targets,
            bands: targets.map { parameters.band(target: $0) }, cash: newMoney.double / total.double,
            smallest: parameters.minimumTradeAmount / total.double)
        let amounts = plan.amounts(total: total, newMoney: newMoney)
        let trades = Dictionary(uniqueKeysWithValues: zip(amounts.indices, amounts))
        return context.option(trades, newMoney: newMoney)
    }
}
