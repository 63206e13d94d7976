// POST /chatbots/{chatbot}/chat/{session}
//
//   ?stream=false      waits for the end and answers {"session":…,"message":M,"run":R,"status":"completed","head":H,
//                      "messages":[…]}: the frames of the run that are whole messages (`user_message`, `tool_message`,
//                      `ai_message`; of a failed run `error` and `run`), in order, as in the stream
//   Prefer: respond-async   202, Location: /sessions/{session}/events?after=N, body {"session":…,"message":M,"after":N}
//   otherwise          text/event-stream of the run's frames
//
//   ?when_busy=reject|enqueue|interrupt, ?pace=natural|off|<characters a second>, Idempotency-Key
//
// GET /chatbots
//
//   {"chatbots":[{"name":"xiaomei",…}]}

import EventLog
import Events
import HTTPTypes
import Hummingbird
import NIOCore
import Workflow

/// Posts a message and answers with the frames of its run.
struct ChatRoute: Sendable {
    private let log: any EventLog
    private let texts: MessageTexts
    private let chats: any ChatService

    init(_ dependencies: ServerDependencies, _ texts: MessageTexts) {
        log = dependencies.log
        self.texts = texts
        chats = dependencies.chats
    }

    func add(to table: inout RouteTable) {
        table.get("/chatbots") { _, _ in
            .json(try CanonicalJSON.encode(["chatbots": chats.chatbots]))
        }
        table.post("/chatbots/{chatbot}/chat/{session}", post)
    }

    @Sendable private func post(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.writableSession()
        let isStreamed = try request.queryFlag("stream") ?? true
        let isAsync = request.headers[values: .prefer].contains { $0.lowercased().contains("respond-async") }
        let pace = try Self.pace(request) ?? .natural
        let accepted = try await start(request, context, session)
        if isAsync { return try respondAsync(session, accepted) }
        var options = StreamOptions(answering: accepted.answering)
        if isStreamed {
            options.pace = pace
            // What a repeated post asks for may be long past.
            options.pacedAfter = accepted.isRepeated ? nil : accepted.before
        } else {
            options.kinds = Self.wholeMessages
        }
        let stream = EventStream(
            log, texts, session, after: StreamPosition(offset: accepted.before), options: options)
        guard isStreamed else { return try await collect(stream, session, accepted, context.channel) }
        return try await StreamResponse(beginning: stream, as: .serverSentEvents)
            .response(MediaType.eventStream, on: context.channel)
    }

    private static let wholeMessages: Set<EventKind> = [
        .messageReceived, .nodeUpdated, .messageCompleted, .messageInterrupted, .answerRejected, .runFailed,
    ]

    static func pace(_ request: Request) throws -> Pace? {
        guard let text = request.query("pace") else { return nil }
        guard let pace = Pace(text) else {
            throw StreamServerError(
                .invalidParameter, "pace=\(text.prefix(64)) is not possible",
                hint: "pace is natural, off, or a number of characters a second from 0.01 to 100000")
        }
        return pace
    }

    /// Checks everything; the service stores the attachments and records the message.
    private func start(
        _ request: Request, _ context: ServerContext, _ session: SessionID
    ) async throws -> AcceptedChat {
        let chatbot = context.path("chatbot")
        guard chats.chatbots.contains(where: { $0.name == chatbot }) else {
            throw WorkflowError(
                .unknownChatbot, "there is no chatbot named \(chatbot.prefix(64))", hint: "GET /chatbots lists them")
        }
        let whenBusy = try request.queryChoice("when_busy", ChatRequest.WhenBusy.self) ?? .reject
        let key = try request.idempotencyKey()
        let parts = try await ContentReader.read(request)
        // Before anything is stored; the service decides again when it records.
        if whenBusy == .reject, key == nil, try await log.status(of: session)?.isRunInProgress == true {
            throw WorkflowError(
                .runInProgress, "session \(session) has a run in progress",
                hint: "wait for its end, cancel it, or post with ?when_busy=enqueue or ?when_busy=interrupt")
        }
        let contents = RecordableContents(parts)
        return try await chats.start(
            ChatRequest(
                chatbot: chatbot, session: session, contents: contents.parts, attachments: contents.attachments,
                idempotencyKey: key, whenBusy: whenBusy))
    }

    private func respondAsync(_ session: SessionID, _ accepted: AcceptedChat) throws -> Response {
        let body = "{\"session\":\"\(session)\",\"message\":\(accepted.message),\"after\":\(accepted.before)}"
        var response = Response.json(body, status: .accepted)
        response.headers[.location] = "/sessions/\(session)/events?after=\(accepted.before)"
        response.headers[.preferenceApplied] = "respond-async"
        return response
    }

    private func collect(
        _ stream: EventStream, _ session: SessionID, _ accepted: AcceptedChat, _ channel: any Channel
    ) async throws -> Response {
        let log = log
        let answer = try await untilGone(channel) {
            var messages = MessageBytes(.list)
            var progress = EventStream.Progress.behind
            while !progress.isFinished {
                progress = try await stream.fill(&messages)
                if progress.isCaughtUp { try await stream.wait() }
            }
            let end = stream.runEnd
            let head = try await log.status(of: session)?.head ?? stream.cursor
            var body = "{\"session\":\"\(session)\",\"message\":\(accepted.message)"
            if let run = end?.run { body += ",\"run\":\(run)" }
            body += ",\"status\":\"\(end?.status ?? "paused")\",\"head\":\(head),\"messages\":["
            return Array(body.utf8) + messages.take() + Array("]}".utf8)
        }
        return .json(bytes: answer)
    }
}
