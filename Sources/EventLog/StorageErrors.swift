package import SQLite

extension EventLogError {
    package static let isShutDown = EventLogError(.shutDown, "the log was shut down")

    /// The file does not hold what was recorded.
    static func damaged(_ what: String) -> EventLogError {
        EventLogError(
            .storageFailed, "the log is damaged: \(what)",
            hint: "stop the server, keep a copy of the data directory, and restore a backup (log.db without its "
                + "log.db-wal and log.mark)")
    }

    /// The file is not the one that was opened.
    static func moved(_ path: String) -> EventLogError {
        EventLogError(
            .storageFailed, "\(path) was deleted, moved or replaced while the log was open",
            hint: "stop the server, put the files back or restore a backup, and start it again")
    }

    /// Says in the log's words what SQLite reports, and what to do.
    package static func storage(_ error: SQLiteError, doing: String) -> EventLogError {
        if error.isDiskFull {
            return EventLogError(
                .storageFull, "the log could not \(doing): the disk is full",
                hint: "free space on the file system of the data directory; the log goes on by itself",
                underlying: error)
        }
        let hint: String
        if error.isCorrupt {
            hint = "the file is damaged: stop the server, keep a copy of the data directory, and restore a backup"
        } else if error.isReadOnly || error.cannotOpen {
            hint = "check that the data directory exists and that this user may write it, or read it to read only"
        } else if error.isBusy {
            hint = "try again: another program uses the file"
        } else {
            hint = "check the disk and the system log; the log goes on by itself when the fault clears"
        }
        return EventLogError(
            .storageFailed, "the log could not \(doing): \(error.message)", hint: hint, underlying: error)
    }
}
