import DunlinTransport
import DunlinWire
import Logging
import ServiceLifecycle

/// Our own protocol's listener as a service.
struct WireService: Service {
    let handler: any CallHandler
    let endpoint: Endpoint
    let tls: TLSSettings?
    let isInsecureAllowed: Bool
    let clusterID: UInt64

    func run() async throws {
        let hello = PeerHello(
            node: 1, incarnation: 1, role: .node, software: "dunlin \(ProductVersion.current)",
            cluster: self.clusterID)
        let address = PeerAddress(host: self.endpoint.host, port: self.endpoint.port)
        // Without client certificates, whoever can talk to this port may do everything.
        guard
            address.isLoopback || self.isInsecureAllowed || self.tls == nil
                || self.tls?.requiresClientCertificate == true
        else {
            throw Failure(
                "--listen \(self.endpoint) is not loopback, and anybody could connect: set"
                    + " tls.client_authority, or say --insecure if the network itself is closed")
        }
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: address, tls: self.tls,
                insecure: self.isInsecureAllowed, connection: ConnectionSettings(hello: hello)),
            handler: self.tls?.guarded(self.handler) ?? self.handler)
        Logger(label: "dunlin").notice("wire", metadata: ["port": "\(listener.port)"])
        await withGracefulShutdownHandler {
            await listener.run()
        } onGracefulShutdown: {
            listener.drain()
        }
    }
}
