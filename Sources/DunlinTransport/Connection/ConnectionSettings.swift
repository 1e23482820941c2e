package import DunlinWire

/// What one side of a connection says and allows.
package struct ConnectionSettings: Sendable {
    /// Who we are, and our limits: the content of our HELLO, without the APIs that are served.
    package var hello: PeerHello
    package var keepAlive: KeepAlive.Settings
    /// Time for TCP, TLS and the handshake together, in milliseconds.
    package var handshakeMs: Int64
    /// The APIs that this side knows how to call.
    package var known: [Api]

    package init(
        hello: PeerHello, keepAlive: KeepAlive.Settings = KeepAlive.Settings(),
        handshakeMs: Int64 = WireLimits.handshakeMs, known: [Api] = NodeCalls.all + Api.standard
    ) {
        self.hello = hello
        self.keepAlive = keepAlive
        self.handshakeMs = handshakeMs
        self.known = known
    }
}
