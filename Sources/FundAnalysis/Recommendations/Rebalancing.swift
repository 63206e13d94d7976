import Foundation

/// The fewest trades that bring every weight into its band, and among those the least money moved.
///
/// Closed form. Whatever is outside its band has to be traded: sold down to the upper edge or bought up to the lower
/// one. If these sales bring more than the purchases can take up to their upper edges, holdings inside their bands
/// have to help, and the ones with the most room help most, so that taking them by room gives the fewest. A shortage
/// is the same with the edges exchanged. The edges make the sales (or the purchases) the least possible, so the money
/// moved is the least too.
struct Rebalancing: Sendable {
    /// Change of each weight: positive buys, negative sells; they sum to the cash.
    private(set) var changes: [Double]

    private let weights: [Double]
    private let targets: [Double]
    private let low: [Double]
    private let high: [Double]
    private let cash: Double
    private let smallest: Double

    /// Differences below this are rounding.
    private static let tolerance = 1e-12

    /// - Parameters:
    ///   - weights: present weights; with the cash they sum to 1.
    ///   - targets: sum to 1.
    ///   - bands: how far from its target each weight may stay.
    ///   - cash: new money, as a weight.
    ///   - smallest: a trade below this weight is not worth making; a holding may stay so far outside its band.
    init(weights: [Double], targets: [Double], bands: [Double], cash: Double = 0, smallest: Double = 0) {
        self.weights = weights
        self.targets = targets
        self.cash = cash
        self.smallest = smallest
        low = weights.indices.map { index in
            let edge = max(0, targets[index] - bands[index])
            return edge - weights[index] <= max(smallest, Self.tolerance) ? min(edge, weights[index]) : edge
        }
        high = weights.indices.map { index in
            let edge = min(1, targets[index] + bands[index])
            return weights[index] - edge <= max(smallest, Self.tolerance) ? max(edge, weights[index]) : edge
        }
        changes = Array(repeating: 0, count: weights.count)
        solve()
    }

    /// Trades needed.
    var count: Int { changes.count { abs($0) > Self.tolerance } }

    /// The larger of what is bought and what is sold.
    var turnover: Double {
        let bought = changes.reduce(0) { $0 + max($1, 0) }
        let sold = changes.reduce(0) { $0 + max(-$1, 0) }
        return max(bought, sold)
    }

    private mutating func solve() {
        for index in weights.indices {
            if weights[index] > high[index] { changes[index] = high[index] - weights[index] }
            if weights[index] < low[index] { changes[index] = low[index] - weights[index] }
        }
        let surplus = cash - changes.reduce(0, +)
        if surplus > Self.tolerance {
            place(surplus, isBuying: true)
        } else if surplus < -Self.tolerance {
            place(-surplus, isBuying: false)
        }
    }

    /// How far the weight, with its change, is from the edge it would be traded towards.
    private func room(_ index: Int, isBuying: Bool) -> Double {
        let now = weights[index] + changes[index]
        return isBuying ? high[index] - now : now - low[index]
    }

    /// Lets the fewest holdings take an amount that the forced trades leave over, towards their targets first.
    private mutating func place(_ amount: Double, isBuying: Bool) {
        let sign = isBuying ? 1.0 : -1.0
        let rooms = weights.indices.map { room($0, isBuying: isBuying) }
        var helpers = weights.indices.filter { sign * changes[$0] > 0 }
        var capacity = helpers.reduce(0) { $0 + rooms[$1] }
        let resting = weights.indices.filter { changes[$0] == 0 }.sorted { (rooms[$1], $0) < (rooms[$0], $1) }
        for index in resting where capacity < amount - Self.tolerance {
            if amount - capacity <= smallest, ease(amount - capacity, isBuying: isBuying) { break }
            helpers.append(index)
            capacity += rooms[index]
        }
        fill(helpers, min(amount, capacity), isBuying: isBuying)
    }

    /// Takes back a part, too small for a trade of its own, from the largest trade of the other direction.
    private mutating func ease(_ amount: Double, isBuying: Bool) -> Bool {
        let sign = isBuying ? -1.0 : 1.0
        guard let index = changes.indices.max(by: { sign * changes[$0] < sign * changes[$1] }),
            sign * changes[index] > amount
        else { return false }
        changes[index] -= sign * amount
        return true
    }

    /// Spreads an amount: in proportion to the gaps up to the targets, then to the room up to the edges.
    private mutating func fill(_ helpers: [Int], _ amount: Double, isBuying: Bool) {
        let sign = isBuying ? 1.0 : -1.0
        let gaps = helpers.map { index in
            let gap = sign * (targets[index] - weights[index] - changes[index])
            return max(0, min(room(index, isBuying: isBuying), gap))
        }
        let first = min(amount, gaps.reduce(0, +))
        spread(first, gaps, helpers, sign)
        spread(amount - first, helpers.map { max(0, room($0, isBuying: isBuying)) }, helpers, sign)
    }

    private mutating func spread(_ amount: Double, _ shares: [Double], _ helpers: [Int], _ sign: Double) {
        let sum = shares.reduce(0, +)
        guard amount > 0, sum > 0 else { return }
        for (index, share) in zip(helpers, shares) { changes[index] += sign * amount * share / sum }
    }
}

extension Rebalancing {
    /// The changes as money of two places that sums exactly to the new money; zero where a holding is not traded.
    ///
    /// - Parameter total: what the weights are fractions of, the new money included.
    func amounts(total: Decimal, newMoney: Decimal) -> [Decimal] {
        var amounts = changes.map { Decimal.money($0 * total.double) ?? 0 }
        guard let largest = amounts.indices.max(by: { amounts[$0].magnitude < amounts[$1].magnitude }) else {
            return []
        }
        // Rounding leaves a few hundredths; the largest trade takes them. Cash that found no place stays cash.
        let placed = Decimal.money(changes.reduce(0, +) * total.double) ?? 0
        let wanted = (placed - newMoney).magnitude < Decimal(changes.count) ? newMoney : placed
        amounts[largest] += wanted - amounts.reduce(0, +)
        return amounts
    }
}
