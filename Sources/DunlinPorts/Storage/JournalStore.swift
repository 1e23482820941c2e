package import DunlinCore

/// The journal: one row per shard and batch, appended by one writer with group commit.
///
/// Promises: a batch whose completion said `success` survives kill -9 and power loss; batches of
/// one shard are durable in order; batches that are appended together share one fsync.
package protocol JournalStore: Sendable {
    /// Makes `batch` durable, then calls `completion` once, on any thread.
    ///
    /// A failure of code ``StoreError/Code/full`` or ``StoreError/Code/busy`` wrote nothing; after
    /// any other failure it is not known whether it was written. Batches of one shard come in the
    /// order of their op: one that does not follow the shard's stored head is refused, with the
    /// error that its predecessor met where there was one.
    func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void)

    /// Removes a shard's batches after `op`, in order with what is appended; durable when
    /// `completion` says `success`. For batches of a former primary that were never committed.
    /// Nothing may be appended to the shard before that: batches are known by their op alone, and
    /// after a cut that failed the next one would stand behind one that it does not belong to.
    func cut(
        shard: UInt32, after op: UInt64,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void)

    /// The stored batches of one shard with `fromOp ≤ op`, in order, at most `limit` of them and
    /// at least one if there is any.
    func batches(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalBatch]

    /// One batch; `nil` when it does not exist.
    func batch(shard: UInt32, op: UInt64) throws(StoreError) -> JournalBatch?

    /// The stored batches of one shard with `fromOp ≤ op` without their records, in order, at most
    /// `limit` of them.
    func places(shard: UInt32, fromOp: UInt64, limit: Int) throws(StoreError) -> [JournalHead]

    /// The last stored batch of each shard that has one, without its records.
    func heads() throws(StoreError) -> [JournalHead]
}

/// One group of records of one shard: the unit of durability and of the hash chain.
package struct JournalBatch: Sendable, Equatable {
    package var shard: UInt32
    /// Counted from 1 within the shard, without gaps.
    package var op: UInt64
    package var epoch: UInt64
    /// SHA-256 over (previous hash ‖ shard ‖ op ‖ epoch ‖ records), integers little-endian.
    package var hash: [UInt8]
    /// `dunlin.v1.Batch`: at most 256 KiB and 2,000 records, except for a single larger record.
    package var records: [UInt8]
    /// Sealing keys that must be durable before the records are; not part of the hash.
    package var newKeys: [WrappedKey]

    package static let recordsBytesMax = 256 * 1024
    package static let recordsMax = 2000

    package init(
        shard: UInt32, op: UInt64, epoch: UInt64, hash: [UInt8], records: [UInt8],
        newKeys: [WrappedKey] = []
    ) {
        self.shard = shard
        self.op = op
        self.epoch = epoch
        self.hash = hash
        self.records = records
        self.newKeys = newKeys
    }
}

extension JournalBatch {
    package var place: JournalHead {
        JournalHead(shard: self.shard, op: self.op, epoch: self.epoch, hash: self.hash)
    }
}

/// A stored batch without its records.
package struct JournalHead: Sendable, Equatable {
    package var shard: UInt32
    package var op: UInt64
    package var epoch: UInt64
    package var hash: [UInt8]

    package init(shard: UInt32, op: UInt64, epoch: UInt64, hash: [UInt8]) {
        self.shard = shard
        self.op = op
        self.epoch = epoch
        self.hash = hash
    }
}

/// An account's sealing key, wrapped by the node key.
package struct WrappedKey: Sendable, Equatable {
    package var entity: EntityKey
    package var wrapped: [UInt8]

    package init(entity: EntityKey, wrapped: [UInt8]) {
        self.entity = entity
        self.wrapped = wrapped
    }
}

/// Why a store did not do what it was asked.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller can act on; also the metric label.
    package enum Code: String, Sendable {
        /// Another connection holds the lock; nothing was written. Safe to try again.
        case busy
        /// The disk is full; nothing was written.
        case full
        /// The file is damaged. Stop the node: do not write to it again.
        case corrupt
        /// Written by a newer program, or by another cluster.
        case incompatible
        /// Anything else. Whether it was written is not known.
        case failed
    }

    package let code: Code
    /// The operation, as a phrase with no values in it: `append batch`.
    package let operation: String
    /// SQLite's extended result code, <https://www.sqlite.org/rescode.html>; 0 when it has none.
    package let nativeCode: Int32

    package init(_ code: Code, operation: String, nativeCode: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.nativeCode = nativeCode
    }

    package var description: String {
        "\(self.operation): \(self.code.rawValue) (\(self.nativeCode))"
    }
}
