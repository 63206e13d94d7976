public import Agents
public import EventLog
public import Events
public import Logging
public import Projections
import Synchronization

/// Starts, resumes, queues and cancels runs: one at a time in each session, many sessions at once.
public final class RunService: Sendable {
    let log: any EventLog
    /// The projections that runs save when they end.
    public let projector: Projector
    let attachments: AttachmentStore
    let directory: AgentDirectory
    let chatbotsByName: [String: Chatbot]
    let limits: RunLimits
    let logger: Logger
    let table: Mutex<RunTable>

    /// Makes the service; `resumeOpenRuns` picks up what an earlier process left.
    public init(
        log: any EventLog, projector: Projector, attachments: AttachmentStore, directory: AgentDirectory,
        chatbots: [Chatbot], limits: RunLimits = RunLimits(), logger: Logger = Logger(label: "playhead.runs")
    ) {
        self.log = log
        self.projector = projector
        self.attachments = attachments
        self.directory = directory
        self.chatbots = chatbots.map(\.description)
        chatbotsByName = Dictionary(uniqueKeysWithValues: chatbots.map { ($0.name, $0) })
        self.limits = limits
        self.logger = logger
        table = Mutex(RunTable(limits: limits))
    }

    /// What can be talked to, in the order it was given: the first is the one a page offers first.
    public let chatbots: [ChatbotDescription]

    /// How many runs are in progress now.
    public var activeRuns: Int { table.withLock { $0.running } }

    /// How many sessions have a message that waits until fewer runs are in progress.
    public var waitingRuns: Int { table.withLock { $0.waiting } }

    /// True once it takes no new chats.
    public var isDraining: Bool { table.withLock { $0.isDraining } }

