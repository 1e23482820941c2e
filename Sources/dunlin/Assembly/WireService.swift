import DunlinNode
import DunlinTransport
import DunlinWire
import Logging
import ServiceLifecycle

/// Our own protocol's listener as a service.
struct WireService: Service {
    let node: Node
    let endpoint: Endpoint
    let isInsecureAllowed: Bool
    let clusterID: UInt64

    func run() async throws {
        let hello = PeerHello(
            node: 1, incarnation: 1, role: .node, software: "dunlin \(ProductVersion.current)",
            cluster: self.clusterID)
        let listener = try await TCPListener.bind(
            TCPListener.Settings(
                address: PeerAddress(host: self.endpoint.host, port: self.endpoint.port),
                insecure: self.isInsecureAllowed, connection: ConnectionSettings(hello: hello)),
            handler: NodeCallServer(self.node))
        Logger(label: "dunlin").notice("wire", metadata: ["port": "\(listener.port)"])
        await withGracefulShutdownHandler {
            await listener.run()
        } onGracefulShutdown: {
            listener.drain()
        }
    }
}
