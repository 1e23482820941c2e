import DunlinTransport
import DunlinWire
import Testing

/// The calls that every carrier must carry alike.
@Suite("Calls", .timeLimit(.minutes(2)))
struct CallTests {
    @Test("a unary call is answered", arguments: Carrier.allCases)
    func unary(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            for size in [0, 1, 150, 4096, 70_000] {
                let body = [UInt8](repeating: 0xA5, count: size)
                try await expectServed(client, body)
            }
        }
    }

    @Test("a one-way call arrives and nothing comes back", arguments: Carrier.allCases)
    func oneWay(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            try await client.notify(TestHandler.note, Array("seen".utf8), CallOptions())
            await handler.diary.wait(for: "seen")
            try await expectServed(client)
        }
    }

    @Test("a stream brings its items in order, then ends", arguments: Carrier.allCases)
    func stream(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            for count in [0, 1, 7, 8, 9, 300] {
                var items: [[UInt8]] = []
                let body = [UInt8(count & 0xFF), UInt8(count >> 8)]
                try await client.stream(TestHandler.count, body, CallOptions()) { item in
                    items.append(item)
                }
                #expect(items == (0..<count).map { bytes(of: UInt32($0)) })
            }
        }
    }

    @Test("a stream's sender is held back while its reader is busy", arguments: Carrier.allCases)
    func slowReader(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            var taken = 0
            let options = CallOptions(itemCredit: 4)
            try await client.stream(TestHandler.count, [200, 0], options) { _ throws(CallError) in
                // Calls on the same connection go by, so the sender had every chance to run.
                for _ in 0..<5 { _ = try await client.call(TestHandler.mirror, [], CallOptions()) }
                taken += 1
                #expect(handler.diary.count("item") <= taken + 4)
            }
            #expect(taken == 200)
        }
    }

    @Test("an error of the reader cancels the stream at its sender", arguments: Carrier.allCases)
    func readerFails(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            let enough = CallError(.aborted, "enough")
            await #expect(throws: enough) {
                try await client.stream(TestHandler.count, [0xFF, 0xFF], CallOptions()) {
                    _ throws(CallError) in
                    throw enough
                }
            }
            await handler.diary.wait(for: "stream cancelled")
            try await expectServed(client)
        }
    }

    @Test("cancelling the caller's task cancels the handler's", arguments: Carrier.allCases)
    func cancellation(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CallError.self) {
                        try await client.call(TestHandler.hold, [], CallOptions())
                    }
                }
                await handler.diary.wait(for: "holding")
                group.cancelAll()
            }
            await handler.diary.wait(for: "cancelled")
            try await expectServed(client)
        }
    }

    @Test(
        "a task that is cancelled before it calls is not left waiting", arguments: Carrier.allCases)
    func cancelledBefore(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    await #expect(throws: CallError.self) {
                        try await client.call(TestHandler.hold, [], CallOptions())
                    }
                }
            }
        }
    }

    @Test("a deadline ends the call on both sides", arguments: Carrier.allCases)
    func deadline(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            let error = await #expect(throws: CallError.self) {
                try await client.call(TestHandler.hold, [], CallOptions(timeoutMs: 50))
            }
            #expect(error?.status == .deadlineExceeded)
            await handler.diary.wait(for: "cancelled")
            try await expectServed(client)
        }
    }

    @Test("every status travels with its message and hints", arguments: Carrier.allCases)
    func statuses(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            for status in Status.allCases where status != .ok {
                let error = await #expect(throws: CallError.self) {
                    let raw = status.rawValue
                    return try await client.call(
                        TestHandler.fail, [UInt8(raw & 0xFF), UInt8(raw >> 8)], CallOptions())
                }
                #expect(error?.status == status)
                #expect(error?.message == "as asked")
                #expect(error?.retryAfterMs == 250)
                #expect(error?.primary == "node-2:7400")
                #expect(error?.epoch == 9)
            }
        }
    }

    @Test(
        "a request or answer over the limit is refused, and the connection goes on",
        arguments: Carrier.allCases)
    func oversize(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.hello.frameBytesMax = 65_536
        let small = settings
        try await carrier.withPeers(settings: small) { client, _ in
            let tooLong = await #expect(throws: CallError.self) {
                try await client.call(
                    TestHandler.mirror, [UInt8](repeating: 1, count: 65_536), CallOptions())
            }
            #expect(tooLong?.status == .resourceExhausted)
            #expect(tooLong?.wasNotSent == true)
            let flooded = await #expect(throws: CallError.self) {
                try await client.call(TestHandler.flood, [], CallOptions())
            }
            #expect(flooded?.status == .resourceExhausted)
            let most = [UInt8](repeating: 1, count: 65_536 - WireLimits.headerBytes)
            try await expectServed(client, most)
        }
    }

    @Test("many calls at once are answered, each its own", arguments: Carrier.allCases)
    func manyAtOnce(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<200 {
                    group.addTask {
                        for call in 0..<10 {
                            let body = bytes(of: UInt32(caller * 100 + call))
                            let answer = try await client.call(
                                TestHandler.mirror, body, CallOptions())
                            #expect(answer == body)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("more bytes than the window go through it", arguments: [Carrier.memory, .tcp])
    func beyondTheWindow(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.hello.windowBytes = WireLimits.windowBytesMin
        let narrow = settings
        try await carrier.withPeers(settings: narrow) { client, _ in
            let body = [UInt8](repeating: 3, count: 500_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let answer = try await client.call(
                            TestHandler.mirror, body, CallOptions())
                        #expect(answer.count == body.count)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("calls over the agreed number are refused before they start", arguments: Carrier.allCases)
    func tooManyCalls(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.hello.callsMax = 1
        let single = settings
        let handler = TestHandler()
        try await carrier.withPeers(handler, settings: single) { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await client.call(TestHandler.hold, [], CallOptions())
                }
                await handler.diary.wait(for: "holding")
                let error = await #expect(throws: CallError.self) {
                    try await client.call(TestHandler.mirror, [], CallOptions())
                }
                #expect(error?.status == .resourceExhausted)
                #expect(error?.wasNotSent == true)
                handler.gate.open()
                try await group.waitForAll()
            }
            try await expectServed(client)
        }
    }

    @Test("an API that is not served is named as such", arguments: Carrier.allCases)
    func unknownAPI(_ carrier: Carrier) async throws {
        let other = Api(key: 999, name: "other", request: "Bytes", reply: "Bytes")
        try await carrier.withPeers { client, _ in
            let error = await #expect(throws: CallError.self) {
                try await client.call(other, [], CallOptions())
            }
            #expect(error?.status == .unimplemented)
        }
    }

    @Test("every peer tells its health and its APIs, and echoes", arguments: Carrier.allCases)
    func standardCalls(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            let health = try await client.call(
                .health, try StandardCalls.healthRequest(), CallOptions())
            #expect(try StandardCalls.health(packed: health) == .serving)
            let list = try await client.call(.apis, try StandardCalls.apisRequest(), CallOptions())
            let apis = try StandardCalls.apis(packed: list)
            #expect(apis.map(\.key) == [1, 2, 3, 100, 101, 102, 103, 104, 105])
            #expect(apis.first?.request == "dunlin.v1.HealthRequest")
            let echo = try await client.call(
                .echo, try StandardCalls.echo([1, 2, 3]), CallOptions())
            #expect(try StandardCalls.echoed(packed: echo) == [1, 2, 3])
        }
    }

    @Test("metadata arrives with its request", arguments: Carrier.allCases)
    func metadata(_ carrier: Carrier) async throws {
        try await carrier.withPeers { client, _ in
            let good = CallMetadata(entries: [.init(name: "trace-id", value: [1, 2])])
            let answer = try await client.call(
                TestHandler.mirror, [4], CallOptions(metadata: good))
            #expect(answer == [4])
            let bad = CallMetadata(entries: [.init(name: "Trace", value: [])])
            let error = await #expect(throws: CallError.self) {
                try await client.call(TestHandler.mirror, [4], CallOptions(metadata: bad))
            }
            #expect(error?.status == .invalidArgument)
        }
    }

    @Test(
        "draining answers what is open, refuses what is new, and ends", arguments: Carrier.allCases)
    func drain(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, server in
            try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { try await client.call(TestHandler.hold, [9], CallOptions()) }
                await handler.diary.wait(for: "holding")
                server.drain()
                var refusal: CallError?
                while refusal == nil {
                    do throws(CallError) {
                        _ = try await client.call(TestHandler.mirror, [], CallOptions())
                    } catch {
                        refusal = error
                    }
                }
                #expect(refusal?.status == .unavailable)
                #expect(refusal?.wasNotSent == true)
                handler.gate.open()
                let answer = try await group.next()
                #expect(answer == [9])
            }
            await client.ended()
        }
    }

    @Test("a connection that is lost fails its open calls", arguments: Carrier.allCases)
    func lost(_ carrier: Carrier) async throws {
        let handler = TestHandler()
        try await carrier.withPeers(handler) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: CallError.self) {
                        try await client.call(TestHandler.hold, [], CallOptions())
                    }
                    #expect(error?.status == .unavailable)
                    #expect(error?.wasNotSent == false)
                }
                await handler.diary.wait(for: "holding")
                client.close()
            }
            await handler.diary.wait(for: "cancelled")
            let error = await #expect(throws: CallError.self) {
                try await client.call(TestHandler.mirror, [], CallOptions())
            }
            #expect(error?.wasNotSent == true)
        }
    }

    @Test("another cluster is refused at the door", arguments: Carrier.allCases)
    func otherCluster(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testClient
        settings.hello.cluster = 0xBAD
        let stranger = settings
        try await carrier.withServer { server in
            await #expect(throws: (any Error).self) { try await server.connect(stranger) }
            #expect(server.counters.snapshot.failures[.handshakeRefused] == 1)
            let client = try await server.connect(.testClient)
            try await expectServed(client)
            client.close()
        }
    }
}
