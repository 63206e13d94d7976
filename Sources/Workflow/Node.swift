import Events

/// A step of a workflow over a typed state.
public struct Node<State: Sendable>: Sendable {
    /// What is done when a node fails for good.
    public enum OnError: Sendable {
        /// The run fails.
        case fail
        /// The node is skipped and the rest goes on with what there is.
        case skip
    }

    let name: String
    let after: [String]
    let attempts: Int
    let timeout: Duration?
    let onError: OnError
    let condition: @Sendable (State) -> Bool
    /// Does the work; gives the update as canonical JSON, or nil for a node that only speaks.
    let work: @Sendable (State, NodeContext) async throws -> String?
    /// Applies a recorded update, so that a resumed run has the state without running the node again.
    let apply: @Sendable (inout State, String) throws -> Void

    /// A node that computes an update, published as `node.updated`.
    ///
    /// - Parameters:
    ///   - after: the nodes that must be done before.
    ///   - attempts: how often it is tried, with a growing pause between; for work that may succeed later. Models have
    ///     attempts of their own, in their assignments: a node that only computes fails each time in the same way.
    ///   - timeout: how long one attempt may take; nil where only the run's own limit counts.
    ///   - condition: false skips the node.
    ///   - work: computes the update; it may be cancelled.
    ///   - apply: brings the update into the state; must not fail for what `work` gives.
    public init<Update: Codable & Sendable>(
        _ name: String, after: [String] = [], attempts: Int = 1, timeout: Duration? = nil,
        onError: OnError = .fail, when condition: @escaping @Sendable (State) -> Bool = { _ in true },
        work: @escaping @Sendable (State, NodeContext) async throws -> Update,
        apply: @escaping @Sendable (inout State, Update) -> Void
    ) {
        self.name = name
        self.after = after
        self.attempts = attempts
        self.timeout = timeout
        self.onError = onError
        self.condition = condition
        self.work = { try CanonicalJSON.encode(try await work($0, $1)) }
        self.apply = { apply(&$0, try CanonicalJSON.decode(Update.self, from: $1)) }
    }

    /// A node that speaks: it answers through its context and leaves the state as it is.
    ///
    /// A timeout would end it before its fallbacks can speak, unless all waits of all its models fit in: each has its own.
    public init(
        speaking name: String, after: [String] = [], timeout: Duration? = nil, onError: OnError = .fail,
        when condition: @escaping @Sendable (State) -> Bool = { _ in true },
        work: @escaping @Sendable (State, NodeContext) async throws -> Void
    ) {
        self.name = name
        self.after = after
        attempts = 1
        self.timeout = timeout
        self.onError = onError
        self.condition = condition
        self.work = {
            try await work($0, $1)
            return nil
        }
        apply = { _, _ in }
    }
}

/// A workflow of any state: what the run service runs.
public protocol Workflow: Sendable {
    var name: String { get }
    /// Grows when the nodes change so that a run of the older definition could not go on.
    var version: Int { get }
    /// The nodes in the order of their definition.
    var nodeNames: [String] { get }
    /// Runs to the end, recording everything.
    func run(_ context: RunContext) async throws
}

/// A typed graph of nodes: parallel branches, joins and conditions.
public struct Graph<State: Sendable>: Workflow {
    /// The name that runs are stamped with.
    public let name: String
    /// Grows when the nodes change so that a run of the older definition could not go on.
    public let version: Int
    let nodes: [Node<State>]
    let initial: @Sendable (RunContext) async throws -> State

    /// Makes a graph.
    ///
    /// - Parameter initial: the state before the first node, made from the message and the session's past.
    /// - Precondition: node names are distinct, and every node comes after only nodes listed before it.
    public init(
        name: String, version: Int, nodes: [Node<State>],
        initial: @escaping @Sendable (RunContext) async throws -> State
    ) {
        var seen: Set<String> = []
        for node in nodes {
            precondition(node.after.allSatisfy(seen.contains), "\(node.name) comes after nodes listed before it")
            precondition(seen.insert(node.name).inserted, "\(node.name) is defined once")
        }
        self.name = name
        self.version = version
        self.nodes = nodes
        self.initial = initial
    }

    /// The names of the nodes, in the order of their definition.
    public var nodeNames: [String] { nodes.map(\.name) }
}
