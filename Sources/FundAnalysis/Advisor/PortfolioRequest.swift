/// What is said while there is no portfolio to talk about: what was asked is taken up, then the holdings are asked for.
enum PortfolioRequest {
    /// The whole request.
    static func text(_ material: AdvisorMaterial, _ wordings: Wordings) -> String {
        let sentences = [opening(material), "ask", "promise", "close"].map(wordings.request)
        return sentences.joined(separator: material.language == .zh ? "" : " ")
    }

    /// What the question is about, as far as it can be answered without figures.
    private static func opening(_ material: AdvisorMaterial) -> String {
        if material.portfolio != nil { return "unreadable" }
        if material.question.trimmingSpaces.isEmpty { return "greeting" }
        let topics = QuestionTopic.topics(of: material.question)
        let order: [QuestionTopic] = [.test, .loss, .risk, .forecast, .adjust, .profit, .thanks, .greeting]
        return order.first(where: topics.contains)?.rawValue ?? "other"
    }
}
