/// Every bound of the reader, with its reason.
enum Limits {
    /// Events, tokens aside, whose node is remembered; a forgotten one is looked up in the session again.
    static let rememberedCauses = 4_096
    /// Causes followed upwards from one event: a token's chain has three.
    static let causeDepth = 16
    /// Printed messages remembered, to tell when one of them is superseded.
    static let rememberedMessages = 1_024
    /// Columns of a line that is no token, where the width of the terminal is not known.
    static let columns = 160
    /// The fewest columns left to an event's details, however narrow the terminal.
    static let detailColumns = 24
    /// UTF-8 bytes of a body that are looked at for a line of details.
    static let detailBytes = 4_096
    /// Columns of the gutter that holds the offset.
    static let gutterColumns = 6
    /// The oldest age that `--since` takes, in days.
    static let ageDays: Int64 = 36_500
}
