/// The calls that this side has open at the peer. Does no I/O.
///
///     – ── begin ─▶ open ── RESPONSE or END ─▶ –
///                   open ── cancel, deadline ─▶ –      a late answer is then ignored
///                   open ── GOAWAY below it ──▶ –      the call was surely not served
///                   open ── connection closed ─▶ –
package struct ClientCalls: Sendable {
    private struct Open {
        var api: Api
        /// `nil` for none.
        var deadlineMs: Int64?
        /// Items that the peer may still send.
        var itemsOwed: Int
        /// Items that were taken since the last credit.
        var itemsTaken = 0
        var itemCredit: Int
    }

    private let side: Handshake.Side
    private let agreement: Agreement
    private let cluster: UInt64
    private var open: [UInt64: Open] = [:]
    private var highestStream: UInt64 = 0
    private var refusal: CallError?

    package init(side: Handshake.Side, agreement: Agreement, cluster: UInt64) {
        self.side = side
        self.agreement = agreement
        self.cluster = cluster
    }

    package var hasOpenCalls: Bool { !self.open.isEmpty }

    package enum BeginAction: Equatable {
        /// Send it, and wait for its answer unless it is one-way.
        case send(Frame)
        case refuse(CallError)
    }

    /// `stream`: Grows with every call, with the parity of our side.
    package mutating func begin(
        _ api: Api, _ body: [UInt8], _ options: CallOptions, isOneWay: Bool, stream: UInt64,
        nowMs: Int64
    ) -> BeginAction {
        self.highestStream = max(self.highestStream, stream)
        if let refusal = self.refusal { return .refuse(refusal) }
        guard let version = self.agreement.versions[api.key] else {
            return .refuse(
                CallError(
                    .unimplemented,
                    "The peer does not serve \(api.name) in a version that is known here. "
                        + "Bring both to neighbouring releases.", wasNotSent: true))
        }
        guard self.open.count < self.agreement.callsMax else {
            return .refuse(
                CallError(
                    .resourceExhausted,
                    "\(self.agreement.callsMax) calls are open on this connection.",
                    wasNotSent: true))
        }
        let isStream = api.shape == .serverStream
        let credit = min(max(1, options.itemCredit), WireLimits.itemCreditMax)
        let frame: Frame
        do throws(WireError) {
            frame = Frame(
                self.header(api, version, options, isOneWay: isOneWay, stream: stream),
                meta: try options.metadata.packed(itemCredit: isStream ? credit : nil), body: body)
        } catch {
            return .refuse(CallError(.invalidArgument, error.detail, wasNotSent: true))
        }
        guard frame.byteCount <= self.agreement.frameBytesMax,
            frame.meta.count <= WireLimits.metaBytesMax
        else {
            return .refuse(
                CallError(
                    .resourceExhausted,
                    "The request is over the \(self.agreement.frameBytesMax) bytes agreed on. "
                        + "Send less at once.", wasNotSent: true))
        }
        if !isOneWay {
            let timeoutMs = min(max(0, options.timeoutMs), WireLimits.timeoutMsMax)
            self.open[stream] = Open(
                api: api, deadlineMs: timeoutMs == 0 ? nil : nowMs + timeoutMs,
                itemsOwed: isStream ? credit : 0, itemCredit: credit)
        }
        return .send(frame)
    }

    package enum ReceivedAction: Equatable {
        case answered(stream: UInt64, [UInt8])
        case item(stream: UInt64, [UInt8])
        case ended(stream: UInt64)
        case failed(stream: UInt64, CallError)
        /// It belongs to a call that nobody waits for any more.
        case ignore
        case violation(WireError)
    }

    /// RESPONSE, ITEM and END.
    package mutating func received(_ frame: Frame) -> ReceivedAction {
        let stream = frame.header.stream
        guard isOwn(stream, of: self.side), stream <= self.highestStream else {
            return .violation(WireError(.unexpectedFrame, "an answer to a call never made"))
        }
        guard var call = self.open[stream] else { return .ignore }
        let isStream = call.api.shape == .serverStream
        let status = Status(wire: frame.header.status)
        switch frame.header.kind {
        case .response where !isStream || status != .ok, .end where isStream:
            self.open[stream] = nil
            guard status == .ok else {
                return .failed(stream: stream, CallError(status: status, packed: frame.body))
            }
            return isStream ? .ended(stream: stream) : .answered(stream: stream, frame.body)
        case .item where isStream:
            guard call.itemsOwed > 0 else {
                return .violation(WireError(.windowExceeded, "an item beyond its credit"))
            }
            call.itemsOwed -= 1
            self.open[stream] = call
            return .item(stream: stream, frame.body)
        case .hello, .helloAck, .request, .response, .item, .end, .cancel, .credit, .ping, .pong,
            .goaway:
            return .violation(WireError(.unexpectedFrame, "an answer of another shape"))
        }
    }

    /// The consumer took an item. Answers the credit to send, once it is worth a frame.
    package mutating func itemTaken(stream: UInt64) -> Credit? {
        guard var call = self.open[stream] else { return nil }
        call.itemsTaken += 1
        defer { self.open[stream] = call }
        guard call.itemsTaken * 2 >= call.itemCredit else { return nil }
        let items = call.itemsTaken
        call.itemsOwed += items
        call.itemsTaken = 0
        return .items(items, stream: stream)
    }

    /// The caller lost interest. Answers whether the peer must be told.
    package mutating func cancel(stream: UInt64) -> Bool {
        self.open.removeValue(forKey: stream) != nil
    }

    /// The calls whose deadline has passed, in order: each is failed and cancelled at the peer.
    package mutating func tick(nowMs: Int64) -> [UInt64] {
        var expired: [UInt64] = []
        for (stream, call) in self.open {
            guard let deadlineMs = call.deadlineMs, deadlineMs <= nowMs else { continue }
            expired.append(stream)
        }
        for stream in expired { self.open[stream] = nil }
        return expired.sorted()
    }

    package static let deadlineError = CallError(
        .deadlineExceeded, "No answer came within the time that the call allowed.")

    /// The peer takes no new calls. Answers the calls that it will not serve, in order.
    package mutating func goawayReceived(_ goaway: Goaway) -> [(stream: UInt64, error: CallError)] {
        let error = CallError(
            goaway.status == .ok ? .unavailable : goaway.status,
            goaway.status == .ok ? "The peer is draining. Ask another." : goaway.message,
            wasNotSent: true)
        self.refusal = error
        let failed = self.open.keys.filter { $0 > goaway.lastStream }.sorted()
        for stream in failed { self.open[stream] = nil }
        return failed.map { ($0, error) }
    }

    /// The connection is gone. Answers the calls that lose their answer, in order.
    ///
    /// `notSent`: Streams whose request had not left.
    package mutating func closed(
        reason: String, notSent: [UInt64]
    ) -> [(stream: UInt64, error: CallError)] {
        if self.refusal == nil {
            self.refusal = CallError(.unavailable, reason, wasNotSent: true)
        }
        let failed = self.open.keys.sorted()
        self.open = [:]
        return failed.map { stream in
            let wasNotSent = notSent.contains(stream)
            return (stream, CallError(.unavailable, reason, wasNotSent: wasNotSent))
        }
    }

    private func header(
        _ api: Api, _ version: UInt16, _ options: CallOptions, isOneWay: Bool, stream: UInt64
    ) -> FrameHeader {
        var header = FrameHeader(.request)
        if isOneWay { header.flags.insert(.oneWay) }
        if options.isAgain { header.flags.insert(.again) }
        header.api = api.key
        header.version = version
        header.stream = stream
        header.shard = options.shard
        header.mapVersion = options.mapVersion
        header.epoch = options.epoch
        header.timeoutMs = UInt32(clamping: min(options.timeoutMs, WireLimits.timeoutMsMax))
        header.cluster = self.cluster
        return header
    }
}

/// Odd streams are the opener's calls, even ones the acceptor's.
func isOwn(_ stream: UInt64, of side: Handshake.Side) -> Bool {
    guard stream != 0 else { return false }
    switch side {
    case .opener: return stream & 1 == 1
    case .acceptor: return stream & 1 == 0
    }
}
