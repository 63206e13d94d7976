import Foundation

extension FactFinder {
    /// The first words of an answer to what was asked.
    mutating func findAnswers() {
        if material.isCorrection { add(.answerCorrected, in: .answer, severity: 3, isRequired: true) }
        if topics.contains(.thanks) {
            add(.answerThanks, in: .answer, severity: 3, topics: [.thanks], isRequired: true)
        }
        if topics.contains(.test) { add(.answerTest, in: .answer, severity: 3, topics: [.test], isRequired: true) }
        guard whatIf == nil else { return }
        if topics.contains(.forecast) {
            add(.answerForecast, in: .answer, severity: 3, topics: [.forecast], isRequired: true)
        }
        findNamedHolding()
        if topics.contains(.suit) {
            let share = value(material.risk?.mismatchShare)
            let variant = share.map { $0 > 0 ? "over" : "fit" } ?? "unknown"
            add(
                .answerSuit, variant, in: .answer, severity: 3, topics: [.suit], isRequired: true,
                ["profile": material.portfolio?.investorProfile.map(Slot.text)])
        }
        if topics.contains(.risk) {
            let band = value(material.risk?.scenario.lossShare).map { RiskBand($0).rawValue } ?? "unknown"
            add(.answerRisk, band, in: .answer, severity: 3, topics: [.risk], isRequired: true)
        }
        let results = view.rows.compactMap(\.pl)
        let losers = results.count { $0 < 0 }
        if topics.contains(.loss) || topics.contains(.worst), !results.isEmpty, view.rows.count > 1 {
            let variant = losers == 0 ? "none" : losers == results.count ? "all" : losers == 1 ? "one" : "some"
            add(
                .answerLoss, variant, in: .answer, severity: 3, topics: [.loss], isRequired: true,
                ["losers": count(losers)])
        }
        if topics.contains(.profit) || topics.contains(.best), results.isEmpty {
            add(.answerCost, in: .answer, severity: 3, topics: [.profit], isRequired: true)
        }
        if topics.contains(.concentration), material.recommendations != nil {
            add(
                .answerConcentration, isConcentrated ? "yes" : "no", in: .answer, severity: 3, topics: [.concentration],
                isRequired: true)
        }
        if topics.contains(.adjust) {
            let hasMove = material.recommendations?.recommendations.contains { $0.action != nil } ?? false
            add(.answerAdjust, hasMove ? "some" : "none", in: .answer, severity: 3, topics: [.adjust], isRequired: true)
        }
        if topics.contains(.day), view.dayPl == nil {
            add(.answerDay, in: .answer, severity: 3, topics: [.day], isRequired: true)
        }
        if topics.contains(.day), let day = view.dayPl, abs(day) < 1 {
            add(.answerDay, "flat", in: .answer, severity: 3, topics: [.day], isRequired: true)
        }
        if topics.contains(.fees) { add(.answerFees, in: .answer, severity: 3, topics: [.fees], isRequired: true) }
        if topics.contains(.benchmark), value(material.performance?.benchmark.excessReturn) == nil {
            add(.answerBenchmark, in: .answer, severity: 3, topics: [.benchmark], isRequired: true)
        }
    }

    /// "How is my gold doing?": what it is worth, its share and its result.
    private mutating func findNamedHolding() {
        // A message that lists its holdings names them all and asks about none.
        if material.portfolio?.source == "text", !isFollowUp { return }
        guard let target = QuestionTarget.all(in: material.question, view).first else { return }
        guard !target.rows.isEmpty else {
            if case .group(let name) = target.label {
                let thing = target.said.isEmpty ? words.group(name) : target.said
                add(.answerNotHeld, in: .answer, severity: 3, isRequired: true, ["thing": .text(thing)])
            }
            return
        }
        let members = target.rows.map { view.rows[$0] }
        guard members.count < view.rows.count, let sum = QuestionTarget.Sum(members, of: view) else { return }
        let variant = sum.pl.map { $0 > 0 ? "gain" : $0 < 0 ? "loss" : "plain" } ?? "plain"
        add(
            .answerHolding, variant, in: .answer, severity: 3, isRequired: true,
            slots(
                of: target,
                [
                    "amount": money(sum.amount, sum.currency), "share": percent(sum.weight),
                    "pl": money(sum.pl.map(abs), sum.currency),
                ]))
    }

