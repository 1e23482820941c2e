import DunlinWire
import NIOCore

extension PeerConnection {
    // MARK: Handshake

    func settle(_ action: Handshake.ReceivedAction) {
        switch action {
        case .agreed(let agreement, let reply):
            self.handshakeTimeout?.cancel()
            self.handshakeTimeout = nil
            if let reply { self.link?.write(reply.encoded()) }
            self.decoder.frameBytesMax = agreement.frameBytesMax
            let hello = self.settings.hello
            let peer = PeerIdentity(
                certifiedName: self.certifiedName, role: agreement.peer.role)
            self.phase = .agreed
            self.talking = Talking(
                agreement: agreement,
                client: ClientCalls(
                    side: self.side, agreement: agreement, cluster: hello.cluster),
                server: ServerCalls(
                    side: self.side, agreement: agreement, callsMax: hello.callsMax,
                    cluster: hello.cluster, apis: self.apis, peer: peer),
                queue: SendQueue(creditBytes: agreement.sendWindowBytes),
                window: ReceiveWindow(windowBytes: hello.windowBytes),
                keepAlive: KeepAlive(
                    settings: self.settings.keepAlive,
                    pingIntervalMinMs: hello.pingIntervalMinMs, nowMs: self.nowMs))
            for waiting in self.waitingForAgreement {
                waiting.resume(returning: .success(agreement))
            }
            self.waitingForAgreement = []
            self.scheduleTick()
        case .refused(let error, let farewell):
            self.counters.failed(error.code)
            if let farewell { self.link?.write(farewell.encoded()) }
            self.end(CallError(.unavailable, "No connection: \(error.detail)."))
        }
    }

    // MARK: Frames

    func dispatch(_ frame: Frame) {
        guard self.talking != nil else {
            self.settle(self.handshake.received(frame))
            return
        }
        if frame.header.kind.isCallFrame {
            do throws(WireError) {
                try self.talking?.window.received(frameBytes: frame.byteCount)
            } catch {
                self.fail(error)
                return
            }
        }
        switch frame.header.kind {
        case .request: self.requestReceived(frame)
        case .response, .item, .end: self.answerReceived(frame)
        case .cancel: self.cancelReceived(frame.header.stream)
        case .credit: self.creditReceived(frame)
        case .ping: self.pingReceived(frame)
        case .pong: break
        case .goaway: self.goawayReceived(frame)
        case .hello, .helloAck: self.fail(WireError(.unexpectedFrame, "a second HELLO"))
        }
    }

    private func answerReceived(_ frame: Frame) {
        guard let action = self.talking?.client.received(frame) else { return }
        // The answer is now the caller's memory, not the connection's.
        self.release(bytes: frame.byteCount)
        switch action {
        case .answered(let stream, let body):
            self.replies.removeValue(forKey: stream)?.resume(returning: .success(body))
        case .item(let stream, let body): self.itemQueues[stream]?.append(body)
        case .ended(let stream): self.itemQueues[stream]?.end(nil)
        case .failed(let stream, let error): self.failCall(stream, error)
        case .ignore: break
        case .violation(let error): self.fail(error)
        }
    }

    private func creditReceived(_ frame: Frame) {
        do throws(WireError) {
            switch try Credit(frame) {
            case .bytes(let bytes):
                let action = self.talking?.queue.credit(bytes: bytes)
                if case .violation(let error) = action { self.fail(error) }
            case .items(let items, let stream):
                switch self.talking?.server.creditReceived(items: items, stream: stream) {
                case .resume: self.retryItem(stream)
                case .ignore, nil: break
                case .violation(let error): self.fail(error)
                }
            }
        } catch {
            self.fail(error)
        }
    }

    private func pingReceived(_ frame: Frame) {
        switch self.talking?.keepAlive.pingReceived(frame, nowMs: self.nowMs) {
        case nil: break
        case .sendPong(let pong): self.enqueue(pong)
        case .refuse(let error): self.fail(error)
        }
    }

    private func goawayReceived(_ frame: Frame) {
        do throws(WireError) {
            let goaway = try Goaway(packed: frame.body)
            guard let failed = self.talking?.client.goawayReceived(goaway) else { return }
            for (stream, _) in failed {
                _ = self.talking?.queue.withdrawRequest(stream: stream)
            }
            for (stream, error) in failed { self.failCall(stream, error) }
        } catch {
            self.fail(error)
        }
    }

    // MARK: Out

    func send(_ goaway: Goaway) {
        if let frame = try? goaway.frame() { self.enqueue(frame) }
    }

    /// Puts a frame into the queue; ``pump()`` at the end of the turn sends it.
    func enqueue(_ frame: Frame, answersBytes: Int = 0) {
        guard self.talking != nil else { return }
        self.talking?.queue.append(frame, answersBytes: answersBytes)
        // Requests are our own callers' to bound; answers pile up when the peer does not read.
        if self.talking?.hasUnreadAnswers == true {
            self.fail(WireError(.slowReader, "the peer does not read its answers"))
        }
    }

    /// Call frames of the peer are dealt with: give it new credit when there is enough.
    func release(bytes: Int) {
        guard bytes > 0, let credit = self.talking?.window.released(bytes: bytes) ?? nil else {
            return
        }
        self.talking?.queue.append(Credit.bytes(credit).frame())
    }

    /// Sends what may be sent, as few writes as possible; closes a drained connection.
    func pump() {
        while self.talking != nil, let link = self.link, link.isWritable {
            var out: [UInt8] = []
            var answersBytes = 0
            while out.count < Self.writeBytesAim, let next = self.talking?.queue.next() {
                next.frame.encode(into: &out)
                answersBytes += next.answersBytes
            }
            if out.isEmpty {
                if self.talking?.isDrained == true {
                    self.end(CallError(.unavailable, "The connection was drained."))
                }
                return
            }
            self.release(bytes: answersBytes)
            link.write(out)
        }
    }

    static let writeBytesAim = 262_144

    // MARK: Time

    static let fastTickMs: Int64 = 20
    static let slowTickMs: Int64 = 1000

    /// Often while calls are open, else seldom.
    func scheduleTick() {
        guard let isFast = self.talking?.hasOpenCalls else { return }
        if self.ticker != nil, self.tickIsFast || !isFast { return }
        self.ticker?.cancel()
        self.tickIsFast = isFast
        let interval = isFast ? Self.fastTickMs : Self.slowTickMs
        self.ticker = self.loop.scheduleTask(in: .milliseconds(interval)) { self.tick() }
    }

    private func tick() {
        self.ticker = nil
        let now = self.nowMs
        guard let expired = self.talking?.client.tick(nowMs: now),
            let overdue = self.talking?.server.tick(nowMs: now),
            let hasOpenCalls = self.talking?.client.hasOpenCalls,
            let action = self.talking?.keepAlive.tick(nowMs: now, hasOpenCalls: hasOpenCalls)
        else { return }
        for stream in expired {
            self.tellCancelled(stream)
            self.failCall(stream, ClientCalls.deadlineError)
        }
        for (stream, action) in overdue {
            self.tasks.cancel(stream: stream)
            self.dropWaitingItem(stream)
            self.perform(action)
        }
        switch action {
        case .nothing: break
        case .sendPing(let ping): self.enqueue(ping)
        case .close(let error): self.fail(error)
        }
        self.pump()
        self.scheduleTick()
    }
}
