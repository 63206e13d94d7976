import EventLog
public import Events
import Projections
import Synchronization

extension RunService {
    /// Cancels the run in progress, the one that waits for input and every queued message, and waits until that is
    /// recorded.
    ///
    /// - Returns: false where nothing was in progress.
    public func cancel(_ session: SessionID) async throws -> Bool {
        guard let status = try await log.status(of: session) else {
            throw EventLogError(
                .sessionNotFound, "there is no session named \(session)", hint: "GET /sessions lists them")
        }
        guard !status.openRuns.isEmpty else { return false }
        let reason = Failure(code: WorkflowError.Code.cancelled.rawValue, message: "cancelled on request")
        // Nothing of the session starts between the end of its run and the record of what was behind it.
        table.withLock { $0.beginCancelling(session) }
        while !table.withLock({ $0.hold(session, cancelling: reason) }) { await waitUntilIdle(session) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await recordCancelled(session, reason))
        } catch {
            outcome = .failure(error)
        }
        table.withLock { $0.endCancelling(session) }
        await release(session)
        // A message may have been queued since.
        await startQueued(session)
        try outcome.get()
        return true
    }

    private func recordCancelled(_ session: SessionID, _ reason: Failure) async throws {
        guard let open = try await log.status(of: session)?.openRuns, !open.isEmpty else { return }
        let now = try await projector.state(of: session)
        let events = try open.flatMap { try RunRecovery.end(.runCancelled, $0, in: now, reason) }
        try await log.append(events, to: session)
    }
}
