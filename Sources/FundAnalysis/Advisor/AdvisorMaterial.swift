/// Everything an answer of the advisor is made from and checked against.
///
/// As canonical JSON it is the `material` of the advisor's input: equal material, session and run give equal text.
public struct AdvisorMaterial: Sendable, Codable, Hashable {
    /// What the user wrote; empty where the message was a file alone.
    public var question: String
    /// Told from the question where it is not given.
    public var language: AdvisorLanguage
    /// Nil, or without holdings, where the session has none that could be read.
    public var portfolio: Portfolio?
    /// What `analyze_risk` found.
    public var risk: RiskReport?
    /// What `analyze_performance` found.
    public var performance: PerformanceReport?
    /// What `generate_recommendations` found.
    public var recommendations: RecommendationReport?
    /// What the user asked earlier in the session, oldest first: they say what "it" is, and that greetings are over.
    public var earlierQuestions: [String]
    /// True where the message corrected the portfolio; then it asks for nothing else.
    public var isCorrection: Bool

    /// Makes the material; the language is told from the question's script where it is nil.
    public init(
        question: String, language: AdvisorLanguage? = nil, portfolio: Portfolio? = nil, risk: RiskReport? = nil,
        performance: PerformanceReport? = nil, recommendations: RecommendationReport? = nil,
        earlierQuestions: [String] = [], isCorrection: Bool = false
    ) {
        self.isCorrection = isCorrection
        self.question = question
        self.portfolio = portfolio
        self.risk = risk
        self.performance = performance
        self.recommendations = recommendations
        self.earlierQuestions = earlierQuestions
        self.language = language ?? Self.language(of: question, earlier: earlierQuestions, portfolio)
    }

    /// Only the question has to be there.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            question: try container.decode(String.self, forKey: .question),
            language: try container.decodeIfPresent(AdvisorLanguage.self, forKey: .language),
            portfolio: try container.decodeIfPresent(Portfolio.self, forKey: .portfolio),
            risk: try container.decodeIfPresent(RiskReport.self, forKey: .risk),
            performance: try container.decodeIfPresent(PerformanceReport.self, forKey: .performance),
            recommendations: try container.decodeIfPresent(RecommendationReport.self, forKey: .recommendations),
            earlierQuestions: try container.decodeIfPresent([String].self, forKey: .earlierQuestions) ?? [],
            isCorrection: try container.decodeIfPresent(Bool.self, forKey: .isCorrection) ?? false)
    }

    /// What the question is about; a correction's words ("should be") ask for nothing.
    var topics: [QuestionTopic] { isCorrection ? [] : QuestionTopic.topics(of: question) }

    /// True where there is something to talk about.
    public var hasPortfolio: Bool { portfolio?.holdings.isEmpty == false }

    /// A question without a word (a file, "110020?") goes on in the language of the one before.
    private static func language(of question: String, earlier: [String], _ portfolio: Portfolio?) -> AdvisorLanguage {
        let names = portfolio?.holdings.map(\.name) ?? []
        let spoken = ([question] + earlier.reversed().prefix(Limits.Advisor.earlierQuestions))
            .map { String($0.prefix(Limits.Advisor.questionCharacters)) }
            .first { $0.contains(where: \.isLetter) }
        return AdvisorLanguage.detect(spoken ?? "", names: names)
    }
}
