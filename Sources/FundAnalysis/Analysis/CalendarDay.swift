/// A day of the proleptic Gregorian calendar as a number, so that days can be subtracted without time zones.
struct CalendarDay: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    let number: Int
    let year: Int
    let month: Int
    let day: Int

    /// Reads `YYYY-MM-DD`, and nothing else; nil for a day that does not exist.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            year > 0, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let number = CalendarDay.number(year: year, month: month, day: day)
        let civil = CalendarDay(number: number)
        guard civil.month == month, civil.day == day else { return nil }
        self = civil
    }

    /// The civil date of a day number (Howard Hinnant, "chrono-compatible low-level date algorithms").
    init(number: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.number = number
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    private static func number(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The next day that is not a Saturday or Sunday.
    var nextWeekday: CalendarDay {
        // 1970-01-01 was a Thursday; with Monday as 0 that is 3.
        let weekday = ((number + 3) % 7 + 7) % 7
        return CalendarDay(number: number + (weekday == 4 ? 3 : weekday == 5 ? 2 : 1))
    }

    static func == (left: CalendarDay, right: CalendarDay) -> Bool { left.number == right.number }

    /// By the number alone, which decides the rest.
    func hash(into hasher: inout Hasher) { hasher.combine(number) }

    static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }
}
