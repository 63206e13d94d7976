import Foundation

/// Bytes as text.
///
/// Order: byte order mark, UTF-8, GB18030 (spreadsheet programs in China save CSV so).
///
/// Invalid UTF-8 is rarely valid GB18030 by accident and the other way round, so validity decides between them.
struct EncodedText {
    var text: String
    /// `utf-8`, `utf-16` or `gb18030`.
    var encoding: String

    /// NSString's encoding number for GB18030 (`0x80000000` with CoreFoundation's `0x0632`); Foundation has no name
    /// for it on Linux.
    private static let gb18030 = String.Encoding(rawValue: 0x8000_0632)

    /// Decodes, or says what the bytes are instead of text.
    init(_ bytes: [UInt8], label: String) throws {
        if bytes.count > Limits.textBytes {
            throw FundAnalysisError(
                code: .fileTooLarge, message: "\(label) has \(bytes.count) bytes, the limit is \(Limits.textBytes)",
                hint: "Send the holdings only, or split the file.")
        }
        if let format = Self.binaryFormat(bytes) {
            throw Self.notText(label, "it is \(format)")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let encoding: String.Encoding = bytes[0] == 0xFF ? .utf16LittleEndian : .utf16BigEndian
            guard bytes.count % 2 == 0, let text = String(data: Data(bytes.dropFirst(2)), encoding: encoding) else {
                throw Self.notText(label, "its byte order mark says UTF-16 and the rest is not")
            }
            self = EncodedText(text: text, encoding: "utf-16")
            return
        }
        if bytes.contains(0) { throw Self.notText(label, "it holds zero bytes") }
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let content = hasMark ? bytes.dropFirst(3) : bytes[...]
        if let text = String(validating: content, as: UTF8.self) {
            self = EncodedText(text: text, encoding: "utf-8")
        } else if !hasMark, let text = String(data: Data(content), encoding: Self.gb18030), Self.isPlausible(text) {
            self = EncodedText(text: text, encoding: "gb18030")
        } else {
            throw Self.notText(label, "it is neither UTF-8 nor GB18030")
        }
    }

    private init(text: String, encoding: String) {
        self.text = text
        self.encoding = encoding
    }

    /// Random bytes can decode as GB18030; then they hold control characters or private-use ones.
    private static func isPlausible(_ text: String) -> Bool {
        !text.unicodeScalars.contains { scalar in
            scalar.value == 0xFFFD || (0xE000...0xF8FF).contains(scalar.value)
                || (scalar.value < 0x20 && !["\n", "\r", "\t"].contains(scalar)) || scalar.value == 0x7F
        }
    }

    private static func binaryFormat(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return "a spreadsheet or another zip archive" }
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { return "an old spreadsheet" }
        if bytes.starts(with: Array("%PDF-".utf8)) { return "a PDF" }
        return nil
    }

    private static func notText(_ label: String, _ what: String) -> FundAnalysisError {
        FundAnalysisError(
            code: .fileNotText, message: "\(label) is not a text file: \(what)",
            hint: "Save the sheet as CSV (UTF-8), or send a screenshot as an image.")
    }
}

extension StringProtocol {
    /// Full-width digits, letters and punctuation as their ASCII forms, every kind of minus as `-`, every kind of
    /// space as a space.
    ///
    /// One scalar stays one scalar.
    var halfWidth: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0xFF01...0xFF5E: result.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
            case 0xFFE5: result.append("¥")
            case 0x3000, 0x00A0, 0x2007, 0x2009, 0x202F: result.append(" ")
            case 0x2212, 0x2010, 0x2011, 0x2012, 0x2013, 0xFE63: result.append("-")
            case 0x2018, 0x2019: result.append("'")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// Whether any character is a Chinese one.
    var hasHan: Bool {
        unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) || (0x3400...0x4DBF).contains($0.value) }
    }

    /// The text, cut to what is kept with a holding.
    var cutToRaw: String {
        count <= Limits.rawCharacters ? String(self) : String(prefix(Limits.rawCharacters)) + "…"
    }
}
