/// One pass of settling: every session that has unsettled events, in the order of the settled table.
struct SettlingPass {
    private let sessions: [SessionEntry]
    private var next = 0
    /// When every session is done, no row up to here is needed in `recent_events`.
    let end: CommitMark

    init(_ sessions: [SessionEntry], end: CommitMark) {
        self.sessions = sessions.sorted { $0.id < $1.id }
        self.end = end
    }

    /// The session whose turn it is; nil when all are done.
    var current: SessionEntry? { next < sessions.count ? sessions[next] : nil }

    /// Goes on to the next session.
    mutating func advance() { next += 1 }
}
