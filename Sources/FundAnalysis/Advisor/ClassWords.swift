/// What classes and regions are called.
struct ClassWords: Sendable {
    let language: AdvisorLanguage

    /// 债券, "bonds"; a class of one holding's nature is named for it (黄金 for a gold fund).
    func name(_ assetClass: String, gold: Bool = false) -> String {
        if gold { return language == .zh ? "黄金" : "gold" }
        let words = Self.classes[assetClass] ?? ("其他产品", "other products")
        return language == .zh ? words.0 : words.1
    }

    /// The class of some rows, gold where all of a commodity class is gold.
    func name(_ assetClass: String, in view: PortfolioView) -> String {
        let members = view.rows.filter { $0.assetClass == assetClass }
        return name(assetClass, gold: !members.isEmpty && members.allSatisfy(\.isGold) && assetClass == "commodity")
    }

    /// What a question's group is called.
    func group(_ name: String) -> String {
        let words: (String, String)? =
            switch name {
            case "gold": ("黄金", "gold")
            case "equity": ("股票类", "stock funds")
            case "US": ("美股", "US stocks")
            case "HK": ("港股", "Hong Kong stocks")
            case "named": ("这几只", "these funds")
            default: Self.classes[name]
            }
        guard let words else { return name }
        return language == .zh ? words.0 : words.1
    }

    /// 国内, "China"; nil for a region that is not known.
    func region(_ name: String) -> String? {
        let words: (String, String)? =
            switch name {
            case "CN": ("国内", "China")
            case "HK": ("香港", "Hong Kong")
            case "US": ("美国", "the United States")
            case "global": ("海外", "overseas markets")
            default: nil
            }
        return words.map { language == .zh ? $0.0 : $0.1 }
    }

    /// "A、B和C", "A, B and C".
    func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        let head = names.dropLast()
        return language == .zh
            ? head.joined(separator: "、") + "和" + last : head.joined(separator: ", ") + " and " + last
    }

    private static let classes: [String: (String, String)] = [
        "money": ("货币基金", "money funds"), "bond": ("债券", "bonds"), "convertible": ("可转债", "convertible bonds"),
        "commodity": ("商品", "commodities"), "real_estate": ("不动产", "real estate"),
        "fund_of_funds": ("基金组合", "funds of funds"), "equity_index": ("指数基金", "index funds"),
        "equity_active": ("偏股基金", "active stock funds"), "leveraged": ("杠杆产品", "leveraged products"),
        "unknown": ("没认出类别的部分", "holdings of unknown kind"),
    ]
}
