// The salts of a session's events.
//
// A stretch of offsets has a secret of 32 random bytes, and the salt of the event at offset n is a half of
// SHA-256(secret ‖ (n − 1) / 2 as 8 bytes, big-endian): the first 16 bytes where n is odd, the last where it is even.
//
// To erase one event, its salt must go while the others stay: then the stretch up to the seal is written out, 16 bytes
// an offset, the erased ones zero, and a new secret begins behind it. To erase a session, all of it goes.

import Crypto

/// 16 bytes.
package struct Salt: Sendable, Hashable {
    private let a: UInt64
    private let b: UInt64

    /// Nil where there are not 16 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self = Array(bytes).withUnsafeBytes { $0.loadUnaligned(as: Salt.self) }
    }

    /// What stands in the place of an erased event's salt.
    package static let none = unsafeBitCast((UInt64(0), UInt64(0)), to: Salt.self)

    /// Lends the 16 bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: self, body)
    }
}

/// The salts of one session, by offset.
package struct SessionSalts: Sendable {
    /// The salts from one offset on: derived from a secret, or written out.
    package struct Stretch: Sendable, Hashable {
        /// Where it begins; it ends where the next one begins.
        package var first: Int64
        /// True where `secret` is 32 bytes from which salts are derived.
        package var isDerived: Bool
        /// The secret, or 16 bytes an offset.
        package var secret: [UInt8]

        /// Makes a stretch.
        package init(first: Int64, isDerived: Bool, secret: [UInt8]) {
            self.first = first
            self.isDerived = isDerived
            self.secret = secret
        }

        /// A stretch with a new random secret.
        package static func random(from first: Int64) -> Stretch {
            var generator = SystemRandomNumberGenerator()
            return Stretch(
                first: first, isDerived: true,
                secret: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    /// In the order of offsets.
    package let stretches: [Stretch]
    private var blockNumber: Int64 = -1
    private var blockStretch = -1
    private var lastStretch = -1
    private var block: (Salt, Salt) = (.none, .none)

    /// Takes the stretches in any order.
    package init(_ stretches: [Stretch]) { self.stretches = stretches.sorted { $0.first < $1.first } }

    /// The salt of the event at an offset; nil where there is none, or none any more.
    package mutating func salt(_ offset: Int64) -> Salt? {
        // Most often the one that the event before was in.
        let isSame =
            lastStretch >= 0 && stretches[lastStretch].first <= offset
            && (lastStretch + 1 == stretches.count || stretches[lastStretch + 1].first > offset)
        guard let index = isSame ? lastStretch : stretches.lastIndex(where: { $0.first <= offset }) else { return nil }
        lastStretch = index
        let stretch = stretches[index]
        if stretch.isDerived {
            let number = (offset - 1) / 2
            if number != blockNumber || index != blockStretch {
                block = Self.derive(stretch.secret, number)
                (blockNumber, blockStretch) = (number, index)
            }
            return offset % 2 == 1 ? block.0 : block.1
        }
        let start = Int(offset - stretch.first) * 16
        guard start + 16 <= stretch.secret.count, let salt = Salt(stretch.secret[start..<start + 16]) else {
            return nil
        }
        return salt == .none ? nil : salt
    }

    /// The salts without those of some offsets, all of which are at or before `head`.
    package func erasing(_ offsets: Set<Int64>, head: Int64) -> SessionSalts {
        SessionSalts([written(1...max(1, head), without: offsets), .random(from: max(1, head) + 1)])
    }

    /// The salts of some offsets written out, so that they say nothing about those of others.
    package func written(_ range: ClosedRange<Int64>, without offsets: Set<Int64> = []) -> Stretch {
        var copy = self
        var secret: [UInt8] = []
        secret.reserveCapacity(16 * range.count)
        for offset in range {
            let salt = offsets.contains(offset) ? nil : copy.salt(offset)
            (salt ?? .none).withBytes { secret.append(contentsOf: $0) }
        }
        return Stretch(first: range.lowerBound, isDerived: false, secret: secret)
    }

    private static func derive(_ secret: [UInt8], _ number: Int64) -> (Salt, Salt) {
        var hasher = SHA256()
        secret.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        withUnsafeBytes(of: number.bigEndian) { hasher.update(bufferPointer: $0) }
        return hasher.finalize().withUnsafeBytes {
            ($0.loadUnaligned(as: Salt.self), $0.loadUnaligned(fromByteOffset: 16, as: Salt.self))
        }
    }
}
