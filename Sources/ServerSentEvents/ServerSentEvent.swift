/// One dispatched event of an event stream.
public struct ServerSentEvent: Sendable, Hashable {
    /// The last event id at the moment of dispatch: this block's, or an earlier one's; empty where there was none.
    public var id: String
    /// The event's type; `message` where the block names none.
    public var name: String
    /// The data lines joined by line feeds, as they came: the specification reads them as UTF-8.
    public var data: [UInt8]

    /// Takes the parts as they are.
    public init(id: String, name: String = "message", data: [UInt8]) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// The data as text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: data, as: UTF8.self) }
}

/// Why an event stream was refused.
public struct ServerSentEventError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The stable word.
        public let rawValue: String
        /// Takes any word, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A line passed the limit before its end came.
        public static let lineTooLong = Code(rawValue: "line_too_long")
        /// The data of one event passed the limit.
        public static let eventTooLong = Code(rawValue: "event_too_long")
    }

    /// What went wrong, for programs.
    public var code: Code
    /// What went wrong, for people.
    public var message: String

    init(code: Code, limit: Int) {
        self.code = code
        message = "\(code == .lineTooLong ? "a line" : "an event") of the stream is longer than \(limit) bytes"
    }

    /// One line for a log.
    public var description: String { "\(code.rawValue): \(message)" }
}
