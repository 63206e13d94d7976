/// A value folded over every recorded event in the order of positions: 64 bits that notice a lost or changed event.
///
/// It is quick rather than cryptographic (a few nanoseconds an event): it guards against faults of disks and files. The
/// audit's hashes guard against people.
struct Chain: Hashable {
    var value: UInt64

    /// Before the first event.
    init() { value = 0 }

    init(value: UInt64) { self.value = value }

    /// Folds in an event as it stands in the table.
    mutating func add(_ event: StoredEvent, session: Int64, offset: Int64) {
        add(UInt64(bitPattern: event.position))
        add(UInt64(bitPattern: session))
        add(UInt64(bitPattern: offset))
        add(UInt64(bitPattern: event.at))
        add(UInt64(UInt32(bitPattern: event.kind)) << 32 | UInt64(UInt32(bitPattern: event.version)))
        add(UInt64(bitPattern: event.cause))
        if let body = event.body { add(body) } else { add(UInt64.max) }
    }

    private mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(UInt64(bytes.count))
            let bytes = UnsafeRawBufferPointer(bytes)
            var index = 0
            while index + 8 <= bytes.count {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
                index += 8
            }
            var last: UInt64 = 0
            for byte in bytes[index...] { last = last << 8 | UInt64(byte) }
            add(last)
        }
    }

    /// A step that can be undone, so that two values that differ stay different whatever follows.
    private mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 32
    }
}
