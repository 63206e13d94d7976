import Foundation

/// One thing in an answer that must not be there, or that is missing.
public struct AnswerViolation: Sendable, Codable, Hashable {
    /// Which rule was broken; the names are stable and are recorded.
    public enum Rule: String, Sendable, Codable, Hashable, CaseIterable {
        /// A number that is no rendering of a known figure.
        case number = "unknown_number"
        /// A gain told as a loss, or the other way round.
        case direction = "wrong_direction"
        /// More numbers than a listener can keep.
        case numbers = "too_many_numbers"
        /// A promise, a forecast, urgency, blame or an order.
        case phrase = "banned_phrase"
        /// The English name of a metric.
        case metric = "metric_name"
        case length
        /// The fixed notice is not the end.
        case notice = "missing_notice"
        /// Headings, lists, tables or emphasis.
        case markup
        case emoji = "too_many_emoji"
        /// Not the language of the question.
        case language = "wrong_language"
    }

    /// The rule that was broken.
    public var rule: Rule
    /// The words that broke the rule, or what is missing.
    public var found: String

    /// Makes a violation.
    public init(rule: Rule, found: String) {
        self.rule = rule
        self.found = found
    }
}

/// Checks an answer against the figures it was made from; the composer's and a model's alike.
public enum AnswerVerifier {
    /// What is wrong with the text, in the order of the text within each rule; empty where it may stand.
    public static func verify(_ text: String, material: AdvisorMaterial) -> [AnswerViolation] {
        let view = PortfolioView(material)
        let mask = NameMask(material, view: view)
        let known = KnownFigures(material, view: view, whatIf: WhatIf.asked(in: material), mask: mask)
        return verify(text, material: material, mask: mask, known: known)
    }

    static func verify(
        _ text: String, material: AdvisorMaterial, mask: NameMask, known: KnownFigures
    ) -> [AnswerViolation] {
        var violations = lengthViolations(text, hasPortfolio: material.hasPortfolio)
        var body = String(text.prefix(Limits.Advisor.verifiedCharacters)).trimmingSpaces
        let notice = Notice.text(material.language)
        if body.hasSuffix(notice) {
            body = String(body.dropLast(notice.count))
        } else if material.hasPortfolio {
            violations.append(AnswerViolation(rule: .notice, found: "the answer does not end with: \(notice)"))
        }
        let masked = mask.masked(body)
        let tokens = NumberScanner.tokens(in: masked)
        violations += numberViolations(tokens, known: known)
        violations += BannedPhrases.violations(in: masked)
        violations += formViolations(body, masked: masked)
        violations += languageViolations(masked, language: material.language)
        return violations
    }

    private static func lengthViolations(_ text: String, hasPortfolio: Bool) -> [AnswerViolation] {
        let range = hasPortfolio ? Limits.Advisor.answerCharacters : Limits.Advisor.requestCharacters
        let count = text.count
        guard !range.contains(count) else { return [] }
        let found = "\(count) characters, not \(range.lowerBound) to \(range.upperBound)"
        return [AnswerViolation(rule: .length, found: found)]
    }

    private static func numberViolations(_ tokens: [NumberToken], known: KnownFigures) -> [AnswerViolation] {
        var violations: [AnswerViolation] = []
        for token in tokens where !known.wasAsked(token) {
            // "Can it stay for three years?" claims nothing.
            if token.kind == .duration, token.isAsked { continue }
            let matches = known.matches(token)
            if matches.isEmpty {
                violations.append(AnswerViolation(rule: .number, found: token.text))
            } else if isContrary(token, matches) {
                violations.append(AnswerViolation(rule: .direction, found: token.text))
            }
        }
        if tokens.count > Limits.Advisor.numbers {
            let found = "\(tokens.count) numbers, more than \(Limits.Advisor.numbers)"
            violations.append(AnswerViolation(rule: .numbers, found: found))
        }
        return violations
    }

    /// Only where every figure that it could be has the other sign.
    private static func isContrary(_ token: NumberToken, _ matches: [KnownFigures.Known]) -> Bool {
        guard token.direction != 0 else { return false }
        return matches.allSatisfy { $0.isResult && ($0.value > 0) != (token.direction > 0) }
    }

    private static func formViolations(_ body: String, masked: String) -> [AnswerViolation] {
        var violations: [AnswerViolation] = []
        let lines = masked.split(whereSeparator: \.isNewline).map { String($0).trimmingSpaces }
        let markers = ["#", "- ", "* ", "• ", "· ", "|", "> ", "```"]
        for line in lines where markers.contains(where: line.hasPrefix) || isNumbered(line) {
            violations.append(AnswerViolation(rule: .markup, found: String(line.prefix(20))))
        }
        for mark in ["**", "__", "`", "]("] where masked.contains(mark) {
            violations.append(AnswerViolation(rule: .markup, found: mark))
        }
        let emoji = masked.count(where: isEmoji)
        if emoji > Limits.Advisor.emoji {
            let found = "\(emoji) emoji, more than \(Limits.Advisor.emoji)"
            violations.append(AnswerViolation(rule: .emoji, found: found))
        }
        return violations
    }

    /// True for a line that begins with digits, a point or a bracket, and a space.
    private static func isNumbered(_ line: String) -> Bool {
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard (1...2).contains(digits.count) else { return false }
        let rest = line.dropFirst(digits.count)
        return [". ", ") ", "、", "）"].contains { rest.hasPrefix($0) }
    }

    private static func isEmoji(_ character: Character) -> Bool {
        guard let first = character.unicodeScalars.first else { return false }
        return first.properties.isEmojiPresentation
            || first.properties.isEmoji
                && character.unicodeScalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
    }

    private static func languageViolations(_ masked: String, language: AdvisorLanguage) -> [AnswerViolation] {
        let han = masked.unicodeScalars.count(where: AdvisorLanguage.isHan)
        let latin = masked.unicodeScalars.count { $0.isASCII && $0.properties.isAlphabetic }
        let isRight = language == .zh ? han * 2 >= latin : latin > han
        guard !isRight else { return [] }
        let found = "\(han) ideographs and \(latin) Latin letters in an answer in \(language.rawValue)"
        return [AnswerViolation(rule: .language, found: found)]
    }
}
