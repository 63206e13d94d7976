import Foundation

/// A column's heading and what it says about the column's numbers.
struct Heading: Hashable {
    /// The heading as it stood.
    var text: String
    /// What the column holds; nil where the heading is not known.
    var column: Column?
    /// `持有金额(万元)` multiplies by 10,000.
    var scale: Decimal
    /// `收益率(%)`: numbers without a percent sign are percent all the same.
    var isPercent: Bool
    /// `amount (USD)`.
    var currency: String?

    /// What a column can hold.
    enum Column: String, CaseIterable {
        case name, code, amount, dayPl, holdPl, holdRate, units, cost, unitCost, nav, currency, assetClass, region
        case riskLevel, targetWeight, buyDate, date
    }

    init(_ raw: String) {
        text = raw.trimmed
        let whole = raw.halfWidth.lowercased()
        var base = whole
        var unit = ""
        if let open = whole.firstIndex(of: "("), let close = whole[open...].firstIndex(of: ")") {
            unit = String(whole[whole.index(after: open)..<close])
            base = String(whole[..<open] + whole[whole.index(after: close)...])
        } else if let slash = whole.firstIndex(of: "/"),
            ["元", "万元", "cny", "usd"].contains(whole[slash...].dropFirst())
        {
            unit = String(whole[slash...].dropFirst())
            base = String(whole[..<slash])
        }
        isPercent = unit.contains("%") || base.contains("%")
        scale = unit.contains("万") ? 10_000 : unit.contains("亿") ? 100_000_000 : unit.contains("千") ? 1_000 : 1
        currency = Self.currencies[unit.trimmed.uppercased()]
        column = Self.columns[Self.key(base)] ?? Self.columns[Self.key(whole)]
    }

    /// The letters and digits only, so that `Hold_PL`, `hold pl` and `holdPl` are one.
    private static func key(_ text: String) -> String {
        text.filter { !" _-.:\t%#*\"'".contains($0) }
    }

    private static let currencies = [
        "CNY": "CNY", "RMB": "CNY", "¥": "CNY", "元": "CNY", "万元": "CNY", "人民币": "CNY", "USD": "USD", "$": "USD",
        "US$": "USD", "美元": "USD", "HKD": "HKD", "HK$": "HKD", "港元": "HKD", "港币": "HKD", "EUR": "EUR", "€": "EUR",
    ]

    private static let columns: [String: Column] = {
        var result: [String: Column] = [:]
        for (column, aliases) in aliases {
            for alias in aliases.split(separator: " ") { result[key(String(alias))] = column }
        }
        return result
    }()

    /// Only headings that mean exactly this: 累计收益, which counts sold units too, is not the holding's P/L.
    private static let aliases: [(Column, String)] = [
        (
            .name,
            """
            基金名称 名称 name fund fundname 产品名称 产品 证券名称 股票名称 基金 基金简称 简称 资产名称 标的 标的名称 持仓名称 \
            security securityname holding position instrument description asset assetname stock
            """
        ),
        (.code, "基金代码 代码 code symbol ticker 证券代码 股票代码 产品代码 fundcode isin"),
        (
            .amount,
            """
            持有金额 金额 市值 资产 amount value 持仓金额 持仓市值 持有市值 最新市值 参考市值 资产金额 当前金额 marketvalue mktvalue \
            balance 余额 currentvalue positionvalue holdamount holdingamount
            """
        ),
        (
            .dayPl,
            """
            日收益 昨日收益 当日盈亏 daypl 今日收益 当日收益 昨收益 今日盈亏 日盈亏 昨日盈亏 dailypl daygain dayprofit todaygain \
            todaysgain todaypl
            """
        ),
        (
            .holdPl,
            """
            持有收益 持仓收益 浮动盈亏 pl holdpl 盈亏 持仓盈亏 浮盈 收益 pnl p/l p&l profit gain gainloss gain/loss profit/loss \
            unrealizedpl unrealizedgain unrealizedpnl holdingpl
            """
        ),
        (
            .holdRate,
            """
            持有收益率 收益率 rate holdrate 持仓收益率 盈亏比例 盈亏率 收益比例 return returnrate plrate gainrate returnpct plpct \
            gainpct holdratepct
            """
        ),
        (.units, "持有份额 份额 units shares quantity qty 持仓份额 持仓数量 数量 股数 持股数 持有数量"),
        (.cost, "成本 持仓成本 cost costbasis 总成本 totalcost 投入成本 成本金额 持有成本 本金 principal"),
        (
            .unitCost,
            """
            成本价 unitcost 持仓成本价 costprice avgcost averagecost averageprice 单位成本 买入价 买入均价 摊薄成本价 purchaseprice \
            持仓单价 costpershare costperunit
            """
        ),
        (.nav, "净值 最新净值 现价 nav price 单位净值 最新价 当前净值 当前价 currentprice lastprice 市价 unitprice latestnav"),
        (.currency, "币种 currency ccy 货币单位 结算币种"),
        (.assetClass, "assetclass 资产类别 类别 类型 基金类型 产品类型 class type fundtype"),
        (.region, "region 地区 区域 市场 market 投资地区"),
        (.riskLevel, "risklevel 风险等级 风险级别 风险 risk"),
        (.targetWeight, "targetweight 目标权重 目标比例 目标占比 target 目标仓位"),
        (.buyDate, "buydate 买入日期 购买日期 purchasedate 建仓日期 申购日期 买入时间"),
        (.date, "date 日期 净值日期 交易日期 时间 time datetime tradingdate 更新日期 asof asofdate 截止日期 day"),
    ]
}
