import Foundation

/// Where the figures themselves are in doubt, confirming them comes before everything that is built on them.
enum ConfirmFiguresRule: RecommendationRule {
    static let key = "confirm_figures"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let portfolio = context.portfolio
        var reasons: [(severity: Int, zh: String, en: String, needs: String)] = []
        let doubtful = portfolio.holdings.filter { isDoubtful($0, context.parameters) }
        if portfolio.holdings.isEmpty {
            reasons.append((3, "还没有读到持仓", "no holdings could be read", "holdings"))
        } else if portfolio.holdings.allSatisfy({ $0.amount <= 0 }) {
            reasons.append((3, "没有读到金额", "no amounts could be read", "amounts"))
        } else if portfolio.holdings.count < 2 {
            reasons.append((1, "只有一只持仓，是不是全部", "there is one holding only; is that all of them", "holdings"))
        }
        if !doubtful.isEmpty {
            reasons.append(
                (
                    3, "有\(doubtful.count)只持仓的数字不够确定",
                    "holdings read with doubts: \(doubtful.count)",
                    "confirmation"
                ))
        }
        if portfolio.totalCheck == "mismatch" {
            reasons.append((3, "各项金额加起来和总额对不上", "the amounts do not add up to the stated total", "confirmation"))
        }
        if !portfolio.dropped.isEmpty {
            reasons.append(
                (
                    2, "有\(portfolio.dropped.count)行没有读出来", "rows that could not be read: \(portfolio.dropped.count)",
                    "holdings"
                ))
        }
        if context.weights == nil, !portfolio.holdings.isEmpty, context.valuation.currency == nil {
            reasons.append((2, "持仓有多种货币，需要汇率", "several currencies need exchange rates", "exchange_rates"))
        }
        guard let worst = reasons.map(\.severity).max() else { return .passed }
        let evidence = doubtful.prefix(5).map { holding in
            Recommendation.Evidence(
                name: "confidence", subject: holding.name,
                figure: .value(holding.confidence, Figure.Unit.fraction, basis: portfolio.source),
                threshold: context.parameters.minimumConfidence)
        }
        let needs = reasons.map(\.needs)
        return .raised([
            recommendation(
                severity: worst,
                LocalizedText(
                    zh: "可以先确认一下数字：" + reasons.map(\.zh).joined(separator: "；"),
                    en: "One option is to confirm the figures first: " + reasons.map(\.en).joined(separator: "; ")),
                subjects: doubtful.map(\.name), evidence: Array(evidence),
                needs: needs.indices.filter { needs.firstIndex(of: needs[$0]) == $0 }.map { needs[$0] })
        ])
    }

    /// Read with little confidence, or with figures that contradict each other.
    private static func isDoubtful(_ holding: Holding, _ parameters: AnalysisParameters) -> Bool {
        holding.confidence < parameters.minimumConfidence
            || holding.checks.contains { check in
                check.hasSuffix("_mismatch") || check.hasSuffix("_differ") || check == "only_second_pass"
            }
    }
}
