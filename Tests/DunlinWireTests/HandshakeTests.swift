import DunlinWire
import Testing

@Suite("Handshake")
struct HandshakeTests {
    static let node = PeerHello(
        node: 7, incarnation: 3, role: .node, software: "dunlin 0.1.0", cluster: 0xC1,
        serves: [
            .init(api: 1, versions: 1...1), .init(api: 16, versions: 2...5),
            .init(api: 17, versions: 1...2), .init(api: 99, versions: 1...9),
        ],
        frameBytesMax: 2_000_000, windowBytes: 100_000, callsMax: 10, pingIntervalMinMs: 1234)
    static let client = PeerHello(software: "cli")

    static func known(_ key: UInt16, _ versions: ClosedRange<UInt16>) -> Api {
        Api(key: key, name: "api", versions: versions, request: "A", reply: "B")
    }

    /// The frames that an opener and an acceptor exchange, and what each then holds true.
    static func meet(
        _ opener: PeerHello, _ acceptor: PeerHello, known: [Api] = []
    ) throws -> (opener: Handshake.ReceivedAction?, acceptor: Handshake.ReceivedAction) {
        var near = Handshake(side: .opener, ours: opener, known: known)
        var far = Handshake(side: .acceptor, ours: acceptor, known: [])
        #expect(try far.connected() == .wait)
        guard case .send(let hello) = try near.connected() else {
            Issue.record("an opener speaks first")
            throw WireError(.unexpectedFrame, "")
        }
        let answered = far.received(hello)
        switch answered {
        case .agreed(_, let reply): return (reply.map { near.received($0) }, answered)
        case .refused(_, let farewell): return (farewell.map { near.received($0) }, answered)
        }
    }

    @Test("a hello says everything")
    func roundTrip() throws {
        #expect(try PeerHello(packed: Self.node.packed()) == Self.node)
        #expect(try PeerHello(packed: Self.client.packed()) == Self.client)
    }

    @Test("what is not said has its default")
    func defaults() throws {
        // Field 3, the role, is all that cannot be left out.
        let hello = try PeerHello(packed: [0x18, 1])
        #expect(hello == PeerHello(software: ""))
        #expect(hello.frameBytesMax == 1_048_576)
        #expect(hello.windowBytes == 1_048_576)
        #expect(hello.callsMax == 1024)
    }

    @Test(
        "limits out of range are refused",
        arguments: [
            [0x18, 1, 0x38, 0], [0x18, 1, 0x40, 1], [0x18, 1, 0x48, 0], [0x18, 9], [],
            // An API whose versions are upside down.
            [0x18, 1, 0x32, 6, 8, 16, 16, 2, 24, 1],
        ] as [[UInt8]])
    func outOfRange(_ packed: [UInt8]) {
        #expect(throws: WireError.self) { try PeerHello(packed: packed) }
    }

    @Test("the highest version that both know is agreed on, and the smaller limits")
    func agreement() throws {
        let known = [
            Self.known(1, 1...1), Self.known(16, 1...3), Self.known(17, 3...4),
            Self.known(20, 1...1),
        ]
        let met = try Self.meet(Self.client, Self.node, known: known)
        guard case .agreed(let near, nil) = met.opener, case .agreed(let far, _) = met.acceptor
        else {
            Issue.record("no agreement: \(met)")
            return
        }
        #expect(near.versions == [1: 1, 16: 3])
        #expect(near.frameBytesMax == 1_048_576)
        #expect(near.sendWindowBytes == 100_000)
        #expect(near.callsMax == 10)
        #expect(near.peer == Self.node)
        #expect(far.frameBytesMax == 1_048_576)
        #expect(far.peer.role == .client)
    }

    @Test("another cluster is refused with the reason; an unknown one is taken")
    func clusters() throws {
        var stranger = Self.client
        stranger.cluster = 0xBAD
        let met = try Self.meet(stranger, Self.node)
        guard case .refused(let error, _) = met.acceptor, case .refused(let told, nil) = met.opener
        else {
            Issue.record("it was taken")
            return
        }
        #expect(error.code == .handshakeRefused)
        #expect(told.detail.contains("FAILED_PRECONDITION"))
        stranger.cluster = 0xC1
        guard case .agreed = try Self.meet(stranger, Self.node).acceptor else {
            Issue.record("its own cluster was refused")
            return
        }
    }

    @Test("anything else than a HELLO ends it, and it stays ended")
    func otherFrames() throws {
        for kind in FrameHeader.Kind.allCases where kind != .hello {
            var far = Handshake(side: .acceptor, ours: Self.node, known: [])
            #expect(try far.connected() == .wait)
            for _ in 0..<2 {
                guard case .refused(let error, let farewell) = far.received(Frame(.init(kind)))
                else {
                    Issue.record("\(kind) was taken")
                    return
                }
                #expect(error.code == .unexpectedFrame)
                #expect(farewell?.header.kind == .goaway)
            }
        }
    }

    @Test("silence is refused")
    func silence() throws {
        var far = Handshake(side: .acceptor, ours: Self.node, known: [])
        _ = try far.connected()
        guard case .refused(let error, let farewell) = far.timedOut() else { return }
        #expect(error.code == .handshakeTimeout)
        #expect(try Goaway(packed: #require(farewell).body).status == .deadlineExceeded)
    }
}
