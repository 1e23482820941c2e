/// Finds out that a peer is gone, and that a peer asks too often. Does no I/O.
///
/// Silence is measured from the last byte that was read, whatever it belonged to. An opener asks
/// only while calls are open; an acceptor also asks an idle peer, so that half-open connections
/// do not stay for ever.
package struct KeepAlive: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Silence before a PING, in milliseconds. Not under ``WireLimits/pingIntervalMinMs`` for
        /// a peer with default limits.
        package var silenceMs: Int64
        /// Silence after it before the connection is given up, in milliseconds.
        package var timeoutMs: Int64
        package var asksWhenIdle: Bool

        package init(
            silenceMs: Int64 = WireLimits.keepAliveMs,
            timeoutMs: Int64 = WireLimits.keepAliveTimeoutMs, asksWhenIdle: Bool = false
        ) {
            self.silenceMs = silenceMs
            self.timeoutMs = timeoutMs
            self.asksWhenIdle = asksWhenIdle
        }
    }

    private let settings: Settings
    private let pingIntervalMinMs: Int64
    private var lastReadMs: Int64
    private var askedAtMs: Int64?
    private var lastPingMs: Int64?
    private var strikes = 0

    /// `pingIntervalMinMs`: Shortest time between the peer's PINGs that is put up with.
    package init(settings: Settings, pingIntervalMinMs: Int64, nowMs: Int64) {
        self.settings = settings
        self.pingIntervalMinMs = pingIntervalMinMs
        self.lastReadMs = nowMs
    }

    package mutating func read(nowMs: Int64) {
        self.lastReadMs = nowMs
        self.askedAtMs = nil
    }

    package enum TickAction: Equatable {
        case nothing
        case sendPing(Frame)
        case close(WireError)
    }

    package mutating func tick(nowMs: Int64, hasOpenCalls: Bool) -> TickAction {
        if let askedAtMs = self.askedAtMs {
            guard nowMs - askedAtMs >= self.settings.timeoutMs else { return .nothing }
            return .close(WireError(.keepAliveTimeout, "no answer to a PING in time"))
        }
        guard hasOpenCalls || self.settings.asksWhenIdle,
            nowMs - self.lastReadMs >= self.settings.silenceMs
        else { return .nothing }
        self.askedAtMs = nowMs
        return .sendPing(Frame(FrameHeader(.ping)))
    }

    package enum PingAction: Equatable {
        case sendPong(Frame)
        case refuse(WireError)
    }

    package mutating func pingReceived(_ frame: Frame, nowMs: Int64) -> PingAction {
        if let lastPingMs = self.lastPingMs, nowMs - lastPingMs < self.pingIntervalMinMs {
            self.strikes += 1
        }
        self.lastPingMs = nowMs
        guard self.strikes < WireLimits.pingStrikesMax else {
            return .refuse(WireError(.tooManyPings, "PINGs come too often"))
        }
        return .sendPong(Frame(FrameHeader(.pong), body: frame.body))
    }
}
