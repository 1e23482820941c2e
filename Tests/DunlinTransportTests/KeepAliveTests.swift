import DunlinTransport
import DunlinWire
import Testing

@Suite("Keep-alive over a carrier", .timeLimit(.minutes(1)))
struct KeepAliveTests {
    @Test("a peer that falls silent is given up", arguments: Carrier.allCases)
    func silentPeer(_ carrier: Carrier) async throws {
        var settings = ConnectionSettings.testNode
        settings.keepAlive = KeepAlive.Settings(silenceMs: 1, timeoutMs: 1, asksWhenIdle: true)
        let quick = settings
        try await carrier.withServer(settings: quick) { server in
            let raw = try await server.connectRaw()
            try await raw.send(HostilePeerTests.hello)
            let frames = try await raw.framesUntilClosed()
            #expect(frames.contains { $0.header.kind == .ping })
            #expect(server.counters.snapshot.failures[.keepAliveTimeout] == 1)
        }
    }
}
