/// A 1-based place in a session, without gaps.
///
/// Reads are always *after* an offset, so a checkpoint, `after`, `Last-Event-ID` and the head are the same number,
/// and 0 is "from the beginning".
public struct Offset: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Before the first event.
    public static let beginning = Offset(0)

    /// The place itself; 0 is before the first event.
    public let value: Int64

    /// Wraps a place.
    public init(_ value: Int64) { self.value = value }

    /// Reads a bare JSON number.
    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes a bare JSON number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    /// The offset that follows this one.
    public var next: Offset { Offset(value + 1) }

    /// The number in decimal.
    public var description: String { String(value) }

    /// True where `a` is nearer to the beginning of the session.
    public static func < (a: Offset, b: Offset) -> Bool { a.value < b.value }
}

/// A place in the order over all sessions of one log.
///
/// Positions grow and are never reused; they are local to a file.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Before the first event.
    public static let beginning = Position(0)

    /// The place itself; 0 is before the first event of the log.
    public let value: Int64

    /// Wraps a place.
    public init(_ value: Int64) { self.value = value }

    /// The number in decimal.
    public var description: String { String(value) }

    /// True where `a` was recorded first.
    public static func < (a: Position, b: Position) -> Bool { a.value < b.value }
}
