import DunlinWire
import Testing

@Suite("Call machines")
struct CallMachineTests {
    static let unary = Api(key: 50, name: "unary", request: "A", reply: "B")
    static let stream = Api(key: 51, name: "stream", shape: .serverStream, request: "A", reply: "B")

    static let agreement = Agreement(
        peer: PeerHello(software: "peer"), frameBytesMax: 10_000, sendWindowBytes: 1000,
        callsMax: 3, versions: [50: 1, 51: 2])

    static func client() -> ClientCalls {
        ClientCalls(side: .opener, agreement: Self.agreement, cluster: 0)
    }

    static func server(callsMax: Int = 2) -> ServerCalls {
        ServerCalls(
            side: .acceptor, agreement: Self.agreement, callsMax: callsMax, cluster: 0xC1,
            apis: [Self.unary, Self.stream], peer: PeerIdentity())
    }

    static func frame(
        _ kind: FrameHeader.Kind, _ stream: UInt64, status: Status = .ok, body: [UInt8] = []
    ) -> Frame {
        var header = FrameHeader(kind)
        header.stream = stream
        header.status = status.rawValue
        return Frame(header, body: body)
    }

    static func request(
        _ stream: UInt64, api: UInt16 = 50, version: UInt16 = 1, timeoutMs: UInt32 = 0
    ) -> Frame {
        var frame = Self.frame(.request, stream)
        frame.header.api = api
        frame.header.version = version
        frame.header.timeoutMs = timeoutMs
        return frame
    }

    // MARK: Client

    @Test("a request carries what was agreed on")
    func request() {
        var client = Self.client()
        let options = CallOptions(timeoutMs: 500, shard: 4, epoch: 9, isAgain: true)
        let action = client.begin(
            Self.stream, [1], options, isOneWay: false, stream: 1, nowMs: 0)
        guard case .send(let frame) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(frame.header.api == 51)
        #expect(frame.header.version == 2)
        #expect(frame.header.timeoutMs == 500)
        #expect(frame.header.shard == 4)
        #expect(frame.header.epoch == 9)
        #expect(frame.header.flags == [.again])
        #expect(client.hasOpenCalls)
    }

    @Test("a late answer is ignored, one to a call never made is not")
    func answers() {
        var client = Self.client()
        _ = client.begin(Self.unary, [], CallOptions(), isOneWay: false, stream: 1, nowMs: 0)
        _ = client.begin(Self.unary, [], CallOptions(), isOneWay: true, stream: 3, nowMs: 0)
        let answer = Self.frame(.response, 1, body: [5])
        #expect(client.received(answer) == .answered(stream: 1, [5]))
        #expect(client.received(answer) == .ignore)
        #expect(client.received(Self.frame(.response, 3)) == .ignore)
        for stream: UInt64 in [0, 2, 5] {
            guard case .violation = client.received(Self.frame(.response, stream)) else {
                Issue.record("stream \(stream)")
                return
            }
        }
    }

    @Test("items keep within their credit")
    func itemCredit() {
        var client = Self.client()
        let options = CallOptions(itemCredit: 2)
        _ = client.begin(Self.stream, [], options, isOneWay: false, stream: 1, nowMs: 0)
        #expect(client.received(Self.frame(.item, 1, body: [1])) == .item(stream: 1, [1]))
        #expect(client.itemTaken(stream: 1) == .items(1, stream: 1))
        #expect(client.received(Self.frame(.item, 1)) == .item(stream: 1, []))
        #expect(client.received(Self.frame(.item, 1)) == .item(stream: 1, []))
        guard case .violation(let error) = client.received(Self.frame(.item, 1)) else {
            Issue.record("beyond its credit")
            return
        }
        #expect(error.code == .windowExceeded)
    }

    @Test("a call over its deadline is given up, and no other")
    func deadlines() {
        var client = Self.client()
        for (stream, timeoutMs) in [(1, 100), (3, 0), (5, 200)] as [(UInt64, Int64)] {
            let options = CallOptions(timeoutMs: timeoutMs)
            _ = client.begin(Self.unary, [], options, isOneWay: false, stream: stream, nowMs: 10)
        }
        #expect(client.tick(nowMs: 109) == [])
        #expect(client.tick(nowMs: 110) == [1])
        #expect(client.tick(nowMs: .max) == [5])
        #expect(client.hasOpenCalls)
        let cancelled = [client.cancel(stream: 3), client.cancel(stream: 3)]
        #expect(cancelled == [true, false])
    }

