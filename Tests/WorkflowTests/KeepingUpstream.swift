import Synchronization
import TestSupport

/// A model's server that goes on with an answer when its reader is gone, and gives it again from any place.
struct KeepingUpstream: Sendable {
    /// How it is asked for the rest.
    enum Interface: String, Sendable, CaseIterable {
        /// By byte offset, under the name that the request brought.
        case llamaServer
        /// By sequence number, under the name that the answer brought.
        case responses

        /// The row's parameters.
        var parameters: String {
            self == .responses ? #"{"resumable":true,"api":"responses"}"# : #"{"resumable":true}"#
        }
    }

    let fake: FakeUpstream

    /// - Parameters:
    ///   - words: the deltas of the answer.
    ///   - shown: how many of them a first reader gets before the server falls silent; all where it is nil.
    ///   - pausing: waits for the gate after that many words.
    init(
        _ interface: Interface, _ words: [String], shown: Int? = nil, pausing: (after: Int, gate: Gate)? = nil
    ) throws {
        let events = Self.events(interface, words)
        fake = try FakeUpstream { request in
            if request.method == "DELETE" || request.target.hasSuffix("/cancel") { return [.answer("{}")] }
            if request.method == "POST" {
                let first = events.prefix(shown.map { $0 + 1 } ?? events.count)
                let head = first.prefix(pausing.map { $0.after + 1 } ?? 0)
                return [.head("text/event-stream")] + (pausing.map { [.chunk(head.joined()), .wait($0.gate)] } ?? [])
                    + [.chunk(first.dropFirst(head.count).joined()), shown == nil ? .end : .silence]
            }
            let place = request.target.split(separator: "=").last.flatMap { Int($0) } ?? 0
            let rest: [UInt8] =
                switch interface {
                case .llamaServer: Array(events.joined().utf8.dropFirst(place))
                case .responses: Array(events.dropFirst(place + 1).joined().utf8)
                }
            return [.head("text/event-stream"), .chunk(rest), .end]
        }
    }

    /// The row that has the node `speak` of the workflow `diamond` answered by this server.
    func row(_ interface: Interface, onError: String = "fallback", attempts: Int = 2) -> String {
        """
        INSERT INTO llm_model_configs (id, name, provider, model_name, base_url, retries, params_json)
        VALUES (100, 'keeping', 'openai_compatible', 'm', '\(fake.url)/v1', 0, '\(interface.parameters)');
        INSERT INTO agent_configs (id, name, llm_model_config_id) VALUES (100, 'speaker', 100);
        INSERT INTO workflow_agent_assignments
            (workflow_name, chatbot_name, node_name, agent_config_id, attempts, on_error)
        VALUES ('diamond', 'bot', 'speak', 100, \(attempts), '\(onError)');
        """
    }

    /// The questions asked so far, by the name under which they can be taken up.
    var questions: [String] {
        fake.requests.filter { $0.method == "POST" && !$0.target.hasSuffix("/cancel") }
            .map { $0.headers["x-conversation-id"] ?? "" }
    }

    /// The requests to stop an answer.
    var stops: [String] {
        fake.requests.filter { $0.method == "DELETE" || $0.target.hasSuffix("/cancel") }.map(\.target)
    }

    /// A first event without text, the words, the end.
    private static func events(_ interface: Interface, _ words: [String]) -> [String] {
        switch interface {
        case .llamaServer:
            return [chunk(#"{"role":"assistant","content":null}"#)] + words.map { chunk("{\"content\":\"\($0)\"}") }
                + [chunk("{}", finish: #""stop""#) + "data: [DONE]\n\n"]
        case .responses:
            let deltas = words.enumerated().map { index, word in
                event("response.output_text.delta", "\"delta\":\"\(word)\"", index + 1)
            }
            return [event("response.created", #""response":{"id":"resp_1"}"#, 0)] + deltas
                + [event("response.completed", #""response":{"status":"completed"}"#, words.count + 1)]
        }
    }

    private static func chunk(_ delta: String, finish: String = "null") -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish)}]}\n\n"
    }

    private static func event(_ name: String, _ members: String, _ number: Int) -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\",\(members),\"sequence_number\":\(number)}\n\n"
    }
}
