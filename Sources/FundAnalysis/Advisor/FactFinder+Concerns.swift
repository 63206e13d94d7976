import Foundation

extension FactFinder {
    mutating func findConcerns() {
        findMismatch()
        findDrift()
        findWorst()
        findScenario()
        findConcentration()
    }

    private func recommendations(_ kind: String) -> [Recommendation] {
        material.recommendations?.recommendations.filter { $0.kind == kind } ?? []
    }

    private mutating func findMismatch() {
        if let share = value(material.risk?.mismatchShare), share > 0,
            let profile = material.portfolio?.investorProfile, Speech.isAudible(fraction: share)
        {
            let severity = recommendations("suitability").first.map { Double($0.severity) } ?? 2
            add(
                .mismatch, share >= 1 ? "all" : "", in: .concern, severity: severity + 0.4, .bad,
                topics: [.risk, .adjust, .suit],
                ["profile": .text(profile), "share": percent(share)])
        }
        let bands = (recommendations("equity_band") + recommendations("class_band")).filter { finding in
            finding.evidence.first?.subject != "unknown"
        }
        if view.rows.count > 1, let finding = bands.first, let evidence = finding.evidence.first,
            let weight = value(evidence.figure),
            let limit = evidence.threshold.map(Speech.exact), weight > limit, limit > 0
        {
            let name = evidence.subject.map { words.name($0, in: view) } ?? words.group("equity")
            add(
                .band, in: .concern, severity: Double(finding.severity) + 0.1, .bad,
                topics: [.risk, .concentration, .adjust],
                ["class": .text(name), "share": percent(weight), "limit": percent(limit)])
        }
    }

    /// The holding that is furthest above or below its target.
    private mutating func findDrift() {
        guard let rows = material.risk?.drift.rows, view.rows.count > 1 else { return }
        let off = rows.filter(\.exceeds).compactMap { row in value(row.drift).map { (row, $0) } }
        guard let (row, drift) = off.max(by: { abs($0.1) < abs($1.1) }), let name = holding(row.name) else { return }
        let severity = recommendations("drift").first.map { Double($0.severity) } ?? 1
        add(
            .drift, drift > 0 ? "over" : "under", in: .concern, severity: severity + 0.2, .bad,
            topics: [.adjust, .mix, .concentration],
            ["name": name, "drift": points(abs(drift))])
    }

    private mutating func findWorst() {
        let results = view.byResult
        guard let worst = results.last, let pl = worst.pl, pl < 0, view.rows.count > 1, hasOneCurrency(results) else {
            return
        }
        let isDeep = (worst.rate ?? 0) <= -Self.tenth
        add(
            .worst, isDeep ? "deep" : "", in: .concern, severity: isDeep ? 2 : 0.8, .bad,
            topics: [.loss, .worst, .profit],
            ["name": name(worst.index), "pl": money(-pl, worst.currency), "rate": percent(worst.rate)])
        guard isDeep else { return }
        add(
            .worstThought, in: .action, severity: 0.9, topics: [.loss, .worst, .adjust],
            ["name": name(worst.index)])
    }

    /// What the fixed shocks would cost; the class that costs most is named with its shock.
    private mutating func findScenario() {
        // One change is measured with one yardstick.
        if let whatIf, whatIf.lossBefore != nil || whatIf.lossShare != nil { return }
        guard let scenario = material.risk?.scenario, let loss = value(scenario.loss),
            let share = value(scenario.lossShare)
        else { return }
        guard Speech.isAudible(fraction: share), let worst = scenario.shocks.first(where: { $0.loss < 0 }) else {
            return add(.scenario, "none", in: .concern, severity: 0.6, .good, topics: [.risk, .forecast])
        }
        func isPlainEquity(_ shock: RiskReport.Shock) -> Bool {
            shock.assetClass == "equity_index" || shock.assetClass == "equity_active"
        }
        let isEquity = isPlainEquity(worst)
        let isOnly = scenario.shocks.filter { $0.loss < 0 }.allSatisfy { shock in
            shock.assetClass == worst.assetClass || isEquity && isPlainEquity(shock) && shock.shock == worst.shock
        }
        let name = isEquity ? words.group("equity") : words.name(worst.assetClass, in: view)
        add(
            .scenario, isOnly ? "only" : "", in: .concern, severity: 1 + RiskBand(share).severity, .bad,
            topics: [.risk, .forecast, .loss],
            [
                "class": .text(name), "shock": part(abs(Speech.exact(worst.shock))), "loss": money(abs(loss)),
                "share": percent(share),
            ])
    }

