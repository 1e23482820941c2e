/// What identifies one kind of database file and how it is laid out.
struct FileFormat: Sendable {
    /// The file's name in the data directory.
    var name: String
    /// SQLite's `application_id`: four ASCII letters, `Dun` and one for the kind.
    var applicationID: Int32
    /// SQLite's `user_version`, raised whenever the schema changes.
    var version: Int32
    /// In bytes; fixed when the file is created.
    var pageBytes: Int32
    /// Page cache of the writing connection.
    var cacheKiB: Int32
    /// Page cache of each reading connection.
    var readerCacheKiB: Int32
    /// Reading connections at most.
    var readersMax: Int
    /// Deleted content is overwritten with zeros.
    var secureDelete: Bool = false
    /// It can be made anew from the journal, so power loss may undo its last commits.
    var isRebuildable: Bool = false
    /// Statements that create the schema in an empty file.
    var schema: String
}

extension FileFormat {
    /// A batch's key is one integer, `shard << 48 | op`, in a table of its own order.
    ///
    /// Measured: the same batches in a `WITHOUT ROWID` table keyed (shard, op) cost twice the CPU,
    /// because SQLite reads a whole overflowing row, 200 KB of it, for each key that it compares.
    /// Pages of 16 KiB: 4 KiB costs 50% more CPU for large batches, 32 KiB 50% more for small ones.
    static let journal = FileFormat(
        name: "journal.db", applicationID: 0x4475_6E6A, version: 1, pageBytes: 16384,
        cacheKiB: 4 * 1024, readerCacheKiB: 2 * 1024, readersMax: 8,
        schema: """
            CREATE TABLE journal(
                id INTEGER PRIMARY KEY,
                shard INTEGER GENERATED ALWAYS AS (id >> 48) VIRTUAL,
                op INTEGER GENERATED ALWAYS AS (id & 281474976710655) VIRTUAL,
                epoch INTEGER NOT NULL,
                hash BLOB NOT NULL,
                records BLOB NOT NULL
            );
            CREATE TABLE meta(
                name TEXT PRIMARY KEY NOT NULL,
                value BLOB NOT NULL
            ) WITHOUT ROWID;
            """)

    /// Pages of 8 KiB keep a row of up to 2,000 bytes in its page.
    static let rows = FileFormat(
        name: "rows.db", applicationID: 0x4475_6E72, version: 1, pageBytes: 8192,
        cacheKiB: 16 * 1024, readerCacheKiB: 8 * 1024, readersMax: 8,
        schema: """
            CREATE TABLE rows(
                shard INTEGER NOT NULL,
                tenant TEXT NOT NULL,
                kind INTEGER NOT NULL,
                key TEXT NOT NULL,
                due INTEGER,
                body BLOB NOT NULL,
                PRIMARY KEY(shard, tenant, kind, key)
            ) WITHOUT ROWID;
            CREATE INDEX rowsByDue ON rows(shard, due) WHERE due IS NOT NULL;
            CREATE TABLE folded(
                shard INTEGER PRIMARY KEY NOT NULL,
                op INTEGER NOT NULL
            );
            """)

    static let keys = FileFormat(
        name: "keys.db", applicationID: 0x4475_6E6B, version: 1, pageBytes: 4096,
        cacheKiB: 8 * 1024, readerCacheKiB: 2 * 1024, readersMax: 4, secureDelete: true,
        schema: """
            CREATE TABLE keys(
                tenant TEXT NOT NULL,
                kind INTEGER NOT NULL,
                key TEXT NOT NULL,
                wrapped BLOB NOT NULL,
                PRIMARY KEY(tenant, kind, key)
            ) WITHOUT ROWID;
            """)

    static let views = FileFormat(
        name: "views.db", applicationID: 0x4475_6E76, version: 4, pageBytes: 8192,
        cacheKiB: 32 * 1024, readerCacheKiB: 8 * 1024, readersMax: 2, isRebuildable: true,
        schema: """
            CREATE TABLE cases(
                tenant TEXT NOT NULL,
                account TEXT NOT NULL,
                number INTEGER NOT NULL,
                phase INTEGER NOT NULL,
                flags INTEGER NOT NULL,
                obligation TEXT NOT NULL,
                currency INTEGER NOT NULL,
                amount INTEGER NOT NULL,
                byUs INTEGER NOT NULL,
                elsewhere INTEGER NOT NULL,
                openingClass INTEGER NOT NULL,
                latestClass INTEGER NOT NULL,
                opened INTEGER NOT NULL,
                closed INTEGER NOT NULL,
                nextAttempt INTEGER NOT NULL,
                attempts INTEGER NOT NULL,
                inFlight INTEGER NOT NULL,
                messages INTEGER NOT NULL,
                arms TEXT NOT NULL,
                code TEXT NOT NULL,
                segment TEXT NOT NULL,
                channel INTEGER NOT NULL,
                cost INTEGER NOT NULL,
                back INTEGER NOT NULL,
                mrr INTEGER NOT NULL,
                network INTEGER NOT NULL,
                bin INTEGER NOT NULL,
                PRIMARY KEY(tenant, account, number)
            ) WITHOUT ROWID;
            CREATE INDEX casesByOpening ON cases(opened, tenant, account, number);
            CREATE INDEX openByOpening ON cases(opened, tenant, account, number)
                WHERE closed = 0;
            CREATE TABLE renewals(
                tenant TEXT NOT NULL,
                day INTEGER NOT NULL,
                shard INTEGER NOT NULL,
                account TEXT NOT NULL,
                failed INTEGER NOT NULL,
                paid INTEGER NOT NULL,
                PRIMARY KEY(tenant, day, shard)
            ) WITHOUT ROWID;
            CREATE TABLE position(
                shard INTEGER PRIMARY KEY NOT NULL,
                op INTEGER NOT NULL
            );
            CREATE TABLE origin(
                id INTEGER PRIMARY KEY NOT NULL,
                name TEXT NOT NULL
            );
            """)
}
