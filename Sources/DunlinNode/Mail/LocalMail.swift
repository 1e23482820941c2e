import DunlinCluster
package import DunlinCore
package import DunlinPorts

/// Delivers within one node: the receiver's shard is asked directly.
final class LocalMail: EntityMail {
    private let shards: [Shard]
    private let map: ShardMap

    init(shards: [Shard], map: ShardMap) {
        self.shards = shards
        self.map = map
    }

    func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        try await self.shards[Int(self.map.shard(of: letter.to))].receive(letter)
    }
}

/// Takes letters from other nodes for the shards that this one leads.
extension Node: EntityMail {
    package func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        try self.mustBeReady()
        return try await self.shard(of: letter.to).receive(letter)
    }
}

/// In a cluster letters go to the node that leads the receiver's shard. Whoever is asked must be
/// served ``NodeCalls/deliver``, too.
extension ClusterRouter: EntityMail {
    package func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        // A repeat is recognised by the receiver.
        try await self.ask(letter.to, repeatable: true) { service throws(NodeError) in
            guard let mail = service as? any EntityMail else {
                throw NodeError(.unavailable, "that node takes no messages between entities")
            }
            return try await mail.deliver(letter)
        }
    }
}
