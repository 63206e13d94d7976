import Foundation

/// Every figure that an answer may speak: those of the reports, of the holdings, of the what-if and of the question.
struct KnownFigures: Sendable {
    /// An exact value, and whether its sign is a result (a gain or a loss).
    struct Known: Sendable, Hashable {
        var value: Decimal
        var isResult: Bool
    }

    private(set) var money: Set<Known> = []
    private(set) var fractions: Set<Known> = []
    private(set) var counts: Set<Decimal> = []
    private(set) var days: Set<String> = []
    let currencies: Set<String>
    /// What the user said may be said back.
    private var asked: [NumberToken] = []

    init(_ material: AdvisorMaterial, view: PortfolioView?, whatIf: WhatIf?, mask: NameMask) {
        currencies = view?.currencies ?? []
        if let view {
            add(view)
            for target in QuestionTarget.all(in: material.question, view) {
                if let sum = QuestionTarget.Sum(target.rows.map { view.rows[$0] }, of: view) { add(sum) }
            }
        }
        if let whatIf { add(whatIf) }
        add(reports: material)
        for question in [material.question] + material.earlierQuestions.suffix(Limits.Advisor.earlierQuestions) {
            asked += NumberScanner.tokens(in: mask.masked(String(question.prefix(Limits.Advisor.questionCharacters))))
        }
    }

    /// The figures that the number may be a rendering of; empty where there is none.
    func matches(_ token: NumberToken) -> [Known] {
        switch token.kind {
        case .money(let currency):
            if let currency, !currencies.contains(currency) { return [] }
            return money.filter { token.renders($0.value) }
        case .fraction: return fractions.filter { token.renders($0.value) }
        case .count: return counts.filter(token.renders).map { Known(value: $0, isResult: false) }
        case .multiple:
            return fractions.filter { token.renders($0.value) || token.renders($0.value + 1) }
                + counts.filter(token.renders).map { Known(value: $0, isResult: false) }
        case .year:
            return days.contains { $0.hasPrefix("\(token.value)") } ? [Known(value: token.value, isResult: false)] : []
        case .dayOrMonth:
            let isKnown = days.contains {
                $0.split(separator: "-").dropFirst().contains { Decimal(string: String($0)) == token.value }
            }
            return isKnown ? [Known(value: token.value, isResult: false)] : []
        case .duration: return counts.filter { $0 == token.value }.map { Known(value: $0, isResult: false) }
        case .plain:
            return money.filter { token.renders($0.value) }
                + counts.filter(token.renders).map { Known(value: $0, isResult: false) }
        }
    }

    /// True where the user said that number, in any unit.
    func wasAsked(_ token: NumberToken) -> Bool { asked.contains { $0.value == token.value } }

    private mutating func add(_ view: PortfolioView) {
        counts.insert(Decimal(view.rows.count))
        let results = view.rows.compactMap(\.pl)
        counts.formUnion([Decimal(results.count { $0 > 0 }), Decimal(results.count { $0 < 0 })])
        if view.currency != nil {
            add(money: view.total)
            add(money: view.pl, isResult: true)
            add(money: view.dayPl, isResult: true)
        }
        add(fraction: view.rate, isResult: true)
        for row in view.rows {
            add(money: row.amount)
            add(money: row.pl, isResult: true)
            add(fraction: row.weight)
            add(fraction: row.rate, isResult: true)
            add(fraction: row.shock)
            if let shock = row.shock { add(money: row.amount * shock) }
        }
        for part in view.classes + view.regions {
            add(money: part.amount)
            add(fraction: part.weight)
            counts.insert(Decimal(part.holdings))
        }
        for group in QuestionGroup.all {
            let members = view.rows.filter(group.contains)
            if let sum = QuestionTarget.Sum(members, of: view) { add(sum) }
        }
        for currency in view.currencies {
            add(money: view.rows.filter { $0.currency == currency }.map(\.amount).reduce(0, +))
        }
    }

