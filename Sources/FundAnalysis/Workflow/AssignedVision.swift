import Agents
import Workflow

/// The models assigned to `convert_portfolio` that can see: the row's own, then its fallbacks.
///
/// A row says so with `"vision":true` in its `params_json`.
struct AssignedVision: VisionModel {
    private let context: NodeContext
    private let agents: [ResolvedAgent]

    /// Nil where no assigned model can see.
    init?(_ context: NodeContext) {
        var agents: [ResolvedAgent] = []
        var next = context.agent
        while let agent = next {
            if agent.model.supportsVision { agents.append(agent) }
            next = agent.fallback
        }
        if agents.isEmpty { return nil }
        self.agents = agents
        self.context = context
    }

    func answer(prompt: String, image: [UInt8], mediaType: String) async throws -> String {
        let input = AgentInput(
            instructions: "", turns: [.init(role: "user", text: prompt)], material: "",
            images: [.init(mediaType: mediaType, bytes: image)], wantsJSON: true)
        var lastError: any Error = CancellationError()
        for agent in agents {
            do {
                return try await context.ask(agent, input).text
            } catch {
                try Task.checkCancellation()
                lastError = error
            }
        }
        throw lastError
    }
}
