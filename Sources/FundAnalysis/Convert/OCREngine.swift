/// Something that finds words on an image.
public protocol OCREngine: Sendable {
    /// The words of a page in reading order.
    ///
    /// - Throws: `ocr_failed`, `ocr_timeout`, `ocr_unavailable`.
    func words(in image: [UInt8], pass: OCRPass) async throws -> [OCRWord]
}

/// Which models read a page.
///
/// Both are right about most digits and wrong about different ones.
public enum OCRPass: String, Sendable, Codable, CaseIterable {
    /// Chinese and Latin together: names and figures.
    case first
    /// Chinese alone: a second opinion.
    case second
}

/// A word on a page, in pixels from the top left corner.
public struct OCRWord: Sendable, Codable, Hashable {
    /// The characters, as the engine gave them.
    public var text: String
    /// The left edge.
    public var left: Int
    /// The upper edge.
    public var top: Int
    /// The width.
    public var width: Int
    /// The height.
    public var height: Int
    /// The engine's own confidence, 0 to 100.
    ///
    /// Kept, not trusted: right figures get 14 and wrong ones 90.
    public var confidence: Double

    /// Makes a word.
    public init(text: String, left: Int, top: Int, width: Int, height: Int, confidence: Double = 0) {
        self.text = text
        self.left = left
        self.top = top
        self.width = width
        self.height = height
        self.confidence = confidence
    }
}

extension OCRWord {
    /// The words of Tesseract's TSV: 12 columns (level, page, block, paragraph, line, word, left, top, width, height,
    /// confidence, text); words are the rows of level 5.
    static func words(tsv: String) throws -> [OCRWord] {
        var words: [OCRWord] = []
        for line in tsv.split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 11, omittingEmptySubsequences: false)
            guard fields.count == 12, fields[0] == "5" else { continue }
            let text = String(fields[11]).trimmed
            guard !text.isEmpty, let left = Int(fields[6]), let top = Int(fields[7]), let width = Int(fields[8]),
                let height = Int(fields[9]), let confidence = Double(fields[10])
            else { continue }
            guard words.count < Limits.ocrWords else {
                throw FundAnalysisError(
                    code: .ocrFailed, message: "more than \(Limits.ocrWords) words on one page",
                    hint: "Send a screenshot of the list only.")
            }
            words.append(
                OCRWord(text: text, left: left, top: top, width: width, height: height, confidence: confidence))
        }
        return words
    }
}
