/// Positions seen so far: a bit each, in pieces that are made where one is met.
struct PositionSet {
    private var pieces: [Int64: [UInt64]] = [:]
    /// How many are in it.
    private(set) var count: Int64 = 0

    /// False where it was there already.
    mutating func insert(_ position: Int64) -> Bool {
        let word = Int(position >> 6 & 63)
        let bit = UInt64(1) << UInt64(position & 63)
        let isNew = pieces[position >> 12, default: Array(repeating: 0, count: 64)][word] & bit == 0
        if isNew {
            pieces[position >> 12, default: Array(repeating: 0, count: 64)][word] |= bit
            count += 1
        }
        return isNew
    }

    /// The first position from 1 that is not in it.
    var firstMissing: Int64 {
        var position: Int64 = 1
        while let piece = pieces[position >> 12], piece[Int(position >> 6 & 63)] & 1 << UInt64(position & 63) != 0 {
            position += 1
        }
        return position
    }
}
