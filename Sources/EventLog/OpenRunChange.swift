import Events

/// What an event means for the messages that await an answer; memory and the `open_runs` table follow the same rules.
struct OpenRunChange {
    enum Kind {
        case queued(message: Offset)
        case started(message: Offset, run: Offset)
        case paused(run: Offset)
        case resumed(run: Offset)
        case ended(run: Offset)
    }

    let kind: Kind

    /// Nil where the event changes nothing.
    init?(_ event: EventKind, offset: Offset, cause: Offset?, awaitsRun: Bool) {
        switch (event, cause) {
        case (.messageReceived, _) where awaitsRun: kind = .queued(message: offset)
        case (.runStarted, let message?): kind = .started(message: message, run: offset)
        case (.runPaused, let run?): kind = .paused(run: run)
        case (.runResumed, let run?): kind = .resumed(run: run)
        case (let end, let run?) where end.endsRun: kind = .ended(run: run)
        default: return nil
        }
    }

    func apply(to runs: inout [OpenRun]) {
        switch kind {
        case .queued(let message): runs.append(OpenRun(message: message, run: nil))
        case .started(let message, let run):
            if let index = runs.firstIndex(where: { $0.message == message }) {
                runs[index].run = run
            } else {
                runs.append(OpenRun(message: message, run: run))
                runs.sort { $0.message < $1.message }
            }
        case .paused(let run): set(&runs, run) { $0.isPaused = true }
        case .resumed(let run): set(&runs, run) { $0.isPaused = false }
        // A queued message that is cancelled before it ran is named by its own offset.
        case .ended(let run): runs.removeAll { $0.run == run || ($0.run == nil && $0.message == run) }
        }
    }

    private func set(_ runs: inout [OpenRun], _ run: Offset, _ change: (inout OpenRun) -> Void) {
        if let index = runs.firstIndex(where: { $0.run == run }) { change(&runs[index]) }
    }
}
