package import DunlinCluster

/// Notes which shards are being taken up, where the next process of this node finds it: a process
/// that crashes over a shard can say nothing any more, and its successor does.
package protocol TakeUpMarks: Sendable {
    func begin(_ takeUp: CrashedTakeUp)
    func end(_ shard: UInt32)
}

/// Notes nothing: where no process outlives another.
struct NoTakeUpMarks: TakeUpMarks {
    func begin(_ takeUp: CrashedTakeUp) {}
    func end(_ shard: UInt32) {}
}
