package import DunlinCore

/// Carries messages between entities, wherever they live.
///
/// Delivery is at least once: who sends a letter keeps it in its own journal until it is answered,
/// and sends it again. Whoever receives it recognises a repeat by the sender and the letter's id.
package protocol EntityMail: Sendable {
    /// Hands a letter to the shard of its receiver, and returns when everything that the answer
    /// reflects is durable there.
    ///
    /// After an error nothing is known of the letter: it is to be sent again.
    func deliver(_ letter: EntityLetter) async throws(NodeError) -> EntityReply
}
