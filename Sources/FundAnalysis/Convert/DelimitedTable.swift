/// A text as a table: which delimiter, which row holds the headings, which rows follow.
struct DelimitedTable {
    var headings: [Heading]
    var rows: [DelimitedParser.Row]
    /// The rows above the headings: titles, the day of an export.
    var preamble: [DelimitedParser.Row] = []
    /// `;` and tab separate where the comma is the decimal mark.
    var usesDecimalComma = false
    /// `csv` or `json`: what a portfolio made of it calls its source.
    var format = "csv"

    /// The delimiters that are tried; full-width ones come from Chinese input methods.
    private static let delimiters: [Unicode.Scalar] = [",", "\t", ";", "|", "，", "；", "｜"]

    /// The table in a text; nil where no row of the beginning is a row of headings.
    ///
    /// `allowsSpaces` also tries blanks, for tables that were pasted into a message.
    static func read(_ text: String, allowsSpaces: Bool = false) throws -> DelimitedTable? {
        let found = try find(text, allowsSpaces: allowsSpaces)
        // In a message two words such as "amount" and "fund" may be talk; rows below make them headings.
        return allowsSpaces && found?.rows.isEmpty == true ? nil : found
    }

    private static func find(_ text: String, allowsSpaces: Bool) throws -> DelimitedTable? {
        // Scalars, because one character may be as long as the file.
        let beginning = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Limits.headingScalars)))
        var best: (score: Int, delimiter: Unicode.Scalar)?
        for delimiter in delimiters where beginning.unicodeScalars.contains(delimiter) {
            guard let place = headingRow(in: rows(of: beginning, delimiter)) else { continue }
            if place.score > best?.score ?? 0 { best = (place.score, delimiter) }
        }
        if let best { return try table(of: rows(of: text, best.delimiter), delimiter: best.delimiter) }
        guard allowsSpaces else { return nil }
        let spaced = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.halfWidth.split(separator: " ").joined(separator: "\t") }.joined(separator: "\n")
        let spacedRows = rows(of: spaced, "\t")
        guard let place = headingRow(in: spacedRows) else { return nil }
        let isTalk = spacedRows[place.index].fields.contains { Heading($0).column == nil }
        return isTalk ? nil : try table(of: spacedRows, delimiter: "\t")
    }

    private static func table(of rows: [DelimitedParser.Row], delimiter: Unicode.Scalar) throws -> DelimitedTable? {
        guard let place = headingRow(in: rows) else { return nil }
        let headings = rows[place.index].fields.map(Heading.init)
        let names = rows[place.index].fields
        // A heading repeated in the middle is a page break, a row of dashes belongs to Markdown.
        let body = rows[(place.index + 1)...].filter { row in
            row.problem != nil
                || row.fields != names && !row.fields.allSatisfy { $0.trimmed.allSatisfy { "-:=".contains($0) } }
        }
        guard body.count <= Limits.tableRows else {
            throw FundAnalysisError(
                code: .tooManyRows, message: "\(body.count) rows, the limit is \(Limits.tableRows)",
                hint: "Leave out the oldest days, or send the holdings only.")
        }
        let separatesDecimals = delimiter == ";" || delimiter == "\t" || delimiter == "；"
        return DelimitedTable(
            headings: headings, rows: Array(body), preamble: Array(rows[..<place.index]),
            usesDecimalComma: separatesDecimals && body.contains { $0.fields.contains(where: isDecimalComma) })
    }

    /// `1234,56` or `1.234,5`: one comma with one, two or four digits behind it.
    private static func isDecimalComma(_ field: String) -> Bool {
        let parts = field.halfWidth.trimmed.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].allSatisfy({ ("0"..."9").contains($0) }) else { return false }
        return [1, 2, 4].contains(parts[1].count) && parts[0].contains { ("0"..."9").contains($0) }
    }

    /// The row with the most known headings among the first ones; at least two, or a date and something beside it.
    private static func headingRow(in rows: [DelimitedParser.Row]) -> (index: Int, score: Int)? {
        var best: (index: Int, score: Int)?
        for (index, row) in rows.prefix(Limits.headingRows).enumerated() where row.problem == nil {
            let known = Set(row.fields.compactMap { Heading($0).column })
            let filled = row.fields.count { !$0.trimmed.isEmpty }
            let isSeries = known.contains(.date) && filled >= 2
            guard known.count >= 2 || isSeries else { continue }
            let score = known.count * 2 + (isSeries ? 1 : 0)
            if score > best?.score ?? 0 { best = (index, score) }
        }
        return best
    }

    /// All rows.
    ///
    /// A quote that is never closed would swallow the rest of the file: the row it begins in is reported and reading
    /// goes on with the next line. A file with many of them is not read again from each: after a few, every quote has to
    /// close on its own line.
    static func rows(of text: String, _ delimiter: Unicode.Scalar) -> [DelimitedParser.Row] {
        let scalars = Array(text.unicodeScalars)
        var result: [DelimitedParser.Row] = []
        var start = 0
        var line = 1
        for restarts in 0...Limits.quoteRestarts {
            var parser = DelimitedParser(
                delimiter: delimiter, line: line, closesQuotesAtLineEnd: restarts == Limits.quoteRestarts)
            var rowStart = start
            for index in start..<scalars.count {
                if let row = parser.push(scalars[index]) {
                    result.append(row)
                    rowStart = index + 1
                }
            }
            guard let last = parser.finish() else { break }
            guard last.problem == .unclosedQuote else {
                result.append(last)
                break
            }
            // The line feed behind a carriage return belongs to the row before.
            if rowStart > 0, scalars[rowStart] == "\n", scalars[rowStart - 1] == "\r" { rowStart += 1 }
            let end = scalars[rowStart...].firstIndex { $0 == "\n" || $0 == "\r" } ?? scalars.count
            let raw = String(String.UnicodeScalarView(scalars[rowStart..<end]))
            result.append(DelimitedParser.Row(fields: [], line: last.line, raw: raw, problem: .unclosedQuote))
            start = end
            line = last.line
            if start >= scalars.count { break }
        }
        return result.compactMap { clean($0, delimiter) }
    }

    /// Without rows that hold nothing, and without the outer bars of a Markdown table.
    private static func clean(_ row: DelimitedParser.Row, _ delimiter: Unicode.Scalar) -> DelimitedParser.Row? {
        if row.problem == nil, row.fields.allSatisfy({ $0.trimmed.isEmpty }) { return nil }
        guard delimiter == "|", row.raw.trimmed.hasPrefix("|"), row.fields.count > 2 else { return row }
        var row = row
        row.fields.removeFirst()
        if row.fields.last?.trimmed.isEmpty == true { row.fields.removeLast() }
        return row
    }

    /// The places of the columns of that kind.
    func places(of column: Heading.Column) -> [Int] {
        headings.indices.filter { headings[$0].column == column }
    }

    /// Whether any column is of that kind.
    func has(_ column: Heading.Column) -> Bool {
        headings.contains { $0.column == column }
    }
}

extension DelimitedParser.Problem {
    /// What a reader is told.
    var reason: String {
        switch self {
        case .textAfterQuote: "text follows a closing quote"
        case .unclosedQuote: "a quote is never closed"
        case .fieldTooLong: "a field is longer than \(Limits.fieldScalars) characters"
        case .tooManyFields: "more than \(Limits.tableColumns) fields"
        case .repeatedMember: "a member occurs twice in one object"
        }
    }
}
