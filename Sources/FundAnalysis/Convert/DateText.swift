/// A day as files write it: `2024-01-05`, `2024/1/5`, `2024.1.5`, `20240105`, `2024年1月5日`, with or without a time,
/// and `31/12/2024` or `12/31/2024` where the column as a whole shows which comes first.
struct DateText {
    /// What comes first when the year is last.
    enum Order { case dayFirst, monthFirst }

    /// The day as `YYYY-MM-DD`, or nil: no such day, or nobody can tell which.
    static func parse(_ raw: some StringProtocol, order: Order? = nil) -> String? {
        guard let parts = parts(raw) else { return nil }
        switch parts {
        case .yearFirst(let year, let month, let day): return calendarDay(year, month, day)
        case .yearLast(let first, let second, let year):
            switch order {
            case .dayFirst: return calendarDay(year, second, first)
            case .monthFirst: return calendarDay(year, first, second)
            case nil:
                if first > 12 { return calendarDay(year, second, first) }
                if second > 12 { return calendarDay(year, first, second) }
                return first == second ? calendarDay(year, first, second) : nil
            }
        }
    }

    /// What a whole column says about the order; nil where it says nothing or contradicts itself.
    static func order(of column: [String]) -> Order? {
        var isDayFirst = false
        var isMonthFirst = false
        for raw in column {
            if case .yearLast(let first, let second, _)? = parts(raw) {
                if first > 12 { isDayFirst = true }
                if second > 12 { isMonthFirst = true }
            }
        }
        if isDayFirst == isMonthFirst { return nil }
        return isDayFirst ? .dayFirst : .monthFirst
    }

    private enum Parts {
        case yearFirst(Int, Int, Int)
        case yearLast(Int, Int, Int)
    }

    private static func parts(_ raw: some StringProtocol) -> Parts? {
        var text = raw.halfWidth.trimmed
        // A time of day after the date is of no use here.
        if let end = text.firstIndex(where: { $0 == " " || $0 == "T" }) { text = String(text[..<end]) }
        if text.count == 8, text.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(text) {
            return .yearFirst(number / 10_000, number / 100 % 100, number % 100)
        }
        let fields = text.split(omittingEmptySubsequences: false) { "-/.年月".contains($0) }
        guard fields.count == 3, let first = Int(fields[0]), let second = Int(fields[1]) else { return nil }
        let last = fields[2].hasSuffix("日") ? fields[2].dropLast() : fields[2]
        guard let third = Int(last), first >= 0, second >= 0, third >= 0 else { return nil }
        if fields[0].count == 4 { return .yearFirst(first, second, third) }
        if fields[2].count == 4 { return .yearLast(first, second, third) }
        return nil
    }

    private static func calendarDay(_ year: Int, _ month: Int, _ day: Int) -> String? {
        guard (1900...2200).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
