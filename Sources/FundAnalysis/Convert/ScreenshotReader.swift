import Foundation

/// A screenshot of a holdings list as drafts, with the checks of every holding and of the page.
///
/// One pass is enough where the page's own totals confirm amounts and P/L to the cent and every rate fits. Otherwise a
/// second pass reads the page again; figures on which the passes differ are flagged and never averaged or guessed.
public struct ScreenshotReader: Sendable {
    private let engine: any OCREngine

    /// Reads with that engine.
    public init(engine: any OCREngine) { self.engine = engine }

    /// Reads one image.
    func read(_ image: [UInt8], label: String) async throws -> PortfolioAssembler {
        let header = try ImageHeader(checking: image, label: label)
        let first = ScreenshotPage(try await engine.words(in: image, pass: .first))
        var merged = ScreenshotMerge(first)
        if !merged.isConfirmed {
            merged.add(ScreenshotPage(try await engine.words(in: image, pass: .second)))
        }
        var assembler = Self.assembler(merged, label: label)
        if header.width < 600 {
            assembler.warnings.append(
                "The image is only \(header.width) pixels wide; small figures may be unread. The original is better.")
        }
        return assembler
    }

    /// The page as drafts.
    static func assembler(_ merged: ScreenshotMerge, label: String) -> PortfolioAssembler {
        var assembler = PortfolioAssembler(source: "ocr")
        assembler.statedTotal = merged.total?.value
        assembler.statedDayPl = merged.statedDay
        assembler.statedHoldPl = merged.statedGain
        for row in merged.unread { assembler.drop(row.row, row.reason) }
        for entry in merged.entries { assembler.drafts.append(draft(entry, label: label)) }
        if merged.entries.contains(where: { $0.block.day != nil }) {
            assembler.warnings.append(
                "The day's gain belongs to the last published NAV; for QDII funds that is a day older than for others.")
        }
        return assembler
    }

    private static func draft(_ entry: ScreenshotMerge.Entry, label: String) -> HoldingDraft {
        let block = entry.block
        var draft = HoldingDraft(
            origin: Holding.Origin(input: label, text: block.raw.cutToRaw, box: block.box.numbers))
        let repair = ScreenshotNames.repair(block.name, code: block.code)
        draft.name = repair.name
        draft.code = repair.code
        draft.checks += repair.checks
        if repair.checks.contains("name_repaired") {
            draft.warnings.append("the name was read as \(block.name) and taken for \(repair.name)")
        }
        draft.amount = block.amount.value
        draft.holdPl = block.gain?.value
        draft.holdRate = block.rate.map { $0.value / 100 }
        draft.dayPl = block.day?.value
        for problem in entry.problems { draft.flag(problem, confidence: Self.confidence(problem)) }
        if entry.problems.isEmpty { draft.checks.append("ok") }
        return draft
    }

    /// How sure the figures of a holding with that problem are.
    private static func confidence(_ problem: String) -> Double {
        switch problem {
        case "day_missing", "day_from_second_pass": 0.9
        case "rate_mismatch", "roles_unclear", "passes_differ": 0.5
        case "digits_uncertain", "pl_missing", "only_second_pass": 0.7
        default: 0.8
        }
    }
}
