/// Values on strictly rising days, as they are after cleaning.
struct DatedSeries: Sendable {
    private(set) var days: [CalendarDay] = []
    private(set) var values: [Double] = []

    /// What was found while cleaning, by the day it was found on.
    private(set) var duplicates: [CalendarDay] = []
    private(set) var nonpositive: [CalendarDay] = []
    private(set) var isUnsorted = false

    /// Sorts, keeps the first of several values of a day, and leaves out values that no price can have.
    ///
    /// A day whose text is none is left out here and reported by `NavQuality`.
    init(dates: [CalendarDay?], values: [Double?]) {
        var pairs: [(day: CalendarDay, value: Double)] = []
        for index in 0..<min(dates.count, values.count) {
            guard let day = dates[index], let value = values[index], value.isFinite else { continue }
            if let last = pairs.last, day < last.day { isUnsorted = true }
            pairs.append((day, value))
        }
        if isUnsorted {
            // The standard sort promises no stability, and "the first of a day" has to mean the file's first.
            let order = pairs.indices.sorted { (pairs[$0].day, $0) < (pairs[$1].day, $1) }
            pairs = order.map { pairs[$0] }
        }
        for (day, value) in pairs {
            if day == days.last {
                duplicates.append(day)
            } else if value <= 0 {
                nonpositive.append(day)
            } else {
                days.append(day)
                self.values.append(value)
            }
        }
    }

    /// The same values on a chosen, rising subset of the days.
    init(_ series: DatedSeries, on chosen: [CalendarDay]) {
        series.match(chosen) { index in
            days.append(series.days[index])
            values.append(series.values[index])
        }
    }

    init(days: [CalendarDay], values: [Double]) {
        self.days = days
        self.values = values
    }

    /// Those of some rising days that have a value.
    func days(in chosen: [CalendarDay]) -> [CalendarDay] {
        var found: [CalendarDay] = []
        match(chosen) { found.append(days[$0]) }
        return found
    }

    /// Calls with the index of every day that is also among the chosen, rising ones.
    private func match(_ chosen: [CalendarDay], _ found: (Int) -> Void) {
        var own = 0
        var other = 0
        while own < days.count, other < chosen.count {
            if days[own] == chosen[other] {
                found(own)
                own += 1
                other += 1
            } else if days[own] < chosen[other] {
                own += 1
            } else {
                other += 1
            }
        }
    }

    /// Simple returns from one value to the next.
    var returns: [Double] {
        zip(values.dropFirst(), values).map { $0 / $1 - 1 }
    }

    /// The last value on or before the day, where it is not older than `maximumAge` days.
    func value(at day: CalendarDay, maximumAge: Int) -> Double? {
        var low = 0
        var high = days.count
        while low < high {
            let middle = (low + high) / 2
            if days[middle] <= day { low = middle + 1 } else { high = middle }
        }
        guard low > 0, day.number - days[low - 1].number <= maximumAge else { return nil }
        return values[low - 1]
    }

    /// Calendar days from the first value to the last.
    var span: Int {
        guard let first = days.first, let last = days.last else { return 0 }
        return last.number - first.number
    }

    /// 252, 52, 12, 4 or 1, told from the usual distance of two days.
    var periodsPerYear: Int {
        let steps = zip(days.dropFirst(), days).map { $0.number - $1.number }.sorted()
        guard !steps.isEmpty else { return 252 }
        switch steps[steps.count / 2] {
        case ...4: return 252
        case ...10: return 52
        case ...45: return 12
        case ...135: return 4
        default: return 1
        }
    }
}
