import Agents
package import Events
import Projections
import Synchronization

/// A message that a crash cut, and that its upstream may have gone on with.
///
/// Whoever takes it up either completes it or marks it as interrupted; where nobody does, the node's end marks it.
final class CutMessage: Sendable {
    /// The attempt of the node that wrote it, by the offset of its `node.started`, and its number.
    let started: Offset
    let attempt: Int
    /// The offset of its `message.started`.
    let message: Offset
    /// The name of the model that wrote it.
    let model: String?
    /// What was recorded of it.
    let text: String
    /// Where its upstream is asked to go on.
    let point: ResumePoint
    /// The messages of that attempt, this one included.
    let number: Int
    /// True where it was the second attempt after a rejected answer.
    let followsRejection: Bool

    private let isTaken = Atomic<Bool>(false)

    /// Nil where the attempt had completed a message before: then nobody could tell which of its questions this one
    /// answers.
    init?(_ node: NodeState, _ message: MessageState, _ point: ResumePoint, in state: SessionState) {
        let earlier = state.messages.filter {
            $0.run == message.run && $0.node == node.node && $0.offset > node.offset && $0.offset < message.offset
        }
        guard !earlier.contains(where: { $0.status == .completed }) else { return nil }
        started = node.offset
        attempt = node.attempt
        self.message = message.offset
        model = message.model
        text = message.text
        self.point = point
        number = earlier.count + 1
        followsRejection = earlier.contains { $0.status == .rejected }
    }

    /// True for the first who asks.
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }

    /// The event that marks it where nobody took it up.
    func interruptionUnlessTakenUp() throws -> [NewEvent] {
        guard take() else { return [] }
        return [
            try NewEvent(.messageInterrupted, cause: .event(message), MessageInterrupted(reason: .serverRestarted))
        ]
    }
}

extension Failure {
    /// Why something that was in progress at a crash did not go on.
    package static let serverRestarted = Failure(
        code: "server_restarted", message: "the server stopped while this was in progress")
}
