import HTTPTypes
import Hummingbird

/// The routes, with an answer of 405 for every method that a path does not have.
struct RouteTable {
    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    private var handlers: [(path: String, method: HTTPRequest.Method, handler: Handler)] = []

    mutating func get(_ path: String, _ handler: @escaping Handler) {
        handlers.append((path, .get, handler))
        // The same without its body; a stream is not begun.
        handlers.append((path, .head, { try await handler($0, $1).createHeadResponse() }))
    }

    mutating func post(_ path: String, _ handler: @escaping Handler) {
        handlers.append((path, .post, handler))
    }

    mutating func delete(_ path: String, _ handler: @escaping Handler) {
        handlers.append((path, .delete, handler))
    }

    /// Adds everything to a router.
    func install(in router: Router<ServerContext>) {
        for (path, method, handler) in handlers {
            router.on(RouterPath(path), method: method, use: handler)
        }
        for path in Set(handlers.map(\.path)) {
            let present = handlers.filter { $0.path == path }.map(\.method)
            for method in Self.methods where !present.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var error = StreamServerError(
                        .methodNotAllowed, "\(method.rawValue) is not a method of this route",
                        hint: "use \(present.map(\.rawValue).joined(separator: " or "))")
                    error.allowedMethods = present.map(\.rawValue)
                    throw error
                }
            }
        }
    }
}
