import Foundation

extension FactFinder {
    // MARK: - The head

    /// Below this share of the cost a result is called even.
    private static let evenRate = Decimal(sign: .plus, exponent: -3, significand: 5)

    /// `gain`, `loss`, `even_gain`, `even_loss` or `plain`; `partial_` before it where some costs are unknown.
    private var result: String {
        guard let pl = view.pl, let rate = view.rate, pl != 0 else { return "plain" }
        let sign = pl > 0 ? "gain" : "loss"
        if abs(rate) < Self.evenRate { return "even_\(sign)" }
        return view.rows.contains { $0.pl == nil } ? "partial_\(sign)" : sign
    }

    mutating func findHead() {
        let slots: [String: Slot?] = [
            "count": count(view.rows.count), "total": money(view.total), "pl": money(view.pl.map(abs)),
            "rate": percent(view.rate), "name": name(0),
        ]
        let polarity: Fact.Polarity = (view.pl ?? 0) < 0 ? .bad : (view.pl ?? 0) > 0 ? .good : .neutral
        if whatIf != nil || isFollowUp {
            // Thanks are returned, and a correction is confirmed, before anything else is said.
            if !isFollowUp || !material.isCorrection && !topics.contains(.thanks) {
                add(isFollowUp ? .headFollow : .headAsk, in: .head, severity: 3, isRequired: true)
            }
            if view.currency != nil, view.rows.count > 1 || whatIf == nil {
                let variant =
                    view.rate.map { abs($0) < Self.evenRate } == false ? (view.pl ?? 0) > 0 ? "gain" : "loss" : "plain"
                add(
                    .total, variant, in: whatIf == nil ? .answer : .good, severity: whatIf == nil ? 2.5 : 0.5, polarity,
                    topics: [.profit, .loss], slots)
            }
            return
        }
        guard view.currency != nil else {
            return add(.head, "mixed", in: .head, severity: 3, isRequired: true, slots)
        }
        let id: FactID = view.rows.count == 1 ? .headOne : .head
        let variant = id == .headOne ? result.replacing("partial_", with: "") : result
        add(id, variant, in: .head, severity: 3, polarity, topics: [.profit, .loss], isRequired: true, slots)
    }

    // MARK: - What went well

    mutating func findGood() {
        let results = view.byResult
        let (winners, losers) = (results.filter { ($0.pl ?? 0) > 0 }, results.filter { ($0.pl ?? 0) < 0 })
        if let best = winners.first, view.rows.count > 1, hasOneCurrency(results) {
            add(
                .best, winners.count == 1 ? "only" : "", in: .good, severity: 1.8, .good, topics: [.profit, .best],
                ["name": name(best.index), "pl": money(best.pl, best.currency), "rate": percent(best.rate)])
        }
        if view.rows.count > 1, results.count == view.rows.count, !winners.isEmpty {
            if winners.count == results.count {
                add(.allWin, in: .good, severity: 1.2, .good, topics: [.profit, .loss])
            } else if winners.count > losers.count, !losers.isEmpty {
                add(
                    .winners, in: .good, severity: 0.7, .good, topics: [.profit],
                    ["winners": count(winners.count), "losers": count(losers.count)])
            }
        }
        findDay()
        let weights = Dictionary(view.classes.map { ($0.name, $0.weight) }, uniquingKeysWith: +)
        let (money, bonds) = (weights["money"] ?? 0, weights["bond"] ?? 0)
        if money >= Self.tenth, view.classes.count > 1 {
            add(
                .cushion, in: .good, severity: 0.9, .good, topics: [.risk], ["share": percent(money)])
        }
        if money + bonds >= Self.half, bonds > 0, view.classes.count > 1 {
            add(.calmBase, money > 0 ? "both" : "", in: .good, severity: 1, .good, topics: [.risk, .mix])
        }
        if view.rows.count >= 4, !isConcentrated, material.recommendations != nil {
            add(.spread, in: .good, severity: 0.6, .good, topics: [.concentration, .risk])
        }
    }

