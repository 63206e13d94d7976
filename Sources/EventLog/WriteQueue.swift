import Events
import Foundation

/// What waits for the writer: a bounded queue that is emptied whole.
///
/// The writer is an operating-system thread and waits on a condition, not in a task: a commit that is done late because
/// a task waits for its turn would delay everybody.
final class WriteQueue: @unchecked Sendable {
    // @unchecked: every stored property is read and written under `condition`.

    /// An append that waits; an object, so that the queue and the batches move a pointer.
    final class Pending: Sendable {
        let append: Append
        let cost: Int
        /// Microseconds since 1970.
        let at: Int64
        let completion: any AppendCompletion

        init(_ append: Append, _ completion: any AppendCompletion) {
            self.append = append
            self.completion = completion
            cost = append.cost
            at = Clock.microseconds()
        }
    }

    /// Something else that the writer's thread has to do, after the appends that were queued before it.
    typealias Command = @Sendable (LogWriter) -> Void

    /// What the writer takes at once.
    struct Work {
        var appends: [Pending] = []
        var commands: [Command] = []
        var isEmpty: Bool { appends.isEmpty && commands.isEmpty }
    }

    private let condition = NSCondition()
    private var work = Work()
    private var cost = 0
    private var isWaiting = false
    /// True where somebody waits for the answer to something in `work`.
    private var isAwaited = false
    private var gathersUntil: ContinuousClock.Instant?
    private var isShutDown = false

    /// Bytes that wait, as windows and queues count them.
    var waitingCost: Int {
        condition.lock()
        defer { condition.unlock() }
        return cost
    }

    /// True while the appends of windows are gathered.
    var isGathering: Bool {
        condition.lock()
        defer { condition.unlock() }
        return gathersUntil != nil
    }

    /// Adds an append.
    ///
    /// - Returns: the error where it is not taken.
    func put(_ append: Append, _ completion: any AppendCompletion) -> EventLogError? {
        let pending = Pending(append, completion)
        condition.lock()
        defer { condition.unlock() }
        if isShutDown { return .isShutDown }
        guard cost <= Limits.queuedBytes else {
            return EventLogError(
                .overloaded, "more than \(Limits.queuedBytes) bytes wait to be written",
                hint: "try again in a second; the disk is slower than what is appended")
        }
        cost += pending.cost
        work.appends.append(pending)
        // A producer with a window goes on; the others wait.
        wake(isAwaited: completion.failureGroup == nil)
        return nil
    }

    /// Adds a command.
    ///
    /// - Returns: false after the shutdown.
    func put(_ command: @escaping Command) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if isShutDown { return false }
        work.commands.append(command)
        wake(isAwaited: true)
        return true
    }

    /// Takes everything that waits; nothing where nothing came within `seconds`; nil after the shutdown.
    ///
    /// - Parameter gathering: seconds in which the appends of windows are gathered, so that they share a commit; an append
    ///   that is awaited, a command and the shutdown end it.
    func takeAll(waitingFor seconds: Double, gathering: Double) -> Work? {
        condition.lock()
        defer { condition.unlock() }
        if gathering > 0, !isAwaited, !isShutDown {
            // Whoever finds that it has lasted long enough ends it too: the system's clock may be set back meanwhile.
            gathersUntil = .now + .seconds(gathering)
            isWaiting = true
            _ = condition.wait(until: Date(timeIntervalSinceNow: gathering))
            isWaiting = false
            gathersUntil = nil
        }
        if work.isEmpty, !isShutDown, seconds > 0 {
            isWaiting = true
            _ = condition.wait(until: Date(timeIntervalSinceNow: seconds))
            isWaiting = false
        }
        if work.isEmpty { return isShutDown ? nil : Work() }
        var taken = Work()
        taken.appends.reserveCapacity(min(work.appends.count, 1024))
        swap(&taken, &work)
        cost = 0
        isAwaited = false
        return taken
    }

    /// Lets the writer end after what is queued.
    func shutDown() {
        condition.lock()
        isShutDown = true
        condition.broadcast()
        condition.unlock()
    }

    private func wake(isAwaited awaited: Bool) {
        isAwaited = isAwaited || awaited
        if isWaiting, isAwaited || gathersUntil.map({ $0 <= .now }) ?? true {
            isWaiting = false
            condition.signal()
        }
    }
}

/// The wall clock.
enum Clock {
    /// CPU time of this thread.
    static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Microseconds since 1970.
    static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
