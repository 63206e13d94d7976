import Events
import Logging
import SQLite

extension LogWriter {
    /// So many rows are deleted in the time in which one is settled.
    private static let rowsDeletedPerSettled = 4

    /// What is done between two commits: a few slices, so that no append waits for long and settling still keeps up.
    func maintain(after events: Int, isIdle: Bool) {
        do {
            if pass == nil, isPassDue(isIdle: isIdle) { beginPass() }
            // Twice what was appended, so that a pass ends however fast events come.
            var budget = max(options.slices.settledEvents, 2 * events)
            while pass != nil, budget > 0 { budget -= try settleSlice(budget) }
            if isIdle, pass == nil, Clock.microseconds() - lastEviction > options.settleAfterMicroseconds {
                evictIdle()
            }
            if let sealer, catchingUp != nil, !hasJustFailed {
                try catchUp(sealer, events: isIdle ? Limits.eventsPerSealing : Limits.eventsPerSettlingSlice)
            }
            if let sealer, sealer.isBehind, isIdle || sealer.isOverdue, !hasJustFailed { try sealEnded(sealer) }
            try checkpointIfDue(isIdle: isIdle && pass == nil && catchingUp == nil)
        } catch {
            // The events stay where they are, durable and readable; the next pass begins anew.
            logger.error("settling failed; it is tried again later", metadata: ["error": "\(error)"])
            pass = nil
            lastPassEnd = Clock.microseconds()
            failedPassEnd = lastPassEnd
        }
        noteStatistics()
    }

    /// Tells the metrics how it stands.
    func noteStatistics() {
        statistics.note(
            unsettled: unsettled, walPages: Int(connection.walPages), writerSeconds: Clock.threadSeconds())
    }

    /// Settles everything now.
    func settleAll() throws {
        // Whoever asked for it looks at the figures next.
        defer { noteStatistics() }
        // No append comes between.
        let room = 4 * options.slices.settledEvents
        do {
            if pass == nil { beginPass() }
            let last = newest
            while pass != nil { _ = try settleSlice(room) }
            // A pass that was under way may have begun before the newest events.
            if trimmed.position < last.position {
                beginPass()
                while pass != nil { _ = try settleSlice(room) }
            }
            if let sealer { try sealEnded(sealer) }
        } catch {
            pass = nil
            throw error
        }
    }

    /// Lets go of idle entries; only between two batches, since a batch holds entries that look idle until it is
    /// published.
    func evictIdle() {
        lastEviction = Clock.microseconds()
        directory.evictIdle(directory.all)
    }

    private func isPassDue(isIdle: Bool) -> Bool {
        guard newest.position > trimmed.position else { return false }
        if hasJustFailed { return false }
        let now = Clock.microseconds()
        if unsettled >= options.unsettledEvents || unsettledBytes >= Limits.unsettledBytes { return true }
        let age = now - lastPassEnd
        return age > (isIdle ? options.settleAfterMicroseconds : 10 * options.settleAfterMicroseconds)
    }

    var hasJustFailed: Bool { Clock.microseconds() - failedPassEnd < Int64(Limits.settlingRetryMs) * 1000 }

    private func beginPass() {
        boundaries.close()
        pass = SettlingPass(directory.all.filter { $0.withState { !$0.recent.isEmpty } }, end: newest)
    }

    /// One transaction of settling or of deleting.
    ///
    /// It does not wait for the disk: should a power cut lose it, the events are still in `recent_events`, and the WAL
    /// keeps the order, so a deletion never outlives the settling before it.
    ///
    /// - Parameter room: what it may cost, in events settled.
    /// - Returns: what it costs.
    private func settleSlice(_ room: Int) throws -> Int {
        guard let pass else { return 0 }
        try connection.execute("PRAGMA synchronous=NORMAL")
        defer { restoreDurability() }
        let cost = pass.current == nil ? try deleteSlice(pass, room) : try moveSlice(pass, room)
        // Many slices may come between two commits, and the WAL must not grow meanwhile.
        try checkpointIfDue()
        return cost
    }

    func restoreDurability() {
        do {
            try connection.execute(options.durability.pragma)
        } catch {
            preconditionFailure("the durability of the next commit is unknown: \(error)")
        }
    }

