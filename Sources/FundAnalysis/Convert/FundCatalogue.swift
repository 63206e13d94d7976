/// A small list of common funds, for names that a screenshot shortened or an engine misread and for codes without a
/// name.
///
/// It is no register: what is not here is simply not repaired. Everything taken from it is labelled `catalogue`.
enum FundCatalogue {
    /// One fund.
    struct Entry: Hashable {
        var code: String
        var name: String
        /// Only where the name alone would mislead.
        var assetClass: String?
        var region: String?
    }

    /// Names that fund names begin with.
    static let companies = [
        "易方达", "招商", "广发", "华安", "天弘", "中欧", "富国", "银河", "诺安", "南方", "华夏", "嘉实", "博时", "汇添富", "工银", "兴全", "景顺长城",
        "国泰", "万家", "交银", "鹏华", "大成", "华宝", "华泰柏瑞", "国投瑞银", "建信", "中银", "银华", "长城", "泰康", "睿远", "东方红", "前海开源",
    ]

    /// The fund with that code.
    static func entry(code: String) -> Entry? { byCode[code] }

    /// The fund with exactly that name, apart from width, case, brackets and spaces.
    static func entry(name: String) -> Entry? { byName[normalised(name)] }

    /// The fund a misread or cut name means: nearest by edit distance over the longer length, at most `limit`, and
    /// clearly nearer than the second.
    ///
    /// A name that ends in `…` is compared with beginnings.
    static func nearest(to name: String, limit: Double = 0.34) -> (entry: Entry, distance: Double)? {
        let isCut = name.hasSuffix("…") || name.hasSuffix("...")
        let wanted = Array(normalised(name))
        guard wanted.count >= 4 else { return nil }
        var best: (entry: Entry, distance: Double)?
        var second = 1.0
        for entry in entries {
            var candidate = Array(normalised(entry.name))
            if isCut { candidate = Array(candidate.prefix(wanted.count)) }
            let longest = max(wanted.count, candidate.count)
            let distance = Double(editDistance(wanted, candidate)) / Double(longest)
            if distance < best?.distance ?? 2 {
                second = best?.distance ?? 1
                best = (entry, distance)
            } else {
                second = min(second, distance)
            }
        }
        guard let best, best.distance <= limit, second - best.distance >= 1 / Double(wanted.count + 1) else {
            return nil
        }
        return best
    }

    /// Letters, digits and Chinese characters only.
    static func normalised(_ name: String) -> String {
        String(name.halfWidth.uppercased().filter { $0.isLetter || $0.isNumber })
    }

    /// Levenshtein's distance in one row.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substitution = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }

    private static let byCode = Dictionary(entries.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    private static let byName = Dictionary(
        entries.map { (normalised($0.name), $0) }, uniquingKeysWith: { first, _ in first })

    /// All funds, one a line: code, name, and class and region where the name does not tell them.
    static let entries: [Entry] = list.split(separator: "\n").map { line in
        let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return Entry(
            code: fields[0], name: fields[1], assetClass: fields.count > 2 ? fields[2] : nil,
            region: fields.count > 3 ? fields[3] : nil)
    }

    private static let list = """
        110020|易方达沪深300ETF联接A
        007339|易方达沪深300ETF联接C
        110026|易方达创业板ETF联接A
        110017|易方达增强回报债券A
        110027|易方达安心回报债券A
        110037|易方达纯债债券A
        110022|易方达消费行业股票
        005827|易方达蓝筹精选混合
        000009|易方达天天理财货币A
        161119|易方达中债新综指(LOF)A|bond|CN
        161725|招商中证白酒指数(LOF)A
        012414|招商中证白酒指数(LOF)C
        217022|招商产业债券A
        270042|广发纳斯达克100ETF联接(QDII)A
        006479|广发纳斯达克100ETF联接(QDII)C
        040046|华安纳斯达克100ETF联接(QDII)A
        000216|华安黄金ETF联接A
        000217|华安黄金ETF联接C
        518880|华安黄金ETF
        002610|博时黄金ETF联接A
        002611|博时黄金ETF联接C
        050025|博时标普500ETF联接A
        513500|博时标普500ETF
        050026|博时医疗保健行业混合A
        000198|天弘余额宝货币
        000961|天弘沪深300ETF联接A
        001594|天弘中证银行ETF联接A
        001632|天弘中证食品饮料ETF联接C
        001631|天弘中证食品饮料ETF联接A
        012348|天弘恒生科技ETF联接(QDII)A
        003095|中欧医疗健康混合A
        003096|中欧医疗健康混合C
        001938|中欧时代先锋股票A
        166005|中欧价值发现混合A
        161005|富国天惠成长混合(LOF)A
        519674|银河创新成长混合A
        320007|诺安成长混合A
        163402|兴全趋势投资混合(LOF)
        163406|兴全合润混合(LOF)A
        260108|景顺长城新兴成长混合A
        160222|国泰国证食品饮料行业(LOF)A|equity_index|CN
        161903|万家行业优选混合(LOF)
        519069|汇添富价值精选混合A
        000248|汇添富中证主要消费ETF联接A
        519736|交银新成长混合
        001717|工银前沿医疗股票A
        485111|工银双利债券A
        482002|工银货币A
        003003|华夏现金增利货币A
        070009|嘉实超短债债券C
        160119|南方中证500ETF联接(LOF)A
        006327|易方达中证海外互联网50ETF联接(QDII)A
        164906|交银中证海外中国互联网指数(QDII-LOF)A
        161226|国投瑞银白银期货(LOF)A
        501018|南方原油(QDII-FOF-LOF)A
        510050|华夏上证50ETF
        510300|华泰柏瑞沪深300ETF
        510500|南方中证500ETF
        159919|嘉实沪深300ETF
        159915|易方达创业板ETF
        588000|华夏科创50ETF
        513100|国泰纳斯达克100ETF(QDII)
        511880|银华日利ETF|money|CN
        511010|国泰上证5年期国债ETF
        SPY|SPDR S&P 500 ETF|equity_index|US
        VOO|Vanguard S&P 500 ETF|equity_index|US
        VTI|Vanguard Total Stock Market ETF|equity_index|US
        QQQ|Invesco QQQ|equity_index|US
        IWM|iShares Russell 2000 ETF|equity_index|US
        VT|Vanguard Total World Stock ETF|equity_index|global
        VXUS|Vanguard Total International Stock ETF|equity_index|global
        BND|Vanguard Total Bond Market ETF|bond|US
        AGG|iShares Core US Aggregate Bond ETF|bond|US
        TLT|iShares 20+ Year Treasury Bond ETF|bond|US
        GLD|SPDR Gold Shares|commodity|global
        VNQ|Vanguard Real Estate ETF|real_estate|US
        TQQQ|ProShares UltraPro QQQ|leveraged|US
        AAPL|Apple|equity_active|US
        MSFT|Microsoft|equity_active|US
        GOOGL|Alphabet|equity_active|US
        AMZN|Amazon|equity_active|US
        NVDA|Nvidia|equity_active|US
        META|Meta Platforms|equity_active|US
        TSLA|Tesla|equity_active|US
        JPM|JPMorgan Chase|equity_active|US
        """
}
