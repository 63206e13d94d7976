/// One rule: a question to the figures, with thresholds that an operator can set.
protocol RecommendationRule: Sendable {
    /// Names the rule in the checks and its recommendations' kind.
    static var key: String { get }

    static func evaluate(_ context: RuleContext) -> RuleResult
}

/// What a rule found.
enum RuleResult: Sendable {
    case passed
    /// At least one.
    case raised([Recommendation])
    /// Says nothing either way, for want of these.
    case notComputable(needs: [String])

    /// Raised where there is something, passed where there is nothing.
    static func of(_ found: [Recommendation]) -> RuleResult { found.isEmpty ? .passed : .raised(found) }
}

extension RecommendationRule {
    /// A recommendation of this rule; the option, where there is one, brings its trades and its effect along.
    static func recommendation(
        _ subject: String? = nil, severity: Int, _ title: LocalizedText, subjects: [String] = [],
        evidence: [Recommendation.Evidence], option: RuleContext.Option? = nil, caveats: [LocalizedText] = [],
        needs: [String] = []
    ) -> Recommendation {
        Recommendation(
            id: subject.map { "\(key):\($0)" } ?? key, severity: severity, kind: key, title: title,
            subjects: subjects, evidence: evidence, action: option?.moves.first, trades: option?.trades ?? [],
            expectedEffect: option?.effect ?? [], caveats: caveats + (option == nil ? [] : Caveats.trading),
            needs: needs)
    }
}

/// Sentences that several rules attach.
enum Caveats {
    /// With everything that would be bought or sold.
    static let trading = [
        LocalizedText(
            zh: "测算没有计入申购赎回费和税，短期赎回费可能较高，操作前可以先看看费率",
            en: "Fees and taxes are not counted; selling soon after buying can be dear, so check the fees first"),
        LocalizedText(
            zh: "按今天的金额测算，成交净值会有出入", en: "Computed at today's amounts; the prices of the trades will differ"),
    ]
    static let past = LocalizedText(
        zh: "历史数据只说明过去，不预示未来", en: "Past figures say nothing certain about the future")
    static let inferredClass = LocalizedText(
        zh: "资产类别是按基金名称推断的，最好核对一下", en: "The asset class was inferred from the fund's name; better check it")
}

/// Numbers in titles.
enum TitleNumber {
    /// `48.7%`.
    static func percent(_ fraction: Double) -> String {
        let tenths = (fraction * 1_000).rounded()
        // A share of a variance that is next to nothing may be larger than any integer.
        let whole = Int(min(tenths.magnitude, 1e15))
        return "\(tenths < 0 ? "-" : "")\(whole / 10).\(whole % 10)%"
    }

    /// `3.2`.
    static func oneDecimal(_ value: Double) -> String { String(percent(value / 100).dropLast()) }
}
