import Foundation

extension FactFinder {
    mutating func findActions() {
        let report = material.recommendations
        let confirmation = report?.recommendations.first { $0.kind == "confirm_figures" }
        // One holding alone, or several currencies, are told elsewhere and are no doubt about a figure.
        let isDoubtful = confirmation?.needs.contains { $0 == "confirmation" || $0 == "amounts" } ?? false
        if isDoubtful { add(.confirm, in: .action, severity: 2.6, topics: [.adjust], isRequired: true) }
        let moves = report?.recommendations.filter { $0.action != nil } ?? []
        // A question about one change is not answered with another one.
        if whatIf == nil, !isDoubtful, view.rows.count > 1, let first = moves.first, let action = first.action {
            addMove(first, action)
            if first.trades.count > 1 {
                add(.moreTrades, in: .action, severity: 0.5, topics: [.adjust])
            }
        } else if whatIf == nil, report != nil, moves.isEmpty || view.rows.count == 1 {
            add(.noHurry, in: .action, severity: 1.5, topics: [.adjust], isRequired: !isDoubtful)
        }
        if view.rows.count > 1, isConcentrated || !moves.isEmpty {
            add(.newMoney, in: .action, severity: 0.6, topics: [.adjust])
        }
        let hasMoney = view.rows.contains { $0.assetClass == "money" }
        add(.setAside, hasMoney ? "have" : "none", in: .action, severity: 0.3, topics: [.risk])
        if (view.pl ?? 0) < 0 { add(.hold, in: .action, severity: 0.7, topics: [.loss]) }
    }

    /// An option to move money, with the reason that the rule gives for it.
    private mutating func addMove(_ finding: Recommendation, _ action: Recommendation.Move) {
        let (from, to) = (holding(action.from), holding(action.to))
        let place: String
        let change: FigureChange?
        switch (from, to) {
        case (.some, .some): (place, change) = ("between", action.fromWeight)
        case (.some, .none): (place, change) = ("out", action.fromWeight)
        case (.none, .some): (place, change) = ("in", action.toWeight)
        case (.none, .none): return
        }
        var (before, after) = (percent(value(change?.before)), percent(value(change?.after)))
        // Of a single holding, the share stays what it is.
        if before == after { (before, after) = (nil, nil) }
        add(
            .move, place == "between" ? "\(place)_\(aim(finding.kind))" : place, in: .action,
            severity: Double(finding.severity) + 0.3, topics: [.adjust], isRequired: true,
            ["from": from, "to": to, "amount": money(action.amount), "before": before, "after": after])
    }

    /// What a move is for: the owner's targets, the owner's risk profile, or a wider spread.
    private func aim(_ kind: String) -> String {
        switch kind {
        case "drift": "target"
        case "suitability", "equity_band": "profile"
        default: "spread"
        }
    }

    // MARK: - What could not be said

    mutating func findGaps() {
        let portfolio = material.portfolio
        if portfolio?.dropped.isEmpty == false {
            add(.gapDropped, in: .caveat, severity: 2.5, isRequired: true)
        }
        if view.currency == nil, !facts.contains(where: { $0.id == .head && $0.variant == "mixed" }) {
            add(.gapCurrency, in: .caveat, severity: 2.4, isRequired: true)
        }
        let costs = view.rows.count { $0.pl != nil }
        if costs < view.rows.count, costs > 0 || whatIf != nil || isFollowUp {
            add(
                .gapCost, costs == 0 ? "all" : "some", in: .caveat, severity: costs == 0 ? 1.9 : 2,
                topics: [.profit, .loss])
        }
        if material.risk == nil || value(material.risk?.series.volatility) == nil {
            let hasHistory = material.risk.map { $0.series.volatility.reason != "nav_history_missing" } ?? false
            add(.gapNav, hasHistory ? "short" : "none", in: .caveat, severity: 1.8, topics: [.risk, .profit])
        }
        if portfolio?.investorProfile == nil, !topics.contains(.suit) {
            add(.gapProfile, in: .caveat, severity: 1.2, topics: [.risk, .adjust])
        }
        if value(material.performance?.benchmark.excessReturn) == nil,
            !facts.contains(where: { $0.id == .answerBenchmark })
        {
            add(.gapBenchmark, in: .caveat, severity: 0.1, topics: [.benchmark])
        }
        let guessed = portfolio?.holdings.count { $0.assetClass.source == "inferred_from_name" } ?? 0
        if costs == 0 || value(material.risk?.series.volatility) == nil {
            add(.offer, costs == 0 ? "cost" : "history", in: .caveat, severity: 0.2)
        }
        if guessed > 0 { add(.gapInferred, in: .caveat, severity: 0.6, topics: [.mix]) }
        // The most important gap is always told.
        let gaps = facts.indices.filter { facts[$0].section == .caveat }
        if let worst = gaps.max(by: { facts[$0].severity < facts[$1].severity }) { facts[worst].isRequired = true }
    }

    /// One question back, about what would help most.
    mutating func findAskBack() {
        let variant: String
        if material.portfolio?.dropped.isEmpty == false {
            variant = "dropped"
        } else if view.rows.count == 1, whatIf == nil {
            variant = "others"
        } else if let whatIf, case .fall = whatIf.action {
            variant = "fall"
        } else if whatIf != nil {
            variant = "purpose"
        } else if material.portfolio?.investorProfile == nil, topics.contains(.risk) || topics.contains(.suit) {
            variant = "profile"
        } else {
            variant = (view.pl ?? 0) < 0 ? "horizon" : "preference"
        }
        add(.invite, whatIf == nil ? "" : "again", in: .question, severity: 0.15)
        add(.askBack, variant, in: .question, severity: 3, isRequired: true)
    }
}