    private func moveSlice(_ begun: SettlingPass, _ room: Int) throws -> Int {
        var pass = begun
        var moved: [(entry: SessionEntry, count: Int, bytes: Int)] = []
        var rows: [EventInserter.Row] = []
        rows.reserveCapacity(room)
        var sealing: Sealing?
        var eventsRoom = room
        var bytesRoom = Limits.bytesPerSettlingSlice
        try connection.transaction {
            while eventsRoom > 0, bytesRoom > 0, let entry = pass.current {
                let begin = rows.count
                let (bytes, isLast) = entry.withState { state in
                    let bytes = Self.slice(state, of: entry, room: eventsRoom, bytes: bytesRoom, into: &rows)
                    return (bytes, rows.count - begin == state.recent.count)
                }
                moved.append((entry, rows.count - begin, bytes))
                eventsRoom -= rows.count - begin
                bytesRoom -= bytes
                // What is left of the session comes with the next slice: its head has moved only then.
                guard isLast else { break }
                pass.advance()
            }
            // The hashes are made while the rows are inserted.
            sealing = try sealer?.begin(
                moved.map { ($0.entry, $0.entry.withState { $0.settledHead } + Int64($0.count)) })
            try statements.settled.insert(rows)
            if let sealing { try sealer?.store(sealing) }
        }
        if let sealing { sealer?.committed(sealing) }
        self.pass = pass
        for (entry, count, bytes) in moved {
            entry.withState { $0.settle(count) }
            unsettled -= count
            unsettledBytes -= bytes
        }
        return room - eventsRoom
    }

    /// Adds the first events of a session that fit, at least one.
    ///
    /// - Returns: their cost in bytes.
    private static func slice(
        _ state: SessionEntry.State, of entry: SessionEntry, room: Int, bytes: Int, into rows: inout [EventInserter.Row]
    ) -> Int {
        var taken = 0
        for (index, event) in state.recent.prefix(room).enumerated() {
            if index > 0, taken + event.cost > bytes { break }
            taken += event.cost
            rows.append(
                EventInserter.Row(event: event, session: entry.id, offset: state.settledHead + 1 + Int64(index)))
        }
        return taken
    }

    private func deleteSlice(_ pass: SettlingPass, _ room: Int) throws -> Int {
        let limit = min(trimmed.position + Int64(Self.rowsDeletedPerSettled * room), pass.end.position)
        let target = boundaries.target(upTo: limit) ?? pass.end
        try connection.transaction {
            try LogProperties.save(trimmed: target, connection)
            let delete = try connection.prepare("DELETE FROM recent_events WHERE position <= ?1")
            delete.bind(target.position, at: 1)
            try delete.run()
        }
        let deleted = Int(target.position - trimmed.position)
        trimmed = target
        boundaries.remove(upTo: target)
        if trimmed.position >= pass.end.position {
            self.pass = nil
            lastPassEnd = Clock.microseconds()
            evictIdle()
            logger.debug("settled", metadata: ["unsettled": "\(unsettled)"])
        }
        return max(1, deleted / Self.rowsDeletedPerSettled)
    }

    // MARK: Checkpoints

    private func checkpointIfDue(isIdle: Bool = false) throws {
        let pages = connection.walPages
        let isDue = pages >= nextCheckpointPages
        // The one who was in the way may be gone; while nothing is to be done, to look costs nobody anything.
        guard isDue || (isIdle && pages >= options.slices.checkpointPages) else { return }
        // Readers that come and go can keep the WAL from starting again for ever; then they are waited for.
        let isPatient = isDue && pages >= nextPatientPages
        let isShort = isDue && pages >= options.slices.restartPages && pages < Limits.patientRestartPages
        connection.setBusyTimeout(milliseconds: isPatient ? Limits.patientRestartWaitMs : Limits.restartWaitMs)
        defer { connection.setBusyTimeout(milliseconds: Limits.busyTimeoutMs) }
        if try connection.checkpoint(isPatient || isShort ? .restart : .passive) {
            nextCheckpointPages = options.slices.checkpointPages
            nextPatientPages = Limits.patientRestartPages
            // A checkpoint that readers cut short may have synced nothing, and the mark must not be newer than the disk.
            if options.durability == .normal { writeMark() }
        } else {
            let step = options.slices.checkpointPages / 5
            nextCheckpointPages = pages + step
            // Below the limit it is tried anew soon; a reader that stays, as a check of the whole log does, must not hold up
            // appends again and again.
            if isPatient { nextPatientPages = pages + (pages < 4 * Limits.checkpointPages ? step : pages / 2) }
        }
    }
}
