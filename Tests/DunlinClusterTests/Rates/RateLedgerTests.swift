import DunlinCluster
import DunlinTesting
import Testing

@Suite("Rate leases")
struct RateLedgerTests {
    static let terms = LeaseTerms.standard

    static func demand(_ wanted: UInt32, limit: UInt32 = 100) -> RateDemand {
        RateDemand(
            tenant: "main", account: "acct", limitPerSecond: limit, wantedPerSecond: wanted)
    }

    static func deal(
        _ ledger: inout RateLedger, _ id: NodeID, _ wanted: UInt32, limit: UInt32 = 100,
        nowMs: Int64
    ) -> UInt32 {
        let demands = [Self.demand(wanted, limit: limit)]
        let endsMs = Self.terms.electableAtMs(heartbeatAnsweredMs: nowMs)
        ledger.note(id, demands, endsMs: endsMs, nowMs: nowMs)
        return ledger.deal(id, demands, endsMs: endsMs, nowMs: nowMs).first?.perSecond ?? 0
    }

    @Test("who wants more gets more, within the limit, once the others' parts have ended")
    func shares() throws {
        let (a, b, c, _) = try nodes()
        var ledger = RateLedger(dealsFromMs: 0)
        // The first one gets everything; the next ones nothing until that has ended.
        #expect(Self.deal(&ledger, a, 50, nowMs: 0) == 100)
        #expect(Self.deal(&ledger, b, 50, nowMs: 100) == 0)
        #expect(Self.deal(&ledger, a, 50, nowMs: 500) == 50)
        #expect(Self.deal(&ledger, b, 50, nowMs: 600) == 0)
        var nowMs: Int64 = 1000
        while nowMs < 6000 {
            _ = Self.deal(&ledger, a, 50, nowMs: nowMs)
            _ = Self.deal(&ledger, b, 50, nowMs: nowMs)
            nowMs += 500
        }
        #expect(Self.deal(&ledger, b, 50, nowMs: nowMs) == 50)
        while nowMs < 20_000 {
            #expect(ledger.counted(tenant: "main", account: "acct") <= 100)
            _ = Self.deal(&ledger, a, 10, nowMs: nowMs)
            _ = Self.deal(&ledger, b, 500, nowMs: nowMs)
            _ = Self.deal(&ledger, c, 30, nowMs: nowMs)
            nowMs += 500
        }
        #expect(Self.deal(&ledger, a, 10, nowMs: nowMs) == 10)
        #expect(Self.deal(&ledger, b, 500, nowMs: nowMs) == 60)
        #expect(Self.deal(&ledger, c, 30, nowMs: nowMs) == 30)
    }

    @Test("a new coordinator deals nothing until its predecessor's parts have surely ended")
    func inherited() throws {
        let (a, _, _, _) = try nodes()
        var ledger = RateLedger(dealsFromMs: 5000)
        #expect(Self.deal(&ledger, a, 50, nowMs: 4999) == 0)
        #expect(Self.deal(&ledger, a, 50, nowMs: 5000) == 100)
    }

    @Test("where there is less than one for each, they take turns")
    func turns() throws {
        let (a, b, c, _) = try nodes()
        var ledger = RateLedger(dealsFromMs: 0)
        var got: [NodeID: Int] = [:]
        for step in 0..<400 {
            let nowMs = Int64(step) * 500
            for id in [a, b, c] where Self.deal(&ledger, id, 5, limit: 1, nowMs: nowMs) > 0 {
                got[id, default: 0] += 1
            }
            #expect(ledger.counted(tenant: "main", account: "acct") <= 1)
        }
        #expect(got.count == 3, "\(got)")
    }

    @Test("the smallest limit that a node was configured with counts for all")
    func smallest() throws {
        let (a, b, _, _) = try nodes()
        var ledger = RateLedger(dealsFromMs: 0)
        for nowMs in [0, 2000, 4000, 6000] as [Int64] {
            _ = Self.deal(&ledger, a, 5, limit: 10, nowMs: nowMs)
            _ = Self.deal(&ledger, b, 100, limit: 100, nowMs: nowMs + 100)
        }
        #expect(Self.deal(&ledger, b, 100, limit: 100, nowMs: 7000) == 5)
        #expect(ledger.counted(tenant: "main", account: "acct") == 10)
    }

