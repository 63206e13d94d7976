import Foundation

extension PerformanceAnalysis {
    /// Internal rate, modified Dietz and the time-weighted return, side by side: the owner's timing is between them.
    static func moneyWeighted(
        _ portfolio: Portfolio, _ series: PortfolioSeries, _ flows: [CashFlow]
    ) -> PerformanceReport.MoneyWeighted {
        let fraction = Figure.Unit.fraction
        let perYear = Figure.Unit.fractionPerYear
        func all(_ make: (String) -> Figure) -> PerformanceReport.MoneyWeighted {
            PerformanceReport.MoneyWeighted(
                xirr: make(perYear), modifiedDietz: make(fraction), timeWeightedReturn: make(fraction),
                timeWeightedReturnAnnual: make(perYear), timingEffect: make(fraction))
        }
        let account: FlowAccount
        switch FlowAccount.read(portfolio, series, flows) {
        case .success(let read): account = read
        case .failure(let problem):
            return all { .missing($0, problem.reason, needs: problem.needs, basis: "flows") }
        }
        let dietz = account.dated(fraction, account.modifiedDietz, Figure.Reason.noCapital)
        let period = account.timeWeighted(portfolio, series)
        var timing = period
        if let skill = period.usable, let own = dietz.usable {
            timing.value = own - skill
            timing.basis = "flows_and_nav"
        } else if period.usable != nil {
            timing = dietz
        }
        return PerformanceReport.MoneyWeighted(
            xirr: account.internalRate(series.parameters), modifiedDietz: dietz, timeWeightedReturn: period,
            timeWeightedReturnAnnual: account.annual(period, series.parameters), timingEffect: timing)
    }
}

/// The investor's payments on days, with the value at the end apart from them.
struct FlowAccount: Sendable {
    /// Money put in is positive here; one entry a day, days rising.
    let payments: [(day: CalendarDay, amount: Double)]
    let end: CalendarDay
    let endValue: Double

    /// Why payments cannot be used.
    struct Problem: Error {
        let reason: String
        let needs: [String]
    }

    /// A last flow this near to the portfolio's amount is the value at the end, not a withdrawal.
    private static let endTolerance = 0.001

    static func read(
        _ portfolio: Portfolio, _ series: PortfolioSeries, _ flows: [CashFlow]
    ) -> Result<FlowAccount, Problem> {
        guard !flows.isEmpty else {
            return .failure(Problem(reason: Figure.Reason.flowsMissing, needs: ["dated_flows"]))
        }
        guard series.valuation.weights != nil else {
            let missing = series.valuation.missing(Figure.Unit.fraction)
            return .failure(Problem(reason: missing.reason ?? "", needs: missing.needs ?? []))
        }
        guard flows.count <= Limits.Analysis.flows else {
            return .failure(Problem(reason: Figure.Reason.tooManyFlows, needs: ["fewer_flows"]))
        }
        var dated: [(day: CalendarDay, amount: Decimal)] = []
        for flow in flows {
            guard let day = CalendarDay(flow.date) else {
                return .failure(Problem(reason: Figure.Reason.flowsUnreadable, needs: ["dated_flows"]))
            }
            dated.append((day, flow.amount))
        }
        let order = dated.indices.sorted { (dated[$0].day, $0) < (dated[$1].day, $1) }
        dated = order.map { dated[$0] }
        let total = series.valuation.total.double
        let end: CalendarDay
        var endValue = total
        if let last = dated.last, last.amount > 0, abs(last.amount.double / total - 1) <= endTolerance {
            end = last.day
            endValue = last.amount.double
            dated.removeLast()
        } else if let day = portfolio.asOf.flatMap({ CalendarDay($0) }) ?? series.values.days.last,
            let last = dated.last, day >= last.day
        {
            end = day
        } else {
            return .failure(Problem(reason: Figure.Reason.endDateMissing, needs: ["as_of"]))
        }
        var payments: [(day: CalendarDay, amount: Decimal)] = []
        for (day, amount) in dated {
            if payments.last?.day == day {
                payments[payments.count - 1].amount -= amount
            } else {
                payments.append((day, -amount))
            }
        }
        return .success(
            FlowAccount(payments: payments.map { ($0.day, $0.amount.double) }, end: end, endValue: endValue))
    }

    /// Calendar days from the first payment to the end.
    var span: Int { payments.first.map { end.number - $0.day.number } ?? 0 }

    /// A figure with the account's dates; nil is undefined.
    func dated(_ unit: String, _ value: Double?, _ reason: String, basis: String = "flows") -> Figure {
        var figure =
            value.map { Figure.value($0, unit, basis: basis) } ?? .undefined(unit, reason, basis: basis)
        figure.n = payments.count
        figure.from = payments.first?.day.text
        figure.to = end.text
        return figure
    }

    func internalRate(_ parameters: AnalysisParameters) -> Figure {
        let unit = Figure.Unit.fractionPerYear
        guard let first = payments.first?.day else {
            return .missing(unit, Figure.Reason.flowsMissing, needs: ["dated_flows"], basis: "flows")
        }
        func years(_ day: CalendarDay) -> Double { Double(day.number - first.number) / 365 }
        let flows = payments.map { (years: years($0.day), amount: -$0.amount) } + [(years(end), endValue)]
        switch InternalRateOfReturn(flows) {
        case .noSignChange: return dated(unit, nil, Figure.Reason.noSignChange)
        case .noRoot: return dated(unit, nil, Figure.Reason.noRoot)
        case .severalRoots: return dated(unit, nil, Figure.Reason.severalRoots)
        case .rate(let rate):
            guard span >= parameters.daysOfOneYear else {
                return .missing(
                    unit, Figure.Reason.belowOneYear, needs: ["longer_history"], basis: "flows", n: payments.count)
            }
            return dated(unit, rate, Figure.Reason.noRoot)
        }
    }

    /// Gain over the money invested, each payment weighted by the part of the time it was in.
    var modifiedDietz: Double? {
        guard span > 0 else { return nil }
        let paid = payments.reduce(0) { $0 + $1.amount }
        let capital = payments.reduce(0) {
            $0 + $1.amount * Double(end.number - $1.day.number) / Double(span)
        }
        return capital > 0 ? (endValue - paid) / capital : nil
    }

    /// A return of the whole time, per year on ACT/365.
    func annual(_ period: Figure, _ parameters: AnalysisParameters) -> Figure {
        var figure = period
        figure.unit = Figure.Unit.fractionPerYear
        guard let value = period.usable else { return figure }
        guard span >= parameters.daysOfOneYear else {
            return .missing(
                Figure.Unit.fractionPerYear, Figure.Reason.belowOneYear, needs: ["longer_history"],
                basis: period.basis, n: period.n)
        }
        guard value > -1 else { return dated(Figure.Unit.fractionPerYear, nil, Figure.Reason.totalLoss) }
        figure.value = pow(1 + value, 365 / Double(span)) - 1
        return figure
    }
}
