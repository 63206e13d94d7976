import Agents
import EventLog
public import Events

extension Graph {
    /// Runs the nodes in the order of their dependencies, independent ones at the same time.
    public func run(_ context: RunContext) async throws {
        var state = try await initial(context)
        var done: Set<String> = context.recovered.skipped
        for (name, update) in context.recovered.completed {
            guard let node = nodes.first(where: { $0.name == name }) else {
                throw WorkflowError(
                    .workflowChanged, "the run completed node \(name), which workflow \(self.name) no longer has",
                    hint: "send the message again: a new run uses the present workflow")
            }
            if let update {
                do {
                    try node.apply(&state, update)
                } catch {
                    throw WorkflowError(
                        .workflowChanged, "the recorded update of node \(name) does not fit this program: \(error)",
                        hint: "send the message again: a new run uses the present workflow")
                }
            }
            done.insert(name)
        }
        var paused: [(started: Offset, body: RunPaused)] = []
        do {
            try await runNodes(&state, &done, &paused, context)
            // The answer to one question does not come before it is asked; the others are asked after it.
            if let first = paused.first {
                try Task.checkCancellation()
                throw RunPause(body: first.body)
            }
        } catch let error where !(error is RunPause) {
            let failure = context.control.failure
            for node in paused where !context.control.isAbandoned {
                let failed = NodeFailed(durationMs: 0, error: failure, willRetry: false)
                _ = try await context.record([try NewEvent(.nodeFailed, cause: .event(node.started), failed)])
            }
            throw error
        }
    }

    private func runNodes(
        _ state: inout State, _ done: inout Set<String>, _ paused: inout [(started: Offset, body: RunPaused)],
        _ context: RunContext
    ) async throws {
        var waiting = nodes.filter { !done.contains($0.name) }
        try await withThrowingTaskGroup(of: (node: Node<State>, outcome: Outcome).self) { group in
            var running = 0
            do {
                while true {
                    for node in waiting where node.after.allSatisfy(done.contains) {
                        waiting.removeAll { $0.name == node.name }
                        guard node.condition(state) else {
                            try await skip(node, Failure(code: "condition", message: "it is not needed here"), context)
                            done.insert(node.name)
                            continue
                        }
                        running += 1
                        group.addTask { [state] in (node, try await perform(node, state, context)) }
                    }
                    // A skipped node may have let others start.
                    if waiting.contains(where: { $0.after.allSatisfy(done.contains) }) { continue }
                    guard running > 0, let (node, outcome) = try await group.next() else { break }
                    running -= 1
                    switch outcome {
                    case .done(let update):
                        if let update { try node.apply(&state, update) }
                        done.insert(node.name)
                    case .paused(let started, let question):
                        paused.append((started, RunPaused(node: node.name, asks: question)))
                    }
                }
            } catch {
                group.cancelAll()
                // A node that has asked meanwhile is known to be open, so that it can be closed with the run.
                while let other = await group.nextResult() {
                    guard case .success((let node, .paused(let started, let question))) = other else { continue }
                    paused.append((started, RunPaused(node: node.name, asks: question)))
                }
                throw error
            }
        }
        precondition(waiting.isEmpty || !paused.isEmpty, "every node comes after nodes listed before it")
    }

    /// How a node ended for this time.
    enum Outcome: Sendable {
        /// Done or skipped, with its update where it has one.
        case done(String?)
        /// It waits for an answer, in the attempt that started at that offset.
        case paused(Offset, String)
    }

