import Agents
import EventLog
import Events
import Workflow

/// `convert_portfolio`: reads the message's files and text, or goes on with the portfolio the session already has.
struct PortfolioConversion: Sendable {
    let attachments: AttachmentStore
    let engine: (any OCREngine)?

    /// Reads this message, and asks about what could not be read with certainty where the agent's row says so.
    ///
    /// What is asked about is recorded first: another look at the screenshot might see other figures, and a run asks
    /// once.
    ///
    /// - Parameters:
    ///   - vision: reads images before the engine does.
    ///   - memory: keeps the series that are found on the way.
    func convert(
        _ context: NodeContext, vision: (any VisionModel)?, memory: SeriesMemory
    ) async throws -> ConvertedPortfolio {
        if let asked = try context.published(ConvertedPortfolio.self) {
            return try await confirm(asked, context, vision)
        }
        let (converted, reading) = try await read(context.run, vision)
        if context.agent?.parameters[FigureConfirmation.parameter] == .bool(true), converted.origin == .message,
            question(about: converted, context) != nil
        {
            try await context.publish(converted)
            return try await confirm(converted, context, vision)
        }
        if let reading { await memory.keep(reading) }
        return converted
    }

    private func question(about converted: ConvertedPortfolio, _ context: NodeContext) -> String? {
        converted.portfolio.flatMap { FigureConfirmation.question(about: $0, message: context.run.text) }
    }

    /// The portfolio as the user confirms it, corrects it or sends it again.
    private func confirm(
        _ asked: ConvertedPortfolio, _ context: NodeContext, _ vision: (any VisionModel)?
    ) async throws -> ConvertedPortfolio {
        guard let question = question(about: asked, context) else { return asked }
        let reply = try context.ask(question)
        if let clearer = try await clearer(reply, context.run, vision) { return clearer }
        var settled = FigureConfirmation.applying(reply.text, to: asked)
        try settled.take(reply.contents)
        return settled
    }

    /// The portfolio that the files of a reply hold; nil where they hold none.
    ///
    /// It takes the place of the first screenshot, but not of the files and texts that came with that.
    private func clearer(
        _ reply: Reply, _ context: RunContext, _ vision: (any VisionModel)?
    ) async throws -> ConvertedPortfolio? {
        guard reply.contents.contains(where: { $0.sha256 != nil }) else { return nil }
        let sent = context.contents.distinct
        let first = zip(sent, try inputs(sent)).filter { !ImageHeader.isImage($1) }
        // Of a file that came with the screenshot already, a second copy is no answer.
        let parts = (first.map(\.0) + reply.contents).distinct
        let answer = try inputs(Array(parts.dropFirst(first.count)))
        let reading = try await PortfolioReader(engine: engine, vision: vision).read(first.map(\.1) + answer)
        // The holdings of the first message are no answer.
        let bringsHoldings = reading.inputs.suffix(answer.count).contains {
            ["screenshot", "holdings"].contains($0.recognisedAs)
        }
        guard bringsHoldings else { return nil }
        return converted(reading, from: parts)
    }

    /// What was read, where it is a portfolio.
    private func converted(_ reading: PortfolioReading, from parts: [ContentPart]) -> ConvertedPortfolio? {
        guard let portfolio = reading.portfolio, !portfolio.holdings.isEmpty else { return nil }
        return ConvertedPortfolio(
            origin: .message, portfolio: portfolio, inputs: reading.inputs, notes: reading.notes, corrections: [],
            sources: parts.filter { $0.sha256 != nil })
    }

    /// Reads this message; falls back on the session's last portfolio, corrected where the text corrects it.
    ///
    /// - Returns: what it amounts to, with the reading that it was made of where that was all of it.
    private func read(
        _ context: RunContext, _ vision: (any VisionModel)?
    ) async throws -> (ConvertedPortfolio, PortfolioReading?) {
        // A correction names a holding and a figure, which alone would read as a portfolio of one.
        if !context.contents.contains(where: { $0.sha256 != nil }), let corrected = try await correction(context) {
            return (corrected, nil)
        }
        let parts = context.contents.distinct
        let reading = try await PortfolioReader(engine: engine, vision: vision).read(try inputs(parts))
        if let converted = converted(reading, from: parts) { return (converted, reading) }
        guard var earlier = try await earlierConversion(context), earlier.portfolio != nil else {
            let none = ConvertedPortfolio(
                origin: .none, portfolio: nil, inputs: reading.inputs, notes: reading.notes, corrections: [],
                sources: [])
            return (none, nil)
        }
        earlier.origin = .earlierMessage
        earlier.inputs = reading.inputs
        earlier.corrections = []
        if let profile = reading.profile { earlier.portfolio?.investorProfile = profile }
        // A later message may bring the NAV history, the benchmark or the flows that the first one lacked.
        try earlier.take(parts)
        return (earlier, nil)
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

    /// The series that belong to a converted portfolio, read again from its files, and from the texts of the message
    /// where it is that message's: they are too large for an event.
    func series(_ conversion: ConvertedPortfolio, _ context: RunContext) throws -> PortfolioReading {
        let texts = conversion.origin == .message ? context.contents.filter { $0.sha256 == nil } : []
        return try PortfolioReader.series(in: try inputs(texts + conversion.files()), for: conversion.portfolio)
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
