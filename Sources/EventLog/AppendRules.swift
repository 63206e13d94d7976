import Events

/// What the log remembers of a producer of a session.
struct ProducerState {
    var epoch: Int64
    var sequence: Int64
    var answer: Appended
}

/// The rules an append must keep, the same for every implementation of the log.
enum AppendRules {
    enum ProducerVerdict {
        case proceed
        case duplicate(Appended)
        case refuse(EventLogError)
    }

    /// Why the append cannot be taken whatever the session holds; nil where it can.
    static func refusal(of append: Append) -> EventLogError? {
        guard !append.events.isEmpty else {
            return EventLogError(.invalidAppend, "the append has no events", hint: "append at least one event")
        }
        let limit = append.isFork ? Limits.eventsPerFork : Limits.eventsPerAppend
        guard append.events.count <= limit else {
            return EventLogError(
                .invalidAppend, "the append has \(append.events.count) events",
                hint: "append at most \(limit) events at once")
        }
        for (index, event) in append.events.enumerated() {
            guard event.body.utf8.count <= Limits.bytesPerBody else {
                return EventLogError(
                    .invalidAppend, "event \(index) has a body of \(event.body.utf8.count) bytes",
                    hint: "a body has at most \(Limits.bytesPerBody) bytes; keep larger ones as attachments")
            }
            guard event.kind.rawValue > 0, event.kind.rawValue < 1 << 16 else {
                return EventLogError(
                    .invalidAppend, "event \(index) has no kind of the log", hint: "kinds are numbered from 1 to 65535")
            }
            if case .sameAppend(let cause) = event.cause, !(0..<index).contains(cause) {
                return EventLogError(
                    .invalidAppend, "event \(index) names itself or a later event as its cause",
                    hint: "within an append a cause is the index of an earlier event, counted from 0")
            }
        }
        if let producer = append.producer {
            guard (1...Limits.producerIDLength).contains(producer.id.unicodeScalars.count), producer.epoch >= 0,
                producer.sequence >= 0
            else {
                return EventLogError(
                    .invalidAppend, "the producer's id, epoch or sequence is out of range",
                    hint: "an id has 1 to \(Limits.producerIDLength) characters; epoch and sequence count from 0")
            }
        }
        return nil
    }

    /// Why the append cannot be taken by the session as it stands; a head of nil means that it does not exist yet.
    static func refusal(of append: Append, head: Offset?, isClosed: Bool) -> EventLogError? {
        let head = head ?? .beginning
        if let expected = append.expecting, expected != head {
            return EventLogError(
                .headConflict, "session \(append.session) has head \(head), not \(expected)",
                hint: "read the events after \(min(expected, head)) and decide again", head: head)
        }
        if isClosed {
            return EventLogError(
                .sessionClosed, "session \(append.session) is closed", hint: "use a new session", head: head)
        }
        for event in append.events {
            if case .event(let cause) = event.cause, cause > head || cause <= .beginning {
                return .noSuchCause(cause, append.session, head: head)
            }
        }
        return nil
    }

    /// A lower epoch is refused; a sequence already taken is a duplicate; a sequence that leaves one out is refused.
    static func check(_ producer: ProducerStamp, against state: ProducerState?) -> ProducerVerdict {
        var expected: Int64 = 0
        if let state {
            if producer.epoch < state.epoch {
                return .refuse(
                    EventLogError(
                        .producerFenced, "producer \(producer.id) has epoch \(state.epoch), not \(producer.epoch)",
                        hint: "a newer incarnation has taken over; stop this one"))
            }
            if producer.epoch == state.epoch {
                if producer.sequence <= state.sequence {
                    var answer = state.answer
                    answer.isDuplicate = true
                    return .duplicate(answer)
                }
                expected = state.sequence + 1
            }
        }
        guard producer.sequence == expected else {
            return .refuse(
                EventLogError(
                    .sequenceGap, "producer \(producer.id) sent sequence \(producer.sequence), \(expected) is next",
                    hint: "append what was left out first", expectedSequence: expected))
        }
        return .proceed
    }
}
