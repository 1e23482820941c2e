/// How long a node may count itself the owner of its shards, in real time.
///
/// The holder counts from when it *sent* the heartbeat that was answered, and less than the term;
/// the coordinator counts from when it *answered*, and more: with clocks that differ by at most
/// ``driftPerMille`` the holder stops before the coordinator elects another.
package struct LeaseTerms: Hashable, Sendable {
    package var termMs: Int64
    package var heartbeatMs: Int64
    /// How much a clock may run fast or slow, in thousandths.
    package var driftPerMille: Int64

    package static let standard = LeaseTerms(termMs: 3000, heartbeatMs: 500, driftPerMille: 10)

    package init(termMs: Int64, heartbeatMs: Int64, driftPerMille: Int64) {
        self.termMs = termMs
        self.heartbeatMs = heartbeatMs
        self.driftPerMille = driftPerMille
    }

    /// Until when the holder's lease lasts, by its own clock.
    package func holderEndMs(heartbeatSentMs: Int64) -> Int64 {
        heartbeatSentMs + self.termMs - self.termMs * 2 * self.driftPerMille / 1000
    }

    /// When the coordinator may elect another, by its own clock.
    package func electableAtMs(heartbeatAnsweredMs: Int64) -> Int64 {
        heartbeatAnsweredMs + self.termMs + self.termMs * 2 * self.driftPerMille / 1000
    }
}
