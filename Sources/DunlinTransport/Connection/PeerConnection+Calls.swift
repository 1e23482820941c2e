package import DunlinWire
import Synchronization

// Our calls at the peer.

extension PeerConnection: CallChannel {
    package func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8] {
        precondition(api.shape == .unary, "\(api.name) is a stream")
        let place = Atomic<UInt64>(0)
        let outcome: Result<[UInt8], CallError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let stream = self.submitCall { stream in
                    self.begin(api, body, options, isOneWay: false, stream: stream) { refusal in
                        if let refusal {
                            continuation.resume(returning: .failure(refusal))
                        } else {
                            self.replies[stream] = continuation
                        }
                    }
                }
                place.store(stream, ordering: .releasing)
                // A cancellation that came before this line found no stream to cancel.
                if Task.isCancelled { self.cancel(stream) }
            }
        } onCancel: {
            let stream = place.load(ordering: .acquiring)
            if stream != 0 { self.cancel(stream) }
        }
        return try outcome.get()
    }

    package func notify(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) {
        let refusal: CallError? = await withCheckedContinuation { continuation in
            _ = self.submitCall { stream in
                self.begin(api, body, options, isOneWay: true, stream: stream) { refusal in
                    continuation.resume(returning: refusal)
                }
            }
        }
        if let refusal { throw refusal }
    }

    package func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError) {
        precondition(api.shape == .serverStream, "\(api.name) is not a stream")
        let stream = self.submitCall { stream in
            let queue = ItemQueue()
            self.itemQueues[stream] = queue
            self.begin(api, body, options, isOneWay: false, stream: stream) { refusal in
                if let refusal { queue.end(refusal) }
            }
        }
        // Also after an error of `each`, and after the end: forgetting twice does no harm.
        defer { self.forgetStream(stream) }
        while true {
            let next = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    self.submit {
                        guard let queue = self.itemQueues[stream] else {
                            continuation.resume(returning: ItemQueue.Next.end(Self.cancelled))
                            return
                        }
                        queue.next(continuation)
                    }
                    if Task.isCancelled { self.cancel(stream) }
                }
            } onCancel: {
                self.cancel(stream)
            }
            switch next {
            case .item(let item):
                try await each(item)
                self.itemTaken(stream)
            case .end(let error):
                if let error { throw error }
                return
            }
        }
    }

    static let cancelled = CallError(.cancelled, "The call was cancelled here.")

    /// Streams are numbered in the order in which their requests are sent, as the peer demands: the
    /// number is given under the lock that orders the jobs.
    private func submitCall(_ job: @escaping @Sendable (UInt64) -> Void) -> UInt64 {
        let (stream, mustSchedule) = self.inbox.withLock { inbox in
            let stream = inbox.nextStream
            inbox.nextStream += 2
            inbox.jobs.append { job(stream) }
            defer { inbox.isScheduled = true }
            return (stream, !inbox.isScheduled)
        }
        if mustSchedule { self.scheduleJobs() }
        return stream
    }

    private func begin(
        _ api: Api, _ body: [UInt8], _ options: CallOptions, isOneWay: Bool, stream: UInt64,
        _ refusedOrSent: (CallError?) -> Void
    ) {
        switch self.phase {
        case .connecting:
            refusedOrSent(
                CallError(.unavailable, "The connection is not ready.", wasNotSent: true))
        case .closed(let error):
            refusedOrSent(CallError(.unavailable, error.message, wasNotSent: true))
        case .agreed where self.talking?.isBackedUp == true:
            refusedOrSent(
                CallError(
                    .resourceExhausted, "Too much waits to be sent to this peer.",
                    wasNotSent: true))
        case .agreed:
            let action = self.talking?.client.begin(
                api, body, options, isOneWay: isOneWay, stream: stream, nowMs: self.nowMs)
            switch action {
            case nil: refusedOrSent(Self.cancelled)
            case .refuse(let error): refusedOrSent(error)
            case .send(let frame):
                refusedOrSent(nil)
                self.enqueue(frame)
                self.scheduleTick()
            }
        }
    }

    private func cancel(_ stream: UInt64) {
        self.submit {
            guard self.talking?.client.cancel(stream: stream) == true else { return }
            self.tellCancelled(stream)
            self.failCall(stream, Self.cancelled)
        }
    }

    private func forgetStream(_ stream: UInt64) {
        self.cancel(stream)
        self.submit { self.itemQueues[stream] = nil }
    }

    private func itemTaken(_ stream: UInt64) {
        self.submit {
            guard let credit = self.talking?.client.itemTaken(stream: stream) ?? nil else {
                return
            }
            self.enqueue(credit.frame())
        }
    }

    /// Takes the request back if it has not left, else sends CANCEL.
    func tellCancelled(_ stream: UInt64) {
        guard self.talking?.queue.withdrawRequest(stream: stream) == false else { return }
        var header = FrameHeader(.cancel)
        header.stream = stream
        self.enqueue(Frame(header))
    }

    func failCall(_ stream: UInt64, _ error: CallError) {
        self.replies.removeValue(forKey: stream)?.resume(returning: .failure(error))
        self.itemQueues[stream]?.end(error)
    }
}
