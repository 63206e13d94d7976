// Signed notes as C2SP specifies them (c2sp.org/signed-note): a text that ends with a line feed, an empty line, and a line
// for each signature:
//
//   — <key name> <base64 of: 4 bytes of key hash, 64 bytes of Ed25519 signature over the text>
//
// A verifier key is `<name>+<key hash, 8 digits>+<base64 of: 0x01, 32 bytes of public key>`, and its hash the first four
// bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key). A signer key is `PRIVATE+KEY+<name>+<hash>+<base64 of: 0x01, seed>`.

import Crypto
import Events
import Foundation

/// A public key with its name.
package struct NoteVerifier: Sendable {
    /// Who signs; neither spaces nor `+`.
    package let name: String
    /// Four bytes that find the signature of this key.
    package let hash: [UInt8]
    private let key: Curve25519.Signing.PublicKey

    init(name: String, key: Curve25519.Signing.PublicKey) {
        self.name = name
        self.key = key
        hash = Array(Hash256.of(Array(name.utf8) + [0x0A, 1] + Array(key.rawRepresentation)).bytes.prefix(4))
    }

    /// Reads a verifier key.
    ///
    /// - Throws: `EvidenceError` with `invalidKey`.
    package init(_ text: String) throws {
        // Base64 has a `+` too, so only the first two divide.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, SignedNote.isName(parts[0]), let data = Data(base64Encoded: parts[2]),
            data.count == 33, data.first == 1,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: data.dropFirst())
        else { throw EvidenceError.invalidKey("the verifier key is not of the form name+hash+key") }
        self.init(name: parts[0], key: key)
        guard Hexadecimal.text(hash) == parts[1] else {
            throw EvidenceError.invalidKey("the verifier key does not match its hash")
        }
    }

    /// The verifier key as text.
    package var text: String {
        "\(name)+\(Hexadecimal.text(hash))+\((Data([1]) + key.rawRepresentation).base64EncodedString())"
    }

    func isValid(_ signature: [UInt8], over text: String) -> Bool {
        key.isValidSignature(Data(signature), for: Data(text.utf8))
    }
}

/// A private key with its name.
package struct NoteSigner: Sendable {
    /// What others verify with.
    package let verifier: NoteVerifier
    private let key: Curve25519.Signing.PrivateKey

    /// Makes a new key.
    ///
    /// - Throws: `EvidenceError` with `invalidKey` where the name has spaces or a `+`, or is empty.
    package init(newKeyNamed name: String) throws {
        guard SignedNote.isName(name) else {
            throw EvidenceError.invalidKey("a key's name has neither spaces nor +, and is not empty")
        }
        key = Curve25519.Signing.PrivateKey()
        verifier = NoteVerifier(name: name, key: key.publicKey)
    }

    /// Reads a signer key.
    ///
    /// - Throws: `EvidenceError` with `invalidKey`.
    package init(_ text: String) throws {
        let prefix = "PRIVATE+KEY+"
        let parts = text.dropFirst(prefix.count)
            .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard text.hasPrefix(prefix), parts.count == 3, SignedNote.isName(parts[0]),
            let data = Data(base64Encoded: parts[2]), data.count == 33, data.first == 1,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data.dropFirst())
        else { throw EvidenceError.invalidKey("the signer key is not of the form PRIVATE+KEY+name+hash+key") }
        self.key = key
        verifier = NoteVerifier(name: parts[0], key: key.publicKey)
        guard Hexadecimal.text(verifier.hash) == parts[1] else {
            throw EvidenceError.invalidKey("the signer key does not match its hash")
        }
    }

    /// The signer key as text: a secret.
    package var text: String {
        let seed = (Data([1]) + key.rawRepresentation).base64EncodedString()
        return "PRIVATE+KEY+\(verifier.name)+\(Hexadecimal.text(verifier.hash))+\(seed)"
    }

    func signature(over text: String) throws -> [UInt8] { Array(try key.signature(for: Data(text.utf8))) }
}

/// A text and who signed it.
package enum SignedNote {
    /// Signs a text, which ends with a line feed.
    package static func sign(_ text: String, by signer: NoteSigner) throws -> String {
        precondition(text.hasSuffix("\n"), "a note's text ends with a line feed")
        let signature = signer.verifier.hash + (try signer.signature(over: text))
        return "\(text)\n— \(signer.verifier.name) \(Data(signature).base64EncodedString())\n"
    }

    /// The text of a note that the key signed; signatures of other keys are passed over.
    ///
    /// - Throws: `EvidenceError` with `invalidNote`.
    package static func open(_ note: String, with verifier: NoteVerifier) throws -> String {
        guard note.hasSuffix("\n"), let border = note.range(of: "\n\n", options: .backwards) else {
            throw EvidenceError.invalidNote("the note has no signatures")
        }
        let text = String(note[..<border.lowerBound]) + "\n"
        for line in note[border.upperBound...].split(separator: "\n", omittingEmptySubsequences: true) {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            // Base64 has more than one text for the same bytes; a note has one.
            guard words.count == 3, words[0] == "—", let data = Data(base64Encoded: String(words[2])), data.count > 4,
                data.base64EncodedString() == words[2]
            else { throw EvidenceError.invalidNote("a signature line is malformed") }
            let bytes = Array(data)
            guard words[1] == verifier.name, bytes.prefix(4).elementsEqual(verifier.hash) else { continue }
            guard verifier.isValid(Array(bytes.dropFirst(4)), over: text) else {
                throw EvidenceError.invalidNote("the signature of \(verifier.name) does not fit the text")
            }
            return text
        }
        throw EvidenceError.invalidNote("the note is not signed by \(verifier.name)")
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains("+") && !name.unicodeScalars.contains { $0.properties.isWhitespace }
    }
}
