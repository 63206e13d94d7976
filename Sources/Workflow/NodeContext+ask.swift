public import Agents

extension NodeContext {
    /// Asks an agent what is no part of the conversation; only what the node makes of the answer is recorded.
    ///
    /// - Throws: `AgentError`.
    public func ask(_ agent: ResolvedAgent, _ input: AgentInput) async throws -> AgentAnswer {
        try await run.directory.agent(for: agent).execute(input, agentContext)
    }
}
