// The canonical encoding of an event, and its leaf: a salted hash. All integers are big-endian.
//
//   0   16 bytes  the event's salt
//   16  8         offset
//   24  8         at, microseconds since 1970, signed
//   32  4         kind, the number in the table
//   36  4         v, the kind's schema version
//   40  8         cause; 0 for none
//   48  1         1 where there is a body, 0 where it is NULL
//   49  …         the body: the UTF-8 bytes as stored
//
//   leaf = SHA-256 of all of it
//
// The session is not in it: the chain that the leaf goes into begins with the session's name. Neither is the position,
// which is local to a file. A token of up to six bytes fits into one block of SHA-256, so that sealing costs little.
//
// The salt makes the leaf of an erased event say nothing about it: a bare hash of a short text can be guessed.

import Crypto

/// What of an event goes into its leaf, beside the body.
package struct LeafFields: Sendable, Hashable {
    /// The place in the session.
    package var offset: Int64
    /// Microseconds since 1970.
    package var at: Int64
    /// The kind's number.
    package var kind: UInt32
    /// The kind's schema version.
    package var version: UInt32
    /// 0 for none.
    package var cause: Int64

    /// Takes the fields as a row has them; nil where a number cannot be right.
    package init?(offset: Int64, at: Int64, kind: Int64, version: Int64, cause: Int64?) {
        guard let kind = UInt32(exactly: kind), let version = UInt32(exactly: version), cause != 0 else { return nil }
        self.offset = offset
        self.at = at
        self.kind = kind
        self.version = version
        self.cause = cause ?? 0
    }
}

/// Makes leaves, with one buffer for all of them.
package struct LeafHasher {
    private static let headSize = 49
    private var buffer = [UInt8](repeating: 0, count: headSize)

    /// Makes a hasher.
    package init() {}

    /// The leaf of an event.
    ///
    /// - Parameter body: nil for NULL.
    package mutating func leaf(_ fields: LeafFields, body: UnsafeRawBufferPointer?, salt: Salt) -> Hash256 {
        let size = Self.headSize + (body?.count ?? 0)
        if buffer.count < size { buffer += [UInt8](repeating: 0, count: size - buffer.count) }
        return buffer.withUnsafeMutableBytes { buffer in
            salt.withBytes { buffer.copyMemory(from: $0) }
            buffer.storeBytes(of: fields.offset.bigEndian, toByteOffset: 16, as: Int64.self)
            buffer.storeBytes(of: fields.at.bigEndian, toByteOffset: 24, as: Int64.self)
            buffer.storeBytes(of: fields.kind.bigEndian, toByteOffset: 32, as: UInt32.self)
            buffer.storeBytes(of: fields.version.bigEndian, toByteOffset: 36, as: UInt32.self)
            buffer.storeBytes(of: fields.cause.bigEndian, toByteOffset: 40, as: Int64.self)
            buffer[48] = body == nil ? 0 : 1
            if let body { UnsafeMutableRawBufferPointer(rebasing: buffer[Self.headSize...]).copyMemory(from: body) }
            return Hash256.of(UnsafeRawBufferPointer(rebasing: buffer[..<size]))
        }
    }
}
