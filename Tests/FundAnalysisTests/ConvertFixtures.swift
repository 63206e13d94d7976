import Foundation
@testable import FundAnalysis

/// Files and shorthands for the tests of the portfolio reader.
enum ConvertFixtures {
    /// `Tests/Fixtures`.
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// A fixture's bytes.
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(path)))
    }

    /// A fixture as an uploaded file.
    static func file(_ path: String) throws -> PortfolioInput {
        PortfolioInput(kind: .file, name: path, bytes: try bytes(path))
    }

    /// A text as an uploaded file.
    static func file(_ name: String = "holdings.csv", content: String) -> PortfolioInput {
        PortfolioInput(kind: .file, name: name, bytes: Array(content.utf8))
    }

    /// What a file's content is read as.
    static func portfolio(file content: String) throws -> Portfolio? {
        try PortfolioReader.read([file(content: content)]).portfolio
    }

    /// What a message is read as.
    static func portfolio(text: String) throws -> Portfolio? {
        try PortfolioReader.read([.text(text)]).portfolio
    }

    /// The error that reading gives, or nil.
    static func error(file content: String) -> FundAnalysisError? {
        error(bytes: Array(content.utf8))
    }

    /// The error that reading gives, or nil.
    static func error(bytes: [UInt8], kind: PortfolioInput.Kind = .file) -> FundAnalysisError? {
        do {
            _ = try PortfolioReader.read([PortfolioInput(kind: kind, name: "holdings.csv", bytes: bytes)])
            return nil
        } catch {
            return error as? FundAnalysisError
        }
    }
}

extension Decimal {
    /// Exact digits in a test, where a float literal would round.
    static func exact(_ digits: String) -> Decimal { Decimal(string: digits) ?? .nan }
}

extension Optional where Wrapped == Portfolio {
    /// Amounts by name, as plain digits.
    var amounts: [String: String] {
        Dictionary((self?.holdings ?? []).map { ($0.name, $0.amount.plain) }, uniquingKeysWith: { a, b in "\(a)|\(b)" })
    }
}
