import Foundation

/// The figures of one row before they are checked against each other.
///
/// A = amount, P = holding P/L, C = cost, q = rate. C = A - P, q = P / (A - P), A = units x nav: what is missing is
/// filled in and labelled, what contradicts is kept as it stood and flagged.
struct HoldingDraft {
    var name = ""
    var code: String?
    var amount: Decimal?
    var dayPl: Decimal?
    var holdPl: Decimal?
    /// A fraction.
    var holdRate: Decimal?
    var cost: Decimal?
    var unitCost: Decimal?
    var units: Decimal?
    var nav: Decimal?
    /// Nil where nothing states it.
    var currency: String?
    var assetClass: String?
    var region: String?
    var riskLevel: String?
    var targetWeight: Decimal?
    var buyDate: String?
    var asOf: String?
    var confidence = 1.0
    var checks: [String] = []
    var warnings: [String] = []
    var origin: Holding.Origin

    init(origin: Holding.Origin) { self.origin = origin }

    /// Adds a check and lowers the confidence to at most that.
    mutating func flag(_ check: String, confidence limit: Double, _ warning: String? = nil) {
        if !checks.contains(check) { checks.append(check) }
        confidence = min(confidence, limit)
        if let warning { warnings.append(warning) }
    }

    /// A rate is printed with two decimals of a percent; 0.02 points leave room for a P/L rounded elsewhere.
    static let rateTolerance = Decimal(sign: .plus, exponent: -4, significand: 2)

    /// The finished holding, or why the row cannot be one.
    func finished() -> Result<Holding, Unusable> {
        var draft = self
        guard let identity = draft.identify() else { return .failure(Unusable("neither a name nor a code")) }
        guard let amount = draft.resolveAmount() else {
            return .failure(Unusable("no amount, and nothing to work it out from"))
        }
        if amount < 0 { return .failure(Unusable("the amount is negative")) }
        if amount == 0 { return .failure(Unusable("the amount is zero")) }
        draft.resolveCost(amount)
        draft.checkRate(amount)
        let labels = draft.labels(identity)
        if draft.checks.isEmpty { draft.checks = ["ok"] }
        return .success(
            Holding(
                name: String(draft.name.prefix(Limits.nameCharacters)), code: draft.code, amount: amount,
                dayPl: draft.dayPl, holdPl: draft.holdPl, holdRate: draft.holdRate, cost: draft.cost,
                units: draft.units, nav: draft.nav, currency: draft.currency ?? "", assetClass: labels.assetClass,
                region: labels.region, riskLevel: labels.riskLevel, targetWeight: draft.targetWeight,
                buyDate: draft.buyDate, confidence: draft.confidence, checks: draft.checks, warnings: draft.warnings,
                asOf: draft.asOf, origin: draft.origin))
    }

    /// Why a row cannot be a holding.
    struct Unusable: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// The catalogue's entry for this holding, where it has one and the name does not contradict it.
    private mutating func identify() -> FundCatalogue.Entry?? {
        name = name.trimmed
        code = code?.halfWidth.trimmed.uppercased()
        if code?.isEmpty == true { code = nil }
        if code == nil, name.count == 6, name.allSatisfy({ ("0"..."9").contains($0) }) {
            (code, name) = (name, "")
        } else if code == nil, FreeTextWords.isTicker(name) {
            code = name
        }
        if name.isEmpty, let code {
            guard let entry = FundCatalogue.entry(code: code) else {
                name = code
                return .some(nil)
            }
            name = entry.name
            checks.append("name_from_catalogue")
            return entry
        }
        if name.isEmpty { return nil }
        guard let code else { return .some(FundCatalogue.entry(name: name)) }
        guard let entry = FundCatalogue.entry(code: code), entry.name.hasHan == name.hasHan else { return .some(nil) }
        let given = Array(FundCatalogue.normalised(name))
        let known = Array(FundCatalogue.normalised(entry.name))
        // Shorter names of the same fund share most characters in order; a name that shares few is another fund.
        let missing = FundCatalogue.editDistance(given, known) - abs(given.count - known.count)
        if missing * 2 > min(given.count, known.count) {
            warnings.append("code \(code) is \(entry.name) in the catalogue; the name given is kept")
            checks.append("code_name_differ")
            return .some(nil)
        }
        return entry
    }

