/// What two peers agreed on.
package struct Agreement: Equatable, Sendable {
    package var peer: PeerHello
    /// Longest frame in either direction, in bytes: the smaller of both offers.
    package var frameBytesMax: Int
    /// Bytes of call frames that we may have on their way without credit.
    package var sendWindowBytes: Int
    /// Calls of ours that the peer serves at once.
    package var callsMax: Int
    /// The highest version that both know of each API that the peer serves.
    package var versions: [UInt16: UInt16]

    package init(
        peer: PeerHello, frameBytesMax: Int, sendWindowBytes: Int, callsMax: Int,
        versions: [UInt16: UInt16]
    ) {
        self.peer = peer
        self.frameBytesMax = frameBytesMax
        self.sendWindowBytes = sendWindowBytes
        self.callsMax = callsMax
        self.versions = versions
    }
}

/// Decides how two peers come to talk. Does no I/O.
///
///     opener:    idle ── connected ─▶ offered ── HELLO_ACK ─▶ agreed
///     acceptor:  idle ── connected ─▶ waiting ── HELLO ─────▶ agreed
///     both:      any refusal, time-out or other frame ──────▶ closed
package struct Handshake: Sendable {
    package enum Side: Sendable {
        case opener
        case acceptor
    }

    private enum State {
        case idle
        case offered
        case waiting
        case agreed
        case closed
    }

    package let side: Side
    private let ours: PeerHello
    /// What this program can call; versions are agreed on over these.
    private let known: [Api]
    private var state = State.idle

    package init(side: Side, ours: PeerHello, known: [Api]) {
        self.side = side
        self.ours = ours
        self.known = known
    }

    package enum ConnectedAction: Equatable {
        case send(Frame)
        case wait
    }

    /// Only our own transport reports this, once.
    package mutating func connected() throws(WireError) -> ConnectedAction {
        guard case .idle = self.state else { preconditionFailure("connected twice") }
        switch self.side {
        case .opener:
            self.state = .offered
            return .send(try self.introduction(.hello))
        case .acceptor:
            self.state = .waiting
            return .wait
        }
    }

    package enum ReceivedAction: Equatable {
        /// `reply` goes out before anything else.
        case agreed(Agreement, reply: Frame?)
        /// Send `farewell`, if any, and close.
        case refused(WireError, farewell: Frame?)
    }

    package mutating func received(_ frame: Frame) -> ReceivedAction {
        switch (self.state, frame.header.kind) {
        case (.offered, .helloAck):
            return self.settle(frame, replying: false)
        case (.waiting, .hello):
            return self.settle(frame, replying: true)
        case (.offered, .goaway):
            self.state = .closed
            let said = try? Goaway(packed: frame.body)
            let status = said?.status ?? .unknown
            return .refused(
                WireError(.handshakeRefused, "the peer refused: \(status.name)"), farewell: nil)
        case (.idle, _), (.offered, _), (.waiting, _), (.agreed, _), (.closed, _):
            self.state = .closed
            return self.refuse(
                WireError(.unexpectedFrame, "another frame where a HELLO belongs"),
                .invalidArgument, "A connection begins with HELLO and HELLO_ACK.")
        }
    }

    /// The peer did not answer within ``WireLimits/handshakeMs``.
    package mutating func timedOut() -> ReceivedAction {
        self.state = .closed
        return self.refuse(
            WireError(.handshakeTimeout, "no HELLO in time"), .deadlineExceeded,
            "No HELLO came within \(WireLimits.handshakeMs) ms.")
    }

    private mutating func settle(_ frame: Frame, replying: Bool) -> ReceivedAction {
        self.state = .closed
        guard frame.header.stream == 0, frame.header.version == 1 else {
            return self.refuse(
                WireError(.unexpectedFrame, "a HELLO of another version or on a stream"),
                .unimplemented, "HELLO has version 1 and stream 0.")
        }
        do throws(WireError) {
            let peer = try PeerHello(packed: frame.body)
            guard self.ours.cluster == 0 || peer.cluster == 0 || self.ours.cluster == peer.cluster
            else {
                return self.refuse(
                    WireError(.handshakeRefused, "the peer belongs to another cluster"),
                    .failedPrecondition,
                    "This is another cluster. Check the address and the cluster id.")
            }
            let reply = replying ? try self.introduction(.helloAck) : nil
            self.state = .agreed
            return .agreed(self.agreement(with: peer), reply: reply)
        } catch {
            return self.refuse(
                error, .invalidArgument, "The HELLO was not understood: \(error.detail).")
        }
    }

    private func agreement(with peer: PeerHello) -> Agreement {
        var versions: [UInt16: UInt16] = [:]
        for api in self.known {
            guard let serving = peer.serves.first(where: { $0.api == api.key }) else { continue }
            let highest = min(api.versions.upperBound, serving.versions.upperBound)
            let lowest = max(api.versions.lowerBound, serving.versions.lowerBound)
            if lowest <= highest { versions[api.key] = highest }
        }
        return Agreement(
            peer: peer, frameBytesMax: min(self.ours.frameBytesMax, peer.frameBytesMax),
            sendWindowBytes: peer.windowBytes, callsMax: peer.callsMax, versions: versions)
    }

    private func introduction(_ kind: FrameHeader.Kind) throws(WireError) -> Frame {
        var header = FrameHeader(kind)
        header.version = 1
        header.cluster = self.ours.cluster
        let frame = Frame(header, body: try self.ours.packed())
        guard frame.byteCount <= WireLimits.frameBytesBeforeHello else {
            throw WireError(.frameTooLong, "a HELLO over \(WireLimits.frameBytesBeforeHello) bytes")
        }
        return frame
    }

    private func refuse(
        _ error: WireError, _ status: Status, _ message: String
    ) -> ReceivedAction {
        let goaway = Goaway(status: status, message: message)
        return .refused(error, farewell: try? goaway.frame())
    }
}
