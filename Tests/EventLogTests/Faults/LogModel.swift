import EventLog
import Events

/// What the log has to do, in few words.
struct LogModel {
    struct Session {
        var bodies: [String] = []
        var isClosed = false
        var producers: [String: (epoch: Int64, sequence: Int64, answer: Answer)] = [:]
        var runs: [OpenRun] = []
        var head: Int64 { Int64(bodies.count) }
    }

    enum Answer: Equatable {
        case appended(first: Int64, last: Int64)
        case duplicate(first: Int64, last: Int64)
        case refused(EventLogError.Code)
    }

    private(set) var sessions: [SessionID: Session] = [:]
    /// A fault to be found: it takes what a producer repeats for something new.
    var forgetsProducers = false

    mutating func append(_ append: Append) -> Answer {
        var session = sessions[append.session] ?? Session()
        if append.events.isEmpty { return .refused(.invalidAppend) }
        if let stamp = append.producer, !forgetsProducers {
            let known = session.producers[stamp.id]
            if let known, stamp.epoch < known.epoch { return .refused(.producerFenced) }
            let next = known.map { $0.epoch == stamp.epoch ? $0.sequence + 1 : 0 } ?? 0
            if stamp.sequence < next, let known, case .appended(let first, let last) = known.answer {
                return .duplicate(first: first, last: last)
            }
            if stamp.sequence > next { return .refused(.sequenceGap) }
        }
        if let expected = append.expecting, expected.value != session.head { return .refused(.headConflict) }
        if session.isClosed { return .refused(.sessionClosed) }
        let answer = Answer.appended(first: session.head + 1, last: session.head + Int64(append.events.count))
        for event in append.events {
            session.bodies.append(event.body)
            if event.kind == .sessionClosed { session.isClosed = true }
            if event.kind == .messageReceived { session.runs.append(OpenRun(message: Offset(session.head), run: nil)) }
            guard case .event(let cause) = event.cause else { continue }
            if event.kind == .runStarted, let index = session.runs.firstIndex(where: { $0.message == cause }) {
                session.runs[index].run = Offset(session.head)
            }
            if event.kind == .runCompleted { session.runs.removeAll { $0.run == cause } }
        }
        if let stamp = append.producer { session.producers[stamp.id] = (stamp.epoch, stamp.sequence, answer) }
        sessions[append.session] = session
        return answer
    }
}
