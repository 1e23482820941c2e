import DunlinWire

extension Subject {
    static func frames() throws -> [Subject] {
        let talk = try Self.talk()
        return [
            Subject(name: "frames", corpus: talk, check: Self.checkFrames),
            Subject(name: "frames resealed", corpus: talk) { input, random in
                try Self.checkFrames(Self.resealed(input), &random)
            },
            Subject(name: "handshake", corpus: talk) { input, random in
                try Self.checkHandshake(Self.resealed(input), &random)
            },
            Subject(name: "conversation", corpus: talk) { input, random in
                try Self.checkConversation(Self.resealed(input), &random)
            },
        ]
    }

    /// Frames of a conversation, alone and together.
    private static func talk() throws -> [[UInt8]] {
        var header = FrameHeader(.hello)
        header.version = 1
        let hello = PeerHello(
            software: "fuzz", serves: [PeerHello.Serving(api: 16, versions: 1...2)])
        var frames = [Frame(header, body: try hello.packed())]
        header.kind = .helloAck
        frames.append(Frame(header, body: try hello.packed()))
        frames.append(try Goaway(status: .ok, message: "Draining.", lastStream: 3).frame())
        frames.append(Credit.bytes(1000).frame())
        frames.append(Credit.items(3, stream: 1).frame())
        for kind in [FrameHeader.Kind.request, .response, .item, .end, .cancel, .ping, .pong] {
            var header = FrameHeader(kind)
            header.stream = kind == .request ? 2 : 1
            header.api = 16
            header.version = 1
            header.timeoutMs = 1000
            frames.append(Frame(header, body: kind == .request ? Array(0..<100) : []))
        }
        frames.append(
            Frame(
                FrameHeader(.response),
                body: CallError(.notPrimary, "Elsewhere.", primary: "n:1").packed()))
        let encoded = frames.map { $0.encoded() }
        return encoded + [encoded.flatMap { $0 }]
    }

    /// Cut anywhere, the same bytes give the same frames and the same end.
    private static func checkFrames(
        _ input: [UInt8], _ random: inout Randomness
    ) throws -> Bool {
        let whole = Self.decode([input])
        var pieces: [[UInt8]] = []
        var rest = input[...]
        while !rest.isEmpty {
            let count = min(rest.count, 1 + random.below(97))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        let cut = Self.decode(pieces)
        guard whole.frames == cut.frames, whole.error == cut.error else {
            throw Violation(
                subject: "frames", promise: "other frames when cut elsewhere", input: input)
        }
        for frame in whole.frames {
            guard Self.decode([frame.encoded()]).frames == [frame] else {
                throw Violation(
                    subject: "frames", promise: "a frame is not what was written", input: input)
            }
        }
        return !whole.frames.isEmpty
    }

    private static func decode(_ pieces: [[UInt8]]) -> (frames: [Frame], error: WireError?) {
        var decoder = FrameDecoder(frameBytesMax: 32_768)
        var frames: [Frame] = []
        do throws(WireError) {
            for piece in pieces {
                decoder.append(piece)
                while let frame = try decoder.next() { frames.append(frame) }
            }
            return (frames, nil)
        } catch {
            return (frames, error)
        }
    }

    /// The same bytes with lengths and checksums put right where a header seems to be, so that
    /// damage gets past them.
    private static func resealed(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        var start = 0
        while start + WireLimits.headerBytes <= bytes.count {
            func read(_ offset: Int, _ count: Int) -> Int {
                (0..<count).reduce(0) { $0 | Int(bytes[start + offset + $1]) << (8 * $1) }
            }
            func write(_ value: UInt32, _ offset: Int) {
                for index in 0..<4 {
                    bytes[start + offset + index] =
                        UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
                }
            }
            write(FrameHeader.magic, 0)
            let left = bytes.count - start
            let wanted = read(4, 4)
            let length = wanted >= WireLimits.headerBytes && wanted <= left ? wanted : left
            write(UInt32(length), 4)
            let body = Array(bytes[(start + WireLimits.headerBytes)..<(start + length)])
            write(CRC32C.checksum(body), 56)
            write(CRC32C.checksum(Array(bytes[start..<(start + 60)])), 60)
            start += length
        }
        return bytes
    }

    private static func checkHandshake(
        _ input: [UInt8], _ random: inout Randomness
    ) throws -> Bool {
        let side: Handshake.Side = random.below(2) == 0 ? .opener : .acceptor
        var handshake = Handshake(
            side: side, ours: PeerHello(software: "us", cluster: 7), known: NodeCalls.all)
        _ = try handshake.connected()
        var agreed = false
        for frame in Self.decode([input]).frames {
            switch handshake.received(frame) {
            case .agreed(let agreement, _):
                guard !agreed, agreement.frameBytesMax >= WireLimits.frameBytesBeforeHello,
                    agreement.sendWindowBytes >= WireLimits.windowBytesMin
                else {
                    throw Violation(
                        subject: "handshake", promise: "agreed twice or beyond the limits",
                        input: input)
                }
                agreed = true
            case .refused: agreed = false
            }
        }
        return true
    }

    /// The machines of an agreed connection take whatever comes.
    private static func checkConversation(
        _ input: [UInt8], _ random: inout Randomness
    ) throws -> Bool {
        let agreement = Agreement(
            peer: PeerHello(software: "peer"), frameBytesMax: 32_768, sendWindowBytes: 65_536,
            callsMax: 8, versions: [16: 1, 17: 1])
        var client = ClientCalls(side: .opener, agreement: agreement, cluster: 0)
        var server = ServerCalls(
            side: .opener, agreement: agreement, callsMax: 4, cluster: 0, apis: NodeCalls.all,
            peer: PeerIdentity())
        var queue = SendQueue(creditBytes: 65_536)
        var keepAlive = KeepAlive(
            settings: KeepAlive.Settings(), pingIntervalMinMs: 10, nowMs: 0)
        for (stream, api) in [(1, NodeCalls.intake), (3, NodeCalls.accounts)] as [(UInt64, Api)] {
            _ = client.begin(api, [], CallOptions(), isOneWay: false, stream: stream, nowMs: 0)
        }
        for (now, frame) in Self.decode([input]).frames.enumerated() {
            switch frame.header.kind {
            case .request: _ = server.requestReceived(frame, nowMs: Int64(now))
            case .response, .item, .end: _ = client.received(frame)
            case .cancel: _ = server.cancelReceived(stream: frame.header.stream)
            case .credit:
                switch try? Credit(frame) {
                case .bytes(let bytes): _ = queue.credit(bytes: bytes)
                case .items(let items, let stream):
                    _ = server.creditReceived(items: items, stream: stream)
                case nil: break
                }
            case .ping: _ = keepAlive.pingReceived(frame, nowMs: Int64(now))
            case .goaway:
                if let goaway = try? Goaway(packed: frame.body) {
                    _ = client.goawayReceived(goaway)
                }
            case .hello, .helloAck, .pong: break
            }
            _ = CallError(status: Status(wire: frame.header.status), packed: frame.body)
        }
        _ = client.tick(nowMs: .max)
        _ = server.tick(nowMs: .max)
        return true
    }
}
