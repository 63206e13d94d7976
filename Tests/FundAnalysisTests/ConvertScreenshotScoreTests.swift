import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

/// The bar: on every screenshot every holding's amount, P/L and rate is exact or flagged; no wrong figure unflagged.
@Suite("Screenshots: the score")
struct ConvertScreenshotScoreTests {
    private struct Truth: Decodable {
        struct Row: Decodable {
            var code: String
            var name: String
            var amount: Decimal
            var day_pl: Decimal
            var hold_pl: Decimal
            var hold_rate_pct: Decimal
        }
        var file: String
        var holdings: [Row]
    }

    /// What became of the holdings of some screenshots.
    private struct Score: Equatable {
        var exact = 0
        var flagged = 0
        var listed = 0
        var wrong = 0
        var names = 0
        var codes = 0
    }

    private static func truth() throws -> [Truth] {
        try JSONDecoder().decode([Truth].self, from: Data(try ConvertFixtures.bytes("screenshots/ground_truth.json")))
    }

    private static func score(_ truth: Truth, _ portfolio: Portfolio?) -> Score {
        var score = Score()
        var left = portfolio?.holdings ?? []
        for row in truth.holdings {
            let place = left.firstIndex { $0.amount == row.amount } ?? left.firstIndex { $0.code == row.code }
            guard let place else {
                if portfolio?.dropped.isEmpty == false { score.listed += 1 } else { score.wrong += 1 }
                continue
            }
            let holding = left.remove(at: place)
            let isRight =
                holding.amount == row.amount && holding.holdPl == row.hold_pl && holding.dayPl == row.day_pl
                && holding.holdRate == row.hold_rate_pct / 100
            let isFlagged = holding.confidence < 1 && holding.checks.contains { $0 != "ok" }
            if isRight { score.exact += 1 } else if isFlagged { score.flagged += 1 } else { score.wrong += 1 }
            if holding.name == row.name { score.names += 1 }
            if holding.code == row.code { score.codes += 1 }
        }
        // A holding that is on no page is wrong unless it is flagged.
        score.wrong += left.count { $0.confidence == 1 }
        return score
    }

    private static func total(_ engine: (String) -> any OCREngine, _ files: [Truth]) async throws -> Score {
        var total = Score()
        for truth in files {
            let input = PortfolioInput(
                kind: .image, name: truth.file, mediaType: "image/png",
                bytes: try ConvertFixtures.bytes("screenshots/\(truth.file)"))
            let reading = try await PortfolioReader(engine: engine(truth.file)).read([input])
            let score = score(truth, reading.portfolio)
            total.exact += score.exact
            total.flagged += score.flagged
            total.listed += score.listed
            total.wrong += score.wrong
            total.names += score.names
            total.codes += score.codes
        }
        let count = files.reduce(0) { $0 + $1.holdings.count }
        print(
            "screenshots: \(files.count), holdings: \(count), exact: \(total.exact), flagged: \(total.flagged), listed: "
                + "\(total.listed), wrong and unflagged: \(total.wrong), names: \(total.names), codes: \(total.codes)")
        return total
    }

    @Test("On recorded engine output every figure of every screenshot is exact")
    func recorded() async throws {
        let truth = try Self.truth()
        let score = try await Self.total({ RecordedEngine(file: $0) }, truth)
        #expect(truth.count == 12)
        #expect(score == Score(exact: 68, names: 68, codes: 68))
    }

    @Test(
        "With the engine of this machine every figure is exact or flagged, and none is wrong unflagged",
        .enabled("tesseract with chi_sim is needed") { await LiveEngine.found != nil })
    func live() async throws {
        let engine = try #require(await LiveEngine.found)
        let quick: Set = ["alipay_2_dark_2x.png", "cards_2_light_2x.png"]
        let truth = try Self.truth().filter { TestLength.isLong || quick.contains($0.file) }
        let score = try await Self.total({ _ in engine }, truth)
        #expect(score.wrong == 0)
        #expect(score.exact + score.flagged + score.listed == truth.reduce(0) { $0 + $1.holdings.count })
    }
}

/// The engine of this machine, looked for once.
private enum LiveEngine {
    private static let search = Task {
        try? await TesseractEngine.discover(deadline: .seconds(120), startDeadline: .seconds(120))
    }
    static var found: TesseractEngine? { get async { await search.value } }
}

/// What the engine said of a screenshot, recorded beside it.
struct RecordedEngine: OCREngine {
    var file: String

    func words(in image: [UInt8], pass: OCRPass) async throws -> [OCRWord] {
        let path = "screenshots/\(file.replacing(".png", with: ""))." + pass.rawValue + ".tsv"
        return try OCRWord.words(tsv: String(decoding: try ConvertFixtures.bytes(path), as: UTF8.self))
    }
}
