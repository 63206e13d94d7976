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

    /// Whose agents are asked: the advisor speaks, the reader of portfolios looks at screenshots.
    public static let use = AgentUse(
        chatbot: "xiaomei", workflow: workflowName,
        nodes: [Names.convert, Names.risk, Names.performance, Names.recommend, Names.advisor],
        speaking: [Names.advisor], looking: [Names.convert])

    /// The chatbot 小美.
    ///
    /// - Parameters:
    ///   - engine: reads screenshots; without one an image is answered with `ocr_unavailable`, unless the model
    ///     assigned to `convert_portfolio` can see.
    ///   - configuration: where that is looked up.
    public static func chatbot(
        attachments: AttachmentStore, engine: (any OCREngine)?, configuration: ConfigurationStore
    ) -> Chatbot {
        let conversion = PortfolioConversion(attachments: attachments, engine: engine)
        return Chatbot(
            name: use.chatbot, title: "小美 · Xiaomei, fund portfolio advisor", workflow: workflow(conversion),
            admit: { request in
                try admit(request) {
                    if engine != nil { return true }
                    let reader = try? configuration.resolve(
                        workflow: workflowName, chatbot: request.chatbot, node: Names.convert)
                    return reader?.model.supportsVision ?? false
                }
            })
    }

    private static let workflowName = "fund-analysis"

    /// Refuses what could never be read, before anything of it is recorded.
    private static func admit(_ request: ChatRequest, canReadImages: () -> Bool) throws {
        let inputs = request.contents.map { part in
            PortfolioInput(
                kind: PortfolioInput.Kind(rawValue: part.contentType) ?? .file, name: part.name,
                mediaType: part.mediaType,
                bytes: part.sha256.flatMap { request.attachments[$0] } ?? Array((part.content ?? "").utf8))
        }
        _ = try PortfolioReader.read(inputs.filter { !ImageHeader.isImage($0) })
        // Images take seconds to read: their headers are checked here, their rows by the node.
        for image in inputs.filter(ImageHeader.isImage) {
            _ = try ImageHeader(checking: image.bytes, label: image.label)
            guard canReadImages() else { throw PortfolioReader.unavailable(image) }
        }
    }

    private typealias Step = Node<AdvisoryState>

    private static func workflow(_ conversion: PortfolioConversion) -> any Workflow {
        Graph<AdvisoryState>(
            name: workflowName, version: 1,
            nodes: [
                Step(
                    Names.convert,
                    work: { state, context in
                        try await conversion.convert(
                            context, vision: AssignedVision(context), memory: state.series)
                    },
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
        let (portfolio, series) = try await material(state, context, conversion)
        return RiskAnalysis.analyze(
            portfolio: portfolio, navHistory: series.navHistory, benchmark: series.benchmark,
            parameters: try parameters(context))
    }

    private static func analyzePerformance(
        _ state: AdvisoryState, _ context: NodeContext, _ conversion: PortfolioConversion
    ) async throws -> PerformanceReport {
        let (portfolio, series) = try await material(state, context, conversion)
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
        let (portfolio, series) = try await material(state, context, conversion)
        return RecommendationRules.recommend(
            portfolio: portfolio, risk: risk, performance: performance, navHistory: series.navHistory,
            parameters: try parameters(context))
    }

    private static func advise(_ state: AdvisoryState, _ context: NodeContext) async throws {
        let past = context.run.past
        let material = AdvisorMaterial(
            question: state.question, portfolio: state.conversion?.portfolio, risk: state.risk,
            performance: state.performance, recommendations: state.recommendations,
            earlierQuestions: past.messages.filter { $0.role == "user" }.map(\.text),
            isCorrection: state.conversion?.origin == .correction)
        var turns = past.messages.filter { $0.status == .completed && !$0.isSuperseded }.suffix(Limits.Advisor.turns)
            .map {
                AgentInput.Turn(role: $0.role, text: $0.text)
            }
        turns.append(AgentInput.Turn(role: "user", text: state.question))
        // The row's prompt is the operator's; the rules that an answer is checked against always stand below it.
        let rules = XiaomeiPrompt.instructions(material.language, hasPortfolio: material.hasPortfolio)
        let input = AgentInput(
            instructions: [context.agent?.prompt ?? "", rules].filter { !$0.isEmpty }.joined(separator: "\n\n"),
            turns: turns, material: try CanonicalJSON.encode(material), facts: try XiaomeiPrompt.facts(material))
        _ = try await context.answer(
            input,
            check: { text, agent in
                // The composer has checked its own text, and there is no one better to ask.
                guard agent.model.provider != .local else { return nil }
                return AnswerVerifier.verify(text, material: material).first.map {
                    AnswerRejected(rule: $0.rule.rawValue, found: $0.found)
                }
            },
            corrected: { input, text in
                var input = input
                input.turns.append(AgentInput.Turn(role: "assistant", text: text))
                let problems = AnswerVerifier.verify(text, material: material)
                let correction = XiaomeiPrompt.correction(problems, material.language)
                input.turns.append(AgentInput.Turn(role: "user", text: correction))
                return input
            }, lastResort: context.localFallback(composer: "composer"))
    }

    private static func material(
        _ state: AdvisoryState, _ context: NodeContext, _ conversion: PortfolioConversion
    ) async throws -> (Portfolio, PortfolioReading) {
        guard let converted = state.conversion, let portfolio = converted.portfolio else {
            throw FundAnalysisError(
                code: .figuresMissing, message: "there is no portfolio", hint: "send a file or a screenshot")
        }
        return (portfolio, try await state.series.series { try conversion.series(converted, context.run) })
    }

    /// The thresholds of the agent's row in the configuration; what it leaves out has its default.
    private static func parameters(_ context: NodeContext) throws -> AnalysisParameters {
        guard let agent = context.agent, !agent.parameters.isEmpty else { return AnalysisParameters() }
        do {
            return try CanonicalJSON.decode(AnalysisParameters.self, from: try JSONValue.object(agent.parameters).text)
        } catch let error as DecodingError {
            throw FundAnalysisError(
                code: .badParameters, message: "the parameters of agent \(agent.agent) cannot be used: \(error.reason)",
                hint: "mend params_json of that row in agent_configs")
        }
    }
}

extension DecodingError {
    /// What is wrong, and where.
    fileprivate var reason: String {
        switch self {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            (context.codingPath.map(\.stringValue) + [context.debugDescription]).joined(separator: ": ")
        @unknown default: "\(self)"
        }
    }
}
