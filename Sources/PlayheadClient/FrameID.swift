public import Events

/// The place after a frame, as `Last-Event-ID` and `after` name it: `17`, or `17.6` for a paced frame that ends six
/// UTF-8 bytes into the text of event 17.
public struct FrameID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Before the first event.
    public static let beginning = FrameID(.beginning)

    /// The event the frame comes from.
    public var offset: Offset
    /// How many bytes of the event's text are delivered; 0 where all of it is.
    public var bytes: Int64

    /// Names the place after a whole event.
    public init(_ offset: Offset, bytes: Int64 = 0) {
        self.offset = offset
        self.bytes = bytes
    }

    /// Parses the form of the wire; nil where the text is not one.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let offset = Self.digits(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(Offset(offset))
            return
        }
        guard let bytes = Self.digits(parts[1]), bytes > 0, offset > 0 else { return nil }
        self.init(Offset(offset), bytes: bytes)
    }

    /// The form of the wire.
    public var description: String { bytes == 0 ? "\(offset)" : "\(offset).\(bytes)" }

    /// A part of an event comes before the whole of it.
    public static func < (a: FrameID, b: FrameID) -> Bool {
        if a.offset != b.offset { return a.offset < b.offset }
        if a.bytes == 0 || b.bytes == 0 { return a.bytes > 0 && b.bytes == 0 }
        return a.bytes < b.bytes
    }

    private static func digits(_ text: some StringProtocol) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
