/// Names as engines misread them, made whole again: patterns first, then the catalogue.
///
/// The text as it was read stays with the holding.
enum ScreenshotNames {
    /// A repaired name.
    struct Repair: Hashable {
        var name: String
        var code: String?
        /// `name_repaired`, `code_from_catalogue`.
        var checks: [String] = []
    }

    /// Repairs a name; `code` is what stood beside it.
    static func repair(_ raw: String, code: String?) -> Repair {
        let tidy = tidied(raw)
        var result = Repair(name: tidy, code: code)
        if let entry = FundCatalogue.entry(name: tidy) {
            result.name = entry.name
            take(entry, &result)
        } else if let code, let entry = FundCatalogue.entry(code: code), isNear(tidy, entry.name) {
            result.name = entry.name
        } else if code == nil, let found = FundCatalogue.nearest(to: tidy) {
            result.name = found.entry.name
            take(found.entry, &result)
        }
        if FundCatalogue.normalised(result.name) != FundCatalogue.normalised(raw) {
            result.checks.append("name_repaired")
        }
        return result
    }

    private static func take(_ entry: FundCatalogue.Entry, _ result: inout Repair) {
        guard result.code == nil else { return }
        result.code = entry.code
        result.checks.append("code_from_catalogue")
    }

    private static func isNear(_ name: String, _ known: String) -> Bool {
        let left = Array(FundCatalogue.normalised(name))
        let right = Array(FundCatalogue.normalised(known))
        return FundCatalogue.editDistance(left, right) * 3 <= max(left.count, right.count)
    }

    /// `(QDIDA`, `(QDI1)A`, `(LO F)A`, `联接(C` and stray marks at the ends.
    static func tidied(_ raw: String) -> String {
        var text = raw.halfWidth
        if text.hasHan { text = text.filter { $0 != " " } }
        for (wrong, right) in [
            ("(QDIDA", "(QDII)A"), ("(QDIDC", "(QDII)C"), ("(QDI1)", "(QDII)"), ("(QD11)", "(QDII)"),
            ("(QDIl)", "(QDII)"),
            ("(QDID", "(QDII)"), ("(L0F)", "(LOF)"), ("(LDF)", "(LOF)"), ("(LOFA", "(LOF)A"), ("(LOFC", "(LOF)C"),
            ("ETE联接", "ETF联接"), ("ETF联按", "ETF联接"),
        ] {
            text = text.replacing(wrong, with: right)
        }
        // A bracket that is never closed before the class letter is dust.
        if text.count(where: { $0 == "(" }) > text.count(where: { $0 == ")" }), let open = text.lastIndex(of: "("),
            text[open...].count <= 2
        {
            text.remove(at: open)
        }
        let marks: Set<Character> = ["\"", "”", "“", "'", "`", "|", ":", ";", ",", ".", "·", "-", "_", ">", "›", " "]
        if text.hasSuffix("...") { return text }
        while let last = text.last, marks.contains(last) { text.removeLast() }
        while let first = text.first, marks.contains(first) { text.removeFirst() }
        return text
    }
}
