import DunlinTransport
import DunlinWire
import Testing

@Suite("Addresses")
struct AddressTests {
    @Test(
        "an address is read as it is written",
        arguments: [
            ("127.0.0.1:7400", "127.0.0.1", 7400, true), ("[::1]:1", "::1", 1, true),
            ("localhost:0", "localhost", 0, true), ("10.0.0.1:7400", "10.0.0.1", 7400, false),
            ("[2001:db8::1]:7400", "2001:db8::1", 7400, false),
            ("node-1:7400", "node-1", 7400, false),
            ("0.0.0.0:7400", "0.0.0.0", 7400, false), ("127.8.9.1:1", "127.8.9.1", 1, true),
        ])
    func reading(_ text: String, _ host: String, _ port: Int, _ isLoopback: Bool) throws {
        let address = try PeerAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(
        "what is no address is refused with the remedy",
        arguments: [
            "", "7400", "127.0.0.1", "host:", ":7400", "host:70000", "host:-1", "::1:7400",
            "host:x",
        ])
    func refusing(_ text: String) {
        let error = #expect(throws: TransportError.self) { try PeerAddress(text) }
        #expect(error?.code == .badAddress)
        #expect(error?.message.contains("HOST:PORT") == true)
    }

    @Test("plain TCP stays on this machine unless somebody says so aloud")
    func plainBeyondLoopback() async throws {
        let address = PeerAddress(host: "0.0.0.0", port: 0)
        var settings = TCPListener.Settings(address: address, connection: .testNode)
        let error = await #expect(throws: TransportError.self) {
            try await TCPListener.bind(settings, handler: TestHandler())
        }
        #expect(error?.code == .insecure)
        #expect(error?.message.contains("--insecure") == true)
        settings.insecure = true
        let listener = try await TCPListener.bind(settings, handler: TestHandler())
        listener.drain()
        await listener.run()
    }

    @Test("a peer that does not listen is named with the remedy")
    func nobodyThere() async throws {
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: PeerAddress(host: "127.0.0.1", port: 0), connection: .testNode),
            handler: TestHandler())
        let port = listener.port
        listener.drain()
        await listener.run()
        let error = await #expect(throws: TransportError.self) {
            try await TCPConnector.connect(
                TCPConnector.Settings(
                    address: PeerAddress(host: "127.0.0.1", port: port), connection: .testClient))
        }
        #expect(error?.code == .unreachable)
    }
}
