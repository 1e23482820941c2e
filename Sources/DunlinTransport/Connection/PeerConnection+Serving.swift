package import DunlinWire

// The peer's calls here.

/// An item that waits for credit or for room.
struct WaitingItem {
    var body: [UInt8]
    var continuation: CheckedContinuation<Result<Void, CallError>, Never>
}

extension PeerConnection {
    /// Answers the peer's calls until the connection ends, each in a child task on the loop.
    /// Cancelling the caller's task ends the connection.
    package func serve(_ handler: any CallHandler) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await calls in self.inbound {
                    for call in calls {
                        group.addTask(executorPreference: self.executor) {
                            await self.answer(call, handler)
                        }
                    }
                }
                group.cancelAll()
            }
        } onCancel: {
            self.close()
        }
    }

    private func answer(_ call: InboundCall, _ handler: any CallHandler) async {
        await self.tasks.run(stream: call.stream) {
            let outcome: Result<[UInt8], CallError>
            do throws(CallError) {
                switch call.api.shape {
                case .unary: outcome = .success(try await handler.answer(call))
                case .serverStream:
                    try await handler.stream(
                        call, to: StreamSink(connection: self, stream: call.stream))
                    outcome = .success([])
                }
            } catch {
                outcome = .failure(error)
            }
            self.submit { self.finish(call.stream, outcome) }
        }
    }

    // MARK: On the loop

    func requestReceived(_ frame: Frame) {
        switch self.talking?.server.requestReceived(frame, nowMs: self.nowMs) {
        case nil: break
        case .start(let call):
            let isDraining = self.talking?.isDraining == true
            let health: StandardCalls.Health = isDraining ? .draining : .serving
            if let outcome = StandardCalls.answer(call, health: health, serving: self.apis) {
                self.finish(call.stream, outcome)
            } else {
                self.tasks.expect(stream: call.stream)
                self.arrived.append(call)
                self.scheduleTick()
            }
        case .refuse(let refusal): self.enqueue(refusal, answersBytes: frame.byteCount)
        case .drop: self.release(bytes: frame.byteCount)
        case .violation(let error): self.fail(error)
        }
    }

    func cancelReceived(_ stream: UInt64) {
        switch self.talking?.server.cancelReceived(stream: stream) {
        case nil: break
        case .cancel(let requestBytes):
            self.tasks.cancel(stream: stream)
            self.dropWaitingItem(stream)
            self.release(bytes: requestBytes)
        case .ignore: break
        case .violation(let error): self.fail(error)
        }
    }

    private func finish(_ stream: UInt64, _ outcome: Result<[UInt8], CallError>) {
        guard let action = self.talking?.server.finished(stream: stream, outcome) else { return }
        self.perform(action)
    }

    func perform(_ action: ServerCalls.FinishAction) {
        switch action {
        case .send(let frame, let requestBytes): self.enqueue(frame, answersBytes: requestBytes)
        case .drop(let requestBytes): self.release(bytes: requestBytes)
        }
    }

    // MARK: Items

    /// Items wait here while the peer gives no credit or does not read.
    func sendItem(_ stream: UInt64, _ waiting: WaitingItem) {
        switch self.talking?.server.item(stream: stream, waiting.body) {
        case nil: waiting.continuation.resume(returning: .failure(Self.cancelled))
        case .send(let frame):
            self.enqueue(frame)
            waiting.continuation.resume(returning: .success(()))
        case .wait: self.itemsWaiting[stream] = waiting
        case .refuse(let error): waiting.continuation.resume(returning: .failure(error))
        }
    }

    func retryItem(_ stream: UInt64) {
        guard let waiting = self.itemsWaiting.removeValue(forKey: stream) else { return }
        self.sendItem(stream, waiting)
    }

    func dropWaitingItem(_ stream: UInt64) {
        self.itemsWaiting.removeValue(forKey: stream)?.continuation.resume(
            returning: .failure(CallError(.cancelled, "Nobody waits for this stream any more.")))
    }
}

/// A stream's items on their way to the caller.
private struct StreamSink: ItemSink {
    let connection: PeerConnection
    let stream: UInt64

    func send(_ item: [UInt8]) async throws(CallError) {
        let outcome = await withCheckedContinuation { continuation in
            self.connection.submit {
                self.connection.sendItem(
                    self.stream, WaitingItem(body: item, continuation: continuation))
            }
        }
        try outcome.get()
    }
}
