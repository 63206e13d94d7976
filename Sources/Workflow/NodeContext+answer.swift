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
    /// message that supersedes it: first the same model as often as the assignment says, then its fallbacks, then
    /// `lastResort`. An answer that fails its check is rejected; the same model gets one second attempt, then
    /// `lastResort` speaks.
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
        while let agent = plan.next() {
            tries += 1
            let outcome = try await attempt(agent, input, number: tries, supersedes: supersedes, check)
            switch outcome {
            case .answered(let answer): return answer
            case .rejected(let message, let text):
                supersedes = message
                input = corrected(input, text)
                plan.noteRejection()
                lastError = WorkflowError(.nodeFailed, "no answer passed its checks")
            case .failed(let error, let message):
                supersedes = message ?? supersedes
                plan.note(error)
                lastError = error
            }
        }
        throw lastError
    }

    private enum Outcome {
        case answered(Answer)
        case rejected(Offset, text: String)
        case failed(AgentError, Offset?)
    }

    private func attempt(
        _ resolved: ResolvedAgent, _ input: AgentInput, number: Int, supersedes: Offset?,
        _ check: (String, ResolvedAgent) -> AnswerRejected?
    ) async throws -> Outcome {
        let streaming = resolved.model.streaming
        var writer = try await MessageWriter(
            self,
            MessageStarted(
                role: "assistant", agent: resolved.agent, model: resolved.model.name, streaming: streaming,
                supersedes: supersedes, streamCharsPerSecond: resolved.model.streamCharactersPerSecond))
        var context = agentContext
        context.attempt = attempt * 100 + number - 100
        do {
            let agent = try run.directory.agent(for: resolved)
            let (finishReason, usage) = try await stream(agent, input, context, streaming: streaming, into: &writer)
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
            let failure = (error as? WorkflowError)?.failure ?? run.control.failure
            try await writer.interrupt(failure)
            throw error
        }
    }

    private func stream(
        _ agent: any Agent, _ input: AgentInput, _ context: AgentContext, streaming: Bool,
        into writer: inout MessageWriter
    ) async throws -> (finishReason: String, usage: Usage?) {
        guard streaming else {
            let answer = try await agent.execute(input, context)
            try Task.checkCancellation()
            try await writer.write(answer.text)
            return (answer.finishReason, answer.usage)
        }
        var usage: Usage?
        for try await delta in agent.executeStream(input, context) {
            switch delta {
            case .text(let text): try await writer.write(text)
            case .reasoning: break
            case .usage(let reported): usage = reported
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
