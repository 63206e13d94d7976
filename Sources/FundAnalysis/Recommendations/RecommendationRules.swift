/// The rules of `generate_recommendations`: fixed questions with thresholds, no forecasts.
public enum RecommendationRules {
    /// In the order in which equally severe findings are listed.
    private static let rules: [any RecommendationRule.Type] = [
        ConfirmFiguresRule.self, SuitabilityRule.self, EquityBandRule.self, SingleHoldingRule.self,
        ClassBandRule.self, DriftRule.self, DrawdownRule.self, RiskDriverRule.self, OverlapRule.self,
        EffectiveNumberRule.self, RiskAdjustedRule.self,
    ]

    /// Applies every rule to reports of the same portfolio.
    ///
    /// - Parameter navHistory: what the reports were made with; it lets the effects of an option on volatility be
    ///   computed too.
    public static func recommend(
        portfolio: Portfolio, risk: RiskReport, performance: PerformanceReport, navHistory: NavHistory? = nil,
        parameters: AnalysisParameters = AnalysisParameters()
    ) -> RecommendationReport {
        let context = RuleContext(portfolio, risk, performance, navHistory, parameters)
        var checks: [RuleCheck] = []
        var found: [Recommendation] = []
        for rule in rules {
            switch rule.evaluate(context) {
            case .passed: checks.append(RuleCheck(key: rule.key, outcome: .passed, needs: []))
            case .raised(let recommendations):
                checks.append(RuleCheck(key: rule.key, outcome: .raised, needs: []))
                found += recommendations
            case .notComputable(let needs):
                checks.append(RuleCheck(key: rule.key, outcome: .notComputable, needs: needs))
            }
        }
        func isConfirmation(_ recommendation: Recommendation) -> Bool { recommendation.kind == ConfirmFiguresRule.key }
        let rest = found.filter { !isConfirmation($0) }
        let sorted = rest.indices.sorted { (rest[$1].severity, $0) < (rest[$0].severity, $1) }.map { rest[$0] }
        let confirmations = found.filter(isConfirmation)
        return RecommendationReport(
            recommendations: confirmations + sorted, checks: checks, confirmFirst: !confirmations.isEmpty,
            suitability: risk.mismatchShare, investorProfile: SuitabilityClass(portfolio.investorProfile)?.name,
            notice: RecommendationReport.fixedNotice)
    }
}
