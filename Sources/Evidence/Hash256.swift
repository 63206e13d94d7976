import Crypto
import Events

/// A SHA-256 hash: 32 bytes.
package struct Hash256: Sendable, Hashable {
    // The bytes as they lie in memory, so that two hashes compare as four words.
    private let a: UInt64
    private let b: UInt64
    private let c: UInt64
    private let d: UInt64

    /// Nil where there are not 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = Array(bytes).withUnsafeBytes { $0.loadUnaligned(as: Hash256.self) }
    }

    /// Nil where the text is not 64 digits of lower-case hexadecimal.
    package init?(hexadecimal: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(hexadecimal) else { return nil }
        self.init(bytes)
    }

    /// The hash of bytes.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> Hash256 {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize().withUnsafeBytes { $0.loadUnaligned(as: Hash256.self) }
    }

    /// The hash of bytes.
    package static func of(_ bytes: [UInt8]) -> Hash256 { bytes.withUnsafeBytes { of($0) } }

    /// The 32 bytes.
    package var bytes: [UInt8] { withBytes { Array($0) } }

    /// Lower-case hexadecimal.
    package var hexadecimal: String { Hexadecimal.text(bytes) }

    /// Lends the 32 bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: self, body)
    }
}
