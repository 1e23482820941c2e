import DunlinTransport
import Synchronization

/// Connections of one command, closed when it has its answer.
final class OpenChannels: Sendable {
    private let security: ConnectSecurity
    private let open = Mutex<[PeerConnection]>([])

    init(_ security: ConnectSecurity) {
        self.security = security
    }

    func channel(to endpoint: Endpoint) async throws(Failure) -> PeerConnection {
        let connection: PeerConnection
        do throws(TransportError) {
            connection = try await NodeConnection.connect(endpoint, self.security)
        } catch {
            throw Failure("\(error.message)")
        }
        self.open.withLock { $0.append(connection) }
        return connection
    }

    func close() {
        let connections = self.open.withLock { open in
            defer { open = [] }
            return open
        }
        for connection in connections { connection.close() }
    }
}
