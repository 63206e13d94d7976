import Events

/// Where an event belongs, found along its chain of causes: token → message → node → run → the message that it answers.
struct Origin: Sendable {
    /// The offset of the `message.received` that the run answers.
    var answers: Offset?
    /// The offset of `run.started`.
    var run: Offset?
    /// The node's name.
    var node: String?
    var message: MessageOrigin?

    /// Of an event that belongs to nothing.
    static let none = Origin()
}

/// The message that an event belongs to.
struct MessageOrigin: Sendable {
    /// The offset of `message.started`.
    var offset: Offset
    var role: String
    /// False where only the final frame is sent.
    var isStreaming: Bool
    /// The abandoned message that this one takes the place of.
    var supersedes: Offset?
    /// The pace of delivery that the agent asks for.
    var charactersPerSecond: Double?
    /// What surrounds the text in each of the message's token frames.
    var template: TokenTemplate
}

/// A token's frame without its text, made once a message: the hot path is a prefix, the escaped text, a suffix.
struct TokenTemplate: Sendable {
    let prefix: [UInt8]
    let suffix: [UInt8]

    init(_ metadata: FrameMetadata) {
        prefix = Array("{\"type\":\"ai_message\",\"content\":".utf8)
        suffix = Array(",\"message_type\":\(metadata.messageType),\"metadata\":\(metadata.json)}".utf8)
    }
}

extension Origin {
    /// The origin of what a starting event begins: of itself and of everything it causes.
    init(of event: Event, under parent: Origin) {
        self = parent
        switch event.kind {
        case .messageReceived:
            // One that answers a run's question belongs to that run.
            self = Origin(answers: parent.answers ?? event.offset, run: parent.run)
        case .runStarted:
            self = Origin(answers: parent.answers, run: event.offset)
        case .nodeStarted:
            node = (try? event.decode(NodeStarted.self))?.node ?? parent.node
            message = nil
        case .messageStarted:
            let body = try? event.decode(MessageStarted.self)
            let role = body?.role ?? "assistant"
            let metadata = FrameMetadata(
                role: role, isStreaming: true, node: node, run: run, message: event.offset,
                supersedes: body?.supersedes)
            message = MessageOrigin(
                offset: event.offset, role: role, isStreaming: body?.streaming ?? true, supersedes: body?.supersedes,
                // An outside producer may have written any number.
                charactersPerSecond: body?.streamCharsPerSecond.flatMap { Limits.paceRates.contains($0) ? $0 : nil },
                template: TokenTemplate(metadata))
        default: break
        }
    }
}

extension EventKind {
    /// True for the events that others name as their cause to say where they belong.
    var startsSomething: Bool {
        switch self {
        case .messageReceived, .runStarted, .nodeStarted, .messageStarted: true
        default: false
        }
    }
}
