package import DunlinCore
package import DunlinPorts
import Synchronization

/// The one way by which entities of this node write to others.
package final class MailRoute: EntityMail {
    private let mail = Mutex<(any EntityMail)?>(nil)

    package init() {}

    /// From now on letters go by `mail`.
    package func set(_ mail: any EntityMail) {
        self.mail.withLock { $0 = mail }
    }

    package func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply {
        guard let mail = self.mail.withLock({ $0 }) else {
            throw NodeError(.unavailable, "messages between entities are not carried yet")
        }
        return try await mail.deliver(letter)
    }
}
