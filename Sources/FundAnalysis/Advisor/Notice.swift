/// The fixed notice that ends every answer about a portfolio.
enum Notice {
    /// The text of the reports, as a sentence.
    static func text(_ language: AdvisorLanguage) -> String {
        let notice = RecommendationReport.fixedNotice
        return language == .zh ? notice.zh + "。" : notice.en + "."
    }
}
