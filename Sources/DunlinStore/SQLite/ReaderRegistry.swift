import GRDBSQLite
import Synchronization

/// Which reads are under way and since when, so that one that holds back a checkpoint for too
/// long can be stopped.
final class ReaderRegistry: Sendable {
    /// A connection that is reading.
    ///
    /// `@unchecked`: the pointer is only ever given to `sqlite3_interrupt`, which may be called
    /// from any thread while the connection is open; an entry is removed, under the registry's
    /// lock, before its reader gives the connection back to the pool that could close it.
    private struct Entry: @unchecked Sendable {
        var connection: OpaquePointer
        var since: ContinuousClock.Instant
    }

    private struct Readers {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 0
    }

    private let readers = Mutex(Readers())

    func enter(_ connection: OpaquePointer?) -> UInt64 {
        // Wrapped before it crosses into the lock, which takes only what may cross threads.
        let entry = connection.map { Entry(connection: $0, since: .now) }
        return self.readers.withLock { readers in
            readers.next += 1
            readers.entries[readers.next] = entry
            return readers.next
        }
    }

    func leave(_ ticket: UInt64) {
        self.readers.withLock { $0.entries[ticket] = nil }
    }

    func interrupt(olderThan age: Duration) -> Int {
        let limit = ContinuousClock.now - age
        return self.readers.withLock { readers in
            let old = readers.entries.values.filter { $0.since < limit }
            for entry in old { sqlite3_interrupt(entry.connection) }
            return old.count
        }
    }
}
