import DunlinCoordinator
import DunlinPorts
import DunlinTesting
import Foundation
import Synchronization
import Testing

/// An adapter that the compatibility suite runs against.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case simulated
    case sqlite
    case etcd

    var testDescription: String { "\(self)" }

    /// Runs `body` with an empty store.
    func with(
        _ body: (any CoordinatorStore, TestTime) async throws -> Void
    ) async throws {
        let time = TestTime()
        switch self {
        case .simulated:
            try await body(SimCoordinatorStore(seed: 1) { time.nowMs }, time)
        case .sqlite:
            let folder = try TestFolder()
            let store = try SQLiteCoordinatorStore(path: folder.path + "/c.db") { time.nowMs }
            try await body(store, time)
            store.close()
        case .etcd:
            try await EtcdServer.with { server in
                let store = try EtcdCoordinatorStore(EtcdSettings(endpoints: [server.endpoint]))
                do {
                    try await body(store, time)
                    await store.shutdown()
                } catch {
                    await store.shutdown()
                    throw error
                }
            }
        }
    }

    /// Whether terms pass by ``TestTime``; etcd has a clock of its own.
    var hasTestTime: Bool { self != .etcd }
}

/// Real time as a test has it.
final class TestTime: Sendable {
    private let now = Mutex<Int64>(1_000_000)

    var nowMs: Int64 { self.now.withLock { $0 } }

    func advance(_ ms: Int64) {
        self.now.withLock { $0 += ms }
    }
}

/// A folder that is deleted with the last reference.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "/dunlin-coordinator-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
