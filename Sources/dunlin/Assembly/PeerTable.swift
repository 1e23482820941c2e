import DunlinCluster
import DunlinNode
import DunlinPorts
import DunlinTransport
import DunlinWire
import Synchronization

/// The ways from this process to nodes and coordinators, by TCP; made when first used, kept and
/// mended, one to each address.
final class PeerTable: PeerDirectory, ServiceDirectory {
    private let hello: PeerHello
    private let tls: TLSSettings?
    private let isInsecureAllowed: Bool
    private let channels = Mutex<[String: ReconnectingChannel]>([:])
    private let map = Mutex<ClusterMap?>(nil)

    init(hello: PeerHello, tls: TLSSettings?, isInsecureAllowed: Bool) {
        self.hello = hello
        self.tls = tls
        self.isInsecureAllowed = isInsecureAllowed
    }

    /// Where nodes are, from a newer map.
    func adopt(_ map: ClusterMap) {
        self.map.withLock { known in
            if map.revision >= known?.revision ?? 0 { known = map }
        }
    }

    func channel(to node: NodeID) -> (any CallChannel)? {
        guard let record = self.map.withLock({ $0?.node(node) }) else { return nil }
        return try? self.channel(toAddress: record.address)
    }

    func service(of node: NodeID) -> (any NodeService)? {
        self.channel(to: node).map { RemoteNode($0) }
    }

    func channel(toAddress text: String) throws(CallError) -> ReconnectingChannel {
        let address: PeerAddress
        do throws(TransportError) {
            address = try PeerAddress(text)
        } catch {
            throw CallError(.invalidArgument, error.message, wasNotSent: true)
        }
        let settings = TCPConnector.Settings(
            address: address, tls: self.tls, insecure: self.isInsecureAllowed,
            connection: ConnectionSettings(
                hello: self.hello,
                known: NodeCalls.all + NodeCalls.betweenNodes + ReplicaCalls.all
                    + CoordinatorCalls.all + Api.standard))
        return self.channels.withLock { channels in
            if let channel = channels[text] { return channel }
            let channel = ReconnectingChannel(settings)
            channels[text] = channel
            return channel
        }
    }

    func close() {
        let channels = self.channels.withLock { Array($0.values) }
        for channel in channels { channel.close() }
    }
}
