import Foundation

/// One `dunlin serve` with ports and a data folder of its own, which outlive its restarts.
final class MemberProcess {
    let name: String
    /// HOST:PORT of its protocol: a node's, or a coordinator's.
    let address: String
    let data: String
    /// Of its HTTP API; empty for a coordinator.
    let http: String
    private let arguments: [String]
    private let environment: [String: String]
    private let scratch: Scratch
    private var child: ChildProcess?

    /// `data`: another folder than one in the scratch folder.
    init(
        name: String, address: String, http: String = "", arguments: [String], scratch: Scratch,
        data: String? = nil, environment: [String: String] = [:]
    ) {
        self.name = name
        self.address = address
        self.http = http
        self.scratch = scratch
        self.data = data ?? scratch.file("data-\(name)")
        self.environment = environment
        self.arguments = ["serve", "--data", self.data] + arguments
    }

    /// `nil` while it does not run.
    var pid: pid_t? { self.isRunning ? self.child?.pid : nil }
    var isRunning: Bool { self.child?.isRunning ?? false }
    var log: String { self.child.map { $0.output + $0.errors } ?? "" }

    func start() throws {
        self.child = try ChildProcess(
            "member-\(self.name)", executable: BuildFolder.dunlin, arguments: self.arguments,
            scratch: self.scratch, environment: self.environment)
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

/// What a test wants otherwise than usual in a cluster of processes.
struct ClusterSetup {
    var nodes = ["a", "b", "c"]
    var shards = 16
    /// With more than one an etcd is their store.
    var coordinators = 1
    /// Everybody reaches the others through proxies that can be cut.
    var isProxied = false
    /// By node or coordinator: where its data lies, where it is not a folder in the scratch folder.
    var data: [String: String] = [:]
    /// By node or coordinator.
    var environment: [String: [String: String]] = [:]
    /// A folder of `dunlin certs create`; without it nobody shows any.
    var certificates: String?
    /// Before the names of all files, where another cluster has its own beside them.
    var prefix = ""
    /// Where the nodes' key lies, where it is not a new one.
    var nodeKey: String?
    /// By node: further lines of the `cluster` section.
    var clusterLines: [String: String] = [:]
    /// Further lines of the `coordinator` section.
    var coordinatorLines = ""
    /// Time is the wall's; else it stands until it is moved.
    var isOnWallClock = false
}

/// Coordinators and nodes on loopback, each a process.
final class ClusterProcesses {
    let scratch: Scratch
    let coordinators: [MemberProcess]
    let nodes: [MemberProcess]
    let etcd: ChildProcess?
    /// `nil` without proxies.
    let network: WireNetwork?

    var coordinator: MemberProcess { self.coordinators[0] }
    /// Options by which the harness's own commands connect: an operator's.
    private let credentials: [String]

    /// `tenant`: the lines below `tenants: main:`; `LEDGER` in them is each node's own file.
    init(scratch: Scratch, _ setup: ClusterSetup = ClusterSetup(), tenant: String) throws {
        let names = setup.nodes
        let prefix = setup.prefix
        self.scratch = scratch
        let network = setup.isProxied ? WireNetwork() : nil
        self.network = network
        let key = setup.nodeKey ?? scratch.file("node.key")
        if !FileManager.default.fileExists(atPath: key) {
            let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
            guard
                FileManager.default.createFile(
                    atPath: key, contents: Data(bytes.base64EncodedString().utf8),
                    attributes: [.posixPermissions: 0o600])
            else { throw ServerRefused(description: "the key file cannot be written") }
        }
        self.credentials = setup.certificates.map { Self.credentials($0, as: "cli") } ?? []
        func tls(_ name: String) -> String {
            guard let certificates = setup.certificates else { return "" }
            return """
                tls:
                  certificate: \(certificates)/\(name).pem
                  key: \(certificates)/\(name).key
                  client_authority: \(certificates)/ca.pem

                """
        }
        let etcd = setup.coordinators > 1 ? try Self.startEtcd(scratch) : nil
        self.etcd = etcd?.process
        self.coordinators = try (1...setup.coordinators).map { number in
            let name = setup.coordinators == 1 ? "coordinator" : "co-\(number)"
            let address = "127.0.0.1:\(try LoopbackPorts.free())"
            let store =
                etcd.map { "    store: etcd\n    etcd: {endpoints: [\"\($0.endpoint)\"]}\n" } ?? ""
            let config = try scratch.write(
                "\(prefix)\(name).yaml",
                """
                \(tls("co-\(number)"))cluster:
                  coordinator:
                    listen: \(address)
                    expected_nodes: \(names.count)
                    shards: \(setup.shards)
                \(setup.coordinatorLines)
                """ + store)
            return MemberProcess(
                name: prefix + name, address: address, arguments: ["--config", config],
                scratch: scratch, data: setup.data[name],
                environment: setup.environment[name] ?? [:])
        }
        let coordinators = self.coordinators
        self.nodes = try names.map { name in
            let address = "127.0.0.1:\(try LoopbackPorts.free())"
            let http = "127.0.0.1:\(try LoopbackPorts.free())"
            let known = try coordinators.map { coordinator in
                try network?.way(to: coordinator.name, at: coordinator.address)
                    ?? coordinator.address
            }
            let coordination = known.map { "\"\($0)\"" }.joined(separator: ", ")
            let advertised = try network?.way(to: name, at: address) ?? address
            let config = try scratch.write(
                "\(prefix)\(name).yaml",
                """
                \(tls(name))node_key_file: \(key)
                tenants:
                  main:
                \(tenant.replacingOccurrences(of: "LEDGER", with: scratch.file("charges-\(prefix)\(name)")))
                cluster:
                  node: \(name)
                  address: \(advertised)
                  coordinators: [\(coordination)]
                \(setup.clusterLines[name] ?? "")
                """)
            return MemberProcess(
                name: prefix + name, address: address, http: http,
                arguments: [
                    "--config", config, "--listen", address, "--http", http,
                ]
                    + (setup.isOnWallClock
                        ? [] : ["--clock", "manual", "--start", "2026-01-01T00:00:00Z"]),
                scratch: scratch, data: setup.data[name],
                environment: setup.environment[name] ?? [:])
        }
        let all = self.all
        network?.setProcesses { all.compactMap { member in member.pid.map { (member.name, $0) } } }
    }

    private static func startEtcd(
        _ scratch: Scratch
    ) throws -> (process: ChildProcess, endpoint: String) {
        let client = "http://127.0.0.1:\(try LoopbackPorts.free())"
        let peer = "http://127.0.0.1:\(try LoopbackPorts.free())"
        // It ends with whoever holds its input, so that none outlives a test that was killed.
        let process = try ChildProcess(
            "etcd", executable: "/bin/sh",
            arguments: [
                "-c", "\"$@\" >\"$0\" 2>&1 </dev/null & read -r end; kill -9 $!",
                scratch.file("etcd.log"), "/usr/bin/etcd", "--data-dir", scratch.file("etcd"),
                "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
                "--logger", "zap",
            ], scratch: scratch)
        return (process, client)
    }

    var all: [MemberProcess] { self.coordinators + self.nodes }

    /// As `--connect` takes it.
    var addresses: String { self.nodes.map(\.address).joined(separator: ",") }

    /// Options of a command that shows the certificate of that name.
    static func credentials(_ folder: String, as name: String) -> [String] {
        [
            "--ca", "\(folder)/ca.pem", "--certificate", "\(folder)/\(name).pem", "--key",
            "\(folder)/\(name).key",
        ]
    }

    /// Runs a command at a member, as an operator.
    func command(_ words: String..., at member: MemberProcess) async throws -> CommandResult {
        try await run(
            BuildFolder.dunlin, words + ["--connect", member.address] + self.credentials,
            scratch: self.scratch)
    }

    /// Runs a command that must succeed, with `--json`.
    func json(_ words: String..., at member: MemberProcess) async throws -> JSON {
        let result = try await run(
            BuildFolder.dunlin,
            words + ["--json", "--connect", member.address] + self.credentials,
            scratch: self.scratch)
        guard result.code == 0 else {
            throw CommandFailed(words: words, code: result.code, errors: result.errors)
        }
        return try JSON(parsing: result.output)
    }

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
            for coordinator in self.coordinators { try await coordinator.stop() }
            try await self.endRest()
            return result
        } catch {
            for member in self.all { try await member.killHard() }
            try await self.endRest()
            throw error
        }
    }

