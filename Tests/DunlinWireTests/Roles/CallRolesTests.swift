import DunlinCluster
import DunlinWire
import Testing

@Suite("Roles of certificates")
struct CallRolesTests {
    static let calls = Api.standard + NodeCalls.all + ReplicaCalls.all + CoordinatorCalls.all

    @Test(arguments: calls)
    func `every call says who may make it`(api: Api) {
        #expect(!CallRoles.allowed(api).isEmpty, "\(api.name) has no row: nobody could call it")
    }

    @Test func `a call that no table knows is refused to all`() {
        let unknown = Api(key: 60_000, name: "unknown", request: "Bytes", reply: "Bytes")
        #expect(CallRoles.allowed(unknown) == [])
        // The key alone makes no call: one that was changed under the same key is unknown too.
        let changed = Api(key: 24, name: "status", request: "Bytes", reply: "Bytes")
        #expect(CallRoles.allowed(changed) == [])
    }

    static let readOnly: Set<String> = [
        "health", "apis", "echo", "accounts", "timeline", "explain", "cases", "report", "shards",
        "timers", "status", "clock", "member", "cluster_map", "cluster_status",
    ]

    @Test(arguments: calls)
    func `a reader may only look`(api: Api) {
        let isAllowed = CallRoles.allowed(api).contains(.reader)
        #expect(isAllowed == Self.readOnly.contains(api.name), "\(api.name)")
    }

    @Test func `a node steers nothing, an operator is no node, a coordinator asks no node`() {
        #expect(CallRoles.allowed(CoordinatorCalls.operate) == .operator)
        for api in [
            ReplicaCalls.prepare, CoordinatorCalls.register, CoordinatorCalls.heartbeat,
            CoordinatorCalls.changeInSync, CoordinatorCalls.handOver,
        ] {
            #expect(CallRoles.allowed(api) == .node, "\(api.name)")
        }
        for api in NodeCalls.all + ReplicaCalls.all {
            #expect(!CallRoles.allowed(api).contains(.coordinator), "\(api.name)")
        }
        // A node hands on whatever a client may ask it.
        for api in NodeCalls.all {
            #expect(CallRoles.allowed(api).isSuperset(of: [.node, .operator]), "\(api.name)")
        }
    }

    @Test(arguments: [
        ("spiffe://shop/node/a", CallRoles.node, "a"),
        ("spiffe://shop.example/coordinator/co-1", .coordinator, "co-1"),
        ("spiffe://shop/operator/maria", .operator, "maria"),
        ("spiffe://shop/reader/board", .reader, "board"),
    ])
    func `a certificate's URI says role and name`(uri: String, role: CallRoles, name: String) {
        let peer = CertifiedPeer(certifiedName: uri)
        #expect(peer?.role == role)
        #expect(peer?.name == name)
    }

    @Test(arguments: [
        "", "a", "localhost", "spiffe://", "spiffe://shop", "spiffe://shop/node",
        "spiffe://shop/node/", "spiffe:///node/a", "spiffe://shop/node/a/b",
        "spiffe://shop/Node/a", "spiffe://shop/root/a", "spiffe://shop/client/cli",
        "SPIFFE://shop/node/a", "https://shop/node/a", " spiffe://shop/node/a",
        "spiffe://shop/node/a ", "spiffe://shop/node/ä", "spiffe://shop/node/a%2fb",
        "spiffe://shop//node/a", "spiffe://shop/operator/\u{0}",
        "spiffe://shop/node/" + String(repeating: "a", count: 64),
        "spiffe://" + String(repeating: "s", count: 250) + "/node/a",
    ])
    func `any other name is nobody`(uri: String) {
        #expect(CertifiedPeer(certifiedName: uri) == nil)
    }

    // MARK: The server before the server

    /// Notes nothing, answers one byte: whatever comes here was let through.
    struct Open: CallHandler {
        var apis: [Api] { CallRolesTests.calls }
        func answer(_ call: InboundCall) async throws(CallError) -> [UInt8] { [1] }
        func stream(_ call: InboundCall, to sink: any ItemSink) async throws(CallError) {}
    }

    static func status(
        of api: Api, _ body: [UInt8] = [], as name: String?, saying role: PeerHello.Role = .client,
        for caller: String? = nil
    ) async -> Status {
        let call = InboundCall(
            api: api, version: 1, stream: 1, body: body,
            metadata: VouchedCaller.metadata(for: caller),
            peer: PeerIdentity(certifiedName: name, role: role))
        do throws(CallError) {
            return try await CertifiedCallServer(Open()).answer(call) == [1] ? .ok : .unknown
        } catch {
            return error.status
        }
    }

