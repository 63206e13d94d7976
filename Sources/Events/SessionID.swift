/// The name of a session, chosen by the client: 1 to 128 characters of `[A-Za-z0-9._:-]`, the first a letter or digit.
///
/// Names beginning with `playhead.` are the server's own.
public struct SessionID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest name, in bytes (names are ASCII).
    public static let maximumLength = 128
    /// Names with this prefix belong to the server.
    public static let reservedPrefix = "playhead."
    /// The pattern in words, for error hints.
    public static let rule =
        "1 to 128 characters of A-Z a-z 0-9 . _ : -, beginning with a letter or digit, not with \"\(reservedPrefix)\""

    /// The name as the client wrote it.
    public let name: String

    /// Returns nil where the name breaks the pattern.
    public init?(_ name: some StringProtocol) {
        let bytes = name.utf8
        guard let first = bytes.first, Self.isAlphanumeric(first), bytes.count <= Self.maximumLength,
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x3A || $0 == 0x2D })
        else { return nil }
        self.name = String(name)
    }

    /// True where the session is one of the server's own.
    public var isReserved: Bool { name.hasPrefix(Self.reservedPrefix) }

    /// The name.
    public var description: String { name }

    /// Orders by bytes, the same on every system.
    public static func < (a: SessionID, b: SessionID) -> Bool { a.name.utf8.lexicographicallyPrecedes(b.name.utf8) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
