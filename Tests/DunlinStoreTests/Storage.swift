import DunlinCore
import DunlinPorts
import DunlinStore
import DunlinTesting
import Foundation
import Synchronization
import Testing

/// An adapter that the compatibility suite runs against.
enum Storage: CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite

    var testDescription: String { "\(self)" }

    func open() throws -> OpenStorage {
        switch self {
        case .memory:
            let disk = MemoryDisk()
            return OpenStorage(
                journal: disk.journal, rows: disk.rows, keys: disk.keys, meta: disk.meta)
        case .sqlite:
            let folder = try TemporaryFolder()
            let directory = try folder.open()
            return OpenStorage(
                journal: directory.journal, rows: directory.rows, keys: directory.keys,
                meta: directory.meta, folder: folder, directory: directory)
        }
    }
}

/// The ports of one adapter, closed and deleted when the last reference goes.
final class OpenStorage: Sendable {
    let journal: any JournalStore
    let rows: any RowStore
    let keys: any KeyStore
    let meta: any MetaStore
    private let folder: TemporaryFolder?
    private let directory: DataDirectory?

    init(
        journal: any JournalStore, rows: any RowStore, keys: any KeyStore, meta: any MetaStore,
        folder: TemporaryFolder? = nil, directory: DataDirectory? = nil
    ) {
        self.journal = journal
        self.rows = rows
        self.keys = keys
        self.meta = meta
        self.folder = folder
        self.directory = directory
    }

    deinit {
        try? self.directory?.close()
    }
}

/// A folder that is deleted with the last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "/dunlin-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    static let identity = DirectoryIdentity(
        origin: ClusterOrigin(cluster: 0xD0_0D1E, generation: 1), shardCount: 256, level: 1)

    func open(
        creating identity: DirectoryIdentity? = TemporaryFolder.identity,
        limits: JournalLimits = JournalLimits(),
        onFatal: @escaping @Sendable (StoreError) -> Void = { Issue.record("fatal: \($0)") }
    ) throws(DirectoryError) -> DataDirectory {
        try DataDirectory(
            path: self.path + "/data", creating: identity, limits: limits, onFatal: onFatal)
    }
}

extension JournalStore {
    /// Appends and waits for the answer.
    func append(_ batch: JournalBatch) async -> Result<Void, StoreError> {
        await withCheckedContinuation { continuation in
            self.append(batch) { continuation.resume(returning: $0) }
        }
    }

    /// Appends all at once and waits for every answer, in the order of the batches.
    func append(all batches: [JournalBatch]) async -> [Result<Void, StoreError>] {
        await withCheckedContinuation { continuation in
            let answers = Answers(count: batches.count) { continuation.resume(returning: $0) }
            for (index, batch) in batches.enumerated() {
                self.append(batch) { answers.give(index, $0) }
            }
        }
    }
}

/// Collects answers that come on any thread and passes them on when they are complete.
private final class Answers: Sendable {
    private let given: Mutex<[Int: Result<Void, StoreError>]> = Mutex([:])
    private let count: Int
    private let whenComplete: @Sendable ([Result<Void, StoreError>]) -> Void

    init(count: Int, whenComplete: @escaping @Sendable ([Result<Void, StoreError>]) -> Void) {
        self.count = count
        self.whenComplete = whenComplete
        if count == 0 { whenComplete([]) }
    }

    func give(_ index: Int, _ result: Result<Void, StoreError>) {
        let all = self.given.withLock { given in
            given[index] = result
            return given.count == self.count ? given : nil
        }
        guard let all else { return }
        self.whenComplete((0..<self.count).compactMap { all[$0] })
    }
}

extension Result where Success == Void, Failure == StoreError {
    /// `nil` for a success.
    var code: StoreError.Code? {
        switch self {
        case .success: nil
        case .failure(let error): error.code
        }
    }
}

/// A batch with contents that follow from its place, and no real hash.
func batch(
    shard: UInt32, op: UInt64, epoch: UInt64 = 1, bytes: Int = 100, newKeys: [WrappedKey] = []
) -> JournalBatch {
    let seed = splitmix64(UInt64(shard) << 32 ^ op)
    return JournalBatch(
        shard: shard, op: op, epoch: epoch,
        hash: (0..<32).map { UInt8(truncatingIfNeeded: seed >> ($0 % 8 * 8)) },
        records: (0..<bytes).map { UInt8(truncatingIfNeeded: seed &+ UInt64($0)) },
        newKeys: newKeys)
}

func account(_ key: String, tenant: String = "main") -> EntityKey {
    EntityKey(tenant: tenant, kind: .account, key: key)
}
