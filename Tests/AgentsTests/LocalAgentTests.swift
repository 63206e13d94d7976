import Events
import Testing

@testable import Agents

struct FixedComposer: LocalComposer {
    var text: String

    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String { text }
}

struct FailingComposer: LocalComposer {
    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String {
        throw AgentError(code: .misconfigured, message: "no figures")
    }
}

@Suite struct LocalAgentTests {
    private static let text = "你这8只持仓现在一共24.9万元，浮盈5.2万元。👩‍🚀 Hello there, 12.5%!"

    @Test("The pieces are the text, byte for byte, and then the end")
    func pieces() async {
        let heard = await Heard.all(of: agent())
        #expect(heard.reading.text.count > 10)
        #expect(heard.text.utf8.elementsEqual(Self.text.utf8))
        #expect(heard.reading.finish == "stop")
        #expect(heard.reading.usage == nil)
    }

    @Test("Without streaming the text comes whole")
    func whole() async throws {
        let heard = await Heard.all(of: agent { $0.streaming = false })
        #expect(heard.reading == Reading([Self.text], finish: "stop"))
        let answer = try await agent { $0.streaming = false }.execute(.question, .test)
        #expect(answer.text == Self.text)
    }

    @Test("An empty text is an answer without tokens")
    func empty() async {
        let agent = LocalAgent(composer: FixedComposer(text: ""), model: .local)
        #expect(await Heard.all(of: agent).reading == Reading(finish: "stop"))
    }

    @Test("tokens_per_second slows the pieces on an absolute schedule")
    func slowed() async throws {
        let slowed = agent { $0.parameters = ["tokens_per_second": .integer(200)] }
        let start = ContinuousClock.now
        var count = 0
        for try await delta in slowed.executeStream(.question, .test) {
            guard case .text = delta else { continue }
            count += 1
            #expect(ContinuousClock.now - start >= .seconds(Double(count) / 200))
        }
        #expect(count > 10)
    }

    @Test("Cancelling ends a slow answer at once")
    func cancelled() async {
        let slow = agent { $0.parameters = ["tokens_per_second": .number(0.01)] }
        let reader = Task { await Heard.all(of: slow) }
        let start = ContinuousClock.now
        reader.cancel()
        #expect(await reader.value.failure is CancellationError)
        #expect(ContinuousClock.now - start < .seconds(50))
    }

    @Test("A composer's failure is the answer's failure")
    func failing() async {
        let heard = await Heard.all(of: LocalAgent(composer: FailingComposer(), model: .local))
        #expect(heard.error?.code == .misconfigured)
    }

    @Test("A stream that ends without its end is an interruption for whoever collects it")
    func interrupted() async {
        struct Half: Agent {
            func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream {
                AsyncThrowingStream(AgentDelta.self, bufferingPolicy: .bufferingOldest(1)) { continuation in
                    continuation.yield(.text("a"))
                    continuation.finish()
                }
            }
        }
        do {
            _ = try await Half().execute(.question, .test)
            Issue.record("half an answer was taken for a whole one")
        } catch {
            #expect((error as? AgentError)?.code == .interrupted)
        }
    }

    private func agent(_ change: (inout ModelConfiguration) -> Void = { _ in }) -> LocalAgent {
        var model = ModelConfiguration.local
        change(&model)
        return LocalAgent(composer: FixedComposer(text: Self.text), model: model)
    }
}

extension ModelConfiguration {
    static let local = ModelConfiguration(name: "l", provider: .local, modelName: "composer")
}
