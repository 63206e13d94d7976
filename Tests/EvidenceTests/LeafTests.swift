import Evidence
import Testing

@Suite("Leaves, salts, chain and seals") struct LeafTests {
    /// The secret is 00 01 02 … 1f.
    ///
    /// The expected values were made by the functions of the Python verifier in Tests/Audit.
    static let stretch = SessionSalts.Stretch(first: 1, isDerived: true, secret: Array(0..<32))
    static let events: [(fields: (Int64, Int64, Int64, Int64, Int64?), body: String?)] = [
        ((1, 1_795_349_071_655_120, 15, 1, nil), "{}"),
        ((2, 1_795_349_071_655_121, 16, 1, 1), "你好"),
        ((3, 1_795_349_071_655_122, 16, 1, 1), ""),
        ((4, 1_795_349_071_655_122, 21, 2, 2), nil),
    ]
    static let leaves = [
        "603af56d7f2c98def121dcdf6b675e160cfad6829930500aafaf7a6f60cfa481",
        "f44ea7e54f3e4d89de645533f7158ed02988a844258a96d8162eec819932cc70",
        "3ba81097296a0db46690c7d0c024a5299b25f59dc1a4d5cb672c3e0ece7ff142",
        "9c829059ac2a66ecb689a77c5d106c19f758762b32c35ff54eac296b27fe0c13",
    ]

    static func leaf(_ index: Int, _ salts: inout SessionSalts) throws -> Hash256? {
        let (offset, at, kind, version, cause) = events[index].fields
        let fields = try #require(
            LeafFields(offset: offset, at: at, kind: kind, version: version, cause: cause))
        guard let salt = salts.salt(offset) else { return nil }
        var hasher = LeafHasher()
        guard let body = events[index].body else { return hasher.leaf(fields, body: nil, salt: salt) }
        return Array(body.utf8).withUnsafeBytes { hasher.leaf(fields, body: $0, salt: salt) }
    }

    @Test("The leaves are those of the specification")
    func leaves() throws {
        var salts = SessionSalts([Self.stretch])
        for index in Self.events.indices {
            #expect(try Self.leaf(index, &salts)?.hexadecimal == Self.leaves[index])
        }
    }

    @Test("The chain, the seal and its place in the tree are those of the specification")
    func chain() throws {
        var salts = SessionSalts([Self.stretch])
        var chain = SessionChain(session: "demo")
        #expect(
            chain.value.hexadecimal == "0a69a9335a868b8e846a1559b1545437a92fbeb65993b115382f69af08fa495b")
        for index in 0..<3 {
            let leaf = try Self.leaf(index, &salts)
            chain.add(try #require(leaf))
        }
        let first = chain.seal()
        #expect(first.hexadecimal == "e1016fcd0fde99d839e7745e3ad36e90657feb9c8ecd67537c56ed72b6fa9f21")
        let last = try Self.leaf(3, &salts)
        chain.add(try #require(last))
        #expect(
            chain.seal().hexadecimal == "a64a3769f54ebbd427743310e35e80dd9233f64045e81dd18538fbdca631dc33")
        let seal = Seal(session: "demo", offset: 3, chain: first)
        #expect(
            seal.treeLeaf.hexadecimal == "87d7a45eca8a408fec9692559e55236459b8f2fd99b609d02a80aa5bddfb79f9")
    }

    @Test("Erasing takes the salts of those offsets and no others")
    func erasing() throws {
        let salts = SessionSalts([Self.stretch])
        var erased = salts.erasing([2], head: 4)
        #expect(erased.salt(2) == nil)
        for index in [0, 2, 3] { #expect(try Self.leaf(index, &erased)?.hexadecimal == Self.leaves[index]) }
        var before = salts
        let next = erased.salt(5)
        #expect(next != nil)
        #expect(next != before.salt(5))
        var twice = erased.erasing([4], head: 6)
        #expect(twice.salt(2) == nil)
        #expect(twice.salt(4) == nil)
        #expect(twice.salt(5) == next)
        #expect(!twice.stretches.contains { $0.secret == Self.stretch.secret })
    }

    @Test("Salts that are written out in pieces are the same, read in any order")
    func pieces() {
        var salts = SessionSalts([Self.stretch]).erasing([2], head: 6)
        let pieces = [1...3, 4...4, 5...9].map { salts.written($0) }
        var again = SessionSalts(pieces.shuffled())
        #expect(pieces.allSatisfy { !$0.isDerived })
        for offset in [9, 1, 2, 5, 4, 3, 8, 6, 7] as [Int64] { #expect(again.salt(offset) == salts.salt(offset)) }
    }

    @Test("Numbers that no event has make no leaf")
    func impossible() {
        #expect(LeafFields(offset: 1, at: 1, kind: -1, version: 1, cause: nil) == nil)
        #expect(LeafFields(offset: 1, at: 1, kind: 16 + 1 << 32, version: 1, cause: nil) == nil)
        #expect(LeafFields(offset: 1, at: 1, kind: 16, version: 1 << 40, cause: nil) == nil)
        #expect(LeafFields(offset: 1, at: 1, kind: 16, version: 1, cause: 0) == nil)
    }
}
