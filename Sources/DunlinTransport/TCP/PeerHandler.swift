import DunlinWire
import NIOCore
import NIOSSL
import NIOTLS

/// The end of a channel's pipeline: moves bytes between the channel and a connection.
final class PeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: PeerConnection
    private let waitsForTLS: Bool
    private var isAttached = false
    private var isOpen = false

    init(connection: PeerConnection, waitsForTLS: Bool) {
        self.connection = connection
        self.waitsForTLS = waitsForTLS
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.attach(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.attach(context)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            self.open(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func attach(_ context: ChannelHandlerContext) {
        guard !self.isAttached else { return }
        self.isAttached = true
        self.connection.attached(ChannelLink(context.channel))
        if !self.waitsForTLS { self.open(context) }
    }

    private func open(_ context: ChannelHandlerContext) {
        guard !self.isOpen else { return }
        self.isOpen = true
        let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
        self.connection.opened(certifiedName: handler?.peerCertificate?.dunlinName)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { self.connection.received($0) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.connection.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection.linkClosed("The connection was lost.")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason =
            error is NIOSSLError || error is BoringSSLError
            ? "TLS failed: a certificate is missing, wrong or not trusted."
            : "The connection was lost."
        self.connection.linkClosed(reason)
        context.close(promise: nil)
    }
}

/// A channel as a connection sees it. Used only on the channel's loop.
private final class ChannelLink: ByteLink {
    /// For the last bytes to leave.
    private static let patience = TimeAmount.seconds(1)

    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    var isWritable: Bool { self.channel.isWritable }

    func write(_ bytes: [UInt8]) {
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func close() {
        // Writes complete in order: this one is empty and ends when all before it have left. A peer
        // that does not read is not waited for.
        let channel = self.channel
        let patience = channel.eventLoop.scheduleTask(in: Self.patience) {
            channel.close(promise: nil)
        }
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in
            patience.cancel()
            channel.close(promise: nil)
        }
    }
}

extension NIOSSLCertificate {
    /// The name that the certificate's authority vouches for: its first URI, else its first DNS
    /// name.
    fileprivate var dunlinName: String? {
        let names = self._subjectAlternativeNames()
        for wanted in [_SubjectAlternativeName.NameType.uri, .dnsName] {
            for name in names where name.nameType == wanted {
                return String(decoding: name.contents, as: UTF8.self)
            }
        }
        return nil
    }
}
