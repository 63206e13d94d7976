package import EventLog
package import Events

/// What pruning did, or would do.
package struct Pruning: Sendable, Equatable {
    /// The sessions whose newest event is older.
    package var pruned: [OldSession] = []
    /// Those among the old ones that stay: a message awaits its answer, or a run the user's.
    package var unfinished: [OldSession] = []
    /// Attachments that nothing else names.
    package var attachments = 0

    /// Events of the pruned sessions.
    package var events: Int64 { pruned.reduce(0) { $0 + $1.head.value } }
}

extension AuditDesk {
    /// What pruning would do.
    package func oldSessions(before time: Timestamp) async throws -> Pruning {
        var pruning = Pruning()
        for old in try await log.sessions(olderThan: time) {
            if old.isUnfinished { pruning.unfinished.append(old) } else { pruning.pruned.append(old) }
        }
        if !pruning.pruned.isEmpty {
            pruning.attachments = try await log.attachments(onlyOf: Set(pruning.pruned.map(\.session))).count
        }
        return pruning
    }

    /// Deletes the events and attachments of sessions whose newest event is older than a time, for good.
    ///
    /// Their names, heads and seals stay, so that everything else still verifies; who and why is recorded with the deletion.
    ///
    /// - Parameter forget: throws away what else was made of sessions: their projections.
    package func prune(
        before time: Timestamp, who: String, why: String, forget: @Sendable ([SessionID]) async throws -> Void
    ) async throws -> Pruning {
        try await erasures.inTurn {
            let pruning = try await oldSessions(before: time)
            var rest = pruning.pruned[...]
            while !rest.isEmpty {
                let batch = Self.batch(&rest)
                let records = try batch.map {
                    try AccessRecord.event(
                        .sessionErased, Access(session: $0.session, who: who, why: why, pruned: true))
                }
                try await log.prune(batch.map(\.session), with: Append(to: AccessRecord.session, records))
            }
            try await finish(attempts: Limits.truncationAttempts, forget: forget)
            return pruning
        }
    }

    /// As many sessions as are deleted in one commit, at least one.
    private static func batch(_ rest: inout ArraySlice<OldSession>) -> ArraySlice<OldSession> {
        var events: Int64 = 0
        let end =
            rest.indices.first { index in
                defer { events += rest[index].head.value }
                return index > rest.startIndex
                    && (events >= Limits.eventsPerPruning || index - rest.startIndex >= Limits.sessionsPerPruning)
            } ?? rest.endIndex
        defer { rest = rest[end...] }
        return rest[..<end]
    }
}
