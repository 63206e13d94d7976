import NIOCore
import ServiceLifecycle

/// Runs work for a client that may go away, on a server that may stop.
///
/// The work is cancelled when the client closes its connection, when the server begins to shut down, and when the
/// caller is cancelled; its waits end then, and it throws.
func untilGone<Result: Sendable>(
    _ channel: any Channel, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    // Awaited below, in every case: only a task of its own can be cancelled from the event loop.
    let task = Task { try await work() }
    let watching = channel.eventLoop.submit {
        let watch = try channel.pipeline.syncOperations.handler(type: ConnectionWatch.self)
        watch.whenGone { task.cancel() }
    }
    watching.whenFailure { _ in task.cancel() }
    defer {
        channel.eventLoop.execute {
            // Without a pipeline there is nothing left to watch.
            try? channel.pipeline.syncOperations.handler(type: ConnectionWatch.self).stopWatching()
        }
    }
    return try await withGracefulShutdownHandler {
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    } onGracefulShutdown: {
        task.cancel()
    }
}
