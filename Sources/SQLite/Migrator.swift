/// Brings a database to the newest schema: numbered SQL files, forward only, counted in `PRAGMA user_version`.
public enum Migrator {
    /// Applies the migrations that the file has not seen, each in a transaction of its own.
    ///
    /// - Parameter migrations: the SQL texts in order; the first has number 1.
    /// - Throws: `SQLiteError`; code 21 (`SQLITE_MISUSE`) where the file is newer than this program.
    public static func migrate(_ connection: Connection, _ migrations: [[UInt8]], name: String) throws {
        let current = Int(try connection.integer("PRAGMA user_version") ?? 0)
        guard current <= migrations.count else {
            throw SQLiteError(
                code: 21,
                message: "\(name) has schema \(current), newer than this program's \(migrations.count): "
                    + "use the program that wrote it, or a newer one", context: "PRAGMA user_version")
        }
        for number in current..<migrations.count {
            try connection.transaction {
                // Another process may have been faster between the look and the lock.
                guard try connection.integer("PRAGMA user_version") ?? 0 == Int64(number) else { return }
                try connection.execute(String(decoding: migrations[number], as: UTF8.self))
                try connection.execute("PRAGMA user_version = \(number + 1)")
            }
        }
    }
}
