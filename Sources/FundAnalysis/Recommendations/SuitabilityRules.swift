import Foundation

/// Money in products above the investor's class; without a profile there is no verdict.
enum SuitabilityRule: RecommendationRule {
    static let key = "suitability"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let share = context.risk.mismatchShare
        guard let value = share.usable, let profile = SuitabilityClass(context.portfolio.investorProfile) else {
            return .notComputable(needs: share.needs ?? ["investor_profile"])
        }
        let above = context.portfolio.holdings.indices.filter { index in
            let level = SuitabilityClass.riskLevel(context.portfolio.holdings[index].riskLevel.value)
            return (level ?? 0) > profile.highestRiskLevel && context.valuation.amounts[index] > 0
        }
        guard value > 0, let largest = above.max(by: { context.shockWeight($0) < context.shockWeight($1) }) else {
            return .passed
        }
        let percent = TitleNumber.percent(value)
        return .raised([
            recommendation(
                severity: value > context.parameters.suitabilityHigh ? 3 : 2,
                LocalizedText(
                    zh: "\(profile.name)可以买到R\(profile.highestRiskLevel)，有\(percent)的钱在更高等级的产品里，可以考虑调低",
                    en: """
                        \(profile.name) covers products up to R\(profile.highestRiskLevel); \(percent) of the money is \
                        above that, and lowering it is one option
                        """),
                subjects: above.map { context.portfolio.holdings[$0].name },
                evidence: [
                    .init(name: "mismatch_share", subject: nil, figure: share, threshold: 0)
                ],
                option: context.reduce([largest], by: context.valuation.amounts[largest]) { !above.contains($0) },
                caveats: levelCaveats(context, above))
        ])
    }

    private static func levelCaveats(_ context: RuleContext, _ indices: [Int]) -> [LocalizedText] {
        let isInferred = indices.contains { context.portfolio.holdings[$0].riskLevel.source == "inferred_from_name" }
        return isInferred
            ? [
                LocalizedText(
                    zh: "风险等级是按基金名称推断的，以销售机构公布的为准",
                    en: "Risk levels were inferred from names; the distributor's published level is what counts")
            ] : []
    }
}

/// The share of equity against what is usual for the investor's class.
enum EquityBandRule: RecommendationRule {
    static let key = "equity_band"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        guard let profile = SuitabilityClass(context.portfolio.investorProfile),
            let band = context.parameters.equityBands[profile.name]
        else { return .notComputable(needs: ["investor_profile"]) }
        guard let share = context.risk.equityShare.usable else {
            return .notComputable(needs: context.risk.equityShare.needs ?? [])
        }
        guard share > band else { return .passed }
        let holdings = context.portfolio.holdings
        func isEquity(_ index: Int) -> Bool {
            context.parameters.equityClasses.contains(holdings[index].assetClass.value)
        }
        let equity = holdings.indices.filter(isEquity)
        let now = equity.reduce(Decimal(0)) { $0 + context.valuation.amounts[$1] }
        return .raised([
            recommendation(
                severity: share > band + context.parameters.suitabilityHigh ? 3 : 2,
                LocalizedText(
                    zh: "权益类占\(TitleNumber.percent(share))，\(profile.name)的参考上限是\(TitleNumber.percent(band))，可以考虑降一点",
                    en: """
                        Equities are \(TitleNumber.percent(share)) against a guide of \(TitleNumber.percent(band)) for \
                        \(profile.name); less of them is one option
                        """),
                subjects: equity.map { holdings[$0].name },
                evidence: [
                    .init(name: "equity_share", subject: nil, figure: context.risk.equityShare, threshold: band)
                ],
                option: context.reduce(equity, by: context.excess(now, over: band)) { !isEquity($0) },
                caveats: context.classCaveat(equity))
        ])
    }
}

extension RuleContext {
    /// What has to leave so that the rest is the given share of the whole, rounded up to a hundredth.
    func excess(_ amount: Decimal, over share: Double) -> Decimal {
        let exact = amount - (Decimal(exactlyPrinted: share) ?? 1) * valuation.total
        var source = exact
        var rounded = Decimal()
        NSDecimalRound(&rounded, &source, 2, .up)
        return max(0, rounded)
    }
}
