package import EventLog
public import Events
package import Projections
import Synchronization

extension RunService {
    /// Cancels the run in progress, the one that waits for input and every queued message, and waits until that is
    /// recorded and nothing of the session is under way.
    ///
    /// - Returns: false where nothing was in progress.
    public func cancel(_ session: SessionID) async throws -> Bool {
        var pause = Backoff.whileBusy
        while try await openRuns(session).isEmpty {
            guard table.withLock({ $0.entries[session] != nil }) else { return false }
            // Its run has ended and is being put away, or a message is about to be recorded.
            try await pause.wait()
        }
        let reason = Self.cancelledOnRequest
        // Nothing of the session starts between the end of its run and the record of what was behind it.
        table.withLock { $0.beginCancelling(session) }
        var held: RunControl?
        while held == nil {
            held = table.withLock { $0.hold(session, cancelling: reason) }
            if held == nil { await waitUntilIdle(session) }
        }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await recordCancelled(session, reason))
        } catch {
            outcome = .failure(error)
        }
        table.withLock { $0.endCancelling(session) }
        if let held { await release(session, held) }
        // A message may have been queued since.
        await startQueued(session)
        try outcome.get()
        return true
    }

    /// Records the end of what is unfinished in a session of a log that no server runs on.
    package static func cancelUnfinished(
        in session: SessionID, log: any EventLog, projector: Projector
    ) async throws {
        try await recordCancelled(session, cancelledOnRequest, log, projector)
    }

    private static let cancelledOnRequest = Failure(
        code: WorkflowError.Code.cancelled.rawValue, message: "cancelled on request")

    private func openRuns(_ session: SessionID) async throws -> [OpenRun] {
        guard let status = try await log.status(of: session) else {
            throw EventLogError(
                .sessionNotFound, "there is no session named \(session)", hint: "GET /sessions lists them")
        }
        return status.openRuns
    }

    private func recordCancelled(_ session: SessionID, _ reason: Failure) async throws {
        try await Self.recordCancelled(session, reason, log, projector)
    }

    private static func recordCancelled(
        _ session: SessionID, _ reason: Failure, _ log: any EventLog, _ projector: Projector
    ) async throws {
        guard let open = try await log.status(of: session)?.openRuns, !open.isEmpty else { return }
        let now = try await projector.state(of: session)
        let events = try open.flatMap { try RunRecovery.end(.runCancelled, $0, in: now, reason) }
        try await log.append(events, to: session)
    }
}
