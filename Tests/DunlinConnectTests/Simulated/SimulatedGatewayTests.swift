import DunlinConnect
import DunlinCore
import DunlinPorts
import Foundation
import Testing

@Suite("The simulated gateway")
struct SimulatedGatewayTests {
    @Test("answers as the method token says", arguments: Self.tokens)
    func token(_ row: TokenRow) {
        let gateway = SimulatedGateway(defaultBehavior: .decline(code: "default", times: nil))
        let outcomes = (1...3).map { attempt in
            gateway.chargeNow([order(token: row.token, attempt: attempt)]).map(\.word)
        }
        #expect(outcomes.flatMap { $0 } == row.words)
    }

    struct TokenRow: Sendable, CustomTestStringConvertible {
        var token: String
        var words: [String]
        var testDescription: String { self.token }
    }

    static let tokens = [
        TokenRow(token: "", words: ["default", "default", "default"]),
        TokenRow(token: "pm_1", words: ["default", "default", "default"]),
        TokenRow(token: "sim:approve", words: ["approved", "approved", "approved"]),
        TokenRow(token: "sim:decline:lost_card", words: ["lost_card", "lost_card", "lost_card"]),
        TokenRow(token: "sim:decline:x:1", words: ["x", "approved", "approved"]),
        TokenRow(token: "sim:unknown", words: ["unknown", "unknown", "unknown"]),
        TokenRow(token: "sim:lost", words: ["unknown", "unknown", "unknown"]),
        TokenRow(token: "sim:technical:2", words: ["technical", "technical", "approved"]),
        TokenRow(token: "sim:decline:x:many", words: ["default", "default", "default"]),
        TokenRow(token: "sim:approve:1", words: ["default", "default", "default"]),
    ]

    @Test("plays workload W1 to its published figures")
    func ladder() {
        let gateway = SimulatedGateway(defaultBehavior: .ladder(seed: 1), remembersKeys: false)
        var open = Array(0..<1000)
        var attempts = 0
        var recovered = 0
        var recoveredMinor: Int64 = 0
        var digest: UInt64 = 0
        for attempt in 1...4 {
            let orders = open.map { order(account: ladderAccount($0), attempt: attempt) }
            let answers = gateway.chargeNow(orders)
            attempts += orders.count
            let approved = zip(open, answers).filter { $0.1 == .approved(chargeID: "") }.map(\.0)
            recovered += approved.count
            for index in approved {
                recoveredMinor += 1000 + Int64(index) * 7919 % 9000
                digest &+= splitmix64(UInt64(index) &* 8 &+ UInt64(attempt) &+ 4096)
            }
            open = zip(open, answers).filter { $0.1 != .approved(chargeID: "") }.map(\.0)
        }
        for index in open { digest &+= splitmix64(UInt64(index) &* 8 &+ 4) }
        #expect(recovered == 498)
        #expect(attempts == 2946)
        #expect(recoveredMinor == 2_658_617)
        #expect(hexadecimal(digest) == "8bd09bdb5f5f8ee8")
    }

    @Test("finds a charge whose answer was lost, and says when there was none")
    func lookUp() {
        let gateway = SimulatedGateway()
        let charged = order(token: "sim:unknown", attempt: 1)
        let lost = order(token: "sim:lost", attempt: 2)
        let never = order(token: "sim:approve", attempt: 3)
        _ = gateway.chargeNow([charged, lost])
        let answers = gateway.lookUpNow(
            [charged, lost, never].map {
                ChargeLookUp(order: $0, ageMs: nil, mayResend: false, lookUps: 0)
            })
        #expect(answers.map(\.word) == ["approved", "notFound", "notFound"])
    }

    @Test("charges a key that it never saw when it may be sent again, and only then")
    func resend() {
        let gateway = SimulatedGateway()
        let asked = order(token: "sim:approve", attempt: 1)
        let again = ChargeLookUp(order: asked, ageMs: 1, mayResend: true, lookUps: 0)
        #expect(gateway.lookUpNow([again]).map(\.word) == ["approved"])
    }

    @Test("gives a repeated key its first answer, whatever is asked the second time")
    func repeated() {
        let gateway = SimulatedGateway()
        var asked = order(token: "sim:decline:stolen_card", attempt: 1)
        #expect(gateway.chargeNow([asked]).map(\.word) == ["stolen_card"])
        asked.methodToken = "sim:approve"
        #expect(gateway.chargeNow([asked, asked]).map(\.word) == ["stolen_card", "stolen_card"])
    }

    @Test("keeps its ledger over a restart and cuts a torn last line")
    func ledger() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let charged = order(account: "acct 1%\n", token: "sim:unknown", attempt: 1)
        let declined = order(account: "b", token: "sim:decline:lost_card:9", attempt: 1)
        do {
            let gateway = try SimulatedGateway(ledgerPath: path)
            _ = gateway.chargeNow([charged, declined, charged])
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("dun_00 torn".utf8))
        try handle.close()

        let gateway = try SimulatedGateway(ledgerPath: path)
        #expect(gateway.chargeNow([charged, declined]).map(\.word) == ["approved", "lost_card"])
        let later = order(account: "c", token: "", attempt: 2)
        #expect(gateway.chargeNow([later]).map(\.word) == ["approved"])
        let entries = try SimulatedLedger.entries(path: path)
        #expect(entries.map(\.account) == ["acct 1%\n", "b", "c"])
        #expect(entries.map(\.verdict) == ["approved", "declined:lost_card", "approved"])
        #expect(Set(entries.map(\.key)).count == 3)
    }

    @Test("refuses a ledger with a damaged line, and says which line")
    func damaged() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("dun_0 a b 1 approved\nnonsense\n".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: SimulatedLedgerError.self) {
            _ = try SimulatedGateway(ledgerPath: path)
        }
        #expect(error?.code == .malformed(line: 2))
        #expect(error?.description.contains("line 2") == true)
    }

    @Test("does every end action once, however often it is asked")
    func endActions() async {
        let gateway = SimulatedGateway()
        let order = EndActionOrder(
            account: EntityKey(key: "a"), obligation: "in_1", subscription: "sub_1",
            action: .cancelSubscription, effect: RecordPosition(op: 3, index: 1))
        for _ in 0..<2 {
            #expect(await gateway.perform(order) == .done(reference: "simulated"))
        }
        #expect(gateway.endActions == [order])
    }
}

private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)")
        .path
}

private func ladderAccount(_ index: Int) -> String {
    let digits = String(index)
    return "acct-" + String(repeating: "0", count: 8 - digits.count) + digits
}

private func order(
    account: String = "acct-00000001", token: String = "", attempt: Int
) -> ChargeOrder {
    ChargeOrder(
        account: EntityKey(key: account), obligation: "in_1", attempt: UInt32(attempt),
        key: GatewayKey(
            origin: ClusterOrigin(cluster: 1, generation: 1), tenant: "main", account: account,
            obligation: "in_1", attempt: UInt32(attempt)),
        amount: Money(minor: 4200, currency: .eur), methodToken: token,
        intendedAt: Timestamp(ms: 0))
}

extension AttemptOutcome {
    /// The outcome in one word, for tables: a decline by its code.
    var word: String {
        switch self {
        case .approved: "approved"
        case .declined(let codes, _): codes.code
        case .technicalFailure: "technical"
        case .notSent(let reason): "\(reason)"
        case .unknown: "unknown"
        case .pending: "pending"
        case .approvedInPart: "partly approved"
        }
    }
}
