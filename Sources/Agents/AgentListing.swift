/// One row of `playhead agents`: an assignment, whether it would run, and why or why not.
public struct AgentListing: Sendable, Hashable, Codable {
    /// The workflow.
    public var workflow: String
    /// `*` for every chatbot.
    public var chatbot: String
    /// The node.
    public var node: String
    /// The highest goes first.
    public var priority: Int64
    /// Nil where the assignment names none that exists.
    public var agent: String?
    /// The model's name in `llm_model_configs`.
    public var model: String?
    /// The provider's name.
    public var provider: String?
    /// What the provider calls the model.
    public var modelName: String?
    /// The address, the provider's own where the row has none.
    public var baseUrl: String?
    /// True where its tokens are streamed.
    public var streaming: Bool?
    /// The models that take over, in order.
    public var fallbacks: [String]
    /// True where the next run takes this one.
    public var runs: Bool
    /// Why it runs, or why not.
    public var why: String
    /// What keeps it from working, or would.
    public var problems: [String]
}

extension AgentDirectory {
    /// Every assignment, the next to run first within its node, with what would run and why.
    ///
    /// - Parameter probing: asks each model's host for a connection, within the row's connect timeout.
    /// - Throws: `AgentError` with code `configuration_unreadable`.
    public func listing(probing: Bool = false) async throws -> [AgentListing] {
        let configuration = try store.configuration()
        var unreachable: [ModelConfiguration: String] = [:]
        var listings: [AgentListing] = []
        for row in configuration.ordered {
            let outcome = configuration.resolve(row, chatbot: row.chatbot ?? "*")
            if probing, case .success(let agent) = outcome {
                for model in [agent.model] + agent.fallbacks where unreachable[model] == nil {
                    unreachable[model] = await probe(model)
                }
            }
            listings.append(listing(of: row, outcome, in: configuration, unreachable: unreachable))
        }
        return listings
    }

    private func listing(
        of row: AgentConfiguration.AssignmentRow, _ outcome: Result<ResolvedAgent, AgentError>,
        in configuration: AgentConfiguration, unreachable: [ModelConfiguration: String]
    ) -> AgentListing {
        let agent = configuration.agents[row.agent]
        let model = agent.flatMap { configuration.models[$0.model] }?.configuration
        var listing = AgentListing(
            workflow: row.workflow, chatbot: row.chatbot ?? "*", node: row.node, priority: row.priority,
            agent: agent?.name, model: model?.name, provider: model?.provider.rawValue, modelName: model?.modelName,
            baseUrl: model.flatMap { $0.baseURL ?? $0.provider.defaultBaseURL }, streaming: model?.streaming,
            fallbacks: [], runs: false, why: "", problems: [])
        switch outcome {
        case .failure(let error):
            listing.why = error.message
            if row.isActive { listing.problems = [error.message] }
        case .success(let resolved):
            listing.fallbacks = resolved.fallbacks.map(\.name)
            let all = [resolved.model] + (resolved.onError == .fallback ? resolved.fallbacks : [])
            listing.problems = all.flatMap { model in
                problems(of: model).map(\.message) + (unreachable[model].map { ["model \(model.name): \($0)"] } ?? [])
            }
            (listing.runs, listing.why) = preference(row, in: configuration)
        }
        return listing
    }

    /// Whether the row is the one that runs, among those that could.
    private func preference(
        _ row: AgentConfiguration.AssignmentRow, in configuration: AgentConfiguration
    ) -> (Bool, String) {
        let chatbot = row.chatbot ?? "*"
        let able = configuration.candidates(workflow: row.workflow, chatbot: chatbot, node: row.node).filter {
            if case .success = configuration.resolve($0, chatbot: chatbot) { true } else { false }
        }
        if let first = able.first, first.id != row.id {
            return (false, "assignment \(first.id) goes before it (priority \(first.priority))")
        }
        return (true, able.count > 1 ? "it goes before \(able.count - 1) other" : "it is the only one")
    }
}
