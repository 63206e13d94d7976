import Events

/// A place in a stream, as `after` and `Last-Event-ID` give it: `17`, or `17.6` where event 17 was delivered in part.
///
/// The part counts UTF-8 bytes of a token's text, or frames of an event that makes more than one.
struct StreamPosition: Hashable {
    var offset: Offset
    /// 0 where the whole event was delivered.
    var part = 0

    static let beginning = StreamPosition(offset: .beginning)

    init(offset: Offset, part: Int = 0) {
        self.offset = offset
        self.part = part
    }

    /// Nil where the text is neither form: signs and spaces are not taken, and a part is not 0.
    init?(_ text: some StringProtocol) {
        let pieces = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = pieces.first, let offset = Self.number(first) else { return nil }
        self.init(offset: Offset(offset))
        guard pieces.count == 2 else { return }
        guard offset > 0, let part = Self.number(pieces[1]), part > 0, part <= Int32.max else { return nil }
        self.part = Int(part)
    }

    /// The offset after which the log is read: an event delivered in part is read again.
    var readAfter: Offset { part == 0 ? offset : Offset(offset.value - 1) }

    private static func number(_ digits: some StringProtocol) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
    }
}