    /// Nodes with pacers whose heartbeats and answers are late or lost, and which are cut off, die
    /// and come back; the coordinator is replaced. The gateway counts every second.
    @Test(
        "the gateway never sees more than the limit in a second", arguments: 0..<40 as Range<UInt64>
    )
    func storm(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let limit = UInt32(1 + random.next() % 40)
        let ids = try (0..<4).map { try node("n\($0)") }
        var pacers = ids.map { _ in RatePacer(startedMs: 0) }
        var ledger = RateLedger(dealsFromMs: 0)
        /// Answers on their way: when, to whom, how much, until when by the node's clock.
        var answers: [(atMs: Int64, node: Int, perSecond: UInt32, endsMs: Int64)] = []
        var begun: [Int64] = []
        var isCutOff = ids.map { _ in false }
        for step in 0..<6000 {
            let nowMs = Int64(step) * 10
            if step % 600 == 599, random.oneIn(3) {
                // The former coordinator's parts count until they have surely ended.
                ledger = RateLedger(
                    dealsFromMs: Self.terms.electableAtMs(heartbeatAnsweredMs: nowMs)
                        + RateLedger.windowMs)
            }
            for index in ids.indices {
                if random.oneIn(200) { isCutOff[index].toggle() }
                if random.oneIn(1000) { pacers[index] = RatePacer(startedMs: nowMs) }
                guard !isCutOff[index], step % 50 == index * 7 % 50 else { continue }
                // Sent up to a second ago, answered now, read up to two seconds later, or never.
                let sentMs = nowMs - Int64(random.next() % 1000)
                let part = Self.deal(
                    &ledger, ids[index], UInt32(random.next() % 60), limit: limit, nowMs: nowMs)
                if random.oneIn(4) { continue }
                answers.append(
                    (
                        nowMs + Int64(random.next() % 2000), index, part,
                        Self.terms.holderEndMs(heartbeatSentMs: sentMs)
                    ))
            }
            for answer in answers where answer.atMs <= nowMs {
                pacers[answer.node].renew(perSecond: answer.perSecond, endsMs: answer.endsMs)
            }
            answers.removeAll { $0.atMs <= nowMs }
            for index in ids.indices {
                for _ in 0..<4 where pacers[index].take(nowMs: nowMs) == .granted {
                    begun.append(nowMs)
                }
            }
        }
        #expect(begun.count > 20)
        var first = 0
        var most = 0
        for last in begun.indices {
            while begun[first] <= begun[last] - 1000 { first += 1 }
            most = max(most, last - first + 1)
        }
        #expect(most <= Int(limit), "seed \(seed)")
    }

    @Test("a pacer says when the next one may begin")
    func pacer() {
        var pacer = RatePacer(startedMs: -1500)
        #expect(pacer.take(nowMs: 0) == .none)
        pacer.renew(perSecond: 2, endsMs: 3000)
        #expect(pacer.take(nowMs: -600) == .notBefore(ms: -500))
        #expect(pacer.take(nowMs: 0) == .granted)
        #expect(pacer.take(nowMs: 400) == .granted)
        #expect(pacer.take(nowMs: 500) == .notBefore(ms: 1000))
        #expect(pacer.take(nowMs: 1000) == .granted)
        #expect(pacer.take(nowMs: 1000) == .notBefore(ms: 1400))
        pacer.renew(perSecond: 1, endsMs: 3000)
        #expect(pacer.take(nowMs: 1400) == .notBefore(ms: 2000))
        #expect(pacer.take(nowMs: 2000) == .granted)
        #expect(pacer.take(nowMs: 2999) == .none)
        #expect(pacer.take(nowMs: 3000) == .none)
    }
}
