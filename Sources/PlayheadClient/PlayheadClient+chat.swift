public import Events
import NIOCore
import ServerSentEvents

/// What to do with a message to a session that answers one already.
public enum WhenBusy: String, Sendable, CaseIterable {
    /// Refuse it: the sequence throws `runInProgress`.
    case reject
    /// Record it now and answer it later.
    case enqueue
    /// Cancel the run in progress, then answer it.
    case interrupt
}

extension PlayheadClient {
    /// Posts a message and gives the frames of its run.
    ///
    /// The message is posted when the first frame is asked for. A post that was cut is repeated under its idempotency
    /// key, so that the message is recorded once; a stream that was cut is resumed. To stop listening does not stop the
    /// run: `cancel` does.
    ///
    /// - Parameters:
    ///   - idempotencyKey: names the post; nil: a random one, so that each iterator posts a message of its own.
    ///   - pace: how fast text is delivered: `natural`, `off` or characters a second; nil: the server's default.
    /// - Throws: `malformed` where the contents cannot be JSON.
    public func chat(
        _ chatbot: String, _ session: SessionID, _ contents: [ChatContent], idempotencyKey: String? = nil,
        whenBusy: WhenBusy = .reject, pace: String? = nil
    ) throws -> ResumingSequence<Frame> {
        let paced: [(name: String, value: String)] = pace.map { [("pace", $0)] } ?? []
        let body = try CanonicalJSON.encode(JSONValue.object(["contents": .array(contents.map(\.json))]))
        var query = paced
        if whenBusy != .reject { query.append(("when_busy", whenBusy.rawValue)) }
        var request = streamRequest(session, after: .beginning, follow: .run, extra: paced)
        request.post = StreamRequest.Post(
            url: address.route("chatbots", chatbot, "chat", session.name) + ServerAddress.query(query),
            idempotencyKey: idempotencyKey, body: ByteBuffer(string: body))
        return ResumingSequence(client: self, request: request, makeReader: { ChatReader() })
    }
}

/// Reads the frames of one run.
///
/// The chat route sends no others, but a resumed stream is the session's: it also holds the run before a queued message,
/// messages that were queued meanwhile, and the runs that answer them.
struct ChatReader: MessageReader {
    private var frames = FrameReader(last: .beginning)
    /// The offset of the message that was posted.
    private var question: Offset?
    private var run: Offset?

    mutating func read(_ message: ServerSentEvent, id: FrameID) throws -> Reading<Frame> {
        guard case .element(let frame) = try frames.read(message, id: id) else { return .skip }
        let metadata = frame.metadata
        switch frame.type {
        case .userMessage:
            // The first one is the post's own.
            question = question ?? id.offset
            guard question == id.offset else { return .skip }
            // It belongs to a run where it answers that run's question, and the run goes on.
            run = metadata.run
            return .element(frame)
        case .run, .error:
            // These name the message that their run answers.
            question = question ?? metadata.message
            guard metadata.message == question || (run != nil && metadata.run == run) else { return .skip }
            run = run ?? metadata.run
            return frame.endsRun ? .last(frame) : .element(frame)
        default: return metadata.run == run ? .element(frame) : .skip
        }
    }
}
