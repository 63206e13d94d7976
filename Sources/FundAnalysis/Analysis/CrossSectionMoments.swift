/// Covariances of the covered holdings' returns on common days, and what present weights make of them.
struct CrossSectionMoments: Sendable {
    /// Present weights of the covered holdings, scaled to sum to 1.
    let weights: [Double]
    /// Per period, n - 1.
    let deviations: [Double]
    let covariances: [[Double]]
    /// sqrt(w'Sw) per period; nil where nothing moved.
    let portfolioDeviation: Double?
    let returns: [[Double]]

    init(_ series: PortfolioSeries) {
        let covered = series.covered.count <= Limits.Analysis.covarianceHoldings ? series.navs : []
        let returns = covered.map(\.returns)
        let count = returns.first?.count ?? 0
        let centred = returns.map { values in
            let mean = Statistics.mean(values) ?? 0
            return values.map { $0 - mean }
        }
        var covariances = Array(repeating: Array(repeating: 0.0, count: centred.count), count: centred.count)
        for row in centred.indices where count > 1 {
            for column in 0...row {
                var sum = 0.0
                for place in 0..<count { sum += centred[row][place] * centred[column][place] }
                covariances[row][column] = sum / Double(count - 1)
                covariances[column][row] = covariances[row][column]
            }
        }
        let present = covered.isEmpty ? [] : series.covered.map { series.valuation.weights?[$0] ?? 0 }
        let sum = present.reduce(0, +)
        let weights = present.map { sum > 0 ? $0 / sum : 0 }
        let variance = zip(weights, covariances).reduce(0) { total, pair in
            total + pair.0 * zip(weights, pair.1).reduce(0) { $0 + $1.0 * $1.1 }
        }
        self.weights = weights
        self.covariances = covariances
        self.returns = returns
        deviations = covariances.indices.map { covariances[$0][$0].squareRoot() }
        let isStill = returns.allSatisfy(Statistics.isConstant)
        portfolioDeviation = variance > 0 && !isStill ? variance.squareRoot() : nil
    }

    /// w_i (Sw)_i / w'Sw: the holding's share of the variance.
    func riskContribution(of holding: Int, _ series: PortfolioSeries) -> Figure {
        guard series.histories[holding] != nil, let place = series.covered.firstIndex(of: holding) else {
            let isWithout = series.histories[holding] == nil
            return .missing(
                Figure.Unit.fraction,
                isWithout ? Figure.Reason.navHistoryMissing : Figure.Reason.historyTooShort, needs: ["nav_history"],
                basis: "present_weights")
        }
        return figure(Figure.Unit.fraction, [], series) {
            guard let deviation = portfolioDeviation, place < weights.count else { return nil }
            let inner = zip(weights, covariances[place]).reduce(0) { $0 + $1.0 * $1.1 }
            return weights[place] * inner / (deviation * deviation)
        }
    }

    /// A figure of present weights and common days.
    func figure(
        _ unit: String, _ demands: [PortfolioSeries.Demand], _ series: PortfolioSeries, _ make: () -> Double?
    ) -> Figure {
        var figure = series.figure(
            unit, [.returns(series.parameters.minimumReturnsForCorrelation)] + demands, on: series.values,
            basis: PortfolioSeries.basis, coverage: series.coverage, because: Figure.Reason.zeroVariance, make)
        if figure.basis == PortfolioSeries.basis { figure.basis = "present_weights" }
        return figure
    }
}

extension RiskAnalysis {
    /// How the holdings move together.
    static func crossSection(
        _ portfolio: Portfolio, _ series: PortfolioSeries, _ moments: CrossSectionMoments
    ) -> RiskReport.CrossSection {
        let demand = PortfolioSeries.Demand.returns(series.parameters.minimumReturnsForCorrelation)
        var pairs: [RiskReport.Correlation] = []
        var values: [Double] = []
        let isStill = moments.returns.map(Statistics.isConstant)
        for first in moments.returns.indices {
            for second in moments.returns.indices where second > first {
                let value =
                    isStill[first] || isStill[second]
                    ? nil
                    : moments.covariances[first][second] / (moments.deviations[first] * moments.deviations[second])
                if let value { values.append(value) }
                pairs.append(
                    RiskReport.Correlation(
                        first: portfolio.holdings[series.covered[first]].name,
                        second: portfolio.holdings[series.covered[second]].name,
                        correlation: series.figure(
                            Figure.Unit.index, [demand], on: series.values, basis: "nav", coverage: nil,
                            because: Figure.Reason.zeroVariance
                        ) { value.map { min(1, max(-1, $0)) } }))
            }
        }
        if pairs.count > Limits.Analysis.correlations {
            func strength(_ pair: RiskReport.Correlation) -> Double { abs(pair.correlation.value ?? 0) }
            pairs = Array(pairs.sorted { strength($0) > strength($1) }.prefix(Limits.Analysis.correlations))
        }
        return RiskReport.CrossSection(
            exAnteVolatility: moments.figure(Figure.Unit.fractionPerYear, [.year], series) {
                moments.portfolioDeviation.map { $0 * series.periods.squareRoot() }
            },
            diversificationRatio: moments.figure(Figure.Unit.index, [], series) {
                moments.portfolioDeviation.map { deviation in
                    zip(moments.weights, moments.deviations).reduce(0) { $0 + $1.0 * $1.1 } / deviation
                }
            },
            averagePairwiseCorrelation: moments.figure(Figure.Unit.index, [], series) { Statistics.mean(values) },
            correlations: pairs)
    }
}