    @Test("GOAWAY spares what is still answered")
    func goaway() {
        var client = Self.client()
        for stream: UInt64 in [1, 3] {
            _ = client.begin(
                Self.unary, [], CallOptions(), isOneWay: false, stream: stream, nowMs: 0)
        }
        let failed = client.goawayReceived(Goaway(status: .ok, message: "", lastStream: 1))
        #expect(failed.map(\.stream) == [3])
        #expect(failed.allSatisfy { $0.error.wasNotSent })
        let refused = client.begin(
            Self.unary, [], CallOptions(), isOneWay: false, stream: 5, nowMs: 0)
        guard case .refuse(let error) = refused else {
            Issue.record("a call after GOAWAY")
            return
        }
        #expect(error.status == .unavailable)
        let lost = client.closed(reason: "gone", notSent: [])
        #expect(lost.map(\.stream) == [1])
        #expect(lost.allSatisfy { !$0.error.wasNotSent })
    }

    // MARK: Server

    @Test("requests that cannot be served are refused with a status")
    func refusals() {
        for frame in [Self.request(1, api: 9), Self.request(1, version: 2)] {
            var server = Self.server()
            guard case .refuse(let answer) = server.requestReceived(frame, nowMs: 0) else {
                Issue.record("it was taken")
                return
            }
            #expect(answer.header.status == Status.unimplemented.rawValue)
            #expect(answer.header.stream == 1)
            #expect(!server.hasOpenCalls)
        }
    }

    @Test("calls over the limit are refused before they start, with a time to wait")
    func tooMany() {
        var server = Self.server(callsMax: 1)
        guard case .start = server.requestReceived(Self.request(1), nowMs: 0),
            case .refuse(let answer) = server.requestReceived(Self.request(3), nowMs: 0)
        else {
            Issue.record("not as expected")
            return
        }
        let status = Status(wire: answer.header.status)
        #expect(status == .resourceExhausted)
        #expect(CallError(status: status, packed: answer.body).retryAfterMs == 100)
    }

    @Test("stream ids grow and are the opener's")
    func streamIDs() {
        for frames in [[Self.request(2)], [Self.request(0)], [Self.request(3), Self.request(1)]] {
            var server = Self.server()
            var last: ServerCalls.RequestAction?
            for frame in frames { last = server.requestReceived(frame, nowMs: 0) }
            guard case .violation = last else {
                Issue.record("\(frames.map(\.header.stream))")
                return
            }
        }
    }

    @Test("a cancelled call is answered to nobody")
    func cancel() {
        var server = Self.server()
        _ = server.requestReceived(Self.request(1), nowMs: 0)
        #expect(server.cancelReceived(stream: 1) == .cancel(requestBytes: 64))
        #expect(server.cancelReceived(stream: 1) == .ignore)
        #expect(server.finished(stream: 1, .success([1])) == .drop(requestBytes: 0))
        guard case .violation = server.cancelReceived(stream: 3) else {
            Issue.record("a CANCEL of a call never made")
            return
        }
    }

    @Test("an overdue call is answered with its status")
    func overdue() {
        var server = Self.server()
        _ = server.requestReceived(Self.request(1, timeoutMs: 100), nowMs: 0)
        #expect(server.tick(nowMs: 99).isEmpty)
        let overdue = server.tick(nowMs: 100)
        guard case .send(let frame, 64) = overdue.first?.action else {
            Issue.record("not answered")
            return
        }
        #expect(frame.header.status == Status.deadlineExceeded.rawValue)
        #expect(server.finished(stream: 1, .success([])) == .drop(requestBytes: 0))
    }

    @Test("a stream sends within its credit")
    func serverCredit() {
        var server = Self.server()
        _ = server.requestReceived(Self.request(1, api: 51), nowMs: 0)
        for _ in 0..<WireLimits.itemCreditDefault {
            guard case .send = server.item(stream: 1, [1]) else {
                Issue.record("within its credit")
                return
            }
        }
        #expect(server.item(stream: 1, [1]) == .wait)
        #expect(server.creditReceived(items: 1, stream: 1) == .resume)
        guard case .send = server.item(stream: 1, [1]) else {
            Issue.record("with new credit")
            return
        }
        guard case .violation = server.creditReceived(items: 5000, stream: 1) else {
            Issue.record("too much credit")
            return
        }
        guard case .refuse = server.item(stream: 7, [1]) else {
            Issue.record("an item of no call")
            return
        }
    }

    // MARK: Credit

