extension Limits {
    /// What bounds an answer of the advisor and the work of making and checking it.
    public enum Advisor {
        /// Characters (grapheme clusters, spaces included) of an answer about a portfolio.
        public static let answerCharacters = 400...600
        /// Characters of an answer that asks for a portfolio.
        public static let requestCharacters = 40...600
        /// Where the composer stops adding facts, so that answers end well before the limit.
        static let comfortableCharacters = 430
        /// Numbers spoken in one answer.
        public static let numbers = 10
        /// Emoji in one answer.
        public static let emoji = 1
        /// Ideographs of a fund's name as it is spoken, two Latin letters for one.
        static let spokenName = (zh: 16, en: 15)
        /// Characters of a question that are looked at.
        static let questionCharacters = 2_000
        /// Earlier questions whose language and numbers count.
        static let earlierQuestions = 8
        /// Earlier questions that are searched for what "it" is.
        static let referredQuestions = 2
        /// Earlier turns of the conversation that a model is shown.
        static let turns = 12
        /// Characters of an answer that are verified; a longer one is too long anyway.
        static let verifiedCharacters = 20_000
    }
}
