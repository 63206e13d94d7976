/// The choice of facts and of their words for one answer.
///
/// What has to be said is taken first, each fact leaving room for those after it; then facts are added by their score
/// until the answer is comfortably long. They are told in the fixed order of sections, whatever order they were chosen in.
struct AnswerPlan {
    /// One fact with its words; holdings stand in it as marks.
    private struct Line {
        var fact: Fact
        /// True for the sentence that follows a fact's own.
        var isTail: Bool
        var text: String
        var numbers: Int
    }

    private let wordings: Wordings
    private let topics: Set<QuestionTopic>
    private let names: [Character: Slot.Name]
    private var lines: [Line] = []

    /// The whole answer.
    static func text(_ facts: [Fact], topics: [QuestionTopic], wordings: Wordings) -> String {
        var plan = AnswerPlan(facts, wordings: wordings, topics: Set(topics))
        let required = plan.required(of: facts)
        plan.takeRequired(required)
        let others = facts.filter { fact in !required.contains { $0.identity == fact.identity } }
        let target = Limits.Advisor.comfortableCharacters + wordings.pick("length", of: 40)
        plan.fill(with: others, target: target, isStrict: true)
        plan.fill(with: others, target: Limits.Advisor.answerCharacters.lowerBound, isStrict: false)
        return plan.assembled()
    }

    private init(_ facts: [Fact], wordings: Wordings, topics: Set<QuestionTopic>) {
        self.wordings = wordings
        self.topics = topics
        var names: [Character: Slot.Name] = [:]
        for case .name(let name) in facts.flatMap(\.slots.values) { names[name.mark] = name }
        self.names = names
    }

    // MARK: - Choosing

    /// What has to be said, in the order in which it may claim numbers and characters.
    private func required(of facts: [Fact]) -> [Fact] {
        var required = facts.filter { $0.isRequired || $0.section == .answer && $0.severity > 1 }
        func best(_ section: Fact.Section, _ polarity: Fact.Polarity) -> Fact? {
            facts.filter { $0.section == section && $0.polarity == polarity && !$0.isRequired }
                .max { score($0) < score($1) }
        }
        // An answer to "what if" has its own figures before and after.
        if !facts.contains(where: { $0.id == .whatIfDone }) {
            required += [best(.concern, .bad), best(.good, .good)].compactMap { $0 }
        }
        let order: [Fact.Section] = [.head, .answer, .question, .action, .concern, .caveat, .good, .context, .notice]
        return required.enumerated().sorted { a, b in
            let (x, y) = (order.firstIndex(of: a.element.section) ?? 0, order.firstIndex(of: b.element.section) ?? 0)
            return x == y ? a.offset < b.offset : x < y
        }.map(\.element)
    }

    private mutating func takeRequired(_ facts: [Fact]) {
        for (index, fact) in facts.enumerated() {
            let later = facts[(index + 1)...].map(smallest)
            take(
                fact, key: fact.key, isTail: false, numbersKept: later.reduce(0) { $0 + $1.numbers },
                charactersKept: later.reduce(0) { $0 + $1.characters })
        }
    }

    private mutating func fill(with facts: [Fact], target: Int, isStrict: Bool) {
        let byScore = facts.enumerated().sorted { a, b in
            let (x, y) = (score(a.element), score(b.element))
            return x == y ? a.offset < b.offset : x > y
        }.map(\.element)
        for fact in byScore {
            guard assembled().count < target else { return }
            if allows(fact, isStrict: isStrict) { take(fact, key: fact.key, isTail: false) }
        }
        let tails = lines.filter { line in
            !line.isTail && !lines.contains { $0.isTail && $0.fact.identity == line.fact.identity }
        }
        let shuffled = tails.map { (wordings.pick("tail.\($0.fact.identity)", of: 1_000), $0.fact) }.sorted {
            $0.0 < $1.0
        }
        for (_, fact) in shuffled where assembled().count < target { take(fact, key: fact.key + "+", isTail: true) }
    }

    /// How much a fact is worth telling; what is worth nearly the same takes turns from run to run.
    private func score(_ fact: Fact) -> Double {
        let turn = Double(wordings.pick("turn.\(fact.identity)", of: 100)) / 300
        return fact.severity + (fact.topics.isDisjoint(with: topics) ? 0 : 1) + turn
    }

    /// Adds the fact in the words that fit, chosen by the seed; nothing where none fit.
    private mutating func take(
        _ fact: Fact, key: String, isTail: Bool, numbersKept: Int = 0, charactersKept: Int = 0
    ) {
        let used = lines.reduce(0) { $0 + $1.numbers }
        for lastResorts in [false, true] {
            let texts = wordings.texts(key, fact.slots, lastResorts: lastResorts, marked: true)
            let fitting = texts.compactMap { filled -> AnswerPlan? in
                let line = Line(fact: fact, isTail: isTail, text: filled.text, numbers: filled.numbers)
                guard used + line.numbers + numbersKept <= Limits.Advisor.numbers else { return nil }
                var next = self
                next.lines.append(line)
                return next.assembled().count + charactersKept <= Limits.Advisor.answerCharacters.upperBound
                    ? next : nil
            }
            if fitting.isEmpty { continue }
            self = fitting[wordings.pick(isTail ? fact.identity + "+" : fact.identity, of: fitting.count)]
            return
        }
    }

