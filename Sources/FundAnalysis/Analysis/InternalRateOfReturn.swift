import Foundation

/// The rate at which dated payments are worth nothing together: effective per year, ACT/365.
///
/// With x = ln(1 + rate) the present value is f(x) = sum a_i exp(-x t_i), smooth for every x. One change of sign in the
/// payments means exactly one root; with more, all roots in the searched range are counted, because a rate that is one
/// of several means nothing.
enum InternalRateOfReturn: Sendable, Hashable {
    case rate(Double)
    case noSignChange
    case noRoot
    case severalRoots

    /// Rates searched: from losing all but a ten-thousandth a year to a thousandfold a year.
    private static let range = log(1e-4)...log(1e3)
    private static let cells = 2_000

    /// - Parameter flows: years since the first payment, and amounts from the investor's side.
    init(_ flows: [(years: Double, amount: Double)]) {
        let sorted = flows.filter { $0.amount != 0 }.sorted { $0.years < $1.years }
        let signs = sorted.map { $0.amount > 0 }
        let changes = zip(signs, signs.dropFirst()).count { $0 != $1 }
        guard changes > 0 else {
            self = .noSignChange
            return
        }
        let roots = InternalRateOfReturn.roots(sorted, atMost: changes)
        switch roots.count {
        case 0: self = .noRoot
        case 1: self = .rate(exp(roots[0]) - 1)
        default: self = .severalRoots
        }
    }

    /// Roots in x.
    ///
    /// Between two grid points of the same sign two roots are looked for on both sides of the extremum.
    private static func roots(_ flows: [(years: Double, amount: Double)], atMost changes: Int) -> [Double] {
        func value(_ x: Double) -> Double { flows.reduce(0) { $0 + $1.amount * exp(-x * $1.years) } }
        func slope(_ x: Double) -> Double { flows.reduce(0) { $0 - $1.amount * $1.years * exp(-x * $1.years) } }
        let width = (range.upperBound - range.lowerBound) / Double(cells)
        var roots: [Double] = []
        var left = range.lowerBound
        var leftValue = value(left)
        for cell in 1...cells {
            let right = range.lowerBound + width * Double(cell)
            let rightValue = value(right)
            if leftValue == 0 {
                roots.append(left)
            } else if leftValue * rightValue < 0 {
                roots.append(bisect(left, right, value))
            } else if changes > 1, slope(left) * slope(right) < 0 {
                let turn = bisect(left, right, slope)
                if value(turn) * leftValue < 0 {
                    roots.append(bisect(left, turn, value))
                    roots.append(bisect(turn, right, value))
                }
            }
            left = right
            leftValue = rightValue
        }
        return roots
    }

    /// Halves the bracket until no double lies between its ends.
    private static func bisect(_ low: Double, _ high: Double, _ function: (Double) -> Double) -> Double {
        var low = low
        var high = high
        let isRising = function(low) < 0
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { break }
            if (function(middle) < 0) == isRising { low = middle } else { high = middle }
        }
        return low + (high - low) / 2
    }
}
