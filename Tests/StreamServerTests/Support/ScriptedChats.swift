import EventLog
import Events
import StreamServer
import Synchronization
import TestSupport
import Workflow

/// A chat service whose runs are a script of the test's.
final class ScriptedChats: ChatService {
    typealias Script = @Sendable (_ log: any EventLog, _ session: SessionID, _ message: Offset) async throws -> Void

    private let log: any EventLog
    private let attachments: AttachmentStore
    private let script: Script
    private let repeats = Mutex<[String: AcceptedChat]>([:])
    let requests = Mutex<[ChatRequest]>([])
    /// What every start throws, where there is something.
    let failure = Mutex<(any Error)?>(nil)

    init(_ log: any EventLog, _ attachments: AttachmentStore, _ script: @escaping Script) {
        self.log = log
        self.attachments = attachments
        self.script = script
    }

    var chatbots: [ChatbotDescription] {
        [ChatbotDescription(name: "xiaomei", title: "小美", workflow: "fund_analysis", nodes: ["character_advisor"])]
    }

    func start(_ request: ChatRequest) async throws -> AcceptedChat {
        requests.withLock { $0.append(request) }
        if let failure = failure.withLock({ $0 }) { throw failure }
        if let key = request.idempotencyKey, var repeated = repeats.withLock({ $0[key] }) {
            repeated.isRepeated = true
            return repeated
        }
        if request.contents.contains(where: { $0.content == "refuse me" }) { throw Refusal() }
        for bytes in request.attachments.values { _ = try attachments.store(bytes) }
        let before = try await log.status(of: request.session)?.head ?? .beginning
        let body = MessageReceived(
            chatbot: request.chatbot, contents: request.contents, idempotencyKey: request.idempotencyKey)
        var events = [try NewEvent(.messageReceived, body)]
        if before == .beginning {
            events.insert(try NewEvent(.sessionOpened, SessionOpened(chatbot: "xiaomei")), at: 0)
        }
        let appended = try await log.append(Append(to: request.session, events, expecting: before, awaitsRun: true))
        let accepted = AcceptedChat(before: before, message: appended.last)
        if let key = request.idempotencyKey { repeats.withLock { $0[key] = accepted } }
        let (log, script) = (log, script)
        // Nobody awaits the run: it belongs to the session.
        Task { try await script(log, request.session, accepted.message) }
        return accepted
    }

    func cancel(_ session: SessionID) async throws -> Bool {
        guard let open = try await log.status(of: session)?.openRuns.first, let run = open.run else { return false }
        let reason = Failure(code: "cancelled", message: "cancelled on request")
        let ended = try NewEvent(.runCancelled, cause: .event(run), RunEnded(durationMs: 1, reason: reason))
        try await log.append([ended], to: session)
        return true
    }

    func fork(
        _ origin: SessionID, at offset: Offset?, to name: SessionID?, idempotencyKey: String?
    ) async throws -> AcceptedFork {
        let target = name ?? .test("fork")
        return AcceptedFork(session: target, origin: try await log.fork(origin, at: offset, to: target))
    }

    let activeRuns = 3
    let waitingRuns = 2

    /// What a workflow throws that cannot work with the message.
    struct Refusal: FailureConvertible {
        var failure: Failure { Failure(code: "missing_column", message: "the file has no amount", hint: "add it") }
    }
}

/// A whole answer, as the built-in workflow would record it.
enum Script {
    static let tokens = ["你", "好", "，\n", "\"1,234.5\" ", "👩‍🚀", "é", " risk."]
    static var text: String { tokens.joined() }

    /// Two nodes: one with an update, one that speaks; `gate` is waited for in the middle of the answer.
    static func answer(
        _ log: any EventLog, _ session: SessionID, _ message: Offset, tokens: [String] = tokens, speed: Double? = nil,
        gate: Gated? = nil
    ) async throws {
        let started = try await begin(log, session, message, speed: speed)
        let half = tokens.count / 2
        for token in tokens[..<half] { try await log.append([.token(token, of: started.message)], to: session) }
        if let gate { await gate() }
        for token in tokens[half...] { try await log.append([.token(token, of: started.message)], to: session) }
        try await log.append(
            [
                try NewEvent(.messageCompleted, cause: .event(started.message), completed(tokens)),
                try NewEvent(.nodeCompleted, cause: .event(started.node), NodeCompleted(durationMs: 3)),
                try NewEvent(.runCompleted, cause: .event(started.run), RunEnded(durationMs: 5)),
            ], to: session)
    }

    typealias Gated = @Sendable () async -> Void
    typealias Started = (run: Offset, node: Offset, message: Offset)

    /// Everything before the first token.
    static func begin(
        _ log: any EventLog, _ session: SessionID, _ message: Offset, streaming: Bool = true,
        supersedes: Offset? = nil, speed: Double? = nil
    ) async throws -> Started {
        let run = try await log.append(
            [
                try NewEvent(
                    .runStarted, cause: .event(message),
                    RunStarted(
                        workflow: "fund_analysis", version: 1, chatbot: "xiaomei",
                        agents: ["character_advisor": .object(["model": .string("local")])]))
            ], to: session
        ).last
        let risk = try await log.append(
            [
                try NewEvent(.nodeStarted, cause: .event(run), NodeStarted(node: "analyze_risk", attempt: 1)),
                NewEvent(kind: .nodeUpdated, cause: .sameAppend(0), body: #"{"hhi":0.25,"name":"小\"美"}"#),
                try NewEvent(.nodeCompleted, cause: .sameAppend(0), NodeCompleted(durationMs: 2)),
            ], to: session)
        let advisor = try await log.append(
            [
                try NewEvent(.nodeStarted, cause: .event(run), NodeStarted(node: "character_advisor", attempt: 1)),
                try NewEvent(
                    .messageStarted, cause: .sameAppend(0),
                    MessageStarted(
                        role: "assistant", agent: "xiaomei", model: "local", streaming: streaming,
                        supersedes: supersedes, streamCharsPerSecond: speed)),
            ], to: session)
        precondition(risk.last < advisor.first, "appends keep their order")
        return (run, advisor.first, advisor.last)
    }

    static func completed(_ tokens: [String]) -> MessageCompleted {
        MessageCompleted(
            finishReason: "stop", usage: nil, timeToFirstTokenMs: 1, characters: tokens.joined().count,
            sha256: AttachmentStore.digest(Array(tokens.joined().utf8)))
    }
}
