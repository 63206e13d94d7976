// A checkpoint as C2SP specifies it (c2sp.org/tlog-checkpoint): the text of a signed note, each line with its line feed.
//
//   <origin: which log>
//   <size of the tree, decimal>
//   <root, base64>

import Foundation

/// The head of the tree at one time: whoever keeps a signed one can show later that history was rewritten.
package struct Checkpoint: Sendable, Hashable {
    /// Which log it is of: the name of its key.
    package var origin: String
    /// Leaves of the tree.
    package var size: Int
    /// The tree's root.
    package var root: Hash256

    /// Makes a checkpoint.
    package init(origin: String, size: Int, root: Hash256) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The text that is signed.
    package var text: String { "\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n" }

    /// Reads the text of a note; lines after the third are extensions and are passed over.
    ///
    /// - Throws: `EvidenceError` with `invalidNote`.
    package init(text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, !lines[0].isEmpty, let size = Int(lines[1]), size >= 0, String(size) == lines[1],
            let data = Data(base64Encoded: String(lines[2])), data.base64EncodedString() == lines[2],
            let root = Hash256(data)
        else { throw EvidenceError.invalidNote("the note is no checkpoint: origin, size and root, a line each") }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// Opens a signed checkpoint.
    ///
    /// - Throws: `EvidenceError` with `invalidNote`.
    package init(note: String, verifier: NoteVerifier) throws {
        try self.init(text: try SignedNote.open(note, with: verifier))
        guard origin == verifier.name else {
            throw EvidenceError.invalidNote("the checkpoint is of \(origin), the key is \(verifier.name)'s")
        }
    }

    /// The checkpoint as a signed note.
    package func signed(by signer: NoteSigner) throws -> String { try SignedNote.sign(text, by: signer) }
}
