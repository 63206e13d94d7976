extension PerformanceAnalysis {
    /// Brinson-Fachler by class: weights at the start of the series against the target weights, returns over all of it.
    ///
    /// Allocation is (w_p - w_b)(r_b - R_b), selection w_b (r_p - r_b), interaction (w_p - w_b)(r_p - r_b); they add up
    /// to the portfolio's return less the targets'. A class that the targets do not have takes the portfolio's return
    /// as its benchmark, so that all of its effect is allocation.
    static func attribution(_ portfolio: Portfolio, _ series: PortfolioSeries) -> PerformanceReport.Attribution {
        let label = LocalizedText(
            zh: "和目标比例相比：同样的基金，按目标权重持有到期末",
            en: "Against the targets: the same funds held at target weights from the first day")
        func without(_ figure: Figure) -> PerformanceReport.Attribution {
            PerformanceReport.Attribution(
                totalAllocation: figure, totalSelection: figure, totalInteraction: figure, totalExcess: figure,
                label: label, rows: [])
        }
        let unit = Figure.Unit.fraction
        let withheld = series.figure(unit) { 0 }
        guard withheld.usable != nil else { return without(withheld) }
        guard series.covered.count == portfolio.holdings.count else {
            return without(
                .missing(
                    unit, Figure.Reason.coverageTooLow, needs: ["nav_history"], basis: PortfolioSeries.basis,
                    coverage: series.coverage))
        }
        let targets: [Double]
        switch Targets(portfolio, series.parameters) {
        case .usable(let values): targets = values
        case .unusable(let reason):
            return without(.missing(unit, reason, needs: ["target_weights"], basis: "target"))
        }
        let parts = ClassParts.all(portfolio, series, targets)
        let benchmark = parts.reduce(0) { $0 + $1.targetGain }
        let rows = parts.map { part in
            func figure(_ value: Double) -> Figure { series.figure(unit) { value } }
            let over = part.weight - part.target
            let own = part.ownReturn ?? part.targetReturn ?? 0
            let theirs = part.targetReturn ?? own
            return PerformanceReport.AttributionRow(
                assetClass: part.name, portfolioWeight: figure(part.weight), benchmarkWeight: figure(part.target),
                portfolioReturn: figure(own), benchmarkReturn: figure(theirs),
                allocation: figure(over * (theirs - benchmark)), selection: figure(part.target * (own - theirs)),
                interaction: figure(over * (own - theirs)))
        }
        func total(_ effect: (PerformanceReport.AttributionRow) -> Figure) -> Double {
            rows.reduce(0) { $0 + (effect($1).value ?? 0) }
        }
        let sums = [total(\.allocation), total(\.selection), total(\.interaction)]
        return PerformanceReport.Attribution(
            totalAllocation: series.figure(unit) { sums[0] }, totalSelection: series.figure(unit) { sums[1] },
            totalInteraction: series.figure(unit) { sums[2] },
            totalExcess: series.figure(unit) { sums.reduce(0, +) }, label: label, rows: rows)
    }

    /// One class: its weights and what it gained at either.
    private struct ClassParts {
        let name: String
        var weight = 0.0
        var gain = 0.0
        var target = 0.0
        var targetGain = 0.0

        /// Nil where nothing of the class is held.
        var ownReturn: Double? { weight > 0 ? gain / weight : nil }
        var targetReturn: Double? { target > 0 ? targetGain / target : nil }

        /// In the order of names.
        static func all(_ portfolio: Portfolio, _ series: PortfolioSeries, _ targets: [Double]) -> [ClassParts] {
            var parts: [String: ClassParts] = [:]
            let start = series.values.values.first ?? .nan
            for (place, index) in series.covered.enumerated() {
                guard let first = series.navs[place].values.first, let last = series.navs[place].values.last else {
                    continue
                }
                let name = portfolio.holdings[index].assetClass.value
                let weight = series.units[place] * first / start
                let gain = last / first - 1
                var part = parts[name] ?? ClassParts(name: name)
                part.weight += weight
                part.gain += weight * gain
                part.target += targets[index]
                part.targetGain += targets[index] * gain
                parts[name] = part
            }
            return parts.values.sorted { $0.name < $1.name }
        }
    }
}
