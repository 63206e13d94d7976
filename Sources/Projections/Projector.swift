public import EventLog
public import Events
import Metrics
import SQLite

/// Keeps the fold of every session, and gives it as it stood at any offset.
///
/// The state stored in `projections.db` is never older than it looks: whoever asks gets the stored state plus the fold
/// of what follows in the log. So it is saved only when a run or a message ends, never per token, and a crash between
/// the log's commit and the save costs nothing but the fold.
public final class Projector: Sendable {
    /// The projection's name in the table of states.
    public static let name = "session"
    /// A new version of the fold makes the stored states of the old one worthless.
    public static let version = 3

    /// Events that may be folded again at each reading before the result is stored.
    static let unsavedEvents: Int64 = 512

    private let log: any EventLog
    private let store: StateStore
    /// Events that a read had to fold beyond what was stored.
    private static let lag = Recorder(label: "playhead_projector_lag_events")

    /// Opens `projections.db` of a data directory.
    ///
    /// - Parameter incarnation: the log's; states that were stored for another one are thrown away.
    public init(log: any EventLog, dataDirectory: String, incarnation: String? = nil) throws {
        self.log = log
        store = try StateStore(path: dataDirectory + "/projections.db", incarnation: incarnation)
    }

    /// The state at an offset; at the head where none is given.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `sessionErased` or `offsetBeyondHead`.
    public func state(of session: SessionID, at offset: Offset? = nil) async throws -> SessionState {
        guard let status = try await log.status(of: session) else {
            throw EventLogError(
                .sessionNotFound, "there is no session named \(session)", hint: "post a chat message to make it")
        }
        // What is stored may be older than an erasure: the log refuses a session that was erased.
        _ = try await log.read(session, after: .beginning, limit: 1)
        let end = offset ?? status.head
        let removals = await store.removals
        guard end <= status.head else {
            throw EventLogError(
                .offsetBeyondHead, "offset \(end) is beyond the head of session \(session), which is \(status.head)",
                hint: "ask for an offset from 0 to \(status.head)", head: status.head)
        }
        let stored = try await stored(session)
        // A stored state beyond the log's head is of another log: the file was restored from elsewhere.
        let start = stored.map { $0.head <= end } == true ? stored : nil
        let state = try await Self.fold(from: start ?? SessionState(session: session), session, log, upTo: end)
        Self.lag.record(end.value - (start?.head.value ?? 0))
        // Sessions that outside producers write have no run whose end would save them.
        if offset == nil, state.head.value - (start?.head.value ?? 0) > Self.unsavedEvents {
            _ = try await store(state, of: session, since: removals)
        }
        return state
    }

    /// Folds a session to its head and stores the result.
    public func save(_ session: SessionID) async throws {
        while true {
            let removals = await store.removals
            if try await store(try await state(of: session), of: session, since: removals) { return }
        }
    }

    /// - Parameter removals: how many there were before the log was read.
    /// - Returns: false where the state may hold what was erased since.
    private func store(_ state: SessionState, of session: SessionID, since removals: Int) async throws -> Bool {
        try await store.save(
            session, projection: Self.name, version: Self.version, checkpoint: state.head,
            state: try CanonicalJSON.encode(state), since: removals)
    }

    /// Throws every stored state away and folds the log anew.
    ///
    /// - Returns: how many sessions there are.
    public func rebuild() async throws -> Int {
        try await store.removeAll()
        var count = 0
        var before: Int64?
        while true {
            let page = try await log.sessions(before: before, limit: 100)
            guard let last = page.last else { return count }
            for summary in page where !summary.status.isErased {
                try await save(summary.session)
                count += 1
            }
            before = last.number
        }
    }

    /// The stored state as it stands in the file, for checks; nil where there is none.
    public func storedText(_ session: SessionID) async throws -> String? {
        try await store.load(session, projection: Self.name, version: Self.version)
    }

    /// Forgets what is stored of sessions, for good, after their erasure; a fold begun before it is not stored any more.
    public func forget(_ sessions: [SessionID]) async throws {
        try await store.remove(sessions)
    }

    /// Folds what follows a state in the log.
    public static func fold(
        from state: SessionState, _ session: SessionID, _ log: any EventLog, upTo end: Offset
    ) async throws -> SessionState {
        var state = state
        while state.head < end {
            let room = Int(min(end.value - state.head.value, Int64(Int32.max)))
            let page = try await log.read(session, after: state.head, limit: room)
            guard !page.events.isEmpty else { break }
            for event in page.events { state.apply(event) }
        }
        return state
    }

    private func stored(_ session: SessionID) async throws -> SessionState? {
        guard let text = try await storedText(session) else { return nil }
        // A state that cannot be read is folded anew.
        return try? CanonicalJSON.decode(SessionState.self, from: text)
    }
}
