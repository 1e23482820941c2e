import DunlinPorts

/// One node's data directory in memory: what survives when its process dies.
///
/// Keep the disk, throw the node away, start another on it.
package final class MemoryDisk: Sendable {
    package let journal: MemoryJournal
    package let rows: MemoryRows
    package let keys: MemoryKeys
    package let meta: MemoryMeta

    package init(commits: MemoryJournal.Commits = .immediately) {
        self.keys = MemoryKeys()
        self.journal = MemoryJournal(commits: commits, keys: self.keys)
        self.rows = MemoryRows()
        self.meta = MemoryMeta()
    }

    private init(copying other: MemoryDisk) {
        self.keys = MemoryKeys(copying: other.keys)
        self.journal = MemoryJournal(copying: other.journal, keys: self.keys)
        self.rows = MemoryRows(copying: other.rows)
        self.meta = MemoryMeta(copying: other.meta)
    }

    /// Another disk with what is durable on this one now: a backup that may be put back later.
    package func copy() -> MemoryDisk { MemoryDisk(copying: self) }

    /// The process dies: batches that wait are lost without an answer, but for the first
    /// `survivors` of them, which were durable although nobody was told.
    package func crash(survivors: Int = 0) {
        self.journal.crash(survivors: survivors)
    }
}
