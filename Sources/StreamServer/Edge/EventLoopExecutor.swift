import HummingbirdCore
import Logging
import NIOCore

/// Runs tasks on an event loop: what they share with its connections needs no other thread to be woken.
///
/// Only for what is soon done or waits, since the connections of the event loop wait for it.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Keeps the task of each connection, which reads requests and writes answers, on the connection's event loop.
///
/// What answers a request has a task of its own elsewhere (`RequestTask`), since it may be more work.
struct EventLoopConnections: ServerChildChannel {
    let base: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}
