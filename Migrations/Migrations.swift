/// The numbered SQL files of each database, embedded in the binary, in order.
///
/// A released migration never changes: a new one is added at the end.
public enum Migrations {
    /// `log.db`.
    public static let log: [[UInt8]] = [
        PackageResources.log_0001_events_sql, PackageResources.log_0002_message_resumable_sql,
        PackageResources.log_0003_seals_sql, PackageResources.log_0004_pruned_sessions_sql,
    ]
    /// `projections.db`.
    public static let projections: [[UInt8]] = [PackageResources.projections_0001_states_sql]
    /// `config.db`.
    public static let config: [[UInt8]] = [PackageResources.config_0001_agents_sql]
}
