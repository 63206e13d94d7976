/// Writes an answer from figures, without a model: what the `local` provider runs.
public protocol LocalComposer: Sendable {
    /// Composes the whole answer from `input.material` and the last turn; equal input and context give equal text.
    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String
}
