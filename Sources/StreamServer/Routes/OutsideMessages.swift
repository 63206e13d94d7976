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

    private struct State {
        var known: [Key: Message] = [:]
        /// What was used before the newest ones: forgotten when those are as many as may be.
        var older: [Key: Message] = [:]
        /// Appends to messages that are not known: what is read meanwhile may lack them.
        var missed = 0

        mutating func message(_ key: Key) -> Message? {
            if let message = known[key] { return message }
            guard let message = older[key] else { return nil }
            insert(message, key)
            return message
        }

        mutating func insert(_ message: Message, _ key: Key) {
            if known.count >= Limits.outsideMessages {
                older = known
                known = [:]
            }
            known[key] = message
        }
    }

    private let log: any EventLog
    private let state = Mutex(State())

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
        var messages = try await recorded(append)
        for (index, event) in append.events.enumerated() where event.isPartOfMessage {
            var message = messages[event.cause] ?? Message()
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
        state.withLock { state in
            for (index, event) in append.events.enumerated() {
                if event.kind == .messageStarted {
                    state.insert(Message(), Key(session: append.session, message: Offset(first.value + Int64(index))))
                } else if event.isPartOfMessage, let offset = event.cause.offset(inAppendFrom: first) {
                    let key = Key(session: append.session, message: offset)
                    if var message = state.message(key) {
                        message.add(event.kind, event.body)
                        state.insert(message, key)
                    } else {
                        state.missed += 1
                    }
                }
            }
        }
    }

    /// The messages that an append goes on with; those that are not known are read in one pass.
    private func recorded(_ append: Append) async throws -> [NewEvent.Cause: Message] {
        let causes = Set(append.events.filter(\.isPartOfMessage).map(\.cause))
        let keys = causes.compactMap { cause -> Key? in
            guard case .event(let offset) = cause else { return nil }
            return Key(session: append.session, message: offset)
        }
        while true {
            let (found, missed) = state.withLock { state in
                (keys.reduce(into: [Key: Message]()) { $0[$1] = state.message($1) }, state.missed)
            }
            if found.count == keys.count {
                return found.reduce(into: [:]) { $0[.event($1.key.message)] = $1.value }
            }
            let read = try await read(keys.filter { found[$0] == nil })
            // The session is gone, as the log will say.
            guard !read.isEmpty else { return [:] }
            state.withLock { state in
                guard state.missed == missed else { return }
                for (key, message) in read where state.message(key) == nil { state.insert(message, key) }
            }
        }
    }

    /// Reads what messages of one session hold.
    private func read(_ keys: [Key]) async throws -> [Key: Message] {
        var messages = keys.reduce(into: [Offset: Message]()) { $0[$1.message] = Message() }
        guard let session = keys.first?.session, let first = messages.keys.min(),
            let head = try await log.status(of: session)?.head
        else { return [:] }
        // What comes after this head is noted by those who append it.
        try await log.read(session, after: first, upTo: head) { events in
            for event in events {
                if let cause = event.cause { messages[cause]?.add(event.kind, event.body) }
            }
        }
        return keys.reduce(into: [:]) { $0[$1] = messages[$1.message] }
    }
}

extension NewEvent {
    /// True for what follows a message's start.
    fileprivate var isPartOfMessage: Bool {
        kind == .token || kind == .messageCompleted || kind == .messageInterrupted
    }
}
