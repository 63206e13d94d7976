/// How far the portfolio is, or once was, below its peak: never a reason to buy.
enum DrawdownRule: RecommendationRule {
    static let key = "drawdown"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let series = context.risk.series
        guard let current = series.currentDrawdown.usable, let deepest = series.maxDrawdown.usable else {
            return .notComputable(needs: series.maxDrawdown.needs ?? ["nav_history"])
        }
        let parameters = context.parameters
        let isDeepNow = current <= parameters.drawdownAttention
        // Today's fall counts in full, a past one a step less.
        let severity =
            current <= parameters.drawdownHigh
            ? 3 : isDeepNow || deepest <= parameters.drawdownHigh ? 2 : deepest <= parameters.drawdownAttention ? 1 : 0
        guard severity > 0 else { return .passed }
        let now = TitleNumber.percent(-current)
        let worst = TitleNumber.percent(-deepest)
        let title =
            isDeepNow
            ? LocalizedText(zh: "按现在的持仓回看，离之前的高点还差\(now)", en: "At present units it is \(now) below its peak")
            : LocalizedText(
                zh: "按现在的持仓回看，历史上最多跌过\(worst)，可以想想能不能接受",
                en: "At present units it once fell by \(worst); worth asking whether that would be bearable")
        return .raised([
            recommendation(
                severity: severity, title,
                evidence: [
                    .init(
                        name: "current_drawdown", subject: nil, figure: series.currentDrawdown,
                        threshold: current <= parameters.drawdownHigh
                            ? parameters.drawdownHigh : parameters.drawdownAttention),
                    .init(
                        name: "max_drawdown", subject: nil, figure: series.maxDrawdown,
                        threshold: deepest <= parameters.drawdownHigh
                            ? parameters.drawdownHigh : parameters.drawdownAttention),
                    .init(
                        name: "max_drawdown_amount", subject: nil, figure: series.maxDrawdownAmount, threshold: nil),
                ],
                caveats: [
                    LocalizedText(zh: "跌得多不是加仓的理由", en: "A fall is no reason to buy more"), Caveats.past,
                ])
        ])
    }
}

/// A holding that brings much more of the risk than of the money.
enum RiskDriverRule: RecommendationRule {
    static let key = "risk_driver"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let rows = context.risk.holdings
        guard rows.contains(where: { $0.riskContribution.usable != nil }) else {
            return .notComputable(needs: rows.first?.riskContribution.needs ?? ["nav_history"])
        }
        let parameters = context.parameters
        let drivers = rows.filter { row in
            guard let part = row.riskContribution.usable, let weight = row.weight.usable else { return false }
            return part > parameters.riskDriverShare && part > parameters.riskDriverMultiple * weight
        }
        let found = drivers.sorted { ($0.riskContribution.value ?? 0) > ($1.riskContribution.value ?? 0) }.map { row in
            let part = TitleNumber.percent(row.riskContribution.value ?? 0)
            let weight = TitleNumber.percent(row.weight.value ?? 0)
            return recommendation(
                row.code ?? row.name, severity: 2,
                LocalizedText(
                    zh: "组合的波动有\(part)来自「\(row.name)」，它只占\(weight)的钱",
                    en: "\(part) of the movement comes from \(row.name), which is \(weight) of the money"),
                subjects: [row.name],
                evidence: [
                    .init(
                        name: "risk_contribution", subject: row.name, figure: row.riskContribution,
                        threshold: parameters.riskDriverShare),
                    .init(name: "weight", subject: row.name, figure: row.weight, threshold: nil),
                ],
                caveats: [Caveats.past])
        }
        return .of(found)
    }
}

/// Two large holdings that move as one.
enum OverlapRule: RecommendationRule {
    static let key = "overlap"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let pairs = context.risk.crossSection.correlations
        guard pairs.contains(where: { $0.correlation.usable != nil }), let weights = context.weights else {
            // One holding has no pair; that is nothing missing.
            return context.portfolio.holdings.count < 2
                ? .passed : .notComputable(needs: pairs.first?.correlation.needs ?? ["nav_history"])
        }
        let parameters = context.parameters
        let byName = Dictionary(
            zip(context.portfolio.holdings.map(\.name), context.risk.holdings), uniquingKeysWith: { first, _ in first })
        let large = Set(
            zip(context.portfolio.holdings, weights).filter { $1 >= parameters.overlapWeight }.map(\.0.name))
        let found = pairs.filter { pair in
            (pair.correlation.usable ?? 0) > parameters.overlapCorrelation && large.contains(pair.first)
                && large.contains(pair.second)
        }
        return .of(
            found.sorted { ($0.correlation.value ?? 0) > ($1.correlation.value ?? 0) }.map { pair in
                let weights = [pair.first, pair.second].compactMap { name in
                    byName[name].map {
                        Recommendation.Evidence(
                            name: "weight", subject: name, figure: $0.weight, threshold: parameters.overlapWeight)
                    }
                }
                return recommendation(
                    "\(pair.first)+\(pair.second)", severity: 2,
                    LocalizedText(
                        zh: "「\(pair.first)」和「\(pair.second)」走势几乎一样，分散效果有限，可以考虑只留一只",
                        en: """
                            \(pair.first) and \(pair.second) move almost as one and spread little; keeping one of them \
                            is one option
                            """),
                    subjects: [pair.first, pair.second],
                    evidence: [
                        .init(
                            name: "correlation", subject: "\(pair.first)+\(pair.second)", figure: pair.correlation,
                            threshold: parameters.overlapCorrelation)
                    ] + weights,
                    caveats: [Caveats.past])
            })
    }
}

/// Return for risk, judged only with a full year of returns.
enum RiskAdjustedRule: RecommendationRule {
    static let key = "risk_adjusted"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let sharpe = context.performance.series.sharpe
        guard let value = sharpe.usable else { return .notComputable(needs: sharpe.needs ?? ["nav_history"]) }
        guard value < 0 else { return .passed }
        let rate = TitleNumber.percent(context.parameters.riskFreeRate)
        return .raised([
            recommendation(
                severity: 1,
                LocalizedText(
                    zh: "按现在的持仓回看，平均收益没有跑过每年\(rate)的无风险利率",
                    en: "At present units the mean return stayed below the risk-free \(rate) a year"),
                evidence: [
                    .init(name: "sharpe", subject: nil, figure: sharpe, threshold: 0),
                    .init(
                        name: "mean_return", subject: nil, figure: context.performance.series.meanReturn,
                        threshold: context.parameters.riskFreeRate),
                ],
                caveats: [Caveats.past])
        ])
    }
}
