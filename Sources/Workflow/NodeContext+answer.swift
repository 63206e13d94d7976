public import Agents
public import Events

/// How a speaking node's answer came about.
public struct Answer: Sendable {
    /// The offset of its `message.started`.
    public var message: Offset
    /// The whole text.
    public var text: String
    /// Who answered in the end.
    public var agent: ResolvedAgent
}

extension NodeContext {
    /// Has the node's agent answer, and records every token.
    ///
    /// Where an answer breaks off, the partial text stays recorded as interrupted and the next attempt starts a new
    /// message that supersedes it: first the same model as often as the assignment says, then, where `on_error` is
    /// `fallback`, the model's fallbacks and then `lastResort`. An answer that fails its check is rejected; the same
    /// model gets one second attempt, then `lastResort` speaks. A message that a crash cut goes on first, where its
    /// upstream went on with it.
    ///
    /// - Parameters:
    ///   - check: what is wrong with a whole text by that agent; nil where it stands.
    ///   - corrected: what the second attempt is asked, where the first was rejected with that text.
    ///   - lastResort: an agent that cannot fail, such as the local composer.
    /// - Throws: the last `AgentError` where nobody could answer.
    public func answer(
        _ input: AgentInput, check: @Sendable (String, ResolvedAgent) -> AnswerRejected? = { _, _ in nil },
        corrected: @Sendable (AgentInput, String) -> AgentInput = { input, _ in input },
        lastResort: ResolvedAgent? = nil
    ) async throws -> Answer {
        guard let first = agent ?? lastResort else {
            throw AgentError(code: .misconfigured, message: "no agent is assigned to node \(node)")
        }
        var plan = AnswerPlan(first, lastResort: lastResort)
        var supersedes = run.recovered.abandoned[node]
        var lastError: any Error = AgentError(code: .misconfigured, message: "no agent is assigned to node \(node)")
        var tries = 0
        var input = input
        var cut = cut.flatMap { $0.take() ? $0 : nil }
        while true {
            let outcome: Outcome
            if let message = cut {
                cut = nil
                tries = message.number
                outcome = try await takeUp(message, plan.takeUp(message), check)
            } else if let agent = plan.next() {
                tries += 1
                outcome = try await attempt(agent, input, number: tries, supersedes: supersedes, check)
            } else {
                throw lastError
            }
            switch outcome {
            case .answered(let answer): return answer
            case .rejected(let message, let text):
                supersedes = message
                input = corrected(input, text)
                plan.noteRejection()
                lastError = WorkflowError(.nodeFailed, "no answer passed its checks")
            case .failed(let error, let message):
                supersedes = message
                plan.note(error)
                lastError = error
            }
        }
    }

    private enum Outcome {
        case answered(Answer)
        case rejected(Offset, text: String)
        case failed(AgentError, Offset)
    }

    private func attempt(
        _ resolved: ResolvedAgent, _ input: AgentInput, number: Int, supersedes: Offset?,
        _ check: (String, ResolvedAgent) -> AnswerRejected?
    ) async throws -> Outcome {
        let streaming = resolved.model.streaming
        let writer = try await MessageWriter(
            self,
            MessageStarted(
                role: "assistant", agent: resolved.agent, model: resolved.model.name, streaming: streaming,
                supersedes: supersedes, streamCharsPerSecond: resolved.model.streamCharactersPerSecond))
        return try await finish(writer, resolved, check) { writer in
            let agent = try run.directory.agent(for: resolved)
            let context = agentContext(number, writer)
            if streaming { return try await record(agent.executeStream(input, context), into: &writer) }
            let answer = try await agent.execute(input, context)
            try Task.checkCancellation()
            try await writer.write(answer.text)
            for _ in 0..<answer.repairs { writer.noteRepair() }
            return (answer.finishReason, answer.usage)
        }
    }

    /// Has the upstream go on with a message that a crash cut.
    ///
    /// - Parameter resolved: the model that wrote it; nil where the configuration no longer has it.
    private func takeUp(
        _ cut: CutMessage, _ resolved: ResolvedAgent?, _ check: (String, ResolvedAgent) -> AnswerRejected?
    ) async throws -> Outcome {
        let writer = MessageWriter(self, cut)
        let lost = AgentError(code: .lost, message: "the model that began the answer keeps no answers any more")
        guard let resolved else {
            try await writer.interrupt(lost.failure)
            return .failed(lost, writer.message)
        }
        return try await finish(writer, resolved, check) { writer in
            guard let agent = try run.directory.resumableAgent(for: resolved) else { throw lost }
            let rest = agent.resumeStream(cut.point, after: cut.text, agentContext(cut.number, writer))
            return try await record(rest, into: &writer)
        }
    }

