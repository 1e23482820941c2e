package import Synchronization

/// Counters of a node, for status and metrics. Cheap enough for the hot path: shards add once for
/// each committed batch.
package final class NodeCounters: Sendable {
    package let transitions = Atomic<UInt64>(0)
    package let records = Atomic<UInt64>(0)
    package let commits = Atomic<UInt64>(0)
    package let resident = Atomic<Int>(0)
    package let tailRecords = Atomic<UInt64>(0)
    /// Shared cards and addresses in memory.
    package let budgets = Atomic<Int>(0)
    /// Refusals by a code that no decline map knows.
    package let unmappedDeclines = Atomic<UInt64>(0)
    package let overloads = Atomic<UInt64>(0)

    package init() {}
}
