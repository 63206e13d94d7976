/// What verifying found.
package struct Verification: Sendable, Codable, Equatable {
    /// What kind of change it looks like.
    package enum Change: String, Sendable, Codable, CaseIterable {
        /// An event is not what was recorded.
        case edited
        /// An event is gone.
        case removed
        /// There is an event that was not recorded.
        case inserted
        /// Events have changed places.
        case reordered
        /// The end of a session is gone.
        case truncated
        /// Nothing of a session is left.
        case sessionMissing = "session_missing"
        /// The seals or the tree are not those that were made.
        case rewritten
    }

    /// One thing that does not fit.
    package struct Finding: Sendable, Codable, Equatable {
        /// The session's name; nil where it cannot be known.
        package var session: String?
        /// The first offset that does not fit; nil where it cannot be known.
        package var offset: Int64?
        /// What it looks like.
        package var change: Change
        /// What was seen.
        package var message: String

        /// One line for people.
        package var line: String {
            let place = [session, offset.map { "offset \($0)" }].compactMap(\.self).joined(separator: ", ")
            return "\(place.isEmpty ? "log" : place): \(change.rawValue.replacing("_", with: " ")): \(message)"
        }
    }

    /// Empty where everything fits.
    package var findings: [Finding] = []
    /// Sessions looked at.
    package var sessions = 0
    /// Events looked at.
    package var events = 0
    /// Events among them that a seal covers.
    package var sealed = 0
    /// Events among them whose body was erased.
    package var erased = 0
    /// Sessions among them whose events were deleted after their time.
    package var pruned = 0
    /// Seals in the tree.
    package var seals = 0
    /// Attachments that were compared with the digests by which messages name them.
    package var attachments = 0
    /// The checkpoints that the tree agrees with, by what they are.
    package var checkpoints: [String] = []

    /// True where everything fits.
    package var isSound: Bool { findings.isEmpty }

    /// Nothing yet.
    package init() {}
}