    @Test func `who shows no role is refused, also for reading`() async {
        for name in [nil, "localhost", "spiffe://shop/client/cli"] {
            let status = await Self.status(of: NodeCalls.status, as: name)
            #expect(status == .permissionDenied)
        }
    }

    @Test func `roles are kept on the way in`() async {
        let asked: [(Api, String, Status)] = [
            (NodeCalls.status, "spiffe://s/reader/r", .ok),
            (NodeCalls.operate, "spiffe://s/reader/r", .permissionDenied),
            (NodeCalls.contacts, "spiffe://s/reader/r", .permissionDenied),
            (NodeCalls.operate, "spiffe://s/operator/o", .ok),
            (ReplicaCalls.prepare, "spiffe://s/operator/o", .permissionDenied),
            (ReplicaCalls.prepare, "spiffe://s/node/a", .ok),
            (CoordinatorCalls.operate, "spiffe://s/node/a", .permissionDenied),
            (CoordinatorCalls.operate, "spiffe://s/operator/o", .ok),
            (CoordinatorCalls.map, "spiffe://s/coordinator/c", .ok),
            (NodeCalls.intake, "spiffe://s/coordinator/c", .permissionDenied),
        ]
        for (api, name, wanted) in asked {
            let status = await Self.status(of: api, as: name)
            #expect(status == wanted, "\(api.name) as \(name)")
        }
    }

    @Test func `nobody says in HELLO to be more than the certificate says`() async {
        let operatorName = "spiffe://s/operator/o"
        let asNode = await Self.status(of: NodeCalls.status, as: operatorName, saying: .node)
        #expect(asNode == .permissionDenied)
        let node = await Self.status(of: NodeCalls.status, as: "spiffe://s/node/a", saying: .node)
        #expect(node == .ok)
        let asCoordinator = await Self.status(
            of: CoordinatorCalls.map, as: "spiffe://s/node/a", saying: .coordinator)
        #expect(asCoordinator == .permissionDenied)
    }

    @Test(arguments: [
        (CoordinatorCalls.operate, "node/a", "operator/o", Status.ok),
        (CoordinatorCalls.status, "node/a", "reader/r", .ok),
        // The caller's role counts, not the node's, also where the node's would do.
        (CoordinatorCalls.operate, "node/a", "reader/r", .permissionDenied),
        (CoordinatorCalls.bundle, "node/a", "reader/r", .permissionDenied),
        // Nobody but a node is believed, and of it no more than a person's role.
        (CoordinatorCalls.operate, "reader/r", "operator/o", .permissionDenied),
        (CoordinatorCalls.operate, "operator/o", "operator/p", .permissionDenied),
        (CoordinatorCalls.operate, "coordinator/c", "operator/o", .permissionDenied),
        (CoordinatorCalls.operate, "node/a", "node/b", .permissionDenied),
        (CoordinatorCalls.operate, "node/a", "coordinator/c", .permissionDenied),
        (CoordinatorCalls.operate, "node/a", "operator", .permissionDenied),
        // What nodes do not hand on is made by nobody else.
        (CoordinatorCalls.register, "node/a", "operator/o", .permissionDenied),
        (ReplicaCalls.prepare, "node/a", "operator/o", .permissionDenied),
        (NodeCalls.operate, "node/a", "operator/o", .permissionDenied),
    ])
    func `a node speaks for a person, and only so much`(
        api: Api, peer: String, caller: String, wanted: Status
    ) async {
        let status = await Self.status(
            of: api, as: "spiffe://s/\(peer)", for: "spiffe://s/\(caller)")
        #expect(status == wanted, "\(api.name) by \(peer) for \(caller)")
    }

    @Test func `a node registers and speaks for itself alone`() async throws {
        let a = try #require(NodeID("a"))
        let registration = try RegisterCall.request(
            NodeRegistration(
                id: a, address: "127.0.0.1:1", zone: "", diskID: 7, incarnation: 0,
                startCounter: 0, nonce: 9))
        let own = await Self.status(
            of: CoordinatorCalls.register, registration, as: "spiffe://s/node/a", saying: .node)
        #expect(own == .ok)
        let other = await Self.status(
            of: CoordinatorCalls.register, registration, as: "spiffe://s/node/b", saying: .node)
        #expect(other == .permissionDenied)
        let garbled = await Self.status(
            of: CoordinatorCalls.register, [0xFF], as: "spiffe://s/node/a", saying: .node)
        #expect(garbled == .invalidArgument)
    }
}