    private func endRest() async throws {
        self.network?.close()
        guard let etcd = self.etcd else { return }
        etcd.closeInput()
        _ = try await etcd.exitCode()
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
            BuildFolder.dunlin,
            ["shard", "list", "--json", "--connect", node.address] + self.credentials,
            scratch: self.scratch)
        guard result.code == 0, let list = try? JSON(parsing: result.output) else { return false }
        return list["shards"].array.filter { $0["state"].string == "active" }.count == shards
    }

    /// As `dunlin cluster status --json` says; asked at the coordinator, or at the first that
    /// knows.
    func status() async throws -> JSON {
        var result = CommandResult(code: 1, output: "", errors: "")
        for coordinator in self.coordinators where coordinator.isRunning {
            result = try await run(
                BuildFolder.dunlin,
                ["cluster", "status", "--json", "--connect", coordinator.address]
                    + self.credentials,
                scratch: self.scratch)
            if result.code == 0 { break }
        }
        return try JSON(parsing: result.output)
    }

    /// About how many lines all ledgers have, by their sizes: cheap however many there are.
    var chargeEstimate: UInt64 {
        let bytes = self.nodes.reduce(UInt64(0)) { sum, node in
            let path = self.scratch.file("charges-\(node.name)")
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64
            return sum + (size ?? 0)
        }
        return bytes / Self.chargeLineBytes
    }

    private static let chargeLineBytes: UInt64 = 72

    /// The lines of all nodes' ledgers: `KEY ACCOUNT OBLIGATION ATTEMPT VERDICT`.
    var charges: [[Substring]] {
        self.nodes.flatMap { node in
            contents(ofFile: self.scratch.file("charges-\(node.name)")).split(separator: "\n")
                .map { $0.split(separator: " ") }
        }
    }
}
