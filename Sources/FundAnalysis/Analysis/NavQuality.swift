import Foundation

/// What is suspicious in NAV histories and benchmarks: nothing is repaired here, it is said.
enum NavQuality {
    static func warnings(
        _ portfolio: Portfolio, _ history: NavHistory?, _ series: PortfolioSeries, _ valuation: Valuation,
        _ parameters: AnalysisParameters
    ) -> [DataWarning] {
        var warnings: [DataWarning] = []
        if valuation.currency == nil, Set(portfolio.holdings.map(\.currency)).count > 1 {
            warnings.append(
                DataWarning(
                    kind: "mixed_currencies", count: Set(portfolio.holdings.map(\.currency)).count,
                    message: LocalizedText(
                        zh: "持仓有多种货币，又没有汇率，金额不能相加",
                        en: "The holdings are in several currencies and there are no rates to add them with.")))
        }
        guard let history else { return warnings }
        warnings += files(history, series)
        for (index, holding) in portfolio.holdings.enumerated() {
            guard let cleaned = series.histories[index], let column = history.column(of: holding) else { continue }
            warnings += of(
                cleaned, missing: column.prefix(history.dates.count).count { $0 == nil }, holding, parameters)
            warnings += amountMismatch(holding, cleaned, parameters)
        }
        if series.isStale, let last = series.values.days.last {
            warnings.append(
                DataWarning(
                    kind: "stale", count: 1, dates: [last.text],
                    message: LocalizedText(
                        zh: "净值历史只到\(last.text)，比持仓日期旧", en: "The NAV history ends on \(last.text).")))
        }
        return warnings
    }

    /// What concerns the file or the choice of days.
    private static func files(_ history: NavHistory, _ series: PortfolioSeries) -> [DataWarning] {
        var warnings: [DataWarning] = []
        let unreadable = history.dates.filter { CalendarDay($0) == nil }
        if !unreadable.isEmpty {
            warnings.append(
                DataWarning(
                    kind: "unreadable_date", count: unreadable.count,
                    dates: Array(unreadable.prefix(Limits.Analysis.warningDays)),
                    message: LocalizedText(zh: "净值文件里有看不懂的日期", en: "Some dates of the NAV file are none.")))
        }
        let days = history.dates.compactMap { CalendarDay($0) }
        if zip(days, days.dropFirst()).contains(where: { $0 > $1 }) {
            warnings.append(
                DataWarning(
                    kind: "unsorted_dates", count: 1,
                    message: LocalizedText(zh: "净值文件没有按日期排序", en: "The NAV file was not in date order.")))
        }
        for name in series.leftOut {
            warnings.append(
                DataWarning(
                    kind: "short_history_left_out", holding: name, count: 1,
                    message: LocalizedText(
                        zh: "「\(name)」的净值历史太短，组合的历史指标没有算它",
                        en: "\(name) has too short a history and is not in the portfolio's series.")))
        }
        return warnings
    }

    /// What concerns one fund's values.
    private static func of(
        _ series: DatedSeries, missing: Int, _ holding: Holding, _ parameters: AnalysisParameters
    ) -> [DataWarning] {
        var warnings: [DataWarning] = []
        func warn(_ kind: String, _ days: [CalendarDay], _ zh: String, _ en: String) {
            guard !days.isEmpty else { return }
            warnings.append(
                DataWarning(
                    kind: kind, holding: holding.name, count: days.count,
                    dates: days.prefix(Limits.Analysis.warningDays).map(\.text),
                    message: LocalizedText(zh: "「\(holding.name)」\(zh)", en: "\(holding.name): \(en)")))
        }
        warn("duplicate_date", series.duplicates, "有重复日期，只用了第一个", "duplicate dates; the first value of each was used")
        warn("nonpositive_nav", series.nonpositive, "有不大于零的净值，没有采用", "values of zero or below were left out")
        warn("gap", gaps(series, parameters), "净值历史有缺口", "gaps in the history")
        let percent = Int((parameters.navJump * 100).rounded())
        warn(
            "jump", jumps(series, parameters), "净值一天变动超过\(percent)%，可能是拆分或分红，请用累计净值",
            "moves above \(percent) % in one period, perhaps a split or a distribution: use cumulative NAV")
        if holding.assetClass.value != "money" {
            warn(
                "repeated_nav", runs(series, parameters), "净值连续多日不变", "the same value many times in a row")
        }
        if missing > 0 {
            warnings.append(
                DataWarning(
                    kind: "missing_values", holding: holding.name, count: missing,
                    message: LocalizedText(
                        zh: "「\(holding.name)」有\(missing)天没有净值", en: "\(holding.name): \(missing) days have no value")))
        }
        return warnings
    }

    /// First days after a gap; wider data have wider steps.
    static func gaps(_ series: DatedSeries, _ parameters: AnalysisParameters) -> [CalendarDay] {
        let usual = 365 / max(1, series.periodsPerYear)
        let limit = max(parameters.gapDays, 3 * usual)
        return zip(series.days.dropFirst(), series.days).filter { $0.number - $1.number > limit }.map(\.0)
    }

    static func jumps(_ series: DatedSeries, _ parameters: AnalysisParameters) -> [CalendarDay] {
        zip(series.days.dropFirst(), series.returns).filter { abs($1) > parameters.navJump }.map(\.0)
    }

    /// First days of runs of equal values.
    static func runs(_ series: DatedSeries, _ parameters: AnalysisParameters) -> [CalendarDay] {
        var starts: [CalendarDay] = []
        var start = 0
        for index in series.values.indices {
            if series.values[index] != series.values[start] { start = index }
            if index - start + 1 == parameters.repeatedNavRun { starts.append(series.days[start]) }
        }
        return starts
    }

    /// Units times the last NAV against the amount, where both are said.
    private static func amountMismatch(
        _ holding: Holding, _ series: DatedSeries, _ parameters: AnalysisParameters
    ) -> [DataWarning] {
        guard let units = holding.units, units > 0, holding.amount > 0, let last = series.values.last,
            let day = series.days.last
        else { return [] }
        let ratio = units.double * last / holding.amount.double
        guard abs(ratio - 1) > parameters.amountTolerance else { return [] }
        return [
            DataWarning(
                kind: "amount_mismatch", holding: holding.name, count: 1, dates: [day.text],
                message: LocalizedText(
                    zh: "「\(holding.name)」的份额乘以净值和金额对不上",
                    en: "\(holding.name): units times NAV is not the amount shown"))
        ]
    }

    /// The same checks for the benchmark's levels.
    static func warnings(_ benchmark: BenchmarkSeries?, _ parameters: AnalysisParameters) -> [DataWarning] {
        guard let benchmark else { return [] }
        let series = DatedSeries(dates: benchmark.dates.map { CalendarDay($0) }, values: benchmark.values)
        let findings = [
            ("duplicate_date", series.duplicates), ("nonpositive_nav", series.nonpositive),
            ("gap", gaps(series, parameters)), ("jump", jumps(series, parameters)),
            ("repeated_nav", runs(series, parameters)),
        ]
        return findings.filter { !$1.isEmpty }.map { kind, days in
            DataWarning(
                kind: kind, holding: benchmark.name, count: days.count,
                dates: days.prefix(Limits.Analysis.warningDays).map(\.text),
                message: LocalizedText(
                    zh: "基准「\(benchmark.name)」的数据可疑（\(kind)）", en: "Benchmark \(benchmark.name): \(kind)"))
        }
    }
}
