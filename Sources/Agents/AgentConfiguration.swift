internal import Events

/// The three configuration tables as they stood at one moment.
///
/// A run takes one and resolves every node from it, so that a hand edit in the middle of a run changes the next run and
/// never half of this one.
public struct AgentConfiguration: Sendable {
    /// The newest change (`config_changes.id`).
    public var revision: Int64

    var models: [Int64: ModelRow]
    var agents: [Int64: AgentRow]
    var assignments: [AssignmentRow]

    struct ModelRow: Sendable {
        var configuration: ModelConfiguration
        var fallback: Int64?
    }

    struct AgentRow: Sendable {
        var name: String
        var model: Int64
        var prompt: String
        var promptVersion: Int
        var isActive: Bool
        var parameters: [String: JSONValue]
    }

    struct AssignmentRow: Sendable {
        var id: Int64
        var workflow: String
        var chatbot: String?
        var node: String
        var agent: Int64
        var priority: Int64
        var attempts: Int
        var onError: OnError
        var isActive: Bool

        var isForEveryChatbot: Bool { chatbot == nil || chatbot == "*" }

        func applies(to chatbot: String) -> Bool { isForEveryChatbot || self.chatbot == chatbot }
    }

    /// What runs for a node: of its active assignments to active agents on active models the one with the highest
    /// priority, among equals the one that names the chatbot, then the oldest.
    ///
    /// - Throws: `AgentError` with code `agent_misconfigured` where none can run, saying why.
    public func resolve(workflow: String, chatbot: String, node: String) throws(AgentError) -> ResolvedAgent {
        let candidates = candidates(workflow: workflow, chatbot: chatbot, node: node)
        var reasons: [String] = []
        for candidate in candidates {
            switch resolve(candidate, chatbot: chatbot) {
            case .success(let agent): return agent
            case .failure(let problem): reasons.append(problem.message)
            }
        }
        let why = reasons.isEmpty ? "no assignment names it" : reasons.joined(separator: "; ")
        throw AgentError(
            code: .misconfigured,
            message: "no agent can run node \(node) of workflow \(workflow) for chatbot \(chatbot): \(why)",
            hint: "see workflow_agent_assignments in config.db, and `playhead agents`")
    }

    /// True where an active assignment names the node, whether or not it can run.
    public func names(workflow: String, chatbot: String, node: String) -> Bool {
        candidates(workflow: workflow, chatbot: chatbot, node: node).contains(where: \.isActive)
    }

    /// The chatbots that assignments name, sorted.
    public var chatbots: [String] {
        Set(assignments.filter { $0.isActive && !$0.isForEveryChatbot }.compactMap(\.chatbot)).sorted()
    }

    /// Every assignment, the next to run first within its node.
    var ordered: [AssignmentRow] {
        assignments.sorted { first, second in
            if first.workflow != second.workflow { return first.workflow < second.workflow }
            if first.node != second.node { return first.node < second.node }
            return Self.precedes(first, second)
        }
    }

    func candidates(workflow: String, chatbot: String, node: String) -> [AssignmentRow] {
        assignments.filter { $0.workflow == workflow && $0.node == node && $0.applies(to: chatbot) }
            .sorted(by: Self.precedes)
    }

    /// Whether that assignment can run, and what it would run.
    func resolve(_ row: AssignmentRow, chatbot: String) -> Result<ResolvedAgent, AgentError> {
        guard row.isActive else { return .failure(problem("assignment \(row.id) is not active")) }
        guard let agent = agents[row.agent] else {
            return .failure(problem("assignment \(row.id) names agent \(row.agent), which does not exist"))
        }
        guard agent.isActive else { return .failure(problem("agent \(agent.name) is not active")) }
        guard let model = models[agent.model] else {
            return .failure(problem("agent \(agent.name) names model \(agent.model), which does not exist"))
        }
        guard model.configuration.isActive else {
            return .failure(problem("model \(model.configuration.name) of agent \(agent.name) is not active"))
        }
        return .success(
            ResolvedAgent(
                workflow: row.workflow, chatbot: chatbot, node: row.node, agent: agent.name, prompt: agent.prompt,
                promptVersion: agent.promptVersion, parameters: agent.parameters, model: model.configuration,
                fallbacks: fallbacks(of: agent.model), attempts: row.attempts, onError: row.onError,
                revision: revision))
    }

    /// The chain of active fallbacks, each model once: a circle in the table ends where it would begin again.
    private func fallbacks(of id: Int64) -> [ModelConfiguration] {
        var seen: Set<Int64> = [id]
        var chain: [ModelConfiguration] = []
        var next = models[id]?.fallback
        while let id = next, let row = models[id], seen.insert(id).inserted, chain.count < AgentLimits.maximumFallbacks
        {
            if row.configuration.isActive { chain.append(row.configuration) }
            next = row.fallback
        }
        return chain
    }

    private func problem(_ message: String) -> AgentError { AgentError(code: .misconfigured, message: message) }

    private static func precedes(_ first: AssignmentRow, _ second: AssignmentRow) -> Bool {
        if first.priority != second.priority { return first.priority > second.priority }
        if first.isForEveryChatbot != second.isForEveryChatbot { return second.isForEveryChatbot }
        return first.id < second.id
    }
}
