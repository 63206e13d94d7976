/// How currencies are said and recognised.
enum Currency {
    /// Chinese words that follow an amount, longest first where one ends another.
    private static let chineseWords: [(word: String, code: String)] = [
        ("新加坡元", "SGD"), ("瑞士法郎", "CHF"), ("人民币", "CNY"), ("新台币", "TWD"), ("美元", "USD"), ("美金", "USD"),
        ("港元", "HKD"), ("港币", "HKD"), ("欧元", "EUR"), ("英镑", "GBP"), ("日元", "JPY"), ("澳元", "AUD"), ("加元", "CAD"),
        ("韩元", "KRW"), ("元", "CNY"), ("块", "CNY"),
    ]

    /// Signs that stand before an amount, longest first where one ends another.
    private static let signs: [(sign: String, code: String)] = [
        ("HK$", "HKD"), ("US$", "USD"), ("S$", "SGD"), ("A$", "AUD"), ("C$", "CAD"), ("NT$", "TWD"), ("JP¥", "JPY"),
        ("¥", "CNY"), ("￥", "CNY"), ("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("RMB ", "CNY"),
    ]

    private static let englishWords: [(word: String, code: String)] = [
        ("yuan", "CNY"), ("rmb", "CNY"), ("dollars", "USD"), ("euros", "EUR"), ("pounds", "GBP"),
    ]

    /// What follows an amount in Chinese: `元`, `港元`, and the code where there is no word.
    static func chinese(_ code: String) -> String {
        if code == "CNY" { return "元" }
        return chineseWords.first { $0.code == code }?.word ?? code
    }

    /// What stands before an amount in English: `¥`, `$`, `HK$`, or the code and a space.
    static func english(_ code: String) -> String {
        code == "USD" ? "$" : signs.first { $0.code == code }?.sign ?? "\(code) "
    }

    /// The currency whose sign or code ends the text before an amount.
    static func before(_ text: some StringProtocol) -> String? {
        if let sign = signs.first(where: { text.hasSuffix($0.sign) }) { return sign.code }
        let code = text.hasSuffix(" ") ? text.dropLast().suffix(3) : text.suffix(3)
        return code.count == 3 && code.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? String(code) : nil
    }

    /// The currency that the text after an amount begins with.
    static func after(_ text: some StringProtocol) -> String? {
        let lowered = text.drop { $0 == " " }.prefix(8).lowercased()
        if let word = chineseWords.first(where: { lowered.hasPrefix($0.word) }) { return word.code }
        return englishWords.first { lowered.hasPrefix($0.word) }?.code
    }
}