    /// Lets a message come to its end, and records which.
    private func finish(
        _ started: MessageWriter, _ resolved: ResolvedAgent, _ check: (String, ResolvedAgent) -> AnswerRejected?,
        _ speak: (inout MessageWriter) async throws -> (finishReason: String, usage: Usage?)
    ) async throws -> Outcome {
        var writer = started
        do {
            let (finishReason, usage) = try await speak(&writer)
            let rejection = check(writer.text, resolved)
            try await writer.complete(finishReason: finishReason, usage: usage, rejection: rejection)
            if rejection != nil { return .rejected(writer.message, text: writer.text) }
            return .answered(Answer(message: writer.message, text: writer.text, agent: resolved))
        } catch let error as AgentError {
            try await writer.interrupt(error.failure)
            return .failed(error, writer.message)
        } catch {
            // An abandoned run records nothing more; the next start marks the message.
            if run.control.isAbandoned { throw CancellationError() }
            try await writer.interrupt(Task.isCancelled ? stopReason : Failure(describing: error))
            throw error
        }
    }

    /// Where an agent is told it works, and where it says how its answer can be taken up again.
    ///
    /// - Parameter number: counts the messages of this attempt of the node.
    private func agentContext(_ number: Int, _ writer: MessageWriter) -> AgentContext {
        var context = agentContext
        context.attempt = attempt * 100 + number - 100
        context.recordResumePoint = writer.recordResumePoint
        context.keepsUpstream = { [control = run.control] in control.isAbandoned }
        return context
    }

    private func record(
        _ deltas: AgentStream, into writer: inout MessageWriter
    ) async throws -> (finishReason: String, usage: Usage?) {
        var usage: Usage?
        for try await delta in deltas {
            switch delta {
            case .text(let text): try await writer.write(text)
            case .reasoning: break
            case .usage(let reported): usage = reported
            case .repaired: writer.noteRepair()
            case .finished(let reason): return (reason, usage)
            }
        }
        try Task.checkCancellation()
        throw AgentError(code: .interrupted, message: "the model's answer ended without its terminal event")
    }
}

/// Which agent speaks next, after failures and rejections.
struct AnswerPlan {
    private var current: ResolvedAgent?
    private var left: Int
    private var rejections = 0
    private var lastResort: ResolvedAgent?

    init(_ first: ResolvedAgent, lastResort: ResolvedAgent?) {
        current = first
        left = max(1, first.attempts)
        self.lastResort = lastResort
    }

    /// The next agent to try; nil when nobody is left.
    mutating func next() -> ResolvedAgent? {
        if left <= 0 {
            // Somebody else speaks where the assignment says so, or where an answer was rejected.
            if let current, current.onError != .fallback, rejections == 0 { lastResort = nil }
            current = current?.fallback
            left = current == nil ? 0 : max(1, current?.attempts ?? 1)
        }
        if let current {
            left -= 1
            return current
        }
        defer { lastResort = nil }
        return lastResort
    }

    /// The agent on the model that wrote a message which a crash cut; nil where there is none any more.
    ///
    /// It is no attempt of its own: where the upstream has lost the message, the attempts are those of a fresh start.
    mutating func takeUp(_ cut: CutMessage) -> ResolvedAgent? {
        rejections = cut.followsRejection ? 1 : 0
        var agent = current
        while let candidate = agent, candidate.model.name != cut.model { agent = candidate.fallback }
        if let agent {
            current = agent
            left = max(1, agent.attempts)
        }
        return agent
    }

    /// A row that cannot work is not tried twice.
    mutating func note(_ error: AgentError) {
        if error.code == .misconfigured { left = 0 }
    }

    /// One second attempt by the same model, then the last resort.
    mutating func noteRejection() {
        rejections += 1
        if rejections == 1, lastResort != nil {
            left = max(left, 1)
        } else {
            left = 0
            current = nil
        }
    }
}
