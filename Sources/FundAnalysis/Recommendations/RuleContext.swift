import Foundation

/// What the rules look at, and the means to say what an option would change.
///
/// A class, because it is handed around and holds two large reports; nothing in it changes.
final class RuleContext: Sendable {
    let portfolio: Portfolio
    let risk: RiskReport
    let performance: PerformanceReport
    /// For effects on figures that need prices; nil leaves those out.
    let navHistory: NavHistory?
    let parameters: AnalysisParameters
    let valuation: Valuation

    /// Trades with what they lead to.
    struct Option: Sendable {
        /// Largest first.
        let moves: [Recommendation.Move]
        /// Sales first.
        let trades: [Recommendation.Trade]
        let effect: [FigureChange]
    }

    init(
        _ portfolio: Portfolio, _ risk: RiskReport, _ performance: PerformanceReport, _ navHistory: NavHistory?,
        _ parameters: AnalysisParameters
    ) {
        self.portfolio = portfolio
        self.risk = risk
        self.performance = performance
        self.navHistory = navHistory
        self.parameters = parameters
        valuation = Valuation(portfolio, parameters)
    }

    /// Weights by holding; nil where there are none.
    var weights: [Double]? { valuation.weights }

    /// The weight as concentration counts it: a bond fund at 49 % is not a stock fund at 49 %.
    func shockWeight(_ index: Int) -> Double {
        (weights?[index] ?? 0) * shockFactor(index)
    }

    /// The class shock relative to an equity fund's, 1 at most.
    func shockFactor(_ index: Int) -> Double {
        guard parameters.referenceShock != 0 else { return 1 }
        let shock = parameters.shock(of: portfolio.holdings[index].assetClass.value)
        return min(1, max(0, shock / parameters.referenceShock))
    }

    /// True for funds that are spread by themselves, or cannot fall: money funds and broad indices.
    func isSpread(_ index: Int) -> Bool {
        let holding = portfolio.holdings[index]
        if holding.assetClass.value == "money" { return true }
        guard holding.assetClass.value == "equity_index" else { return false }
        let name = holding.name.lowercased()
        return parameters.broadIndexNames.contains { name.contains($0.lowercased()) }
    }

    /// A caveat where the holding's class is only a guess.
    func classCaveat(_ indices: [Int]) -> [LocalizedText] {
        indices.contains { portfolio.holdings[$0].assetClass.source == "inferred_from_name" }
            ? [Caveats.inferredClass] : []
    }

    /// Whether an amount is worth a trade.
    func isWorthTrading(_ amount: Decimal) -> Bool { amount.double >= parameters.minimumTradeAmount && amount > 0 }
}

extension RuleContext {
    /// Takes an amount from holdings, the largest first, and gives it to one that can take it.
    ///
    /// - Returns: nil where the amount is too small to trade. Without a holding that can take it, it leaves the
    ///   portfolio, and `to` is nil.
    func reduce(_ indices: [Int], by amount: Decimal, isAllowed: (Int) -> Bool) -> Option? {
        guard isWorthTrading(amount), let weights else { return nil }
        var trades: [Int: Decimal] = [:]
        var left = amount
        for index in indices.sorted(by: { (weights[$1], $0) < (weights[$0], $1) }) where left > 0 {
            let part = min(left, valuation.amounts[index])
            trades[index] = -part
            left -= part
        }
        let moved = amount - left
        if let taker = taker(of: moved, excluding: Set(indices), isAllowed: isAllowed) { trades[taker] = moved }
        return option(trades, newMoney: 0)
    }

    /// The holding that money can go to without a new concern: the most below its target, else the one whose class
    /// falls least in the scenario, the smaller one of equals.
    private func taker(of amount: Decimal, excluding: Set<Int>, isAllowed: (Int) -> Bool) -> Int? {
        guard let weights else { return nil }
        let share = amount.double / valuation.total.double
        let profile = SuitabilityClass(portfolio.investorProfile)?.highestRiskLevel
        let targets = Targets(portfolio, parameters).values
        func isBelowTarget(_ index: Int) -> Bool {
            targets.map { weights[index] + share <= $0[index] + parameters.rebalanceBand } ?? false
        }
        let candidates = portfolio.holdings.indices.filter { index in
            let holding = portfolio.holdings[index]
            guard !excluding.contains(index), isAllowed(index), holding.assetClass.value != "unknown" else {
                return false
            }
            if let profile, SuitabilityClass.riskLevel(holding.riskLevel.value).map({ $0 > profile }) ?? true {
                return false
            }
            // A broad index may grow heavier than others, but money that leaves one pile makes no other one higher.
            let after = (weights[index] + share) * shockFactor(index)
            let limit = isSpread(index) ? parameters.singleHoldingHigh : parameters.singleHoldingWarning
            guard after <= limit || isSpread(index) && isBelowTarget(index) else { return false }
            guard let band = parameters.classBands[holding.assetClass.value] else { return true }
            let classWeight = portfolio.holdings.indices.reduce(0) { sum, other in
                portfolio.holdings[other].assetClass.value == holding.assetClass.value && !excluding.contains(other)
                    ? sum + weights[other] : sum
            }
            return classWeight + share <= band
        }
        if let targets {
            let below = candidates.filter(isBelowTarget)
            if let best = below.max(by: { targets[$0] - weights[$0] < targets[$1] - weights[$1] }) { return best }
        }
        return candidates.min { left, right in
            let falls = [left, right].map { -parameters.shock(of: portfolio.holdings[$0].assetClass.value) }
            return (falls[0], weights[left], left) < (falls[1], weights[right], right)
        }
    }

