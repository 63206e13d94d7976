public import Events

/// What is done when all attempts of a node have failed.
public enum OnError: String, Sendable, Hashable {
    /// The run fails.
    case fail
    /// The node is skipped.
    case skip
    /// The model's fallbacks take over, then the node's own last resort; the run fails where there is neither.
    case fallback
}

/// What runs for a node, and how: an assignment, its agent and its model, as the tables stood when the run began.
public struct ResolvedAgent: Sendable, Hashable {
    /// The workflow.
    public var workflow: String
    /// The chatbot.
    public var chatbot: String
    /// The node.
    public var node: String
    /// The agent's name.
    public var agent: String
    /// The agent's system prompt.
    public var prompt: String
    /// Grows with every change of the prompt.
    public var promptVersion: Int
    /// The agent's own parameters (`agent_configs.params_json`), for instance the thresholds of its rules.
    public var parameters: [String: JSONValue]
    /// The model that runs.
    public var model: ModelConfiguration
    /// The models that take over one after the other; the first is the model's own fallback.
    public var fallbacks: [ModelConfiguration]
    /// How often one model is asked for the answer of one attempt of the node.
    public var attempts: Int
    /// What is done when all attempts have failed.
    public var onError: OnError
    /// The newest change of the configuration when it was read (`config_changes.id`).
    public var revision: Int64

    /// Takes the parts as they are.
    public init(
        workflow: String, chatbot: String, node: String, agent: String, prompt: String = "", promptVersion: Int = 1,
        parameters: [String: JSONValue] = [:], model: ModelConfiguration, fallbacks: [ModelConfiguration] = [],
        attempts: Int = 2,
        onError: OnError = .fallback, revision: Int64 = 0
    ) {
        self.workflow = workflow
        self.chatbot = chatbot
        self.node = node
        self.agent = agent
        self.prompt = prompt
        self.promptVersion = promptVersion
        self.parameters = parameters
        self.model = model
        self.fallbacks = fallbacks
        self.attempts = attempts
        self.onError = onError
        self.revision = revision
    }

    /// The same agent on the model that takes over; nil where no model does, or none shall.
    public var fallback: ResolvedAgent? {
        guard onError == .fallback, let next = fallbacks.first else { return nil }
        var agent = self
        agent.model = next
        agent.fallbacks.removeFirst()
        return agent
    }

    /// The form that `run.started` records: everything but secrets.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "agent": .string(agent), "prompt_version": .integer(Int64(promptVersion)), "model": model.json,
            "attempts": .integer(Int64(attempts)), "on_error": .string(onError.rawValue),
            "revision": .integer(revision),
        ]
        if !parameters.isEmpty { members["parameters"] = .object(parameters) }
        if !prompt.isEmpty { members["prompt"] = .string(prompt) }
        if !fallbacks.isEmpty { members["fallbacks"] = .array(fallbacks.map(\.json)) }
        return .object(members)
    }
}
