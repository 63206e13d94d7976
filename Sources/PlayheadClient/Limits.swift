/// Every bound of the client, with its reason.
enum Limits {
    /// Bytes of one answer that is read whole: a page holds at most 512 events and about a megabyte, escaped.
    static let answerBytes = 32 << 20
    /// Bytes of one message of a stream, and of its line: an answer of a megabyte whose every byte is escaped, and more.
    static let messageBytes = 32 << 20
    /// Bytes of an error's body that are looked at.
    static let errorBytes = 64 << 10
    /// Depth of nested JSON, the same as Foundation's decoder.
    static let jsonDepth = 512
    /// Characters of an answer that are quoted in an error.
    static let quotedCharacters = 200
    /// The longest wait between two connections, whatever the server asks for.
    static let longestDelay = Duration.seconds(300)
    /// Doublings of the delay; by then the longest delay is reached in every case.
    static let doublings = 16
}
