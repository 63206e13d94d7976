/// Places in the log up to which rows of `recent_events` can be deleted with a known chain value, not far apart: deleting
/// the rows between two of them is a short transaction.
struct Boundaries {
    private var places: [(mark: CommitMark, bytes: Int)] = []
    /// The newest event, the last place, and the bytes between them.
    private var newest: CommitMark
    private var last: CommitMark
    private var bytes = 0
    private let spacing: Int64

    /// Starts where the rows are deleted already; places are at most about `spacing` events apart.
    init(after trimmed: CommitMark, spacing: Int) {
        newest = trimmed
        last = trimmed
        self.spacing = Int64(spacing)
    }

    /// Notes that the log goes on up to a mark, with so many bytes of events.
    mutating func note(_ mark: CommitMark, bytes added: Int) {
        newest = mark
        bytes += added
        if mark.position - last.position >= spacing || bytes >= Limits.bytesPerSettlingSlice { close() }
    }

    /// Makes the newest event a place.
    mutating func close() {
        guard newest.position > last.position else { return }
        places.append((newest, bytes))
        last = newest
        bytes = 0
    }

    /// The place up to which one transaction may delete: at least the first, and not beyond a position; nil where none is.
    func target(upTo position: Int64) -> CommitMark? {
        var room = Limits.bytesPerSettlingSlice
        var target = places.first?.mark
        for place in places {
            room -= place.bytes
            if place.mark.position > position || room < 0 { break }
            target = place.mark
        }
        return target
    }

    /// Forgets the places up to one.
    mutating func remove(upTo mark: CommitMark) { places.removeAll { $0.mark.position <= mark.position } }
}
