import DunlinWire
package import Logging
package import NIOCore
import NIOPosix
import NIOSSL

/// Opens connections to peers.
package enum TCPConnector {
    package struct Settings: Sendable {
        package var address: PeerAddress
        /// `nil` for none: only to loopback, or with ``insecure``.
        package var tls: TLSSettings?
        /// The name that the peer's certificate must bear; `nil` for the address's host.
        package var serverName: String?
        /// Plain TCP over a network was asked for aloud.
        package var insecure: Bool
        package var connection: ConnectionSettings

        package init(
            address: PeerAddress, tls: TLSSettings? = nil, serverName: String? = nil,
            insecure: Bool = false, connection: ConnectionSettings
        ) {
            self.address = address
            self.tls = tls
            self.serverName = serverName
            self.insecure = insecure
            self.connection = connection
        }
    }

    /// Connects, agrees, and answers a channel that is ready for calls. Close it by
    /// ``PeerConnection/close()`` or ``PeerConnection/drain()``.
    package static func connect(
        _ settings: Settings,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        counters: TransportCounters = TransportCounters(),
        logger: Logger = Logger(label: "dunlin.transport")
    ) async throws(TransportError) -> PeerConnection {
        try settings.address.checkMayBePlain(
            hasTLS: settings.tls != nil, insecure: settings.insecure)
        let context = try settings.tls?.clientContext()
        let loop = group.next()
        let connection = PeerConnection(
            loop: loop, side: .opener, settings: settings.connection, apis: [],
            counters: counters, logger: logger)
        let serverName = Self.serverName(settings)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(settings.connection.handshakeMs))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: serverName))
                    }
                    try pipeline.addHandler(
                        PeerHandler(connection: connection, waitsForTLS: context != nil))
                }
            }
        do {
            _ = try await bootstrap.connect(
                host: settings.address.host, port: settings.address.port
            ).get()
        } catch {
            connection.close()
            throw TransportError(
                .unreachable,
                "Cannot reach \(settings.address). Is a node running there, and is the port right?")
        }
        do throws(CallError) {
            _ = try await connection.agreed()
        } catch {
            connection.close()
            throw TransportError(.unreachable, "\(settings.address): \(error.message)")
        }
        return connection
    }

    /// TLS checks a name; an address is checked against the certificate's addresses by itself.
    private static func serverName(_ settings: Settings) -> String? {
        if let name = settings.serverName { return name }
        let isAddress = (try? SocketAddress(ipAddress: settings.address.host, port: 0)) != nil
        return isAddress ? nil : settings.address.host
    }
}
