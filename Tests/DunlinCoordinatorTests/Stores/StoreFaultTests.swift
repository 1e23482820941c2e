import DunlinCoordinator
import DunlinPorts
import DunlinTesting
import Foundation
import Testing

/// What each adapter says when something is wrong with what lies below it.
@Suite("A coordinator's store in trouble", .timeLimit(.minutes(2)))
struct StoreFaultTests {
    @Test("SQLite keeps everything over a restart, and the former leader's term ends with it")
    func restart() async throws {
        let folder = try TestFolder()
        let time = TestTime()
        let path = folder.path + "/c.db"
        let candidacy = Candidacy(key: "leader", value: [1], termMs: 60_000)
        let store = try SQLiteCoordinatorStore(path: path) { time.nowMs }
        let first = try #require(try await store.campaign(candidacy))
        let revision = try await committed(
            store, [first.condition], [.put(key: "x", value: [1])])
        store.close()
        let again = try SQLiteCoordinatorStore(path: path) { time.nowMs }
        #expect(try await again.read(prefix: "x").revision == revision)
        #expect(try await again.renew(first) == false)
        let second = try #require(try await again.campaign(candidacy))
        #expect(second.createRevision > revision)
        again.close()
    }

    @Test("SQLite lets one process in and refuses foreign files")
    func refusals() throws {
        let folder = try TestFolder()
        let store = try SQLiteCoordinatorStore(path: folder.path + "/c.db") { 0 }
        let second = #expect(throws: CoordinatorStoreError.self) {
            try SQLiteCoordinatorStore(path: folder.path + "/c.db") { 0 }
        }
        #expect(second?.code == .unavailable)
        store.close()
        let foreign = folder.path + "/foreign.db"
        try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: foreign))
        let damaged = #expect(throws: CoordinatorStoreError.self) {
            try SQLiteCoordinatorStore(path: foreign) { 0 }
        }
        #expect(damaged?.code == .broken)
    }

    @Test("etcd that is not there did nothing, and another endpoint is asked")
    func failover() async throws {
        let dead = "http://127.0.0.1:\(try freePort())"
        let alone = try EtcdCoordinatorStore(EtcdSettings(endpoints: [dead]))
        let error = await #expect(throws: CoordinatorStoreError.self) {
            _ = try await alone.commit(
                StoreTransaction(changes: [.put(key: "x", value: [1])]))
        }
        #expect(error?.code == .unavailable)
        await alone.shutdown()
        try await EtcdServer.with { server in
            let store = try EtcdCoordinatorStore(
                EtcdSettings(endpoints: [dead, server.endpoint]))
            _ = try await committed(store, [], [.put(key: "x", value: [1])])
            #expect(try await store.read(prefix: "x").entries.count == 1)
            await store.shutdown()
        }
    }

    @Test("etcd that takes a change and does not answer leaves an unknown outcome")
    func silence() async throws {
        let listener = try SilentListener()
        let store = try EtcdCoordinatorStore(
            EtcdSettings(endpoints: [listener.endpoint], timeoutMs: 300))
        let change = await #expect(throws: CoordinatorStoreError.self) {
            _ = try await store.commit(
                StoreTransaction(changes: [.put(key: "x", value: [1])]))
        }
        #expect(change?.code == .unknownOutcome)
        let read = await #expect(throws: CoordinatorStoreError.self) {
            _ = try await store.read(prefix: "x")
        }
        #expect(read?.code == .unavailable)
        await store.shutdown()
        listener.close()
    }

    @Test("wrong settings of etcd are named")
    func settings() {
        #expect(EtcdSettings(endpoints: ["https://a:1", "http://b:1"]).problems == [])
        #expect(EtcdSettings(endpoints: []).problems.count == 1)
        let wrong = EtcdSettings(endpoints: ["a:1"], certificateFile: "x.pem")
        #expect(wrong.problems.count == 2)
    }

    @Test("the simulated one loses, delays and forgets, the same for a seed")
    func simulated() async throws {
        func history(_ seed: UInt64) async throws -> [String] {
            let store = SimCoordinatorStore(seed: seed, faults: .many) { 0 }
            var lines: [String] = []
            for step in 0..<400 {
                do throws(CoordinatorStoreError) {
                    let read = try await store.read(prefix: "n")
                    let outcome = try await store.commit(
                        StoreTransaction(
                            conditions: [
                                read["n"].map { .modified(key: "n", revision: $0.modRevision) }
                                    ?? .absent(key: "n")
                            ],
                            changes: [.put(key: "n", value: [UInt8(step & 255)])]))
                    if case .committed = outcome {
                        lines.append("done")
                    } else {
                        lines.append("no")
                    }
                } catch {
                    lines.append("\(error.code)")
                }
            }
            return lines
        }
        let first = try await history(3)
        #expect(try await history(3) == first)
        #expect(try await history(4) != first)
        #expect(Set(first) == ["done", "no", "unavailable", "unknownOutcome"])
    }
}

/// A port that takes connections and says nothing.
final class SilentListener {
    let endpoint: String
    private let socket: Int32

    init() throws {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
                    && listen(socket, 8) == 0
            }
        }
        guard isReady else { throw EtcdProblem("no port to listen on") }
        self.socket = socket
        self.endpoint = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    func close() {
        Foundation.close(self.socket)
    }
}
