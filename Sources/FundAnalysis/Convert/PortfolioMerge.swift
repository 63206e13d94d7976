/// Several inputs as one portfolio: two pages of one list overlap, a message adds to a file.
enum PortfolioMerge {
    /// One portfolio of everything; nil where nothing holds a holding.
    ///
    /// A holding on two pages with the same figures is one holding. With different figures both stay and are flagged:
    /// only the owner knows which one is right.
    static func portfolio(_ assemblers: [PortfolioAssembler], messages: [PortfolioAssembler]) throws -> Portfolio? {
        let all = assemblers + messages
        guard var merged = all.first else { return nil }
        for next in all.dropFirst() {
            merged.source = merged.source == next.source ? merged.source : "\(merged.source)+\(next.source)"
            merged.dropped += next.dropped
            merged.warnings += next.warnings.filter { !merged.warnings.contains($0) }
            merged.asOf = merged.asOf ?? next.asOf
            merged.isChinese = merged.isChinese || next.isChinese
            // A total belongs to its own page; pages of one list repeat the same one.
            if let total = next.statedTotal {
                merged.statedTotal = merged.statedTotal == nil || merged.statedTotal == total ? total : nil
            }
            merged.statedDayPl = merged.statedDayPl ?? next.statedDayPl
            merged.statedHoldPl = merged.statedHoldPl ?? next.statedHoldPl
            for draft in next.drafts { add(draft, to: &merged) }
        }
        return try merged.finish()
    }

    private static func add(_ draft: HoldingDraft, to merged: inout PortfolioAssembler) {
        let same = merged.drafts.firstIndex { other in
            guard other.origin.input != draft.origin.input || other.origin.box != nil else { return false }
            if let code = other.code, let otherCode = draft.code { return code == otherCode }
            let name = FundCatalogue.normalised(draft.name)
            return name.count > 1 && FundCatalogue.normalised(other.name) == name
        }
        guard let same else { return merged.drafts.append(draft) }
        let earlier = merged.drafts[same]
        if earlier.amount == draft.amount, earlier.holdPl == draft.holdPl || draft.holdPl == nil {
            merged.warnings.append("\(draft.name) is on two pages with the same figures; it is counted once.")
        } else {
            var draft = draft
            draft.flag("conflict", confidence: 0.4, "\(draft.name) has other figures in \(earlier.origin.input)")
            merged.drafts[same].flag(
                "conflict", confidence: 0.4, "\(draft.name) has other figures in \(draft.origin.input)")
            merged.drafts.append(draft)
        }
    }
}
