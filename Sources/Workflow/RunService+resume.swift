import EventLog
import Events
import Logging
import Projections
import Synchronization

extension RunService {
    /// Picks up every run that an earlier process left without an end; one that waits for input goes on waiting.
    ///
    /// - Returns: how many sessions there were.
    public func resumeOpenRuns() async throws -> Int {
        let open = try await log.openRuns().filter { $0.runs.contains { !$0.isPaused } }.map(\.session)
        await withTaskGroup(of: Void.self) { group in
            for (index, session) in open.enumerated() {
                if index >= Limits.resumesAtOnce { await group.next() }
                group.addTask { await self.startQueued(session) }
            }
        }
        return open.count
    }

    /// Starts the session's oldest unanswered message, or resumes its run, unless one is active.
    func startQueued(_ session: SessionID) async {
        switch table.withLock({ $0.reserve(session, isRecorded: true) }) {
        case .reserved(let control): await startReserved(session, control, isWaiting: false)
        case .waits(let control): await startReserved(session, control, isWaiting: true)
        case .busy, .full, .draining: return
        }
    }

    /// The same for a session that is reserved; it is released where there is nothing to start.
    ///
    /// Where that fails the session stays reserved, and a task of its own tries again.
    func startReserved(_ session: SessionID, _ control: RunControl, isWaiting: Bool) async {
        let first = await tryToStart(session, control, isWaiting: isWaiting)
        if case .settled = first { return }
        hold(session) {
            var attempt = first
            var failures = 0
            var backoff = Backoff.afterFailure
            while control.stop == nil, !self.table.withLock({ $0.isDraining }) {
                if case .failed(let error) = attempt {
                    failures += 1
                    if failures >= self.limits.startAttempts, await self.giveUp(session, control, error) { return }
                }
                // A cancelled task does not sleep; its control has been stopped before.
                try? await backoff.wait()
                if control.stop != nil { break }
                attempt = await self.tryToStart(session, control, isWaiting: isWaiting)
                if case .settled = attempt { return }
            }
            await self.release(session, control)
        }
    }

    /// What an attempt to start a run came to.
    private enum StartAttempt {
        /// It runs, has its place in line, or needs none.
        case settled
        /// The log takes no appends: until it does, a failure could not be recorded either.
        case refused
        /// It failed otherwise, which may pass. Nothing has changed.
        case failed(any Error)
    }

    private func tryToStart(_ session: SessionID, _ control: RunControl, isWaiting: Bool) async -> StartAttempt {
        do {
            guard let open = try await log.status(of: session)?.openRuns.first(where: { !$0.isPaused }) else {
                await letGo(session, control)
                return .settled
            }
            if isWaiting {
                await lineUp(session, control)
                return .settled
            }
            let now = try await projector.state(of: session)
            let resumption = try await resumption(of: open, in: now, session, control, reply: nil)
            return try await record(resumption, of: open, session, control)
        } catch let error as EventLogError where error.code == .sessionClosed || error.code == .shutDown {
            await release(session, control)
            return .settled
        } catch {
            logger.error("a run could not be started; it is tried again", metadata: ["error": "\(error)"])
            return .failed(error)
        }
    }

    private func record(
        _ resumption: Resumption, of open: OpenRun, _ session: SessionID, _ control: RunControl
    ) async throws -> StartAttempt {
        let appended: Appended
        do {
            appended = try await log.append(resumption.events, to: session)
        } catch let error as EventLogError
            where [.storageFull, .storageFailed, .overloaded].contains(error.code)
        {
            logger.error("a run's start could not be recorded; it is tried again", metadata: ["error": "\(error)"])
            return .refused
        }
        if let start = resumption.start {
            launch(start.workflow, open.run == nil ? start.context.with(run: appended.last) : start.context)
        } else {
            await release(session, control)
            await startQueued(session)
        }
        return .settled
    }

    /// Answers the message of a run that cannot be started with the reason.
    ///
    /// - Returns: false where that could not be recorded.
    private func giveUp(_ session: SessionID, _ control: RunControl, _ error: any Error) async -> Bool {
        do {
            guard let open = try await log.status(of: session)?.openRuns.first(where: { !$0.isPaused }) else {
                await letGo(session, control)
                return true
            }
            // Where the session cannot be read, what is open in it stays so.
            let now = (try? await projector.state(of: session)) ?? SessionState(session: session)
            let cause = Failure(describing: error)
            let reason = WorkflowError(
                .startFailed, "the run could not be started in \(limits.startAttempts) attempts: \(cause.message)",
                hint: cause.hint ?? "send the message again")
            let events = try RunRecovery.end(.runFailed, open, in: now, reason.failure)
            let attempt = try await record(Resumption(events: events), of: open, session, control)
            if case .settled = attempt { return true }
        } catch {
            logger.error("a run that cannot be started could not be ended", metadata: ["error": "\(error)"])
        }
        return false
    }