    private mutating func findConcentration() {
        if let finding = recommendations("single_holding").first,
            let name = finding.subjects.first ?? material.risk?.concentration.top1Name,
            let row = view.rows.first(where: { $0.name == name })
        {
            addSingle(row, severity: Double(finding.severity))
        } else if view.rows.count > 1, let largest = view.rows.max(by: { ($0.weight ?? 0) < ($1.weight ?? 0) }),
            let weight = largest.weight, weight > Self.half / 2
        {
            addSingle(largest, severity: 0.6)
        } else if let only = view.rows.first, view.rows.count == 1, only.assetClass == "unknown" {
            // Of a known class the mix says it already, and the scenario what it would cost.
            add(.single, "alone", in: .concern, severity: 1, .bad, topics: [.concentration, .risk])
        }
        if let effective = value(material.risk?.concentration.effectiveNumber), view.rows.count >= 3,
            recommendations("effective_number").first != nil
        {
            add(
                .effective, in: .concern, severity: 1, .bad, topics: [.concentration],
                ["count": count(view.rows.count), "effective": .number(speech.number(effective))])
        }
        if let finding = recommendations("overlap").first, finding.subjects.count >= 2,
            let first = holding(finding.subjects[0]), let second = holding(finding.subjects[1])
        {
            add(
                .overlap, in: .concern, severity: Double(finding.severity), .bad, topics: [.concentration, .risk],
                ["first": first, "second": second])
        }
    }

    /// A large bond fund is not a large stock: it is told calmly, with its own shock.
    private mutating func addSingle(_ row: PortfolioView.Row, severity: Double) {
        let shock = row.shock.map(abs)
        let isCalm = shock.map { $0 <= Self.tenth / 2 } ?? (row.assetClass == "bond" || row.assetClass == "money")
        let loss = shock.flatMap { $0 > 0 ? $0 * row.amount : nil }
        add(
            .single, isCalm ? "calm" : "", in: .concern, severity: isCalm ? min(severity, 0.8) : severity,
            isCalm ? .neutral : .bad, topics: [.concentration, .risk],
            [
                "name": name(row.index), "share": percent(row.weight), "shock": loss == nil ? nil : part(shock),
                "loss": money(loss, row.currency),
            ])
    }

    // MARK: - With NAV history

    mutating func findSeriesConcerns() {
        guard let series = material.risk?.series else { return }
        if let drawdown = value(series.maxDrawdown), drawdown < 0 {
            let isDeep = abs(drawdown) >= Self.tenth
            add(
                .drawdown, in: .concern, severity: isDeep ? 2.2 : 1.7, .bad, topics: [.risk, .loss],
                ["drawdown": percent(drawdown), "amount": money(value(series.maxDrawdownAmount))])
            if series.maxDrawdownRecovered != nil, isDeep || drawdown < -Self.tenth / 2 {
                add(.recovered, in: .good, severity: 0.6, .good, topics: [.risk])
            }
        }
        if let current = value(series.currentDrawdown), current < -Self.tenth / 5 {
            add(
                .currentDrawdown, in: .concern, severity: abs(current) >= Self.tenth ? 1.4 : 0.7, .bad,
                topics: [.loss], ["drawdown": percent(current)])
        }
        if let volatility = value(series.volatility) {
            let isCalm = volatility < Self.tenth * 6 / 10
            let isWild = volatility > Self.tenth * 15 / 10
            add(
                isWild ? .volatility : .steady, isWild || isCalm ? "" : "medium", in: isWild ? .concern : .context,
                severity: isWild ? 1.5 : 0.9, isWild ? .bad : isCalm ? .good : .neutral, topics: [.risk],
                ["volatility": percent(volatility)])
        }
        findBenchmark()
        findDriver()
    }

    private mutating func findBenchmark() {
        let benchmark = material.performance?.benchmark
        guard let excess = value(benchmark?.excessReturn), Speech.isAudible(fraction: excess) else { return }
        add(
            excess > 0 ? .benchmarkAhead : .benchmarkBehind, in: excess > 0 ? .good : .concern, severity: 1.3,
            excess > 0 ? .good : .bad, topics: [.benchmark, .profit],
            ["name": .text(benchmarkName(benchmark?.name)), "excess": points(abs(excess))])
    }

    /// "benchmark.csv" is no name to say.
    private func benchmarkName(_ name: String?) -> String {
        let generic: Set<String> = ["benchmark", "基准", "index", "指数", "close", "value"]
        let plain = (name ?? "").trimmingSpaces
        guard !plain.isEmpty, plain.count <= 20, !generic.contains(plain.lowercased()),
            plain.contains(where: \.isLetter)
        else {
            return speech.language == .zh ? "你发来的指数" : "your benchmark"
        }
        return plain
    }

    private mutating func findDriver() {
        guard let finding = recommendations("risk_driver").first, let name = finding.subjects.first,
            let index = view.rows.firstIndex(where: { $0.name == name }), let rows = material.risk?.holdings,
            rows.indices.contains(index), let part = value(rows[index].riskContribution), view.rows.count > 1
        else { return }
        add(
            .driver, in: .concern, severity: Double(finding.severity), .bad, topics: [.risk],
            ["name": self.name(index), "share": percent(view.rows[index].weight), "part": percent(part)])
    }
}

/// How much of the account the scenario would cost, as a word.
enum RiskBand: String {
    case low, medium, high, veryHigh = "very_high"

    init(_ share: Decimal) {
        let points = abs(share) * 100
        self = points < 5 ? .low : points < 10 ? .medium : points < 17 ? .high : .veryHigh
    }

    var severity: Double {
        switch self {
        case .low: 0
        case .medium: 0.6
        case .high: 1.2
        case .veryHigh: 1.6
        }
    }
}
