/// The calls that the peer has open at this side. Does no I/O.
///
///     – ── REQUEST ─▶ open ── reply, end ─▶ –
///                     open ── CANCEL, deadline ─▶ –     the handler's task is cancelled
package struct ServerCalls: Sendable {
    private struct Open {
        var isStream: Bool
        /// `nil` for none.
        var deadlineMs: Int64?
        /// Items that may still be sent.
        var itemCredit: Int
        /// Length of the request's frame, in bytes.
        var requestBytes: Int
        var isOneWay: Bool
    }

    private let side: Handshake.Side
    private let callsMax: Int
    private let frameBytesMax: Int
    private let cluster: UInt64
    private let apis: [UInt16: Api]
    private let peer: PeerIdentity
    private var open: [UInt64: Open] = [:]
    /// The highest stream that the peer has used.
    package private(set) var highestStream: UInt64 = 0
    private var isDraining = false

    package init(
        side: Handshake.Side, agreement: Agreement, callsMax: Int, cluster: UInt64, apis: [Api],
        peer: PeerIdentity
    ) {
        self.side = side
        self.callsMax = callsMax
        self.frameBytesMax = agreement.frameBytesMax
        self.cluster = cluster
        self.peer = peer
        var byKey: [UInt16: Api] = [:]
        for api in apis { byKey[api.key] = api }
        self.apis = byKey
    }

    package var hasOpenCalls: Bool { !self.open.isEmpty }

    package enum RequestAction {
        case start(InboundCall)
        /// Send the refusal; the request's bytes are dealt with.
        case refuse(Frame)
        /// A one-way request that is not served: nothing is sent, its bytes are dealt with.
        case drop
        case violation(WireError)
    }

    package mutating func requestReceived(_ frame: Frame, nowMs: Int64) -> RequestAction {
        let header = frame.header
        let peerSide: Handshake.Side = self.side == .opener ? .acceptor : .opener
        guard isOwn(header.stream, of: peerSide), header.stream > self.highestStream else {
            return .violation(WireError(.unexpectedFrame, "a stream id of the wrong order or side"))
        }
        self.highestStream = header.stream
        let isOneWay = header.flags.contains(.oneWay)
        do throws(CallError) {
            let api = try self.admit(header)
            let metadata: CallMetadata
            let credit: Int?
            do throws(WireError) {
                (metadata, credit) = try CallMetadata.unpack(frame.meta)
            } catch {
                throw CallError(request: error)
            }
            let timeoutMs = min(Int64(header.timeoutMs), WireLimits.timeoutMsMax)
            self.open[header.stream] = Open(
                isStream: api.shape == .serverStream,
                deadlineMs: timeoutMs == 0 ? nil : nowMs + timeoutMs,
                itemCredit: credit ?? WireLimits.itemCreditDefault, requestBytes: frame.byteCount,
                isOneWay: isOneWay)
            return .start(
                InboundCall(
                    api: api, version: header.version, stream: header.stream, body: frame.body,
                    metadata: metadata, shard: header.shard, mapVersion: header.mapVersion,
                    epoch: header.epoch, isOneWay: isOneWay,
                    isAgain: header.flags.contains(.again), timeoutMs: timeoutMs, peer: self.peer))
        } catch {
            return isOneWay ? .drop : .refuse(self.failure(.response, header.stream, error))
        }
    }

    /// Whether there is room, and what is asked for.
    private func admit(_ header: FrameHeader) throws(CallError) -> Api {
        guard header.cluster == 0 || self.cluster == 0 || header.cluster == self.cluster else {
            throw CallError(.failedPrecondition, "The request is for another cluster.")
        }
        guard !self.isDraining else {
            throw CallError(.unavailable, "This node is draining. Ask another.")
        }
        guard self.open.count < self.callsMax else {
            throw CallError(
                .resourceExhausted, "\(self.callsMax) calls are open on this connection.",
                retryAfterMs: 100)
        }
        guard let api = self.apis[header.api] else {
            throw CallError(.unimplemented, "No such API is served here. Ask for the list (API 2).")
        }
        guard api.versions.contains(header.version) else {
            throw CallError(
                .unimplemented,
                "\(api.name) is served in versions \(api.versions.lowerBound) to "
                    + "\(api.versions.upperBound).")
        }
        guard api.shape == .unary || !header.flags.contains(.oneWay) else {
            throw CallError(.invalidArgument, "\(api.name) is a stream and cannot be one-way.")
        }
        return api
    }

    package enum FinishAction: Equatable {
        /// Send it; when it has left, that many bytes of the request are dealt with.
        case send(Frame, requestBytes: Int)
        /// Nobody waits: that many bytes of the request are dealt with.
        case drop(requestBytes: Int)
    }

    /// The handler is done with a call; a stream's body is empty.
    package mutating func finished(
        stream: UInt64, _ outcome: Result<[UInt8], CallError>
    ) -> FinishAction {
        guard let call = self.open.removeValue(forKey: stream) else {
            return .drop(requestBytes: 0)
        }
        guard !call.isOneWay else { return .drop(requestBytes: call.requestBytes) }
        let kind: FrameHeader.Kind = call.isStream ? .end : .response
        var frame: Frame
        switch outcome {
        case .success(let body):
            frame = Frame(FrameHeader(kind), body: body)
            frame.header.stream = stream
            frame.header.cluster = self.cluster
            if frame.byteCount > self.frameBytesMax {
                let error = CallError(
                    .resourceExhausted,
                    "The answer is over the \(self.frameBytesMax) bytes agreed on. "
                        + "Ask for less at once.")
                frame = self.failure(kind, stream, error)
            }
        case .failure(let error):
            frame = self.failure(kind, stream, error)
        }
        return .send(frame, requestBytes: call.requestBytes)
    }

    package enum ItemAction: Equatable {
        case send(Frame)
        /// No credit: keep the item until ``creditReceived(items:stream:)`` says so.
        case wait
        case refuse(CallError)
    }

    package mutating func item(stream: UInt64, _ body: [UInt8]) -> ItemAction {
        guard var call = self.open[stream], call.isStream else {
            return .refuse(CallError(.cancelled, "Nobody waits for this stream any more."))
        }
        guard body.count <= WireLimits.itemBytesMax,
            body.count + WireLimits.headerBytes <= self.frameBytesMax
        else {
            return .refuse(
                CallError(.internalError, "An item over \(WireLimits.itemBytesMax) bytes."))
        }
        guard call.itemCredit > 0 else { return .wait }
        call.itemCredit -= 1
        self.open[stream] = call
        var header = FrameHeader(.item)
        header.stream = stream
        header.cluster = self.cluster
        return .send(Frame(header, body: body))
    }

    package enum CreditAction: Equatable {
        /// An item that waits may be tried again.
        case resume
        case ignore
        case violation(WireError)
    }

    package mutating func creditReceived(items: Int, stream: UInt64) -> CreditAction {
        guard stream <= self.highestStream else {
            return .violation(WireError(.unexpectedFrame, "a credit for a call never made"))
        }
        guard var call = self.open[stream] else { return .ignore }
        guard call.isStream, call.itemCredit + items <= WireLimits.itemCreditMax else {
            return .violation(WireError(.windowExceeded, "an item credit out of range"))
        }
        call.itemCredit += items
        self.open[stream] = call
        return .resume
    }

    package enum CancelAction: Equatable {
        /// Cancel the handler's task; that many bytes of the request are dealt with.
        case cancel(requestBytes: Int)
        case ignore
        case violation(WireError)
    }

    package mutating func cancelReceived(stream: UInt64) -> CancelAction {
        guard stream != 0, stream <= self.highestStream else {
            return .violation(WireError(.unexpectedFrame, "a CANCEL of a call never made"))
        }
        guard let call = self.open.removeValue(forKey: stream) else { return .ignore }
        return .cancel(requestBytes: call.requestBytes)
    }

    /// The calls whose deadline has passed, in order: their tasks are cancelled, the frames sent.
    package mutating func tick(nowMs: Int64) -> [(stream: UInt64, action: FinishAction)] {
        var expired: [UInt64] = []
        for (stream, call) in self.open {
            guard let deadlineMs = call.deadlineMs, deadlineMs <= nowMs else { continue }
            expired.append(stream)
        }
        return expired.sorted().map { stream in
            let error = CallError(.deadlineExceeded, "The call's time was over before its answer.")
            return (stream, self.finished(stream: stream, .failure(error)))
        }
    }

    /// No new calls from now on. Answers the farewell.
    package mutating func drain() -> Goaway {
        self.isDraining = true
        return Goaway(status: .ok, message: "Draining.", lastStream: self.highestStream)
    }

    private func failure(
        _ kind: FrameHeader.Kind, _ stream: UInt64, _ error: CallError
    ) -> Frame {
        var header = FrameHeader(kind)
        header.stream = stream
        header.status = (error.status == .ok ? Status.unknown : error.status).rawValue
        header.cluster = self.cluster
        return Frame(header, body: error.packed())
    }
}
