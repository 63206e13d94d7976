import EventLog
import Events
import Synchronization
import TestSupport

/// Runs operations on a log and on the model, and compares.
final class ModelRun {
    private var disk: FaultDisk
    private var log: SQLiteEventLog
    private var model: LogModel
    private var followers: [Follower] = []
    private var number = 0

    private init(_ model: LogModel) throws {
        disk = try FaultDisk()
        log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        self.model = model
    }

    /// - Returns: how the two differ; nil where they do not.
    static func difference(_ operations: [Operation], _ model: LogModel = LogModel()) async throws -> String? {
        let run = try ModelRun(model)
        defer { run.log.shutDown() }
        for (index, operation) in operations.enumerated() {
            if let difference = try await run.difference(operation) { return "operation \(index): \(difference)" }
        }
        if let difference = try await run.restart(crashing: false) { return "the end: \(difference)" }
        return try LogCheck(directory: run.disk.path, vfs: run.disk.vfs).findings.first
    }

    private func difference(_ operation: Operation) async throws -> String? {
        switch operation {
        case .append(let session, let tokens, let expecting, let producer, let end):
            return await append(named(session), tokens, expecting, producer, end)
        case .read(let session, let permille, let limit): return try await read(named(session), permille, limit)
        case .list(let limit):
            let found = try await log.sessions(before: nil, limit: limit)
            let isRight = found.allSatisfy { $0.status.head.value == model.sessions[$0.session]?.head }
            return isRight && found.count == min(limit, model.sessions.count) ? nil : "the list has \(found)"
        case .follow(let session, let permille):
            guard let head = model.sessions[named(session)]?.head else { return nil }
            followers.append(Follower(log, named(session), after: head * permille / 1_000))
            return nil
        case .settle:
            try await log.settle()
            return nil
        case .restart: return try await restart(crashing: false)
        case .crash: return try await restart(crashing: true)
        }
    }

    private func append(
        _ session: SessionID, _ tokens: Int, _ expecting: Int64?, _ producer: Operation.Producer?, _ end: Operation.End
    ) async -> String? {
        let known = model.sessions[session] ?? LogModel.Session()
        number += 1
        var events = [NewEvent].tokens((0..<tokens).map { "\(number).\($0)" })
        switch end {
        case .none: break
        case .message: events.append(NewEvent(kind: .messageReceived, cause: .none, body: "{}"))
        case .run:
            guard let queued = known.runs.first(where: { $0.run == nil })?.message else { break }
            events.append(NewEvent(kind: .runStarted, cause: .event(queued), body: "{}"))
        case .answer:
            guard let run = known.runs.compactMap(\.run).first else { break }
            events.append(NewEvent(kind: .runCompleted, cause: .event(run), body: "{}"))
        case .close: events.append(NewEvent(kind: .sessionClosed, cause: .none, body: "{}"))
        }
        var append = Append(
            to: session, events, expecting: expecting.map { Offset(max(0, known.head + $0)) }, awaitsRun: true)
        if let producer {
            let state = known.producers["p\(producer.name)"]
            let epoch = max(0, (state?.epoch ?? 1) + producer.epoch)
            let next = state.map { $0.epoch == epoch ? $0.sequence + 1 : 0 } ?? 0
            append.producer = ProducerStamp(
                id: "p\(producer.name)", epoch: epoch, sequence: max(0, next + producer.sequence))
        }
        let expected = model.append(append)
        let found: LogModel.Answer
        do {
            let answer = try await log.append(append)
            found =
                answer.isDuplicate
                ? .duplicate(first: answer.first.value, last: answer.last.value)
                : .appended(first: answer.first.value, last: answer.last.value)
        } catch {
            found = .refused((error as? EventLogError)?.code ?? EventLogError.Code(rawValue: "\(error)"))
        }
        return found == expected ? nil : "\(append.session) answered \(found), not \(expected)"
    }

    private func read(_ session: SessionID, _ permille: Int64, _ limit: Int) async throws -> String? {
        let known = model.sessions[session]
        let after = permille > 1_000 ? (known?.head ?? 0) + 1 : (known?.head ?? 0) * permille / 1_000
        do {
            let page = try await log.read(session, after: Offset(after), limit: limit)
            guard let known, after <= known.head else { return "\(session) was read after \(after)" }
            return difference(session, known, page, after: after, limit: limit)
        } catch let error as EventLogError {
            let expected = known == nil ? EventLogError.Code.sessionNotFound : .offsetBeyondHead
            let isRight = error.code == expected && (known == nil || after > known?.head ?? 0)
            return isRight ? nil : "\(session) after \(after): \(error)"
        }
    }

    private func difference(
        _ session: SessionID, _ known: LogModel.Session, _ page: EventPage, after: Int64, limit: Int
    ) -> String? {
        // A page ends where the settled events end.
        let expected = known.bodies.dropFirst(Int(after)).prefix(limit)
        let isRight =
            page.events.count <= expected.count && (page.events.isEmpty == expected.isEmpty)
            && page.events.map(\.body) == expected.prefix(page.events.count).map { $0 }
            && page.events.map(\.offset.value) == Array(after..<after + Int64(page.events.count)).map { $0 + 1 }
            && page.status.head.value == known.head && page.status.isClosed == known.isClosed
            && (page.status.openRuns == known.runs)
        return isRight ? nil : "\(session) after \(after), limit \(limit): \(page), not \(known)"
    }

    /// Starts anew and compares everything.
    private func restart(crashing: Bool) async throws -> String? {
        for follower in followers {
            let expected = model.sessions[follower.session]?.bodies.dropFirst(Int(follower.after)) ?? []
            if let difference = await follower.difference(Array(expected)) { return difference }
        }
        followers = []
        if crashing {
            let crashed = try disk.copy()
            log.shutDown()
            disk = crashed
        } else {
            log.shutDown()
        }
        log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        for (session, known) in model.sessions {
            let events = try await log.all(session)
            if events.map(\.body) != known.bodies { return "\(session) has \(events.count) events after a restart" }
            let status = try await log.status(of: session)
            if status != SessionStatus(head: Offset(known.head), isClosed: known.isClosed, openRuns: known.runs) {
                return "\(session) stands at \(String(describing: status)), not \(known)"
            }
        }
        return nil
    }

    private func named(_ session: Int) -> SessionID { .test("s\(session)") }
}

/// Follows a session from an offset on.
private final class Follower: Sendable {
    let session: SessionID
    let after: Int64
    private let seen = Mutex<(bodies: [String?], isEnded: Bool)>(([], false))

    init(_ log: SQLiteEventLog, _ session: SessionID, after: Int64) {
        self.session = session
        self.after = after
        // Nobody awaits it: it ends with the session or, in an error, with the log.
        Task { [self] in
            defer { seen.withLock { $0.isEnded = true } }
            for try await page in log.subscribe(session, after: Offset(after)) {
                seen.withLock { $0.bodies += page.events.map(\.body) }
            }
        }
    }

    /// Waits until it has seen as many events as there are, and compares them.
    func difference(_ expected: [String]) async -> String? {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let (bodies, isEnded) = seen.withLock { $0 }
            if bodies.count >= expected.count || isEnded || ContinuousClock.now > deadline {
                return bodies == expected ? nil : "a follower of \(session) after \(after) saw \(bodies.count) events"
            }
            await Task.yield()
        }
    }
}