    /// Lets a held session wait for its turn.
    func lineUp(_ session: SessionID, _ control: RunControl) async {
        switch table.withLock({ $0.line(up: session) }) {
        case .now: await startReserved(session, control, isWaiting: false)
        case .later: return
        case .never: await release(session, control)
        }
    }

    /// Frees the session, where it is still reserved with this control, and starts what waited for that.
    func release(_ session: SessionID, _ control: RunControl) async {
        let (waiters, next) = table.withLock { $0.release(session, control) }
        for waiter in waiters { waiter.resume() }
        if let next { await startReserved(next.session, next.control, isWaiting: false) }
    }

    /// Frees a session in which nothing was started.
    ///
    /// A message may have been queued meanwhile by somebody who found the session taken and left it to the holder.
    func letGo(_ session: SessionID, _ control: RunControl) async {
        await release(session, control)
        do {
            guard try await log.status(of: session)?.isRunInProgress == true else { return }
        } catch {
            logger.error("a session could not be looked at; it is tried again", metadata: ["error": "\(error)"])
        }
        await startQueued(session)
    }

    /// What is recorded before a run starts or goes on, and what then runs; nothing does where it cannot go on.
    struct Resumption {
        var events: [NewEvent]
        var start: (workflow: any Workflow, context: RunContext)?
    }

    /// How the run of a message starts or goes on.
    ///
    /// - Parameters:
    ///   - now: the session at its head.
    ///   - reply: the answer to the question that the run waits with.
    func resumption(
        of open: OpenRun, in now: SessionState, _ session: SessionID, _ control: RunControl, reply: Reply?
    ) async throws -> Resumption {
        let run = open.run.flatMap(now.run(at:))
        func givenUp(_ reason: WorkflowError) throws -> Resumption {
            Resumption(events: try RunRecovery.end(.runFailed, open, in: now, reason.failure))
        }
        guard let contents = now.message(at: open.message)?.contents else {
            return try givenUp(WorkflowError(.workflowChanged, "the message at offset \(open.message) cannot be read"))
        }
        let name = try await chatbotName(run, open.message, session)
        guard let chatbot = chatbotsByName[name] else {
            return try givenUp(WorkflowError(.unknownChatbot, "there is no chatbot named \(name) any more"))
        }
        let (agents, stamp) = try resolveAgents(chatbot)
        let past = try await projector.state(of: session, at: Offset(open.message.value - 1))
        var context = RunContext(
            session: session, run: open.run ?? .beginning, message: open.message, chatbot: chatbot.name,
            contents: contents, past: past, agents: agents, log: log, directory: directory, recovered: RecoveredRun(),
            control: control)
        guard let run else {
            let started = try NewEvent(.runStarted, cause: .event(open.message), stamp)
            return Resumption(events: [started], start: (chatbot.workflow, context))
        }
        if run.resumes >= Limits.resumesPerRun, reply == nil {
            let message = "the run was resumed \(run.resumes) times and never ended"
            return try givenUp(WorkflowError(.poisonedRun, message, hint: "send the message again"))
        }
        if run.workflow != chatbot.workflow.name || run.version != chatbot.workflow.version {
            let message =
                "the run was started by workflow \(run.workflow) version \(run.version); this program has "
                + "\(chatbot.workflow.name) version \(chatbot.workflow.version)"
            return try givenUp(WorkflowError(.workflowChanged, message, hint: "send the message again"))
        }
        var recovery = try await RunRecovery(run, in: now, session: session, log: log)
        if let reply, let pause = run.pauses?.last {
            recovery.recovered.replies.append((pause.node, pause.asks, reply))
        }
        recovery.resumed.agents = stamp.agents
        let resumed = try NewEvent(.runResumed, cause: .event(run.offset), recovery.resumed)
        context.recovered = recovery.recovered
        logger.info("a run goes on", metadata: ["reused": "\(recovery.resumed.reused.count)"])
        return Resumption(events: recovery.repairs + [resumed], start: (chatbot.workflow, context))
    }

    /// Whom the message was for: the run says it, or, while it is queued, the message.
    private func chatbotName(_ run: RunState?, _ message: Offset, _ session: SessionID) async throws -> String {
        if let run { return run.chatbot }
        let event = try await log.read(session, after: Offset(message.value - 1), limit: 1).events.first
        return try event?.decode(MessageReceived.self).chatbot ?? ""
    }
}

extension RunContext {
    fileprivate func with(run: Offset) -> RunContext {
        var context = self
        context.run = run
        return context
    }
}