    /// Trades, in the portfolio's currency, with the figures before and after them.
    func option(_ trades: [Int: Decimal], newMoney: Decimal) -> Option? {
        let trades = trades.filter { $0.value != 0 }
        guard !trades.isEmpty, weights != nil else { return nil }
        let after = risk(after: trades)
        // "Before" is computed from the same data as "after", whatever the report was made with.
        let before = risk(after: [:])
        let rows = trades.map { index, amount in
            Recommendation.Trade(
                name: portfolio.holdings[index].name, code: portfolio.holdings[index].code, amount: amount,
                weightBefore: before.holdings[index].weight, weightAfter: after.holdings[index].weight)
        }
        return Option(
            moves: moves(trades, newMoney: newMoney),
            trades: rows.sorted { ($0.amount, $0.name) < ($1.amount, $1.name) },
            effect: changes(before, after, trades))
    }

    private func risk(after trades: [Int: Decimal]) -> RiskReport {
        var own: [Int: Decimal] = [:]
        for (index, amount) in trades {
            // Trades are in the portfolio's currency; a holding's amount is in its own.
            let rate = Decimal(exactlyPrinted: valuation.rates[index]) ?? 1
            own[index] = rate == 1 ? amount : (amount / rate).money
        }
        return RiskAnalysis.analyze(
            portfolio: portfolio.applying(own), navHistory: navHistory, benchmark: nil, parameters: parameters)
    }

    /// The figures that the trades change, the traded holdings' weights first.
    private func changes(_ before: RiskReport, _ after: RiskReport, _ trades: [Int: Decimal]) -> [FigureChange] {
        let weights = trades.keys.sorted { (trades[$0] ?? 0, $0) < (trades[$1] ?? 0, $1) }.map { index in
            FigureChange(
                name: "weight:\(portfolio.holdings[index].code ?? portfolio.holdings[index].name)",
                before: before.holdings[index].weight, after: after.holdings[index].weight)
        }
        let names: [(String, (RiskReport) -> Figure)] = [
            ("top1", \.concentration.top1), ("hhi", \.concentration.hhi),
            ("effective_number", \.concentration.effectiveNumber), ("equity_share", \.equityShare),
            ("mismatch_share", \.mismatchShare), ("scenario_loss", \.scenario.loss),
            ("largest_drift", \.drift.largest), ("turnover_to_target", \.drift.turnoverToTarget),
            ("ex_ante_volatility", \.crossSection.exAnteVolatility),
            ("diversification_ratio", \.crossSection.diversificationRatio),
        ]
        let others = names.map { name, figure in
            FigureChange(name: name, before: figure(before), after: figure(after))
        }
        return weights
            + others.filter { change in
                guard let old = change.before.usable, let new = change.after.usable else { return false }
                return abs(new - old) > 1e-9 * max(1, abs(old))
            }
    }

    /// Sales matched with purchases, largest with largest: at most one move fewer than trades.
    private func moves(_ trades: [Int: Decimal], newMoney: Decimal) -> [Recommendation.Move] {
        func queue(_ sign: Decimal) -> [(index: Int?, amount: Decimal)] {
            trades.filter { $0.value * sign > 0 }.map { (index: $0.key, amount: $0.value * sign) }
                .sorted { ($1.amount, $0.index ?? 0) < ($0.amount, $1.index ?? 0) }
        }
        var sources = queue(-1)
        var sinks = queue(1)
        let sold = sources.reduce(0) { $0 + $1.amount }
        let bought = sinks.reduce(0) { $0 + $1.amount }
        // New money is used first, and what nobody takes goes to the purse.
        if bought > sold { sources.insert((nil, bought - sold), at: 0) }
        if sold > bought { sinks.append((nil, sold - bought)) }
        var moves: [Recommendation.Move] = []
        while let source = sources.first, let sink = sinks.first {
            let amount = min(source.amount, sink.amount)
            moves.append(move(source.index, sink.index, amount))
            sources[0].amount -= amount
            sinks[0].amount -= amount
            if sources[0].amount == 0 { sources.removeFirst() }
            if sinks[0].amount == 0 { sinks.removeFirst() }
        }
        // A stable order: by amount, then as they were matched.
        let order = moves.indices.sorted { (moves[$1].amount, $0) < (moves[$0].amount, $1) }
        return order.map { moves[$0] }
    }

    private func move(_ from: Int?, _ to: Int?, _ amount: Decimal) -> Recommendation.Move {
        let total = valuation.total + (from == nil ? amount : 0) - (to == nil ? amount : 0)
        func change(_ index: Int?, _ signed: Decimal) -> FigureChange? {
            guard let index, total > 0 else { return nil }
            return FigureChange(
                name: "weight:\(portfolio.holdings[index].code ?? portfolio.holdings[index].name)",
                before: valuation.weight(index),
                after: .value((valuation.amounts[index] + signed).double / total.double, Figure.Unit.fraction))
        }
        return Recommendation.Move(
            from: from.map { portfolio.holdings[$0].name }, to: to.map { portfolio.holdings[$0].name }, amount: amount,
            fromWeight: change(from, -amount), toWeight: change(to, amount))
    }
}
