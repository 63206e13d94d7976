public import Foundation

/// What `generate_recommendations` publishes: findings of fixed rules, never a forecast.
public struct RecommendationReport: Sendable, Codable, Hashable {
    /// Most severe first; within a severity in the order of the rules.
    public var recommendations: [Recommendation]
    /// Every rule, with what became of it.
    public var checks: [RuleCheck]
    /// True where "confirm the figures first" comes before everything else.
    public var confirmFirst: Bool
    /// The share of money above the investor's class; `needs_profile` without one.
    public var suitability: Figure
    /// The class that was used, `C1` to `C5`.
    public var investorProfile: String?
    /// To be shown with the recommendations and at the end of the advice.
    public var notice: LocalizedText

    /// The notice that every message with recommendations carries.
    public static let fixedNotice = LocalizedText(
        zh: "以上为基于您提供数据的测算，不构成投资建议；过往业绩不预示未来表现；基金有风险，投资需谨慎",
        en: "Calculations on your data, not investment advice; past performance does not predict future results")
}

/// What became of one rule.
public struct RuleCheck: Sendable, Codable, Hashable {
    /// The rule's key, which is also the kind of its recommendations.
    public var key: String
    /// Passed, raised or not computable.
    public var outcome: Outcome
    /// What it would need, where it was not computable.
    public var needs: [String]

    /// `raised` has at least one recommendation; `not_computable` says nothing either way.
    public enum Outcome: String, Sendable, Codable {
        case passed
        case raised
        case notComputable = "not_computable"
    }
}

/// One finding with the figures it rests on and, where there is one, an option to act.
public struct Recommendation: Sendable, Codable, Hashable {
    /// Unique in the report and the same for the same finding: the kind, then the holding's code or name.
    public var id: String
    /// 1 worth knowing, 2 worth attention, 3 high.
    public var severity: Int
    /// The rule: `confirm_figures`, `single_holding`, `class_band`, `effective_number`, `drift`, `drawdown`,
    /// `risk_driver`, `overlap`, `suitability`, `risk_adjusted`, `fewer_than_two`.
    public var kind: String
    /// One sentence, conditional in its wording.
    public var title: LocalizedText
    /// The names of the holdings it is about; empty for the whole portfolio.
    public var subjects: [String]
    /// Figures with the thresholds they were held against.
    public var evidence: [Evidence]
    /// The largest single move of the option; nil where the finding calls for a look, not for a trade.
    public var action: Move?
    /// Every trade of the option, sales first.
    ///
    /// The amounts sum to zero, to the new money, or to minus what leaves the portfolio.
    public var trades: [Trade]
    /// Recomputed after all trades.
    public var expectedEffect: [FigureChange]
    /// What the reader should bear in mind.
    public var caveats: [LocalizedText]
    /// What would make it surer, for instance `nav_history` or `investor_profile`.
    public var needs: [String]

    /// One figure and what it was held against.
    public struct Evidence: Sendable, Codable, Hashable {
        /// As in the reports, for instance `weight`, `hhi`, `max_drawdown`.
        public var name: String
        /// The holding or the class, where the figure is of one.
        public var subject: String?
        /// As in the reports.
        public var figure: Figure
        /// What it was held against, in the figure's unit.
        public var threshold: Double?
    }

    /// Money from one holding to another.
    public struct Move: Sendable, Codable, Hashable {
        /// A holding's name; nil is new money.
        public var from: String?
        /// A holding's name; nil is the purse.
        public var to: String?
        /// In the portfolio's currency.
        public var amount: Decimal
        /// The weight of `from` before and after this move alone.
        public var fromWeight: FigureChange?
        /// The same of `to`.
        public var toWeight: FigureChange?
    }

    /// One purchase or sale.
    public struct Trade: Sendable, Codable, Hashable {
        /// As the portfolio has it.
        public var name: String
        /// The fund's code, where the portfolio has it.
        public var code: String?
        /// Positive buys, negative sells.
        public var amount: Decimal
        /// As things are.
        public var weightBefore: Figure
        /// After all trades.
        public var weightAfter: Figure
    }
}
