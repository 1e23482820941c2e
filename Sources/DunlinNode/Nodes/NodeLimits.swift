import DunlinCore

/// A node's limits, each with its unit.
package struct NodeLimits: Sendable, Equatable {
    /// Accounts kept in memory, over all shards.
    package var residentMax = 4_000_000
    /// Cards and addresses kept in memory, over all shards: past it what changed of them is folded,
    /// and they are let go. One that a single account holds takes about 50 bytes.
    package var budgetsMax = 250_000
    /// Journal records of a node that are not folded into rows yet: what a restart replays.
    package var tailRecordsMax: UInt64 = 4_000_000
    /// Commands that wait for room in a shard's batch; more are refused as overloaded.
    package var waitingMax = 20_000
    /// Timers fired before other work of the shard has its turn.
    package var timerBatchMax = 1024
    /// Domain time for which due rows are loaded ahead, in milliseconds.
    package var lookAheadMs = 10 * Milliseconds.minute
    /// A shard looks at the wall's clock at least this often, in case it jumped; milliseconds.
    package var wakeMaxMs = Milliseconds.minute
    /// Folded batches of each shard whose chain is checked at the start.
    package var startCheckBatches: UInt64 = 64
    /// A charge that could not leave within this time of its intent and of its commit is not sent, in
    /// milliseconds. Gateways are asked whether one that shows nowhere was made only after it.
    package var sendWithinMs: Int64 = 30 * Milliseconds.second
    /// What waits for the node's lease asks again after this time, in milliseconds.
    package var leaseWaitMs: Int64 = 100

    package init() {}
}
