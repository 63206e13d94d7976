public import Agents
import Dispatch
public import EventLog
public import Events
public import Logging
public import Projections
import Synchronization

/// Starts, resumes, queues and cancels runs: one at a time in each session, many sessions at once.
public final class RunService: Sendable {
    struct ActiveRun {
        var control: RunControl
        /// Nil between the reservation of the session and the start of the run.
        var task: Task<Void, Never>?
    }

    struct State {
        var active: [SessionID: ActiveRun] = [:]
        var isDraining = false
        /// Who waits for a session's run to be over.
        var waiters: [SessionID: [CheckedContinuation<Void, Never>]] = [:]
    }

    let log: any EventLog
    /// The projections that runs save when they end.
    public let projector: Projector
    let attachments: AttachmentStore
    let directory: AgentDirectory
    let chatbotsByName: [String: Chatbot]
    let logger: Logger
    let state = Mutex(State())

    /// Makes the service; `resumeOpenRuns` picks up what an earlier process left.
    public init(
        log: any EventLog, projector: Projector, attachments: AttachmentStore, directory: AgentDirectory,
        chatbots: [Chatbot],
        logger: Logger = Logger(label: "playhead.runs")
    ) {
        self.log = log
        self.projector = projector
        self.attachments = attachments
        self.directory = directory
        self.chatbots = chatbots.map(\.description)
        chatbotsByName = Dictionary(uniqueKeysWithValues: chatbots.map { ($0.name, $0) })
        self.logger = logger
    }

    /// What can be talked to, in the order it was given: the first is the one a page offers first.
    public let chatbots: [ChatbotDescription]

    /// How many runs are in progress now.
    public var activeRuns: Int { state.withLock { $0.active.count } }

    /// Records a message and starts its run, or queues it.
    ///
    /// When this returns, `message.received` is durable. Generation belongs to the session: whoever posted may go away.
    ///
    /// - Throws: `WorkflowError` or `EventLogError`; then nothing is recorded.
    public func start(_ request: ChatRequest) async throws -> AcceptedChat {
        guard let chatbot = chatbotsByName[request.chatbot] else {
            throw WorkflowError(
                .unknownChatbot, "there is no chatbot named \(request.chatbot)",
                hint: "GET /chatbots lists them: \(chatbotsByName.keys.sorted().joined(separator: ", "))")
        }
        if let repeated = try await repeated(request) { return repeated }
        try await chatbot.admit(request)
        while true {
            switch reserve(request.session) {
            case .reserved(let control):
                do {
                    return try await begin(request, chatbot, control)
                } catch {
                    release(request.session)
                    throw error
                }
            case .draining:
                throw WorkflowError(
                    .draining, "the server is about to stop", hint: "try again in a few seconds", retryAfterSeconds: 5)
            case .full:
                throw WorkflowError(
                    .tooManyRuns, "\(Limits.concurrentRuns) runs are in progress", hint: "try again later",
                    retryAfterSeconds: 2)
            case .busy:
                switch request.whenBusy {
                case .reject:
                    throw WorkflowError(
                        .runInProgress, "session \(request.session) has a run in progress",
                        hint: "wait for its end, cancel it, or post with ?when_busy=enqueue or ?when_busy=interrupt")
                case .interrupt: _ = try await cancel(request.session)
                case .enqueue:
                    if let accepted = try await enqueue(request) { return accepted }
                }
            }
        }
    }

    /// Cancels the run in progress and every queued message, and waits until that is recorded.
    ///
    /// - Returns: false where nothing was in progress.
    public func cancel(_ session: SessionID) async throws -> Bool {
        guard let status = try await log.status(of: session) else {
            throw EventLogError(
                .sessionNotFound, "there is no session named \(session)", hint: "GET /sessions lists them")
        }
        guard !status.openRuns.isEmpty else { return false }
        let reason = Failure(code: WorkflowError.Code.cancelled.rawValue, message: "cancelled on request")
        for queued in status.openRuns where queued.run == nil || queued.isPaused {
            let ended = try NewEvent(
                .runCancelled, cause: .event(queued.run ?? queued.message), RunEnded(durationMs: 0, reason: reason))
            try await log.append([ended], to: session)
        }
        let isActive = state.withLock { state in
            guard let run = state.active[session] else { return false }
            run.control.stop(.cancelled(reason))
            run.task?.cancel()
            return true
        }
        if isActive { await waitUntilIdle(session) }
        return true
    }

