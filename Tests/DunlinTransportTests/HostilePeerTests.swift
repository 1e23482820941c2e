import DunlinTransport
import DunlinWire
import Testing

/// A peer may say anything: its own connection ends, it is counted, and everybody else goes on.
@Suite("Hostile peers", .timeLimit(.minutes(3)))
struct HostilePeerTests {
    static let hello: [UInt8] = {
        var header = FrameHeader(.hello)
        header.version = 1
        let body = try? PeerHello(software: "raw").packed()
        return Frame(header, body: body ?? []).encoded()
    }()

    static func request(
        _ api: Api, stream: UInt64, body: [UInt8], version: UInt16 = 1
    ) -> Frame {
        var header = FrameHeader(.request)
        header.api = api.key
        header.version = version
        header.stream = stream
        return Frame(header, body: body)
    }

    static func control(_ kind: FrameHeader.Kind, stream: UInt64 = 0, body: [UInt8] = []) -> Frame {
        var header = FrameHeader(kind)
        header.stream = stream
        return Frame(header, body: body)
    }

    /// The peer that sends `bytes` is closed, with `code` counted; another is served as before.
    static func expectClosed(
        _ carrier: Carrier, _ code: WireError.Code, after bytes: [UInt8],
        settings: ConnectionSettings = .testNode
    ) async throws {
        try await carrier.withPeers(settings: settings) { bystander, server in
            let raw = try await server.connectRaw()
            try await raw.send(bytes)
            _ = try await raw.framesUntilClosed()
            #expect(server.counters.snapshot.failures[code] == 1, "\(code)")
            try await expectServed(bystander)
        }
    }

