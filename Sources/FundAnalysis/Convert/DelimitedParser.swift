/// Rows of fields by RFC 4180, with any delimiter: a state machine over Unicode scalars.
///
/// A field that begins with `"` ends with the next `"` that is not doubled, and may hold delimiters and line ends
/// (section 2, rules 6 and 7). A `"` inside a field that does not begin with one is an ordinary character: names such
/// as `5" Fund` exist. CR, LF and CR LF end a row. What breaks the format is told with the row, never mended.
struct DelimitedParser {
    /// One row as it was read.
    struct Row: Hashable {
        var fields: [String]
        /// The line of its first character, from 1.
        var line: Int
        /// The characters as they stood, without the line end.
        var raw: String
        /// Why the row cannot be trusted.
        var problem: Problem?
    }

    /// What breaks the format.
    enum Problem: Hashable {
        case textAfterQuote, unclosedQuote, fieldTooLong, tooManyFields
        /// Of JSON: an object has two members of one name.
        case repeatedMember
    }

    private enum State { case fieldStart, plain, quoted, quoteInQuoted }

    let delimiter: Unicode.Scalar
    private var state = State.fieldStart
    private let closesQuotesAtLineEnd: Bool
    private var field = String.UnicodeScalarView()
    private var fields: [String] = []
    private var raw = String.UnicodeScalarView()
    // A view's own count walks over all of it.
    private var fieldScalars = 0
    private var rawScalars = 0
    private var problem: Problem?
    private var line: Int
    private var rowLine: Int
    private var previousWasReturn = false

    /// Makes a parser.
    ///
    /// - Parameters:
    ///   - line: the number of the first line.
    ///   - closesQuotesAtLineEnd: true where a quote that is open at the end of its line counts as never closed.
    init(delimiter: Unicode.Scalar, line: Int = 1, closesQuotesAtLineEnd: Bool = false) {
        self.delimiter = delimiter
        self.line = line
        self.closesQuotesAtLineEnd = closesQuotesAtLineEnd
        rowLine = line
    }

    /// Takes one scalar; returns a row when it ends one.
    mutating func push(_ scalar: Unicode.Scalar) -> Row? {
        defer { previousWasReturn = scalar == "\r" }
        if scalar == "\n", previousWasReturn, state != .quoted {
            rowLine = line
            return nil
        }
        let isLineEnd = scalar == "\n" || scalar == "\r"
        if isLineEnd, !(scalar == "\n" && previousWasReturn) { line += 1 }
        if isLineEnd, state == .quoted, closesQuotesAtLineEnd { return endUnclosedRow() }
        if isLineEnd, state != .quoted { return endRow() }
        if rawScalars < Limits.tableColumns * 64 {
            raw.append(scalar)
            rawScalars += 1
        }
        step(scalar)
        return nil
    }

    /// Ends the text; returns the last row where the text did not end with a line end.
    mutating func finish() -> Row? {
        if state == .quoted { return endUnclosedRow() }
        if state == .fieldStart, fields.isEmpty, raw.isEmpty { return nil }
        return endRow()
    }

    private mutating func step(_ scalar: Unicode.Scalar) {
        switch state {
        case .fieldStart:
            if scalar == "\"" {
                state = .quoted
            } else if scalar == delimiter {
                endField()
            } else {
                state = .plain
                append(scalar)
            }
        case .plain:
            if scalar == delimiter { endField() } else { append(scalar) }
        case .quoted:
            if scalar == "\"" { state = .quoteInQuoted } else { append(scalar) }
        case .quoteInQuoted:
            if scalar == "\"" {
                state = .quoted
                append(scalar)
            } else if scalar == delimiter {
                endField()
            } else if scalar != " " {
                problem = problem ?? .textAfterQuote
                append(scalar)
            }
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        guard fieldScalars < Limits.fieldScalars else {
            problem = problem ?? .fieldTooLong
            return
        }
        field.append(scalar)
        fieldScalars += 1
    }

    private mutating func endField() {
        if fields.count < Limits.tableColumns {
            fields.append(String(field))
        } else {
            problem = problem ?? .tooManyFields
        }
        field.removeAll(keepingCapacity: true)
        fieldScalars = 0
        state = .fieldStart
    }

    private mutating func endUnclosedRow() -> Row {
        var row = endRow()
        // Nobody knows where its fields end, so that one of them is too long says nothing.
        row.fields = []
        row.problem = .unclosedQuote
        return row
    }

    private mutating func endRow() -> Row {
        endField()
        defer {
            fields = []
            raw.removeAll()
            rawScalars = 0
            problem = nil
            rowLine = line
        }
        return Row(fields: fields, line: rowLine, raw: String(raw), problem: problem)
    }
}
