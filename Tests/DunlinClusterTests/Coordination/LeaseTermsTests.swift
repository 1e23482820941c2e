import DunlinCluster
import Testing

@Suite("Lease terms")
struct LeaseTermsTests {
    @Test("with clocks that differ by the drift, the holder stops before another is elected")
    func drift() {
        let terms = LeaseTerms.standard
        for holderPerMille in [-10, 0, 10] as [Int64] {
            for coordinatorPerMille in [-10, 0, 10] as [Int64] {
                // Sent and answered at the same true instant, the worst case.
                let holderEnd =
                    terms.holderEndMs(heartbeatSentMs: 0) * 1000 / (1000 + holderPerMille)
                let election =
                    terms.electableAtMs(heartbeatAnsweredMs: 0) * 1000
                    / (1000 + coordinatorPerMille)
                #expect(holderEnd < election)
            }
        }
    }
}
