import Foundation

/// Two passes over one page as one list.
struct ScreenshotMerge {
    /// A holding with everything that is not right about it.
    struct Entry {
        var block: ScreenshotBlock
        var problems: [String]
    }

    var entries: [Entry]
    var total: ScreenshotFigure?
    var unread: [(row: String, reason: String)]
    private var headFigures: [(figure: ScreenshotFigure, label: ScreenshotRole?)]

    init(_ page: ScreenshotPage) {
        entries = page.blocks.map { Entry(block: $0, problems: $0.problems) }
        total = page.total
        unread = page.unread
        headFigures = page.headFigures
    }

    private static let cent = Decimal(sign: .plus, exponent: -2, significand: 1)

    private func isSum(_ stated: Decimal?, _ values: [Decimal?]) -> Bool {
        guard let stated, !values.isEmpty else { return false }
        return values.allSatisfy { $0 != nil } && abs(values.reduce(0) { $0 + ($1 ?? 0) } - stated) < Self.cent
    }

    /// The amounts add up to the page's total.
    var hasConfirmedAmounts: Bool { isSum(total?.value, entries.map(\.block.amount.value)) }

    /// The P/Ls add up to a sum on the page.
    var hasConfirmedGains: Bool {
        headFigures.contains { isSum($0.figure.value, entries.map(\.block.gain?.value)) }
    }

    /// The day's gains add up to a sum on the page.
    var hasConfirmedDays: Bool {
        headFigures.contains { isSum($0.figure.value, entries.map(\.block.day?.value)) }
    }

    /// Nothing is left to doubt after one pass.
    var isConfirmed: Bool {
        hasConfirmedAmounts && hasConfirmedGains && entries.allSatisfy { $0.problems.isEmpty }
            && (hasConfirmedDays || entries.allSatisfy { $0.block.day == nil })
    }

    /// The page's sum of the day's gains; only a figure with that label, or one that is the sum.
    var statedDay: Decimal? {
        headFigures.first { isSum($0.figure.value, entries.map(\.block.day?.value)) }?.figure.value
            ?? (total == nil ? nil : headFigures.first { $0.label == .day }?.figure.value)
    }

    /// The page's sum of the P/Ls, likewise.
    var statedGain: Decimal? {
        headFigures.first { isSum($0.figure.value, entries.map(\.block.gain?.value)) }?.figure.value
            ?? (total == nil ? nil : headFigures.first { $0.label == .gain }?.figure.value)
    }

    /// Compares with a second pass.
    ///
    /// Blocks are the same where their amounts stand at the same height.
    mutating func add(_ page: ScreenshotPage) {
        var left = page.blocks
        for index in entries.indices {
            let box = entries[index].block.amount.box
            let place = left.firstIndex { abs($0.amount.box.centre - box.centre) < Double(box.height) }
            guard let place else {
                entries[index].problems.append("only_first_pass")
                continue
            }
            entries[index] = Self.merged(entries[index], left.remove(at: place))
        }
        for block in left {
            entries.append(Entry(block: block, problems: block.problems + ["only_second_pass"]))
        }
        entries.sort { $0.block.amount.box.top < $1.block.amount.box.top }
        if total == nil || !hasConfirmedAmounts { total = page.total ?? total }
        headFigures += page.headFigures
        let known = Set(unread.map(\.reason))
        unread += page.unread.filter { !known.contains($0.reason) }
        unread.removeAll { row in
            entries.contains { $0.problems.contains("only_second_pass") && $0.block.raw == row.row }
        }
        clearWhatTotalsConfirm()
    }

    /// The better of two readings, with what they do not agree on.
    private static func merged(_ entry: Entry, _ second: ScreenshotBlock) -> Entry {
        var result = entry
        let first = entry.block
        if !first.problems.isEmpty, second.problems.isEmpty {
            result = Entry(block: second, problems: ["second_pass"])
            result.block.name = first.name.count >= second.name.count ? first.name : second.name
            result.block.code = first.code ?? second.code
            result.block.raw = first.raw + " | " + second.raw
        }
        if result.block.day == nil, let day = second.day, result.problems == ["day_missing"],
            first.amount.value == second.amount.value, first.gain?.value == second.gain?.value
        {
            result.block.day = day
            result.problems = ["day_from_second_pass"]
            return result
        }
        let isSame =
            first.amount.value == second.amount.value && first.gain?.value == second.gain?.value
            && first.day?.value == second.day?.value
        if !isSame {
            result.problems.append("passes_differ")
            if !result.block.raw.contains(second.raw) { result.block.raw += " | " + second.raw }
        }
        if let code = second.code, let own = first.code, code != own {
            result.problems.append("passes_differ")
            if FundCatalogue.entry(code: own) == nil, FundCatalogue.entry(code: code) != nil {
                result.block.code = code
            }
        }
        return result
    }

    /// A sum that is right to the cent settles a difference between the passes about its column.
    private mutating func clearWhatTotalsConfirm() {
        guard hasConfirmedAmounts, hasConfirmedGains,
            hasConfirmedDays || entries.allSatisfy({ $0.block.day == nil })
        else { return }
        for index in entries.indices {
            entries[index].problems.removeAll {
                ["passes_differ", "only_first_pass", "second_pass", "day_from_second_pass"].contains($0)
            }
        }
    }
}