    private mutating func resolveAmount() -> Decimal? {
        let product = units.flatMap { units in nav.map { units * $0 } }
        if let amount {
            // A NAV is printed with four decimals, so units x NAV is only as exact as that.
            if let product, let units {
                let tolerance = abs(units) * Decimal(sign: .plus, exponent: -4, significand: 1) + 1
                if abs(product - amount) > tolerance {
                    flag(
                        "amount_mismatch", confidence: 0.5,
                        "units × NAV is \(product.rounded(2).plain), the amount says \(amount.plain)")
                }
            }
            return amount
        }
        if let product {
            amount = product.rounded(2)
            checks.append("amount_derived")
        } else if let total = cost ?? unitCost.flatMap({ price in units.map { (price * $0).rounded(2) } }) {
            if let holdPl {
                amount = total + holdPl
                checks.append("amount_derived")
            } else if let holdRate {
                amount = (total * (1 + holdRate)).rounded(2)
                flag("amount_derived", confidence: 0.8, "the amount follows from a rounded rate")
            }
        }
        return amount
    }

    private mutating func resolveCost(_ amount: Decimal) {
        if let unitCost, let units {
            let total = (unitCost * units).rounded(2)
            if let cost {
                if abs(total - cost) > abs(units) * Decimal(sign: .plus, exponent: -4, significand: 1) + 1 {
                    flag(
                        "cost_mismatch", confidence: 0.5,
                        "units × unit cost is \(total.plain), the cost says \(cost.plain)")
                }
            } else {
                cost = total
                checks.append("cost_derived")
            }
        }
        if let cost, let holdPl {
            // A cost from a rounded unit price is not exact to the cent.
            let isDerived = checks.contains("cost_derived")
            let tolerance = isDerived ? (units ?? 0) * Decimal(sign: .plus, exponent: -4, significand: 1) + 1 : 0.02
            if abs(amount - holdPl - cost) > tolerance {
                flag(
                    "cost_mismatch", confidence: 0.5,
                    "amount − P/L is \((amount - holdPl).plain), the cost says \(cost.plain)")
            }
        } else if let cost {
            holdPl = amount - cost
            checks.append("pl_derived")
        } else if let holdPl {
            cost = amount - holdPl
        } else if let holdRate, holdRate > -1 {
            let gain = (amount * holdRate / (1 + holdRate)).rounded(2)
            holdPl = gain
            cost = amount - gain
            flag("pl_derived", confidence: 0.8, "the P/L follows from a rounded rate")
        }
    }

    private mutating func checkRate(_ amount: Decimal) {
        guard let holdPl else { return }
        let base = amount - holdPl
        guard base > 0 else {
            holdRate = nil
            flag("cost_not_positive", confidence: 0.8, "amount − P/L is not positive, so there is no rate")
            return
        }
        let computed = holdPl / base
        guard let holdRate else {
            self.holdRate = computed.rounded(12)
            if !checks.contains("pl_derived") { checks.append("rate_derived") }
            return
        }
        if abs(computed - holdRate) > Self.rateTolerance {
            let wanted = (computed * 100).rounded(2).plain
            flag(
                "rate_mismatch", confidence: 0.5,
                "the rate says \((holdRate * 100).rounded(2).plain)%, amount and P/L give \(wanted)%")
        }
    }

    private func labels(
        _ entry: FundCatalogue.Entry?
    ) -> (assetClass: Holding.Labelled, region: Holding.Labelled, riskLevel: Holding.Labelled) {
        let guess = NameClassifier.guess(name)
        let known = entry.map { NameClassifier.guess($0.name) }
        let catalogueClass = entry.flatMap { $0.assetClass ?? known?.assetClass }
        let assetClass = label(assetClass, catalogueClass, guess.assetClass)
        let catalogueRisk = catalogueClass.flatMap {
            NameClassifier.riskLevel(of: entry?.name.lowercased() ?? "", assetClass: $0)
        }
        // A class that was given or looked up says more about the risk than the name does.
        let inferredRisk = NameClassifier.riskLevel(of: name.halfWidth.lowercased(), assetClass: assetClass.value)
        return (
            assetClass, label(region, entry.flatMap { $0.region ?? known?.region }, guess.region),
            label(riskLevel, self.assetClass == nil ? catalogueRisk : nil, inferredRisk)
        )
    }

    private func label(_ given: String?, _ catalogue: String?, _ inferred: String?) -> Holding.Labelled {
        if let given { return Holding.Labelled(value: given, source: "given") }
        if let catalogue { return Holding.Labelled(value: catalogue, source: "catalogue") }
        if let inferred { return Holding.Labelled(value: inferred, source: "inferred_from_name") }
        return Holding.Labelled(value: "unknown", source: "unknown")
    }
}
