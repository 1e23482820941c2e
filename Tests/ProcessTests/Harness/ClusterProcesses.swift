import Foundation

/// One `dunlin serve` with ports and a data folder of its own, which outlive its restarts.
final class MemberProcess {
    let name: String
    /// HOST:PORT of its protocol: a node's, or a coordinator's.
    let address: String
    let data: String
    private let arguments: [String]
    private let scratch: Scratch
    private var child: ChildProcess?

    init(name: String, address: String, arguments: [String], scratch: Scratch) {
        self.name = name
        self.address = address
        self.scratch = scratch
        self.data = scratch.file("data-\(name)")
        self.arguments = ["serve", "--data", self.data] + arguments
    }

    var isRunning: Bool { self.child?.isRunning ?? false }
    var log: String { self.child.map { $0.output + $0.errors } ?? "" }

    func start() throws {
        self.child = try ChildProcess(
            "member-\(self.name)", executable: BuildFolder.dunlin, arguments: self.arguments,
            scratch: self.scratch)
    }

    func killHard() async throws { try await self.child?.killHard() }

    func signal(_ number: Int32) { self.child?.signal(number) }

    /// `SIGTERM`: it is to give its shards away and to end with 0.
    func stop() async throws {
        guard let child = self.child, child.isRunning else { return }
        child.signal(SIGCONT)
        let code = try await child.stop(within: .seconds(60))
        guard code == 0 else { throw DunlinEnded(code: code, log: self.log) }
    }
}

/// A coordinator and its nodes on loopback, each a process.
final class ClusterProcesses {
    let scratch: Scratch
    let coordinator: MemberProcess
    let nodes: [MemberProcess]

    /// `tenant`: the lines below `tenants: main:`; `LEDGER` in them is each node's own file.
    init(
        scratch: Scratch, nodes names: [String] = ["a", "b", "c"], shards: Int = 16,
        tenant: String
    ) throws {
        self.scratch = scratch
        let key = scratch.file("node.key")
        let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
        guard
            FileManager.default.createFile(
                atPath: key, contents: Data(bytes.base64EncodedString().utf8),
                attributes: [.posixPermissions: 0o600])
        else { throw ServerRefused(description: "the key file cannot be written") }
        let coordination = "127.0.0.1:\(try LoopbackPorts.free())"
        let config = try scratch.write(
            "coordinator.yaml",
            """
            cluster:
              coordinator:
                listen: \(coordination)
                expected_nodes: \(names.count)
                shards: \(shards)

            """)
        self.coordinator = MemberProcess(
            name: "coordinator", address: coordination, arguments: ["--config", config],
            scratch: scratch)
        self.nodes = try names.map { name in
            let address = "127.0.0.1:\(try LoopbackPorts.free())"
            let config = try scratch.write(
                "\(name).yaml",
                """
                node_key_file: \(key)
                tenants:
                  main:
                \(tenant.replacingOccurrences(of: "LEDGER", with: scratch.file("charges-\(name)")))
                cluster:
                  node: \(name)
                  coordinators: ["\(coordination)"]

                """)
            return MemberProcess(
                name: name, address: address,
                arguments: [
                    "--config", config, "--listen", address, "--http",
                    "127.0.0.1:\(try LoopbackPorts.free())", "--clock", "manual", "--start",
                    "2026-01-01T00:00:00Z",
                ], scratch: scratch)
        }
    }

    var all: [MemberProcess] { [self.coordinator] + self.nodes }

    /// Runs the cluster around `body`, which may kill and start its processes, and ends it.
    func whileRunning<Result>(
        _ body: (ClusterProcesses) async throws -> Result
    ) async throws -> Result {
        do {
            for member in self.all { try member.start() }
            try await self.untilServed()
            let result = try await body(self)
            // Nodes give their shards away as long as a coordinator is there.
            for member in self.nodes { try await member.stop() }
            try await self.coordinator.stop()
            return result
        } catch {
            for member in self.all { try await member.killHard() }
            throw error
        }
    }

    /// Waits until every node answers and every shard is served and has the copies it should have.
    func untilServed(copies: Int = 2, within limit: Duration = .seconds(60)) async throws {
        try await waitUntil("shards that are all served", within: limit, poll: .milliseconds(100)) {
            guard let status = try? await self.status() else { return false }
            let shards = status["shards"].array
            guard !shards.isEmpty, status["in_trouble"].array.isEmpty,
                shards.allSatisfy({ $0["in_sync"].array.count >= copies })
            else { return false }
            for node in self.nodes {
                guard try await self.serves(node, shards: shards.count) else { return false }
            }
            return true
        }
    }

    private func serves(_ node: MemberProcess, shards: Int) async throws -> Bool {
        let result = try await run(
            BuildFolder.dunlin, ["shard", "list", "--json", "--connect", node.address],
            scratch: self.scratch)
        guard result.code == 0, let list = try? JSON(parsing: result.output) else { return false }
        return list["shards"].array.filter { $0["state"].string == "active" }.count == shards
    }

    /// As `dunlin cluster status --json` says; asked at the coordinator.
    func status() async throws -> JSON {
        let result = try await run(
            BuildFolder.dunlin,
            ["cluster", "status", "--json", "--connect", self.coordinator.address],
            scratch: self.scratch)
        return try JSON(parsing: result.output)
    }

    /// The lines of all nodes' ledgers: `KEY ACCOUNT OBLIGATION ATTEMPT VERDICT`.
    var charges: [[Substring]] {
        self.nodes.flatMap { node in
            contents(ofFile: self.scratch.file("charges-\(node.name)")).split(separator: "\n")
                .map { $0.split(separator: " ") }
        }
    }
}
