import DequeModule
import Events

/// Which sessions have a run, wait for one, or are held while something of theirs is recorded.
///
/// A session is in it once, so that two posts at the same instant cannot both begin. Runs beyond the limit wait in the
/// order in which their sessions came; a session waits with one run at a time and goes to the end with its next, so none
/// can crowd out the others. It is a value that changes under the service's lock.
struct RunTable {
    enum Place {
        /// Counts as a run.
        case running
        /// Waits for a run to end.
        case waiting
        /// Keeps others away and counts as no run.
        case held
    }

    struct Entry {
        var control = RunControl()
        /// Nil between the reservation of the session and the start of the run.
        var task: Task<Void, Never>?
        var place: Place
        /// Who waits for the session to be free.
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    enum Reservation {
        /// The run can start.
        case reserved(RunControl)
        /// The message can be recorded; its run has to wait in line.
        case waits(RunControl)
        case busy
        case full
        case draining
    }

    let limits: RunLimits
    private(set) var entries: [SessionID: Entry] = [:]
    private var line: Deque<SessionID> = []
    private(set) var running = 0
    /// Sessions whose runs are being cancelled, and by how many: nothing of theirs starts meanwhile.
    private var cancelling: [SessionID: Int] = [:]
    /// Idempotency keys whose posts are under way.
    private var keys: Set<PostKey> = []
    var isDraining = false

    init(limits: RunLimits) { self.limits = limits }

    /// How many sessions wait for their turn.
    var waiting: Int { line.count }

    /// Takes the session for one starter.
    ///
    /// - Parameter isRecorded: true for a message that is in the log already and so cannot be refused.
    mutating func reserve(_ session: SessionID, isRecorded: Bool = false) -> Reservation {
        if isDraining { return .draining }
        if entries[session] != nil || cancelling[session] != nil { return .busy }
        let hasRoom = running < limits.concurrentRuns && line.isEmpty
        if !hasRoom, !isRecorded, line.count >= limits.waitingSessions { return .full }
        let entry = Entry(place: hasRoom ? .running : .held)
        entries[session] = entry
        if hasRoom { running += 1 }
        return hasRoom ? .reserved(entry.control) : .waits(entry.control)
    }

    enum Turn {
        case now
        case later
        /// It was cancelled, or the process is about to stop: the session has to be released.
        case never
    }

    /// Puts a held session in line, or lets its run start where there is room meanwhile.
    mutating func line(up session: SessionID) -> Turn {
        guard let entry = entries[session], entry.place == .held else { return .never }
        if isDraining || entry.control.stop != nil { return .never }
        if running < limits.concurrentRuns, line.isEmpty {
            entries[session]?.place = .running
            running += 1
            return .now
        }
        entries[session]?.place = .waiting
        line.append(session)
        return .later
    }

    /// Frees the session, unless it is somebody else's by now: whoever took it has the control of its entry.
    ///
    /// - Returns: who waited for that, and the session whose turn it is now, with its control.
    mutating func release(
        _ session: SessionID, _ control: RunControl
    ) -> (waiters: [CheckedContinuation<Void, Never>], next: (session: SessionID, control: RunControl)?) {
        guard let entry = entries[session], entry.control === control else { return ([], nil) }
        entries[session] = nil
        if entry.place == .running { running -= 1 }
        guard !isDraining, running < limits.concurrentRuns, let next = line.popFirst(),
            let control = entries[next]?.control
        else { return (entry.waiters, nil) }
        entries[next]?.place = .running
        running += 1
        return (entry.waiters, (next, control))
    }

    /// Notes the run's task.
    ///
    /// - Returns: true where the run is to stop at once.
    mutating func launched(_ session: SessionID, _ task: Task<Void, Never>) -> Bool {
        entries[session]?.task = task
        return entries[session]?.control.stop != nil
    }

    /// Adds somebody who waits for the session to be free; false where it is.
    mutating func wait(for session: SessionID, _ waiter: CheckedContinuation<Void, Never>) -> Bool {
        guard entries[session] != nil else { return false }
        entries[session]?.waiters.append(waiter)
        return true
    }

    // MARK: Idempotency keys

    /// Takes a key for one post; false where another post has it.
    mutating func take(_ key: PostKey) -> Bool { keys.insert(key).inserted }

    mutating func giveBack(_ key: PostKey) { keys.remove(key) }

    // MARK: Cancelling and draining

    mutating func beginCancelling(_ session: SessionID) { cancelling[session, default: 0] += 1 }

    mutating func endCancelling(_ session: SessionID) {
        let count = cancelling[session] ?? 1
        cancelling[session] = count > 1 ? count - 1 : nil
    }

    /// Takes a session whose run is to be cancelled: out of the line, or once its run has ended.
    ///
    /// - Returns: nil where its run has to end first, which it was told; it is then free to be taken.
    mutating func hold(_ session: SessionID, cancelling reason: Failure) -> RunControl? {
        guard let entry = entries[session] else {
            let entry = Entry(place: .held)
            entries[session] = entry
            return entry.control
        }
        if entry.place == .waiting {
            line.removeAll { $0 == session }
            entries[session]?.place = .held
            return entry.control
        }
        entry.control.stop(.cancelled(reason))
        entry.task?.cancel()
        return nil
    }

    /// Takes nothing new, and lets go of those in line: the next start finds their messages.
    ///
    /// - Returns: who waited for them, and the sessions that are not free yet.
    mutating func drain() -> (waiters: [CheckedContinuation<Void, Never>], busy: [SessionID]) {
        isDraining = true
        var waiters: [CheckedContinuation<Void, Never>] = []
        for session in line { waiters += entries.removeValue(forKey: session)?.waiters ?? [] }
        line = []
        return (waiters, Array(entries.keys))
    }

    /// Leaves every run for the next start.
    mutating func abandonAll() {
        for entry in entries.values {
            entry.control.stop(.abandoned)
            entry.task?.cancel()
        }
    }
}

/// An Idempotency-Key counts within its session.
struct PostKey: Hashable {
    var session: SessionID
    var key: String
}

/// The bounds of a service that an operator chooses.
public struct RunLimits: Sendable {
    /// Runs at the same time.
    public var concurrentRuns = Limits.concurrentRuns
    /// Sessions whose message waits for its turn.
    public var waitingSessions = Limits.waitingSessions
    /// How long a run may take.
    public var runDuration = Limits.runDuration
    /// How often the start of a recorded message's run is tried before it fails with the reason.
    public var startAttempts = Limits.startAttempts

    /// The defaults.
    public init() {}
}