    private mutating func add(_ sum: QuestionTarget.Sum) {
        add(money: sum.amount)
        add(money: sum.pl, isResult: true)
        add(fraction: sum.weight)
        add(fraction: sum.rate, isResult: true)
    }

    private mutating func add(_ whatIf: WhatIf) {
        for value in whatIf.amounts { add(money: value) }
        add(money: whatIf.realisedPl, isResult: true)
        add(money: whatIf.pl, isResult: true)
        add(fraction: whatIf.rate, isResult: true)
        for value in whatIf.shares { add(fraction: value) }
        counts.insert(Decimal(whatIf.rows.count))
    }

    /// The reports without their long tables, which nobody speaks and which would make almost any number known.
    private mutating func add(reports material: AdvisorMaterial) {
        var (risk, performance) = (material.risk, material.performance)
        risk?.crossSection.correlations = []
        risk?.warnings = []
        performance?.series.months = []
        performance?.warnings = []
        if let risk { walk(risk, key: "", isResult: false) }
        if let performance { walk(performance, key: "", isResult: false) }
        if let report = material.recommendations { walk(report, key: "", isResult: false) }
        for holding in material.portfolio?.holdings ?? [] { if let day = holding.buyDate { days.insert(day) } }
        if let day = material.portfolio?.asOf { days.insert(day) }
    }

    /// Walks a report's properties, whatever they are called, so that a new figure is known without a word here.
    private mutating func walk(_ value: Any, key: String, isResult: Bool) {
        let isResult = isResult || Self.resultKeys.contains(key)
        switch value {
        case let figure as Figure:
            if let value = figure.value { add(Speech.exact(value), unit: figure.unit, isResult: isResult) }
            for day in [figure.from, figure.to] { if let day { days.insert(day) } }
            if let n = figure.n { counts.insert(Decimal(n)) }
        case let amount as Decimal: add(amount, key: key, isResult: isResult)
        case let number as Double: add(Speech.exact(number), key: key, isResult: isResult)
        case let number as Int: add(Decimal(number), key: key, isResult: isResult)
        case is String, is Bool: break
        default:
            for child in Mirror(reflecting: value).children {
                walk(child.value, key: child.label ?? key, isResult: isResult)
            }
        }
    }

    private mutating func add(_ value: Decimal, unit: String, isResult: Bool) {
        if unit.hasPrefix("fraction") {
            add(fraction: value, isResult: isResult)
        } else if unit == "count" || unit == "index" {
            counts.insert(abs(value))
        } else {
            add(money: value, isResult: isResult)
        }
    }

    /// Numbers outside figures: amounts by their names, thresholds and shocks as shares.
    private mutating func add(_ value: Decimal, key: String, isResult: Bool) {
        switch key {
        case "holdings", "count", "n": counts.insert(abs(value))
        case "shock", "limit": add(fraction: value)
        case "threshold":
            add(fraction: value)
            counts.insert(abs(value))
        case "severity": break
        default: add(money: value, isResult: isResult)
        }
    }

    private mutating func add(money value: Decimal?, isResult: Bool = false) {
        if let value { money.insert(Known(value: value, isResult: isResult && value != 0)) }
    }

    private mutating func add(fraction value: Decimal?, isResult: Bool = false) {
        if let value { fractions.insert(Known(value: value, isResult: isResult && value != 0)) }
    }

    /// Properties whose sign says gain or loss.
    private static let resultKeys: Set<String> = [
        "holdPl", "dayPl", "totalPl", "holdingReturn", "contribution", "dayReturn", "periodReturn",
        "periodContribution", "cumulativeReturn", "annualisedReturn", "compoundGrowthRate", "portfolioReturn",
        "excessReturn", "benchmarkReturn", "xirr", "modifiedDietz", "timeWeightedReturn", "timeWeightedReturnAnnual",
    ]
}