    private mutating func findDay() {
        guard let day = view.dayPl, abs(day) >= 1 else { return }
        // Ten yuan of a hundred thousand is no news, unless somebody asks.
        guard topics.contains(.day) || abs(day) * 1_000 >= view.total else { return }
        let isAsked = topics.contains(.day)
        if day > 0 {
            add(
                .dayGain, in: .good, severity: 0.4, .good, topics: [.day], isRequired: isAsked, ["pl": money(day)])
        } else {
            add(
                .dayLoss, in: .concern, severity: 0.4, .bad, topics: [.day], isRequired: isAsked,
                ["pl": money(-day)])
        }
    }

    // MARK: - What it is made of

    mutating func findContext() {
        if let first = view.classes.first {
            let others = view.classes.dropFirst().prefix(4).map { words.name($0.name, in: view) }
            let variant =
                others.isEmpty ? first.name == "money" ? "money" : "one" : first.weight < Self.tenth * 4 ? "even" : ""
            add(
                .mix, first.name != "unknown" ? variant : unknown(others.isEmpty), in: .context,
                severity: 1, .neutral, topics: [.mix, .concentration, .risk], isRequired: false,
                [
                    "class": .text(words.name(first.name, in: view)), "share": percent(first.weight),
                    "others": .text(words.list(others)),
                ])
        }
        // Without a common currency there is no whole, but each holding has its own figures.
        if view.currency == nil {
            for row in view.rows.sorted(by: { $0.amount > $1.amount }).prefix(3) {
                let variant = row.pl.map { $0 > 0 ? "gain" : $0 < 0 ? "loss" : "" } ?? ""
                add(
                    .item, variant, in: .context, severity: 1.5, .neutral,
                    [
                        "name": name(row.index), "amount": money(row.amount, row.currency),
                        "pl": money(row.pl.map(abs), row.currency),
                    ])
            }
        }
        for place in 1...5 { add(.remark, String(place), in: .context, severity: -1) }
        for assetClass in natures {
            add(.nature, assetClass, in: .context, severity: assetClass == askedNature ? 1 : 0.2, topics: [.risk])
        }
        let isMoneyOnly = view.classes.allSatisfy { $0.name == "money" }
        if view.regions.count == 1, view.rows.count > 1, !isMoneyOnly,
            let region = view.regions.first.flatMap({ words.region($0.name) })
        {
            add(.region, in: .context, severity: 0.1, topics: [.concentration], ["region": .text(region)])
        }
    }

    private func unknown(_ isAll: Bool) -> String {
        isAll ? view.rows.count == 1 ? "unknown_one" : "unknown_all" : "unknown"
    }

    /// The nature of what the question is about.
    private var askedNature: String? {
        let target = whatIf?.target ?? QuestionTarget.all(in: material.question, view).first
        guard let row = target?.rows.first else { return nil }
        return nature(of: view.rows[row].assetClass)
    }

    private func nature(of assetClass: String) -> String {
        switch assetClass {
        case "equity_index", "equity_active": "equity"
        case "commodity" where words.name(assetClass, in: view) == words.name(assetClass, gold: true): "gold"
        default: assetClass
        }
    }

    /// The classes to explain, largest first; all kinds of stock funds are explained once.
    private var natures: [String] {
        let held = view.classes.isEmpty ? view.rows.map(\.assetClass) : view.classes.map(\.name)
        var seen: [String] = []
        for name in held {
            let nature = nature(of: name)
            if !seen.contains(nature), Self.explained.contains(nature) { seen.append(nature) }
        }
        return seen
    }

    private static let explained: Set<String> = [
        "money", "bond", "convertible", "commodity", "gold", "real_estate", "fund_of_funds", "equity", "leveraged",
    ]
    static let tenth = Decimal(sign: .plus, exponent: -1, significand: 1)
    static let half = Decimal(sign: .plus, exponent: -1, significand: 5)

    /// True where the results may be compared with each other.
    func hasOneCurrency(_ rows: [PortfolioView.Row]) -> Bool { Set(rows.map(\.currency)).count == 1 }

    /// True where a rule about too much in one place was raised, and not only to say that it is harmless.
    var isConcentrated: Bool {
        material.recommendations?.recommendations.contains { finding in
            switch finding.kind {
            case "single_holding": finding.severity > 1
            case "class_band", "equity_band", "effective_number": true
            default: false
            }
        } ?? false
    }
}
