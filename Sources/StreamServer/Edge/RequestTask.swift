import Hummingbird

/// Answers each request in a task of its own, which has gone when the answer's body begins.
///
/// A task keeps the memory of its deepest call, and that of the connection lives as long as its stream.
struct RequestTask<Responder: HTTPResponder>: HTTPResponder where Responder.Context == ServerContext {
    let responder: Responder

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        let task = Task { try await responder.respond(to: request, context: context) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
