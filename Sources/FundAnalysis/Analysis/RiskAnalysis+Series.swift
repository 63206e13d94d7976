import Foundation

extension RiskAnalysis {
    /// The figures of the constant-units series.
    static func seriesRisk(_ series: PortfolioSeries) -> RiskReport.SeriesRisk {
        let returns = series.values.returns
        let parameters = series.parameters
        let root = series.periods.squareRoot()
        let minimum = PortfolioSeries.Demand.returns(parameters.minimumReturnsForVolatility)
        func perYear(_ make: @escaping () -> Double?) -> Figure {
            series.figure(Figure.Unit.fractionPerYear, minimum, .year) { make().map { $0 * root } }
        }
        let deviation = Statistics.isConstant(returns) ? nil : Statistics.deviation(returns)
        let drawdown = Drawdown(series.values.values)
        var deepest = series.figure(Figure.Unit.fraction) { drawdown?.deepest }
        var recovered: String?
        if let drawdown, drawdown.deepest < 0, deepest.usable != nil {
            let days = series.values.days
            deepest.from = days[drawdown.peak].text
            deepest.to = days[drawdown.trough].text
            recovered = drawdown.recovered.map { days[$0].text }
        }
        let tails = TailFigures(returns, series)
        return RiskReport.SeriesRisk(
            volatility: perYear { deviation },
            volatilityPerPeriod: series.figure(Figure.Unit.fraction, minimum) { deviation },
            downsideDeviation: perYear {
                Statistics.downsideDeviation(returns, below: series.riskFreePerPeriod)
            },
            downsideDeviationZero: perYear { Statistics.downsideDeviation(returns, below: 0) },
            semiDeviation: perYear { Statistics.semiDeviation(returns) },
            maxDrawdown: deepest,
            maxDrawdownRecovered: recovered,
            maxDrawdownAmount: series.figure(series.valuation.moneyUnit) {
                drawdown.map { $0.deepest * series.valuation.total.double }
            },
            currentDrawdown: series.figure(Figure.Unit.fraction) { drawdown?.current },
            ulcerIndex: series.figure(Figure.Unit.fraction, minimum) { drawdown?.ulcerIndex },
            valueAtRiskHistorical: tails.historical,
            conditionalValueAtRiskHistorical: tails.historicalTail,
            valueAtRiskParametric: tails.parametric,
            conditionalValueAtRiskParametric: tails.parametricTail,
            skewness: series.figure(Figure.Unit.index, minimum) { Statistics.skewness(returns) },
            excessKurtosis: series.figure(Figure.Unit.index, minimum) { Statistics.excessKurtosis(returns) })
    }

    /// Value at risk and its conditional form, one period ahead, positive for a loss.
    private struct TailFigures {
        let historical: Figure
        let historicalTail: Figure
        let parametric: Figure
        let parametricTail: Figure

        init(_ returns: [Double], _ series: PortfolioSeries) {
            let alpha = series.parameters.alpha
            // Five observations in the tail are the least that a tail can be told from.
            let tailCount = alpha > 0 ? Int((5 / alpha).rounded(.up)) : Int.max
            let minimum = PortfolioSeries.Demand.returns(max(series.parameters.minimumReturnsForTail, tailCount))
            let mean = Statistics.mean(returns)
            let deviation = Statistics.isConstant(returns) ? nil : Statistics.deviation(returns)
            let place = Statistics.normalQuantile(alpha)
            historical = series.figure(Figure.Unit.fraction, minimum) {
                Statistics.quantile(returns, alpha).map { -$0 }
            }
            historicalTail = series.figure(Figure.Unit.fraction, minimum) {
                Statistics.tailMean(returns, alpha).map { -$0 }
            }
            parametric = series.figure(Figure.Unit.fraction, minimum) {
                guard let mean, let deviation, let place else { return nil }
                return -(mean + place * deviation)
            }
            parametricTail = series.figure(Figure.Unit.fraction, minimum) {
                guard let mean, let deviation, let place else { return nil }
                return -(mean - deviation * Statistics.normalDensity(place) / alpha)
            }
        }
    }
}
