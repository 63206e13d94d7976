public import Agents
import Events

/// 小美's answers, composed from figures without a model.
///
/// Equal material, session and run give the same bytes; another run says the same in other words. The text is verified
/// before it is returned, so nothing unverified is ever streamed.
public struct XiaomeiComposer: LocalComposer {
    /// Makes the composer.
    public init() {}

    /// Composes the whole answer; without a portfolio, a friendly request for one.
    ///
    /// - Parameter input: `material` is canonical JSON of `AdvisorMaterial`, or empty; an empty question there is taken
    ///   from the last turn.
    /// - Throws: `AgentError` where the material cannot be read, or the text fails its own check.
    public func compose(_ input: AgentInput, _ context: AgentContext) throws -> String {
        var material = try Self.material(input)
        if material.question.isEmpty, let question = input.turns.last(where: { $0.role == "user" })?.text {
            material = AdvisorMaterial(
                question: question, portfolio: material.portfolio, risk: material.risk,
                performance: material.performance, recommendations: material.recommendations,
                earlierQuestions: material.earlierQuestions, isCorrection: material.isCorrection)
        }
        return try Self.compose(material, seed: "\(context.session)|\(context.run)")
    }

    /// How often other words are tried where a text fails its check; about one first text in a thousand does.
    static let attempts = 3

    static func compose(_ material: AdvisorMaterial, seed: String) throws -> String {
        var violations: [AnswerViolation] = []
        var tooShort: String?
        for attempt in 0..<attempts {
            let text = draft(material, seed: attempt == 0 ? seed : "\(seed)|\(attempt)")
            violations = AnswerVerifier.verify(text, material: material)
            if violations.isEmpty { return text }
            if violations.allSatisfy({ $0.rule == .length }) { tooShort = text }
        }
        // A portfolio with little to say is better answered in a few words less than not at all.
        if let tooShort { return tooShort }
        let found = violations.map { "\($0.rule.rawValue): \($0.found)" }.joined(separator: "; ")
        throw AgentError(
            code: .malformed, message: "the composed answer failed its own check (\(found))",
            hint: "this is a defect of the composer; the recorded material reproduces it")
    }

    /// The text before its check.
    static func draft(_ material: AdvisorMaterial, seed: String) -> String {
        let wordings = Wordings(language: material.language, seed: seed)
        guard let view = PortfolioView(material) else { return PortfolioRequest.text(material, wordings) }
        let facts = FactFinder.facts(material, view: view, whatIf: WhatIf.asked(in: material))
        return AnswerPlan.text(facts, topics: material.topics, wordings: wordings)
    }

    private static func material(_ input: AgentInput) throws -> AdvisorMaterial {
        guard !input.material.isEmpty else { return AdvisorMaterial(question: "") }
        do {
            return try CanonicalJSON.decode(AdvisorMaterial.self, from: input.material)
        } catch {
            throw AgentError(
                code: .malformed, message: "the composer's material is no advisor material: \(error)",
                hint: "assign the local composer of the advisor only to the advisor's node")
        }
    }
}
