import DunlinCluster
import Foundation

/// What a backup holds: `manifest.json` of its folder, written last, so that a folder without one is
/// no backup.
///
///     manifest.json       this
///     bundles/ID          the source of each bundle
///     shards/NNNN.pages   the shard's committed batches, from the first to the one that is named here
///     keys/NNNN.pages     the sealing keys that those batches made, apart: they may be kept for less
///                         long, and without them nobody's address can be read
///
/// A file of pages is any number of: length (4 bytes, big-endian), then a PrepareRequest as
/// `proto/dunlin/v1/replica.proto` has it, with one entry. Those of `keys` have batches without
/// records.
struct BackupManifest: Codable, Equatable {
    struct Shard: Codable, Equatable {
        var shard: UInt32
        /// The last batch; 0 for a shard that has none.
        var op: UInt64
        var epoch: UInt64
        /// The last batch's, in hexadecimal: with it the whole chain is known.
        var hash: String
        var bytes: UInt64
        var keys: UInt64
    }

    static let formatKnown = 1
    static let fileName = "manifest.json"

    var format = BackupManifest.formatKnown
    /// Random: tells backups apart.
    var id: UInt64
    var program: String
    var madeAt: String
    var cluster: UInt64
    var generation: UInt32
    var shardCount: UInt32
    var backups: UInt32
    var minInSync: UInt32
    var level: UInt32
    /// 0 where none was applied.
    var bundle: UInt64
    var bundles: [UInt64]
    /// `wall` or `manual`, and where domain time stood when all shards were copied.
    var clock: String
    var now: String
    var shards: [Shard]

    static func read(_ folder: String) throws(Failure) -> BackupManifest {
        let path = "\(folder)/\(Self.fileName)"
        let bytes = try Console.read(path, bytesMax: 16 << 20)
        let manifest: BackupManifest
        do {
            manifest = try JSONDecoder().decode(BackupManifest.self, from: Data(bytes))
        } catch {
            throw Failure("\(path) is no backup's manifest; name the folder of a whole backup.")
        }
        guard manifest.format == Self.formatKnown else {
            throw Failure("\(path) was written by another version: restore with that one.")
        }
        guard manifest.shards.map(\.shard) == Array(0..<manifest.shardCount),
            (1...ShardMap.shardsMax).contains(manifest.shardCount)
        else { throw Failure("\(path) does not name every shard once.") }
        return manifest
    }

    func write(_ folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(
            to: URL(fileURLWithPath: "\(folder)/\(Self.fileName)"), options: .atomic)
    }

    static func pages(_ folder: String, _ part: String, _ shard: UInt32) -> String {
        let digits = String(shard)
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return "\(folder)/\(part)/\(zeros)\(digits).pages"
    }

    // MARK: Who has which shards after a restore

    /// The place of a restored shard among `nodes`: one copy each; the cluster makes the others.
    static func holder(of shard: UInt32, among nodes: [NodeID]) -> NodeID {
        nodes[Int(shard) % nodes.count]
    }

    /// The life of a restored disk. The coordinator's part of a restore and the node's are made
    /// apart, and know each other by it.
    func disk(of node: NodeID) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ self.id
        for byte in node.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return max(1, hash)
    }
}
