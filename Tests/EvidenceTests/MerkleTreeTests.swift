import Events
import Evidence
import Testing

@Suite("The Merkle tree of RFC 6962") struct MerkleTreeTests {
    /// The inputs and roots that the reference implementation of Certificate Transparency publishes as test vectors.
    static let inputs = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    static let leaves = inputs.map { MerkleTree.leaf(Hexadecimal.bytes($0) ?? []) }

    @Test("The published roots come out, one leaf at a time")
    func roots() throws {
        var frontier = TreeFrontier()
        #expect(frontier.root.hexadecimal == Self.roots[0])
        for (index, leaf) in Self.leaves.enumerated() {
            frontier.append(leaf)
            #expect(frontier.root.hexadecimal == Self.roots[index + 1])
            let again = try #require(TreeFrontier(size: frontier.size, peaks: frontier.peaks))
            #expect(again == frontier)
        }
    }

    @Test("The published proofs come out")
    func proofs() {
        let leaves = Self.leaves
        #expect(
            MerkleTree.inclusionProof(of: 0, in: leaves[...]).map(\.hexadecimal) == [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ])
        #expect(MerkleTree.inclusionProof(of: 0, in: leaves.prefix(1)) == [])
        #expect(MerkleTree.consistencyProof(from: 1, in: leaves.prefix(1)) == [])
        // From 1 leaf to 8 the same hashes show the way as for the first leaf's inclusion.
        #expect(
            MerkleTree.consistencyProof(from: 1, in: leaves[...])
                == MerkleTree.inclusionProof(of: 0, in: leaves[...]))
        #expect(
            MerkleTree.consistencyProof(from: 6, in: leaves[...]).map(\.hexadecimal) == [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
    }

    @Test("Every proof of every tree up to 24 leaves holds, and no other leaf, place, size or hash does")
    func everyProof() {
        let leaves = (0..<24).map { MerkleTree.leaf([UInt8($0)]) }
        let wrong = MerkleTree.leaf([99])
        for size in 1...leaves.count {
            let tree = leaves.prefix(size)
            let root = MerkleTree.root(tree)
            for index in 0..<size {
                let proof = MerkleTree.inclusionProof(of: index, in: tree)
                func holds(_ leaf: Hash256, _ index: Int, _ proof: [Hash256]) -> Bool {
                    MerkleTree.isIncluded(leaf, at: index, size: size, root: root, proof: proof)
                }
                #expect(holds(leaves[index], index, proof))
                #expect(!holds(wrong, index, proof))
                #expect(!holds(leaves[index], index, proof + [wrong]))
                if size > 1 {
                    #expect(!holds(leaves[index], (index + 1) % size, proof))
                    #expect(!holds(leaves[index], index, proof.dropLast()))
                }
            }
            for older in 0...size {
                let oldRoot = MerkleTree.root(leaves.prefix(older))
                let proof = MerkleTree.consistencyProof(from: older, in: tree)
                func holds(_ oldRoot: Hash256, _ proof: [Hash256]) -> Bool {
                    MerkleTree.isConsistent(from: (older, oldRoot), to: (size, root), proof: proof)
                }
                #expect(holds(oldRoot, proof))
                #expect(!holds(wrong, proof))
                #expect(!holds(oldRoot, proof + [wrong]))
                if !proof.isEmpty { #expect(!holds(oldRoot, [wrong] + proof.dropFirst())) }
            }
        }
    }
}

extension MerkleTree {
    fileprivate static func inclusionProof(of index: Int, in leaves: ArraySlice<Hash256>) -> [Hash256] {
        inclusionProof(of: index, in: 0..<leaves.count) { root(leaves[$0]) }
    }

    fileprivate static func consistencyProof(from older: Int, in leaves: ArraySlice<Hash256>) -> [Hash256] {
        consistencyProof(from: older, to: leaves.count) { root(leaves[$0]) }
    }
}
