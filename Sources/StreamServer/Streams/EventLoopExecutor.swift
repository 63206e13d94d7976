import NIOCore

/// Runs a task on the event loop of its connection.
///
/// A stream wakes, reads from memory and writes on one thread then: on the shared pool every frame would change threads
/// twice. What may take long, a read from the disk, has threads of its own.
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
