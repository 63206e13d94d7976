import Dispatch
import Events
import Evidence

/// The hashes of one transaction's seals.
final class Sealing: @unchecked Sendable {
    // @unchecked: `jobs`, `tree` and `failure` are touched by the hashing thread until `finish` has waited for it, and then by the
    // writer's.

    /// A session, the point where its chain stands, and the events that come next.
    struct Job {
        let entry: SessionEntry
        var point: SealedPoint
        let events: [StoredEvent]
        /// True where more events were to be sealed than one transaction takes.
        let isCut: Bool
        /// The leaves of erased events.
        let erased: [Int64: Hash256]
        /// The first two bytes of each leaf.
        var fingerprints: [UInt8] = []
    }

    /// As they are before the hashes, and after `finish` with them.
    private(set) var jobs: [Job]
    private(set) var tree: TreeFrontier
    private var failure: EventLogError?
    private let group = DispatchGroup()
    private static let queue = DispatchQueue(label: "playhead.seals", qos: .userInitiated)

    init(_ jobs: [Job], tree: TreeFrontier) {
        self.jobs = jobs
        self.tree = tree
    }

    /// Makes the hashes: on another thread where there are enough of them to be worth it.
    func start() {
        let count = jobs.reduce(0) { $0 + $1.events.count }
        if count < Limits.eventsPerHashingThread { return hash() }
        Self.queue.async(group: group) { self.hash() }
    }

    /// Waits for the hashes and gives the jobs as they are then.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where an event can have no leaf.
    func finish() throws -> [Job] {
        group.wait()
        if let failure { throw failure }
        return jobs
    }

    private func hash() {
        var hasher = LeafHasher()
        for index in jobs.indices {
            let job = jobs[index]
            var salts = job.point.salts
            var chain = SessionChain(value: job.point.chain)
            var fingerprints: [UInt8] = []
            fingerprints.reserveCapacity(2 * job.events.count)
            var offset = job.point.offset
            for event in job.events {
                offset += 1
                guard
                    let leaf = job.erased[offset] ?? salts.salt(offset).map({ Self.leaf(event, offset, $0, &hasher) })
                else {
                    let session = job.entry.session
                    failure = .damaged("event \(offset) of session \(session) has no salt, and it was not erased")
                    return
                }
                chain.add(leaf)
                leaf.withBytes {
                    fingerprints.append($0[0])
                    fingerprints.append($0[1])
                }
            }
            let point = SealedPoint(offset: offset, chain: chain.seal(), salts: salts)
            jobs[index].point = point
            jobs[index].fingerprints = fingerprints
            tree.append(Seal(session: job.entry.session.name, offset: offset, chain: point.chain).treeLeaf)
        }
    }

    /// The leaf of an event.
    static func leaf(_ event: StoredEvent, _ offset: Int64, _ salt: Salt, _ hasher: inout LeafHasher) -> Hash256 {
        guard
            let fields = LeafFields(
                offset: offset, at: event.at, kind: Int64(event.kind), version: Int64(event.version),
                cause: event.cause == 0 ? nil : event.cause)
        else { preconditionFailure("the log records kinds and versions from 1") }
        guard var body = event.body else { return hasher.leaf(fields, body: nil, salt: salt) }
        return body.withUTF8 { hasher.leaf(fields, body: UnsafeRawBufferPointer($0), salt: salt) }
    }
}