    /// Records a message and starts its run, or queues it; or resumes the run that waits for it as an answer.
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
        guard let key = request.idempotencyKey.map({ PostKey(session: request.session, key: $0) }) else {
            return try await post(request, chatbot)
        }
        // One post of a key at a time: the next one finds what it recorded.
        var pause = Backoff.whileBusy
        while !table.withLock({ $0.take(key) }) { try await pause.wait() }
        defer { table.withLock { $0.giveBack(key) } }
        if let repeated = try await repeated(request) { return repeated }
        return try await post(request, chatbot)
    }

    private func post(_ request: ChatRequest, _ chatbot: Chatbot) async throws -> AcceptedChat {
        try await chatbot.admit(request)
        var pause = Backoff.whileBusy
        while true {
            switch table.withLock({ $0.reserve(request.session) }) {
            case .reserved(let control):
                if let accepted = try await begin(request, chatbot, control, isWaiting: false) { return accepted }
            case .waits(let control):
                if let accepted = try await begin(request, chatbot, control, isWaiting: true) { return accepted }
            case .draining:
                throw WorkflowError(
                    .draining, "the server is about to stop", hint: "try again in a few seconds", retryAfterSeconds: 5)
            case .full: throw tooManyRuns()
            case .busy:
                switch request.whenBusy {
                case .reject:
                    guard try await log.status(of: request.session)?.isRunInProgress != true else {
                        throw WorkflowError.inProgress(request.session)
                    }
                    // Its run has ended and is being put away, or another post is about to be recorded.
                    try await pause.wait()
                case .interrupt:
                    // Another post may be about to open the session.
                    let exists = try await log.status(of: request.session) != nil
                    if exists, try await cancel(request.session) { continue }
                    try await pause.wait()
                case .enqueue:
                    if let accepted = try await enqueue(request) { return accepted }
                    // Nothing is in progress and yet the session is taken: what somebody records there comes first.
                    try await pause.wait()
                }
            }
        }
    }

    /// Returns when no run of the session is active or waits in this process.
    public func waitUntilIdle(_ session: SessionID) async {
        await withCheckedContinuation { continuation in
            if !table.withLock({ $0.wait(for: session, continuation) }) { continuation.resume() }
        }
    }

    /// Takes no new chats, gives the runs a grace period, then abandons the rest for the next start to resume.
    public func drain(grace: Duration) async {
        let (waiters, busy) = table.withLock { $0.drain() }
        for waiter in waiters { waiter.resume() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for session in busy { await self.waitUntilIdle(session) } }
            group.addTask { try? await Task.sleep(for: grace) }
            _ = await group.next()
            table.withLock { $0.abandonAll() }
            group.cancelAll()
        }
    }

    // MARK: Starting

    /// Records the message of a reserved session; nil where the session has changed and has to be looked at again.
    private func begin(
        _ request: ChatRequest, _ chatbot: Chatbot, _ control: RunControl, isWaiting: Bool
    ) async throws -> AcceptedChat? {
        let session = request.session
        do {
            let status = try await log.status(of: session)
            if status?.isRunInProgress == true {
                // An earlier process left it, and the start has not come to it yet.
                await startReserved(session, control, isWaiting: isWaiting)
                return nil
            }
            let past = status == nil ? SessionState(session: session) : try await projector.state(of: session)
            let asking = status?.openRuns.last { past.run(at: $0.run ?? .beginning)?.chatbot == chatbot.name }
            if let asking {
                guard !isWaiting else { throw tooManyRuns() }
                return try await reply(request, to: asking, past, control)
            }
            return try await open(request, chatbot, past, control, isWaiting: isWaiting)
        } catch let error as EventLogError where error.code == .headConflict {
            // Somebody else appended meanwhile: the session is looked at again.
            await letGo(session, control)
            return nil
        } catch {
            await letGo(session, control)
            throw error
        }
    }

    private func open(
        _ request: ChatRequest, _ chatbot: Chatbot, _ past: SessionState, _ control: RunControl, isWaiting: Bool
    ) async throws -> AcceptedChat {
        let (agents, stamp) = try resolveAgents(chatbot)
        var events: [NewEvent] = []
        if past.head == .beginning {
            events.append(try NewEvent(.sessionOpened, SessionOpened(chatbot: chatbot.name)))
        }
        events.append(try NewEvent(.messageReceived, request.received))
        if !isWaiting { events.append(try NewEvent(.runStarted, cause: .sameAppend(events.count - 1), stamp)) }
        let append = Append(to: request.session, events, expecting: past.head, awaitsRun: true)
        let appended = try await attachments.storing(request.attachments) { try await log.append(append) }
        let message = Offset(appended.last.value - (isWaiting ? 0 : 1))
        if isWaiting {
            await lineUp(request.session, control)
        } else {
            launch(
                chatbot.workflow,
                RunContext(
                    session: request.session, run: appended.last, message: message, chatbot: chatbot.name,
                    contents: request.contents, past: past, agents: agents, log: log, directory: directory,
                    recovered: RecoveredRun(), control: control))
        }
        return AcceptedChat(before: past.head, message: message)
    }

    /// Records the answer to a run's question, and resumes the run in the same append.
    private func reply(
        _ request: ChatRequest, to asking: OpenRun, _ past: SessionState, _ control: RunControl
    ) async throws -> AcceptedChat {
        guard let run = asking.run.flatMap(past.run(at:)), let pause = run.pauses?.last else {
            throw WorkflowError(.workflowChanged, "the question of session \(request.session) cannot be read")
        }
        let answer = Reply(contents: request.contents)
        let resumption = try await resumption(of: asking, in: past, request.session, control, reply: answer)
        let message = try NewEvent(.messageReceived, cause: .event(pause.offset), request.received)
        let append = Append(to: request.session, [message] + resumption.events, expecting: past.head)
        let appended = try await attachments.storing(request.attachments) { try await log.append(append) }
        if let start = resumption.start {
            launch(start.workflow, start.context)
        } else {
            await letGo(request.session, control)
        }
        return AcceptedChat(before: past.head, message: appended.first, answering: asking.message)
    }

    /// Records a message that waits behind the session's run; nil where the run has ended meanwhile.
    private func enqueue(_ request: ChatRequest) async throws -> AcceptedChat? {
        guard let status = try await log.status(of: request.session), status.isRunInProgress else { return nil }
        guard status.openRuns.count <= Limits.queuedMessages else {
            throw WorkflowError(
                .queueFull, "\(Limits.queuedMessages) messages of session \(request.session) wait already",
                hint: "wait until some are answered", retryAfterSeconds: 5)
        }
        let received = try NewEvent(.messageReceived, request.received)
        let append = Append(to: request.session, [received], awaitsRun: true)
        let appended = try await attachments.storing(request.attachments) { try await log.append(append) }
        // The run may have ended between the look and the append, and with it whoever would start this one.
        await startQueued(request.session)
        return AcceptedChat(before: Offset(appended.first.value - 1), message: appended.first)
    }

    private func tooManyRuns() -> WorkflowError {
        WorkflowError(
            .tooManyRuns, "\(activeRuns) runs are in progress, and \(waitingRuns) sessions wait",
            hint: "try again later", retryAfterSeconds: 2)
    }

    private func repeated(_ request: ChatRequest) async throws -> AcceptedChat? {
        guard let key = request.idempotencyKey, try await log.status(of: request.session) != nil else { return nil }
        let past = try await projector.state(of: request.session)
        // What was copied by a fork was posted to another session.
        let first = past.forkedFrom?.offset ?? .beginning
        guard let message = past.messages.last(where: { $0.idempotencyKey == key && $0.offset > first }) else {
            return nil
        }
        return AcceptedChat(
            before: Offset(message.offset.value - 1), message: message.offset,
            answering: message.run.flatMap(past.run(at:))?.message, isRepeated: true)
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

extension ChatRequest {
    /// The message as it is recorded.
    fileprivate var received: MessageReceived {
        MessageReceived(chatbot: chatbot, contents: contents, idempotencyKey: idempotencyKey)
    }
}

extension WorkflowError {
    static func inProgress(_ session: SessionID) -> WorkflowError {
        WorkflowError(
            .runInProgress, "session \(session) has a run in progress",
            hint: "wait for its end, cancel it, or post with ?when_busy=enqueue or ?when_busy=interrupt")
    }
}
