import Foundation

/// A table of holdings as drafts.
struct HoldingsTable {
    private let table: DelimitedTable
    private let label: String
    private var assembler: PortfolioAssembler
    /// Drafts whose rate has no percent sign, with the number as it stood.
    private var plainRates: [(draft: Int, value: Decimal)] = []

    /// Whether a table's headings are those of holdings: something names them, and it is no list of dated values.
    static func describes(_ table: DelimitedTable) -> Bool {
        guard table.has(.name) || table.has(.code) else { return false }
        guard table.has(.date) else { return true }
        let isNavList = table.has(.nav) && !table.has(.amount) && !table.has(.units) && !table.has(.cost)
        return !isNavList && !isFlowList(table)
    }

    /// Dated payments by fund: a date, a code, an amount, nothing else, and money out or the same fund twice.
    static func isFlowList(_ table: DelimitedTable) -> Bool {
        let known = Set(table.headings.compactMap(\.column))
        guard known.contains(.date), known.contains(.amount), known.isSubset(of: [.date, .amount, .code, .name]),
            let identity = (table.places(of: .code) + table.places(of: .name)).first,
            let amount = table.places(of: .amount).first
        else { return false }
        let keys = table.rows.compactMap { identity < $0.fields.count ? $0.fields[identity] : nil }
        return Set(keys).count < keys.count
            || table.rows.contains { row in
                amount < row.fields.count && (NumberText.number(row.fields[amount])?.value ?? 0) < 0
            }
    }

    /// Reads the table; throws where it cannot hold amounts or not one of them can be read.
    static func read(_ table: DelimitedTable, label: String, isMessage: Bool) throws -> PortfolioAssembler {
        var reader = HoldingsTable(table: table, label: label)
        try reader.checkColumns()
        reader.readPreamble()
        for row in table.rows { reader.read(row, isMessage: isMessage) }
        reader.resolvePlainRates()
        reader.noteDay()
        try reader.checkRows()
        return reader.assembler
    }

    private init(table: DelimitedTable, label: String) {
        self.table = table
        self.label = label
        assembler = PortfolioAssembler(source: table.format)
        assembler.isChinese = table.headings.contains { $0.text.hasHan }
    }

    private func checkColumns() throws {
        let hasPrice = table.has(.nav) || table.has(.unitCost)
        let hasCost = table.has(.cost) || (table.has(.units) && table.has(.unitCost))
        let canDerive = hasCost && (table.has(.holdPl) || table.has(.holdRate))
        if table.has(.amount) || (table.has(.units) && table.has(.nav)) || canDerive { return }
        let found = table.headings.map(\.text).filter { !$0.isEmpty }.prefix(12).joined(separator: ", ")
        let missing = table.has(.units) ? "the NAV" : hasPrice ? "the units" : "the amounts"
        throw FundAnalysisError(
            code: .missingColumn, message: "\(label) has no column for \(missing) (found: \(found))",
            hint: "Add a column 持有金额 (amount), or 持有份额 and 净值 (units and nav).")
    }

    private func checkRows() throws {
        if assembler.hasHoldings { return }
        guard let first = table.rows.first else {
            throw FundAnalysisError(
                code: .notRecognised, message: "\(label) has headings and no rows", hint: "Add one row a holding.")
        }
        let reason =
            assembler.dropped.first?.reason
            ?? assembler.drafts.lazy.compactMap { draft -> String? in
                if case .failure(let unusable) = draft.finished() { unusable.reason } else { nil }
            }.first ?? "no amount"
        throw FundAnalysisError(
            code: .badAmount, message: "no row of \(label) can be read; line \(first.line): \(reason)",
            hint: "Write amounts as 1234.56 or \"1,234.56\", one row a holding.")
    }