    /// Returns when no run of the session is active in this process.
    public func waitUntilIdle(_ session: SessionID) async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.active[session] == nil { return true }
                state.waiters[session, default: []].append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Takes no new chats, gives the runs a grace period, then abandons the rest for the next start to resume.
    public func drain(grace: Duration) async {
        let tasks = state.withLock { state in
            state.isDraining = true
            return state.active.values.compactMap(\.task)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for task in tasks { await task.value } }
            group.addTask { try? await Task.sleep(for: grace) }
            _ = await group.next()
            for run in state.withLock({ Array($0.active.values) }) {
                run.control.stop(.abandoned)
                run.task?.cancel()
            }
            group.cancelAll()
        }
    }

    // MARK: Reservations

    enum Reservation {
        case reserved(RunControl)
        case busy
        case full
        case draining
    }

    /// Takes the session for one starter: two posts at the same instant cannot both begin.
    func reserve(_ session: SessionID) -> Reservation {
        state.withLock { state in
            if state.isDraining { return .draining }
            if state.active[session] != nil { return .busy }
            if state.active.count >= Limits.concurrentRuns { return .full }
            let control = RunControl()
            state.active[session] = ActiveRun(control: control)
            return .reserved(control)
        }
    }

    func release(_ session: SessionID) {
        let waiters = state.withLock { state in
            state.active[session] = nil
            return state.waiters.removeValue(forKey: session) ?? []
        }
        for waiter in waiters { waiter.resume() }
    }

    private func begin(_ request: ChatRequest, _ chatbot: Chatbot, _ control: RunControl) async throws -> AcceptedChat {
        let status = try await log.status(of: request.session)
        if let open = status?.openRuns, let first = open.first(where: { !$0.isPaused }) {
            // The run's process ended without it, and its resumption has not begun.
            throw WorkflowError(
                .runInProgress, "session \(request.session) has a run in progress since offset \(first.message)",
                hint: "wait for its end or cancel it")
        }
        let past =
            status == nil ? SessionState(session: request.session) : try await projector.state(of: request.session)
        let (agents, stamp) = try resolveAgents(chatbot)
        try await store(request.attachments)
        let head = status?.head ?? .beginning
        var events: [NewEvent] = []
        if status == nil { events.append(try NewEvent(.sessionOpened, SessionOpened(chatbot: chatbot.name))) }
        events.append(
            try NewEvent(
                .messageReceived,
                MessageReceived(
                    chatbot: chatbot.name, contents: request.contents, idempotencyKey: request.idempotencyKey)))
        events.append(try NewEvent(.runStarted, cause: .sameAppend(events.count - 1), stamp))
        let appended = try await log.append(
            Append(to: request.session, events, expecting: head, awaitsRun: true))
        let message = Offset(appended.last.value - 1)
        launch(
            chatbot.workflow,
            RunContext(
                session: request.session, run: appended.last, message: message, chatbot: chatbot.name,
                contents: request.contents, past: past, agents: agents, log: log, directory: directory,
                recovered: RecoveredRun(), control: control))
        return AcceptedChat(before: head, message: message)
    }

    /// Records a message that waits behind the session's run; nil where the run has ended meanwhile.
    private func enqueue(_ request: ChatRequest) async throws -> AcceptedChat? {
        guard let status = try await log.status(of: request.session), status.isRunInProgress else { return nil }
        guard status.openRuns.count <= Limits.queuedMessages else {
            throw WorkflowError(
                .tooManyRuns, "\(Limits.queuedMessages) messages of session \(request.session) wait already",
                hint: "wait until some are answered", retryAfterSeconds: 5)
        }
        try await store(request.attachments)
        let body = MessageReceived(
            chatbot: request.chatbot, contents: request.contents, idempotencyKey: request.idempotencyKey)
        let appended = try await log.append(
            Append(to: request.session, [try NewEvent(.messageReceived, body)], awaitsRun: true))
        // The run may have ended between the look and the append, and with it whoever would start this one.
        await startQueued(request.session)
        return AcceptedChat(before: Offset(appended.first.value - 1), message: appended.first)
    }

    /// Before the event that names them; the disk is waited for on a thread that may block.
    private func store(_ attachments: [String: [UInt8]]) async throws {
        guard !attachments.isEmpty else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { [store = self.attachments] in
                continuation.resume(
                    with: Result {
                        for (digest, bytes) in attachments {
                            let stored = try store.store(bytes)
                            precondition(stored == digest, "a part names its bytes by their SHA-256")
                        }
                    })
            }
        }
    }

    private func repeated(_ request: ChatRequest) async throws -> AcceptedChat? {
        guard let key = request.idempotencyKey, try await log.status(of: request.session) != nil else { return nil }
        let past = try await projector.state(of: request.session)
        guard let message = past.messages.last(where: { $0.idempotencyKey == key }) else { return nil }
        return AcceptedChat(before: Offset(message.offset.value - 1), message: message.offset, isRepeated: true)
    }

    /// One reading of the configuration for the whole run, and its form in the log.
    func resolveAgents(_ chatbot: Chatbot) throws -> (agents: [String: ResolvedAgent], stamp: RunStarted) {
        let configuration: AgentConfiguration
        do {
            configuration = try directory.store.configuration()
        } catch {
            throw WorkflowError(
                .configurationUnreadable, error.message, hint: error.hint ?? "is config.db where it was, and whole?",
                retryAfterSeconds: 1)
        }
        var agents: [String: ResolvedAgent] = [:]
        var stamps: [String: JSONValue] = [:]
        for node in chatbot.workflow.nodeNames {
            // A node without an assignment works with what it brings; one that needs an agent says so when it runs.
            let (workflow, chatbot) = (chatbot.workflow.name, chatbot.name)
            do {
                let agent = try configuration.resolve(workflow: workflow, chatbot: chatbot, node: node)
                agents[node] = agent
                stamps[node] = agent.json
            } catch {
                // A node that no active row names has nothing wrong with it.
                guard configuration.names(workflow: workflow, chatbot: chatbot, node: node) else { continue }
                stamps[node] = .object(["error": .string(error.message)])
            }
        }
        let stamp = RunStarted(
            workflow: chatbot.workflow.name, version: chatbot.workflow.version, chatbot: chatbot.name,
            agents: stamps)
        return (agents, stamp)
    }
}
