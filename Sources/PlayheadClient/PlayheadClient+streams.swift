public import Events
import NIOCore
import ServerSentEvents

extension PlayheadClient {
    /// The events of a session after an offset, as the log holds them, then those to come.
    ///
    /// Without filters every event is the one before plus one, or the sequence throws `brokenOrder`.
    ///
    /// - Parameters:
    ///   - kinds: only events of these kinds; empty: all.
    ///   - nodes: only events of these nodes; empty: all.
    public func events(
        _ session: SessionID, after: Offset = .beginning, follow: Follow = .run, kinds: [EventKind] = [],
        nodes: [String] = []
    ) -> ResumingSequence<Event> {
        let isFiltered = !kinds.isEmpty || !nodes.isEmpty
        return ResumingSequence(
            client: self,
            request: streamRequest(
                session, after: FrameID(after), follow: follow, kinds: kinds, nodes: nodes,
                extra: [("format", "events")]),
            makeReader: { EventReader(last: after, isFiltered: isFiltered) })
    }

    /// The frames of a session after a place, then those to come.
    ///
    /// - Parameters:
    ///   - kinds: only frames of events of these kinds; empty: all.
    ///   - nodes: only frames of these nodes; empty: all.
    ///   - pace: how fast new text is delivered: `natural`, `off` or characters a second; nil: the server's default.
    public func frames(
        _ session: SessionID, after: FrameID = .beginning, follow: Follow = .run, kinds: [EventKind] = [],
        nodes: [String] = [], pace: String? = nil
    ) -> ResumingSequence<Frame> {
        ResumingSequence(
            client: self,
            request: streamRequest(
                session, after: after, follow: follow, kinds: kinds, nodes: nodes,
                extra: pace.map { [("pace", $0)] } ?? []),
            makeReader: { FrameReader(last: after) })
    }

    func streamRequest(
        _ session: SessionID, after: FrameID, follow: Follow, kinds: [EventKind] = [], nodes: [String] = [],
        extra: [(name: String, value: String)]
    ) -> StreamRequest {
        var query = extra
        query.append(("follow", follow.rawValue))
        query += kinds.map { ("kind", $0.name) }
        query += nodes.map { ("node", $0) }
        return StreamRequest(url: address.route("sessions", session.name, "events"), query: query, after: after)
    }
}

/// Reads messages that hold events.
struct EventReader: MessageReader {
    var last: Offset
    let isFiltered: Bool

    mutating func read(_ message: ServerSentEvent, id: FrameID) throws -> Reading<Event> {
        let event = try Event(scanning: message.data)
        guard isFiltered ? event.offset > last : event.offset == last.next else {
            throw PlayheadClientError(
                .brokenOrder, "event \(event.offset) follows event \(last)",
                hint: "read the session from the log itself and verify it")
        }
        last = event.offset
        return .element(event)
    }
}

/// Reads messages that hold frames; their ids strictly increase.
struct FrameReader: MessageReader {
    var last: FrameID

    mutating func read(_ message: ServerSentEvent, id: FrameID) throws -> Reading<Frame> {
        guard id > last else {
            throw PlayheadClientError(
                .brokenOrder, "frame \(id) follows frame \(last)",
                hint: "read the session from the log itself and verify it")
        }
        last = id
        return .element(try Frame(id: id, json: message.data))
    }
}
