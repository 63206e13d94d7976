import Foundation

/// The formulas, each with its convention, because packages differ in them.
///
/// All take returns per period as fractions and give nil where the formula has no value.
enum Statistics {
    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Sample standard deviation, n - 1.
    static func deviation(_ values: [Double]) -> Double? {
        covariance(values, values).map { $0.squareRoot() }
    }

    /// Sample covariance, n - 1.
    static func covariance(_ left: [Double], _ right: [Double]) -> Double? {
        guard left.count == right.count, left.count > 1, let leftMean = mean(left), let rightMean = mean(right)
        else { return nil }
        var sum = 0.0
        for index in left.indices { sum += (left[index] - leftMean) * (right[index] - rightMean) }
        return sum / Double(left.count - 1)
    }

    /// True where the values differ by no more than the rounding of the arithmetic that made them.
    static func isConstant(_ values: [Double]) -> Bool {
        guard let deviation = deviation(values) else { return true }
        let scale = values.reduce(0) { max($0, abs($1)) }
        return deviation <= 1e-12 * max(scale, 1e-3)
    }

    /// Pearson's correlation; nil where either is constant.
    static func correlation(_ left: [Double], _ right: [Double]) -> Double? {
        guard !isConstant(left), !isConstant(right), let covariance = covariance(left, right),
            let leftDeviation = deviation(left), let rightDeviation = deviation(right)
        else { return nil }
        return min(1, max(-1, covariance / (leftDeviation * rightDeviation)))
    }

    /// Root mean square of what is below the threshold, over all periods.
    static func downsideDeviation(_ values: [Double], below threshold: Double) -> Double? {
        mean(values.map { min($0 - threshold, 0) * min($0 - threshold, 0) }).map { $0.squareRoot() }
    }

    /// Below the mean, n - 1.
    static func semiDeviation(_ values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let sum = values.reduce(0) { $0 + min($1 - mean, 0) * min($1 - mean, 0) }
        return (sum / Double(values.count - 1)).squareRoot()
    }

    /// Linear interpolation of order statistics (Hyndman and Fan, type 7).
    static func quantile(_ values: [Double], _ probability: Double) -> Double? {
        guard !values.isEmpty, (0...1).contains(probability) else { return nil }
        let sorted = values.sorted()
        let place = probability * Double(sorted.count - 1)
        let below = Int(place.rounded(.down))
        guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
    }

    /// Mean of the worst `alpha` of the probability mass; the last observation counts with the part of it that is
    /// inside (Rockafellar and Uryasev).
    static func tailMean(_ values: [Double], _ alpha: Double) -> Double? {
        let mass = alpha * Double(values.count)
        guard mass > 0, alpha <= 1 else { return nil }
        let sorted = values.sorted()
        let whole = min(Int(mass.rounded(.down)), sorted.count)
        var sum = sorted[..<whole].reduce(0, +)
        if whole < sorted.count { sum += (mass - Double(whole)) * sorted[whole] }
        return sum / mass
    }

    /// Adjusted Fisher-Pearson skewness.
    static func skewness(_ values: [Double]) -> Double? {
        let n = Double(values.count)
        guard n > 2, !isConstant(values), let second = moment(values, 2), let third = moment(values, 3) else {
            return nil
        }
        return (n * (n - 1)).squareRoot() / (n - 2) * third / (second * second.squareRoot())
    }

    /// Adjusted excess kurtosis.
    static func excessKurtosis(_ values: [Double]) -> Double? {
        let n = Double(values.count)
        guard n > 3, !isConstant(values), let second = moment(values, 2), let fourth = moment(values, 4) else {
            return nil
        }
        return ((n + 1) * (fourth / (second * second) - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    }

    private static func moment(_ values: [Double], _ order: Int) -> Double? {
        guard let mean = mean(values) else { return nil }
        let sum = values.reduce(0) { sum, value in
            sum + (1..<order).reduce(value - mean) { power, _ in power * (value - mean) }
        }
        return sum / Double(values.count)
    }

    /// The product of 1 + r, less 1.
    static func compounded(_ returns: [Double]) -> Double {
        returns.reduce(1) { $0 * (1 + $1) } - 1
    }

    /// (1 + compounded)^(N / T) - 1; nil without returns or after a total loss.
    static func annualised(_ returns: [Double], periods: Double) -> Double? {
        let growth = compounded(returns) + 1
        guard !returns.isEmpty, growth > 0 else { return nil }
        return pow(growth, periods / Double(returns.count)) - 1
    }

    /// The standard normal density.
    static func normalDensity(_ place: Double) -> Double {
        exp(-place * place / 2) / (2 * Double.pi).squareRoot()
    }

    /// The standard normal quantile: Acklam's approximation, then two steps of Halley's method on `erfc`.
    static func normalQuantile(_ probability: Double) -> Double? {
        guard probability > 0, probability < 1 else { return nil }
        var place = acklam(probability)
        for _ in 0..<2 {
            let error = 0.5 * erfc(-place / 2.0.squareRoot()) - probability
            let step = error / normalDensity(place)
            place -= step / (1 + place * step / 2)
        }
        return place
    }

    /// Relative error below 1.2e-9.
    private static func acklam(_ probability: Double) -> Double {
        let a = [
            -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690, -30.66479806614716,
            2.506628277459239,
        ]
        let b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]
        let c = [
            -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
            2.938163982698783,
        ]
        let d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
        func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
        let low = 0.02425
        if probability < low {
            let q = (-2 * log(probability)).squareRoot()
            return polynomial(c, q) / polynomial(d, q)
        }
        if probability > 1 - low {
            let q = (-2 * log(1 - probability)).squareRoot()
            return -polynomial(c, q) / polynomial(d, q)
        }
        let q = probability - 0.5
        return polynomial(a, q * q) * q / polynomial(b, q * q)
    }
}
