/// Fund names short enough to be said.
///
/// "华夏纳斯达克100交易型开放式指数证券投资基金发起式联接(QDII)A" is no spoken word. What every fund has in its name is
/// left out, then the rest is cut, never inside a number or a Latin word. Two holdings never share a spoken name.
enum SpokenName {
    /// The spoken names of all holdings, in their order.
    static func all(_ holdings: [Holding], language: AdvisorLanguage) -> [String] {
        let limit = language == .zh ? Limits.Advisor.spokenName.zh : Limits.Advisor.spokenName.en
        var taken: [String: Int] = [:]
        let names = holdings.map { short($0.name, code: $0.code, limit: limit, language: language) }
        for name in names { taken[name, default: 0] += 1 }
        return zip(holdings, names).map { holding, name in
            guard taken[name, default: 0] > 1, let code = holding.code.map(plain), !code.isEmpty else { return name }
            let head = cut(Array(name), limit - min(code.count, limit / 2) - 2)
            return language == .zh ? "\(head)（\(code.prefix(limit / 2))）" : "\(head) (\(code.prefix(limit / 2)))"
        }
    }

    /// One name.
    ///
    /// A name without a letter ("5") is quoted, so that it is not heard as a number.
    static func short(_ name: String, code: String?, limit: Int, language: AdvisorLanguage) -> String {
        var text = plain(name)
        if width(text) > limit { text = withoutFormalities(text) }
        if width(text) > limit { text = cut(Array(text), characters(of: text, within: limit - 1)) + "…" }
        if !text.contains(where: \.isLetter) {
            let label = text.isEmpty ? code.map(plain) ?? "" : text
            return language == .zh ? "“\(label.prefix(limit - 2))”" : "\"\(label.prefix(limit - 2))\""
        }
        return text
    }

    /// Latin letters are half as wide, and half as long to read.
    private static func width(_ text: String) -> Int {
        (text.reduce(0) { $0 + ($1.isASCII ? 1 : 2) } + 1) / 2
    }

    private static func characters(of text: String, within limit: Int) -> Int {
        var (count, halves) = (0, 0)
        for character in text {
            halves += character.isASCII ? 1 : 2
            if halves > limit * 2 { break }
            count += 1
        }
        return count
    }

    /// One line, single spaces, no control characters, and none of the private ones that mark names in drafts.
    private static func plain(_ name: String) -> String {
        let visible = name.map { character in
            let isHidden = character.unicodeScalars.contains {
                [.control, .privateUse, .unassigned].contains($0.properties.generalCategory)
            }
            return isHidden ? " " : character
        }
        return String(visible).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func withoutFormalities(_ name: String) -> String {
        var text = name.replacing(/[（(][^（()）]*[)）]/, with: "")
        for formality in ["交易型开放式", "证券投资基金", "发起式", "开放式", "人民币份额", "人民币", "类份额", "份额"] {
            text = text.replacing(formality, with: "")
        }
        return text.isEmpty ? name : text
    }

    /// The first characters, without a number or a Latin word that would be cut.
    private static func cut(_ characters: [Character], _ limit: Int) -> String {
        guard characters.count > limit, limit > 0 else { return String(characters) }
        var end = limit
        while end > 1, isRun(characters[end - 1]), isRun(characters[end]) { end -= 1 }
        if end <= limit / 2 { end = limit }
        return String(characters[..<end]).trimmingSpaces
    }

    private static func isRun(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == ".")
    }
}

extension SpokenName {
    /// What the holdings are called once they were named in full: 沪深300 for 易方达沪深300ETF联接A.
    ///
    /// The full spoken name where the short one would be another holding's too.
    static func nicks(_ spoken: [String], names: [String]) -> [String] {
        let nicks = zip(spoken, names).map { nick($0, of: $1) }
        var taken: [String: Int] = [:]
        for nick in nicks { taken[nick, default: 0] += 1 }
        return zip(nicks, spoken).map { nick, full in
            taken[nick, default: 0] > 1 || names.contains { $0 != full && $0 == nick } ? full : nick
        }
    }

    private static func nick(_ spoken: String, of name: String) -> String {
        guard spoken.unicodeScalars.contains(where: AdvisorLanguage.isHan), !spoken.hasSuffix("）"),
            !spoken.hasSuffix(")")
        else {
            return spoken
        }
        var text = withoutFormalities(plain(name))
        let company = FundCompany.of(text)
        if text.hasPrefix(company) { text = String(text.dropFirst(company.count)) }
        if text.hasSuffix("类") { text.removeLast() }
        if let last = text.last, last.isASCII, last.isUppercase, text.dropLast().last?.isASCII == false {
            text.removeLast()
        }
        while let ending = endings.first(where: text.hasSuffix), isDistinct(String(text.dropLast(ending.count))) {
            text = String(text.dropLast(ending.count))
        }
        text = text.trimmingSpaces
        return isDistinct(text) && text.count + 2 <= spoken.count ? text : spoken
    }

    private static func isDistinct(_ nick: String) -> Bool {
        nick.count >= 2 && nick.contains(where: \.isLetter) && !generic.contains(nick)
    }

    /// What is left out of a short name; 债券 stays, because it says what the fund is.
    private static let endings = ["ETF联接", "联接", "指数增强", "指数", "ETF", "LOF", "FOF", "灵活配置混合", "混合型", "混合", "股票", "货币"]
    private static let generic: Set<String> = ["债券", "指数", "货币", "股票", "混合", "基金", "黄金", "原油", "白银", "商品", "消费", "医药"]
}

extension String {
    /// Without spaces at either end.
    var trimmingSpaces: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
