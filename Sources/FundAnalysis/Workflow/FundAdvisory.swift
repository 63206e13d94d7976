public import Agents
public import EventLog
import Events
import Projections
public import Workflow

/// The built-in workflow: a portfolio in, figures and recommendations as they are found, then 小美 talks about them.
///
/// ```
/// convert_portfolio ─┬─ analyze_risk ────────┬─ generate_recommendations ── character_advisor
///                    └─ analyze_performance ─┘
/// ```
public enum FundAdvisory {
    enum Names {
        static let convert = "convert_portfolio"
        static let risk = "analyze_risk"
        static let performance = "analyze_performance"
        static let recommend = "generate_recommendations"
        static let advisor = "character_advisor"
    }

    /// The local composers by the name that a model row gives.
    public static let composers: [String: any LocalComposer] = ["composer": XiaomeiComposer()]

    /// The chatbot 小美.
    ///
    /// - Parameter engine: reads screenshots; without one an image is answered with `ocr_unavailable`.
    public static func chatbot(attachments: AttachmentStore, engine: (any OCREngine)?) -> Chatbot {
        let conversion = PortfolioConversion(attachments: attachments, reader: PortfolioReader(engine: engine))
        return Chatbot(
            name: "xiaomei", title: "小美 · Xiaomei, fund portfolio advisor", workflow: workflow(conversion),
            admit: { try admit($0, canReadImages: engine != nil) })
    }

    /// Refuses what could never be read, before anything of it is recorded.
    private static func admit(_ request: ChatRequest, canReadImages: Bool) throws {
        let inputs = request.contents.map { part in
            PortfolioInput(
                kind: PortfolioInput.Kind(rawValue: part.contentType) ?? .file, name: part.name,
                mediaType: part.mediaType,
                bytes: part.sha256.flatMap { request.attachments[$0] } ?? Array((part.content ?? "").utf8))
        }
        // Images take seconds to read: their headers are checked here, their rows by the node.
        _ = try PortfolioReader.read(inputs.filter { !ImageHeader.isImage($0) && $0.kind != .image })
        for input in inputs where input.kind == .image || ImageHeader.isImage(input) {
            _ = try ImageHeader(checking: input.bytes)
            guard canReadImages else {
                throw FundAnalysisError(
                    code: .ocrUnavailable, message: "this server has no OCR engine, so images cannot be read",
                    hint: TesseractEngine.installHint)
            }
        }
    }

    private typealias Step = Node<AdvisoryState>

    private static func workflow(_ conversion: PortfolioConversion) -> any Workflow {
        Graph<AdvisoryState>(
            name: "fund-analysis", version: 1,
            nodes: [
                Step(
                    Names.convert, work: { _, context in try await conversion.convert(context) },
                    apply: { $0.conversion = $1 }),
                Step(
                    Names.risk, after: [Names.convert], when: \.hasPortfolio,
                    work: { try await analyzeRisk($0, $1, conversion) }, apply: { $0.risk = $1 }),
                Step(
                    Names.performance, after: [Names.convert], when: \.hasPortfolio,
                    work: { try await analyzePerformance($0, $1, conversion) }, apply: { $0.performance = $1 }),
                Step(
                    Names.recommend, after: [Names.risk, Names.performance], when: \.hasPortfolio,
                    work: { try await recommend($0, $1, conversion) }, apply: { $0.recommendations = $1 }),
                Step(speaking: Names.advisor, after: [Names.recommend], work: { try await advise($0, $1) }),
            ],
            initial: { AdvisoryState(question: $0.text) })
    }

    private static func analyzeRisk(
        _ state: AdvisoryState, _ context: NodeContext, _ conversion: PortfolioConversion
    ) async throws -> RiskReport {
        let (portfolio, series) = try await material(state, conversion)
        return RiskAnalysis.analyze(
            portfolio: portfolio, navHistory: series.navHistory, benchmark: series.benchmark,
            parameters: try parameters(context))
    }

    private static func analyzePerformance(
        _ state: AdvisoryState, _ context: NodeContext, _ conversion: PortfolioConversion
    ) async throws -> PerformanceReport {
        let (portfolio, series) = try await material(state, conversion)
        return PerformanceAnalysis.analyze(
            portfolio: portfolio, navHistory: series.navHistory, benchmark: series.benchmark,
            flows: series.flows ?? [], parameters: try parameters(context))
    }

    private static func recommend(
        _ state: AdvisoryState, _ context: NodeContext, _ conversion: PortfolioConversion
    ) async throws -> RecommendationReport {
        guard let risk = state.risk, let performance = state.performance else {
            throw FundAnalysisError(
                code: .figuresMissing, message: "there are no figures to recommend from",
                hint: "see the errors of analyze_risk and analyze_performance")
        }
        let (portfolio, series) = try await material(state, conversion)
        return RecommendationRules.recommend(
            portfolio: portfolio, risk: risk, performance: performance, navHistory: series.navHistory,
            parameters: try parameters(context))
    }

    private static func advise(_ state: AdvisoryState, _ context: NodeContext) async throws {
        let past = context.run.past
        let material = AdvisorMaterial(
            question: state.question, portfolio: state.conversion?.portfolio, risk: state.risk,
            performance: state.performance, recommendations: state.recommendations,
            earlierQuestions: past.messages.filter { $0.role == "user" }.map(\.text))
        var turns = past.messages.filter { $0.status == .completed && !$0.isSuperseded }.suffix(Limits.Advisor.turns)
            .map {
                AgentInput.Turn(role: $0.role, text: $0.text)
            }
        turns.append(AgentInput.Turn(role: "user", text: state.question))
        // The prompt of the agent's row wins; without one the persona's own stands.
        let hasPrompt = context.agent?.prompt.isEmpty == false
        let input = AgentInput(
            instructions: hasPrompt
                ? "" : XiaomeiPrompt.instructions(material.language, hasPortfolio: material.hasPortfolio),
            turns: turns, material: try CanonicalJSON.encode(material), facts: try XiaomeiPrompt.facts(material))
        _ = try await context.answer(
            input,
            check: { text, agent in
                // The composer has checked its own text, and there is no one better to ask.
                guard agent.model.provider != .local else { return nil }
                return AnswerVerifier.verify(text, material: material).first.map {
                    AnswerRejected(rule: $0.rule.rawValue, found: $0.found)
                }
            }, lastResort: context.localFallback(composer: "composer"))
    }

    private static func material(
        _ state: AdvisoryState, _ conversion: PortfolioConversion
    ) async throws -> (Portfolio, PortfolioReading) {
        guard let converted = state.conversion, let portfolio = converted.portfolio else {
            throw FundAnalysisError(
                code: .figuresMissing, message: "there is no portfolio", hint: "send a file or a screenshot")
        }
        return (portfolio, try await conversion.series(converted))
    }

    /// The thresholds of the agent's row in the configuration; what it leaves out has its default.
    private static func parameters(_ context: NodeContext) throws -> AnalysisParameters {
        guard let parameters = context.agent?.parameters, !parameters.isEmpty else { return AnalysisParameters() }
        return try CanonicalJSON.decode(AnalysisParameters.self, from: try JSONValue.object(parameters).text)
    }
}
