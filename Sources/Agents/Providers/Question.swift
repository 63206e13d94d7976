#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Events

/// What a model is asked, in the order that every provider takes it.
struct Question: Sendable {
    /// The system prompt.
    var instructions: String
    /// User and assistant in turn, the last one the user's, with the material under it; none is empty.
    var turns: [AgentInput.Turn]
    /// Belong to the last turn.
    var images: [AgentInput.Image]
    var wantsJSON: Bool

    /// - Parameter prompt: the agent's own, where the input brings none.
    init(_ input: AgentInput, prompt: String) throws(AgentError) {
        guard input.images.count <= AgentLimits.maximumImages else {
            throw AgentError(
                code: .limit,
                message: "a question with \(input.images.count) images; at most \(AgentLimits.maximumImages)")
        }
        var instructions = input.instructions.isEmpty ? prompt : input.instructions
        if input.wantsJSON {
            // Some servers refuse their JSON mode unless the word stands in the prompt; others have no such mode.
            instructions += "\n\nAnswer with one JSON object and nothing else: no words around it, no code fence."
        }
        self.instructions = instructions
        var turns = input.turns.filter { !$0.text.isEmpty }
        let material = input.facts.isEmpty ? input.material : input.facts
        let hasMaterial = !["", "{}", "null"].contains(material)
        if turns.last?.role != "user" { turns.append(AgentInput.Turn(role: "user", text: "")) }
        if hasMaterial {
            let separator = turns[turns.count - 1].text.isEmpty ? "" : "\n\n"
            turns[turns.count - 1].text += "\(separator)<facts>\n\(material)\n</facts>"
        }
        // An assistant's greeting before the first question is no answer to anything, and some providers refuse it.
        self.turns = Array(turns.drop { $0.role != "user" })
        images = input.images
        wantsJSON = input.wantsJSON
    }
}

extension AgentInput.Image {
    var base64: String { Data(bytes).base64EncodedString() }
}
