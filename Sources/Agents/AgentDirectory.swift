public import Logging

/// Makes the agent that a resolved configuration names.
public struct AgentDirectory: Sendable {
    /// The local model that stands for a node's own calculation: it composes no words and is asked for none.
    public static let figures = "figures"

    /// Where the configuration is read.
    public let store: ConfigurationStore

    let composers: [String: any LocalComposer]
    let connections: UpstreamConnections
    /// Where the rows' key variables are looked up.
    public let environment: [String: String]
    let logger: Logger

    /// - Parameters:
    ///   - composers: the local composers by `model_name`; the seed rows name `composer`. One that is an `Agent` itself
    ///     streams as it likes.
    ///   - connections: shut down by whoever made them.
    ///   - environment: where the rows' key variables are looked up.
    public init(
        store: ConfigurationStore, composers: [String: any LocalComposer], connections: UpstreamConnections,
        environment: [String: String],
        logger: Logger = Logger(label: "playhead.agents")
    ) {
        self.store = store
        self.composers = composers
        self.connections = connections
        self.environment = environment
        self.logger = logger
    }

    /// The agent that can take up again what it began; nil where its upstream keeps no answers.
    ///
    /// - Throws: `AgentError` with code `agent_misconfigured` where the row cannot work.
    public func resumableAgent(for resolved: ResolvedAgent) throws(AgentError) -> (any ResumableAgent)? {
        if let problem = problems(of: resolved.model).first { throw problem }
        guard resolved.model.provider != .local else { return nil }
        let agent = try modelAgent(for: resolved)
        return agent.resumption == nil ? nil : agent
    }

    /// The agent that runs that configuration, with the model's retries before the first token.
    ///
    /// - Throws: `AgentError` with code `agent_misconfigured` where the row cannot work.
    public func agent(for resolved: ResolvedAgent) throws(AgentError) -> any Agent {
        if let problem = problems(of: resolved.model).first { throw problem }
        let model = resolved.model
        if model.provider == .local, let composer = composers[model.modelName] {
            return composer as? any Agent ?? LocalAgent(composer: composer, model: model)
        }
        return RetryingAgent(
            try modelAgent(for: resolved), policy: RetryPolicy(retries: model.retries), logger: logger)
    }

    private func modelAgent(for resolved: ResolvedAgent) throws(AgentError) -> ModelAgent {
        ModelAgent(
            model: resolved.model, prompt: resolved.prompt, format: try ProviderFormats.format(of: resolved.model),
            key: key(of: resolved.model), connections: connections, logger: logger)
    }

    /// What keeps a model from being called, as far as it can be known without calling it.
    public func problems(of model: ModelConfiguration) -> [AgentError] {
        var problems: [AgentError] = []
        if !Provider.known.contains(model.provider) {
            problems.append(
                AgentError(
                    code: .misconfigured,
                    message: "model \(model.name) names the provider \(model.provider.rawValue), which is unknown",
                    hint: "known are " + Provider.known.map(\.rawValue).joined(separator: ", ")))
        }
        if model.provider == .local, composers[model.modelName] == nil, model.modelName != Self.figures {
            problems.append(
                AgentError(
                    code: .misconfigured,
                    message: "model \(model.name) names the local composer \(model.modelName), which does not exist",
                    hint: "there are " + composers.keys.sorted().joined(separator: ", ")))
        }
        if let variable = model.keyVariable, key(of: model) == nil {
            problems.append(
                AgentError(
                    code: .misconfigured,
                    message: "model \(model.name) takes its key from \(variable), which is not set",
                    hint: "set \(variable) in the server's environment, or the row's api_key_env to NULL"))
        }
        if let variable = model.keyVariable, let key = key(of: model),
            !key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            problems.append(
                AgentError(
                    code: .misconfigured, message: "the key in \(variable) holds a character that no key has",
                    hint: "is there a line end or a space in \(variable)?"))
        }
        return problems
    }

    private func key(of model: ModelConfiguration) -> String? {
        guard let variable = model.keyVariable, let key = environment[variable], !key.isEmpty else { return nil }
        return key
    }
}
