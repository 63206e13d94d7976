import HTTPTypes
import Hummingbird
import Logging

/// What every answer has in common: who may ask, JSON errors, and headers.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    let hosts: HostRule
    let origins: OriginRule
    /// Sent as `Playhead-Log`.
    let incarnation: String

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        let origin = request.headers[.origin]
        var response: Response
        do {
            try hosts.check(request.head.authority)
            try origins.check(origin, host: request.head.authority)
            if request.method == .options, let origin, request.headers[.accessControlRequestMethod] != nil {
                response = Response(status: .noContent, headers: origins.preflight(origin))
            } else {
                response = try await next(request, context)
            }
        } catch {
            let answer = StreamServerError(answering: error)
            if answer.code.status >= 500 {
                // One that says when to try again is expected: the server stops, or has too much to do.
                context.logger.log(
                    level: answer.retryAfterSeconds == nil ? .error : .info, "request failed",
                    metadata: ["code": "\(answer.code.rawValue)", "error": "\(answer.underlying ?? answer)"])
            }
            response = answer.response()
        }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        response.headers[.playheadLog] = incarnation
        origins.allow(origin, in: &response.headers)
        ServerMetrics.request(
            Self.methods.contains(request.method) ? request.method.rawValue : "other",
            context.endpointPath ?? "none", response.status.code, .now - began)
        return response
    }

    /// A client may invent others.
    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