    private mutating func readPreamble() {
        for field in table.preamble.flatMap(\.fields) {
            for word in field.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "：" || $0 == "至" || $0 == "于" }) {
                if let day = DateText.parse(word) { assembler.asOf = assembler.asOf ?? day }
            }
        }
    }

    private mutating func read(_ row: DelimitedParser.Row, isMessage: Bool) {
        if let problem = row.problem { return assembler.drop(row.raw, problem.reason) }
        let filled = row.fields.count { !$0.trimmed.isEmpty }
        // A question under a pasted table is no row of it.
        if isMessage, filled == 1, table.headings.count > 1, !row.raw.contains(where: \.isNumber) { return }
        if row.fields.dropFirst(table.headings.count).contains(where: { !$0.trimmed.isEmpty }) {
            return assembler.drop(
                row.raw,
                "\(row.fields.count) fields under \(table.headings.count) headings; a thousands mark needs quotes")
        }
        var draft = HoldingDraft(
            origin: Holding.Origin(input: label, line: row.line, text: row.raw.cutToRaw))
        draft.name = text(.name, row, &draft)
        draft.code = text(.code, row, &draft)
        if Self.isTotal(draft.name) || (draft.name.isEmpty && Self.isTotal(draft.code ?? "")) {
            return readTotal(row)
        }
        readLabels(row, &draft)
        let values = readFigures(row, &draft)
        if let unread = values.unreadAmount {
            return assembler.drop(row.raw, "the amount \"\(unread.cutToRaw)\" cannot be read")
        }
        if let rate = values.plainRate { plainRates.append((assembler.drafts.count, rate)) }
        assembler.drafts.append(draft)
    }

    private static func isTotal(_ name: String) -> Bool {
        ["合计", "总计", "小计", "总额", "总资产", "total", "subtotal", "sum", "grand total"].contains(name.trimmed.lowercased())
    }

    private mutating func readTotal(_ row: DelimitedParser.Row) {
        if row.fields.contains(where: { ["小计", "subtotal"].contains($0.trimmed.lowercased()) }) { return }
        var scratch = HoldingDraft(origin: Holding.Origin(input: label, text: ""))
        _ = readFigures(row, &scratch)
        assembler.statedTotal = scratch.amount ?? assembler.statedTotal
        assembler.statedDayPl = scratch.dayPl ?? assembler.statedDayPl
        assembler.statedHoldPl = scratch.holdPl ?? assembler.statedHoldPl
    }

    /// The field of that column; of several columns the first that is filled, flagged where they differ.
    private func text(_ column: Heading.Column, _ row: DelimitedParser.Row, _ draft: inout HoldingDraft) -> String {
        cell(column, row, &draft)?.text ?? ""
    }

    private func cell(
        _ column: Heading.Column, _ row: DelimitedParser.Row, _ draft: inout HoldingDraft
    ) -> (text: String, heading: Heading)? {
        let filled = table.places(of: column).filter { $0 < row.fields.count && !row.fields[$0].trimmed.isEmpty }
        guard let first = filled.first else { return nil }
        let text = row.fields[first].trimmed
        for other in filled.dropFirst() where row.fields[other].trimmed != text {
            draft.flag(
                "duplicate_column", confidence: 0.5,
                "\(table.headings[first].text) says \(text), \(table.headings[other].text) \(row.fields[other].trimmed)"
            )
        }
        return (text, table.headings[first])
    }

    private func readLabels(_ row: DelimitedParser.Row, _ draft: inout HoldingDraft) {
        for (column, path, parse) in [
            (Heading.Column.assetClass, \HoldingDraft.assetClass, NameClassifier.statedClass),
            (.region, \HoldingDraft.region, NameClassifier.statedRegion),
            (.riskLevel, \HoldingDraft.riskLevel, NameClassifier.statedRisk),
        ] {
            let raw = text(column, row, &draft)
            if raw.isEmpty { continue }
            let value = parse(raw)
            if value == nil { draft.warnings.append("\(raw.cutToRaw) is no known \(column.rawValue)") }
            if value != "unknown" { draft[keyPath: path] = value }
        }
        let currency = text(.currency, row, &draft)
        if !currency.isEmpty {
            draft.currency = NumberText.number("1" + currency)?.currency ?? NumberText.number(currency + "1")?.currency
            if draft.currency == nil, currency.count == 3, currency.allSatisfy({ $0.isASCII && $0.isLetter }) {
                draft.currency = currency.uppercased()
            }
        }
        let bought = text(.buyDate, row, &draft)
        if !bought.isEmpty {
            draft.buyDate = DateText.parse(bought)
            if draft.buyDate == nil { draft.warnings.append("\(bought.cutToRaw) is no date that can be read") }
        }
        draft.asOf = DateText.parse(text(.date, row, &draft))
    }

    /// The money columns of one row.
    private func readFigures(
        _ row: DelimitedParser.Row, _ draft: inout HoldingDraft
    ) -> (unreadAmount: String?, plainRate: Decimal?) {
        var unreadAmount: String?
        var plainRate: Decimal?
        let columns: [(Heading.Column, WritableKeyPath<HoldingDraft, Decimal?>)] = [
            (.amount, \.amount), (.dayPl, \.dayPl), (.holdPl, \.holdPl), (.cost, \.cost), (.unitCost, \.unitCost),
            (.units, \.units), (.nav, \.nav), (.holdRate, \.holdRate), (.targetWeight, \.targetWeight),
        ]
        for (column, path) in columns {
            guard let cell = cell(column, row, &draft) else { continue }
            let isRate = column == .holdRate || column == .targetWeight
            switch NumberText.parse(cell.text, decimalComma: table.usesDecimalComma) {
            case .missing: continue
            case .number(let number) where isRate && (number.isPercent || cell.heading.isPercent):
                draft[keyPath: path] = number.value / 100
            case .number(let number) where column == .holdRate:
                draft.holdRate = number.value
                plainRate = number.value
            case .number(let number) where isRate || !number.isPercent:
                draft[keyPath: path] = number.value * cell.heading.scale
                if column == .amount, let currency = number.currency ?? cell.heading.currency {
                    draft.currency = draft.currency ?? currency
                }
            case .number, .unreadable:
                if column == .amount {
                    unreadAmount = cell.text
                } else {
                    draft.flag(
                        "unread_\(column == .holdPl ? "hold_pl" : column == .dayPl ? "day_pl" : column.rawValue)",
                        confidence: 0.7, "\(cell.heading.text) \"\(cell.text.cutToRaw)\" cannot be read")
                }
            }
        }
        if let target = draft.targetWeight, target > 1, target <= 100 { draft.targetWeight = target / 100 }
        return (unreadAmount, plainRate)
    }

    /// `5.82` may be a fraction or percent.
    ///
    /// Amount and P/L of any row tell for the whole column; without them a number above 1 means percent, and
    /// otherwise the choice is flagged.
    private mutating func resolvePlainRates() {
        guard !plainRates.isEmpty else { return }
        var votes = (fraction: 0, percent: 0)
        for (index, value) in plainRates {
            let draft = assembler.drafts[index]
            guard let amount = draft.amount, let gain = draft.holdPl ?? draft.cost.map({ amount - $0 }),
                amount != gain, value != 0
            else { continue }
            let rate = gain / (amount - gain)
            if abs(rate - value) <= HoldingDraft.rateTolerance { votes.fraction += 1 }
            if abs(rate - value / 100) <= HoldingDraft.rateTolerance { votes.percent += 1 }
        }
        let isClear = votes.fraction != votes.percent
        let isPercent = isClear ? votes.percent > votes.fraction : plainRates.contains { abs($0.value) > 1 }
        for (index, value) in plainRates {
            if isPercent { assembler.drafts[index].holdRate = value / 100 }
            if !isClear, value != 0 {
                assembler.drafts[index].flag(
                    "rate_unit_assumed", confidence: 0.8,
                    "the rate \(value.plain) is taken as \(isPercent ? "percent" : "a fraction")")
            }
        }
    }

    /// T+1: yesterday's gain belongs to the last published NAV, a day later still for QDII funds.
    private mutating func noteDay() {
        let days = Set(assembler.drafts.compactMap(\.asOf))
        if days.count == 1 { assembler.asOf = days.first }
        guard table.headings.contains(where: { $0.column == .dayPl && $0.text.contains("昨") }) else { return }
        assembler.warnings.append(
            "昨日收益 belongs to the last published NAV; for QDII funds that is a day older than for the others.")
    }
}
