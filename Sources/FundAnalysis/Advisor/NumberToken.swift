import Foundation

/// A number found in an answer: what it says, and how exactly it says it.
struct NumberToken: Sendable, Hashable {
    /// What the words around the number make of it.
    enum Kind: Sendable, Hashable {
        /// Of which currency, where a sign or a word says so.
        case money(String?)
        /// A share in per cent, percentage points or tenths.
        case fraction
        case count
        /// "1.4 times".
        case multiple
        case year
        /// A month or a day of a date.
        case dayOrMonth
        /// "three years".
        case duration
        /// Digits alone.
        case plain
    }

    /// Which side of the spoken value the exact one is on: "近五成" is below, "三成多" above.
    enum Bound: Sendable, Hashable {
        case around, below, above
    }

    /// As it stands in the text.
    var text: String
    var value: Decimal
    /// One step of the last digit that is said.
    var step: Decimal
    var kind: Kind
    var bound = Bound.around
    /// A word said that it is not exact: 约, about.
    var isApproximate = false
    /// A word of gain (1) or loss (-1) stands directly before it.
    var direction = 0
    /// It stands in a question, which claims nothing.
    var isAsked = false

    /// True where this is a fair way to say the exact value.
    func renders(_ exact: Decimal) -> Bool {
        let exact = abs(exact)
        let slack = exact / 1_000_000_000
        var half = step / 2
        // One rounded digit ("20万") may not stand for everything between 15 and 25.
        if case .money = kind { half = min(half, max(value / 20, step / 1_000)) }
        switch bound {
        case .around:
            let reach = isApproximate ? half * 2 : half
            return abs(exact - value) <= reach + slack
        case .below: return exact <= value + slack && exact >= value - step - slack
        case .above: return exact >= value - slack && exact <= value + step + slack
        }
    }
}