    /// Tries a node as often as its definition says: how often a model is asked within one attempt is its assignment's.
    ///
    /// An attempt that asked for input goes on as the same one.
    private func perform(_ node: Node<State>, _ state: State, _ context: RunContext) async throws -> Outcome {
        let assigned = context.agents[node.name]
        let attempts = max(1, node.attempts)
        let skips = node.onError == .skip || assigned?.onError == .skip
        let continued = context.recovered.continued[node.name]
        var cut = context.recovered.cut[node.name]
        let first =
            cut?.attempt ?? continued?.attempt ?? (context.recovered.attempts[node.name] ?? 0) + 1
        var pause = Backoff.afterFailure
        for attempt in first... {
            let willRetry = attempt - first + 1 < attempts
            let (outcome, failure) = try await tryOnce(
                node, state, context, attempt: attempt, willRetry: willRetry,
                continued: attempt == first ? cut?.started ?? continued?.started : nil, cut: cut)
            cut = nil
            guard let failure else { return outcome }
            if willRetry {
                try await pause.wait()
                continue
            }
            guard skips else { throw NodeFailure(node: node.name, failure: failure) }
            try await skip(node, failure, context)
            return .done(nil)
        }
        return .done(nil)
    }

    private func tryOnce(
        _ node: Node<State>, _ state: State, _ context: RunContext, attempt: Int, willRetry: Bool, continued: Offset?,
        cut: CutMessage?
    ) async throws -> (outcome: Outcome, failure: Failure?) {
        let clock = ContinuousClock()
        let begun = clock.now
        var started = continued ?? .beginning
        if continued == nil {
            let body = NodeStarted(node: node.name, attempt: attempt)
            started = try await context.record([try NewEvent(.nodeStarted, cause: .event(context.run), body)]).last
        }
        let nodeContext = NodeContext(run: context, node: node.name, started: started, attempt: attempt, cut: cut)
        do {
            let update = try await withTimeout(node.timeout, nodeContext) { try await node.work(state, nodeContext) }
            var events = try cut?.interruptionUnlessTakenUp() ?? []
            if let update { events.append(NewEvent(kind: .nodeUpdated, cause: .event(started), body: update)) }
            let duration = (clock.now - begun).milliseconds
            events.append(try NewEvent(.nodeCompleted, cause: .event(started), NodeCompleted(durationMs: duration)))
            _ = try await context.record(events)
            return (.done(update), nil)
        } catch let pause as NodePause where !Task.isCancelled {
            return (.paused(started, pause.question), nil)
        } catch {
            if context.control.isAbandoned { throw CancellationError() }
            let isCancelled = Task.isCancelled
            let failure = isCancelled ? context.control.failure : Failure(describing: error)
            let body = NodeFailed(
                durationMs: (clock.now - begun).milliseconds, error: failure, willRetry: willRetry && !isCancelled)
            let interruption = try cut?.interruptionUnlessTakenUp() ?? []
            _ = try await context.record(interruption + [try NewEvent(.nodeFailed, cause: .event(started), body)])
            if isCancelled { throw CancellationError() }
            return (.done(nil), failure)
        }
    }

    private func skip(_ node: Node<State>, _ reason: Failure, _ context: RunContext) async throws {
        _ = try await context.record([
            try NewEvent(.nodeSkipped, cause: .event(context.run), NodeSkipped(node: node.name, reason: reason))
        ])
    }

    private func withTimeout<Value: Sendable>(
        _ timeout: Duration?, _ context: NodeContext, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let timeout else { return try await work() }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: timeout)
                let error = WorkflowError(
                    .nodeTimeout, "node \(context.node) took longer than \(timeout)",
                    hint: "its workflow gives it no more: the waits of its models in llm_model_configs have to fit in")
                context.expiry.note(error.failure)
                throw error
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

/// A node failed for good, and the run with it.
struct NodeFailure: Error {
    var node: String
    var failure: Failure
}

extension Failure {
    /// The recorded form of an error: its own code and hint where it has them.
    init(describing error: any Error) {
        switch error {
        case let error as AgentError: self = error.failure
        case let error as WorkflowError: self = error.failure
        case let error as any FailureConvertible: self = error.failure
        case let error as EventLogError: self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        default: self.init(code: WorkflowError.Code.nodeFailed.rawValue, message: "\(error)")
        }
        message = String(message.unicodeScalars.prefix(Limits.failureLength))
    }
}

/// An error of a workflow's own nodes that knows the form in which it is recorded.
public protocol FailureConvertible: Error {
    var failure: Failure { get }
}
