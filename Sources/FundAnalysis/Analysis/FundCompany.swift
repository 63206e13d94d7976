/// The companies whose funds carry their name in front.
enum FundCompany {
    /// The largest managers of public funds in China and a few abroad; a name that begins with none is `unknown`.
    static let names = [
        "易方达", "华夏", "广发", "南方", "天弘", "博时", "嘉实", "富国", "汇添富", "工银瑞信", "工银", "鹏华", "招商", "建信", "银华",
        "兴证全球", "兴全", "华安", "中银", "国泰", "交银施罗德", "交银", "平安", "大成", "华宝", "景顺长城", "中欧", "万家", "农银汇理",
        "浦银安盛", "永赢", "国投瑞银", "民生加银", "海富通", "华泰柏瑞", "上投摩根", "摩根", "光大保德信", "融通", "长城", "诺安", "宝盈",
        "国联安", "泰康", "前海开源", "信达澳亚", "东方红", "睿远", "中信保诚", "长信", "申万菱信", "泓德", "西部利得", "国金", "国寿安保",
        "中金", "中加", "圆信永丰", "安信", "创金合信", "新华", "金鹰", "泰达宏利", "宏利", "华商", "银河", "中海", "天治", "东吴", "浙商",
        "Vanguard", "iShares", "SPDR", "Invesco", "Fidelity", "Schwab", "Xtrackers", "Amundi", "UBS",
    ].sorted { $0.count != $1.count ? $0.count > $1.count : $0 < $1 }

    /// The company that the fund's name begins with.
    static func of(_ fund: String) -> String {
        names.first { fund.hasPrefix($0) } ?? "unknown"
    }
}
