/// What clients did to one session and saw of it, to be checked for linearizability.
///
/// Offsets identify operations: a successful append moves the head to its last offset, and whatever else is done sees the
/// head somewhere. So the order is known, and the history is linearizable where no operation ended before one that comes
/// earlier in that order began.
struct History: Sendable {
    struct Operation: Sendable {
        /// Ticks of one clock before and after it.
        var begin: Int
        var end: Int
        /// The head that it found, and the one that it left.
        var found: Int64
        var left: Int64

        /// Its place in the order; those that only look share one.
        fileprivate var place: Int64 { found == left ? 2 * found + 1 : 2 * left }
    }

    var operations: [Operation] = []

    /// The first contradiction; nil where the history is linearizable.
    var contradiction: String? {
        let appends = operations.filter { $0.found != $0.left }.sorted { $0.left < $1.left }
        var heads: Set<Int64> = [0]
        for append in appends {
            guard heads.contains(append.found) else { return "\(append) began at a head that no append left" }
            guard heads.insert(append.left).inserted else { return "\(append) left a head that another one left" }
        }
        for (earlier, later) in zip(appends, appends.dropFirst()) where later.found != earlier.left {
            return "\(later) does not begin where \(earlier) ended"
        }
        var newestBegin: [(place: Int64, begin: Int)] = []
        for operation in operations.sorted(by: { $0.place < $1.place }) {
            guard heads.contains(operation.found) else { return "\(operation) saw half an append" }
            if let earlier = newestBegin.last(where: { $0.place < operation.place }), operation.end < earlier.begin {
                return "\(operation) ended before something that it comes after had begun"
            }
            let begin = max(newestBegin.last?.begin ?? 0, operation.begin)
            if newestBegin.last?.place == operation.place { newestBegin.removeLast() }
            newestBegin.append((operation.place, begin))
        }
        return nil
    }
}
