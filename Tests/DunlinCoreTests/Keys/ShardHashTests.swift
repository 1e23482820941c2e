import DunlinCore
import Foundation
import Testing

@Suite("The hash that chooses an entity's shard")
struct ShardHashTests {
    /// One line of `proto/vectors/shard_hash.txt`, which other programs test themselves against.
    struct Vector: CustomTestStringConvertible {
        var key: EntityKey
        var hash: UInt64
        var shardOf256: UInt64

        var testDescription: String { "\(self.key)" }
    }

    @Test("it gives the published vectors", arguments: try ShardHashTests.vectors())
    func vector(_ vector: Vector) {
        #expect(vector.key.shardHash == vector.hash)
        #expect(vector.key.shardHash % 256 == vector.shardOf256)
    }

    @Test("tenant, kind and key do not run into one another")
    func partsAreApart() {
        let hashes = [
            EntityKey(tenant: "shop", key: "1x"), EntityKey(tenant: "shop1", key: "x"),
            EntityKey(tenant: "shop", kind: .card, key: "1x"), EntityKey(tenant: "sho", key: "p1x"),
        ].map(\.shardHash)
        #expect(Set(hashes).count == hashes.count)
    }

    private static func vectors() throws -> [Vector] {
        let path = URL(filePath: #filePath)
            .appending(path: "../../../../proto/vectors/shard_hash.txt").standardized
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(lines.count >= 16)
        return try lines.map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            try #require(parts.count == 5)
            let kind = try #require(EntityKind.allCases.first { $0.name == parts[1] })
            return Vector(
                key: EntityKey(tenant: parts[0], kind: kind, key: parts[2]),
                hash: try #require(UInt64(parts[3], radix: 16)),
                shardOf256: try #require(UInt64(parts[4])))
        }
    }
}
