// The session `playhead.audit` records who looked at the evidence and who erased: `session.erased` and `event.erased`, and
// `custom` events named `session.exported`, `session.replayed` and `session.imported`. The body of each:
//
//   {"session":"demo","offset":17,"who":"…","why":"…"}
//
// `offset` is there where it is about one event, `why` where a reason was given. A `session.erased` with `"pruned":true`
// is about a session whose events were deleted after their time.

package import EventLog
package import Events

/// An access to a session that is recorded.
package struct Access: Sendable, Codable, Equatable {
    /// The session it was about.
    package var session: String
    /// The event, where it was about one.
    package var offset: Offset?
    /// Who did it, as they said.
    package var who: String
    /// Why, as they said.
    package var why: String?
    /// True where the session's events were deleted after their time.
    package var pruned: Bool?

    /// Makes the body.
    package init(session: SessionID, offset: Offset? = nil, who: String, why: String? = nil, pruned: Bool? = nil) {
        self.session = session.name
        self.offset = offset
        self.who = who
        self.why = why
        self.pruned = pruned
    }
}

/// Writes the accesses down.
package enum AccessRecord {
    /// The server's own session that holds the record.
    package static let session: SessionID = {
        guard let session = SessionID("playhead.audit") else { preconditionFailure("playhead.audit is a name") }
        return session
    }()

    /// What is recorded.
    package enum Act: String, Sendable {
        case exported = "session.exported"
        case replayed = "session.replayed"
        case imported = "session.imported"
        case sessionErased = "session.erased"
        case eventErased = "event.erased"
    }

    /// Records an access; durable on return.
    package static func add(_ act: Act, _ access: Access, to log: any EventLog) async throws {
        try await log.append([event(act, access)], to: session)
    }

    /// The event that records an access.
    static func event(_ act: Act, _ access: Access) throws -> NewEvent {
        switch act {
        case .sessionErased: try NewEvent(.sessionErased, access)
        case .eventErased: try NewEvent(.eventErased, access)
        default: try NewEvent(.custom, Named(name: act.rawValue, data: access))
        }
    }

    /// The form of custom events: a name and what it is about.
    private struct Named: Encodable {
        var name: String
        var data: Access
    }
}
