public import Foundation

extension Portfolio {
    /// The portfolio after trades at today's prices, without fees: what "recomputed after the action" is made from.
    ///
    /// A sale takes units, cost and profit in proportion; a purchase adds its amount to the cost.
    ///
    /// - Parameter trades: signed amounts in the holding's currency by the holding's index: positive buys.
    public func applying(_ trades: [Int: Decimal]) -> Portfolio {
        var result = self
        for (index, amount) in trades where holdings.indices.contains(index) && amount != 0 {
            result.holdings[index] = holdings[index].traded(amount)
        }
        func sum(_ property: (Holding) -> Decimal?) -> Decimal? {
            let known = result.holdings.compactMap(property)
            return known.isEmpty ? nil : known.reduce(0, +)
        }
        result.totals = Totals(
            amount: result.holdings.reduce(0) { $0 + $1.amount }, cost: sum(\.cost), holdPl: sum(\.holdPl),
            dayPl: sum(\.dayPl))
        return result
    }
}

extension Holding {
    /// A sale of more than there is sells all.
    fileprivate func traded(_ amount: Decimal) -> Holding {
        var result = self
        let traded = max(amount, -self.amount)
        result.amount += traded
        // Units keep their price: they grow and shrink with the amount.
        let factor = self.amount > 0 ? result.amount / self.amount : 0
        result.units = self.amount > 0 ? units.map { $0 * factor } : nil
        if traded < 0 {
            result.cost = cost.map { ($0 * factor).money }
            result.holdPl = result.cost.map { result.amount - $0 } ?? holdPl.map { ($0 * factor).money }
            result.dayPl = dayPl.map { ($0 * factor).money }
        } else {
            result.cost = cost.map { $0 + traded }
            if let cost = result.cost, cost > 0, let holdPl { result.holdRate = holdPl / cost }
        }
        return result
    }
}