    @Test("a queue sends while any credit is left, control frames always")
    func queue() {
        var queue = SendQueue(creditBytes: 100)
        let big = Frame(FrameHeader(.response), body: [UInt8](repeating: 0, count: 500))
        queue.append(big, answersBytes: 7)
        queue.append(big)
        queue.append(Frame(FrameHeader(.ping)))
        #expect(queue.backlogBytes == 1128)
        let ping = queue.next()
        #expect(ping?.frame.header.kind == .ping)
        let first = queue.next()
        #expect(first?.answersBytes == 7)
        #expect(queue.next() == nil)
        #expect(queue.credit(bytes: 464) == .proceed)
        #expect(queue.next() == nil)
        #expect(queue.credit(bytes: 1) == .proceed)
        #expect(queue.next() != nil)
        #expect(queue.isEmpty)
        #expect(queue.backlogBytes == 0)
        for bytes in [0, -1, WireLimits.windowBytesMax + 1] {
            guard case .violation = queue.credit(bytes: bytes) else {
                Issue.record("\(bytes)")
                return
            }
        }
    }

    @Test("a request that has not left can be taken back")
    func withdraw() {
        var queue = SendQueue(creditBytes: 0)
        for stream: UInt64 in [1, 3, 5] { queue.append(Self.request(stream)) }
        #expect(queue.waitingRequests == [1, 3, 5])
        let withdrawn = [queue.withdrawRequest(stream: 3), queue.withdrawRequest(stream: 3)]
        #expect(withdrawn == [true, false])
        #expect(queue.waitingRequests == [1, 5])
        #expect(queue.backlogBytes == 128)
    }

    @Test("whatever is sent and dealt with, both sides count alike and nothing stalls")
    func windows() throws {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let windowBytes = 1000
        var queue = SendQueue(creditBytes: windowBytes)
        var window = ReceiveWindow(windowBytes: windowBytes)
        var undealt: [Int] = []
        var sent = 0
        for _ in 0..<5000 {
            if random(2) == 0 {
                let body = [UInt8](repeating: 0, count: random(1500))
                queue.append(Frame(FrameHeader(.item), body: body))
            }
            while let next = queue.next() {
                // Never refused: the sender keeps within what the receiver counts.
                try window.received(frameBytes: next.frame.byteCount)
                undealt.append(next.frame.byteCount)
                sent += 1
            }
            #expect(undealt.reduce(0, +) <= windowBytes + 1564)
            if !undealt.isEmpty, random(3) > 0 {
                if let credit = window.released(bytes: undealt.removeFirst()) {
                    #expect(queue.credit(bytes: credit) == .proceed)
                }
            }
            if undealt.isEmpty, !queue.isEmpty {
                guard let next = queue.next() else {
                    Issue.record("all is dealt with and yet nothing may be sent")
                    return
                }
                try window.received(frameBytes: next.frame.byteCount)
                undealt.append(next.frame.byteCount)
                sent += 1
            }
        }
        #expect(sent > 1000)
    }

    // MARK: Keep-alive

    @Test("silence is asked about while calls are open, then ends the connection")
    func keepAlive() {
        let settings = KeepAlive.Settings(silenceMs: 100, timeoutMs: 50)
        var keepAlive = KeepAlive(settings: settings, pingIntervalMinMs: 10, nowMs: 0)
        #expect(keepAlive.tick(nowMs: 99, hasOpenCalls: true) == .nothing)
        #expect(keepAlive.tick(nowMs: 1000, hasOpenCalls: false) == .nothing)
        guard case .sendPing = keepAlive.tick(nowMs: 1000, hasOpenCalls: true) else {
            Issue.record("no PING")
            return
        }
        #expect(keepAlive.tick(nowMs: 1049, hasOpenCalls: true) == .nothing)
        keepAlive.read(nowMs: 1049)
        #expect(keepAlive.tick(nowMs: 1050, hasOpenCalls: true) == .nothing)
        guard case .sendPing = keepAlive.tick(nowMs: 1149, hasOpenCalls: true),
            case .close(let error) = keepAlive.tick(nowMs: 1199, hasOpenCalls: true)
        else {
            Issue.record("not closed")
            return
        }
        #expect(error.code == .keepAliveTimeout)
    }

    @Test("PINGs at a decent pace are answered for ever, hasty ones thrice")
    func pings() {
        var keepAlive = KeepAlive(
            settings: KeepAlive.Settings(), pingIntervalMinMs: 100, nowMs: 0)
        let ping = Frame(FrameHeader(.ping), body: [1])
        for number in 0..<1000 {
            guard
                case .sendPong(let pong) = keepAlive.pingReceived(ping, nowMs: Int64(number) * 100)
            else {
                Issue.record("refused at a decent pace")
                return
            }
            #expect(pong.body == [1])
        }
        var answered = 0
        while case .sendPong = keepAlive.pingReceived(ping, nowMs: 99_901) { answered += 1 }
        #expect(answered == WireLimits.pingStrikesMax - 1)
    }
}
