/// What can be talked to: a name, and the workflow that answers.
public struct Chatbot: Sendable {
    /// Used in the chat route.
    public var name: String
    /// For people.
    public var title: String
    /// The workflow that answers.
    public var workflow: any Workflow
    /// Refuses a message before anything of it is recorded, for instance a file that cannot be read.
    public var admit: @Sendable (ChatRequest) async throws -> Void

    /// Makes a chatbot.
    public init(
        name: String, title: String, workflow: any Workflow,
        admit: @escaping @Sendable (ChatRequest) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.title = title
        self.workflow = workflow
        self.admit = admit
    }

    /// What a list of chatbots shows.
    public var description: ChatbotDescription {
        ChatbotDescription(name: name, title: title, workflow: workflow.name, nodes: workflow.nodeNames)
    }
}

/// A chatbot in a list.
public struct ChatbotDescription: Sendable, Codable, Hashable {
    /// The name in the chat route.
    public var name: String
    /// The name for people.
    public var title: String
    /// The workflow that answers.
    public var workflow: String
    /// The nodes of the workflow, in the order of their definition.
    public var nodes: [String]

    /// Makes a description.
    public init(name: String, title: String, workflow: String, nodes: [String]) {
        self.name = name
        self.title = title
        self.workflow = workflow
        self.nodes = nodes
    }
}
