import Foundation

/// A table of dated values: NAV history, benchmark or flows.
///
/// Dates stay in the file's order and nothing is cleaned; rows that cannot be read are told in the notes.
struct SeriesTable {
    /// What was found; a wide NAV table may hold the benchmark too.
    struct Content {
        var navHistory: NavHistory?
        var benchmark: BenchmarkSeries?
        var flows: [CashFlow]?
        var notes: [String] = []

        /// `nav_history`, `benchmark` or `flows`.
        var kind: String {
            navHistory != nil ? "nav_history" : benchmark != nil ? "benchmark" : flows != nil ? "flows" : "nothing"
        }
    }

    private let table: DelimitedTable
    private let label: String
    /// Every code and name of the holdings, with the key it stands for.
    private let keys: [String: String]
    private var notes: [String] = []
    private var order: DateText.Order?

    /// Reads a table that has a date column and no holdings.
    ///
    /// `keys` are the holdings' codes and names.
    static func read(_ table: DelimitedTable, label: String, keys: [String: String]) -> Content {
        var reader = SeriesTable(table: table, label: label, keys: keys)
        var content = reader.content()
        content.notes = reader.notes
        return content
    }

    private init(table: DelimitedTable, label: String, keys: [String: String]) {
        self.table = table
        self.label = label
        self.keys = keys
        if let place = table.places(of: .date).first {
            order = DateText.order(of: table.rows.compactMap { place < $0.fields.count ? $0.fields[place] : nil })
        }
    }

    private static let flowNames: Set = [
        "amount", "金额", "flow", "flows", "cashflow", "cash_flow", "cash flow", "现金流", "发生金额", "交易金额", "净流入", "投入",
    ]
    private static let benchmarkNames: Set = [
        "benchmark", "基准", "业绩基准", "index", "指数", "value", "close", "收盘", "收盘价", "level", "点位", "比较基准",
    ]

    private mutating func content() -> Content {
        guard let date = table.places(of: .date).first else { return Content() }
        if table.has(.name) || table.has(.code) {
            return HoldingsTable.isFlowList(table) ? flows(date: date) : longNav(date: date)
        }
        let values = numericColumns(except: date)
        if values.isEmpty {
            notes.append("\(label) has dates and no numbers beside them.")
            return Content()
        }
        if let nav = table.places(of: .nav).first, values.contains(nav) { return singleNav(date: date, value: nav) }
        if let close = first(of: values, in: Self.benchmarkNames), keyed(values).isEmpty {
            return benchmark(date: date, value: close)
        }
        if let flow = first(of: values, in: Self.flowNames) { return flows(date: date, amount: flow) }
        if values.count == 1, let value = values.first, keyed(values).isEmpty {
            let isNegative = cells(value).contains { ($0 ?? 0) < 0 }
            return isNegative ? flows(date: date, amount: value) : benchmark(date: date, value: value)
        }
        return wideNav(date: date, values: values)
    }

    private func first(of columns: [Int], in names: Set<String>) -> Int? {
        columns.first { names.contains(table.headings[$0].text.halfWidth.trimmed.lowercased()) }
    }

    /// Columns that hold a number in most of their filled fields.
    private func numericColumns(except date: Int) -> [Int] {
        table.headings.indices.filter { column in
            guard column != date, !table.headings[column].text.isEmpty else { return false }
            var filled = 0
            var numbers = 0
            for row in table.rows.prefix(200) where column < row.fields.count {
                switch NumberText.parse(row.fields[column], decimalComma: table.usesDecimalComma) {
                case .number: (filled, numbers) = (filled + 1, numbers + 1)
                case .unreadable: filled += 1
                case .missing: continue
                }
            }
            return numbers > 0 && numbers * 2 >= filled
        }
    }

    /// Columns whose heading is a holding or looks like a fund code.
    private func keyed(_ columns: [Int]) -> [Int] {
        columns.filter { column in
            let text = table.headings[column].text.trimmed
            return keys[Self.normalised(text)] != nil
                || (text.count == 6 && text.allSatisfy { ("0"..."9").contains($0) })
        }
    }

    /// Codes are compared without the exchange's suffix (`510300.SH`).
    static func normalised(_ text: String) -> String {
        let base = text.halfWidth.trimmed.uppercased()
        guard let dot = base.lastIndex(of: "."), base[dot...].count <= 4 else { return FundCatalogue.normalised(base) }
        return FundCatalogue.normalised(String(base[..<dot]))
    }

    private func key(_ heading: String) -> String { keys[Self.normalised(heading)] ?? heading.trimmed }

