import DunlinCluster
import DunlinNode
import Foundation

/// Shards that are being taken up, a file each in the data directory's `taking-up/`: `NUMBER` with
/// the epoch in it. There while the shard's journal is replayed, so that a process that crashes over
/// it leaves it behind. Not synced: a power cut may forget it, which is no crash over a shard.
struct TakeUpFiles: TakeUpMarks {
    private let folder: String

    init(directory: String) {
        self.folder = directory + "/taking-up"
        // Left out where it cannot be made: then crashes are not counted, and nothing else changes.
        try? FileManager.default.createDirectory(
            atPath: self.folder, withIntermediateDirectories: true)
    }

    /// What the former process left behind.
    func left() -> [CrashedTakeUp] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.folder)) ?? []
        return names.compactMap { name in
            guard let shard = UInt32(name),
                let text = try? String(contentsOfFile: self.path(of: shard), encoding: .utf8),
                let epoch = UInt64(text)
            else { return nil }
            return CrashedTakeUp(shard: shard, epoch: epoch)
        }.sorted { $0.shard < $1.shard }
    }

    func clear() {
        for crash in self.left() { self.end(crash.shard) }
    }

    func begin(_ takeUp: CrashedTakeUp) {
        try? Data("\(takeUp.epoch)".utf8).write(
            to: URL(fileURLWithPath: self.path(of: takeUp.shard)))
    }

    func end(_ shard: UInt32) { unlink(self.path(of: shard)) }

    private func path(of shard: UInt32) -> String { "\(self.folder)/\(shard)" }
}