    @Test("another protocol is recognised by its first bytes", arguments: Carrier.allCases)
    func otherProtocols(_ carrier: Carrier) async throws {
        for text in ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "\0", "DUN2", "DX"] {
            try await Self.expectClosed(carrier, .badMagic, after: Array(text.utf8))
        }
    }

    @Test("a damaged header or body ends the connection", arguments: Carrier.allCases)
    func checksums(_ carrier: Carrier) async throws {
        var header = Self.hello
        header[20] ^= 1
        try await Self.expectClosed(carrier, .badHeaderChecksum, after: header)
        var body = Self.hello
        body[body.count - 1] ^= 1
        try await Self.expectClosed(carrier, .badChecksum, after: body)
    }

    @Test("a frame over the limit is refused by its header", arguments: Carrier.allCases)
    func tooLong(_ carrier: Carrier) async throws {
        let long = Self.request(
            TestHandler.mirror, stream: 1, body: [UInt8](repeating: 0, count: 5000))
        // Before the handshake 4 KiB is the limit.
        try await Self.expectClosed(carrier, .frameTooLong, after: long.encoded())
        let longer = Self.request(
            TestHandler.mirror, stream: 1,
            body: [UInt8](repeating: 0, count: WireLimits.frameBytesDefault))
        let header = Array(longer.encoded().prefix(WireLimits.headerBytes))
        try await Self.expectClosed(carrier, .frameTooLong, after: Self.hello + header)
    }

    @Test("frames out of place end the connection", arguments: Carrier.allCases)
    func outOfPlace(_ carrier: Carrier) async throws {
        let early = Self.request(TestHandler.mirror, stream: 1, body: []).encoded()
        try await Self.expectClosed(carrier, .unexpectedFrame, after: early)
        let misplaced = [
            Self.hello,
            // An even stream is not the opener's; zero is nobody's.
            Self.request(TestHandler.mirror, stream: 2, body: []).encoded(),
            Self.request(TestHandler.mirror, stream: 0, body: []).encoded(),
            Self.control(.response, stream: 2).encoded(),
            Self.control(.item, stream: 1).encoded(),
            Self.control(.cancel, stream: 9).encoded(),
            Self.control(.helloAck).encoded(),
        ]
        for frame in misplaced {
            try await Self.expectClosed(carrier, .unexpectedFrame, after: Self.hello + frame)
        }
        let twice = Self.request(TestHandler.mirror, stream: 1, body: []).encoded()
        try await Self.expectClosed(carrier, .unexpectedFrame, after: Self.hello + twice + twice)
    }

    @Test("a HELLO that cannot be understood is answered, then closed", arguments: Carrier.allCases)
    func badHello(_ carrier: Carrier) async throws {
        var header = FrameHeader(.hello)
        header.version = 1
        let garbage = Frame(header, body: [0xFF, 0xFF, 0xFF]).encoded()
        try await carrier.withServer { server in
            let raw = try await server.connectRaw()
            try await raw.send(garbage)
            let frames = try await raw.framesUntilClosed()
            let goaway = try Goaway(packed: #require(frames.last).body)
            #expect(goaway.status == .invalidArgument)
            #expect(server.counters.snapshot.failures[.malformedMessage] == 1)
        }
    }

    @Test("a message that cannot be understood fails its call only", arguments: Carrier.allCases)
    func badMessage(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, server in
            for body: [UInt8] in [[0xFF], [0x0B], [0x0A, 0x05], [0x08, 0x01]] {
                let error = await #expect(throws: CallError.self) {
                    try await client.call(.echo, body, CallOptions())
                }
                #expect(error?.status == .invalidArgument)
            }
            try await expectServed(client)
            #expect(server.counters.snapshot.failures.isEmpty)
        }
    }

    @Test("a conversation cut at every byte leaves the node as it was", arguments: Carrier.allCases)
    func cuts(_ carrier: Carrier) async throws {
        let echo = Self.request(.echo, stream: 1, body: try StandardCalls.echo([1, 2, 3]))
        let talk = Self.hello + echo.encoded()
        try await carrier.withPeers { bystander, server in
            for cut in 0...talk.count {
                let raw = try await server.connectRaw()
                try await raw.send(Array(talk[..<cut]))
                try await raw.close()
            }
            try await expectServed(bystander)
            #expect(server.counters.snapshot.failures.isEmpty)
        }
    }

    @Test("every changed byte of a conversation is noticed", arguments: [Carrier.memory, .tcp])
    func changedBytes(_ carrier: Carrier) async throws {
        let echo = Self.request(.echo, stream: 1, body: try StandardCalls.echo([1, 2, 3]))
        let talk = Self.hello + echo.encoded()
        try await carrier.withPeers { bystander, server in
            for place in 0..<talk.count {
                var changed = talk
                changed[place] ^= UInt8(1 << (place % 8))
                let raw = try await server.connectRaw()
                try await raw.send(changed)
                // A length that grew waits for more bytes; the checksum refuses it before.
                _ = try await raw.framesUntilClosed()
            }
            let failures = server.counters.snapshot.failures.values.reduce(0, +)
            #expect(failures == UInt64(talk.count))
            try await expectServed(bystander)
        }
    }

    @Test("bytes that arrive one by one are the same bytes", arguments: Carrier.allCases)
    func oneByOne(_ carrier: Carrier) async throws {
        let echo = Self.request(.echo, stream: 1, body: try StandardCalls.echo([1, 2, 3]))
        try await carrier.withServer { server in
            let raw = try await server.connectRaw()
            for byte in Self.hello + echo.encoded() { try await raw.send([byte]) }
            let reply = try #require(try await raw.frame(.response))
            #expect(try StandardCalls.echoed(packed: reply.body) == [1, 2, 3])
            try await raw.close()
        }
    }

    @Test("a peer that sends beyond its credit is closed", arguments: Carrier.allCases)
    func beyondCredit(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.hello.windowBytes = WireLimits.windowBytesMin
        let body = [UInt8](repeating: 1, count: 16_384)
        // Held calls keep their bytes: the fifth frame is beyond 64 KiB.
        var talk = Self.hello
        for call in 0..<6 {
            talk += Self.request(TestHandler.hold, stream: UInt64(2 * call + 1), body: body)
                .encoded()
        }
        try await Self.expectClosed(carrier, .windowExceeded, after: talk, settings: settings)
    }

    @Test("PINGs are answered, and too many are not", arguments: Carrier.allCases)
    func pings(_ carrier: Carrier) async throws {
        let ping = Self.control(.ping, body: [1, 2, 3, 4])
        try await carrier.withServer { server in
            let raw = try await server.connectRaw()
            try await raw.send(Self.hello + ping.encoded())
            let pong = try #require(try await raw.frame(.pong))
            #expect(pong.body == [1, 2, 3, 4])
            try await raw.close()
        }
        let flood = [[UInt8]](repeating: ping.encoded(), count: 10).flatMap { $0 }
        try await Self.expectClosed(carrier, .tooManyPings, after: Self.hello + flood)
    }

    @Test("a peer that never says HELLO is let go", arguments: Carrier.allCases)
    func silence(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.handshakeMs = 50
        try await Self.expectClosed(carrier, .handshakeTimeout, after: [], settings: settings)
    }

    @Test("noise from a seed never stops the node", arguments: Carrier.allCases)
    func noise(_ carrier: Carrier) async throws {
        var state: UInt64 = 0x5EED
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var talks: [[UInt8]] = []
        for _ in 0..<60 {
            var header = FrameHeader(
                FrameHeader.Kind(rawValue: UInt8(3 + random() % 9)) ?? .ping)
            header.stream = random() % 5
            header.api = UInt16(random() % 110)
            header.version = UInt16(random() % 3)
            let body = (0..<(random() % 64)).map { _ in UInt8(truncatingIfNeeded: random()) }
            talks.append(Self.hello + Frame(header, body: body).encoded())
        }
        let all = talks
        try await carrier.withPeers { bystander, server in
            for talk in all {
                let raw = try await server.connectRaw()
                try await raw.send(talk)
                try await raw.close()
            }
            try await expectServed(bystander)
        }
    }
}
