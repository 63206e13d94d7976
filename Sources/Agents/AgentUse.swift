/// Who asks for agents: a chatbot, its workflow, and what its nodes do with the agents assigned to them.
public struct AgentUse: Sendable, Hashable {
    /// The chatbot.
    public var chatbot: String
    /// The workflow that answers for it.
    public var workflow: String
    /// Every node of the workflow.
    public var nodes: [String]
    /// The nodes that have their model write an answer; the others take an agent's parameters only.
    public var speaking: Set<String>
    /// The nodes that have their model look at images, where its row says that it can.
    public var looking: Set<String>

    /// Takes the parts as they are.
    public init(
        chatbot: String, workflow: String, nodes: [String], speaking: Set<String>, looking: Set<String> = []
    ) {
        self.chatbot = chatbot
        self.workflow = workflow
        self.nodes = nodes
        self.speaking = speaking
        self.looking = looking
    }

    /// Whether a run of the node ever calls that model.
    func asks(_ model: ModelConfiguration, at node: String) -> Bool {
        speaking.contains(node) || (looking.contains(node) && model.supportsVision)
    }
}
