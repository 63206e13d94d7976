import Evidence
import Testing

@Suite("Signed notes and checkpoints") struct SignedNoteTests {
    // The example of the package that first had this format, golang.org/x/mod/sumdb/note.
    static let signerKey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let verifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let note =
        text
        + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

    @Test("The published keys and note are read and made byte for byte")
    func example() throws {
        let signer = try NoteSigner(Self.signerKey)
        #expect(signer.verifier.text == Self.verifierKey)
        #expect(signer.text == Self.signerKey)
        let verifier = try NoteVerifier(Self.verifierKey)
        #expect(try SignedNote.open(Self.note, with: verifier) == Self.text)
        // Ed25519 signatures are deterministic (RFC 8032, section 5.1.6).
        #expect(try SignedNote.sign(Self.text, by: signer) == Self.note)
    }

    @Test("A changed byte of a note, or another key, is refused")
    func changed() throws {
        let verifier = try NoteVerifier(Self.verifierKey)
        let bytes = Array(Self.note.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            let note = String(decoding: changed, as: UTF8.self)
            #expect(throws: EvidenceError.self, "byte \(index)") { try SignedNote.open(note, with: verifier) }
        }
        let other = try NoteSigner(newKeyNamed: "PeterNeumann").verifier
        #expect(throws: EvidenceError.self) { try SignedNote.open(Self.note, with: other) }
    }

    @Test("Malformed keys and names are refused")
    func malformed() throws {
        for key in [
            "", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a b+00000000+AQ==",
        ] {
            #expect(throws: EvidenceError.self) { try NoteVerifier(key) }
            #expect(throws: EvidenceError.self) { try NoteSigner("PRIVATE+KEY+" + key) }
        }
        for name in ["", "a b", "a+b", "a\n"] {
            #expect(throws: EvidenceError.self) { try NoteSigner(newKeyNamed: name) }
        }
    }

    @Test("A checkpoint is three lines, and is of the key that signed it")
    func checkpoint() throws {
        let signer = try NoteSigner(newKeyNamed: "log.example/1")
        let checkpoint = Checkpoint(origin: "log.example/1", size: 20_852_163, root: Hash256.of([1]))
        let lines = checkpoint.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines == ["log.example/1", "20852163", "S/USLzRFVMU73i67jNK349FgCtYxw4Wl18ziPHeFRZo=", ""])
        let note = try checkpoint.signed(by: signer)
        #expect(try Checkpoint(note: note, verifier: signer.verifier) == checkpoint)
        let foreign = try Checkpoint(origin: "other", size: 1, root: Hash256.of([1])).signed(by: signer)
        #expect(throws: EvidenceError.self) { try Checkpoint(note: foreign, verifier: signer.verifier) }
        for text in ["a\n1\n", "a\n-1\nAAAA\n", "a\n01\n" + lines[2] + "\n", "\n1\n" + lines[2] + "\n"] {
            #expect(throws: EvidenceError.self) { try Checkpoint(text: text) }
        }
    }
}
