import NIOCore

/// Runs a task on the event loop of its connection.
///
/// A stream wakes, reads from memory and writes on one thread then: on the shared pool every frame would change threads
/// twice. What may take long, a read from the disk, has threads of its own.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
    // @unchecked: `delay` is used on the event loop only.

    private let eventLoop: any EventLoop
    /// How long the task's newest job waited until the event loop had time for it: how busy the server is.
    private(set) var delay = TimeAmount.zero

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let enqueued = NIODeadline.now()
        eventLoop.execute {
            self.delay = .now() - enqueued
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }

    /// Lets a stream gather what comes, so that one write takes it all, where the event loop is behind; on the event loop.
    ///
    /// Where it is not, nothing is delayed.
    func gather() async {
        guard delay > Limits.gatherFrom else { return }
        let pause = min(delay * 2, Limits.longestGather)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            eventLoop.scheduleTask(in: pause) { done.resume() }
        }
    }
}
