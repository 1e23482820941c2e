package import DunlinWire
import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// A way to one peer that outlives its connections: connects with the first call, and again after a
/// connection was lost.
///
/// A call that surely was not sent is sent once more on a fresh connection; all others fail as their
/// connection did. After a failed attempt calls fail at once for ``backOffMs``, so that a peer that
/// is gone costs nobody a timeout.
package final class ReconnectingChannel: CallChannel {
    private struct State {
        var connection: PeerConnection?
        var isConnecting = false
        var waiting: [CheckedContinuation<Result<PeerConnection, CallError>, Never>] = []
        var failedAt: NIODeadline?
        var failure = CallError(.unavailable, "There is no connection.", wasNotSent: true)
        var isClosed = false
    }

    package static let backOffMs: Int64 = 200

    private let settings: TCPConnector.Settings
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    package init(
        _ settings: TCPConnector.Settings,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.settings = settings
        self.group = group
    }

    package var address: PeerAddress { self.settings.address }

    /// Closes the connection; calls fail from then on.
    package func close() {
        let connection = self.state.withLock { state in
            state.isClosed = true
            defer { state.connection = nil }
            return state.connection
        }
        connection?.close()
    }

    package func call(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) -> [UInt8] {
        let connection = try await self.connection()
        do throws(CallError) {
            return try await connection.call(api, body, options)
        } catch {
            self.drop(connection)
            guard error.status == .unavailable, error.wasNotSent else { throw error }
        }
        return try await self.connection().call(api, body, options)
    }

    package func notify(
        _ api: Api, _ body: [UInt8], _ options: CallOptions
    ) async throws(CallError) {
        let connection = try await self.connection()
        do throws(CallError) {
            try await connection.notify(api, body, options)
        } catch {
            self.drop(connection)
            throw error
        }
    }

    package func stream(
        _ api: Api, _ body: [UInt8], _ options: CallOptions,
        each: ([UInt8]) async throws(CallError) -> Void
    ) async throws(CallError) {
        let connection = try await self.connection()
        do throws(CallError) {
            try await connection.stream(api, body, options, each: each)
        } catch {
            self.drop(connection)
            throw error
        }
    }

    // MARK: Connections

    private enum Way {
        case open(PeerConnection)
        case connect
        case wait
        case refused(CallError)
    }

    private func connection() async throws(CallError) -> PeerConnection {
        let way = self.state.withLock { state -> Way in
            if let connection = state.connection { return .open(connection) }
            if state.isClosed {
                return .refused(
                    CallError(.unavailable, "The channel was closed here.", wasNotSent: true))
            }
            if state.isConnecting { return .wait }
            if let failedAt = state.failedAt,
                NIODeadline.now() < failedAt + .milliseconds(Self.backOffMs)
            {
                return .refused(state.failure)
            }
            state.isConnecting = true
            return .connect
        }
        switch way {
        case .open(let connection): return connection
        case .refused(let error): throw error
        case .connect: return try await self.connect()
        case .wait:
            let result = await withCheckedContinuation { continuation in
                let settled = self.state.withLock {
                    state -> Result<PeerConnection, CallError>? in
                    guard !state.isConnecting else {
                        state.waiting.append(continuation)
                        return nil
                    }
                    return state.connection.map { .success($0) } ?? .failure(state.failure)
                }
                if let settled { continuation.resume(returning: settled) }
            }
            return try result.get()
        }
    }

    private func connect() async throws(CallError) -> PeerConnection {
        // What goes wrong is told by the error; a log would say it twice.
        var quiet = Logger(label: "dunlin.transport")
        quiet.logLevel = .critical
        let result: Result<PeerConnection, CallError>
        do throws(TransportError) {
            result = .success(
                try await TCPConnector.connect(self.settings, group: self.group, logger: quiet))
        } catch {
            result = .failure(CallError(.unavailable, error.message, wasNotSent: true))
        }
        let (waiting, isClosed) = self.state.withLock { state in
            state.isConnecting = false
            switch result {
            case .success(let connection) where !state.isClosed: state.connection = connection
            case .success: break
            case .failure(let error):
                state.failedAt = .now()
                state.failure = error
            }
            defer { state.waiting = [] }
            return (state.waiting, state.isClosed)
        }
        for continuation in waiting { continuation.resume(returning: result) }
        if isClosed, case .success(let connection) = result { connection.close() }
        return try result.get()
    }

    /// Forgets a connection that failed, so that the next call makes another.
    private func drop(_ connection: PeerConnection) {
        guard connection.isOver else { return }
        self.state.withLock { state in
            if state.connection === connection { state.connection = nil }
        }
    }
}
