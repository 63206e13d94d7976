/// What a fund's name says about its class, region and risk.
///
/// Always labelled `inferred_from_name`.
///
/// The order of the classes matters: 可转债 is no plain bond, a gold ETF no equity index, a leveraged index no R3.
enum NameClassifier {
    /// What a name gives away.
    struct Guess: Hashable {
        var assetClass: String?
        var region: String?
        var riskLevel: String?
    }

    /// Infers what it can; nil members where the name says nothing.
    static func guess(_ name: String) -> Guess {
        let text = name.halfWidth.lowercased()
        guard let assetClass = assetClass(of: text) else { return Guess(region: region(of: text)) }
        return Guess(
            assetClass: assetClass, region: region(of: text), riskLevel: riskLevel(of: text, assetClass: assetClass))
    }

    /// R-scale by fund type: money R1, bond R2, equity and mixed R3, leverage up to three times R4, beyond R5.
    static func riskLevel(of text: String, assetClass: String) -> String? {
        switch assetClass {
        case "money": return "R1"
        case "bond": return "R2"
        case "leveraged": return hasAny(text, ["4x", "5x", "四倍", "五倍", "4倍", "5倍", "10x"]) ? "R5" : "R4"
        case "commodity": return hasAny(text, ["黄金", "gold"]) ? "R3" : "R4"
        case "unknown": return nil
        default: return "R3"
        }
    }

    private static let classes: [(String, [String])] = [
        ("leveraged", ["分级", "杠杆", "两倍", "二倍", "三倍", "2倍", "3倍", "四倍", "五倍", "4倍", "5倍", "反向", "做空"]),
        ("leveraged", ["leveraged", "ultrapro", "ultrashort", "proshares ultra", "inverse", "word:2x", "word:3x"]),
        ("money", ["货币", "余额宝", "零钱通", "现金", "银华日利", "天天理财", "存款", "money market", "word:money", "word:cash"]),
        ("convertible", ["可转债", "转债", "convertible"]),
        ("bond", ["债", "bond", "treasury", "treasuries"]),
        ("commodity", ["黄金", "白银", "原油", "商品", "豆粕", "word:gold", "word:silver", "crude", "word:oil", "commodit"]),
        ("real_estate", ["reit", "不动产", "real estate"]),
        ("fund_of_funds", ["fof", "养老目标"]),
        (
            "equity_index",
            [
                "指数", "etf", "联接", "中证", "沪深", "创业板", "上证", "科创", "纳斯达克", "纳指", "标普", "恒生", "国证", "a50", "道琼斯",
                "msci", "index", "nasdaq", "s&p", "csi 300", "russell", "ftse", "dow jones", "hang seng",
            ]
        ),
        (
            "equity_active",
            [
                "混合", "股票", "成长", "精选", "优选", "蓝筹", "价值", "趋势", "先锋", "医疗", "消费", "科技", "新能源", "半导体", "军工", "白酒",
                "word:equity", "word:stock", "word:stocks", "word:growth", "balanced fund", "word:inc", "word:corp",
                "word:plc", "word:ltd",
            ]
        ),
    ]

    private static func assetClass(of text: String) -> String? {
        // A gold producer's share is a share.
        let text = text.replacing("黄金股", with: "股票").replacing("黄金产业", with: "股票")
        return classes.first { hasAny(text, $0.1) }?.0
    }

    private static func region(of text: String) -> String? {
        if hasAny(
            text, ["纳斯达克", "纳指", "标普", "美国", "道琼斯", "美元", "美股", "nasdaq", "s&p", "word:us", "dow jones", "russell"])
        {
            return "US"
        }
        if hasAny(text, ["恒生", "港股", "h股", "香港", "hang seng", "hong kong"]) { return "HK" }
        if hasAny(
            text,
            [
                "qdii", "全球", "海外", "德国", "日经", "日本", "印度", "越南", "欧洲", "亚太", "新兴市场", "原油", "global", "world",
                "international", "emerging",
            ])
        {
            return "global"
        }
        return text.hasHan ? "CN" : nil
    }

    /// Whether the text holds any of the words; `word:x` wants x to stand alone among Latin letters and digits.
    static func hasAny(_ text: String, _ words: [String]) -> Bool {
        words.contains { word in
            word.hasPrefix("word:") ? hasWord(text, String(word.dropFirst(5))) : text.contains(word)
        }
    }

    private static func hasWord(_ text: String, _ word: String) -> Bool {
        text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.contains { $0 == word }
    }

    /// A class as a table states it, in our words; nil where the statement is not known.
    static func statedClass(_ raw: String) -> String? {
        let text = raw.halfWidth.trimmed.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
        let known: Set = [
            "money", "bond", "convertible", "commodity", "real_estate", "fund_of_funds", "equity_index",
            "equity_active", "leveraged", "unknown",
        ]
        if known.contains(text) { return text }
        switch text {
        case "equity", "stock", "stocks", "股票", "股票型", "混合", "混合型", "偏股": return "equity_active"
        case "index", "指数", "指数型", "etf": return "equity_index"
        case "cash", "货币", "货币型", "现金": return "money"
        default: return assetClass(of: text)
        }
    }

    /// A region as a table states it.
    static func statedRegion(_ raw: String) -> String? {
        switch raw.halfWidth.trimmed.lowercased() {
        case "cn", "china", "中国", "a股", "境内", "国内", "内地", "沪深": "CN"
        case "hk", "hong kong", "香港", "港股": "HK"
        case "us", "usa", "united states", "美国", "美股": "US"
        case "global", "world", "全球", "海外", "境外", "international": "global"
        case "unknown": "unknown"
        default: nil
        }
    }

    /// A risk level as a table states it: `R3`, `3`, `中风险`.
    static func statedRisk(_ raw: String) -> String? {
        let text = raw.halfWidth.trimmed.uppercased()
        switch text.replacing("风险", with: "") {
        case "R1", "1", "低": return "R1"
        case "R2", "2", "中低", "较低": return "R2"
        case "R3", "3", "中", "中等": return "R3"
        case "R4", "4", "中高", "较高": return "R4"
        case "R5", "5", "高": return "R5"
        case "UNKNOWN": return "unknown"
        default: return nil
        }
    }

    /// Words that make a phrase a holding's name rather than talk.
    static func looksLikeHolding(_ name: String) -> Bool {
        let text = name.halfWidth.lowercased()
        return assetClass(of: text) != nil || hasAny(text, ["基金", "qdii", "lof", "word:fund", "红利"])
            || FundCatalogue.companies.contains { text.hasPrefix($0) }
            || FundCatalogue.entry(code: name.uppercased()) != nil
    }
}