    /// The holding's name as `name`, or what the group is called as `group`.
    func slots(of target: QuestionTarget, _ slots: [String: Slot?]) -> [String: Slot?] {
        var slots = slots
        let isOne = target.rows.count == 1
        slots["it"] = .text(speech.language == .zh ? isOne ? "它" : "它们" : isOne ? "it" : "they")
        if isOne, let row = target.rows.first {
            slots["name"] = name(row)
        } else if case .group(let group) = target.label {
            slots["group"] = .text(words.group(group))
        }
        return slots
    }

    // MARK: - What if

    mutating func findWhatIf() {
        guard let whatIf else { return }
        guard let first = whatIf.rows.first.map({ view.rows[$0] }) else { return }
        var slots = slots(
            of: whatIf.target,
            [
                "amount": money(whatIf.amount, first.currency), "share": percent(whatIf.weightBefore),
                "after": percent(whatIf.weightAfter), "pl": money(whatIf.pl.map(abs), first.currency),
                "moved": money(whatIf.moved, first.currency), "lossBefore": money(whatIf.lossBefore),
                "lossAfter": money(whatIf.lossAfter), "realised": money(whatIf.realisedPl.map(abs), first.currency),
                "loss": percent(whatIf.lossShare),
            ])
        let done: String
        switch whatIf.action {
        case .sell(let part):
            done = part == 1 ? "sell_all" : "sell"
            slots["part"] = self.part(part)
        case .move(let part, let other):
            done = "move"
            slots["part"] = self.part(part)
            slots["to"] = self.slots(of: other, [:])["name"] ?? self.slots(of: other, [:])["group"] ?? nil
            slots["toAfter"] = percent(whatIf.otherAfter)
        case .buy: done = "buy"
        case .fall(let shock):
            done = "fall"
            slots["part"] = self.part(shock)
        }
        let result = whatIf.pl.map { $0 > 0 ? "gain" : $0 < 0 ? "loss" : "plain" } ?? "plain"
        add(.whatIfNow, result, in: .answer, severity: 3, isRequired: true, slots)
        let variant =
            whatIf.size == .bit && done == "sell"
            ? "sell_bit" : whatIf.size == .unsaid && done != "sell_all" ? "\(done)_example" : done
        add(.whatIfDone, variant, in: .answer, severity: 3, isRequired: true, slots)
        if let realised = whatIf.realisedPl, abs(realised) >= 1 {
            add(.whatIfRealised, realised > 0 ? "gain" : "loss", in: .answer, severity: 2.9, isRequired: true, slots)
        }
        if let before = whatIf.lossBefore, let after = whatIf.lossAfter {
            let variant = abs(before - after) < max(1, before / 100) ? "same" : after < before ? "less" : "more"
            add(.whatIfScenario, variant, in: .answer, severity: 2.8, isRequired: true, slots)
        }
        addThought(whatIf, first)
    }

    private mutating func addThought(_ whatIf: WhatIf, _ first: PortfolioView.Row) {
        let variant: String
        switch whatIf.action {
        case .sell where first.assetClass == "money": variant = "sell_money"
        case .sell where first.assetClass == "bond": variant = "sell_bond"
        case .sell where (whatIf.pl ?? 0) < 0: variant = "sell_loss"
        case .sell: variant = "sell_gain"
        case .buy where (whatIf.pl ?? 0) < 0: variant = "buy_loss"
        case .buy: variant = "buy"
        case .fall: variant = "fall"
        case .move: variant = "move"
        }
        add(.whatIfThought, variant, in: .answer, severity: 2.7, isRequired: true)
    }
}
