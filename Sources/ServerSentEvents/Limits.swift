/// The limits of this module.
public enum ServerSentEventLimits {
    /// The longest line, its end not counted: 1 MiB.
    public static let maximumLineBytes = 1 << 20
    /// The most data one event may collect over its lines: 16 MiB.
    public static let maximumEventBytes = 16 << 20
    /// The longest `retry` that is believed: a day.
    public static let maximumRetryMs = 86_400_000
}
