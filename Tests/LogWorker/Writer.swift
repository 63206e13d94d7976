import EventLog
import Events
import Foundation

/// Appends from many producers until it is killed: `<session> <first> <last> <body of the first>` for each acknowledged
/// append.
///
/// Every body tells its producer and number, so that a reader sees that none is missing. Some producers stream through
/// windows, some wait for each answer, some are outside producers with stamps; some make short sessions and close them.
struct Writer {
    let log: SQLiteEventLog
    let producers: Int
    let incarnation = monotonicMicroseconds()

    init(directory: String, producers: String) throws {
        guard let producers = Int(producers) else { exit(64) }
        self.producers = producers
        say("begins")
        log = try SQLiteEventLog(directory: directory, options: .busy)
    }

    func run() async throws {
        say("ready")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    switch producer % 4 {
                    case 0: try await stream(producer)
                    case 1: try await answerByAnswer(producer)
                    case 2: try await fromOutside(producer)
                    default: try await shortSessions(producer)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Tokens through a window; only a flush says what is durable.
    private func stream(_ producer: Int) async throws {
        let session = named("stream-\(producer % 8)")
        let window = AppendWindow(log, limit: 8 << 10)
        for number in 0... {
            try await window.send(Append(to: session, [token("\(incarnation).\(producer).\(number)")]))
            if number % 100 == 99, let last = try await window.flush() { say("\(session) 0 \(last) -") }
        }
    }

    private func answerByAnswer(_ producer: Int) async throws {
        let session = named("answer-\(producer % 8)")
        for number in 0... {
            let body = "\(incarnation).\(producer).\(number)"
            acknowledged(try await log.append([token(body), token(body + "b")], to: session), session, body)
        }
    }

    private func fromOutside(_ producer: Int) async throws {
        let session = named("outside-\(producer)")
        for number in 0... {
            let body = "\(incarnation).\(producer).\(number)"
            let stamp = ProducerStamp(id: "p", epoch: incarnation, sequence: Int64(number))
            acknowledged(try await log.append(Append(to: session, [token(body)], producer: stamp)), session, body)
        }
    }

    /// A message, its run and its end; every third run stays open.
    private func shortSessions(_ producer: Int) async throws {
        for number in 0... {
            let session = named("short-\(incarnation)-\(producer)-\(number)")
            let message = Append(to: session, [event(.messageReceived)], awaitsRun: true)
            acknowledged(try await log.append(message), session, "{}")
            let run = [event(.runStarted, .event(Offset(1))), token("a"), token("b")]
            acknowledged(try await log.append(run, to: session), session, "{}")
            if number % 3 == 0 { continue }
            let end = [event(.runCompleted, .event(Offset(2))), event(.sessionClosed)]
            acknowledged(try await log.append(end, to: session, expecting: Offset(4)), session, "{}")
        }
    }

    private func acknowledged(_ appended: Appended, _ session: SessionID, _ body: String) {
        say("\(session) \(appended.first) \(appended.last) \(body)")
    }

    private func event(_ kind: EventKind, _ cause: NewEvent.Cause = .none) -> NewEvent {
        NewEvent(kind: kind, cause: cause, body: "{}")
    }
}

extension SQLiteEventLog.Options {
    /// Settles and checkpoints all the time, so that a kill falls into it.
    static var busy: SQLiteEventLog.Options {
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 30
        options.slices = .small
        return options
    }
}

func named(_ name: String) -> SessionID {
    guard let session = SessionID(name) else { preconditionFailure("\(name) is no name of a session") }
    return session
}

func token(_ text: String) -> NewEvent { NewEvent(kind: .token, cause: .none, body: text) }
