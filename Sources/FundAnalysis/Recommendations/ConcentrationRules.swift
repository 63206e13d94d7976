import Foundation

/// One holding that is neither a money fund nor a broad index and weighs too much, by what its class can lose.
enum SingleHoldingRule: RecommendationRule {
    static let key = "single_holding"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        guard let weights = context.weights else { return .notComputable(needs: ["holdings"]) }
        // Of a single holding, "too much of the whole" says nothing.
        guard weights.count > 1 else { return .passed }
        let found = weights.indices.compactMap { index -> Recommendation? in
            guard !context.isSpread(index), weights[index] > context.parameters.singleHoldingWarning else { return nil }
            return finding(index, weights[index], context)
        }
        return .of(found.sorted { ($1.severity, $0.id) < ($0.severity, $1.id) })
    }

    private static func finding(_ index: Int, _ weight: Double, _ context: RuleContext) -> Recommendation? {
        let parameters = context.parameters
        let holding = context.portfolio.holdings[index]
        let counted = context.shockWeight(index)
        let severity =
            counted > parameters.singleHoldingHigh ? 3 : counted > parameters.singleHoldingWarning ? 2 : 1
        // A broad bond fund below the high mark is what a bond fund is for.
        guard severity > 1 || weight > parameters.singleHoldingHigh else { return nil }
        let percent = TitleNumber.percent(weight)
        let limit = parameters.singleHoldingWarning / max(context.shockFactor(index), 1e-9)
        let option =
            severity > 1
            ? context.reduce([index], by: context.excess(context.valuation.amounts[index], over: limit)) { _ in true }
            : nil
        let title =
            severity > 1
            ? LocalizedText(
                zh: "「\(holding.name)」一只占了\(percent)，可以考虑分散一些",
                en: "\(holding.name) alone is \(percent) of the money; spreading some of it is one option")
            : LocalizedText(
                zh: "「\(holding.name)」占了\(percent)，不过这类资产波动不大，知道就好",
                en: "\(holding.name) is \(percent) of the money, but its class moves little; good to know")
        let row = context.risk.holdings[index]
        return recommendation(
            holding.code ?? holding.name, severity: severity, title, subjects: [holding.name],
            evidence: [
                .init(
                    name: "weight", subject: holding.name, figure: row.weight,
                    threshold: weight > parameters.singleHoldingHigh
                        ? parameters.singleHoldingHigh : parameters.singleHoldingWarning),
                .init(name: "scenario_loss", subject: holding.name, figure: row.scenarioLoss, threshold: nil),
            ],
            option: option, caveats: context.classCaveat([index]))
    }
}

/// A class above its band.
enum ClassBandRule: RecommendationRule {
    static let key = "class_band"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        guard context.weights != nil else { return .notComputable(needs: ["holdings"]) }
        return .of(context.risk.byAssetClass.compactMap { finding($0, context) })
    }

    private static func finding(_ share: Share, _ context: RuleContext) -> Recommendation? {
        guard let band = context.parameters.classBands[share.name], let weight = share.weight.usable, weight > band
        else { return nil }
        let holdings = context.portfolio.holdings
        let members = holdings.indices.filter { holdings[$0].assetClass.value == share.name }
        let isUnknown = share.name == "unknown"
        let percent = TitleNumber.percent(weight)
        let name = AssetClassName.of(share.name)
        let title =
            isUnknown
            ? LocalizedText(
                zh: "有\(percent)的钱看不出是哪类资产，可以补充一下",
                en: "The class of \(percent) of the money is not known; naming it is one option")
            : LocalizedText(
                zh: "\(name.zh)占了\(percent)，超过\(TitleNumber.percent(band))的参考上限，可以考虑降一点",
                en: """
                    \(name.en) make up \(percent), above the guide of \(TitleNumber.percent(band)); less is one option
                    """)
        let option =
            isUnknown
            ? nil
            : context.reduce(members, by: context.excess(share.amount, over: band)) {
                holdings[$0].assetClass.value != share.name
            }
        return recommendation(
            share.name, severity: isUnknown ? 1 : 2, title, subjects: members.map { holdings[$0].name },
            evidence: [.init(name: "class_share", subject: share.name, figure: share.weight, threshold: band)],
            option: option, caveats: context.classCaveat(members), needs: isUnknown ? ["asset_class"] : [])
    }
}

/// Money that is spread less than the number of holdings suggests.
enum EffectiveNumberRule: RecommendationRule {
    static let key = "effective_number"

    static func evaluate(_ context: RuleContext) -> RuleResult {
        let figure = context.risk.concentration.effectiveNumber
        guard let effective = figure.usable else { return .notComputable(needs: figure.needs ?? ["holdings"]) }
        let count = context.valuation.amounts.count { $0 > 0 }
        let threshold = context.parameters.effectiveNumberShare * Double(count)
        // With one or two holdings the single-holding rule says it all.
        guard count > 2, effective < threshold else { return .passed }
        let number = TitleNumber.oneDecimal(effective)
        return .raised([
            recommendation(
                severity: 1,
                LocalizedText(
                    zh: "看上去有\(count)只，按金额算大约相当于\(number)只",
                    en: "\(count) holdings, but by money they count like about \(number)"),
                evidence: [
                    .init(name: "effective_number", subject: nil, figure: figure, threshold: threshold),
                    .init(
                        name: "top1", subject: context.risk.concentration.top1Name,
                        figure: context.risk.concentration.top1, threshold: nil),
                ])
        ])
    }
}

/// Classes as they are spoken of.
enum AssetClassName {
    static func of(_ assetClass: String) -> LocalizedText {
        let names: [String: (String, String)] = [
            "money": ("货币基金", "Money funds"), "bond": ("债券类", "Bonds"), "convertible": ("可转债", "Convertibles"),
            "commodity": ("黄金等商品类", "Gold and other commodities"), "real_estate": ("不动产类", "Real estate funds"),
            "fund_of_funds": ("基金中的基金", "Funds of funds"), "equity_index": ("股票指数类", "Equity index funds"),
            "equity_active": ("主动股票类", "Active equity funds"), "leveraged": ("杠杆类", "Leveraged products"),
        ]
        let name = names[assetClass] ?? (assetClass, assetClass)
        return LocalizedText(zh: name.0, en: name.1)
    }
}
