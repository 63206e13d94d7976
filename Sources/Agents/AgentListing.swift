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
    /// The environment variable that holds the key.
    public var apiKeyEnv: String?
    /// True where its tokens are streamed.
    public var streaming: Bool?
    /// The models that take over, in order; none where the assignment says that none shall.
    public var fallbacks: [String]
    /// True where the next run takes this one.
    public var runs: Bool
    /// Why it runs, or why not.
    public var why: String
    /// What keeps it from working, or would.
    public var problems: [String]

    /// True where the assignment is for that chatbot and one of its nodes.
    public func isFor(_ use: AgentUse) -> Bool {
        workflow == use.workflow && use.nodes.contains(node) && ["*", use.chatbot].contains(chatbot)
    }
}

extension AgentDirectory {
    /// Every assignment, the next to run first within its node, with what would run and why.
    ///
    /// - Parameters:
    ///   - uses: the chatbots that there are; empty: whatever the assignments name.
    ///   - probing: asks each model's host for a connection, within the row's connect timeout.
    /// - Throws: `AgentError` with code `configuration_unreadable`.
    public func listing(uses: [AgentUse] = [], probing: Bool = false) async throws -> [AgentListing] {
        let configuration = try store.configuration()
        var unreachable: [ModelConfiguration: String] = [:]
        var listings: [AgentListing] = []
        for row in configuration.ordered {
            let outcome = configuration.resolve(row, chatbot: row.chatbot ?? "*")
            let users = Self.users(of: row, uses)
            if probing, case .success(let agent) = outcome {
                for model in Self.asked(agent, row, users) where unreachable[model] == nil {
                    unreachable[model] = await probe(model)
                }
            }
            listings.append(listing(of: row, outcome, users, uses, in: configuration, unreachable: unreachable))
        }
        return listings
    }

    private func listing(
        of row: AgentConfiguration.AssignmentRow, _ outcome: Result<ResolvedAgent, AgentError>, _ users: [AgentUse],
        _ uses: [AgentUse], in configuration: AgentConfiguration, unreachable: [ModelConfiguration: String]
    ) -> AgentListing {
        let agent = configuration.agents[row.agent]
        let model = agent.flatMap { configuration.models[$0.model] }?.configuration
        var listing = AgentListing(
            workflow: row.workflow, chatbot: row.chatbot ?? "*", node: row.node, priority: row.priority,
            agent: agent?.name, model: model?.name, provider: model?.provider.rawValue, modelName: model?.modelName,
            baseUrl: model.flatMap { $0.baseURL ?? $0.provider.defaultBaseURL }, apiKeyEnv: model?.keyVariable,
            streaming: model?.streaming, fallbacks: [], runs: false, why: "", problems: [])
        switch outcome {
        case .failure(let error):
            listing.why = error.message
            if row.isActive { listing.problems = [error.message] }
        case .success where users.isEmpty:
            listing.why = Self.nobody(row, uses)
            listing.problems = [listing.why]
        case .success(let resolved):
            if resolved.onError == .fallback { listing.fallbacks = resolved.fallbacks.map(\.name) }
            let asked = Self.asked(resolved, row, users)
            listing.problems = asked.flatMap { model in
                // Where nothing is said of the nodes, a model without words may be right for one.
                (uses.isEmpty ? problems(of: model) : obstacles(of: model)).map(\.message)
                    + (unreachable[model].map { ["model \(model.name): \($0)"] } ?? [])
            }
            (listing.runs, listing.why) = preference(row, users, in: configuration)
            if listing.runs, asked.isEmpty {
                listing.why += "; the node asks no model, and takes the agent's parameters"
            }
        }
        return listing
    }

    /// Those that the row is for.
    private static func users(of row: AgentConfiguration.AssignmentRow, _ uses: [AgentUse]) -> [AgentUse] {
        guard !uses.isEmpty else {
            return [
                AgentUse(
                    chatbot: row.chatbot ?? "*", workflow: row.workflow, nodes: [row.node], speaking: [row.node])
            ]
        }
        return uses.filter {
            $0.workflow == row.workflow && row.applies(to: $0.chatbot) && $0.nodes.contains(row.node)
        }
    }

    /// The models that a run calls, or would where those before them failed.
    private static func asked(
        _ agent: ResolvedAgent, _ row: AgentConfiguration.AssignmentRow, _ users: [AgentUse]
    ) -> [ModelConfiguration] {
        let models = [agent.model] + (agent.onError == .fallback ? agent.fallbacks : [])
        return models.filter { model in users.contains { $0.asks(model, at: row.node) } }
    }

    /// Why a row is for nobody.
    private static func nobody(_ row: AgentConfiguration.AssignmentRow, _ uses: [AgentUse]) -> String {
        let workflows = Set(uses.map(\.workflow)).sorted().joined(separator: ", ")
        guard let use = uses.first(where: { $0.workflow == row.workflow }) else {
            return "there is no workflow \(row.workflow); there are \(workflows)"
        }
        guard use.nodes.contains(row.node) else {
            return "workflow \(row.workflow) has no node \(row.node); it has \(use.nodes.joined(separator: ", "))"
        }
        let chatbots = uses.filter { $0.workflow == row.workflow }.map(\.chatbot).joined(separator: ", ")
        return "no chatbot \(row.chatbot ?? "*") has the workflow \(row.workflow); it answers for \(chatbots)"
    }

    /// What keeps a model that is asked from answering.
    private func obstacles(of model: ModelConfiguration) -> [AgentError] {
        let problems = problems(of: model)
        guard problems.isEmpty, model.provider != .local || composers[model.modelName] == nil else { return problems }
        do {
            _ = try ProviderFormats.format(of: model)
            return []
        } catch {
            return [error]
        }
    }

    /// Whether the row is the one that runs, for any chatbot that it is for, among those that could.
    private func preference(
        _ row: AgentConfiguration.AssignmentRow, _ users: [AgentUse], in configuration: AgentConfiguration
    ) -> (Bool, String) {
        var served: [String] = []
        var others = 0
        var lost: [String] = []
        for chatbot in users.map(\.chatbot) {
            let able = configuration.candidates(workflow: row.workflow, chatbot: chatbot, node: row.node).filter {
                if case .success = configuration.resolve($0, chatbot: chatbot) { true } else { false }
            }
            if let first = able.first, first.id != row.id {
                lost.append("\(chatbot): assignment \(first.id) goes before it (priority \(first.priority))")
            } else {
                served.append(chatbot)
                others = max(others, able.count - 1)
            }
        }
        if served.isEmpty {
            let names = users.count == 1 ? "\(users[0].chatbot): " : ""
            return (false, lost.map { String($0.dropFirst(names.count)) }.joined(separator: "; "))
        }
        let why = others > 0 ? "it goes before \(others) other\(others == 1 ? "" : "s")" : "it is the only one"
        guard !lost.isEmpty else { return (true, why) }
        return (true, "for \(served.joined(separator: ", ")) \(why); for \(lost.joined(separator: "; for "))")
    }
}
