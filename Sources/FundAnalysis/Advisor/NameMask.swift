/// Takes out of a text what has digits and words of its own: fund names, codes and levels that the data hold.
///
/// 沪深300 says no number and "零风险成长" promises nothing where a fund is called so. A part of a name counts too, as long as
/// the digits in it stand beside the same character as in the name.
struct NameMask: Sendable {
    /// Longest first, so that a name is taken before its parts.
    private let names: [String]
    private let codes: [String]
    /// Neighbour and digits of every number inside a name: `深300`, `300E`.
    private let fragments: Set<String>
    /// What stands in a masked text where a name stood.
    static let placeholder: Character = "□"

    init(_ material: AdvisorMaterial, view: PortfolioView?) {
        let holdings = material.portfolio?.holdings ?? []
        let benchmarks = [material.risk?.benchmark.name, material.performance?.benchmark.name].compactMap { $0 }
        let spoken = view?.rows.flatMap { [$0.spoken, $0.nick] } ?? []
        var names = Set((holdings.map(\.name) + spoken + benchmarks).filter(Self.isName))
        for (name, alias) in Self.aliases where names.contains(where: { $0.contains(name) }) { names.insert(alias) }
        fragments = Set(names.flatMap(Self.fragments))
        names.formUnion(holdings.map(\.riskLevel.value).filter { $0.count == 2 && $0.hasPrefix("R") })
        if let profile = material.portfolio?.investorProfile ?? material.recommendations?.investorProfile {
            names.insert(profile)
        }
        self.names = names.sorted { $0.count == $1.count ? $0 < $1 : $0.count > $1.count }
        codes = Set(holdings.compactMap(\.code).filter { $0.count > 2 }).sorted()
    }

    /// The text with a placeholder for each name.
    func masked(_ text: String) -> String {
        var text = text
        for name in names { text = text.replacing(name, with: String(Self.placeholder)) }
        for code in codes { text = Self.replaceCode(code, in: text) }
        return withoutFragments(text)
    }

    /// A name without a letter is only masked in its quotes, or every "5" would be a name.
    private static func isName(_ name: String) -> Bool {
        name.count > 1 && (name.contains(where: \.isLetter) || "“\"".contains(name.first ?? " "))
    }

    private static func replaceCode(_ code: String, in text: String) -> String {
        guard text.contains(code) else { return text }
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: code) {
            let isWhole =
                rest[..<range.lowerBound].last?.isNumber != true && rest[range.upperBound...].first?.isNumber != true
            parts.append(String(rest[..<range.lowerBound]) + (isWhole ? String(placeholder) : code))
            rest = rest[range.upperBound...]
        }
        return parts.joined() + rest
    }

    private func withoutFragments(_ text: String) -> String {
        guard !fragments.isEmpty else { return text }
        var result: [Character] = []
        let characters = Array(text)
        var end = 0
        for run in Self.numbers(in: characters) {
            result += characters[end..<run.lowerBound]
            end = run.upperBound
            // "深300" is a name; "深300万" and "深30.5%" would not be.
            let isMeasured = characters[safe: end].map { ".,%％万亿".contains($0) } ?? false
            let isPart = !isMeasured && !fragments.isDisjoint(with: Self.neighbours(of: run, in: characters))
            result += isPart ? [Self.placeholder] : Array(characters[run])
        }
        return String(result + characters[end...])
    }

    /// The numbers inside a name, each with the word before it, or after it where the name begins with the number.
    private static func fragments(of name: String) -> [String] {
        let characters = Array(name)
        return numbers(in: characters).compactMap { neighbours(of: $0, in: characters).first }
    }

    private static func numbers(in characters: [Character]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var index = 0
        while index < characters.count {
            let start = index
            while index < characters.count, characters[index].isASCII, characters[index].isNumber { index += 1 }
            if index > start { runs.append(start..<index) } else { index += 1 }
        }
        return runs
    }

    /// The digits with the ideograph or the whole Latin word before them, then with the letter after them.
    private static func neighbours(of run: Range<Int>, in characters: [Character]) -> [String] {
        let digits = String(characters[run])
        var start = run.lowerBound
        if characters[safe: start - 1] == " " { start -= 1 }
        var word = ""
        while let before = characters[safe: start - 1], before.isLetter, before.isASCII || word.isEmpty {
            word = before.lowercased() + word
            start -= 1
            if !before.isASCII { break }
        }
        let after = characters[safe: run.upperBound].flatMap { $0.isLetter ? digits + "|" + $0.lowercased() : nil }
        return [word.isEmpty ? nil : word + "|" + digits, after].compactMap { $0 }
    }

    /// What an index is called in the other language.
    private static let aliases: [(name: String, alias: String)] = [
        ("沪深300", "CSI 300"), ("中证500", "CSI 500"), ("中证1000", "CSI 1000"), ("上证50", "SSE 50"),
        ("标普500", "S&P 500"), ("纳斯达克100", "Nasdaq 100"), ("纳斯达克100", "Nasdaq-100"), ("纳指100", "Nasdaq 100"),
        ("S&P 500", "标普500"), ("Nasdaq 100", "纳斯达克100"), ("CSI 300", "沪深300"), ("FTSE 100", "富时100"),
    ]
}
