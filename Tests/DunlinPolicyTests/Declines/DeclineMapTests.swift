import DunlinCore
import DunlinPolicy
import Testing

@Suite("Decline maps")
struct DeclineMapTests {
    private static let builtIn = try? BundleCompiler.compile(BundleSource(zones: ZoneCatalog()))

    private func bundle(_ own: String...) throws -> Bundle {
        var source = BundleSource(zones: ZoneCatalog())
        source.ownDeclineMaps = own.enumerated().map { number, text in
            PolicyText(file: "own-\(number).yaml", text: text)
        }
        return try BundleCompiler.compile(source).bundle
    }

    @Test("mean what the table says, row by row", arguments: DeclineQuestion.all)
    func rows(_ question: DeclineQuestion) throws {
        let map = try #require(Self.builtIn).bundle.declines
        #expect(question.problem(with: map) == nil)
    }

    @Test("have a row in the table for each of their own")
    func complete() throws {
        let map = try #require(Self.builtIn).bundle.declines
        let own =
            map.byCode.count + map.byNetworkCode.count + map.byAdviceCode.count
            + map.byCodeOf.values.map(\.count).reduce(0, +)
            + map.byNetworkCodeOf.values.map(\.count).reduce(0, +)
        let asked = Set(DeclineQuestion.all.map(\.description))
        // Besides: six pairs of an advice and a response code.
        #expect(asked.count == own + 6)
        #expect(map.version == 20_260_115)
    }

    @Test("read Visa's and Mastercard's codes apart")
    func networks() throws {
        let map = try #require(Self.builtIn).bundle.declines
        func read(_ code: String, _ network: PaymentNetwork) -> DeclineClass {
            map.decline(for: DeclineCodes(code: "", networkCode: code), network: network)
                .declineClass
        }
        #expect(read("82", .visa) == .badCredential)
        #expect(read("82", .mastercard) == .issuerPolicy)
        #expect(read("65", .visa) == .softVelocity)
        #expect(read("65", .mastercard) == .authenticationRequired)
        #expect(read("79", .mastercard) == .lifecycle)
        #expect(read("79", .visa) == .unmapped)
        #expect(read("0", .bacs) == .softFunds)
        #expect(read("0", .visa) == .unmapped)
    }

    @Test("understand a network's code that a gateway gives as its own")
    func codeInTheOtherField() throws {
        let map = try #require(Self.builtIn).bundle.declines
        #expect(
            map.decline(for: DeclineCodes(code: "R01"), network: .ach).declineClass == .softFunds)
        #expect(map.decline(for: DeclineCodes(code: "B"), network: .bacs).advice == .never)
    }

    @Test("let an advice forbid more than the code does, never less")
    func strictness() throws {
        let map = try #require(Self.builtIn).bundle.declines
        func advice(_ code: String, _ advice: String) -> RetryAdvice {
            map.decline(for: DeclineCodes(code: code, adviceCode: advice)).advice
        }
        #expect(advice("stolen_card", "01") == .never)
        #expect(advice("stolen_card", "43") == .never)
        #expect(advice("expired_card", "43") == .afterCredentialChange)
        #expect(advice("expired_card", "03") == .never)
        #expect(advice("insufficient_funds", "22") == .afterOperator)
    }

    @Test("follow a row of the merchant's own from the next refusal on, and count what is unmapped")
    func ownRow() throws {
        let before = try self.bundle()
        let after = try self.bundle(
            """
            dunlin: declines/1
            version: 2026-02-01
            codes:
              X9: {class: softFunds, advice: wait, delay: 1h}
            """)
        #expect(before.id != after.id)
        #expect(after.declines.version == 20_260_201)
        func refused(_ bundle: Bundle) -> (DeclineClass?, Int) {
            let context = DecisionContext(
                current: bundle, bundles: [bundle.id: bundle],
                tenant: TenantSettings(name: "main", mode: .live),
                origin: ClusterOrigin(cluster: 1, generation: 1))
            let decision = decide(
                AccountState(), account: EntityKey(key: "acct-1"),
                .intake(
                    IntakeFacts(
                        eventID: "e1", occurredAt: instant("2026-03-01T00:00:00Z"),
                        fact: .paymentFailed(
                            PaymentFailed(
                                obligation: Obligation(
                                    id: "in_1", amountMinor: 5000, currency: .usd),
                                codes: DeclineCodes(code: "X9"))))),
                context: context, now: instant("2026-03-01T00:00:00Z"),
                at: RecordPosition(op: 1, index: 0))
            let unmapped = decision.events.count { record in
                if case .caseOpened(let opened) = record.event {
                    return opened.decline.declineClass == .unmapped
                }
                return false
            }
            return (decision.state.cases.first?.decline.declineClass, unmapped)
        }
        #expect(refused(before).0 == .unmapped)
        #expect(refused(before).1 == 1)
        #expect(refused(after).0 == .softFunds)
        #expect(refused(after).1 == 0)
    }

    @Test("of a merchant's own hold for the gateway and the tenant that they name")
    func scopes() throws {
        let bundle = try self.bundle(
            """
            dunlin: declines/1
            gateway: stripe
            codes: {X9: {class: softFunds, advice: wait}}
            """,
            """
            dunlin: declines/1
            tenant: acme
            codes: {X9: {class: hardClosed, advice: never}}
            network_codes: {visa: {"51": {class: softVelocity, advice: wait}}}
            """)
        func read(_ gateway: String, _ tenant: String) -> DeclineClass {
            bundle.declines(gateway: gateway, tenant: tenant)
                .decline(for: DeclineCodes(code: "X9")).declineClass
        }
        #expect(read("stripe", "main") == .softFunds)
        #expect(read("stripe", "acme") == .hardClosed)
        #expect(read("simulated", "acme") == .hardClosed)
        #expect(read("simulated", "main") == .unmapped)
        let acme = bundle.declines(gateway: "simulated", tenant: "acme")
        let codes = DeclineCodes(code: "", networkCode: "51")
        #expect(acme.decline(for: codes, network: .visa).declineClass == .softVelocity)
        // What the file does not name stays.
        #expect(acme.decline(for: codes, network: .mastercard).declineClass == .softFunds)
        #expect(
            acme.decline(for: DeclineCodes(code: "stolen_card")).declineClass == .hardStolen)
    }

    @Test("stop at codes that nobody classified, where the switch says so")
    func unmappedSwitch() throws {
        let careful = try self.bundle("dunlin: declines/1\nretry_unmapped: false\n")
        let decline = careful.declines.decline(for: DeclineCodes(code: "never_heard_of"))
        #expect(decline.declineClass == .unmapped)
        #expect(decline.advice == .afterOperator)
        let usual = try self.bundle().declines.decline(for: DeclineCodes(code: "never_heard_of"))
        #expect(usual.advice == .wait)
        #expect(usual.minimumDelayMs == 72 * Milliseconds.hour)
        #expect(usual.furtherTriesMax == 2)
    }

    @Test("of a merchant's own are checked as the built-in one is")
    func findings() {
        var source = BundleSource(zones: ZoneCatalog())
        source.ownDeclineMaps = [
            PolicyText(
                file: "own.yaml",
                text: """
                    dunlin: declines/1
                    gatway: stripe
                    codes_of: {any: {a: {class: softFunds, advice: wait}}}
                    advice_codes: {"01": {with: {"83": {advice: newer}}}}
                    """)
        ]
        let error = #expect(throws: PolicyError.self) { try BundleCompiler.compile(source) }
        #expect(error?.findings.map(\.line) == [2, 3, 4])
    }
}
