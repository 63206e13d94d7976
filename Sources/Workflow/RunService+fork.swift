import Crypto
import EventLog
public import Events
import Foundation
import Projections

/// A fork that was made.
public struct AcceptedFork: Sendable, Hashable {
    /// The new session.
    public var session: SessionID
    /// What it was copied from, and up to which offset.
    public var origin: SessionForked
    /// True where an earlier request made it.
    public var isRepeated: Bool

    /// Takes the parts as they are.
    public init(session: SessionID, origin: SessionForked, isRepeated: Bool = false) {
        self.session = session
        self.origin = origin
        self.isRepeated = isRepeated
    }
}

extension RunService {
    /// Copies a session up to an offset into a new one, where another message or other agents can go on.
    ///
    /// - Parameters:
    ///   - offset: the last event copied; the head where none is given.
    ///   - name: the new session; one is made up where none is given.
    ///   - idempotencyKey: a repeated request with the same key gives the fork it made the first time, as does one that
    ///     names the same new session.
    /// - Throws: `WorkflowError` with `sessionExists`, or `EventLogError`; then nothing is recorded.
    public func fork(
        _ origin: SessionID, at offset: Offset?, to name: SessionID? = nil, idempotencyKey: String? = nil
    ) async throws -> AcceptedFork {
        let target = name ?? Self.name(of: origin, idempotencyKey)
        if let made = try await existing(target, origin, offset) { return made }
        do {
            return AcceptedFork(session: target, origin: try await log.fork(origin, at: offset, to: target))
        } catch let error as EventLogError where error.code == .headConflict {
            // Another request made it meanwhile.
            if let made = try await existing(target, origin, offset) { return made }
            throw error
        }
    }

    private func existing(_ target: SessionID, _ origin: SessionID, _ offset: Offset?) async throws -> AcceptedFork? {
        guard try await log.status(of: target) != nil else { return nil }
        let forked = try await projector.state(of: target).forkedFrom
        // The `session.closed` at a closed session's end is not copied.
        let status = try await log.status(of: origin)
        let last = status.flatMap { $0.isClosed ? Offset($0.head.value - 1) : nil }
        let end = offset.map { min($0, last ?? $0) }
        guard let forked, forked.session == origin.name, end.map({ $0 == forked.offset }) ?? true else {
            throw WorkflowError(
                .sessionExists, "session \(target) exists and is no fork of \(origin) at that offset",
                hint: "name another session, or use another Idempotency-Key")
        }
        return AcceptedFork(session: target, origin: forked, isRepeated: true)
    }

    /// `<origin>.<16 hexadecimal digits>`: from the key where there is one, so that a repeated request names the same.
    private static func name(of origin: SessionID, _ key: String?) -> SessionID {
        let seed = key.map { "\(origin.name)\n\($0)" } ?? UUID().uuidString
        let digits = Hexadecimal.text(SHA256.hash(data: Array(seed.utf8))).prefix(16)
        let prefix = origin.name.prefix(SessionID.maximumLength - digits.count - 1)
        guard let name = SessionID("\(prefix).\(digits)") else {
            preconditionFailure("the beginning of a session's name, a point and digits are a session's name")
        }
        return name
    }
}
