package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP listener as a service: answers until graceful shutdown, then lets running requests
/// finish and takes no new ones.
package struct WebServer: Service {
    package let application: Application<RouterResponder<WebContext>>

    /// `onListening`: Told the port that was bound, once connections are taken.
    ///
    /// Throws ``WebSettingsError`` for an address that strangers could use, or what is wrong with
    /// the certificate.
    package init(
        router: WebRouter, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        let settings = router.settings
        try settings.check()
        let limits = settings.limits
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .nanoseconds(limits.idleTimeout.wholeNanoseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytesMax,
                    maxHeaderListSize: limits.headerBytesMax,
                    maxHeaderFieldCount: limits.headersMax)))
        self.application = Application(
            router: router.buildRouter(),
            server: try settings.tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: .maximum(limits.connectionsMax, logger: logger)),
            onServerRunning: { channel in
                await onListening(channel.localAddress?.port ?? settings.port)
            },
            logger: logger)
    }

    package func run() async throws {
        try await self.application.run()
    }
}

extension Duration {
    /// Whole nanoseconds; exact for what limits hold.
    fileprivate var wholeNanoseconds: Int64 {
        self.components.seconds * 1_000_000_000 + self.components.attoseconds / 1_000_000_000
    }
}
