import EventLog
import Events
import Synchronization

/// How much text outside producers have put into their messages, and which of them have ended.
///
/// Readers put the text of a message together as a whole when it ends, so it has a limit, as an agent's answer has.
/// Appends to one message at the same time may pass it together, by what their requests hold.
final class OutsideMessages: Sendable {
    private struct Key: Hashable {
        var session: SessionID
        var message: Offset
    }

    private struct Message {
        var bytes = 0
        var hasEnded = false

        mutating func add(_ kind: EventKind, _ body: String?) {
            switch kind {
            case .token: bytes += body?.utf8.count ?? 0
            case .messageCompleted, .messageInterrupted: hasEnded = true
            default: break
            }
        }
    }

    private let log: any EventLog
    private let known = Mutex<[Key: Message]>([:])

    init(_ log: any EventLog) {
        self.log = log
    }

    /// Appends events whose causes are in order.
    ///
    /// - Throws: also where a message has ended or becomes too long; what its producer appended before is answered as
    ///   before in every case.
    func append(_ append: Append) async throws -> Appended {
        do {
            try await check(append)
        } catch let refusal as StreamServerError {
            guard append.producer != nil else { throw refusal }
            // At a head that no session has, nothing is recorded, but a repetition is told.
            var repetition = append
            repetition.expecting = Offset(.max)
            do { return try await log.append(repetition) } catch is EventLogError { throw refusal }
        }
        let appended = try await log.append(append)
        if !appended.isDuplicate { note(append, from: appended.first) }
        return appended
    }

    private func check(_ append: Append) async throws {
        var messages: [NewEvent.Cause: Message] = [:]
        for (index, event) in append.events.enumerated() where event.isPartOfMessage {
            var message =
                if let message = messages[event.cause] { message } else {
                    try await self.message(event.cause, in: append.session)
                }
            guard !message.hasEnded else {
                throw StreamServerError(
                    .invalidCause, "event \(index), a \(event.kind), belongs to a message that has ended",
                    hint: "start another message")
            }
            message.add(event.kind, event.body)
            guard message.bytes <= Limits.outsideMessageBytes else {
                throw StreamServerError(
                    .messageTooLarge,
                    "event \(index) makes its message longer than \(Limits.outsideMessageBytes) bytes",
                    hint: "end the message and start another one")
            }
            messages[event.cause] = message
        }
    }

    /// Remembers what an append did, so that it need not be read.
    private func note(_ append: Append, from first: Offset) {
        known.withLock { known in
            for (index, event) in append.events.enumerated() {
                if event.kind == .messageStarted {
                    if known.count >= Limits.outsideMessages { known.removeAll() }
                    known[Key(session: append.session, message: Offset(first.value + Int64(index)))] = Message()
                } else if let message = event.cause.offset(inAppendFrom: first) {
                    known[Key(session: append.session, message: message)]?.add(event.kind, event.body)
                }
            }
        }
    }

    private func message(_ cause: NewEvent.Cause, in session: SessionID) async throws -> Message {
        guard case .event(let offset) = cause else { return Message() }
        let key = Key(session: session, message: offset)
        if let message = known.withLock({ $0[key] }) { return message }
        let message = try await read(key)
        known.withLock { known in
            if known.count >= Limits.outsideMessages { known.removeAll() }
            known[key] = message
        }
        return message
    }

    private func read(_ key: Key) async throws -> Message {
        var message = Message()
        var cursor = key.message
        // One beyond the head is for the log to refuse.
        guard var head = try await log.status(of: key.session)?.head else { return message }
        while cursor < head {
            let page = try await log.read(key.session, after: cursor)
            guard let last = page.events.last else { break }
            for event in page.events where event.cause == key.message { message.add(event.kind, event.body) }
            cursor = last.offset
            head = page.status.head
        }
        return message
    }
}

extension NewEvent {
    /// True for what follows a message's start.
    fileprivate var isPartOfMessage: Bool {
        kind == .token || kind == .messageCompleted || kind == .messageInterrupted
    }
}