    /// The least that a fact could claim.
    private func smallest(_ fact: Fact) -> (numbers: Int, characters: Int) {
        let texts = [false, true].flatMap { wordings.texts(fact.key, fact.slots, lastResorts: $0, marked: true) }
        let characters = texts.map { filled in
            filled.text.count + filled.text.reduce(0) { $0 + (names[$1]?.full.count ?? 0) }
        }
        return (texts.map(\.numbers).min() ?? 0, (characters.min() ?? 0) + 1)
    }
}

extension AnswerPlan {
    // MARK: - What goes together

    /// So that an answer is no list of one kind.
    private static let caps: [Fact.Section: Int] = [.good: 2, .context: 2, .concern: 3, .action: 2, .caveat: 2]

    /// Facts that say nearly the same, so that one of each row is enough.
    private static let alike: [Set<FactID>] = [
        [.calmBase, .mix], [.scenario, .drawdown], [.mismatch, .band, .drift, .single, .effective, .driver, .overlap],
        [.worst, .currentDrawdown, .benchmarkBehind], [.single, .calmBase], [.cushion, .setAside],
        [.gapNav, .gapBenchmark, .offer],
    ]

    /// Whether a fact may join those that are told; caps and likeness count only while there is enough to tell.
    private func allows(_ fact: Fact, isStrict: Bool) -> Bool {
        let told = lines.filter { !$0.isTail }.map(\.fact)
        if told.contains(where: { $0.identity == fact.identity }) || contradicts(fact, told) { return false }
        guard isStrict else { return true }
        if fact.severity < 0 { return false }
        if fact.id == .item { return true }
        if let cap = Self.caps[fact.section], told.count(where: { $0.section == fact.section }) >= cap { return false }
        return !told.contains { other in
            other.id == fact.id || Self.alike.contains { $0.contains(other.id) && $0.contains(fact.id) }
        }
    }

    /// What makes no sense beside, or without, what is told.
    private func contradicts(_ fact: Fact, _ told: [Fact]) -> Bool {
        func isTold(_ id: FactID) -> Bool { told.contains { $0.id == id } }
        switch fact.id {
        case .worstThought:
            let move = told.first { $0.id == .move }
            return !isTold(.worst) || move?.slots["to"] == fact.slots["name"]
                || move?.slots["from"] == fact.slots["name"]
        case .moreTrades: return !isTold(.move)
        case .recovered: return !isTold(.drawdown)
        case .gapProfile: return told.contains { $0.key == "ask_back.profile" }
        case .setAside: return told.contains { $0.key == "ask_back.purpose" }
        default: return false
        }
    }

    // MARK: - Putting together

    private func assembled() -> String {
        let order = Dictionary(uniqueKeysWithValues: FactID.allCases.enumerated().map { ($1, $0) })
        let told = lines.enumerated().sorted { a, b in
            let (x, y) = (a.element, b.element)
            let left = (x.fact.section.rawValue, order[x.fact.id] ?? 0, a.offset)
            return left < (y.fact.section.rawValue, order[y.fact.id] ?? 0, b.offset)
        }.map(\.element)
        var sentences: [String] = []
        var concerns = 0
        for line in told {
            guard line.fact.section == .concern, !line.isTail, line.fact.polarity == .bad else {
                sentences.append(line.text)
                continue
            }
            let hasGood = told.contains { $0.fact.polarity == .good }
            sentences.append(connected(line, place: concerns, hasGood: hasGood))
            concerns += 1
        }
        if wordings.language == .en {
            // A kind of fund may be the first word; a name keeps its own first letter.
            sentences = sentences.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        }
        sentences.append(Notice.text(wordings.language))
        return named(sentences.joined(separator: wordings.language == .zh ? "" : " "))
    }

    /// Marks become names: in full at first, short when they come again.
    private func named(_ text: String) -> String {
        var seen: Set<Character> = []
        return text.map { character in
            guard let name = names[character] else { return String(character) }
            return seen.insert(character).inserted ? name.full : name.nick
        }.joined()
    }

    /// 不过 before the first concern, 另外 before the second, nothing where the sentence has its own beginning.
    private func connected(_ line: Line, place: Int, hasGood: Bool) -> String {
        let isChinese = wordings.language == .zh
        let own =
            isChinese
            ? ["做个假设", "要是遇上", "我比较在意", "看着有", "最近一天", "翻翻", "历史上"]
            : ["Suppose", "If", "I'd", "What", "Only", "You hold", "The latest", "At worst"]
        if own.contains(where: line.text.hasPrefix) { return line.text }
        let words: [String]
        switch (place, isChinese) {
        case (0, true): words = !hasGood ? [""] : line.fact.id == .worst ? ["不过，"] : ["不过，", "要留意的是，"]
        case (1, true): words = ["另外，", "还有，"]
        case (0, false): words = hasGood ? ["That said, ", "Still, "] : [""]
        case (1, false): words = ["Also, ", ""]
        default: words = [""]
        }
        let word = words[wordings.pick("connected.\(place)", of: words.count)]
        return word + (isChinese || word.isEmpty ? line.text : Self.continued(line.text))
    }

    /// A sentence that goes on after a comma; a name keeps its capital.
    private static func continued(_ text: String) -> String {
        let first = text.prefix { $0.isLetter }
        let words: Set<Substring> = ["The", "It", "At", "Your", "Against", "On", "For", "From", "Its", "Over"]
        return words.contains(first) ? text.prefix(1).lowercased() + text.dropFirst() : text
    }
}
