import Foundation

/// One holding on a page: an amount, the figures that follow it, the lines of its name.
struct ScreenshotBlock: Hashable {
    /// A figure with its place relative to the amount and the label nearest to it.
    struct Candidate: Hashable {
        var figure: ScreenshotFigure
        /// Lines below the amount.
        var lineOffset: Int
        /// Place among the figures of its line.
        var order: Int
        var label: ScreenshotRole?

        /// The place, which is the same in every block of a page.
        var slot: Slot { Slot(lineOffset: lineOffset, order: order) }
    }

    /// A place in a block.
    struct Slot: Hashable {
        var lineOffset: Int
        var order: Int
    }

    var amount: ScreenshotFigure
    var candidates: [Candidate] = []
    var name = ""
    var code: String?
    /// Every cell as it was read.
    var raw = ""
    var box: ScreenshotBox

    var gain: ScreenshotFigure?
    var rate: ScreenshotFigure?
    var day: ScreenshotFigure?
    /// Empty where amount, P/L and rate agree and every role is certain.
    var problems: [String] = []

    /// Whether the pair fits the amount: |P / (A - P) * 100 - q| <= 0.02.
    func fits(_ gain: ScreenshotFigure, _ rate: ScreenshotFigure) -> Bool {
        let base = amount.value - gain.value
        guard base > 0 else { return false }
        return abs(gain.value / base * 100 - rate.value) <= Decimal(sign: .plus, exponent: -2, significand: 2)
    }

    private var gains: [Candidate] { candidates.filter { !$0.figure.isPercent } }
    private var rates: [Candidate] { candidates.filter(\.figure.isPercent) }

    /// All pairs that fit.
    private var pairs: [(gain: Candidate, rate: Candidate)] {
        gains.flatMap { gain in rates.filter { fits(gain.figure, $0.figure) }.map { (gain, $0) } }
    }

    /// The place of the P/L, where arithmetic alone names it.
    var certainSlot: Slot? {
        let slots = Set(pairs.map(\.gain.slot))
        return slots.count == 1 ? slots.first : nil
    }

    /// Gives every figure its role: by arithmetic; where several pairs fit or none does, by the place that the other
    /// blocks' P/L has, then by label, and then it is a problem.
    mutating func assignRoles(usualSlot: Slot?) {
        problems = []
        let chosen: Candidate?
        if let certainSlot {
            chosen = gains.first { $0.slot == certainSlot }
        } else {
            let fitting = pairs.map(\.gain)
            let open = fitting.isEmpty ? gains : fitting
            let byPlace = open.filter { $0.slot == usualSlot }
            let byLabel = open.filter { $0.label == .gain }
            chosen =
                byPlace.first ?? (byLabel.count == 1 ? byLabel.first : nil)
                ?? (open.count == 1 && open.first?.label != .day ? open.first : nil)
            // Equal figures need no choice.
            let isOpen = chosen == nil && Set(open.map(\.figure.value)).count > 1
            if isOpen { problems.append("roles_unclear") }
            if fitting.isEmpty { problems.append(rates.isEmpty ? "rate_derived" : "rate_mismatch") }
        }
        gain = chosen?.figure
        rate = rates.first { rate in gain.map { fits($0, rate.figure) } ?? false }?.figure ?? rates.first?.figure
        let others = gains.filter { $0.slot != chosen?.slot }
        day = others.count == 1 ? others.first?.figure : others.first { $0.label == .day }?.figure
        if gain == nil { problems.append("pl_missing") }
        if gains.isEmpty { problems.removeAll { $0 == "rate_mismatch" } }
        if [amount, gain, rate].contains(where: { $0?.isSuspect == true }) { problems.append("digits_uncertain") }
    }
}
