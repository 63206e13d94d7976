import Foundation

/// Finds the facts of a material: only those whose figures exist.
struct FactFinder {
    let material: AdvisorMaterial
    let view: PortfolioView
    let whatIf: WhatIf?
    let speech: Speech
    let words: ClassWords
    let topics: [QuestionTopic]
    var facts: [Fact] = []

    /// Every fact of a material with a portfolio, in the order of telling.
    static func facts(_ material: AdvisorMaterial, view: PortfolioView, whatIf: WhatIf?) -> [Fact] {
        var finder = FactFinder(material, view: view, whatIf: whatIf)
        finder.findHead()
        finder.findAnswers()
        finder.findWhatIf()
        finder.findGood()
        finder.findContext()
        finder.findConcerns()
        finder.findSeriesConcerns()
        finder.findActions()
        finder.findGaps()
        finder.findAskBack()
        finder.promoteAsked()
        finder.dropRepeated()
        return finder.facts
    }

    private init(_ material: AdvisorMaterial, view: PortfolioView, whatIf: WhatIf?) {
        self.material = material
        self.view = view
        // What is not held cannot be changed; then the rest is told as if nothing had been asked.
        self.whatIf = whatIf.flatMap { $0.amount > 0 ? $0 : nil }
        speech = Speech(language: material.language, currency: view.currency ?? view.rows.first?.currency ?? "CNY")
        words = ClassWords(language: material.language)
        topics = material.topics
    }

    /// True where greetings are over.
    var isFollowUp: Bool { !material.earlierQuestions.isEmpty }

    mutating func add(
        _ id: FactID, _ variant: String = "", in section: Fact.Section, severity: Double,
        _ polarity: Fact.Polarity = .neutral, topics: Set<QuestionTopic> = [], isRequired: Bool = false,
        _ slots: [String: Slot?] = [:]
    ) {
        facts.append(
            Fact(
                id: id, variant: variant, section: section, severity: severity, polarity: polarity, topics: topics,
                isRequired: isRequired, slots: slots.compactMapValues { $0 }))
    }

    // MARK: - Slots

    /// Money in the portfolio's currency, or in a holding's own.
    func money(_ value: Decimal?, _ currency: String? = nil) -> Slot? {
        guard let value else { return nil }
        return .number(Speech(language: speech.language, currency: currency ?? speech.currency).money(value))
    }

    /// Per cent; nil where it would be spoken as 0.
    func percent(_ value: Decimal?) -> Slot? {
        guard let value, Speech.isAudible(fraction: value) else { return nil }
        return .number(speech.percent(value))
    }

    func points(_ value: Decimal?) -> Slot? {
        guard let value, Speech.isAudible(fraction: value) else { return nil }
        return .number(speech.points(value))
    }

    func count(_ value: Int) -> Slot { .number(speech.count(value)) }

    func part(_ value: Decimal?) -> Slot? {
        guard let value, Speech.isAudible(fraction: value) else { return nil }
        return .number(speech.part(value))
    }

    /// The value of a figure that has one.
    func value(_ figure: Figure?) -> Decimal? {
        guard let figure, figure.status == .ok || figure.status == .stale, let value = figure.value else { return nil }
        return Speech.exact(value)
    }

    /// A holding's name, found by its name in the reports.
    func holding(_ name: String?) -> Slot? {
        guard let name, let row = view.rows.firstIndex(where: { $0.name == name }) else { return nil }
        return self.name(row)
    }

    func name(_ row: Int) -> Slot { .name(Slot.Name(row: row, full: view.rows[row].spoken, nick: view.rows[row].nick)) }

    // MARK: - Order

    /// What the question asks for comes before what the advisor finds worth saying.
    private mutating func promoteAsked() {
        for index in facts.indices where !facts[index].topics.isDisjoint(with: topics) {
            guard [.good, .context, .concern].contains(facts[index].section), isDirectAnswer(facts[index]) else {
                continue
            }
            facts[index].section = .answer
            facts[index].isRequired = true
        }
    }

    /// What was told of the holding that the question names is not told again as the best or the worst.
    private mutating func dropRepeated() {
        let named = facts.filter { $0.id == .answerHolding || $0.id == .whatIfNow }.compactMap(\.subject)
        facts.removeAll { fact in
            [.best, .worst].contains(fact.id) && fact.section != .answer && fact.subject.map(named.contains) == true
        }
    }

    /// One fact for each topic moves into the answer; the others only gain a better place in the choice.
    private func isDirectAnswer(_ fact: Fact) -> Bool {
        switch fact.id {
        case .mismatch: topics.contains(.suit)
        case .scenario: topics.contains(.risk) || topics.contains(.forecast)
        case .worst: topics.contains(.worst) || topics.contains(.loss) && whatIf == nil
        case .best: topics.contains(.best) || topics.contains(.profit)
        case .dayGain, .dayLoss: topics.contains(.day)
        case .benchmarkAhead, .benchmarkBehind: topics.contains(.benchmark)
        case .mix: topics.contains(.mix)
        case .effective, .single: topics.contains(.concentration)
        default: false
        }
    }
}
