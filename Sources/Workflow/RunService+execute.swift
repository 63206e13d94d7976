import Agents
import EventLog
import Events
import Logging
import Projections
import Synchronization

extension RunService {
    /// Picks up every run that an earlier process left without an end.
    ///
    /// - Returns: how many there were.
    public func resumeOpenRuns() async throws -> Int {
        let open = try await log.openRuns()
        for (session, _) in open { await startQueued(session) }
        return open.count
    }

    /// Runs the workflow in a task that `drain` waits for; the session is released at its end.
    func launch(_ workflow: any Workflow, _ context: RunContext) {
        // Not a child of the request: a client that goes away does not cancel. `drain` and `cancel` hold the task.
        let task = Task { await execute(workflow, context) }
        let stop = state.withLock { state in
            state.active[context.session]?.task = task
            return context.control.stop
        }
        if stop != nil { task.cancel() }
    }

    private func execute(_ workflow: any Workflow, _ context: RunContext) async {
        let begun = ContinuousClock.now
        let kind: EventKind
        var reason: Failure?
        do {
            try await workflow.run(context)
            kind = .runCompleted
        } catch {
            if case .cancelled(let failure) = context.control.stop {
                kind = .runCancelled
                reason = failure
            } else {
                kind = .runFailed
                reason = (error as? NodeFailure)?.failure ?? Failure(describing: error)
            }
        }
        if !context.control.isAbandoned {
            let body = RunEnded(durationMs: (ContinuousClock.now - begun).milliseconds, reason: reason)
            await recordEnd(kind, body, context)
        }
        release(context.session)
        await startQueued(context.session)
    }

    /// Records the end of a run; while the disk refuses it, again and again, since nobody else would.
    private func recordEnd(_ kind: EventKind, _ body: RunEnded, _ context: RunContext) async {
        var pause = Limits.firstBackoff
        while !context.control.isAbandoned {
            do {
                _ = try await context.record([try NewEvent(kind, cause: .event(context.run), body)])
                break
            } catch let error as EventLogError where error.code == .sessionClosed || error.code == .shutDown {
                return
            } catch {
                logger.error(
                    "the end of a run could not be recorded; it is tried again", metadata: ["error": "\(error)"])
                // A cancelled task cannot sleep; it must not spin either.
                await Task { [pause] in try? await Task.sleep(for: pause) }.value
                pause = min(pause * 2, Limits.longestBackoff)
            }
        }
        do {
            try await projector.save(context.session)
        } catch {
            logger.warning("the projection was not saved", metadata: ["error": "\(error)"])
        }
    }

    /// Starts the session's oldest unanswered message, or resumes its run, unless one is active.
    func startQueued(_ session: SessionID) async {
        guard case .reserved(let control) = reserve(session) else { return }
        do {
            guard let open = try await log.status(of: session)?.openRuns.first(where: { !$0.isPaused }) else {
                return release(session)
            }
            try await resume(open, session, control)
        } catch {
            logger.error("a run could not be resumed", metadata: ["error": "\(error)"])
            release(session)
        }
    }

    private func resume(_ open: OpenRun, _ session: SessionID, _ control: RunControl) async throws {
        let now = try await projector.state(of: session)
        guard let message = now.message(at: open.message), let contents = message.contents else {
            return try await giveUp(
                open, session,
                WorkflowError(.workflowChanged, "the message at offset \(open.message) cannot be read").failure)
        }
        let run = open.run.flatMap(now.run(at:))
        let name = try await chatbotName(run, open.message, session)
        guard let chatbot = chatbotsByName[name] else {
            return try await giveUp(
                open, session, WorkflowError(.unknownChatbot, "there is no chatbot named \(name) any more").failure)
        }
        let past = try await projector.state(of: session, at: Offset(open.message.value - 1))
        let (agents, stamp) = try resolveAgents(chatbot)
        var context = RunContext(
            session: session, run: open.run ?? .beginning, message: open.message, chatbot: chatbot.name,
            contents: contents, past: past, agents: agents, log: log, directory: directory, recovered: RecoveredRun(),
            control: control)
        guard let run else {
            let started = try NewEvent(.runStarted, cause: .event(open.message), stamp)
            let offset = try await log.append([started], to: session).last
            context = context.with(run: offset, recovered: RecoveredRun())
            return launch(chatbot.workflow, context)
        }
        if run.resumes >= Limits.resumesPerRun {
            let message = "the run was resumed \(run.resumes) times and never ended"
            return try await giveUp(open, session, WorkflowError(.poisonedRun, message).failure)
        }
        if run.workflow != chatbot.workflow.name || run.version != chatbot.workflow.version {
            let message =
                "the run was started by workflow \(run.workflow) version \(run.version); this program has "
                + "\(chatbot.workflow.name) version \(chatbot.workflow.version)"
            return try await giveUp(
                open, session,
                WorkflowError(.workflowChanged, message, hint: "send the message again").failure)
        }
        let recovery = try await RunRecovery(run, in: now, session: session, log: log)
        var body = recovery.resumed
        body.agents = stamp.agents
        let resumed = try NewEvent(.runResumed, cause: .event(run.offset), body)
        _ = try await log.append(recovery.repairs + [resumed], to: session)
        logger.info("resumed a run", metadata: ["reused": "\(recovery.resumed.reused.count)"])
        launch(chatbot.workflow, context.with(run: run.offset, recovered: recovery.recovered))
    }

    private func giveUp(_ open: OpenRun, _ session: SessionID, _ reason: Failure) async throws {
        let ended = try NewEvent(
            .runFailed, cause: .event(open.run ?? open.message), RunEnded(durationMs: 0, reason: reason))
        try await log.append([ended], to: session)
        release(session)
        await startQueued(session)
    }

    /// Whom the message was for: the run says it, or, while it is queued, the message.
    private func chatbotName(_ run: RunState?, _ message: Offset, _ session: SessionID) async throws -> String {
        if let run { return run.chatbot }
        let event = try await log.read(session, after: Offset(message.value - 1), limit: 1).events.first
        return try event?.decode(MessageReceived.self).chatbot ?? ""
    }
}

extension RunContext {
    fileprivate func with(run: Offset, recovered: RecoveredRun) -> RunContext {
        RunContext(
            session: session, run: run, message: message, chatbot: chatbot, contents: contents, past: past,
            agents: agents, log: log, directory: directory, recovered: recovered, control: control)
    }
}
