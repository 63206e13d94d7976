import EventLog
import Events
import Logging
import Projections
import Synchronization

extension RunService {
    /// Runs the workflow in a task that `drain` waits for; the session is released at its end.
    func launch(_ workflow: any Workflow, _ context: RunContext) {
        // Not a child of the request: a client that goes away does not cancel. `drain` and `cancel` hold the task.
        hold(context.session) { await self.execute(workflow, context) }
    }

    /// Runs a task that releases the reserved session, or hands it on, at its end.
    func hold(_ session: SessionID, _ work: @escaping @Sendable () async -> Void) {
        table.withLock { table in
            // It cannot release the session before it is noted, since that takes the same lock.
            let task = Task { await work() }
            if table.launched(session, task) { task.cancel() }
        }
    }

    private func execute(_ workflow: any Workflow, _ context: RunContext) async {
        let begun = ContinuousClock.now
        var failure: (any Error)?
        do {
            try await runInTime(workflow, context)
        } catch {
            failure = error
        }
        let duration = (ContinuousClock.now - begun).milliseconds
        await recordEnd(Self.end(failure, context, durationMs: duration), context)
        await release(context.session, context.control)
        await startQueued(context.session)
    }

    /// Runs the workflow, and stops it where it takes too long.
    private func runInTime(_ workflow: any Workflow, _ context: RunContext) async throws {
        let limit = limits.runDuration
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await workflow.run(context) }
            group.addTask {
                try await Task.sleep(for: limit)
                let reason = WorkflowError(
                    .runTimeout, "the run took longer than \(limit)", hint: "send the message again")
                context.control.stop(.expired(reason.failure))
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// How a run ended: what is recorded of it.
    private static func end(_ error: (any Error)?, _ context: RunContext, durationMs: Int64) -> RunEnd {
        let reason: Failure
        switch (error, context.control.stop) {
        case (nil, _): return RunEnd(kind: .runCompleted, body: .ended(RunEnded(durationMs: durationMs)))
        case (_, .cancelled(let failure)):
            return RunEnd(kind: .runCancelled, body: .ended(RunEnded(durationMs: durationMs, reason: failure)))
        case (_, .expired(let failure)): reason = failure
        case (let pause as RunPause, _): return RunEnd(kind: .runPaused, body: .paused(pause.body))
        case (let error as NodeFailure, _): reason = error.failure
        case (let error?, _): reason = Failure(describing: error)
        }
        return RunEnd(kind: .runFailed, body: .ended(RunEnded(durationMs: durationMs, reason: reason)))
    }

    /// The end of a run, after the ends of what is still open in it because the log refused them.
    ///
    /// - Parameter isTriedAgain: the end counts more then than what is open, which a projection that cannot be read hides.
    private func events(of end: RunEnd, _ context: RunContext, isTriedAgain: Bool) async throws -> [NewEvent] {
        let ending = try end.event(of: context.run)
        // In a paused run the node that asks is open.
        guard context.control.wasRefused, end.kind != .runPaused else { return [ending] }
        let reason = Failure(code: "not_recorded", message: "how this ended could not be recorded")
        do {
            let now = try await projector.state(of: context.session)
            return try RunRecovery.endings(of: context.run, in: now, reason) + [ending]
        } catch  where isTriedAgain {
            return [ending]
        }
    }

    /// Records the end of a run; while the disk refuses it, again and again, since nobody else would.
    private func recordEnd(_ end: RunEnd, _ context: RunContext) async {
        var pause = Backoff.afterFailure
        var isTriedAgain = false
        while !context.control.isAbandoned {
            do {
                _ = try await context.record(try await events(of: end, context, isTriedAgain: isTriedAgain))
                break
            } catch let error as EventLogError where error.code == .sessionClosed || error.code == .shutDown {
                return
            } catch {
                logger.error(
                    "the end of a run could not be recorded; it is tried again", metadata: ["error": "\(error)"])
                isTriedAgain = true
                await pause.waitThoughCancelled()
            }
        }
        do {
            try await projector.save(context.session)
        } catch {
            logger.warning("the projection was not saved", metadata: ["error": "\(error)"])
        }
    }
}

/// The event that ends a run, or lets it wait.
private struct RunEnd {
    enum Body {
        case ended(RunEnded)
        case paused(RunPaused)
    }

    var kind: EventKind
    var body: Body

    func event(of run: Offset) throws -> NewEvent {
        switch body {
        case .ended(let body): try NewEvent(kind, cause: .event(run), body)
        case .paused(let body): try NewEvent(kind, cause: .event(run), body)
        }
    }
}
