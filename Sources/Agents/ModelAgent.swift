internal import AsyncHTTPClient
internal import Logging
internal import NIOCore

/// An agent that is a model behind HTTP.
struct ModelAgent: ResumableAgent {
    let model: ModelConfiguration
    /// The agent's own prompt, where the input brings no instructions.
    let prompt: String
    let format: any ProviderFormat
    let key: String?
    let connections: UpstreamConnections
    let logger: Logger

    func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream {
        ModelStream(agent: self, input: input, context: context)
    }

    func resumeStream(_ point: ResumePoint, after text: String, _ context: AgentContext) -> AgentStream {
        ResumedStream(agent: self, point: point, text: text, context: context)
    }

    /// How this model's answers are taken up again; nil where they cannot be.
    var resumption: (any Resumption)? { format.resumption(for: model) }

    /// Sends a request.
    func exchange(_ request: UpstreamRequest, _ parser: any AnswerParser) throws(AgentError) -> UpstreamExchange {
        try UpstreamExchange(
            request, model: model, parser: parser, key: key, client: connections.client, logger: logger)
    }

    /// Asks the question.
    func ask(_ input: AgentInput, _ context: AgentContext) throws(AgentError) -> UpstreamExchange {
        var request = try format.request(for: try Question(input, prompt: prompt), model: model, key: key)
        request.headers += resumption?.headers(context) ?? []
        return try exchange(request, format.parser(for: model))
    }

    /// Tells an upstream that keeps answers that nobody wants the rest of this one; nobody waits for its reply.
    func stop(_ point: ResumePoint) {
        do {
            guard let request = try resumption?.stopRequest(point, model: model, key: key) else { return }
            let sent = connections.client.execute(
                request: try UpstreamExchange.httpRequest(request, model: model),
                deadline: .now() + TimeAmount(AgentLimits.stopTimeout))
            sent.whenFailure { error in
                logger.debug("an upstream was not told to stop", metadata: ["error": "\(error)"])
            }
        } catch {
            logger.debug("an upstream cannot be told to stop", metadata: ["error": "\(error)"])
        }
    }
}

/// Owns a request: with the last reference to it goes the request, and what the upstream keeps of it.
final class UpstreamHandle: Sendable {
    let exchange: UpstreamExchange

    private let whenDropped: @Sendable () -> Void

    /// - Parameter whenDropped: called where the upstream had not ended the answer.
    init(_ exchange: UpstreamExchange, whenDropped: @escaping @Sendable () -> Void) {
        self.exchange = exchange
        self.whenDropped = whenDropped
    }

    deinit {
        if !exchange.abandon() { whenDropped() }
    }
}
