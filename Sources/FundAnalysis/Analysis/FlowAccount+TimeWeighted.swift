extension FlowAccount {
    /// A payment may differ from units x NAV by fees of this fraction.
    private static let paymentTolerance = 0.01
    /// A NAV stands for a day this many days later at most, over holidays.
    private static let navAge = 12

    /// The product of V before each payment over V after the one before it; payments count at the end of their day.
    ///
    /// The units of the past are known only where every holding was bought once, on its buy date, and these purchases
    /// are the payments. Anything else needs the history of units, and is said to.
    func timeWeighted(_ portfolio: Portfolio, _ series: PortfolioSeries) -> Figure {
        let unit = Figure.Unit.fraction
        guard series.histories.allSatisfy({ $0 != nil }), !portfolio.holdings.isEmpty else {
            return .missing(unit, Figure.Reason.navHistoryMissing, needs: ["nav_history"], basis: "flows_and_nav")
        }
        let unknown = Figure.missing(
            unit, Figure.Reason.unitHistoryMissing, needs: ["units_by_date"], basis: "flows_and_nav")
        guard let lots = lots(portfolio, series), isExplained(by: lots), payments.allSatisfy({ $0.day < end })
        else { return unknown }
        var growth = 1.0
        var after: Double?
        for day in payments.map(\.day) + [end] {
            guard let before = value(lots, day, isAfter: false), let next = value(lots, day, isAfter: true) else {
                return unknown
            }
            if let start = after {
                guard start > 0 else { return unknown }
                growth *= before / start
            }
            after = next
        }
        return dated(unit, growth - 1, Figure.Reason.noCapital, basis: "flows_and_nav")
    }

    /// One purchase: a holding's units from its buy date on.
    private struct Lot {
        let day: CalendarDay
        let units: Double
        let navs: DatedSeries
    }

    private func lots(_ portfolio: Portfolio, _ series: PortfolioSeries) -> [Lot]? {
        var lots: [Lot] = []
        for (index, holding) in portfolio.holdings.enumerated() {
            guard let day = holding.buyDate.flatMap({ CalendarDay($0) }), let navs = series.histories[index],
                let last = navs.values.last
            else { return nil }
            let rate = series.valuation.rates[index]
            let units = holding.units.map { $0.double * rate } ?? series.valuation.amounts[index].double / last
            lots.append(Lot(day: day, units: units, navs: navs))
        }
        return lots
    }

    /// True where the purchases of each day are that day's payment, and there are no others.
    private func isExplained(by lots: [Lot]) -> Bool {
        guard Set(lots.map(\.day)) == Set(payments.map(\.day)) else { return false }
        return payments.allSatisfy { day, amount in
            let bought = lots.filter { $0.day == day }
            let worth = bought.compactMap { lot in
                lot.navs.value(at: day, maximumAge: Self.navAge).map { $0 * lot.units }
            }
            guard worth.count == bought.count, amount > 0 else { return false }
            return abs(worth.reduce(0, +) / amount - 1) <= Self.paymentTolerance
        }
    }

    /// The value of what is held on a day, before or after that day's purchases.
    private func value(_ lots: [Lot], _ day: CalendarDay, isAfter: Bool) -> Double? {
        var sum = 0.0
        for lot in lots where lot.day < day || isAfter && lot.day == day {
            guard let nav = lot.navs.value(at: day, maximumAge: Self.navAge) else { return nil }
            sum += lot.units * nav
        }
        return sum
    }
}
