public import Events

extension SessionState {
    /// Folds one event in.
    ///
    /// The fold is total: a body it cannot read, an unknown kind and an erased event change nothing but the head.
    public mutating func apply(_ event: Event) {
        precondition(event.offset == head.next, "events are folded in order, without a gap")
        head = event.offset
        if event.kind == .token { return applyToken(event) }
        updatedAt = event.at.description
        switch event.kind {
        case .sessionOpened:
            openedAt = event.at.description
            chatbot = (try? event.decode(SessionOpened.self))?.chatbot
        case .sessionClosed: isClosed = true
        case .sessionForked: forkedFrom = try? event.decode(SessionForked.self)
        case .messageReceived, .messageStarted, .messageCompleted, .messageInterrupted, .answerRejected:
            applyMessage(event)
        case .runStarted, .runResumed, .runPaused, .runCompleted, .runFailed, .runCancelled: applyRun(event)
        case .nodeStarted, .nodeUpdated, .nodeCompleted, .nodeFailed, .nodeSkipped: applyNode(event)
        case .custom: customEvents += 1
        default: break
        }
    }

    private mutating func applyToken(_ event: Event) {
        guard let index = messageIndex(event.cause), let text = event.body else { return }
        messages[index].text += text
    }

    private mutating func applyMessage(_ event: Event) {
        switch event.kind {
        case .messageReceived:
            guard let body = try? event.decode(MessageReceived.self) else { return }
            var message = MessageState(event.offset, role: "user", status: .completed)
            message.contents = body.contents
            message.text = body.contents.compactMap { $0.contentType == "text" ? $0.content : nil }.joined(
                separator: "\n")
            message.idempotencyKey = body.idempotencyKey
            message.run = applyReply(event)
            messages.append(message)
        case .messageStarted:
            guard let body = try? event.decode(MessageStarted.self) else { return }
            var message = MessageState(event.offset, role: body.role, status: .streaming)
            (message.node, message.run) = place(of: event.cause)
            message.agent = body.agent
            message.model = body.model
            message.supersedes = body.supersedes
            if let index = messageIndex(body.supersedes) { messages[index].isSuperseded = true }
            messages.append(message)
        case .messageCompleted:
            guard let index = messageIndex(event.cause), let body = try? event.decode(MessageCompleted.self) else {
                return
            }
            messages[index].status = .completed
            messages[index].finishReason = body.finishReason
            messages[index].usage = body.usage
            messages[index].timeToFirstTokenMs = body.timeToFirstTokenMs
            messages[index].sha256 = body.sha256
        case .messageInterrupted:
            guard let index = messageIndex(event.cause) else { return }
            messages[index].status = .interrupted
            messages[index].reason = (try? event.decode(MessageInterrupted.self))?.reason
        default:
            guard let index = messageIndex(event.cause) else { return }
            messages[index].status = .rejected
            if let body = try? event.decode(AnswerRejected.self) {
                messages[index].reason = Failure(code: "answer_rejected", message: "\(body.rule): \(body.found)")
            }
        }
    }

    /// Notes the message at the question that it answers.
    ///
    /// - Returns: the run that asked; nil for a message that answers none.
    private mutating func applyReply(_ event: Event) -> Offset? {
        guard let cause = event.cause else { return nil }
        for run in runs.indices.reversed() {
            guard let pause = runs[run].pauses?.lastIndex(where: { $0.offset == cause }) else { continue }
            runs[run].pauses?[pause].reply = event.offset
            return runs[run].offset
        }
        return nil
    }

    private mutating func applyRun(_ event: Event) {
        if event.kind == .runStarted {
            guard let body = try? event.decode(RunStarted.self) else { return }
            runs.append(
                RunState(
                    offset: event.offset, message: event.cause, workflow: body.workflow, version: body.version,
                    chatbot: body.chatbot, status: .started, startedAt: event.at.description, resumes: 0, nodes: []))
            return
        }
        guard let index = runIndex(event.cause) else {
            // A message whose run was cancelled while it waited, or could not be started.
            guard event.kind == .runCancelled || event.kind == .runFailed, let index = messageIndex(event.cause) else {
                return
            }
            messages[index].status = .interrupted
            messages[index].reason = (try? event.decode(RunEnded.self))?.reason
            return
        }
        switch event.kind {
        case .runResumed:
            // A run that was paused goes on because of a reply, not because of a restart.
            if runs[index].status != .paused { runs[index].resumes += 1 }
            runs[index].status = .started
        case .runPaused:
            runs[index].status = .paused
            guard let body = try? event.decode(RunPaused.self) else { return }
            runs[index].pauses = (runs[index].pauses ?? [])
            runs[index].pauses?.append(PauseState(offset: event.offset, node: body.node, asks: body.asks))
        default:
            runs[index].status =
                event.kind == .runCompleted ? .completed : event.kind == .runFailed ? .failed : .cancelled
            let body = try? event.decode(RunEnded.self)
            runs[index].durationMs = body?.durationMs
            runs[index].reason = body?.reason
        }
    }

    private mutating func applyNode(_ event: Event) {
        switch event.kind {
        case .nodeStarted:
            guard let run = runIndex(event.cause), let body = try? event.decode(NodeStarted.self) else { return }
            runs[run].nodes.append(
                NodeState(offset: event.offset, node: body.node, attempt: body.attempt, status: .started))
        case .nodeSkipped:
            guard let run = runIndex(event.cause), let body = try? event.decode(NodeSkipped.self) else { return }
            runs[run].nodes.append(
                NodeState(offset: event.offset, node: body.node, attempt: 0, status: .skipped, error: body.reason))
        default:
            guard let (run, node) = nodeIndex(event.cause) else { return }
            switch event.kind {
            case .nodeUpdated:
                runs[run].nodes[node].updatedAt = event.offset
                runs[run].nodes[node].update = try? event.decode(JSONValue.self)
            case .nodeCompleted:
                runs[run].nodes[node].status = .completed
                runs[run].nodes[node].durationMs = (try? event.decode(NodeCompleted.self))?.durationMs
            default:
                runs[run].nodes[node].status = .failed
                let body = try? event.decode(NodeFailed.self)
                runs[run].nodes[node].durationMs = body?.durationMs
                runs[run].nodes[node].error = body?.error
            }
        }
    }

    // What is looked up is nearly always at the end, so the searches start there.

    private func messageIndex(_ offset: Offset?) -> Int? {
        offset.flatMap { offset in messages.lastIndex { $0.offset == offset } }
    }

    private func runIndex(_ offset: Offset?) -> Int? {
        offset.flatMap { offset in runs.lastIndex { $0.offset == offset } }
    }

    private func nodeIndex(_ offset: Offset?) -> (run: Int, node: Int)? {
        guard let offset else { return nil }
        for run in runs.indices.reversed() {
            if let node = runs[run].nodes.lastIndex(where: { $0.offset == offset }) { return (run, node) }
        }
        return nil
    }

    private func place(of node: Offset?) -> (node: String?, run: Offset?) {
        guard let (run, index) = nodeIndex(node) else { return (nil, runIndex(node).map { runs[$0].offset }) }
        return (runs[run].nodes[index].node, runs[run].offset)
    }
}

extension MessageState {
    fileprivate init(_ offset: Offset, role: String, status: Status) {
        self.init(offset: offset, role: role, status: status, text: "", isSuperseded: false)
    }
}
