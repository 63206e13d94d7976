import Foundation

/// What a change that the user asks about would do, recomputed from the holdings.
///
/// Money that is sold stays as cash, so shares are of the same whole before and after; money that is added comes from
/// outside; a fall changes nothing but the account. Losses are those of the scenario, never a forecast.
struct WhatIf: Sendable, Hashable {
    /// What is done.
    enum Action: Sendable, Hashable {
        /// Part of the target turns into cash.
        case sell(part: Decimal)
        /// New money goes into the target.
        case buy(amount: Decimal)
        /// The target falls by that fraction.
        case fall(Decimal)
        /// Part of the target goes into another holding.
        case move(part: Decimal, to: QuestionTarget)
    }

    var action: Action
    var target: QuestionTarget
    /// Places of the target in the portfolio; empty where nothing of the kind is held.
    var rows: [Int] { target.rows }
    /// What the target is worth now.
    var amount: Decimal
    /// Profit of the target so far; nil where the cost of a part is unknown.
    var pl: Decimal?
    /// That over its cost.
    var rate: Decimal?
    /// Money sold, bought, moved or lost.
    var moved: Decimal
    var weightBefore: Decimal?
    var weightAfter: Decimal?
    /// Of the money's destination.
    var otherBefore: Decimal?
    var otherAfter: Decimal?
    /// Of the whole account in the scenario, as positive amounts.
    var lossBefore: Decimal?
    var lossAfter: Decimal?
    /// Share of the account that a fall would cost.
    var lossShare: Decimal?
    /// Profit (or loss) that a sale would make real.
    var realisedPl: Decimal?
    /// How exactly the user said how much.
    var size: WhatIfSize.Precision

    /// The part that "a bit" is taken to be.
    static let bit = Decimal(sign: .plus, exponent: -1, significand: 2)
    /// The part that is sold where the question does not say how much.
    static let half = Decimal(sign: .plus, exponent: -1, significand: 5)
    /// New money as a share of the whole where the question does not say how much.
    static let purchase = Decimal(sign: .plus, exponent: -2, significand: 5)

    /// Every amount that may be spoken.
    var amounts: [Decimal] { [amount, moved, lossBefore, lossAfter].compactMap { $0 } }

    /// Every share that may be spoken.
    var shares: [Decimal] {
        let part: Decimal? =
            switch action {
            case .sell(let part), .move(let part, _): part
            case .fall(let shock): shock
            case .buy: nil
            }
        return [part, weightBefore, weightAfter, otherBefore, otherAfter, lossShare].compactMap { $0 }
    }

    /// The change that the question asks about; nil where it asks about none, or names nothing.
    ///
    /// "Then half of it?" takes what it is about from the questions before.
    static func asked(in material: AdvisorMaterial) -> WhatIf? {
        guard !material.isCorrection, let view = PortfolioView(material) else { return nil }
        let question = String(material.question.prefix(Limits.Advisor.questionCharacters))
        guard let verb = WhatIfVerb.asked(in: question) else { return nil }
        var targets = QuestionTarget.all(in: question, view)
        if targets.isEmpty {
            for earlier in material.earlierQuestions.suffix(Limits.Advisor.referredQuestions).reversed() {
                targets = QuestionTarget.all(in: earlier, view)
                if !targets.isEmpty { break }
            }
        }
        guard let target = targets.first else { return nil }
        let size = WhatIfSize(question: question, mask: NameMask(material, view: view))
        return make(verb, target, targets.dropFirst().first { !$0.rows.isEmpty }, size, view)
    }

    private static func make(
        _ verb: WhatIfVerb, _ target: QuestionTarget, _ other: QuestionTarget?, _ size: WhatIfSize,
        _ view: PortfolioView
    ) -> WhatIf? {
        let members = target.rows.map { view.rows[$0] }
        let sum = QuestionTarget.Sum(members, of: view)
        // Amounts of several currencies have no sum.
        guard sum != nil || members.isEmpty else { return nil }
        let amount = sum?.amount ?? 0
        var result = WhatIf(
            action: .buy(amount: 0), target: target, amount: amount, pl: sum?.pl, rate: sum?.rate, moved: 0,
            weightBefore: view.share(amount), size: size.precision)
        switch verb {
        case .move where other != nil && amount > 0:
            guard let other else { return nil }
            result.setMove(size.part(of: amount), to: other, view)
        case .sell, .move:
            result.setSale(size.part(of: amount), view)
        case .buy:
            result.setPurchase(size.amount ?? Speech.example(view.total * purchase), view)
        case .fall:
            let shocks = Set(members.compactMap(\.shock))
            let own = shocks.count == 1 ? shocks.first.map { -$0 } : nil
            result.setFall(size.fraction ?? own ?? bit, view)
        }
        return result
    }

    private mutating func setSale(_ part: Decimal, _ view: PortfolioView) {
        action = .sell(part: part)
        moved = amount * part
        realisedPl = pl.map { $0 * part }
        weightAfter = weightBefore.map { $0 * (1 - part) }
        let sold = Set(rows)
        lossBefore = view.currency == nil ? nil : view.scenarioLoss { view.rows[$0].amount }
        lossAfter =
            view.currency == nil ? nil : view.scenarioLoss { view.rows[$0].amount * (sold.contains($0) ? 1 - part : 1) }
    }

    private mutating func setMove(_ part: Decimal, to other: QuestionTarget, _ view: PortfolioView) {
        setSale(part, view)
        action = .move(part: part, to: other)
        let destination = other.rows.map { view.rows[$0].amount }.reduce(0, +)
        otherBefore = view.share(destination)
        otherAfter = view.share(destination + moved)
        guard view.currency != nil, destination > 0 else { return }
        let (from, to, moved) = (Set(rows), Set(other.rows), moved)
        lossAfter = view.scenarioLoss { index in
            let now = view.rows[index].amount
            return now * (from.contains(index) ? 1 - part : 1) + (to.contains(index) ? moved * now / destination : 0)
        }
    }

    private mutating func setPurchase(_ money: Decimal, _ view: PortfolioView) {
        action = .buy(amount: money)
        moved = money
        guard view.currency != nil, view.total + money > 0 else { return }
        if weightBefore != nil { weightAfter = (amount + money) / (view.total + money) }
        guard amount > 0 else { return }
        let (bought, now) = (Set(rows), amount)
        lossBefore = view.scenarioLoss { view.rows[$0].amount }
        lossAfter = view.scenarioLoss { index in
            let held = view.rows[index].amount
            return bought.contains(index) ? held + money * held / now : held
        }
    }

    private mutating func setFall(_ shock: Decimal, _ view: PortfolioView) {
        action = .fall(shock)
        moved = amount * shock
        lossShare = view.share(moved)
    }
}