    /// The numbers of a column; nil where missing or unreadable.
    private func cells(_ column: Int) -> [Decimal?] {
        table.rows.map { row in
            guard column < row.fields.count else { return nil }
            return NumberText.number(row.fields[column], decimalComma: table.usesDecimalComma)?.value
        }
    }

    /// The rows whose date can be read, with the date.
    private mutating func datedRows(_ date: Int) -> [(row: Int, day: String)] {
        var result: [(Int, String)] = []
        var unread: [Int] = []
        for (index, row) in table.rows.enumerated() {
            if row.problem == nil, date < row.fields.count, let day = DateText.parse(row.fields[date], order: order) {
                result.append((index, day))
            } else {
                unread.append(row.line)
            }
        }
        if let first = unread.first {
            notes.append("\(label): \(unread.count) rows have no date that can be read, the first in line \(first).")
        }
        return result
    }

    /// Notes fields that hold something and are no number.
    private mutating func noteUnreadable(_ column: Int) {
        let lines = table.rows.compactMap { row -> Int? in
            guard column < row.fields.count, row.problem == nil else { return nil }
            return NumberText.parse(row.fields[column], decimalComma: table.usesDecimalComma) == .unreadable
                ? row.line : nil
        }
        guard let first = lines.first else { return }
        notes.append(
            "\(label), \(table.headings[column].text): \(lines.count) values cannot be read, the first in line \(first)."
        )
    }

    private mutating func wideNav(date: Int, values: [Int]) -> Content {
        let rows = datedRows(date)
        var content = Content()
        var navs: [String: [Double?]] = [:]
        for column in values {
            let heading = table.headings[column].text.trimmed
            if Self.benchmarkNames.contains(heading.lowercased()) {
                content.benchmark = benchmark(date: date, value: column).benchmark
                continue
            }
            noteUnreadable(column)
            let cells = cells(column)
            if navs[key(heading)] != nil { notes.append("\(label): \(heading) occurs twice; the last column is used.") }
            navs[key(heading)] = rows.map { cells[$0.row].flatMap(Self.double) }
        }
        content.navHistory = NavHistory(dates: rows.map(\.day), navs: navs)
        return content
    }

    /// One fund's history as fund sites give it: 净值日期, 单位净值, 累计净值, 日增长率.
    private mutating func singleNav(date: Int, value: Int) -> Content {
        let digits = label.split { !("0"..."9").contains($0) }.first { $0.count == 6 }.map(String.init)
        let all = Set(keys.values)
        guard let fund = digits ?? (all.count == 1 ? all.first : nil) else {
            notes.append("\(label) does not say which fund it is of; name the file by the fund's code.")
            return Content()
        }
        noteUnreadable(value)
        let rows = datedRows(date)
        let cells = cells(value)
        return Content(
            navHistory: NavHistory(
                dates: rows.map(\.day), navs: [key(fund): rows.map { cells[$0.row].flatMap(Self.double) }]))
    }

    /// One row a fund and day.
    private mutating func longNav(date: Int) -> Content {
        guard let identity = (table.places(of: .code) + table.places(of: .name)).first,
            let value = table.places(of: .nav).first
        else { return Content() }
        noteUnreadable(value)
        let cells = cells(value)
        var dates: [String] = []
        var seen: Set<String> = []
        var points: [String: [String: Double]] = [:]
        for (index, day) in datedRows(date) {
            if seen.insert(day).inserted { dates.append(day) }
            let fields = table.rows[index].fields
            guard identity < fields.count, let nav = cells[index].flatMap(Self.double) else { continue }
            let fund = key(fields[identity])
            if points[fund]?[day] != nil {
                notes.append("\(label): \(fund) has two values on \(day); the last counts.")
            }
            points[fund, default: [:]][day] = nav
        }
        let navs = points.mapValues { values in dates.map { values[$0] } }
        return Content(navHistory: NavHistory(dates: dates, navs: navs))
    }

    private mutating func benchmark(date: Int, value: Int) -> Content {
        noteUnreadable(value)
        let rows = datedRows(date)
        let cells = cells(value)
        return Content(
            benchmark: BenchmarkSeries(
                name: table.headings[value].text.trimmed, dates: rows.map(\.day),
                values: rows.map { cells[$0.row].flatMap(Self.double) }))
    }

    private mutating func flows(date: Int, amount: Int? = nil) -> Content {
        guard let amount = amount ?? table.places(of: .amount).first else { return Content() }
        noteUnreadable(amount)
        let scale = table.headings[amount].scale
        let cells = cells(amount)
        let flows = datedRows(date).compactMap { row, day in
            cells[row].map { CashFlow(date: day, amount: $0 * scale) }
        }
        return Content(flows: flows)
    }

    /// The nearest `Double` to the digits as they stand.
    private static func double(_ value: Decimal) -> Double? { Double(value.plain) }
}
