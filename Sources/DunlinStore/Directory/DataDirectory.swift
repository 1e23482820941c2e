import DunlinCore
package import DunlinPorts
import Foundation
import GRDBSQLite

/// One node's data directory, opened by this process and no other.
///
///     lock         held while the directory is open; names the process
///     journal.db   the ledger, and whose directory this is
///     rows.db      snapshots; made again from the journal when it is missing
///     keys.db      sealing keys; cannot be made again
///     views.db     lists and totals; made again from the journal when it is missing
///     suspect      there from a failed write until a process has begun with what was left
///
/// The journal is created last, so where it is, the keys were.
package final class DataDirectory: Sendable {
    package let path: String
    package let identity: DirectoryIdentity
    package let journal: SQLiteJournal
    package let rows: SQLiteRows
    package let keys: SQLiteKeys
    package let meta: SQLiteMeta
    /// A former process stopped because the disk had failed it: what its last writes were to say may
    /// be missing. Holds until ``trust()``.
    package let isSuspect: Bool
    private let lock: DirectoryLock
    private let mark: SuspectMark

    /// Opens the directory; creates it as `identity` says when there is nothing yet.
    ///
    /// An existing directory keeps its own cluster id, generation and level.
    ///
    /// - Parameters:
    ///   - path: Of the directory; its parent must exist.
    ///   - identity: For a new directory; `nil` to open an existing one only.
    ///   - limits: Of the journal.
    ///   - onFatal: Called once, from the journal's thread, when the disk can no longer be
    ///     trusted; it must end the process. The next one finds the directory suspect.
    /// - Throws: ``DirectoryError``, with a message for a person.
    package init(
        path: String, creating identity: DirectoryIdentity?, limits: JournalLimits = .init(),
        onFatal: @escaping @Sendable (StoreError) -> Void
    ) throws(DirectoryError) {
        let hasJournal = FileManager.default.fileExists(atPath: path + "/journal.db")
        guard hasJournal || identity != nil else {
            throw DirectoryError(
                .absent, "\(path): holds no journal. Name the directory that `--data` named before."
            )
        }
        try Self.makeDirectory(path)
        self.lock = try DirectoryLock(directory: path)
        self.path = path

        let keysFile = try Self.keysFile(path, hasJournal: hasJournal)
        let rowsFile = try Self.file(.rows, path, mayCreate: true)
        let journalFile = try Self.file(.journal, path, mayCreate: identity != nil)
        let mark = SuspectMark(directory: path)
        self.mark = mark
        self.isSuspect = mark.isThere
        if self.isSuspect {
            for file in [keysFile, rowsFile, journalFile] { try Self.writeAgain(file) }
        }
        self.keys = SQLiteKeys(file: keysFile)
        self.rows = SQLiteRows(file: rowsFile)
        self.meta = SQLiteMeta(file: journalFile)
        self.identity = try Self.settle(identity, self.meta, path)
        do {
            self.journal = try SQLiteJournal(
                file: journalFile, keys: self.keys, limits: limits
            ) { error in
                mark.leave(error)
                onFatal(error)
            }
        } catch {
            throw DirectoryError(error, file: path + "/journal.db")
        }
    }

    /// Notes durably that a newer level of records may be in the directory from now on; a lower one
    /// changes nothing.
    package func raise(toLevel level: UInt32) throws(StoreError) {
        guard let identity = try DirectoryIdentity(from: self.meta), identity.level < level else {
            return
        }
        try self.meta.set(DirectoryIdentity.levelName, Array(String(level).utf8))
    }

    /// What is here was made durable, and whoever must know heard that something may be missing.
    package func trust() { self.mark.remove() }

    /// Writes what is queued, closes the files and lets go of the directory.
    package func close() throws(StoreError) {
        try self.journal.close()
        try self.rows.close()
        try self.keys.close()
        self.lock.release()
    }

    private static func makeDirectory(_ path: String) throws(DirectoryError) {
        // 0700: sealing keys and customers' ids are inside.
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw DirectoryError(
            errno == ENOSPC ? .full : .inaccessible,
            """
            \(path): cannot be created (\(String(cString: strerror(errno)))). Create its parent, \
            or name another directory with --data.
            """)
    }

    private static func keysFile(
        _ path: String, hasJournal: Bool
    ) throws(DirectoryError) -> StoreFile {
        if hasJournal, !FileManager.default.fileExists(atPath: path + "/keys.db") {
            throw DirectoryError(
                .keysMissing,
                """
                \(path)/keys.db: missing, though the journal is there. Without it no address \
                can be read. Put it back from the backup of keys.
                """)
        }
        return try Self.file(.keys, path, mayCreate: !hasJournal)
    }

    private static func file(
        _ format: FileFormat, _ path: String, mayCreate: Bool
    ) throws(DirectoryError) -> StoreFile {
        do {
            return try StoreFile(format, directory: path, mayCreate: mayCreate)
        } catch {
            throw DirectoryError(error, file: "\(path)/\(format.name)")
        }
    }

    /// Brings what may be in the page cache only onto the disk: as pages of the database itself.
    private static func writeAgain(_ file: StoreFile) throws(DirectoryError) {
        let (code, _) = file.copyLog(SQLITE_CHECKPOINT_TRUNCATE)
        guard code != SQLITE_OK else { return }
        throw DirectoryError(
            .inaccessible,
            """
            \(file.path): the disk failed the former process, and fails this one (SQLite code \
            \(code)). Replace it, and start with an empty directory: in a cluster the other nodes \
            have everything.
            """)
    }

    /// Reads whose directory it is, or writes it into a new one.
    private static func settle(
        _ wanted: DirectoryIdentity?, _ meta: SQLiteMeta, _ path: String
    ) throws(DirectoryError) -> DirectoryIdentity {
        let identity: DirectoryIdentity
        do throws(StoreError) {
            if let found = try DirectoryIdentity(from: meta) {
                identity = found
            } else if let wanted {
                try wanted.store(in: meta)
                identity = wanted
            } else {
                throw StoreError(.incompatible, operation: "read the directory's identity")
            }
        } catch {
            throw DirectoryError(error, file: path + "/journal.db")
        }
        try Self.check(identity, against: wanted, path)
        return identity
    }

    private static func check(
        _ found: DirectoryIdentity, against wanted: DirectoryIdentity?, _ path: String
    ) throws(DirectoryError) {
        guard let wanted, wanted.shardCount != found.shardCount else { return }
        throw DirectoryError(
            .shardCountMismatch,
            """
            \(path): was created with \(found.shardCount) shards and cannot serve \
            \(wanted.shardCount): the number is fixed for a cluster's life. Set `shards: \
            \(found.shardCount)`, or name a new directory.
            """)
    }
}
