package import DunlinCore
package import DunlinPorts
import Synchronization

/// The one way by which entities of this node write to others.
package final class MailRoute: EntityMail {
    private struct Way {
        var mail: (any EntityMail)?
        var neighbours: [Shard] = []
    }

    private let way = Mutex(Way())

    package init() {}

    /// From now on all letters go by `mail`.
    package func set(_ mail: any EntityMail) {
        self.way.withLock { $0 = Way(mail: mail) }
    }

    /// From now on reports to one of these shards, which are all by number, go to it directly, and
    /// what it does not take goes by `mail`.
    func set(_ mail: any EntityMail, neighbours: [Shard]) {
        self.way.withLock { $0 = Way(mail: mail, neighbours: neighbours) }
    }

    /// Shards of this node that take reports without a carrier; empty when none do.
    var neighbours: [Shard] { self.way.withLock { $0.neighbours } }

    package func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        guard let mail = self.way.withLock({ $0.mail }) else {
            throw NodeError(.unavailable, "messages between entities are not carried yet")
        }
        return try await mail.deliver(letter)
    }
}
