import Agents
import EventLog
import Events
import Workflow

/// `convert_portfolio`: reads the message's files and text, or goes on with the portfolio the session already has.
struct PortfolioConversion: Sendable {
    let attachments: AttachmentStore
    let reader: PortfolioReader

    /// Reads this message, and asks about what could not be read with certainty where the agent's row says so.
    func convert(_ context: NodeContext) async throws -> ConvertedPortfolio {
        let converted = try await convert(context.run)
        guard context.agent?.parameters[FigureConfirmation.parameter] == .bool(true), converted.origin == .message,
            let portfolio = converted.portfolio,
            let question = FigureConfirmation.question(about: portfolio, message: context.run.text)
        else { return converted }
        let reply = try context.ask(question)
        // A clearer screenshot takes the place of the first.
        if let clearer = try await read(reply.contents.filter { $0.sha256 != nil }) { return clearer }
        return FigureConfirmation.applying(reply.text, to: converted)
    }

    /// The portfolio that these parts hold; nil where they hold none.
    private func read(_ parts: [ContentPart]) async throws -> ConvertedPortfolio? {
        guard !parts.isEmpty else { return nil }
        let reading = try await reader.read(try inputs(parts))
        guard let portfolio = reading.portfolio, !portfolio.holdings.isEmpty else { return nil }
        return ConvertedPortfolio(
            origin: .message, portfolio: portfolio, inputs: reading.inputs, notes: reading.notes, corrections: [],
            sources: parts)
    }

    /// Reads this message; falls back on the session's last portfolio, corrected where the text corrects it.
    func convert(_ context: RunContext) async throws -> ConvertedPortfolio {
        // A correction names a holding and a figure, which alone would read as a portfolio of one.
        if !context.contents.contains(where: { $0.sha256 != nil }), let corrected = try await correction(context) {
            return corrected
        }
        let reading = try await reader.read(try inputs(context.contents))
        if var portfolio = reading.portfolio, !portfolio.holdings.isEmpty {
            portfolio.investorProfile = reading.profile ?? portfolio.investorProfile
            return ConvertedPortfolio(
                origin: .message, portfolio: portfolio, inputs: reading.inputs, notes: reading.notes, corrections: [],
                sources: context.contents.filter { $0.sha256 != nil })
        }
        guard var earlier = try await earlierConversion(context), earlier.portfolio != nil else {
            return ConvertedPortfolio(
                origin: .none, portfolio: nil, inputs: reading.inputs, notes: reading.notes, corrections: [],
                sources: [])
        }
        earlier.origin = .earlierMessage
        earlier.inputs = reading.inputs
        earlier.corrections = []
        if let profile = reading.profile { earlier.portfolio?.investorProfile = profile }
        // A later message may bring the NAV history, the benchmark or the flows that the first one lacked.
        earlier.sources += context.contents.filter { $0.contentType == "file" && $0.sha256 != nil }
        return earlier
    }

    /// The session's portfolio as this message corrects it; nil where it corrects nothing.
    private func correction(_ context: RunContext) async throws -> ConvertedPortfolio? {
        guard var earlier = try await earlierConversion(context), let portfolio = earlier.portfolio,
            let (corrected, changes) = PortfolioCorrection.apply(context.text, to: portfolio), !changes.isEmpty
        else { return nil }
        earlier.origin = .correction
        earlier.portfolio = corrected
        earlier.corrections = changes
        earlier.inputs = []
        return earlier
    }

    /// The series that belong to a converted portfolio, read from its files again: they are too large for an event.
    func series(_ conversion: ConvertedPortfolio) async throws -> PortfolioReading {
        try PortfolioReader.series(
            in: try inputs(conversion.sources.filter { $0.contentType == "file" }), for: conversion.portfolio)
    }

    /// The bytes of a message's parts.
    func inputs(_ parts: [ContentPart]) throws -> [PortfolioInput] {
        try parts.map { part in
            guard let digest = part.sha256 else { return .text(part.content ?? "") }
            guard let bytes = try attachments.bytes(digest) else {
                throw FundAnalysisError(
                    code: .attachmentMissing, message: "the bytes of \(part.name ?? part.contentType) are gone",
                    hint: "send the file again: it was erased, or attachments/ is incomplete")
            }
            return PortfolioInput(
                kind: PortfolioInput.Kind(rawValue: part.contentType) ?? .file, name: part.name,
                mediaType: part.mediaType, bytes: bytes)
        }
    }

    private func earlierConversion(_ context: RunContext) async throws -> ConvertedPortfolio? {
        guard let update = try await context.recordedUpdate(of: FundAdvisory.Names.convert) else { return nil }
        return try CanonicalJSON.decode(ConvertedPortfolio.self, from: update)
    }
}
