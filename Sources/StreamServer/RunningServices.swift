public import Events
public import Projections
public import Workflow

extension RunService: ChatService {}

extension Projector: SessionStates {
    /// The canonical JSON of the state.
    public func stateJSON(of session: SessionID, at offset: Offset?) async throws -> String {
        try CanonicalJSON.encode(try await state(of: session, at: offset))
    }
}
