import SQLite

extension LogWriter {
    /// Seals the sessions in which something ended, one transaction's worth, and then makes the tree known.
    ///
    /// The seals themselves do not wait for the disk; the commit that makes the tree known does.
    func sealEnded(_ sealer: Sealer) throws {
        try sealWaiting(sealer)
        defer { restoreDurability() }
        try sealer.publish()
    }

    /// Seals what was settled while the audit was off, or by a program that knew no seals, and makes the tree known.
    func beginSealing(wasSealing: Bool) throws {
        guard let sealer else {
            if wasSealing { try LogProperties.save(sealing: false, connection) }
            return
        }
        defer { restoreDurability() }
        if !wasSealing {
            for name in try queries.unsealedSessions() {
                guard let entry = try SessionLoader.entry(name, in: directory, queries: queries) else { continue }
                let head = entry.withState { $0.settledHead }
                try seal([(entry, head)], sealer)
            }
            evictIdle()
            try LogProperties.save(sealing: true, connection)
        }
        try sealer.publish()
    }

    /// Seals everything up to the heads.
    func sealAll() throws {
        guard let sealer else { return }
        sealer.ended(directory.all.filter { entry in entry.withState { !$0.recent.isEmpty } })
        try sealWaiting(sealer, all: true)
        defer { restoreDurability() }
        try sealer.publish()
    }

    private func sealWaiting(_ sealer: Sealer, all: Bool = false) throws {
        try connection.execute("PRAGMA synchronous=NORMAL")
        defer { restoreDurability() }
        repeat {
            let requests = sealer.takeWaiting()
            guard !requests.isEmpty else { return }
            try seal(requests, sealer)
        } while all
    }

    private func seal(_ requests: [(entry: SessionEntry, upTo: Int64)], _ sealer: Sealer) throws {
        let sealing = try connection.transaction {
            let sealing = try sealer.begin(requests)
            try sealer.store(sealing)
            return sealing
        }
        sealer.committed(sealing)
    }
}
